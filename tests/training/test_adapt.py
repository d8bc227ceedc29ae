"""Learning one person: it is kept where it beats the base on frames held back, and never otherwise."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_pack import DrawnPack

from g4g_plugin.cli import main
from g4g_plugin.core.decisions import Line, Take
from g4g_plugin.core.errors import Cancelled, EngineError, FaceError
from g4g_plugin.core.face import FaceTrack
from g4g_plugin.core.progress import SILENT
from g4g_plugin.core.shot import Shot
from g4g_plugin.core.time import FrameRange
from g4g_plugin.engine import g4g
from g4g_plugin.engine.adapted_weights import (
    Adaptation,
    Amplitude,
    read_adaptation,
    save_adaptation,
)
from g4g_plugin.engine.network import NetworkRenderer, open_renderer
from g4g_plugin.network.generator import G4G, SMALL_CONFIG
from g4g_plugin.network.mouth import MouthConfig, MouthNet, Said
from g4g_plugin.network.weights import save_weights
from g4g_plugin.training.adaptation import adapt, amplitude
from g4g_plugin.training.adaptation.adapt import AdaptConfig, adapt_generator, adapt_shot
from g4g_plugin.training.adaptation.amplitude import Apertures, figures, fit_amplitude
from g4g_plugin.training.adaptation.own_footage import (
    Footage,
    PersonPack,
    checked,
    in_crop,
    thinned,
)
from g4g_plugin.training.nets.batches import REFERENCE_GAP_FRAMES

CONFIG = dataclasses.replace(SMALL_CONFIG, mouth=64, width=4, dim=16)
CPU = torch.device("cpu")
RATE = Fraction(25)
HOUR = 90_000
basis = DrawnPack().basis
QUICK = AdaptConfig(rate=5e-3, warm=2, average=0.7)
COUNT = 60


def drawn_footage(count: int = COUNT, rate: Fraction = RATE, early: bool = False) -> Footage:
    pack = DrawnPack(people=1, frames=count)
    clip = pack.clips[0]
    frames = np.arange(100, 100 + count)
    none = np.tile(np.eye(2, 3, dtype=np.float32), (count, 1, 1))
    track = in_crop(FaceTrack(frames, pack.mesh(clip), none, np.ones(count, np.float32)), none, 64)
    return Footage(64, rate, 1, track, pack.pictures(clip), 100, None, early)


def renderer() -> NetworkRenderer:
    torch.manual_seed(3)
    return NetworkRenderer(G4G(CONFIG), basis(), basis(), CPU)


def shot() -> Shot:
    span = FrameRange(HOUR, COUNT, RATE)
    return Shot(
        "face",
        "V1/1",
        FrameRange(0, COUNT, RATE),
        Path("plate.mov"),
        span,
        span,
        (Line(Take(Path("plate.mov"))),),
    )


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tiny weights, and the drawn person wherever footage is gathered."""
    folder = tmp_path / "models"
    torch.manual_seed(0)
    MouthNet(MouthConfig(width=8, dilations=(1, 2)), basis()).save(folder / g4g.MOUTH_WEIGHTS, {})
    write_generator(folder, 3)
    monkeypatch.setattr(g4g, "models_folder", lambda: folder)
    monkeypatch.setattr(adapt, "gather", lambda *_: drawn_footage())
    return folder


def write_generator(folder: Path, seed: int) -> None:
    torch.manual_seed(seed)
    state = G4G(CONFIG).state_dict() | {
        k: torch.from_numpy(v) for k, v in basis().to_state().items()
    }
    save_weights(
        folder / g4g.GENERATOR_WEIGHTS,
        state,
        CONFIG.to_json() | {"kind": "generator"},
        {},
        half=True,
    )


# --- what is learned from, what is held back ---


