"""Open a timeline, the demo or a recent one; export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from g4g_plugin.core.formats import file_patterns
from g4g_plugin.core.settings import cache_dir
from g4g_plugin.panel.commands.actions import Handlers
from g4g_plugin.panel.pages.export_page import ExportPage
from g4g_plugin.panel.pages.take_bin import TakeBin
from g4g_plugin.panel.state.document import Document
from g4g_plugin.project.relinking import missing_media


class FileCommands(QObject):
    """The menu File but for quitting."""

    def __init__(
        self,
        document: Document,
        export_page: ExportPage,
        takes: TakeBin,
        show_export: Callable[[], object],
        parent: QWidget,
    ) -> None:
        """Args:
        document: what is opened and exported.
        export_page: writes the timeline.
        takes: the files at hand; the demo's line is laid there.
        show_export: brings the export page to the front.
        parent: of the dialogs.
        """
        super().__init__(parent)
        self._document, self._export_page, self._takes = document, export_page, takes
        self._show_export, self._parent = show_export, parent
        self.recent = QMenu(self.tr("Open &recent"), parent)
        self.recent.aboutToShow.connect(self._fill_recent)

    def handlers(self) -> Handlers:
        """Return what each action does."""
        return {
            "open": self.open,
            "demo": self.demo,
            "relink": self.relink,
            "export": self.export,
        }

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Enable what can be done now."""
        actions["export"].setEnabled(bool(self._document.dubs()))
        actions["relink"].setEnabled(self._document.edit is not None)

    def open(self) -> None:
        """Ask for a timeline."""
        recent = self._document.preferences.recent
        patterns = self.tr("Timelines ({patterns});;All files (*)").format(patterns=file_patterns())
        path, _ = QFileDialog.getOpenFileName(
            self._parent,
            self.tr("Open a timeline"),
            str(recent[0].parent) if recent else "",
            patterns,
        )
        if path:
            self._document.open(Path(path))

    def relink(self) -> None:
        """Ask for a folder below which missing media lie now."""
        edit = self._document.edit
        if edit is None or not missing_media(edit):
            self._document.status_changed.emit(self.tr("No media is missing."))
            return
        folder = QFileDialog.getExistingDirectory(
            self._parent, self.tr("Folder below which the missing media lie")
        )
        if folder:
            self._document.relink(Path(folder))

    def _fill_recent(self) -> None:
        self.recent.clear()
        for path in self._document.preferences.recent:
            self.recent.addAction(str(path), partial(self._document.open, path))

    def demo(self) -> None:
        """Make the demo timeline and lay its new line ready."""
        folder = cache_dir() / "demo"
        self._document.status_changed.emit(self.tr("Making the demo timeline…"))

        def make() -> tuple[Path, Path]:
            from g4g_plugin.project.demo import make_demo

            demo = make_demo(folder)
            return demo.timeline, demo.take

        self._document.files.ask(make, lambda made: self._open_demo(*made))

    def _open_demo(self, timeline: Path, take: Path) -> None:
        self._takes.add([take])
        self._document.open(timeline)

    def export(self) -> None:
        """Write the timeline with every dub in use."""
        self._show_export()
        self._export_page.export()
