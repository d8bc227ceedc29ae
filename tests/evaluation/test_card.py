"""The card says what the figures say: bounds held or missed, rows beaten or not, nothing where
nothing was measured.
"""

from __future__ import annotations

import json
import math

import pytest

from g4g_plugin.core.errors import MediaError
from g4g_plugin.evaluation.card import (
    NEAREST_ROW,
    OUR_ROWS,
    STATIC_ROW,
    TARGETS,
    markdown,
    number,
    read_markdown,
    standings,
)

GOOD = {
    "correlation": 0.6,
    "correlation_best": 0.7,
    "travel_median": 1.0,
    "opening95": 1.0,
    "width_travel": 0.9,
    "closures_hit": 0.95,
    "shut_while_open": 0.03,
    "lip_chroma": 1.0,
    "inner_texture": 1.0,
    "teeth_change": 1.1,
    "confidence_share": 0.9,
    "psnr": 30.0,
    "ssim": 0.9,
    "texture": 1.0,
    "jitter": 1.0,
    "source": 0.0,
    "lip_leak": 0.0,
    "leak_noise": 0.05,
}


def found(**changed: float) -> dict[str, dict[str, dict[str, float]]]:
    ours = GOOD | changed
    rivals = {NEAREST_ROW: {"correlation": 0.4}, STATIC_ROW: {"psnr": 25.0, "ssim": 0.8}}
    return {
        name: {OUR_ROWS[0]: ours} | dict.fromkeys(OUR_ROWS[1:], GOOD) | rivals
        for name in ("self", "cross")
    }


def held(**changed: float) -> dict[str, bool | None]:
    return {one.what: one.holds for one in standings(found(**changed)) if one.row == OUR_ROWS[0]}


def test_everything_holds_where_everything_is_good():
    assert all(held().values())
    assert len(standings(found())) == len(OUR_ROWS) * len(TARGETS)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("correlation", 0.54),
        ("confidence_share", 0.79),
        ("psnr", 25.0),
        ("ssim", 0.7),
        ("texture", 1.16),
        ("texture", 0.84),
        ("correlation_best", 0.64),
        ("travel_median", 0.89),
        ("travel_median", 1.16),
        ("opening95", 0.89),
        ("width_travel", 0.79),
        ("closures_hit", 0.89),
        ("shut_while_open", 0.051),
        ("lip_chroma", 0.96),
        ("lip_chroma", 1.04),
        ("inner_texture", 0.89),
        ("teeth_change", 1.21),
        ("jitter", 1.21),
        ("source", 0.11),
        ("lip_leak", 0.06),
        ("leak_noise", 0.051),
    ],
)
def test_each_figure_can_fail_and_fails_alone(name, value):
    failed = [what for what, holds in held(**{name: value}).items() if not holds]
    assert len(failed) == 1
    assert standings(found(**{name: value}))[1].row == OUR_ROWS[1]


def test_a_copy_that_knows_more_is_not_beaten():
    table = found()
    table["cross"][NEAREST_ROW]["correlation"] = 0.61
    assert [one.holds for one in standings(table) if one.wanted == "above 0.610"] == [False] * len(
        OUR_ROWS
    )


def test_what_was_not_measured_neither_holds_nor_fails():
    assert held(leak_noise=math.nan)["LipLeak: room noise 30 dB below speech"] is None
    assert {one.holds for one in standings({"self": found()["self"]}) if "driver" in one.what} == {
        None
    }


def told() -> dict:
    rows = [{"row": "ours", "clip": "a", "identity": "p"}]
    stands = [
        {"what": o.what, "wanted": o.wanted, "row": o.row, "value": None, "holds": o.holds}
        for o in standings({})
    ]
    return {
        "facts": {"source": "drawn", "starred": ["ours"]},
        "config": {"mouth": 64},
        "standings": stands,
        "clips": {"self": rows},
        "not_computed": ["LPIPS: not computed"],
        "means": {
            "self": {"ours": {"psnr": 31.416, "lpips": None}, "static mouth": {"psnr": None}}
        },
    }


def test_the_card_is_set_from_json(tmp_path):
    path = tmp_path / "evaluation.json"
    path.write_text(json.dumps(told()))
    card = read_markdown(path)
    assert card == markdown(told())
    assert "1 clips of 1 people of drawn; mouth boxes of 64 pixels" in card
    assert "| **ours \\*** | 31.42 |" in card
    assert "| static mouth | - |" in card
    assert "| row | psnr |" in card  # a column that nobody has is left out
    assert "- LPIPS: not computed" in card
    assert "(not measured)" in card


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"facts": 3, "clips": 4}'])
def test_another_file_is_refused(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(MediaError, match="no evaluation"):
        read_markdown(path)
    with pytest.raises(MediaError, match="no evaluation"):
        read_markdown(tmp_path / "missing.json")


def test_numbers():
    assert [number(v, 2) for v in (1.234, None, math.nan, math.inf)] == ["1.23", "-", "-", "-"]