@pytest.mark.parametrize("early", [False, True])
def test_held_back_frames_lie_apart_and_neither_teach_nor_lend(early: bool) -> None:
    footage = drawn_footage(count=80, early=early)
    held, learned = (footage.track.frames[rows] for rows in (footage.held, footage.learned))
    assert len(held) == 16
    assert np.array_equal(held, np.arange(100, 116) if early else np.arange(164, 180))
    assert np.abs(held[:, None] - learned[None]).min() > 12  # more than half a second
    crops = footage.crops(footage.held)
    assert [crop.frame for crop in crops] == held.tolist()
    assert np.array_equal(crops.pool.frames, learned)
    pack = PersonPack(footage)
    assert sum(clip.frames for clip in pack.clips) == len(learned)
    shown = np.concatenate([pack.pictures(clip) for clip in pack.clips])
    assert np.array_equal(shown, footage.pictures[footage.learned])


def test_a_gap_in_the_track_parts_the_runs() -> None:
    whole = drawn_footage(count=80)
    keep = np.ones(80, bool)
    keep[20:23] = False
    track = FaceTrack(
        *(getattr(whole.track, n)[keep] for n in ("frames", "mesh", "to_crop", "score"))
    )
    footage = dataclasses.replace(whole, track=track, pictures=whole.pictures[keep])
    first, second = PersonPack(footage).clips
    assert (first.frames, second.start) == (20, 20)
    assert np.array_equal(PersonPack(footage).pictures(second, [0])[0], whole.pictures[23])


def test_quick_and_long_footage_is_thinned() -> None:
    track = drawn_footage(count=80).track
    assert np.diff(thinned(track, track, Fraction(60)).frames).tolist() == [2] * 39
    long = drawn_footage(count=12).track
    frames = np.arange(4000)
    long = FaceTrack(
        frames, *(np.resize(a, (4000, *a.shape[1:])) for a in (long.mesh, long.to_crop, long.score))
    )
    kept = thinned(long, long.within(100, 200), RATE)
    assert (len(kept), kept.frames[0]) == (1500, 0)


def test_too_little_footage_is_said() -> None:
    with pytest.raises(FaceError, match="too little"):
        checked(drawn_footage(count=30), shot())
    assert checked(drawn_footage(), shot())


# --- the generator ---


def test_learning_lowers_the_held_back_error_and_is_kept() -> None:
    made, footage = renderer(), drawn_footage()
    before = {name: value.clone() for name, value in made.net.state_dict().items()}
    delta, learned = adapt_generator(footage, made, {}, 5, QUICK, SILENT, steps=15)
    assert learned.kept
    assert learned.said == "Kept."
    assert learned.adapted["l1"] < 0.9 * learned.base["l1"]
    assert learned.adapted["psnr"] > learned.base["psnr"]
    assert delta
    assert all(name.startswith("decoder.") for name in delta)
    after = made.net.state_dict()
    assert all(
        torch.equal(after[name], value) for name, value in before.items()
    )  # the base is as it was
    state = dict(before) | {name: before[name] + value for name, value in delta.items()}
    made.net.load_state_dict(state)
    found = adapt.measure(made, footage, footage.held)
    assert found == learned.adapted  # what is told is what the delta gives


def negative(footage: Footage) -> Footage:
    """What is learned from is the negative of what is held back: nothing in it helps."""
    pictures = np.where(
        footage.learned[:, None, None, None], 255 - footage.pictures, footage.pictures
    )
    return dataclasses.replace(footage, pictures=pictures.astype(np.uint8))


@pytest.mark.parametrize(
    ("rate", "harm"), [(0.0, False), (3e-3, True)], ids=["nothing learned", "harm done"]
)
def test_what_does_not_help_is_not_kept_and_says_so(rate: float, harm: bool) -> None:
    config, footage = dataclasses.replace(QUICK, rate=rate), drawn_footage()
    footage = negative(footage) if harm else footage
    delta, learned = adapt_generator(
        footage, renderer(), {}, 5, config, SILENT, steps=8 if harm else 1
    )
    assert not delta
    assert not learned.kept
    assert "the base is kept" in learned.said
    assert (
        learned.adapted["l1"] > (1.01 if harm else 0.99) * learned.base["l1"]
    )  # both figures are told


