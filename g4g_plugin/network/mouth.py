"""Take -> mouth and jaw shape: the step that carries most of the lip sync.

Not in the paper, which goes from mel rows straight to pixels. Dilated convolutions over mel rows,
half a second to either side, give 40 codes a second; the codes of a frame are read off at the
frame's own time, whatever its rate. Every norm is over the channels of one row, so that a result
depends neither on the batch nor on the take's length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from g4g_plugin.core.errors import EngineError
from g4g_plugin.core.words import tr
from g4g_plugin.network import mel as hear
from g4g_plugin.network.shape import COMPONENTS, ShapeBasis, gaps
from g4g_plugin.network.speech import SPEECH_FEATURES, SpeechEncoder
from g4g_plugin.network.syncnet import SyncConfig, audio_tower
from g4g_plugin.network.weights import load_weights, save_weights

Floats = NDArray[np.float32]
Moments = tuple[tuple[float, float], ...]  # (mean, deviation) of each code

CODE_RATE = hear.MEL_RATE // 2  # codes a second
WINDOW_STRIDE = 4  # mel rows between the windows an `EarMember` hears
# Likelihoods from which lips begin to be brought together, and touch
TOUCH_LIKELIHOODS = (0.35, 0.65)
MOST_GAIN = 1.8  # what a net can only guess at is not made louder: that would be noise
APART_DISTANCE = 0.03  # eye distances
AT_WORK = 0.5  # deviations from rest, from which a mouth counts as speaking wholly
# mel rows (0.6 s) beyond the first and last time that the net must hear; more changes nothing
CONTEXT_ROWS = 48


@dataclass(frozen=True, slots=True)
class MouthConfig:
    """What a mouth net is built from.

    width: channels; dilations: one residual block each, of three taps 25 ms apart; members: nets
    whose codes are averaged; ears: so many of them hear through the sync expert's frozen audio
    tower, whose sizes are `ear`; speech: so many, the last, hear a recogniser's features too;
    shut: the net says beside the codes how likely the lips touch; said, meant: its calibration, see
    `calibrate`.
    """

    width: int = 192
    dilations: tuple[int, ...] = (1, 2, 4, 8, 4, 2, 1)
    dropout: float = 0.15
    codes: int = COMPONENTS
    members: int = 1
    ears: int = 0
    speech: int = 0
    ear: SyncConfig = field(default_factory=SyncConfig)
    shut: bool = False
    said: Moments = ()
    meant: Moments = ()


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a net says of N moments: codes (N, 12) of a person of typical liveliness; shut (N,) how
    likely the lips touch.
    """

    codes: Floats
    shut: Floats


class Taps(nn.Module):
    """A dilated convolution of three taps over rows (B, T, C): one matrix product, quicker on the
    CPU than Conv1d.
    """

    def __init__(self, inside: int, outside: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.mix = nn.Linear(3 * inside, outside)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, T, outside); silence (zeros) lies beyond the ends."""
        count, d = x.shape[1], self.dilation
        wide = F.pad(x, (0, 0, d, d))
        return self.mix(torch.cat([wide[:, k * d : k * d + count] for k in range(3)], dim=2))


class Block(nn.Module):
    """A residual block that hears `dilation` rows to either side."""

    def __init__(self, width: int, dilation: int, dropout: float) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.LayerNorm(width),
            nn.GELU(),
            Taps(width, width, dilation),
            nn.LayerNorm(width),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, T, width)."""
        return x + self.body(x)


class Body(nn.Module):
    """Rows (B, T, C) -> codes (B, T, 12): the part that all members share in kind."""

    def __init__(self, inside: int, config: MouthConfig) -> None:
        super().__init__()
        w = config.width
        self.first = nn.Sequential(Taps(inside, w, 1), nn.LayerNorm(w), nn.GELU(), nn.Linear(w, w))
        self.blocks = nn.Sequential(*(Block(w, d, config.dropout) for d in config.dilations))
        self.norm = nn.Sequential(nn.LayerNorm(w), nn.GELU())
        self.head = nn.Linear(w, config.codes + config.shut)

    def forward(self, rows: Tensor) -> Tensor:
        """Return codes in single precision; where the net says it, the log odds of shut lips last."""
        return self.head(self.norm(self.blocks(self.first(rows)))).float()


