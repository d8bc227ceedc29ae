"""The word about a dub, from facts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from g4g_plugin.composite.checks import PatchFigures
from g4g_plugin.core.assessment import ChosenFace
from g4g_plugin.core.decisions import FaceChoice
from g4g_plugin.core.kept import Kept, KeptReason
from g4g_plugin.core.time import FrameRange
from g4g_plugin.render.assess import mouth_look
from g4g_plugin.render.verdict import MouthFacts, MouthLook, assess

COUNT = 100
SOURCE = FrameRange(90_000, COUNT, Fraction(25))
CLEAN = PatchFigures(edge=0.005, light=0.02, colour=0.003, detail=0.97, seen=1.0)
SYNC = {
    "confidence_before": 0.5,
    "confidence_after": 0.45,
    "best_after": 0.46,
    "offset_ms_after": 0.0,
    "lead_before": 0.2,
    "lead_after": 0.18,
    "timing_before": 0.25,
    "timing_after": 0.22,
}


def good() -> MouthFacts:
    """Return the facts of a dub nothing speaks against: it speaks in frames 10 to 89."""
    speech = np.zeros(COUNT, np.bool_)
    speech[10:90] = True
    return MouthFacts(
        speech=speech,
        kept={},
        figures=np.tile(np.array(CLEAN, np.float32), (COUNT, 1)),
        sync=SYNC,
        judged=True,
        look=MouthLook(alike=0.95, shift=0.005, jumps=1.0),
        face=ChosenFace(FaceChoice(10.0, 10.0, 0), "alone"),
    )


def kept(reason: KeptReason, first: int, end: int) -> MouthFacts:
    figures = good().figures.copy()
    figures[first:end] = np.nan
    return replace(good(), kept=dict.fromkeys(range(first, end), reason), figures=figures)


def codes(facts: MouthFacts) -> dict[str, str]:
    return {finding.code: finding.rating for finding in assess([facts], SOURCE).findings}


def test_nothing_against_it_is_good() -> None:
    said = assess([good()], SOURCE)
    assert (said.rating, said.findings, said.coverage.speech) == ("good", (), 80)
    assert said.coverage.share == 1


def test_speech_on_kept_frames_is_counted_and_named() -> None:
    said = assess([kept("covered", 5, 20)], SOURCE)
    assert said.coverage.missed == (Kept("covered", FrameRange(90_010, 10, Fraction(25))),)
    assert said.coverage.share == pytest.approx(70 / 80)
    (finding,) = [one for one in said.findings if one.code == "speech-kept"]
    assert finding.rating == said.rating == "look"
    assert finding.frames == (FrameRange(90_010, 10, Fraction(25)),)
    assert "88 %" in str(finding.words)


@pytest.mark.parametrize(
    ("last", "rating"), [(14, "good"), (15, "look"), (30, "look"), (31, "bad")]
)
def test_under_95_percent_is_never_called_done_and_under_75_it_is_bad(
    last: int, rating: str
) -> None:
    assert assess([kept("no-face", 10, last)], SOURCE).rating == rating


def test_silence_that_is_kept_costs_nothing() -> None:
    assert assess([kept("no-face", 90, 100)], SOURCE).rating == "good"


def test_what_was_asked_for_is_told_and_not_bad() -> None:
    assert codes(kept("asked", 10, 80)) == {"speech-kept": "look"}


def test_all_mouths_count_together() -> None:
    said = assess([good(), kept("no-face", 10, 30)], SOURCE)
    assert (said.coverage.speech, said.coverage.share) == (160, 140 / 160)


def test_a_take_without_speech_is_said() -> None:
    quiet = replace(good(), speech=np.zeros(COUNT, np.bool_), sync={}, judged=False)
    assert codes(quiet) == {"no-speech": "look"}


def test_refused_patches_and_unsure_frames_are_named() -> None:
    assert codes(kept("bad-patch", 92, 94)) == {"patches-refused": "look"}
    assert codes(kept("bad-patch", 88, 100))["patches-refused"] == "bad"
    assert codes(kept("unsure-person", 92, 94)) == {"unsure-person": "look"}


def test_a_speaker_taken_for_size_alone_is_said() -> None:
    face = ChosenFace(FaceChoice(10.0, 10.0, 0), "size", 2)
    assert codes(replace(good(), face=face)) == {"speaker-by-size": "look"}
    assert codes(replace(good(), face=replace(face, reason="fit"))) == {}


@pytest.mark.parametrize(
    ("figure", "value", "code"),
    [
        ("light", 0.5, "light"),
        ("light", -0.5, "light"),
        ("colour", 0.05, "colour"),
        ("edge", 0.08, "seam"),
        ("detail", 0.3, "blurred"),
        ("detail", 3.0, "noisy"),
    ],
)
def test_a_fault_of_the_picture_is_named(figure: str, value: float, code: str) -> None:
    column = PatchFigures._fields.index(figure)
    figures = good().figures.copy()
    figures[:, column] = value
    assert codes(replace(good(), figures=figures)) == {code: "bad"}


def test_a_fault_of_few_frames_is_a_look_at_them() -> None:
    figures = good().figures.copy()
    figures[40:44, PatchFigures._fields.index("light")] = 0.6
    (finding,) = assess([replace(good(), figures=figures)], SOURCE).findings
    assert (finding.code, finding.rating) == ("light", "look")
    assert finding.frames == (FrameRange(90_040, 4, Fraction(25)),)


def test_what_lies_before_part_of_the_mouth_is_said() -> None:
    figures = good().figures.copy()
    figures[20:30, PatchFigures._fields.index("seen")] = 0.5
    assert codes(replace(good(), figures=figures)) == {"part-covered": "look"}


@pytest.mark.parametrize(
    ("change", "code", "rating"),
    [
        ({"timing_after": 0.01}, "sync-lost", "bad"),
        ({"timing_after": 0.01, "timing_before": 0.1}, "sync-lost", "look"),
        ({"timing_after": 0.08}, "sync-weak", "look"),
        ({"timing_after": 0.11, "timing_before": 0.5}, "sync-weak", "look"),
        ({"offset_ms_after": -240.0}, "sync-off", "bad"),
    ],
)
def test_sync_is_held_against_what_the_person_reaches(
    change: dict[str, float], code: str, rating: str
) -> None:
    assert codes(replace(good(), sync=SYNC | change)) == {code: rating}


@pytest.mark.parametrize("offset", [240.0, -600.0])
def test_an_offset_that_does_not_stand_out_is_a_doubt(offset: float) -> None:
    guess = SYNC | {"offset_ms_after": offset, "lead_after": 0.01}
    assert codes(replace(good(), sync=guess)) == {"sync-weak": "look"}
    near = SYNC | {"offset_ms_after": 40.0, "lead_after": 0.2}
    assert codes(replace(good(), sync=near)) == {}


def test_a_mouth_that_sits_elsewhere_or_flickers_is_bad() -> None:
    sits = good().look
    assert sits is not None
    assert codes(replace(good(), look=replace(sits, shift=0.1))) == {"displaced": "bad"}
    assert codes(replace(good(), look=replace(sits, alike=0.5))) == {"displaced": "bad"}
    assert codes(replace(good(), look=replace(sits, jumps=5.0))) == {"flicker": "bad"}
    every_other = replace(good(), kept=dict.fromkeys(range(10, 90, 10), "no-patch"))
    assert codes(every_other)["flicker"] == "bad"


def test_speech_over_a_resting_plate_is_no_flicker() -> None:
    rng = np.random.default_rng(7)
    picture = rng.uniform(60, 180, (48, 64))
    drift = np.sin(np.arange(60) / 2)[:, None, None]  # a mouth that opens twice a second
    opening = np.zeros((48, 64))
    opening[18:34, 22:42] = 40.0
    resting = [picture] * 60
    speaking = list(picture + drift * opening)
    jumping = list(picture + np.where(np.arange(60) % 2, 1.0, -1.0)[:, None, None] * opening)
    said, torn = mouth_look(resting, speaking), mouth_look(resting, jumping)
    assert said is not None
    assert "flicker" not in codes(replace(good(), look=said))
    assert torn is not None
    assert codes(replace(good(), look=torn))["flicker"] == "bad"
