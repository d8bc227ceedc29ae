"""The open timeline as the window has it: its clips, what is selected, settings, what goes wrong.

Everything here runs in the main thread; what takes time is asked of the background pools.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoStack

from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.settings import Settings, cache_dir, load_settings, save_settings
from g4g_plugin.core.words import reason_of
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.background import Background
from g4g_plugin.panel.state.preferences import load_preferences, save_preferences
from g4g_plugin.project.markers import Mark, markers
from g4g_plugin.project.relinking import Relink, find_media, missing_media

if TYPE_CHECKING:
    from g4g_plugin.core.shot import Dub
    from g4g_plugin.project.decisions import Decisions
    from g4g_plugin.project.edit import Edit, Slot
    from g4g_plugin.project.project import Project
    from g4g_plugin.project.service import Service

LOG = logging.getLogger(__name__)
SAVE_DELAY = 300  # ms after a change: dragging a bar is one save, not a hundred


class OpenProject(QObject):
    """The open timeline, the selection and the user's settings; read by the pages, which listen to
    the signals.
    """

    opened = Signal()  # another timeline is open
    changed = Signal()  # takes, versions or states are others
    progressed = Signal()  # a job went on; or the queue is another
    selection_changed = Signal()
    failed = Signal(str, str)  # a sentence and a hint, to be shown
    crashed = Signal(str)  # a bug of ours: the report
    status_changed = Signal(str)  # a sentence for the status line

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.preferences = load_preferences()
        self.settings = Settings()
        self.edit: Edit | None = None
        self.service: Service | None = None
        self.project: Project | None = None  # as it was last shown: the service goes on meanwhile
        self.slots: dict[str, Slot] = {}
        self.marks: list[Mark] = []
        self.selection: tuple[str, ...] = ()
        self.undo = QUndoStack(self)
        self.files = Background("files", self.report)
        self.looks = Background("looks", self.log_failure)
        self.frames = Background("frames", self.report)
        self._postponed: G4GError | None = None  # raised before anybody could listen
        self._read_settings()
        self._saver = QTimer(self)
        self._saver.setSingleShot(True)
        self._saver.timeout.connect(self.save)

    def _read_settings(self) -> None:
        try:
            self.settings = load_settings()
        except G4GError as error:
            self._postponed = error

    def drain(self) -> None:
        """Hand out what the threads have answered."""
        if self._postponed is not None:
            error, self._postponed = self._postponed, None
            self.report(error)
        for pool in (self.files, self.frames, self.looks):
            pool.drain()

    # What went wrong, in words

    def report(self, error: BaseException) -> None:
        """Show a G4GError as its sentence; anything else is a bug of ours, with a report."""
        if isinstance(error, G4GError):
            self.failed.emit(say(error.message), say(error.hint))
        else:
            self.crashed.emit("".join(traceback.format_exception(error)))

    def log_failure(self, error: BaseException) -> None:
        """Pass over what failed only for looks (a thumbnail, a waveform); the log has it."""
        LOG.info("not shown: %s", error)

    # The timeline

    def open(self, path: Path, then: Callable[[], object] = lambda: None) -> None:
        """Read a timeline and what was decided about it, in the background."""
        path = path.absolute()
        self.status_changed.emit(self.tr("Reading {name}…").format(name=path.name))

        settings = self._machine_settings()

        def read() -> tuple[Service, list[Mark]]:
            from g4g_plugin.project.service import Service

            service = Service(settings, cache_dir())
            service.open(path)
            assert service.edit is not None
            return service, markers(service.edit)

        def show(answer: tuple[Service, list[Mark]]) -> None:
            self.show_project(*answer)
            then()

        self.files.ask(read, show)

    def _machine_settings(self) -> Settings:
        """Return the settings, with a core left to the interface where there are several."""
        threads = self.settings.threads or max(1, (os.cpu_count() or 2) - 1)
        return replace(self.settings, threads=threads)

    def show_project(self, service: Service, marks: list[Mark]) -> None:
        """Take a timeline in place of the one that was open."""
        self.save()
        self._let_go(service)
        self.service, self.marks = service, marks
        self.read_edit()
        assert self.edit is not None
        self.undo.clear()
        self.set_preferences(recent=self.preferences.opened(self.edit_path).recent)
        self.selection = next(
            ((clip,) for clip, slot in self.slots.items() if not slot.blocked), ()
        )
        self._begin()
        self.opened.emit()
        self.selection_changed.emit()
        self.changed.emit()
        self.status_changed.emit(
            self.tr("{name}: {count} clips").format(
                name=self.edit.name or self.edit_path.name, count=len(self.slots)
            )
        )
        for problem in service.project.problems[:1] if service.project else ():
            self.failed.emit(problem, "")

    def _let_go(self, new: Service) -> None:
        """End the service of the timeline that was open.

        Closing removes an empty store; where the same timeline is opened again, that is the new
        service's too, and only the thread is ended.
        """
        old = self.service
        if old is None:
            return
        workers = old.worker, new.worker
        if workers[0] and workers[1] and workers[0].store.path == workers[1].store.path:
            workers[0].close()
        else:
            old.close()

    def _begin(self) -> None:
        """Forget what was known of the timeline before (in `Document`: its queue too)."""

    def read_edit(self) -> None:
        """Take over what the service has: the edit, the project, the clips."""
        assert self.service is not None
        self.edit, self.project = self.service.edit, self.service.project
        self.slots = {slot.clip: slot for slot in self.edit.slots} if self.edit else {}

    @property
    def edit_path(self) -> Path:
        """The timeline that was opened."""
        assert self.project is not None
        return self.project.timeline

    def relink(self, folder: Path) -> None:
        """Look below a folder for the media that is missing, in the background; what is found is
        remembered in the settings, as a path map.
        """
        service, edit = self.service, self.edit
        if service is None or edit is None:
            return
        missing = missing_media(edit)
        self.status_changed.emit(self.tr("Looking for {count} files…").format(count=len(missing)))

        def look() -> Relink:
            found = find_media(missing, folder)
            if found.path_map:
                service.relink(found.path_map)
            return found

        self.files.ask(look, self._relinked)

    def _relinked(self, found: Relink) -> None:
        if found.path_map:
            path_map = {**self.settings.path_map, **found.path_map}
            self.set_settings(replace(self.settings, path_map=path_map))
            self.read_edit()
            self.opened.emit()
            self.selection_changed.emit()
            self.changed.emit()
        self.status_changed.emit(self.tr("Relinked: {count}.").format(count=len(found.found)))
        if found.missing:
            self.failed.emit(
                self.tr("Still missing: {count}, the first is {name}.").format(
                    count=len(found.missing), name=found.missing[0].name
                ),
                self.tr("Choose another folder."),
            )

    # What is selected

    @property
    def clip(self) -> str | None:
        """The clip the pages are about: the first selected."""
        return self.selection[0] if self.selection else None

    @property
    def slot(self) -> Slot | None:
        """The slot of that clip."""
        return self.slots.get(self.clip) if self.clip else None

    def select(self, clips: Sequence[str]) -> None:
        """Select clips; the first is the one the pages show."""
        known = tuple(clip for clip in clips if clip in self.slots)
        if known != self.selection:
            self.selection = known
            self.selection_changed.emit()

    def decisions(self, clip: str | None) -> Decisions | None:
        """Return what is decided about a clip."""
        return self.project.decisions.get(clip) if self.project and clip else None

    def versions(self, clip: str | None) -> list[Dub]:
        """Return the dubs of a clip, the oldest first."""
        stack = self.project.versions.get(clip, ()) if self.project and clip else ()
        return [version.dub for version in stack]

    def dubs(self) -> list[Dub]:
        """Return every dub in use."""
        project = self.project
        used = [project.version(clip) for clip in project.versions] if project else []
        return [version.dub for version in used if version is not None]

    # What is kept

    def save(self) -> None:
        """Save the decisions now."""
        self._saver.stop()
        if self.service is None:
            return
        try:
            self.service.save()
        except G4GError as error:
            self.report(error)

    def decided(self) -> None:
        """Decisions are others; they are saved a moment later."""
        self.project = self.service.project if self.service else None
        self._saver.start(SAVE_DELAY)
        self.changed.emit()

    def set_preferences(self, **values: object) -> None:
        """Change what the window remembers, and save it."""
        self.preferences = replace(self.preferences, **values)  # type: ignore[arg-type]
        save_preferences(self.preferences)

    def set_settings(self, settings: Settings) -> None:
        """Take over and save settings."""
        self.settings = settings
        if self.service is not None:
            self.service.settings = self._machine_settings()
        try:
            save_settings(settings)
        except OSError as err:
            self.failed.emit(
                self.tr("The settings cannot be saved: {why}.").format(why=say(reason_of(err))),
                "",
            )
        self.changed.emit()

    def close(self) -> None:
        """Save, and end the threads."""
        self.save()
        if self.service is not None:
            self.service.close()
        for pool in (self.looks, self.frames, self.files):
            pool.close()