def test_softer_is_not_better() -> None:
    base = {"l1": 0.03, "psnr": 28.0, "texture": 0.6}
    assert adapt.improved(base, {"l1": 0.02, "psnr": 30.0, "texture": 0.6})
    assert not adapt.improved(base, {"l1": 0.02, "psnr": 30.0, "texture": 0.5})
    assert not adapt.improved(base, {"l1": 0.0299, "psnr": 28.1, "texture": 0.7})


def test_only_the_last_layers_are_learned_as_many_as_the_budget_allows() -> None:
    decoder = G4G(CONFIG).decoder
    names = {id(value): name for name, value in decoder.named_parameters()}
    few = {names[id(value)] for value in adapt.last_layers(decoder, 600)}
    assert {"share.weight", "share.bias", "out.weight", "out.bias"} <= few
    assert "mix.weight" not in few
    assert {names[id(v)] for v in adapt.last_layers(decoder, 10**9)} == set(names.values())
    assert len(adapt.last_layers(decoder, 0)) == 2  # never nothing


# --- how far the mouth moves ---


def apertures(count: int, factor: float, seed: int = 0, lift: float = 0.0) -> Apertures:
    rng = np.random.default_rng(seed)
    said = rng.uniform(0.0, 0.1, count).astype(np.float32)
    noise = rng.normal(0, 0.003, count)
    return Apertures(said, (factor * said + lift + noise).astype(np.float32), 25.0)


def test_a_quiet_and_a_lively_mouth_are_told_apart_and_short_footage_is_doubted() -> None:
    assert fit_amplitude(apertures(1000, 0.5)).gain == pytest.approx(0.53, abs=0.04)
    assert fit_amplitude(apertures(1000, 1.6)).gain == pytest.approx(1.55, abs=0.06)
    assert fit_amplitude(apertures(40, 1.6)).gain == pytest.approx(1.18, abs=0.05)
    assert fit_amplitude(apertures(1000, 1.0, lift=0.01)).offset == pytest.approx(0.009, abs=0.002)
    lively = apertures(400, 1.6)
    assert amplitude.better(figures(lively, Amplitude()), figures(lively, fit_amplitude(lively)))


def test_the_amplitude_scales_codes_and_leaves_a_closed_mouth_closed() -> None:
    shape = basis()
    said = np.zeros((4, 12), np.float32)
    said[:, 0] = [0.0, 0.1, 0.5, 1.0]
    meant = Amplitude(0.5, 0.01).apply(said, shape)
    opened = shape.aperture(said)
    assert shape.aperture(meant)[0] == 0
    assert np.allclose(shape.aperture(meant)[2:], 0.5 * opened[2:] + 0.01, atol=1e-5)
    assert (np.diff(shape.aperture(Amplitude(0.5, -0.01).apply(said, shape))) > 0).all()
    for gain, offset in ((0.0, 0.0), (1.0, -0.04), (-1.0, 0.0)):
        with pytest.raises(ValueError, match="no mouth"):
            Amplitude(gain, offset)


class SayingNet:
    """A mouth net that says half of what the drawn mouth does, at any sound."""

    def __init__(self, factor: float) -> None:
        self.basis, self.factor, self.config = basis(), factor, MouthConfig()

    def hear(self, samples: np.ndarray) -> np.ndarray:
        return samples

    def say(self, rows: np.ndarray, times: np.ndarray) -> Said:
        codes = np.zeros((len(times), 12), np.float32)
        codes[:, 0] = self.factor * (0.5 - 0.5 * np.cos(np.round(times * 25) * 0.4))
        return Said(codes, np.zeros(len(times), np.float32))


def test_the_amplitude_is_measured_on_the_original_and_judged_on_what_was_held_back() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 8).astype(np.float32)
    footage = dataclasses.replace(drawn_footage(count=150), samples=noise)
    found, told = adapt.adapt_amplitude(footage, SayingNet(0.5))  # pyright: ignore[reportArgumentType]
    assert found is not None
    assert found.gain > 1.3
    assert told.kept
    assert told.adapted["error"] < 0.8 * told.base["error"]
    assert told.adapted["travel"] > told.base["travel"]
    found, told = adapt.adapt_amplitude(footage, SayingNet(1.0))  # pyright: ignore[reportArgumentType]
    assert found is None
    assert "the base is kept" in told.said
    assert told.base
    mute = dataclasses.replace(footage, samples=None)
    found, told = adapt.adapt_amplitude(mute, SayingNet(0.5))  # pyright: ignore[reportArgumentType]
    assert (found, told.said) == (None, "The original has no sound.")


