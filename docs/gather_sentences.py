"""Gather the sentences of the rooms below the panel, so that it can say them in the user's
language.

    python docs/gather_sentences.py

Reads the source: every error a room makes (sentence and hint), every line of the doctor, every
marked text. What an f-string fills in becomes a named place. Writes
`g4g_plugin/panel/i18n/sentences.py`, where `lupdate` finds them and `panel/i18n/words.py` looks a finished
sentence up. `just translations` runs it first; a test says when it was forgotten.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import logging
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOG = logging.getLogger(__name__)
HOUSE = Path(__file__).resolve().parent.parent / "g4g_plugin"
OUT = HOUSE / "panel" / "i18n" / "sentences.py"
ROOMS = (
    "project",
    "core",
    "network",
    "timeline",
    "media",
    "faces",
    "engine",
    "composite",
    "deliver",
    "render",
    "panel",
)
ERRORS = "errors"  # the context of what is not marked in the source
MOST = 4  # ways a place is written out in words; with more of them it stays a place
SAID = {0: "message", 1: "hint"}  # the arguments of every error
# further texts for people: class -> its arguments, by place and by name
TELLS = {
    "Finding": {0: "what", 2: "found", 3: "hint"},
    "EngineEntry": {2: "reason"},
    "Sound": {8: "problem"},
}
UNSAID = {
    "name",
    "strerror",
    "message",
}  # attributes that say less of a value than what they are read from
BARE = re.compile(r"\{\w+\}")  # nothing but a place
# What the system says, which our sentences pass on. The rest of it is anybody's: it stays as it is
# said.
SYSTEM = (
    "[Errno {number}] {reason}",
    "[Errno {number}] {reason}: {path}",
    "No space left on device",
    "Permission denied",
    "Read-only file system",
    "No such file or directory",
    "Not a directory",
    "Is a directory",
    "File exists",
    "File too large",
    "Disk quota exceeded",
    "Input/output error",
    "Operation not permitted",
    "Too many open files",
    "Cannot allocate memory",
    "Stale file handle",
    "Host is down",
    "Text file busy",
    "Device or resource busy",
    "Invalid data found when processing input",
    "End of file",
    "Protocol not found",
    "database is locked",
    "database or disk is full",
    "database disk image is malformed",
    "unable to open database file",
    "attempt to write a readonly database",
    "file is not a database",
    "disk I/O error",
    "File is not a zip file",
)

Sentence = tuple[str, str]  # context, pattern as of str.format


@dataclass
class Module:
    """One file: where its names come from."""

    place: str  # "media/probe.py"
    tree: ast.Module
    inside: dict[ast.AST, list[ast.AST]] = field(
        default_factory=dict
    )  # node -> functions around it, innermost first

    def __post_init__(self) -> None:
        self._walk(self.tree, [])

    def _walk(self, node: ast.AST, around: list[ast.AST]) -> None:
        self.inside[node] = around
        inner = [node, *around] if isinstance(node, ast.FunctionDef) else around
        for child in ast.iter_child_nodes(node):
            self._walk(child, inner)


class Gatherer:
    """Finds out what a text in the source can be."""

    def __init__(self, house: Path) -> None:
        paths = sorted(
            path for room in ROOMS for path in (house / room).rglob("*.py") if path != OUT
        )
        places = {path: path.relative_to(house).as_posix() for path in paths}
        self.modules = {
            place: Module(place, ast.parse(path.read_text("utf-8")))
            for path, place in places.items()
        }
        named = self.modules["core/errors.py"].tree.body
        self.errors = {node.name for node in named if isinstance(node, ast.ClassDef)} - {
            "Cancelled"
        }

    def gather(self) -> tuple[list[Sentence], list[str]]:
        """Return all sentences, and the places where what is said cannot be read from the source."""
        found: dict[str, str] = dict.fromkeys(SYSTEM, ERRORS)  # pattern -> context
        unread = []
        for module in self.modules.values():
            for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
                for text in self._told(call, module):
                    for context, pattern in self.resolve(text, module):
                        if BARE.fullmatch(pattern):
                            unread.append(f"{module.place}: {ast.unparse(text)}")
                        elif pattern:
                            found[pattern] = (
                                found.get(pattern, context) if context == ERRORS else context
                            )
        return sorted((context, pattern) for pattern, context in found.items()), list(
            dict.fromkeys(unread)
        )

    def _told(self, call: ast.Call, module: Module) -> Iterator[ast.expr]:
        """Yield the arguments of a call that people read; the panel's own marked texts are never
        taken for others'.
        """
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name == "QT_TRANSLATE_NOOP" and not module.place.startswith("panel/"):
            yield call
        wanted = SAID if name in self.errors else TELLS.get(name, {})
        for at, key in wanted.items():
            if at < len(call.args):
                yield call.args[at]
            else:
                yield from (keyword.value for keyword in call.keywords if keyword.arg == key)

    # What an expression can be

    def resolve(
        self, node: ast.expr, module: Module, seen: frozenset[ast.AST] = frozenset()
    ) -> list[Sentence]:
        """Return every text an expression can be; what cannot be known is a named place."""
        if node in seen:
            return []
        return self._ways(node, module, seen | {node}) or [(ERRORS, f"{{{_place(node)}}}")]

    def _ways(self, node: ast.expr, module: Module, seen: frozenset[ast.AST]) -> list[Sentence]:
        match node:
            case ast.Constant(value=str(text)):
                return [(ERRORS, text.replace("{", "{{").replace("}", "}}"))]
            case ast.JoinedStr(values=parts):
                return _joined([self._piece(part, module, seen) for part in parts])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined(
                    [self.resolve(left, module, seen), self.resolve(right, module, seen)]
                )
            case ast.IfExp(body=body, orelse=other):
                return self._any([body, other], module, seen)
            case ast.BoolOp(values=values):
                return self._any(values, module, seen)
            case ast.Call(
                func=ast.Name(id="QT_TRANSLATE_NOOP"),
                args=[ast.Constant(str(c)), ast.Constant(str(text))],
            ):
                return [(c, text)]
            case ast.Call(func=ast.Attribute(value=words, attr="filled")):
                return self.resolve(words, module, seen)
            case ast.Subscript(value=ast.Name(id=table)):
                tables = [
                    value
                    for value in _bound(table, module.tree.body)
                    if isinstance(value, ast.Dict)
                ]
                return self._any(tables[0].values, module, seen) if tables else []
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                other = self._imported(owner, module)
                return self._constant(name, other, seen) if other else []
            case ast.Name(id=name):
                return self._name(name, node, module, seen)
        return []

    def _any(
        self, nodes: Iterable[ast.expr], module: Module, seen: frozenset[ast.AST]
    ) -> list[Sentence]:
        ways = (self.resolve(node, module, seen) for node in nodes)
        return list(dict.fromkeys(itertools.chain(*ways)))

    def _piece(self, part: ast.expr, module: Module, seen: frozenset[ast.AST]) -> list[Sentence]:
        """Write a part of an f-string: as what it can be where that is a few words, else as a named
        place.
        """
        if not isinstance(part, ast.FormattedValue):
            return self.resolve(part, module, seen)
        plain = part.conversion == -1 and part.format_spec is None
        ways = self.resolve(part.value, module, seen) if plain else []
        worded = 0 < len(ways) <= MOST and all(
            context == ERRORS and not BARE.fullmatch(text) for context, text in ways
        )
        return ways if worded else [(ERRORS, f"{{{_place(part.value)}}}")]

    def _name(
        self, name: str, node: ast.AST, module: Module, seen: frozenset[ast.AST]
    ) -> list[Sentence]:
        for function in module.inside.get(node, []):
            assert isinstance(function, ast.FunctionDef)
            values = list(_bound(name, ast.walk(function)))
            names = [argument.arg for argument in function.args.args]
            if name in names:
                values += _given(function, names.index(name), module)
            if values:
                return self._any(values, module, seen)
        return self._constant(name, module, seen)

    def _constant(self, name: str, module: Module, seen: frozenset[ast.AST]) -> list[Sentence]:
        values = list(_bound(name, module.tree.body))
        if values:
            return self._any(values, module, seen)
        other = self._imported(name, module)
        return self._constant(name, other, seen) if other and other is not module else []

    def _imported(self, name: str, module: Module) -> Module | None:
        """Return the file a name comes from: itself a file, or something in one."""
        for node in module.tree.body:
            if (
                isinstance(node, ast.ImportFrom)
                and node.module
                and node.module.startswith("g4g_plugin.")
            ):
                place = node.module.removeprefix("g4g_plugin.").replace(".", "/")
                for alias in node.names:
                    if name == (alias.asname or alias.name):
                        return self.modules.get(f"{place}/{alias.name}.py") or self.modules.get(
                            f"{place}.py"
                        )
        return None


def _given(function: ast.FunctionDef, at: int, module: Module) -> Iterator[ast.expr]:
    """Yield what the callers in the same file give for a parameter."""
    name = function.args.args[at].arg
    for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
        if getattr(call.func, "id", getattr(call.func, "attr", "")) == function.name:
            place = at - isinstance(call.func, ast.Attribute)
            yield from call.args[place : place + 1] or [
                k.value for k in call.keywords if k.arg == name
            ]


def _bound(name: str, nodes: Iterable[ast.AST]) -> Iterator[ast.expr]:
    """Yield what is assigned to a name, pairs included."""
    for node in nodes:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        for target in targets:
            if value is not None and isinstance(target, ast.Name) and target.id == name:
                yield value
            elif isinstance(target, ast.Tuple):
                names = [getattr(member, "id", "") for member in target.elts]
                ways = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                yield from (
                    w.elts[names.index(name)]
                    for w in ways
                    if name in names and isinstance(w, ast.Tuple)
                )


def _joined(parts: list[list[Sentence]]) -> list[Sentence]:
    """Write every way of filling a text; places of one name are numbered."""
    texts = ("".join(pattern for _, pattern in way) for way in itertools.product(*parts))
    return [(ERRORS, _numbered(text)) for text in texts]


def _numbered(pattern: str) -> str:
    count: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1].rstrip("0123456789")
        count[name] = count.get(name, 0) + 1
        return f"{{{name}{count[name] if count[name] > 1 else ''}}}"

    return re.sub(r"(?<!\{)\{([a-z_0-9]+)\}", number, pattern)


def _place(node: ast.expr) -> str:
    """Name what is filled in by what it is read from: `path.name` is the path, `shot.clip` the
    clip.
    """
    roots = [
        part
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and part.id not in dir(builtins)
    ]
    if not roots:
        return "value"
    root = min(roots, key=lambda part: (part.lineno, part.col_offset))
    called = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
    chain: ast.expr = root
    name = root.id
    while above := next(
        (p for p in ast.walk(node) if isinstance(p, ast.Attribute) and p.value is chain), None
    ):
        if above in called or above.attr in UNSAID:
            break
        chain, name = above, above.attr
    return name.strip("_").lower()


HEAD = '''"""Every sentence that a room below the panel can say. Written by `docs/gather_sentences.py`: do not edit."""

# fmt: off
from g4g_plugin.core.words import QT_TRANSLATE_NOOP, Words

SENTENCES: tuple[Words, ...] = (
'''


def written(sentences: Iterable[Sentence]) -> str:
    """Return the module that holds them."""
    rows = (
        f"    QT_TRANSLATE_NOOP({_quoted(context)}, {_quoted(pattern)}),\n"
        for context, pattern in sentences
    )
    return HEAD + "".join(rows) + ")\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main() -> int:
    """Write the module anew."""
    sentences, unread = Gatherer(HOUSE).gather()
    OUT.write_text(written(sentences), "utf-8")
    for place in unread:
        LOG.warning("cannot be read from the source: %s", place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
