"""The viewer: the shot under the playhead, original against dubbed, frame for frame, with its
sound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFontDatabase
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from g4g_plugin.core.decisions import FaceChoice, Line, Take
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.time import timecode
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.viewer.audio_player import SAMPLE_RATE, Floats
from g4g_plugin.panel.viewer.canvas import Canvas
from g4g_plugin.panel.viewer.control_row import ControlRow
from g4g_plugin.panel.viewer.frame_source import (
    VIEW_MODES,
    DecodedFrame,
    FrameDecoder,
    FrameRequest,
)
from g4g_plugin.panel.viewer.position_bar import PositionBar
from g4g_plugin.panel.viewer.transport import Transport, plate_frame, record_frame
from g4g_plugin.project.pictures import cached_faces, known_media
from g4g_plugin.project.takes import read_lines

if TYPE_CHECKING:
    from g4g_plugin.project.edit import Slot
    from g4g_plugin.project.pictures import Faces

CLICK_MARGIN = 0.25  # of its size: a click this far outside a box still means it, as in faces
UNREADABLE_PROBLEMS = (  # problems of a clip whose media cannot be shown
    "missing-media",
    "no-media",
    "image-sequence",
    "generator",
    "unknown-media",
    "unknown-item",
    "still-image",
)


class Viewer(QWidget):
    """Canvas, position bar, buttons. It asks for the newest frame only: what is late is passed
    over.
    """

    moved = Signal(int)  # timeline frame of what is shown
    painted = Signal()  # a frame has arrived
    view_changed = Signal()  # another mode or overlay

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.transport = Transport(self)
        self.canvas = Canvas(self)
        self.bar = PositionBar(self.transport, self.dub, self)
        self.mode = "wipe"
        self.choosing = False
        self.slot: Slot | None = None
        self._asked_for: Slot | None = None  # as the timeline has it; `slot` knows its media too
        self.other: Dub | None = None  # a version to compare with instead of the original
        self._decoder = FrameDecoder()
        self._asking: FrameRequest | None = None
        self._wanted: FrameRequest | None = None
        self.audible: tuple[Line, ...] = ()  # what is heard with the picture
        self.faces: Faces | None = None  # what a dub or preview has kept of this shot's faces
        self._cached_for: object = None  # what they were asked for
        self._reading_cache = False
        self._face_request: Callable[[DecodedFrame], None] | None = (
            None  # who waits for the faces of the frame shown
        )
        self._box_before = False  # the face box was on before the speaker was to be chosen
        self._build()
        self.transport.moved.connect(self._frame_due)
        self.transport.marks_changed.connect(self.bar.update)
        self.canvas.clicked.connect(self._clicked)
        document.selection_changed.connect(self.load)
        document.changed.connect(self.refresh)
        self.load()

    def _build(self) -> None:
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        rows.addWidget(self.canvas, 1)
        rows.addWidget(self.bar)
        self.source_label, self.record_label = QLabel(), QLabel()
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        for label, name in (
            (self.source_label, self.tr("Source timecode")),
            (self.record_label, self.tr("Record timecode")),
        ):
            label.setFont(fixed)
            label.setAccessibleName(name)
        self._control_row = ControlRow((self.source_label, self.record_label))
        self._row = self._control_row.buttons
        rows.addWidget(self._control_row)

    def add_buttons(self, actions: Mapping[str, QAction]) -> None:
        """Put the buttons of these actions below the picture."""
        for name, sign in (
            ("backward", "◀"),
            ("play", "▶"),
            ("mark_in", "["),
            ("mark_out", "]"),
            ("loop", "⟲"),
        ):
            self._row.addWidget(_button(actions[name], sign))
        self._row.addSpacing(8)
        signs = (self.tr("Orig"), self.tr("Dub"), self.tr("Wipe"), self.tr("2-up"), self.tr("Diff"))
        for name, sign in zip(VIEW_MODES, signs, strict=True):
            self._row.addWidget(_button(actions[name], sign))
        self.pick = QToolButton()
        self.pick.setText(self.tr("Speaker"))
        self.pick.setToolTip(self.tr("Click the face whose mouth is to move"))
        self.pick.setAccessibleName(self.tr("Choose the speaker by clicking a face"))
        self.pick.setAccessibleDescription(actions["next_face"].toolTip())
        self.pick.setCheckable(True)
        self.pick.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.pick.toggled.connect(self.choose)
        self._row.addWidget(self.pick)

    # What is shown

    def load(self) -> None:
        """Show the selected clip."""
        slot = self._document.slot
        self.bar.setEnabled(slot is not None)
        self._face_request = None
        if slot is None or slot.media is None or not self._readable(slot):
            self._asked_for = None
        if slot is None:
            self.slot = None
            self.canvas.clear(self.tr("Open a timeline and click a clip."))
            return
        if slot.media is None or not self._readable(slot):
            self.slot = None
            self.canvas.clear(
                self._document.problem(slot.clip) or self.tr("This clip has no media to show.")
            )
            return
        if self._asked_for == slot:
            return
        self._asked_for, self.other = slot, None
        self.canvas.clear(self.tr("Opening {name}…").format(name=slot.media.name))
        self._document.frames.ask(lambda: known_media(slot), self._loaded, self._broken)

    def _readable(self, slot: Slot) -> bool:
        return slot.blocked is None or slot.blocked.code not in UNREADABLE_PROBLEMS

    def _loaded(self, slot: Slot) -> None:
        if self._asked_for is None or self._asked_for.clip != slot.clip:
            return
        self.slot = slot
        self.faces, self._cached_for, self._reading_cache = None, None, False
        self.canvas.zoom_to(0, 0, 1.0)
        self.transport.load(slot.source, slot.drop)
        self.audible = ()  # the transport has forgotten it
        self._load_sound()
        self._read_cached_faces()

    def _broken(self, error: BaseException) -> None:
        self._asking = self._face_request = None
        self.canvas.clear(say(getattr(error, "message", "") or str(error)))

    def refresh(self) -> None:
        """The dub or the take may be another one."""
        if self.slot is not None:
            self._frame_due(self.transport.frame)
            self._load_sound()
            self._read_cached_faces()

    def set_mode(self, mode: str) -> None:
        """Show original, dubbed, wipe, side by side or difference; the sound goes with it."""
        self.mode = mode
        self.view_changed.emit()
        self.refresh()

    def set_overlay(self, name: str, on: bool) -> None:
        """Switch face box, landmarks, matte or dubbed ranges."""
        (self.canvas.overlays.add if on else self.canvas.overlays.discard)(name)
        self.bar.ranges = "ranges" in self.canvas.overlays
        self.bar.update()
        self.view_changed.emit()
        self.refresh()

    def compare(self, dub: Dub | None) -> None:
        """Put this version in the original's place, to hold two versions against each other."""
        self.other = dub
        self.refresh()

    def dub(self) -> Dub | None:
        """Return the dub that is shown for this shot."""
        return self._document.shown_dub(self.slot.clip) if self.slot else None

    def seek_record(self, frame: int) -> None:
        """Show the frame seen at a timeline frame, where it lies in this shot."""
        if self.slot is not None and self.slot.record.first <= frame < self.slot.record.end:
            self.transport.go(plate_frame(self.slot, frame))

    def _frame_due(self, frame: int) -> None:
        if self.slot is None:
            return
        rec = record_frame(self.slot, frame)
        self.source_label.setText(self.tr("SRC {tc}").format(tc=self.transport.text))
        edit = self._document.edit
        if edit is not None:
            self.record_label.setText(
                self.tr("REC {tc}").format(tc=timecode(rec, edit.rate, self.slot.drop))
            )
        self.bar.update()
        self.moved.emit(rec)
        self._ask(self.request(frame))

    def request(self, frame: int) -> FrameRequest | None:
        """Return what must be decoded to show a plate frame."""
        slot = self.slot
        if slot is None or slot.media is None or slot.available is None:
            return None
        plate, index = slot.media, frame - slot.available.first
        dub, other = self._document.shown_dub(slot.clip), self.other
        names = ("", "")
        if other is not None and other.available.first <= frame < other.available.end:
            plate, index = other.media, frame - other.available.first
            names = (_version(other), "" if dub is None else _version(dub))
        elif dub is not None and dub is self._document.previews.get(slot.clip):
            names = ("", self.tr("Preview"))
        inside = dub is not None and dub.available.first <= frame < dub.available.end
        path: Path | None = dub.media if dub is not None and inside else None
        looks = self.canvas.overlays
        return FrameRequest(
            plate,
            index,
            path,
            frame - dub.available.first if dub is not None else 0,
            self.mode,
            bool(looks & {"box", "landmarks"}) or self._face_request is not None,
            "matte" in looks,
            False,
            self._choice(dub),
            self.faces,
            (slot.media, frame - slot.available.first),
            names,
            dub is not None and inside and dub.is_dubbed(frame) is False,
            slot.conform if plate == slot.media else None,
            slot.conform,
        )

    def _choice(self, dub: Dub | None) -> FaceChoice | None:
        """Return whose mouth moves, as far as that is known: the face assigned now, else the one
        the dub was made with.
        """
        given = self._document.decisions(self.slot.clip) if self.slot else None
        if given is not None and given.face is not None:
            return given.face
        chosen = dub.lines[0].face if dub is not None and dub.lines else None
        return chosen.face if chosen is not None else dub.shot.face if dub is not None else None

    def _ask(self, request: FrameRequest | None) -> None:
        self._wanted = request
        if request is None or self._asking is not None:
            return
        self._asking = request
        self._document.frames.ask(lambda: self._decoder.show(request), self._came, self._broken)

    def _came(self, shown: DecodedFrame) -> None:
        self._asking = None
        if self.slot is not None:
            self.canvas.show_frame(shown)
            self.painted.emit()
            self._answer(shown)
        if self._wanted is not None and self._wanted != shown.request:
            self._ask(self._wanted)
        elif self._search_due(shown):
            self._ask(replace(shown.request, search=True))

    def _search_due(self, shown: DecodedFrame) -> bool:
        """Return whether faces are to be looked for: the frame stands, is seen, and nothing is kept
        of it.
        """
        wanted = shown.request.faces or shown.request.matte
        still = self.transport.speed == 0 and not self._reading_cache
        return wanted and still and shown.seen is None and not shown.request.search

    # Sound

    def _audible_lines(self, slot: Slot) -> tuple[Line, ...]:
        """Return what goes with the picture, each line where it begins: the original's own sound,
        the lines of the dub that is shown, else those that are decided.
        """
        dub, given = self._document.shown_dub(slot.clip), self._document.decisions(slot.clip)
        if self.mode == "original" and self.other is not None:
            return self.other.shot.lines
        if self.mode != "original" and dub is not None and dub.shot.source == slot.source:
            return dub.shot.lines
        if self.mode != "original" and given is not None:
            return given.lines
        if slot.media is None or slot.available is None:
            return ()
        start = (slot.source.first - slot.available.first) / slot.source.rate
        return (Line(Take(slot.media, start, slot.source.seconds)),)

    def _load_sound(self) -> None:
        lines = () if self.slot is None else self._audible_lines(self.slot)
        if self.slot is None or not lines or lines == self.audible:
            return
        self.audible, span = lines, self.slot.source
        self._document.looks.ask(
            lambda: read_lines(lines, span, SAMPLE_RATE),
            lambda samples: self._sound_came(lines, samples),
            lambda _: self._sound_came(
                lines, None
            ),  # a plate without sound is silent; it does not keep the take's
        )

    def _sound_came(self, lines: tuple[Line, ...], samples: Floats | None) -> None:
        if lines == self.audible:
            self.transport.samples = samples
            if self.transport.speed == 1:
                self.transport.go(self.transport.frame)

    # Faces

    def _read_cached_faces(self) -> None:
        """Ask for what is kept of this shot's faces, once for each dub and choice, where they are
        to be drawn.
        """
        slot = self.slot
        drawn = self.canvas.overlays & {"box", "landmarks", "matte"}
        if slot is None or slot.media is None or slot.available is None or not drawn:
            return
        dub, first = self._document.shown_dub(slot.clip), slot.source.first - slot.available.first
        begin, end = first, first + slot.source.count
        if dub is not None and dub.shot.source == slot.source:
            begin = (
                dub.shot.deliver.first - slot.available.first
            )  # as it was followed: handles and all
            end = begin + dub.shot.deliver.count
        plate, choice = slot.media, self._choice(dub)
        asked = (plate, begin, end, first, choice, None if dub is None else dub.media)
        if asked == self._cached_for:
            return
        self._cached_for, self._reading_cache, folder = asked, True, cache_dir()
        self._document.looks.ask(
            lambda: cached_faces((plate, slot.conform), (begin, end, first), choice, folder),
            lambda faces: self._faces_came(asked, faces),
            lambda _: self._faces_came(asked, None),
        )

    def _faces_came(self, asked: object, faces: Faces | None) -> None:
        if asked == self._cached_for:
            self.faces, self._reading_cache = faces, False
            self._ask(self.request(self.transport.frame))

    # Whose mouth

    def with_faces(self, then: Callable[[DecodedFrame], None]) -> None:
        """Stand still, and hand over what is shown here once its faces are known; the newest to ask
        is answered.
        """
        self.transport.stop()
        self._face_request = then
        if self.canvas.shown is None or not self._answer(self.canvas.shown):
            self._ask(self.request(self.transport.frame))

    def _answer(self, shown: DecodedFrame) -> bool:
        then = self._face_request
        known = shown.seen is not None and not self._reading_cache
        if then is None or not known or shown.request != self.request(self.transport.frame):
            return False
        self._face_request = None
        then(shown)
        return True

    def choose(self, on: bool) -> None:
        """The next click chooses the speaker; the faces are boxed until then."""
        if on != self.choosing:
            self._box_before = "box" in self.canvas.overlays if on else self._box_before
        self.choosing = on
        self.canvas.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
        self.set_overlay("box", on or self._box_before)

    def _clicked(self, x: float, y: float) -> None:
        if not self.choosing or self.slot is None:
            return
        if not self._face_at(x, y):
            self._document.status_changed.emit(self.tr("There is no face: click inside a box."))
            return
        self.pick.setChecked(False)
        self._document.choose_face(
            FaceChoice(round(x, 1), round(y, 1), self.transport.frame - self.slot.source.first)
        )

    def _face_at(self, x: float, y: float) -> bool:
        """Return whether a click may mean a face: it lies in one, or nobody knows yet where they
        are.
        """
        shown = self.canvas.shown
        if (
            shown is None
            or shown.seen is None
            or shown.request != self.request(self.transport.frame)
        ):
            return True
        boxes = [face.box for face in shown.seen.faces]
        return any(
            left - CLICK_MARGIN * (right - left) <= x <= right + CLICK_MARGIN * (right - left)
            and top - CLICK_MARGIN * (bottom - top) <= y <= bottom + CLICK_MARGIN * (bottom - top)
            for left, top, right, bottom in boxes
        )

    def close_files(self) -> None:
        """Let the files go; the decoding thread has ended."""
        self._decoder.close()


def _button(action: QAction, sign: str) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setText(sign)
    action.changed.connect(lambda: button.setText(sign))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(action.text().replace("&", ""))
    return button


def _version(dub: Dub) -> str:
    """Return what a version is called: v002, or its file's name."""
    found = re.search(r"v\d+$", dub.media.stem)
    return found[0] if found else dub.media.stem
