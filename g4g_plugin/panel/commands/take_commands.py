"""The actions that ask for files or tracks first: takes from files, CSV, names, timecodes, a track;
the demo.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QInputDialog

from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.shell.dialogs import MatchDialog
from g4g_plugin.project.session import Assignment
from g4g_plugin.project.take_matching import (
    AUDIO_SUFFIXES,
    Pair,
    match_by_name,
    match_by_timecode,
    named_clips,
    read_pairs,
)

if TYPE_CHECKING:
    from g4g_plugin.panel.shell.window import Window

SOUNDS = " ".join(f"*{suffix}" for suffix in sorted(AUDIO_SUFFIXES))
TIMELINES = "*.otio *.otioz *.otiod *.xml *.fcpxml *.edl *.aaf *.kdenlive"


class Deeds(QObject):
    """Asks, then acts through the desk. Kept apart from the window, which only lays things out."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._desk = window.desk

    def open(self) -> None:
        """Ask for a timeline."""
        words = self.tr("Timelines ({patterns});;All files (*)").format(patterns=TIMELINES)
        start = str(Path(self._desk.memory.recent[0]).parent) if self._desk.memory.recent else ""
        path, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Open a timeline"), start, words
        )
        if path:
            self._desk.open(Path(path))

    def demo(self) -> None:
        """Make the demo timeline and lay its new line ready."""
        folder = cache_dir() / "demo"
        self._desk.told.emit(self.tr("Making the demo timeline…"))

        def make() -> tuple[Path, Path]:
            from g4g_plugin.project.demo import make_demo

            demo = make_demo(folder)
            return demo.timeline, demo.take

        self._desk.files.ask(make, lambda made: self._open_demo(*made))

    def _open_demo(self, timeline: Path, take: Path) -> None:
        self._window.takes.bin.add([take])
        self._desk.open(timeline)

    def _sounds(self, title: str, many: bool = True) -> list[Path]:
        words = self.tr("Audio ({patterns});;All files (*)").format(patterns=SOUNDS)
        if many:
            names, _ = QFileDialog.getOpenFileNames(self._window, title, "", words)
            return [Path(name) for name in names]
        name, _ = QFileDialog.getOpenFileName(self._window, title, "", words)
        return [Path(name)] if name else []

    def assign(self) -> None:
        """Ask for the take of the selected clip."""
        if not self._desk.clip:
            self._desk.failed.emit(self.tr("Select a clip first."), "")
            return
        for path in self._sounds(self.tr("Choose a take"), many=False):
            self._desk.assign_files([Pair(self._desk.clip, path, "")])

    def unassign(self) -> None:
        """Take the takes off the selected clips."""
        given = {clip: None for clip in self._desk.selection if self._desk.given(clip)}
        self._desk.assign(given, self.tr("remove the take"))

    def dropped(self, pairs: Sequence[tuple[str, Path]]) -> None:
        """Files were dropped on clips; what cannot be dubbed is told of."""
        free = [Pair(clip, path, "") for clip, path in pairs if not self._desk.slots[clip].blocked]
        for clip, _ in pairs:
            if self._desk.slots[clip].blocked:
                self._desk.failed.emit(
                    self.tr("{clip} cannot be dubbed.").format(clip=clip), self._desk.trouble(clip)
                )
        self._desk.assign_files(free)
        if free:
            self._desk.select([free[0].clip])

    # Many at once

    def from_track(self) -> None:
        """Ask for an audio track, and take what lies under the selected clips."""
        edit = self._desk.edit
        if edit is None or not edit.sounds:
            self._desk.failed.emit(self.tr("This timeline has no audio tracks."), "")
            return
        words = self.tr("Each selected clip takes what lies under it on")
        track, ok = QInputDialog.getItem(
            self._window, self.tr("Take from a track"), words, list(edit.sounds), 0, False
        )
        if ok:
            self.take_track(track)

    def take_track(self, track: str) -> None:
        """Give the selected clips what lies under them on a track."""
        edit, clips = self._desk.edit, self._desk.selection
        slots = [self._desk.slots[clip] for clip in clips if not self._desk.slots[clip].blocked]
        if edit is None:
            return

        def find() -> tuple[dict[str, Assignment], list[G4GError]]:
            from g4g_plugin.timeline.read import take_from_track

            found, errors = {}, []
            for slot in slots:
                try:
                    found[slot.clip] = Assignment(take_from_track(edit, slot, track), "pad")
                except G4GError as error:
                    errors.append(error)
            return found, errors

        self._desk.files.ask(find, lambda answer: self._took(track, *answer))

    def _took(self, track: str, found: dict[str, Assignment], errors: list[G4GError]) -> None:
        for error in errors[:1]:
            more = self.tr("{count} clips were left as they are.").format(count=len(errors))
            self._desk.failed.emit(
                say(error.message), say(error.hint) if len(errors) == 1 else more
            )
        self._desk.assign(found, self.tr("take from {track}").format(track=track))

    def csv(self) -> None:
        """Ask for a CSV of clips and files."""
        path, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Import a CSV"), "", "CSV (*.csv);;(*)"
        )
        if path:
            self.take_csv(Path(path))

    def take_csv(self, path: Path) -> None:
        """Read (clip, file) rows and show them before they are applied."""
        slots = list(self._desk.slots.values())

        def read() -> tuple[list[Pair], int]:
            rows = read_pairs(path)
            found = named_clips(rows, slots)
            return found, len(rows) - len(found)

        self._desk.files.ask(read, lambda answer: self.confirm(*answer))

    def match(self, by: str) -> None:
        """Ask for files, unless some are at hand, and pair them with clips."""
        files = self._window.takes.bin.paths() or self._sounds(self.tr("Choose the takes"))
        if files:
            self.match_files(files, by)

    def match_files(self, files: Sequence[Path], by: str) -> None:
        """Pair files with clips by name or timecode, and show the pairs before they are applied."""
        slots = list(self._desk.slots.values())
        self._window.takes.bin.add(files)
        find = match_by_name if by == "name" else match_by_timecode

        def pair() -> tuple[list[Pair], int]:
            found = find(slots, list(files))
            return found, len(files) - len(found)

        self._desk.files.ask(pair, lambda answer: self.confirm(*answer))

    def confirm(self, pairs: Sequence[Pair], left: int = 0) -> None:
        """Show pairs; what is agreed to is assigned, in one step that can be undone. left: files
        that fit no clip.
        """
        if left and pairs:
            words = self.tr("Files that fit no clip that can be dubbed: {count}.").format(
                count=left
            )
            self._desk.failed.emit(words, self.tr("Drag them onto their clips instead."))
        if not pairs:
            self._desk.failed.emit(
                self.tr("No file fits a clip."), self.tr("Drag the files onto their clips instead.")
            )
            return
        dialog = MatchDialog(pairs, self._desk, self._window)
        dialog.accepted.connect(lambda: self._desk.assign_files(dialog.agreed()))
        dialog.open()
