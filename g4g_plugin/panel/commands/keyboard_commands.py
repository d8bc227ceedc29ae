"""What the mouse does in picture, timeline and pages, done by key: wipe, zoom, speaker, markers,
several shots.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDockWidget

from g4g_plugin.core.shot import FaceChoice
from g4g_plugin.panel.shell.docks import show_page
from g4g_plugin.panel.viewer.canvas import NEAR
from g4g_plugin.panel.viewer.frame_source import Shown
from g4g_plugin.panel.widgets.focus import areas, next_area

if TYPE_CHECKING:
    from g4g_plugin.panel.shell.window import Window

WIPE = 0.05  # of the picture's width, a press of the key
CLOSER = 1.25  # a press, as a notch of the wheel
ASIDE = 0.15  # of what is seen
MOUTH = slice(48, 68)  # of the 68 landmarks


class ByKey(QObject):
    """The handlers of such actions. Kept apart from the window, which only lays things out."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window, self._desk, self._viewer = window, window.desk, window.viewer

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return what each action does."""
        canvas = self._viewer.canvas
        looks = {
            "left": (-ASIDE, 0.0),
            "right": (ASIDE, 0.0),
            "up": (0.0, -ASIDE),
            "down": (0.0, ASIDE),
        }
        return {
            "wipe_left": partial(self.wipe, -WIPE),
            "wipe_right": partial(self.wipe, WIPE),
            "zoom_mouth": self.zoom_mouth,
            "picture_in": partial(canvas.zoom_by, CLOSER),
            "picture_out": partial(canvas.zoom_by, 1 / CLOSER),
            **{f"look_{name}": partial(canvas.look_aside, *step) for name, step in looks.items()},
            "next_face": self.next_face,
            "extend_previous": partial(self.extend, -1),
            "extend_next": partial(self.extend, 1),
            "previous_marker": partial(self.to_marker, -1),
            "next_marker": partial(self.to_marker, 1),
            "next_area": lambda: next_area(areas(self._window, self._window.docks)),
            "page_float": self.pull_out,
        }

    # The picture

    def wipe(self, by: float) -> None:
        """Move the wipe line; where something else is shown, show the wipe."""
        if self._viewer.mode != "wipe":
            self._window.actions_by_name["wipe"].trigger()
        canvas = self._viewer.canvas
        canvas.set_wipe(round(canvas.wipe + by, 3))
        self._desk.told.emit(self.tr("Wipe line at {share:.0%}").format(share=canvas.wipe))

    def zoom_mouth(self) -> None:
        """Zoom to the mouth that moves, once its face is found; or back to the whole picture."""
        if self._viewer.canvas.zoom > 1:
            self._viewer.canvas.zoom_to(0, 0, 1.0)
        elif self._viewer.canvas.shown is not None:
            self._look_for_faces(self._zoom_in)

    def _look_for_faces(self, then: Callable[[Shown], None]) -> None:
        self._desk.told.emit(self.tr("Looking for faces…"))
        self._viewer.with_faces(then)

    def _zoom_in(self, shown: Shown) -> None:
        if shown.seen is None or shown.moving is None:
            self._desk.told.emit(self.tr("No face was found in this frame."))
            return
        x, y = shown.seen.faces[shown.moving].landmarks[MOUTH].mean(axis=0)
        self._viewer.canvas.zoom_to(float(x), float(y), NEAR)
        self._desk.told.emit(self.tr("Zoomed to the mouth"))

    # Whose mouth

    def next_face(self) -> None:
        """Let the face to the right of the one that speaks speak, round and round; the faces are
        boxed from then on.
        """
        if self._desk.given(self._desk.clip) is None:
            self._desk.choose_face(None)  # says what is missing
            return
        box = self._window.actions_by_name["show_box"]
        self._viewer.pick.setChecked(False)
        if not box.isChecked():
            box.trigger()
        self._look_for_faces(self._choose_next)

    def _choose_next(self, shown: Shown) -> None:
        faces, slot = shown.seen.faces if shown.seen is not None else (), self._viewer.slot
        if not faces or slot is None:
            self._desk.told.emit(self.tr("No face was found in this frame."))
            return
        if len(faces) == 1:
            self._desk.told.emit(self.tr("There is one face here: it speaks."))
            return
        order = sorted(range(len(faces)), key=lambda n: faces[n].box[0])
        at = order.index(shown.moving) if shown.moving is not None else -1
        to = (at + 1) % len(order)
        x, y = faces[order[to]].mesh[:, :2].mean(axis=0).tolist()
        frame = self._viewer.transport.frame - slot.source.first
        self._desk.choose_face(FaceChoice(round(x, 1), round(y, 1), frame))
        words = self.tr("Face {number} of {count}, from the left, speaks.")
        self._desk.told.emit(words.format(number=to + 1, count=len(order)))

    # The timeline

    def extend(self, by: int) -> None:
        """Select from the shot the pages are about to one shot further, or nearer."""
        strip, desk = self._window.strip, self._desk
        clips = strip.ordered()
        if not desk.clip:
            return
        order = {clip: at for at, clip in enumerate(clips)}
        places = [order[clip] for clip in desk.selection]
        anchor, low, high = places[0], min(places), max(places)
        head = (high if anchor == low else low) + by
        if 0 <= head < len(clips):
            desk.select(strip.run_to(clips[head]))
            strip.bring_into_sight(clips[head])

    def to_marker(self, by: int) -> None:
        """Go to the marker before or after the playhead, and say its name."""
        strip = self._window.strip
        marks = sorted(self._desk.marks, key=lambda mark: mark.frame * by)
        mark = next((mark for mark in marks if mark.frame * by > strip.playhead * by), None)
        if mark is None:
            self._desk.told.emit(self.tr("There is no marker further on."))
            return
        self._window.seek(mark.frame)
        self._desk.told.emit(strip.mark_lines([mark])[0])

    # The pages

    def pull_out(self) -> None:
        """Make the page in hand, else the one in front, a window of its own, or put it back."""
        *pages, _ = self._window.docks.values()  # the last is the timeline
        now = QApplication.focusWidget()
        held = [page for page in pages if now is not None and page.isAncestorOf(now)]
        seen = [page for page in pages if not page.visibleRegion().isEmpty()]
        for page in [*held, *seen][:1]:
            self._put(page)

    def _put(self, page: QDockWidget) -> None:
        page.setFloating(not page.isFloating())
        self._window.activateWindow()  # it has the keyboard again; a page that floats takes it
        show_page(page)
