"""What is compared and laid over the picture, and what the mouse does there, done by key: wipe,
zoom, the speaker.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.panel.commands.actions import Handlers
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.viewer.canvas import MOUTH_ZOOM
from g4g_plugin.panel.viewer.frame_source import VIEW_MODES, DecodedFrame
from g4g_plugin.panel.viewer.viewer import Viewer

OVERLAYS = {
    "show_box": "box",
    "show_landmarks": "landmarks",
    "show_matte": "matte",
    "show_ranges": "ranges",
}
WIPE_STEP = 0.05  # of the picture's width: twenty presses cross it
ZOOM_STEP = 1.25  # as a notch of the wheel
PAN_STEP = 0.15  # of what is seen
MOUTH_LANDMARKS = slice(48, 68)  # of the 68 landmarks


class PictureCommands(QObject):
    """The menu Picture, and the next face."""

    def __init__(self, document: Document, viewer: Viewer, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._viewer = document, viewer

    def handlers(self) -> Handlers:
        """Return what each action does."""
        canvas, viewer = self._viewer.canvas, self._viewer
        return {
            **{mode: partial(self._set_mode, mode) for mode in VIEW_MODES},
            **{name: partial(viewer.set_overlay, layer) for name, layer in OVERLAYS.items()},
            "wipe_left": partial(self.wipe, -WIPE_STEP),
            "wipe_right": partial(self.wipe, WIPE_STEP),
            "zoom_mouth": self.zoom_mouth,
            "picture_in": partial(canvas.zoom_by, ZOOM_STEP),
            "picture_out": partial(canvas.zoom_by, 1 / ZOOM_STEP),
            "look_left": partial(canvas.pan, -PAN_STEP, 0.0),
            "look_right": partial(canvas.pan, PAN_STEP, 0.0),
            "look_up": partial(canvas.pan, 0.0, -PAN_STEP),
            "look_down": partial(canvas.pan, 0.0, PAN_STEP),
            "next_face": self.next_face,
        }

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Tick what the viewer shows."""
        for mode in VIEW_MODES:
            actions[mode].setChecked(mode == self._viewer.mode)
        for name, layer in OVERLAYS.items():
            actions[name].setChecked(layer in self._viewer.canvas.overlays)

    def _set_mode(self, mode: str, checked: bool) -> None:
        """Show a mode; pressed again it stays."""
        self._viewer.set_mode(mode)

    def wipe(self, by: float) -> None:
        """Move the wipe line; where something else is shown, show the wipe."""
        if self._viewer.mode != "wipe":
            self._viewer.set_mode("wipe")
        canvas = self._viewer.canvas
        canvas.set_wipe(round(canvas.wipe + by, 3))
        self._tell(self.tr("Wipe line at {share:.0%}").format(share=canvas.wipe))

    def zoom_mouth(self) -> None:
        """Zoom to the mouth that moves, once its face is found; or back to the whole picture."""
        if self._viewer.canvas.zoom > 1:
            self._viewer.canvas.zoom_to(0, 0, 1.0)
        elif self._viewer.canvas.shown is not None:
            self._look_for_faces(self._zoom_in)

    def _tell(self, words: str) -> None:
        self._document.status_changed.emit(words)

    def _look_for_faces(self, then: Callable[[DecodedFrame], None]) -> None:
        self._tell(self.tr("Looking for faces…"))
        self._viewer.with_faces(then)

    def _zoom_in(self, shown: DecodedFrame) -> None:
        if shown.seen is None or not shown.seen.faces:
            self._tell(self.tr("No face was found in this frame."))
            return
        faces = shown.seen.faces
        largest = max(faces, key=lambda face: face.height)
        face = largest if shown.moving is None else faces[shown.moving]
        x, y = face.landmarks[MOUTH_LANDMARKS].mean(axis=0)
        self._viewer.canvas.zoom_to(float(x), float(y), MOUTH_ZOOM)
        self._tell(self.tr("Zoomed to the mouth"))

    def next_face(self) -> None:
        """Let the face to the right of the one that speaks speak, round and round; the faces are
        boxed from then on.
        """
        if self._document.decisions(self._document.clip) is None:
            self._document.choose_face(None)  # says what is missing
            return
        self._viewer.pick.setChecked(False)
        self._viewer.set_overlay("box", True)
        self._look_for_faces(self._choose_next)

    def _choose_next(self, shown: DecodedFrame) -> None:
        faces = shown.seen.faces if shown.seen is not None else ()
        slot = self._viewer.slot
        if not faces or slot is None:
            self._tell(self.tr("No face was found in this frame."))
            return
        if len(faces) == 1:
            self._tell(self.tr("There is one face here: it speaks."))
            return
        order = sorted(range(len(faces)), key=lambda n: faces[n].box[0])
        at = order.index(shown.moving) if shown.moving is not None else -1
        to = (at + 1) % len(order)
        x, y = faces[order[to]].mesh[:, :2].mean(axis=0).tolist()
        frame = self._viewer.transport.frame - slot.source.first
        self._document.choose_face(FaceChoice(round(x, 1), round(y, 1), frame))
        words = self.tr("Face {number} of {count}, from the left, speaks.")
        self._tell(words.format(number=to + 1, count=len(order)))