# --- the file ---


def test_an_adaptation_comes_back_as_it_was_and_refuses_other_weights(
    models: Path, tmp_path: Path
) -> None:
    path, file = models / g4g.GENERATOR_WEIGHTS, tmp_path / "a.adapt" / "V1-1.safetensors"
    base, digest = open_renderer(path, basis(), CPU)
    plain = base.net.state_dict()
    delta = {"decoder.out.bias": torch.tensor([0.25, -0.5, 1.0])}
    written = save_adaptation(
        file, {"generator": digest, "mouth": "m"}, Amplitude(1.25, 0.01), delta, {"clip": "V1/1"}
    )
    found = read_adaptation(file)
    assert (found.digest, found.amplitude, found.card["clip"]) == (
        written,
        Amplitude(1.25, 0.01),
        "V1/1",
    )
    state = open_renderer(path, basis(), CPU, found)[0].net.state_dict()
    assert torch.equal(
        state["decoder.out.bias"], plain["decoder.out.bias"] + delta["decoder.out.bias"]
    )
    assert torch.equal(state["decoder.out.weight"], plain["decoder.out.weight"])
    with pytest.raises(EngineError, match="another mouth net"):
        found.amplitude_for("n")
    write_generator(models, 4)
    with pytest.raises(EngineError, match="another generator"):
        open_renderer(path, basis(), CPU, found)


@pytest.mark.parametrize("damage", ["missing", "cut", "kind", "shape"])
def test_a_file_that_is_none_is_refused(damage: str, models: Path, tmp_path: Path) -> None:
    file, digest = (
        tmp_path / "x.safetensors",
        open_renderer(models / g4g.GENERATOR_WEIGHTS, basis(), CPU)[1],
    )
    save_adaptation(file, {"generator": digest}, None, {"decoder.out.bias": torch.zeros(4)}, {})
    if damage == "missing":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-3])
    elif damage == "kind":
        file = models / g4g.MOUTH_WEIGHTS
    options = g4g.EngineOptions(device="cpu", renderer="network", threads=1, adapt=file)
    with pytest.raises(EngineError):
        g4g.open_engine(options)


# --- the whole ---


def test_a_shot_is_learned_kept_and_gone_on_from(models: Path, tmp_path: Path) -> None:
    file = tmp_path / "out" / "cut.adapt" / "V1-1.safetensors"
    report = adapt_shot(shot(), file, 5, QUICK, SILENT, None, steps=12)
    assert report["generator"]["kept"]
    assert not report["amplitude"]["kept"]
    assert report["bytes"] == file.stat().st_size < 100_000
    assert report["footage"]["held_back"] == [148, 159]
    told = adapt.report_text(json.loads(json.dumps(report)))
    assert "Kept." in told
    assert "The original has no sound." in told
    first = read_adaptation(file)
    again = adapt_shot(
        shot(), file, 5, dataclasses.replace(QUICK, rate=10.0), SILENT, None, steps=2
    )
    assert again["generator"]["kept"]  # what was learned earlier is still the best
    assert again["generator"]["adapted"] == report["generator"]["adapted"]
    assert all(
        torch.equal(read_adaptation(file).delta[name], value) for name, value in first.delta.items()
    )
    further = adapt_shot(shot(), file, 5, QUICK, SILENT, None, steps=12)
    assert further["generator"]["adapted"]["l1"] <= report["generator"]["adapted"]["l1"]
    assert further["generator"]["steps"] == 12 + 2 + 12
    write_generator(models, 4)
    anew = adapt_shot(shot(), file, 5, dataclasses.replace(QUICK, rate=0.0), SILENT, None, steps=1)
    assert not anew["generator"]["kept"]  # nothing is carried over to other weights
    assert not read_adaptation(file).delta


