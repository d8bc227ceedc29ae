"""What is decided about shots in the open timeline: lines, settings, ranges, versions; each step
can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from g4g_plugin.core.decisions import FaceChoice, Fit, Line, RangeSetting, ShotSettings, Take
from g4g_plugin.core.errors import G4GError
from g4g_plugin.panel.state.open_project import OpenProject
from g4g_plugin.project.decisions import Changes, Decisions, decisions_of

if TYPE_CHECKING:
    from g4g_plugin.project.take_matching import Pair


class _Step(QUndoCommand):
    """One step of the editor and its way back."""

    def __init__(self, text: str, do: Callable[[], object], back: Callable[[], object]) -> None:
        super().__init__(text)
        self._do, self._back = do, back

    def redo(self) -> None:
        """Apply."""
        self._do()

    def undo(self) -> None:
        """Take back."""
        self._back()


class ShotDecisions(OpenProject):
    """The open timeline with the verbs that decide about its shots."""

    def default_decisions(self, take: Take, fit: Fit | None = None) -> Decisions:
        """Return what a clip gets with its first take: the same as in the shell."""
        settings = self.settings.shot
        return Decisions((Line(take),), replace(settings, fit=fit) if fit else settings)

    def default_settings(self) -> ShotSettings:
        """Return what a new shot gets."""
        return self.settings.shot

    def assign(self, changes: Changes, text: str) -> None:
        """Decide about clips; can be undone. Nothing happens where nothing is decided otherwise."""
        if self.project is None or not changes:
            return
        before, after = self.project.before(changes), dict(changes)
        if before != after:
            step = _Step(text, lambda: self.apply(after), lambda: self.apply(before))
            self.undo.push(step)

    def apply(self, changes: Changes) -> None:
        """Apply decisions (called by the undo stack)."""
        if self.service is not None:
            self.service.assign(changes)
            self.decided()

    def assign_files(self, pairs: Sequence[Pair]) -> None:
        """Give clips the files found for them, keeping face and settings."""
        changes = {}
        try:
            for pair in pairs:
                take = Take(pair.audio, label=pair.audio.stem)
                old = self.decisions(pair.clip)
                given = old.with_line(take=take, track="") if old else self.default_decisions(take)
                placed = given if pair.at is None else given.with_line(at=pair.at)
                changes[pair.clip] = placed
        except G4GError as error:
            self.report(error)
            return
        self.assign(changes, self.tr("assign {count} takes").format(count=len(changes)))

    def _change(self, text: str, change: Callable[[Decisions], Decisions]) -> None:
        """Change what is decided about the selected clips that have a take."""
        given = {clip: self.decisions(clip) for clip in self.selection}
        self.assign({clip: change(old) for clip, old in given.items() if old}, text)

    def change_take(self, text: str, take: Take | None = None, fit: Fit | None = None) -> None:
        """Change take or fit of the selected clips that have one."""
        if take is not None:
            self._change(text, lambda old: old.with_line(take=take))
        if fit is not None:
            self.change_shot(text, fit=fit)

    def change_shot(self, text: str, at: int | None = None, **settings: object) -> None:
        """Change settings of the selected clips that have a take.

        Args:
            text: what undo calls it.
            at: the frame of the shot with which its line begins.
            settings: fields of `ShotSettings`.
        """

        def change(old: Decisions) -> Decisions:
            placed = old if at is None else old.with_line(at=at)
            return placed.with_settings(**settings)

        self._change(text, change)

    def place_line(self, number: int, at: int) -> None:
        """Let a line of the first selected clip begin with a frame of the shot."""
        old = self.decisions(self.clip)
        if old is not None and self.clip is not None:
            self.assign({self.clip: old.with_line(number, at=at)}, self.tr("place the line"))

    def nudge(self, frames: int) -> None:
        """Let the lines of the selected clips begin some frames later (negative: earlier)."""

        def later(old: Decisions) -> Decisions:
            lines = tuple(replace(line, at=line.at + frames) for line in old.lines)
            return replace(old, lines=lines)

        self._change(self.tr("nudge the line by {count:+d}").format(count=frames), later)

    def nudge_lips(self, frames: int) -> None:
        """Let the lips of the selected clips move some frames later; the sound stays."""
        text = self.tr("nudge the lips by {count:+d}").format(count=frames)
        self._change(
            text, lambda old: old.with_settings(lip_offset=old.settings.lip_offset + frames)
        )

    def set_ranges(self, ranges: Sequence[RangeSetting], text: str) -> None:
        """Give the first selected clip other ranges."""
        old = self.decisions(self.clip)
        if old is not None and self.clip is not None:
            kept = tuple(sorted(ranges, key=lambda setting: (setting.first, setting.last)))
            self.assign({self.clip: replace(old, ranges=kept)}, text)

    def decide_like(self, index: int) -> None:
        """Decide for the first selected clip what one of its versions was made by."""
        stack, clip = self.versions(self.clip), self.clip
        if clip is not None and 0 <= index < len(stack):
            text = self.tr("decide as in v{number:03d}").format(number=index + 1)
            self.assign({clip: decisions_of(stack[index])}, text)

    def choose_face(self, face: FaceChoice | None) -> None:
        """Choose whose mouth moves in the first selected clip."""
        old = self.decisions(self.clip)
        if old is None or self.clip is None:
            self.failed.emit(self.tr("Choose a take first, then click the face."), "")
            return
        self.assign({self.clip: old.with_line(face=face)}, self.tr("choose the face"))

    # Versions

    def choose_version(self, clip: str, index: int) -> None:
        """Use a version; -1 is the original picture. Can be undone."""
        if self.project is None or index == self.project.chosen.get(clip, -1):
            return
        old, new = self.project.version(clip), None
        if index >= 0:
            new = self.project.versions[clip][index]
        keys = [None if version is None else version.key for version in (new, old)]
        words = self.tr("use the original") if new is None else self.tr("use another version")
        do, back = (lambda key=key: self._choose(clip, key) for key in keys)
        self.undo.push(_Step(words, do, back))

    def _choose(self, clip: str, key: str | None) -> None:
        """Use the version with this key; nothing happens where it was deleted meanwhile."""
        if self.service is None or self.service.project is None:
            return
        keys = [None, *(v.key for v in self.service.project.versions.get(clip, ()))]
        if key in keys:
            self.service.choose(clip, keys.index(key) - 1)
            self.decided()

    def revert_selection(self) -> None:
        """Give the selected clips their original picture back."""
        for clip in self.selection:
            if self.project and self.project.version(clip):
                self.choose_version(clip, -1)
