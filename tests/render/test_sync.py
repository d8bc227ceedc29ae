"""Sync figures of a dub: drawn mouths as bright as their sound is loud, and an expert that knows
just that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import torch

from g4g_plugin.core.conversion import from_plain, to_plain
from g4g_plugin.core.crop import Crops, Patch, mouth_box
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import Cancelled
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.picture import Picture, PixelFormat
from g4g_plugin.core.shot import Dub, Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine.base import EngineSpec
from g4g_plugin.media.plate import open_plate
from g4g_plugin.network import judge
from g4g_plugin.network.sketch import crop_size, scale_matrix
from g4g_plugin.render import dub as dubbing
from g4g_plugin.render import sync_score as sync
from g4g_plugin.render.dub import dub_shot
from g4g_plugin.render.sync_score import Onlooker, judged_part, see_mouth

RATE = Fraction(25)
COUNT = 75
HZ = 48_000
SIZE = (160, 208)  # width, height: half the crop of M = 256, so that to_crop doubles
TO_CROP = np.array([[2.0, 0, 0.5], [0, 2.0, 0.5]], np.float32)


class LoudAndBright:
    """An expert whose pictures are their brightness over five frames and whose sounds are their
    loudness.
    """

    def eval(self) -> None:
        pass

    def see(self, grey: torch.Tensor) -> torch.Tensor:
        return self._unit(grey.mean(dim=(2, 3)))

    def hear(self, windows: torch.Tensor) -> torch.Tensor:
        rows = windows.mean(dim=2)  # (B, 16): 5 pictures at 3.2 rows each
        return self._unit(torch.stack([rows[:, round(3.2 * n + 1.1)] for n in range(5)], 1))

    def _unit(self, values: torch.Tensor) -> torch.Tensor:
        values = values - values.mean(1, keepdim=True)
        return values / (values.norm(dim=1, keepdim=True) + 1e-6)


@pytest.fixture(autouse=True)
def expert(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge, "open_expert", lambda path=None: (LoudAndBright(), "ab" * 32))


def opening(seed: int) -> np.ndarray:
    """Return how far the mouth is open in each frame, (COUNT,) 0.15 .. 1: never silent."""
    return np.random.default_rng(seed).uniform(0.15, 1.0, COUNT)


def heard(loud: np.ndarray, late: int = 0) -> np.ndarray:
    """Return 48 kHz samples as loud, in decibel, as the mouth is open, `late` frames late."""
    loud = np.roll(loud, late)
    envelope = np.interp(np.arange(len(loud) * HZ // 25) / (HZ / 25), np.arange(len(loud)), loud)
    tone = np.random.default_rng(1).normal(size=len(envelope)) * 0.2
    return (np.clip(10 ** (1.2 * (envelope - 1)) * tone, -1, 1) * 32767).astype(np.int16)


def picture(wide: float) -> np.ndarray:
    """Draw a mouth box, (208, 160, 3) uint8, the brighter the wider."""
    drawn = np.full((SIZE[1], SIZE[0], 3), 60, np.uint8)
    drawn[100:190, 20:140] = round(60 + 150 * wide)
    return drawn


def voice(movie: av.container.OutputContainer) -> av.AudioStream:
    return movie.add_stream("pcm_s16le", rate=HZ, layout="mono")


def speak(movie: av.container.OutputContainer, stream: av.AudioStream, samples: np.ndarray) -> None:
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts = HZ, 0
    movie.mux(stream.encode(frame))
    movie.mux(stream.encode(None))


def write_plate(path: Path, wide: np.ndarray, samples: np.ndarray | None) -> Path:
    with av.open(str(path), "w") as movie:
        stream = movie.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        sound = None if samples is None else voice(movie)
        for n, value in enumerate(wide):
            frame = av.VideoFrame.from_ndarray(picture(value), format="rgb24").reformat(
                format="yuv420p"
            )
            frame.pts, frame.time_base = n, 1 / RATE
            movie.mux(stream.encode(frame))
        movie.mux(stream.encode(None))
        if sound is not None and samples is not None:
            speak(movie, sound, samples)
    return path


def write_line(path: Path, samples: np.ndarray) -> Path:
    with av.open(str(path), "w") as sound:
        speak(sound, voice(sound), samples)
    return path


def face_track(frames: np.ndarray) -> FaceTrack:
    """Return a face that fills the drawn picture."""
    mesh = np.random.default_rng(0).uniform(0, 1, (478, 3)).astype(np.float32) * (*SIZE, 0)
    n = len(frames)
    return FaceTrack(
        frames, np.repeat(mesh[None], n, 0), np.repeat(TO_CROP[None], n, 0), np.ones(n, np.float32)
    )


class Painter:
    """An engine that paints another brightness into some frames of its track."""

    def __init__(self, wide: np.ndarray, keep: tuple[int, ...] = ()) -> None:
        self.spec = EngineSpec("painter")
        self._wide, self._keep = wide, keep

    def dub(self, crops: Crops, take: np.ndarray) -> Iterator[Patch]:
        for frame in crops.track.frames.tolist():
            if frame not in self._keep:
                pixels = (picture(self._wide[frame]) / 255).astype(np.float32)
                yield Patch(
                    frame,
                    pixels,
                    np.ones(pixels.shape[:2], np.float32),
                    np.eye(2, 3, dtype=np.float32),
                )

    def close(self) -> None:
        pass


Dubbed = Callable[..., Dub]


@pytest.fixture
def dub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dubbed:
    def run(
        sound: np.ndarray | None,
        line: np.ndarray,
        frames: np.ndarray | None = None,
        keep: tuple[int, ...] = (),
        progress: object = None,
    ) -> Dub:
        plate = write_plate(tmp_path / "plate.mkv", opening(1), sound)
        span = FrameRange(90_000, COUNT, RATE)
        shot = Shot(
            "s",
            "V1/1",
            span,
            plate,
            span,
            span,
            (Line(Take(write_line(tmp_path / "line.wav", line))),),
            fit="pad",
        )
        track = face_track(np.arange(COUNT) if frames is None else frames)
        monkeypatch.setattr(
            dubbing, "find_face", lambda *_: dubbing.ShotFace(track, track, None, {})
        )
        (tmp_path / "out").mkdir(exist_ok=True)
        told = {} if progress is None else {"progress": progress}
        return dub_shot(shot, Painter(opening(2), keep), tmp_path / "out", "ffv1", **told)

    return run


@pytest.mark.parametrize(("original", "take"), [(0, 0), (3, -2)])
def test_a_dub_says_how_late_its_sound_is_before_and_after(
    original: int, take: int, dub: Dubbed
) -> None:
    done = dub(heard(opening(1), original), heard(opening(2), take))
    assert done.unjudged == {}
    assert (done.sync["offset_ms_before"], done.sync["offset_ms_after"]) == (
        40 * original,
        40 * take,
    )
    assert min(done.sync["best_before"], done.sync["best_after"]) > 0.6
    assert min(done.sync["lead_before"], done.sync["lead_after"]) > sync.CLEAR_LEAD
    in_time = original == 0
    assert (done.sync["confidence_before"] > 0.6) == in_time
    assert (done.sync["confidence_after"] > 0.6) == in_time
    assert from_plain(Dub, to_plain(done)) == done


def test_what_cannot_be_judged_is_said_and_why(dub: Dubbed) -> None:
    done = dub(None, heard(opening(2))[: HZ // 2])
    assert done.sync == {}
    assert done.unjudged["before"] == sync.NO_SOUND
    assert done.unjudged["after"] == sync.NO_SPEECH
    hum = (np.random.default_rng(0).normal(size=COUNT * HZ // 25) * 32).astype(
        np.int16
    )  # room tone
    assert dub(hum, hum).unjudged == {"before": sync.NO_SPEECH, "after": sync.NO_SPEECH}
    brief = dub(heard(opening(1)), heard(opening(2)), np.arange(24))
    assert brief.unjudged == {"before": sync.NO_FACE, "after": sync.NO_FACE}


def test_without_an_expert_the_dub_is_made_and_the_figures_are_missing(
    dub: Dubbed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("G4G_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(judge, "models_folder", lambda: tmp_path)
    track = face_track(np.arange(COUNT))
    monkeypatch.setattr(dubbing, "find_face", lambda *_: dubbing.ShotFace(track, track, None, {}))
    plate = write_plate(tmp_path / "plate.mkv", opening(1), heard(opening(1)))
    span = FrameRange(90_000, COUNT, RATE)
    line = write_line(tmp_path / "line.wav", heard(opening(2)))
    done = dub_shot(
        Shot("s", "V1/1", span, plate, span, span, (Line(Take(line)),)),
        Painter(opening(2)),
        tmp_path,
        "ffv1",
    )
    assert done.media.is_file()
    assert done.sync == {}
    assert done.unjudged == {"before": sync.NO_EXPERT, "after": sync.NO_EXPERT}


def test_a_bug_in_the_judge_costs_the_figures_and_not_the_dub(
    dub: Dubbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no kernel")

    monkeypatch.setattr(judge, "judge", broken)
    done = dub(heard(opening(1)), heard(opening(2)))
    assert done.media.is_file()
    assert done.unjudged == {"before": sync.UNMEASURED, "after": sync.UNMEASURED}


def test_cancelled_while_it_judges_it_leaves_nothing(dub: Dubbed, tmp_path: Path) -> None:
    class Stop:
        def step(self, stage: str, done: int, total: int) -> None:
            if stage == "sync":
                raise Cancelled

    with pytest.raises(Cancelled):
        dub(heard(opening(1)), heard(opening(2)), progress=Stop())
    assert not list((tmp_path / "out").iterdir())


def test_the_ranges_are_the_frames_that_were_changed_and_no_others(
    dub: Dubbed, tmp_path: Path
) -> None:
    frames = np.r_[3:20, 30:75]
    done = dub(heard(opening(1)), heard(opening(2)), frames, keep=(10, 11, 74))
    runs = [(span.first - 90_000, span.count) for span in done.dubbed or ()]
    assert runs == [(3, 7), (12, 8), (30, 44)]
    assert (done.frames_dubbed, done.frames_kept) == (59, 16)
    with open_plate(tmp_path / "plate.mkv") as before, open_plate(done.media) as after:
        pairs = zip(before.read(0, COUNT), after.read(0, COUNT), strict=True)
        differ = [
            n
            for n, (a, b) in enumerate(pairs)
            if any((p != q).any() for p, q in zip(a.planes, b.planes, strict=True))
        ]
    assert differ == [n for first, count in runs for n in range(first, first + count)]


def test_the_middle_of_the_longest_run_is_judged() -> None:
    track = face_track(np.r_[0:40, 50:2000])
    part = judged_part(track, RATE)
    assert (part.frames[0], part.frames[-1]) == (775, 1274)
    assert judged_part(face_track(np.r_[0:40, 50:60]), RATE).frames.tolist() == list(range(40))
    assert not len(judged_part(face_track(np.arange(0)), RATE))


@pytest.mark.parametrize(
    ("zoom", "move"), [(0.6, (10.0, 150.0)), (0.8, (12.3, -7.7)), (2.5, (-500.0, -640.0))]
)
def test_the_expert_sees_what_a_crop_of_the_whole_picture_shows(
    zoom: float, move: tuple[float, float]
) -> None:
    rng = np.random.default_rng(0)
    soft = cv2.resize(
        rng.integers(0, 255, (60, 80, 3), np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC
    )
    form = PixelFormat("gbrp", 8, rgb=True)
    shown = Picture(0, tuple(np.ascontiguousarray(soft[..., c]) for c in (1, 2, 0)), form)
    to_crop = np.array([[zoom, 0.05, move[0]], [-0.05, zoom, move[1]]], np.float32)
    matrix = scale_matrix(to_crop, 64).astype(np.float64)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    whole = cv2.GaussianBlur(soft, (0, 0), 0.4 / scale) if scale < 0.6 else soft
    crop = cv2.warpAffine(whole, matrix, crop_size(64)[::-1], borderMode=cv2.BORDER_REPLICATE)
    top, left, bottom, right = mouth_box(64)
    wanted = cv2.cvtColor(np.ascontiguousarray(crop[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)[
        16:
    ]
    seen = see_mouth(shown, to_crop)
    assert seen.shape == (48, 64)
    assert np.abs(seen.astype(int) - wanted).max() <= 3


def test_a_face_beside_the_picture_blinds_nobody() -> None:
    form = PixelFormat("gray", 8, full_range=True)
    shown = Picture(0, (np.full((40, 60), 200, np.uint8),), form)
    assert (see_mouth(shown, np.array([[1, 0, -5000], [0, 1, 9000]], np.float32)) == 200).all()
    eye = Onlooker(
        FaceTrack(
            np.arange(1),
            np.zeros((1, 478, 3), np.float32),
            np.zeros((1, 2, 3), np.float32),
            np.ones(1, np.float32),
        )
    )
    assert list(eye.comp(eye.plate([shown]))) == [shown]
    assert eye.changed == []


FOOTAGE = Path(__file__).parents[3] / "shared" / "data" / "grid" / "person-003" / "0001.mp4"


@pytest.mark.footage
@pytest.mark.skipif(not FOOTAGE.is_file(), reason="needs ../shared/data")
def test_real_speech_is_known_to_be_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # the installed expert
    monkeypatch.setenv("G4G_HOME", str(tmp_path))
    from g4g_plugin.engine.copy import CopyEngine
    from g4g_plugin.media.probe import probe

    facts = probe(FOOTAGE)
    span = facts.available
    late = Take(FOOTAGE, Fraction(8, 25), span.seconds - Fraction(8, 25))  # heard 8 frames early
    done = dub_shot(
        Shot("s", "V1/1", span, FOOTAGE, span, span, (Line(late),), fit="pad"),
        CopyEngine(),
        tmp_path,
        "ffv1",
    )
    assert abs(done.sync["offset_ms_before"]) <= 80
    assert done.sync["offset_ms_after"] == done.sync["offset_ms_before"] - 320
    assert done.sync["confidence_before"] > done.sync["confidence_after"]