class MelMember(Body):
    """Hears mel rows themselves: levelled (B, T, 80 or more), T even -> codes (B, T / 2, 12)."""

    def __init__(self, config: MouthConfig) -> None:
        super().__init__(2 * hear.MEL_BANDS, config)

    def forward(self, rows: Tensor) -> Tensor:
        """Return codes; row j is centred between mel rows 2j and 2j + 1."""
        return super().forward(_pairs(rows[..., : hear.MEL_BANDS]))


class SpeechMember(Body):
    """Hears a recogniser's features (network/speech.py) beside the mel rows: (B, T, 80 + 288) ->
    (B, T / 2, 12).
    """

    def __init__(self, config: MouthConfig) -> None:
        super().__init__(config.width + SPEECH_FEATURES, config)
        self.mel = nn.Linear(2 * hear.MEL_BANDS, config.width)

    def forward(self, rows: Tensor) -> Tensor:
        """Return codes; row j is centred between rows 2j and 2j + 1."""
        pairs = _pairs(rows[..., hear.MEL_BANDS :]).unflatten(2, (2, SPEECH_FEATURES)).mean(dim=2)
        return super().forward(
            torch.cat([self.mel(_pairs(rows[..., : hear.MEL_BANDS])).to(pairs.dtype), pairs], dim=2)
        )


