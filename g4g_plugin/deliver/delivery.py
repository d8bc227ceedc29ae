"""Media and its label arrive as one step, and a run that was killed is finished or undone.

All that is in the making lies in a hidden folder beside the deliveries, `.g4g-work/<job>`: the
segments, then the joined movie, then its label. The label takes its final name first and the movie
second; so altered media never stands there without its label, and a label whose movie is missing
says that the movie, whole already, is still to be named.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from g4g_plugin.core.conversion import from_plain
from g4g_plugin.core.errors import Cancelled, DeliverError
from g4g_plugin.core.files import (
    read_json,
    sync_folder,
    take_name,
    whole_file,
    write_json,
    write_whole,
)
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.words import tr
from g4g_plugin.deliver.movie import write_movie
from g4g_plugin.deliver.provenance import record, sidecar
from g4g_plugin.deliver.recipes import Comp
from g4g_plugin.deliver.refusals import refused
from g4g_plugin.deliver.segments import Segment
from g4g_plugin.deliver.sound import HeardLine

WORK_SUFFIX = ".g4g-work"
MOVIE_FILE, LABEL_FILE, IDENTITY_FILE = "movie", "label.json", "identity"


class WorkFolder:
    """What is kept of one job in a delivery folder until it is delivered."""

    def __init__(self, out: Path, job: str) -> None:
        """Name the folder; nothing is made yet."""
        self.out = out
        self.path = out / WORK_SUFFIX / job

    def open(self, identity: str) -> None:
        """Make the folder; what is there of another identity is thrown away.

        Args:
            identity: says what the frames are made of; equal only where every frame would be.

        Raises:
            DeliverError: the folder cannot be written.
        """
        mark = self.path / IDENTITY_FILE
        with refused(self.out):
            if not mark.is_file() or mark.read_bytes() != identity.encode():
                shutil.rmtree(self.path, ignore_errors=True)
                self.path.parent.mkdir(exist_ok=True)
                self.path.mkdir()
                write_whole(mark, identity.encode())

    @classmethod
    @contextmanager
    def temporary(cls, out: Path, job: str) -> Iterator[WorkFolder]:
        """Give a folder in `out` that is gone afterwards."""
        work = cls(out, f"{job}-{os.getpid()}")
        work.open("")
        try:
            yield work
        finally:
            work.discard()

    def join(
        self,
        comp: Comp,
        segments: Sequence[Segment],
        lines: Sequence[HeardLine],
        stop: Callable[[], None] = lambda: None,
    ) -> Path:
        """Join the segments with their sound into the movie, unless that was done; return its path.

        Args:
            comp: what is delivered.
            segments: all of them, in order.
            lines: what is to be heard.
            stop: called once a frame; may raise Cancelled.

        Raises:
            DeliverError: it cannot be written.
        """
        movie = self.path / MOVIE_FILE
        if movie.is_file():
            return movie
        with refused(self.out), whole_file(movie) as file:
            write_movie(file, comp, segments, lines, stop)
        return movie

    def name_media(self, media: Path) -> None:
        """Give the movie its final name, never over another file, without a label.

        Raises:
            DeliverError: something has that name.
        """
        with refused(self.out):
            try:
                take_name(self.path / MOVIE_FILE, media)
            except FileExistsError as err:
                raise DeliverError(
                    "Someone else has created {media} in the meantime.",
                    tr("Deliver again."),
                    media=media,
                ) from err

    def deliver(self, name: Callable[[], Path], dub: Dub) -> Dub:
        """Give label and movie their final names, as one step; return what was delivered.

        Args:
            name: returns a free name for the media; asked again where it was taken meanwhile.
            dub: what is delivered, under no name yet.

        Raises:
            DeliverError: the folder cannot be written.
        """
        label = self.path / LABEL_FILE
        with refused(self.out), (self.path / MOVIE_FILE).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        while True:
            done = replace(dub, media=name(), media_digest=digest)
            with refused(self.out):
                write_json(label, record(done), indent=2)
                with suppress(FileExistsError):  # the name was taken: the next one
                    self._name_both(done.media)
                    return done

    def delivered(self) -> Dub | None:
        """Return what this job has delivered, finishing it where a run ended between the two names;
        None where it has not come so far.

        Raises:
            DeliverError: the folder cannot be written.
        """
        try:
            dub = from_plain(Dub, read_json(self.path / LABEL_FILE)["dub"])
            written = sidecar(dub.media).read_bytes() == (self.path / LABEL_FILE).read_bytes()
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none there, or damaged: the movie is labelled anew
        movie = self.path / MOVIE_FILE
        if not written or not (dub.media.exists() or movie.exists()):
            return None
        if not dub.media.exists():
            with refused(self.out):
                self._name_both(dub.media)
        return dub

    @contextmanager
    def kept_for_next_try(self) -> Iterator[None]:
        """Discard the folder where the work in it fails; a stopped run's finished segments stay."""
        try:
            yield
        except Cancelled:
            if not any(self.path.glob("*.npz")):
                self.discard()
            raise
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Remove the folder, and the one it lies in when that is empty."""
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            self.path.parent.rmdir()

    def _name_both(self, media: Path) -> None:
        label, named = self.path / LABEL_FILE, sidecar(media)
        if media.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        if not named.exists() or named.read_bytes() != label.read_bytes():
            write_whole(named, label.read_bytes(), replace=False)
        try:
            take_name(self.path / MOVIE_FILE, media)
        except FileExistsError:
            named.unlink()
            raise
        sync_folder(self.out)


def recover(
    out: Path, wanted: Collection[str], kept: Callable[[str, Dub], object] = lambda job, dub: None
) -> list[Dub]:
    """Finish or undo what killed runs left in a delivery folder; call it as the folder's owner.

    A delivery that only lacked its media's name is finished. What is kept of jobs that are not
    `wanted` any more is removed.

    Args:
        out: the delivery folder.
        wanted: ids of the jobs that will go on.
        kept: told of a job that is not wanted and what it delivered, before its folder goes.

    Returns:
        What was delivered by jobs that are not wanted: whole, and in no timeline yet.

    Raises:
        DeliverError: the folder cannot be written.
    """
    if not (out / WORK_SUFFIX).is_dir():
        return []
    dubs: list[Dub] = []
    for path in sorted((out / WORK_SUFFIX).iterdir()):
        work = WorkFolder(out, path.name)
        dub = work.delivered()
        if path.name not in wanted:
            if dub is not None:
                kept(path.name, dub)
                dubs.append(dub)
            work.discard()
    with suppress(OSError):  # a run may have ended between the last folder and this one
        (out / WORK_SUFFIX).rmdir()
    return dubs