def test_stopping_by_hand_leaves_what_lay_there(models: Path, tmp_path: Path) -> None:
    class Stops:
        def step(self, stage: str, done: int, total: int) -> None:
            if stage == "adapt":
                raise Cancelled

    file = tmp_path / "cut.adapt" / "V1-1.safetensors"
    with pytest.raises(Cancelled):
        adapt_shot(shot(), file, 5, QUICK, Stops(), None)
    assert not file.parent.exists()
    file.parent.mkdir()
    file.write_bytes(b"earlier")
    with pytest.raises(Cancelled):
        adapt_shot(shot(), file, 5, QUICK, Stops(), None)
    assert [p.read_bytes() for p in file.parent.iterdir()] == [b"earlier"]


def test_minutes_end_the_learning(models: Path, tmp_path: Path) -> None:
    report = adapt_shot(shot(), tmp_path / "a.safetensors", 0.01, QUICK, SILENT, None)
    assert 1 <= report["generator"]["steps"] < 30


def test_the_engine_uses_what_was_learned_and_says_so_in_its_digest(
    models: Path, tmp_path: Path
) -> None:
    def made(**more: object) -> tuple[np.ndarray, str]:
        options = g4g.EngineOptions(device="cpu", renderer="network", threads=1, **more)  # type: ignore[arg-type]
        engine = g4g.open_engine(options)
        footage = drawn_footage()
        crops = footage.crops(footage.held)
        take = np.random.default_rng(0).normal(0, 0.1, 16_000 * 4).astype(np.float32)
        pixels = np.stack([patch.pixels[:60, :60] for patch in engine.dub(crops, take)])
        return pixels, str(engine.spec.weights)

    plain, file = made(), tmp_path / "a.safetensors"
    adapt_shot(shot(), file, 5, QUICK, SILENT, None, steps=8)
    found: Adaptation = read_adaptation(file)
    adapted = made(adapt=file, adapt_digest=found.digest)
    assert np.abs(adapted[0] - plain[0]).max() > 0.02
    assert adapted[1] != plain[1]
    again = made()
    assert np.array_equal(again[0], plain[0])
    assert again[1] == plain[1]
    with pytest.raises(EngineError, match="was changed"):
        made(adapt=file, adapt_digest="0" * 64)
    save_adaptation(file, found.base, Amplitude(1.8), {}, {})
    wider = made(adapt=file)
    assert np.abs(wider[0] - plain[0]).max() > 0.002
    assert len({plain[1], adapted[1], wider[1]}) == 3
    save_adaptation(file, found.base, None, {}, {})
    assert made(adapt=file)[1] == plain[1]  # nothing better was found: the base, under its own name


# --- the doors ---


@pytest.fixture
def cut(draw_plate, draw_timeline) -> Path:
    return draw_timeline([("shot", draw_plate(), HOUR + 5, 10, HOUR, 20)])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gone.otio", "--shot", "V1/1"], "gone.otio"),
        (["CUT", "--shot", "V1/7"], "has no clip V1/7"),
        (["CUT", "--shot", "V1/1"], "No face was found"),
        (["CUT", "--shot", "V1/1", "--weights", "gone.safetensors"], "no weights"),
    ],
)
def test_doors(words: list[str], said: str, cut: Path, capfd: pytest.CaptureFixture[str]) -> None:
    argv = ["adapt", *(str(cut) if word == "CUT" else word for word in words), "--minutes", "1"]
    assert main(argv) == 1
    told = capfd.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert not list(cut.parent.glob("*.adapt"))


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_learned(
    cut: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    argv = [
        "adapt",
        str(cut),
        "--shot",
        "V1/1",
        "--minutes",
        "1",
        "--out",
        str(tmp_path / "file" / "x"),
    ]
    assert main(argv) == 1
    assert "cannot be written" in capfd.readouterr().err


def test_no_minutes_are_a_usage_error(cut: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["adapt", str(cut), "--shot", "V1/1", "--minutes", "0"])
    assert ended.value.code == 2


def test_batches_need_room_between_target_and_references() -> None:
    assert REFERENCE_GAP_FRAMES == 13  # the half second of `GAP`, at 25 frames per second