class EarMember(Body):
    """Hears what the sync expert's audio tower makes of 0.2 s windows: what tells lips apart,
    whoever speaks.
    """

    def __init__(self, config: MouthConfig) -> None:
        super().__init__(config.ear.size, config)
        self.ear = audio_tower(config.ear)
        self.ear.requires_grad_(False)

    def forward(self, rows: Tensor) -> Tensor:
        """Return codes; one window for two code rows, the rows between are read off linearly."""
        half = hear.WINDOW_ROWS // 2
        wide = F.pad(rows[..., : hear.MEL_BANDS], (0, 0, half, half), value=hear.SILENCE_LEVEL)
        windows = wide.unfold(1, hear.WINDOW_ROWS, WINDOW_STRIDE).transpose(
            2, 3
        )  # centres at mel rows -.5, 3.5, 7.5 ...
        count = windows.shape[1]
        with torch.no_grad():
            self.ear.eval()
            heard = F.normalize(
                self.ear(windows.reshape(-1, 1, hear.WINDOW_ROWS, hear.MEL_BANDS)).float(), dim=1
            )
        heard = heard.reshape(len(rows), count, -1) * heard.shape[1] ** 0.5
        place = (
            torch.arange(rows.shape[1] // 2) * 2 + 1.0
        ) / WINDOW_STRIDE  # where code rows stand among the windows
        low = place.floor().long().clamp(max=count - 1)
        share = (place - low)[:, None]
        return super().forward(
            heard[:, low] * (1 - share) + heard[:, (low + 1).clamp(max=count - 1)] * share
        )


class MouthNet(nn.Module):
    """The mouth net with the shape basis its codes are meant for."""

    def __init__(self, config: MouthConfig, basis: ShapeBasis) -> None:
        super().__init__()
        self.config, self.basis = config, basis
        kinds: list[Callable[[MouthConfig], Body]] = [MelMember] * (
            config.members - config.ears - config.speech
        )
        kinds += [EarMember] * config.ears + [SpeechMember] * config.speech
        self.members = nn.ModuleList(kind(config) for kind in kinds)
        self._encoder: SpeechEncoder | None = None

    @property
    def encoder(self) -> SpeechEncoder:
        """The recogniser's encoder, opened when first asked for.

        Raises:
            EngineError: it is missing or damaged.
        """
        if self._encoder is None:
            self._encoder = SpeechEncoder()
        return self._encoder

    def forward(self, rows: Tensor, times: Tensor) -> Tensor:
        """Return codes (B, N, 12 or 13), not calibrated, at `times` (B, N) s of rows (B, T, 80 or
        368) as `hear` makes.
        """
        return torch.stack([self.read(member, rows, times) for member in self.members]).mean(dim=0)

    @staticmethod
    def read(member: nn.Module, rows: Tensor, times: Tensor) -> Tensor:
        """Return the codes (B, N, 12) of one member.

        Args:
            member: one of the nets.
            rows: (B, T, F) what it hears.
            times: (B, N) of the codes.
        """
        return at_times(member(rows), times)

    def hear(self, samples: Floats) -> Floats:
        """Return the rows of a take, 80 a second: levelled mel (T, 80), with speech features where
        needed (T, 368).

        samples (n,) float32 mono at 16 kHz.
        """
        rows = hear.level_mel(hear.mel_spectrogram(samples))
        return (
            np.concatenate([rows, self.encoder.rows(samples)], axis=1)
            if self.config.speech
            else rows
        )

    def silence(self, count: int) -> Floats:
        """Return `count` rows of silence, as `hear` gives them."""
        rows = hear.silence(count)
        return (
            np.concatenate([rows, np.tile(self.encoder.silence, (count, 1))], axis=1)
            if self.config.speech
            else rows
        )

    @torch.no_grad()
    def predict(self, samples: Floats, times: NDArray[np.float64]) -> Floats:
        """Return the codes (N, 12) float32 that a take asks for at N times (seconds of the take,
        any spacing).

        samples (n,) float32 mono at 16 kHz; before and after the take there is silence, and silence
        closes the mouth. Code 0 is the person's closed mouth; `basis.decode` makes a displacement
        of 59 points of it.
        """
        return self.predict_rows(self.hear(samples), times)

    def predict_rows(self, rows: Floats, times: NDArray[np.float64]) -> Floats:
        """Return the codes (N, 12) float32 at N times of rows (T, 80 or 368) as `hear` makes them.

        Raises:
            EngineError: the rows have no speech features, and the net needs them.
        """
        said = self.say(rows, times)
        return closed(said.codes, said.shut, self.basis)

    @torch.no_grad()
    def say(self, rows: Floats, times: NDArray[np.float64]) -> Said:
        """Return what the net says at N times of rows (T, 80 or 368) as `hear` makes them.

        Raises:
            EngineError: the rows have no speech features, and the net needs them.
        """
        if self.config.speech and rows.shape[1] < hear.MEL_BANDS + SPEECH_FEATURES:
            raise EngineError(
                "This pack has no speech features.", tr("Run `g4g corpus hear` on it.")
            )
        if not len(times):
            return Said(np.zeros((0, self.config.codes), np.float32), np.zeros(0, np.float32))
        first, last = float(np.min(times)), float(np.max(times))
        head = CONTEXT_ROWS + max(0, int(np.ceil(-first * hear.MEL_RATE)))
        head += (
            -head % WINDOW_STRIDE
        )  # whole windows, or the same take would give other codes when it starts elsewhere
        tail = CONTEXT_ROWS + max(0, int(np.ceil(last * hear.MEL_RATE)) - len(rows))
        padded = np.concatenate(
            [self.silence(head), rows, self.silence(tail + (len(rows) + tail) % 2)]
        )
        shifted = torch.from_numpy(np.asarray(times, np.float64) + head / hear.MEL_RATE)
        training = self.training
        self.eval()
        out = self(torch.from_numpy(padded)[None], shifted[None])[0]
        self.train(training)
        count = self.config.codes
        shut = out[:, count].sigmoid() if self.config.shut else torch.zeros(len(out))
        codes = calibrate(out[:, :count].numpy(), self.config.said, self.config.meant)
        return Said(codes, shut.numpy())

    def save(self, path: Path, card: dict[str, Any], half: bool = True) -> str:
        """Write net, basis and config into one safetensors file; return its SHA-256.

        Args:
            path: the file.
            card: what is said of the weights.
            half: whether weights are kept as float16.
        """
        state = dict(self.state_dict())
        state |= {name: torch.from_numpy(value) for name, value in self.basis.to_state().items()}
        return save_weights(path, state, {"kind": "mouth"} | asdict(self.config), card, half)


def load_mouth(path: Path) -> tuple[MouthNet, str]:
    """Read a mouth net, ready to predict; return (net, SHA-256 of the file).

    Raises:
        EngineError: missing, damaged, or weights of another kind.
    """
    state, config, digest = load_weights(path)
    if config.get("kind") != "mouth":
        raise EngineError(
            "{path} holds no mouth net.", tr("Install the weights again."), path=path.name
        )
    known = {f.name for f in fields(MouthConfig)}
    values = {name: _frozen(value) for name, value in config.items() if name in known}
    values["ear"] = SyncConfig(**values.get("ear", {}))
    net = MouthNet(MouthConfig(**values), ShapeBasis.from_state(state))
    try:
        net.load_state_dict(
            {name: value for name, value in state.items() if not name.startswith("shape.")}
        )
    except RuntimeError as err:
        raise EngineError(
            "The weights {path} do not fit their config.",
            tr("Install the weights again."),
            path=path.name,
        ) from err
    return net.eval(), digest


def _pairs(rows: Tensor) -> Tensor:
    """Two rows side by side: (B, T, C) -> (B, T / 2, 2 C)."""
    return rows.reshape(len(rows), rows.shape[1] // 2, 2 * rows.shape[2])


def at_times(codes: Tensor, times: Tensor) -> Tensor:
    """Read code rows (B, J, 12) off at times (B, N) seconds of their mel, linear between rows: (B,
    N, 12).
    """
    place = (times * hear.MEL_RATE - 0.5) / 2  # row j is centred between mel rows 2j and 2j + 1
    place = place.clamp(0, codes.shape[1] - 1)
    low = place.floor().long().clamp(max=max(codes.shape[1] - 2, 0))
    share = (place - low).to(codes.dtype)[..., None]
    take = torch.arange(len(codes))[:, None]
    return (
        codes[take, low] * (1 - share)
        + codes[take, (low + 1).clamp(max=codes.shape[1] - 1)] * share
    )


def calibrate(codes: Floats, said: Moments, meant: Moments) -> Floats:
    """Give codes (N, 12) the mean and spread that real people's have while they speak.

    A net taught by mean errors moves everything too little, each code by its own share. A mouth at
    rest stays at rest: the means count as far as a code leaves it.

    Args:
        codes: as the net says them.
        said: (mean, deviation) of each code as the net says it of people it never saw.
        meant: the same of what these people did; empty leaves the codes as they are.
    """
    if not meant:
        return codes
    (centre, spread), (wanted, wide) = (np.array(m, np.float32).T for m in (said, meant))
    gain = np.minimum(wide / np.maximum(spread, 1e-4), MOST_GAIN)
    return moved(codes, gain, wanted - gain * centre, spread)


def moved(codes: Floats, gain: Floats, shift: Floats, spread: Floats) -> Floats:
    """Return gain * codes + shift, the shift only as far as a mouth (N, 12) has left its rest.

    Args:
        codes: (N, 12).
        gain: (12,).
        shift: (12,).
        spread: (12,) what a code's deviation is while somebody speaks.
    """
    away = np.sqrt(np.square(codes / np.maximum(spread, 0.05)).mean(axis=1, keepdims=True))
    return (gain * codes + np.clip(away / AT_WORK, 0, 1) * shift).astype(np.float32)


def closed(codes: Floats, shut: Floats, basis: ShapeBasis, apart: float = APART_DISTANCE) -> Floats:
    """Bring the lips together where the sound says that they touch, and keep them apart elsewhere.

    A mean mouth shuts by the way, between two half-open sounds. Where nothing moves, nothing is
    opened.

    Args:
        codes: (N, 12).
        shut: (N,) how likely the lips touch, 0..1; 0 everywhere: nothing is known, nothing done.
        basis: what the codes mean.
        apart: eye distances at which lips are kept that surely do not touch.
    """
    if not shut.any():
        return codes
    least, whole = TOUCH_LIKELIHOODS
    share = np.clip((shut - least) / (whole - least), 0, 1)
    gap = basis.aperture(codes)
    moving = np.clip(np.abs(codes).max(axis=1) / AT_WORK, 0, 1)
    wanted = (1 - share) * np.maximum(gap, apart * moving) + share * np.minimum(gap, 0)
    return (codes + (wanted - gap)[:, None] * opening_code(basis)).astype(np.float32)


def opening_code(basis: ShapeBasis) -> Floats:
    """Return the code (12,) that opens a closed mouth by one eye distance and moves nothing else
    than opening does.
    """
    opening = basis.opening / max(float(gaps(basis.opening[None])[0]), 1e-6)
    one = basis.encode_points(opening[None], np.zeros_like(opening))[0]
    return (one / max(float(basis.aperture(one[None])[0]), 1e-6)).astype(np.float32)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(v) for v in value) if isinstance(value, list) else value
