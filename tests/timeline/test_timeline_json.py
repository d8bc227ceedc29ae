from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from g4g_plugin.timeline.jsontext import NumberText, parse, patch

TEXT = """{
   "a": 1.50,
   "b": [1, 2.0e1, {"c": "x \\u00e9 ]}"}],
   "empty": {},
   "none": [],
   "d": {"e": true, "f": null}
}
"""


def edited(change: Any, text: str = TEXT) -> str:
    text, old = parse(text)
    new = copy.deepcopy(old)
    change(new)
    result = patch(text, old, new)
    assert parse(result)[1] == new
    return result


def test_nothing_changed_is_the_same_bytes() -> None:
    assert edited(lambda v: None) == TEXT


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda v: v.update(a=2), "1.50", "2"),
        (lambda v: v["b"][2].update(c="y"), '"x \\u00e9 ]}"', '"y"'),
        (lambda v: v["d"].update(e=False), "true", "false"),
        (lambda v: v["b"].append(3), ']}"}],', ']}"},\n      3],'),
        (lambda v: v["d"].update(g="h"), "null}", 'null,\n      "g": "h"}'),
        (lambda v: v["empty"].update(k=[1]), "{},", '{\n      "k": [\n         1\n      ]\n   },'),
        (lambda v: v["none"].append({}), "[],", "[\n      {}\n   ],"),
    ],
)
def test_only_what_changed_is_rewritten(change: Any, old: str, new: str) -> None:
    assert edited(change) == TEXT.replace(old, new)


def test_members_taken_away_and_numbers_kept() -> None:
    result = edited(lambda v: v["b"].pop(0))
    assert '"a": 1.50,' in result
    assert "2.0e1" in result  # a number keeps its text when what holds it is written anew
    assert "\\u00e9" in result  # ASCII files stay ASCII
    assert '"f"' not in edited(lambda v: v["d"].pop("f"))


def test_one_line_stays_one_line() -> None:
    assert edited(lambda v: v["a"].append(3), '{"a": [1, 2], "b": 2}') == '{"a": [1, 2, 3], "b": 2}'
    assert (
        edited(lambda v: v["a"].append({"x": 1}), '{"a":[1,2],"b":2}')
        == '{"a":[1,2,{"x":1}],"b":2}'
    )


def test_windows_line_ends_and_tabs() -> None:
    text = '{\r\n\t"a": [\r\n\t\t1\r\n\t]\r\n}'
    assert (
        edited(lambda v: v["a"].append(2), text) == '{\r\n\t"a": [\r\n\t\t1,\r\n\t\t2\r\n\t]\r\n}'
    )


def test_what_otio_writes_for_infinity() -> None:
    text, value = parse('{"a": Inf, "b": -Infinity, "c": NaN, "d": "Inf"}')
    assert value["a"] == float("inf")
    assert value["d"] == "Inf"
    assert '"d": "Inf"' in text
    new = copy.deepcopy(value)
    new["d"] = "x"
    assert patch(text, value, new) == text.replace('"Inf"', '"x"')


def test_numbers_survive_pickling() -> None:
    number = pickle.loads(pickle.dumps(NumberText("1.50")))
    assert (number, number.text) == (1.5, "1.50")


def test_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="line 1"):
        parse('{"a": ')
