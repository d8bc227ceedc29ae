"""Errors carry a pattern and values, so that every face can make its own sentence of them."""

from __future__ import annotations

import ast
import errno
import json
import pickle
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

from g4g_plugin.core.errors import EngineError, G4GError, MediaError
from g4g_plugin.core.words import PHRASES, Words, reason_of, tr

HOUSE = Path(__file__).parent.parent.parent / "g4g_plugin"
KINDS = {kind.__name__ for kind in (G4GError, *G4GError.__subclasses__())}
BADE = """
raise MediaError(f"{path} is gone.", tr("Look for it."))
raise MediaError("{path} is gone.", "Look for it.", path=path)
raise MediaError("{path} is gone.", tr(f"Look for {path}."), path=path)
raise MediaError("{path} is gone.", tr("Look for {name}."), path=path)
raise MediaError("It is gone.", tr("Look for it."), path=path)
raise MediaError("It is gone.", tr("Look for it, or {@shout}."))
hint = "Look for it."; raise MediaError("It is gone.", hint)
raise MediaError("{0} is gone {".format(path))
"""


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield every place where an error, or a kind of it that the file has made, is made."""
    kinds = KINDS | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and {getattr(base, "id", "") for base in node.bases} & KINDS
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in kinds:
                yield node


def literal(node: ast.expr | None) -> str | None:
    """Return the text of a literal, marked or not."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr" and node.args:
        node = node.args[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def plain_names(tree: ast.Module) -> set[str]:
    """Return the names that somewhere in a file stand for text that is not marked."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Constant | ast.JoinedStr)
    }


def faults(call: ast.Call, plain: set[str]) -> Iterator[str]:
    """Yield what is wrong with the sentences of one error."""
    named = {key.arg: key.value for key in call.keywords if key.arg}
    message = call.args[0] if call.args else named.get("message")
    hint = call.args[1] if len(call.args) > 1 else named.get("hint")
    values = named.keys() - {"message", "hint", "shot"}
    if any(
        isinstance(part, ast.JoinedStr | ast.BinOp) or getattr(part, "attr", "") == "format"
        for text in (message, hint)
        if text is not None
        for part in ast.walk(text)
    ):
        yield "a sentence is put together: name its places and give their values"
    if isinstance(hint, ast.Constant) and hint.value:
        yield "the hint is not marked by tr"
    if {getattr(text, "id", "") for text in (message, hint)} & plain:
        yield "the text is not marked by tr"
    patterns = [literal(message), literal(hint)]
    names = {name for text in patterns if text for _, name, _, _ in Formatter().parse(text) if name}
    asked = {name for name in names if not name.startswith("@")}
    if {name.removeprefix("@") for name in names - asked} - PHRASES.keys():
        yield "no face has such a phrase"
    known = all(
        text is not None for text, node in zip(patterns, (message, hint), strict=True) if node
    )
    if asked - values:
        yield f"no value for {asked - values}"
    if known and "choose_fit" not in str(patterns) and values - asked:
        yield f"no place for {values - asked}"


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda path: path.stem)
def test_sentences_are_patterns_with_values(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    found = [
        f"{path.name}:{call.lineno}: {fault}"
        for call in calls(tree)
        for fault in faults(call, plain_names(tree))
    ]
    assert found == []


@pytest.mark.parametrize("line", BADE.split("\n")[1:-1])
def test_each_fault_is_seen(line: str) -> None:
    tree = ast.parse(line)
    assert [list(faults(call, plain_names(tree))) for call in calls(tree)] != [[]]


def test_an_error_keeps_pattern_and_values() -> None:
    error = MediaError(
        "{plate} holds {frames} frames, {seconds:.2f} s, {rate}.",
        tr("Use {known}, or {@choose_folder}."),
        "V1/2",
        plate=Path("/a/b.mov"),
        frames=np.int64(4),
        seconds=0.5,
        rate=Fraction(24000, 1001),
        known=["x", tr("none")],
    )
    assert str(error) == "/a/b.mov holds 4 frames, 0.50 s, 24000/1001."
    assert error.hint == "Use x, none, or choose another folder."
    assert error.message.pattern.startswith("{plate} holds {frames}")
    assert error.message.values["frames"] == 4
    for copied in (
        pickle.loads(pickle.dumps(error.message)),
        Words.from_json(json.loads(json.dumps(error.message.to_json()))),
    ):
        assert copied == error.message
        assert copied.pattern == error.message.pattern
        assert copied.values == error.message.values
    hint = Words.from_json(json.loads(json.dumps(error.hint.to_json())))
    assert hint.worded(PHRASES | {"choose_folder": "go away"}) == "Use x, none, or go away."
    other = pickle.loads(pickle.dumps(error))
    assert (str(other), other.hint.values["known"], other.shot) == (
        str(error),
        ["x", "none"],
        "V1/2",
    )


def test_a_plain_sentence_needs_no_places() -> None:
    error = EngineError("It took {5} of {these}.", "Again.")
    assert (str(error), error.hint) == ("It took {5} of {these}.", "Again.")
    assert Words.from_json("An old store's text.") == "An old store's text."


def test_a_translation_is_filled_in_with_the_same_values() -> None:
    error = EngineError("{name} is {state}.", tr("{@give_take}."), name="x", state=tr("shut"))
    german = {"{name} is {state}.": "{name} ist {state}.", "shut": "zu", "give": "gib"}
    told = error.message.worded({}, lambda _, text: german.get(text, text))
    assert told == "x ist zu."
    assert (
        error.hint.worded({"give_take": "give"}, lambda _, text: german.get(text, text)) == "Gib."
    )


def test_reasons_of_others_stand_behind_a_colon() -> None:
    assert (
        reason_of(OSError(errno.ENOSPC, "No space left on device", "/x"))
        == "no space left on device"
    )
    assert reason_of(ValueError("CUDA is gone.")) == "CUDA is gone"
    assert reason_of(ValueError()) == "ValueError"
    assert reason_of(MediaError("{a} is {b}.", a=1, b=2)) == "1 is 2."
