"""Sound as the clock: what has been heard says which frame is due. Without a sound card a steady
clock serves.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 48_000  # Hz: what every sound card takes
BUFFER_TIME = 200_000  # microseconds in the sink: a blocked window does not break the sound

Floats = NDArray[np.float32]


class AudioPlayer:
    """Plays mono samples from a place on, and says how many seconds have been heard since."""

    def __init__(self) -> None:
        self._sink = None
        self._device = None
        self._samples: NDArray[np.int16] = np.zeros(0, np.int16)
        self._at = 0
        self._since = 0.0

    def start(self, samples: Floats | None, seconds: float) -> None:
        """Begin at `seconds` of `samples` ((n,) float32 at 48 kHz; None: silence, the steady
        clock).
        """
        self.stop()
        self._since = time.monotonic()
        if samples is None or not self._open():
            return
        self._samples = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        self._at = max(0, round(seconds * SAMPLE_RATE))
        self._device = self._sink.start()  # type: ignore[union-attr]
        self.feed()

    def _open(self) -> bool:
        from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices

        device = QMediaDevices.defaultAudioOutput()
        if device.isNull():
            return False
        form = QAudioFormat()
        form.setSampleRate(SAMPLE_RATE)
        form.setChannelCount(1)
        form.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        if not device.isFormatSupported(form):
            return False
        self._sink = QAudioSink(device, form)
        self._sink.setBufferSize(2 * SAMPLE_RATE * BUFFER_TIME // 1_000_000)
        return True

    def feed(self) -> None:
        """Give the sink what it has room for; after the last sample it is given silence."""
        if self._sink is None or self._device is None:
            return
        room = self._sink.bytesFree() // 2
        if room <= 0:
            return
        piece = self._samples[self._at : self._at + room]
        piece = np.pad(piece, (0, room - len(piece)))
        self._at += room
        self._device.write(piece.tobytes())

    @property
    def seconds(self) -> float:
        """Return how long it has been playing, as heard."""
        if self._sink is not None:
            return self._sink.processedUSecs() / 1e6
        return time.monotonic() - self._since

    def stop(self) -> None:
        """Fall silent."""
        if self._sink is not None:
            self._sink.stop()
            self._sink.deleteLater()
        self._sink, self._device = None, None
