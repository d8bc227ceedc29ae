"""Speech features of a take: what a recogniser taught on many voices makes of the sound.

Not in the paper. The encoder is Moonshine's (tiny, English; Useful Sensors, MIT), frozen, as its
makers publish it; it is run by onnxruntime. On people and voices nobody taught us, features of a
recogniser carry the lips far better than mel rows do (resources/models/README.md has the figures).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.weight_files import SPEECH_WEIGHTS, models_folder
from g4g_plugin.core.words import tr
from g4g_plugin.network.mel import MEL_RATE, SAMPLE_RATE, resample
from g4g_plugin.network.weights import known_digest

Floats = NDArray[np.float32]

SPEECH_FEATURES = 288  # features of a row
ROW_SAMPLES = 384  # samples from row to row: 41.67 rows a second
FIRST_ROW_CENTRE = 447  # sample on which row 0 is centred: strides 64, 3, 2 of kernels 127, 7, 3
ROW_REACH = 895  # samples that row 0 hears
# Samples taken at once, 8 s: the encoder attends to all it is given
PIECE_SAMPLES = 21 * ROW_SAMPLES * 16
# Samples heard before and after a piece, 2 s, whose rows are dropped
OVERLAP_SAMPLES = 21 * ROW_SAMPLES * 4
EDGE_SAMPLES = 21 * ROW_SAMPLES * 2  # silence before and after a take, 1 s

# Level of the loud moments of a take: root of the mean square over 0.1 s, 95th percentile
LOUD_LEVEL = 0.08
FAINTEST_LEVEL = 0.004  # a take fainter than this is turned up no further


class SpeechEncoder:
    """The frozen encoder; `rows` are on the mel's own grid, `features` on the encoder's."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the installed encoder, or the one at `path`.

        Raises:
            EngineError: the file is missing, altered or damaged, or onnxruntime is not installed.
        """
        path = path or models_folder() / SPEECH_WEIGHTS
        try:
            import onnxruntime
            from onnxruntime.capi import onnxruntime_pybind11_state as state  # pyright: ignore[reportAttributeAccessIssue]
        except ImportError as err:
            raise EngineError(
                "onnxruntime is not installed.", tr("Run the installer again.")
            ) from err
        content = _content(path)
        self.digest = hashlib.sha256(content).hexdigest()
        if known_digest(path) not in (None, self.digest):
            raise EngineError(
                "The speech encoder {path} was altered.",
                tr("Install the weights again."),
                path=path.name,
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except (
            state.Fail,
            state.InvalidProtobuf,
            state.InvalidGraph,
            state.InvalidArgument,
            RuntimeError,
        ) as err:
            raise EngineError(
                "The speech encoder {path} is damaged.",
                tr("Install the weights again."),
                path=path.name,
            ) from err
        self.silence = self._run(np.zeros(2 * EDGE_SAMPLES, np.float32)).mean(axis=0)

    def rows(self, samples: Floats) -> Floats:
        """Return features on the grid of `mel_spectrogram`: (n // 200 + 1, 288) float32, row k
        centred on k / 80 s.

        samples (n,) float32 mono at 16 kHz, any level. Outside the take there is silence.
        """
        features = self.features(samples)
        return on_grid(
            features,
            np.arange(len(samples) // (SAMPLE_RATE // MEL_RATE) + 1) / MEL_RATE,
            self.silence,
        )

    def features(self, samples: Floats) -> Floats:
        """Return (T, 288) float32 of a take with a second of silence to either side (`on_grid`
        reads times off).

        Long takes are heard in pieces of 8 s with 2 s to either side.
        """
        whole = np.pad(_levelled(samples), (EDGE_SAMPLES, EDGE_SAMPLES + ROW_REACH))
        parts = []
        for start in range(0, len(whole) - ROW_REACH, PIECE_SAMPLES):
            first = max(0, start - OVERLAP_SAMPLES)
            heard = self._run(whole[first : start + PIECE_SAMPLES + OVERLAP_SAMPLES + ROW_REACH])
            skip = (start - first) // ROW_SAMPLES
            parts.append(heard[skip : skip + PIECE_SAMPLES // ROW_SAMPLES])
        return np.concatenate(parts)

    def _run(self, samples: Floats) -> Floats:
        wave = np.ascontiguousarray(samples, np.float32)[None]
        given = {"input_values": wave, "attention_mask": np.ones(wave.shape, np.int64)}
        return np.asarray(self._session.run(None, given)[0], np.float32)[0]


def on_grid(features: NDArray[np.floating], times: NDArray[np.float64], silence: Floats) -> Floats:
    """Read speech features off at given times, linear; silence beyond.

    Args:
        features: (T, 288) from `SpeechEncoder.features`.
        times: (N,) seconds of the take.
        silence: (288,) what the encoder gives for nothing.
    """
    place = (
        np.asarray(times, np.float64) * SAMPLE_RATE + EDGE_SAMPLES - FIRST_ROW_CENTRE
    ) / ROW_SAMPLES
    return resample(features, place, silence)


def _levelled(samples: Floats) -> Floats:
    """Bring the loud moments of a take to one level; a faint one is no speech and stays faint."""
    if samples.ndim != 1:
        raise ValueError(f"a take is (samples,), not {samples.shape}")
    span = SAMPLE_RATE // 10
    power = np.square(
        np.pad(samples, (0, -len(samples) % span or (0 if len(samples) else span)))
    ).reshape(-1, span)
    loud = float(np.percentile(np.sqrt(power.mean(axis=1)), 95))
    return np.clip(samples * np.float32(LOUD_LEVEL / max(loud, FAINTEST_LEVEL)), -1, 1).astype(
        np.float32
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        raise EngineError(
            "There is no speech encoder at {path}.", tr("Install the weights again."), path=path
        ) from err
