"""Media paths as timelines write them: URLs, POSIX, Windows, UNC, mixed slashes, relative.

`otio.url_utils` loses the drive letter of `C:\\m\\a.mov` on Linux, so these are our own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

Form = Literal["url", "windows", "posix", "relative", "foreign"]

_DRIVE = re.compile(r"^[A-Za-z]:(?=[/\\]|$)")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")  # two letters at least: "C://" is a drive
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
# The frame number of an image sequence, output.%04d.exr: no escape
_COUNTER = re.compile(r"(%0\dd)")
_SAFE = "/!$&'()*+,;=@~-._"  # what a path in a URL may hold unescaped, colon apart


def form_of(target: str) -> Form:
    """Return how a media path is written; "foreign" is a URL that names no file (http, s3)."""
    if target[:5].lower() == "file:":
        return "url"
    if _DRIVE.match(target) or target.startswith(("\\\\", "//")):
        return "windows"
    if _SCHEME.match(target):
        return "foreign"
    return "posix" if target.startswith("/") else "relative"


def _unescape(text: str) -> str:
    return "".join(
        part if _COUNTER.fullmatch(part) else unquote(part) for part in _COUNTER.split(text)
    )


def _is_windows(text: str) -> bool:
    return bool(_DRIVE.match(text)) or text.startswith("//")


def _from_url(url: str) -> str:
    rest = url[5:]
    if rest.startswith("//"):
        host, slash, tail = rest[2:].partition("/")
        host = unquote(host)
        if _DRIVE.match(host):  # file://C:/media
            rest = host + slash + tail
        elif host.lower() in ("", "localhost"):
            rest = "/" + tail
        else:  # file://server/share
            rest = f"//{host}/{tail}"
    text = _unescape(rest)
    bare = text.lstrip("/\\")
    if _DRIVE.match(bare):
        text = bare
    return text.replace("\\", "/") if _is_windows(text) else text


def plain(target: str) -> str:
    """Return a media path as plain text with forward slashes: `C:/a b.mov`, `//server/share/a.mov`,
    `/a`, `a`.
    """
    form = form_of(target)
    if form == "url":
        return _from_url(target)
    return target.replace("\\", "/") if form in ("windows", "relative") else target


def _swap_prefix(text: str, old: str, new: str) -> str | None:
    """Put `new` for the leading folder `old`; None where `text` does not lie under it."""
    old, new = plain(old).rstrip("/"), plain(new).rstrip("/")
    same = str.lower if _is_windows(old) else str
    if same(text) == same(old):
        return new
    if same(text[: len(old) + 1]) == same(old + "/"):
        return new + text[len(old) :]
    return None


def _mapped(text: str, pairs: Mapping[str, str]) -> str:
    for old in sorted(pairs, key=len, reverse=True):
        swapped = _swap_prefix(text, old, pairs[old])
        if swapped is not None:
            return swapped
    return text


def local_path(target: str, folder: Path, path_map: Mapping[str, str]) -> Path:
    """Return where a media path written in a timeline lies on this machine (it need not exist).

    Args:
        target: the path or URL as written.
        folder: what relative paths count from, the timeline's own.
        path_map: leading folders to swap, the longest first.
    """
    text = _mapped(plain(target), path_map)
    if text.startswith("/") or _is_windows(text):
        return Path(text)
    found = folder / text
    if not found.exists() and _ESCAPE.search(
        text
    ):  # OTIO calls it a URL, so some writers escape it
        return folder / _unescape(text)
    return found if found.exists() else Path(_mapped(found.as_posix(), path_map))


def _url_like(text: str, like: str) -> str:
    colon = "" if "%3a" in like.lower() else ":"
    raw = " " in like  # a writer that does not escape
    body = text if raw else quote(text, safe=_SAFE + colon)
    if text.startswith("//"):
        return "file:" + body
    slash = "" if body.startswith("/") else "/"
    host = "localhost" if like.lower().startswith("file://localhost/") else ""
    return f"file://{host}{slash}{body}"


def target_like(path: Path, like: str, folder: Path, path_map: Mapping[str, str]) -> str:
    """Write a local path in the form of a path that the same timeline already holds.

    Args:
        path: the local file.
        like: the path whose form is taken.
        folder: where the new timeline will lie, for relative paths.
        path_map: leading folders, swapped backwards, so that the machine which wrote the
            timeline finds the file too.
    """
    written = Path(os.path.abspath(path)).as_posix()  # noqa: PTH100
    text = _mapped(written, {new: old for old, new in path_map.items()})
    form = form_of(like)
    if form == "url":
        return _url_like(text, like)
    if form == "relative" and not _is_windows(text):
        return relative_target(path, like, folder)
    if _is_windows(text) and "\\" in like and "/" not in like:
        return text.replace("/", "\\")
    return text


def relative_target(path: Path, like: str, folder: Path) -> str:
    """Write `path` relative to `folder`, escaped where `like` is.

    Args:
        path: the local file.
        like: a path of the same timeline, escaped or not.
        folder: what the result counts from.
    """
    try:
        text = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()
    return quote(text, safe=_SAFE + ":") if _ESCAPE.search(like) else text
