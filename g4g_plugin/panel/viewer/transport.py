"""Which frame of which shot is due: play, shuttle, step, marks, loop. Frames are in the plate's own
(timecode) time.
"""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from g4g_plugin.core.time import FrameRange, timecode
from g4g_plugin.panel.viewer.audio_player import AudioPlayer, Floats
from g4g_plugin.project.edit import Slot

SPEED_MOST = 8  # times: faster, no face can be made out
TICK_INTERVAL = 8  # ms: finer than any frame, so that none is late by more than that


def record_frame(slot: Slot, frame: int) -> int:
    """Return the timeline frame at which a plate frame of a clip is seen."""
    step = Fraction(frame - slot.source.first) * slot.record.rate / slot.source.rate
    return min(slot.record.first + int(step), slot.record.end - 1)


def plate_frame(slot: Slot, record: int) -> int:
    """Return the plate frame that is seen at a timeline frame of a clip."""
    step = Fraction(record - slot.record.first) * slot.source.rate / slot.record.rate
    return min(max(slot.source.first + int(step), slot.source.first), slot.source.end - 1)


class Transport(QObject):
    """The playhead of one shot."""

    moved = Signal(int)  # the frame that is due, plate time
    marks_changed = Signal()
    speed_changed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.span = FrameRange(0, 1, Fraction(25))
        self.frame = 0
        self.speed = 0  # 0 stopped; 1, 2, 4, 8 and their negatives
        self.loop = False
        self.mark_in: int | None = None
        self.mark_out: int | None = None
        self.drop = False
        self.samples: Floats | None = None  # heard with the span's first frame, 48 kHz
        self.audio = AudioPlayer()
        self._start_frame = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def load(self, span: FrameRange, drop: bool) -> None:
        """Show another shot, at its first frame."""
        self.stop()
        self.span, self.drop, self.samples = span, drop, None
        self.mark_in = self.mark_out = None
        self.marks_changed.emit()
        self.go(span.first)

    def go(self, frame: int) -> None:
        """Show a frame; playing goes on from it."""
        self.frame = min(max(frame, self.span.first), self.span.end - 1)
        if self.speed:
            self._begin()
        self.moved.emit(self.frame)

    def step(self, frames: int) -> None:
        """Stop, and go some frames on."""
        self.stop()
        self.go(self.frame + frames)

    def play(self, speed: int) -> None:
        """Play at a speed; 0 stops."""
        self.speed = speed
        self.speed_changed.emit(speed)
        if not speed:
            self._timer.stop()
            self.audio.stop()
            return
        low, high = self._ends()
        if speed > 0 and self.frame >= high:
            self.frame = low
        elif speed < 0 and self.frame <= low:
            self.frame = high
        self._begin()
        self._timer.start(TICK_INTERVAL)

    def stop(self) -> None:
        """Stop."""
        if self.speed:
            self.play(0)

    def shuttle(self, direction: int) -> None:
        """J and L: each press in the same direction plays twice as fast; the other direction turns
        round.
        """
        same = self.speed * direction > 0
        self.play(direction * min(abs(self.speed) * 2, SPEED_MOST) if same else direction)

    def set_loop(self, on: bool) -> None:
        """Begin anew at the end, or stop there."""
        self.loop = on

    def toggle(self) -> None:
        """Space."""
        self.play(0 if self.speed else 1)

    def mark(self, which: str) -> None:
        """Set the in or the out point to the frame shown; both inclusive."""
        if which == "in":
            self.mark_in = self.frame
            if self.mark_out is not None and self.mark_out < self.frame:
                self.mark_out = None
        else:
            self.mark_out = self.frame
            if self.mark_in is not None and self.mark_in > self.frame:
                self.mark_in = None
        self.marks_changed.emit()

    def clear_marks(self) -> None:
        """Forget in and out."""
        self.mark_in = self.mark_out = None
        self.marks_changed.emit()

    @property
    def text(self) -> str:
        """The timecode of the frame shown, the picture's own."""
        return timecode(self.frame, self.span.rate, self.drop)

    def _ends(self) -> tuple[int, int]:
        low = self.span.first if self.mark_in is None else self.mark_in
        high = self.span.end - 1 if self.mark_out is None else self.mark_out
        return low, high

    def _begin(self) -> None:
        self._start_frame = self.frame
        heard = self.samples if self.speed == 1 else None
        self.audio.start(heard, float((self.frame - self.span.first) / self.span.rate))

    def _tick(self) -> None:
        self.audio.feed()
        frame = self._start_frame + int(self.audio.seconds * self.speed * self.span.rate)
        low, high = self._ends()
        if (
            low <= frame <= high
            or (self.speed > 0 and frame < low)
            or (self.speed < 0 and frame > high)
        ):
            if frame != self.frame:
                self.frame = frame
                self.moved.emit(frame)
            return
        if self.loop:
            self.frame = low if self.speed > 0 else high
            self._begin()
        else:
            self.frame = high if self.speed > 0 else low
            self.stop()
        self.moved.emit(self.frame)
