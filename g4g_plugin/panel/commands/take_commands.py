"""Give clips their takes: from a file, CSV, names, timecodes, an audio track; undo it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from g4g_plugin.core.decisions import Line
from g4g_plugin.core.errors import G4GError
from g4g_plugin.panel.commands.actions import Handlers
from g4g_plugin.panel.dialogs.match_dialog import MatchDialog
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.pages.takes_page import TakesPage
from g4g_plugin.panel.state.document import Document
from g4g_plugin.project.take_matching import (
    AUDIO_SUFFIXES,
    Pair,
    match_by_name,
    match_by_timecode,
    named_clips,
    read_pairs,
)
from g4g_plugin.project.takes import lines_on_track

AUDIO_PATTERNS = " ".join(f"*{suffix}" for suffix in sorted(AUDIO_SUFFIXES))


class TakeCommands(QObject):
    """The menu Take, and undo. Asks for files or a track, then acts through the document."""

    def __init__(self, document: Document, page: TakesPage, parent: QWidget) -> None:
        super().__init__(parent)
        self._document, self._page, self._parent = document, page, parent

    def handlers(self) -> Handlers:
        """Return what each action does."""
        return {
            "undo": self._document.undo.undo,
            "redo": self._document.undo.redo,
            "assign": self.assign,
            "unassign": self.unassign,
            "from_track": self.from_track,
            "csv": self.ask_csv,
            "match_name": partial(self.match, "name"),
            "match_timecode": partial(self.match, "timecode"),
            "audition": self._page.audition,
        }

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Enable what can be done now."""
        document = self._document
        has_take = any(document.decisions(clip) for clip in document.selection)
        for name in ("from_track", "csv", "match_name", "match_timecode"):
            actions[name].setEnabled(document.edit is not None)
        for name in ("unassign", "audition"):
            actions[name].setEnabled(has_take)
        actions["assign"].setEnabled(bool(document.selection))
        actions["undo"].setEnabled(document.undo.canUndo())
        actions["redo"].setEnabled(document.undo.canRedo())

    def _ask_for_audio(self, title: str, many: bool = True) -> list[Path]:
        words = self.tr("Audio ({patterns});;All files (*)").format(patterns=AUDIO_PATTERNS)
        if many:
            names, _ = QFileDialog.getOpenFileNames(self._parent, title, "", words)
            return [Path(name) for name in names]
        name, _ = QFileDialog.getOpenFileName(self._parent, title, "", words)
        return [Path(name)] if name else []

    def assign(self) -> None:
        """Ask for the take of the selected clip."""
        if not self._document.clip:
            self._document.failed.emit(self.tr("Select a clip first."), "")
            return
        for path in self._ask_for_audio(self.tr("Choose a take"), many=False):
            self._document.assign_files([Pair(self._document.clip, path)])

    def unassign(self) -> None:
        """Take the takes off the selected clips."""
        removed = {
            clip: None for clip in self._document.selection if self._document.decisions(clip)
        }
        self._document.assign(removed, self.tr("remove the take"))

    def assign_dropped(self, pairs: Sequence[tuple[str, Path]]) -> None:
        """Files were dropped on clips; what cannot be dubbed is told of."""
        free = [Pair(clip, path) for clip, path in pairs if not self._document.slots[clip].blocked]
        for clip, _ in pairs:
            if self._document.slots[clip].blocked:
                self._document.failed.emit(
                    self.tr("{clip} cannot be dubbed.").format(clip=clip),
                    self._document.problem(clip),
                )
        self._document.assign_files(free)
        if free:
            self._document.select([free[0].clip])

    # Many at once

    def from_track(self) -> None:
        """Ask for an audio track, and take what lies under the selected clips."""
        edit = self._document.edit
        if edit is None or not edit.sounds:
            self._document.failed.emit(self.tr("This timeline has no audio tracks."), "")
            return
        words = self.tr("Each selected clip takes what lies under it on")
        track, ok = QInputDialog.getItem(
            self._parent, self.tr("Take from a track"), words, list(edit.sounds), 0, False
        )
        if ok:
            self.assign_from_track(track)

    def assign_from_track(self, track: str) -> None:
        """Give the selected clips what lies under them on a track."""
        edit, clips = self._document.edit, self._document.selection
        slots = [
            self._document.slots[clip] for clip in clips if not self._document.slots[clip].blocked
        ]
        if edit is None:
            return

        def find() -> tuple[dict[str, Line], list[G4GError]]:
            return lines_on_track(edit, slots, track)

        self._document.files.ask(find, lambda answer: self._assign_from_sounds(track, *answer))

    def _assign_from_sounds(
        self, track: str, lines: dict[str, Line], errors: list[G4GError]
    ) -> None:
        for error in errors[:1]:
            more = self.tr("{count} clips were left as they are.").format(count=len(errors))
            self._document.failed.emit(
                say(error.message), say(error.hint) if len(errors) == 1 else more
            )
        found = {
            clip: self._document.default_decisions(line.take).with_line(
                at=line.at, track=line.track
            )
            for clip, line in lines.items()
        }
        self._document.assign(found, self.tr("take from {track}").format(track=track))

    def ask_csv(self) -> None:
        """Ask for a CSV of clips and files."""
        path, _ = QFileDialog.getOpenFileName(
            self._parent, self.tr("Import a CSV"), "", "CSV (*.csv);;(*)"
        )
        if path:
            self.import_csv(Path(path))

    def import_csv(self, path: Path) -> None:
        """Read (clip, file) rows and show them before they are applied."""
        slots = list(self._document.slots.values())

        def read() -> tuple[list[Pair], int]:
            rows = read_pairs(path)
            found = named_clips(rows, slots)
            return found, len(rows) - len(found)

        self._document.files.ask(read, lambda answer: self.confirm(*answer))

    def match(self, by: str) -> None:
        """Ask for files, unless some are at hand, and pair them with clips."""
        files = self._page.bin.paths() or self._ask_for_audio(self.tr("Choose the takes"))
        if files:
            self.match_files(files, by)

    def match_files(self, files: Sequence[Path], by: str) -> None:
        """Pair files with clips by name or timecode, and show the pairs before they are applied."""
        slots = list(self._document.slots.values())
        self._page.bin.add(files)
        find = match_by_name if by == "name" else match_by_timecode

        def pair() -> tuple[list[Pair], int]:
            found = find(slots, list(files))
            return found, len(files) - len(found)

        self._document.files.ask(pair, lambda answer: self.confirm(*answer))

    def confirm(self, pairs: Sequence[Pair], left: int = 0) -> None:
        """Show pairs; what is agreed to is assigned, in one step that can be undone. left: files
        that fit no clip.
        """
        if left and pairs:
            words = self.tr("Files that fit no clip that can be dubbed: {count}.").format(
                count=left
            )
            self._document.failed.emit(words, self.tr("Drag them onto their clips instead."))
        if not pairs:
            self._document.failed.emit(
                self.tr("No file fits a clip."), self.tr("Drag the files onto their clips instead.")
            )
            return
        dialog = MatchDialog(pairs, self._document, self._parent)
        dialog.accepted.connect(lambda: self._document.assign_files(dialog.agreed()))
        dialog.open()
