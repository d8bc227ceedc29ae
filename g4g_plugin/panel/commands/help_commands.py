"""Settings, keyboard shortcuts, what this machine lacks, first steps."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox, QWidget

from g4g_plugin import __version__
from g4g_plugin.panel.commands.actions import Handlers, set_shortcuts
from g4g_plugin.panel.commands.shortcuts_dialog import ShortcutsDialog
from g4g_plugin.panel.dialogs.doctor_dialog import DoctorDialog
from g4g_plugin.panel.dialogs.settings_dialog import SettingsDialog
from g4g_plugin.panel.state.document import Document


class HelpCommands(QObject):
    """The menu Help, and the two dialogs of the menu Edit."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self._document, self._parent = document, parent
        self._actions: Mapping[str, QAction] = {}

    def handlers(self) -> Handlers:
        """Return what each action does."""
        return {
            "settings": lambda: SettingsDialog(self._document, self._parent).open(),
            "shortcuts": self._edit_shortcuts,
            "doctor": lambda: DoctorDialog(self._document, self._parent).open(),
            "help": self._show_first_steps,
            "about": self._show_version,
        }

    def refresh(self, actions: dict[str, QAction]) -> None:
        """Keep the actions whose keys can be changed."""
        self._actions = actions

    def _edit_shortcuts(self) -> None:
        dialog = ShortcutsDialog(self._document, self._parent)

        def keep() -> None:
            self._document.set_preferences(shortcuts=dialog.changed)
            set_shortcuts(self._actions, dialog.changed)

        dialog.accepted.connect(keep)
        dialog.open()

    def _show_first_steps(self) -> None:
        steps = self.tr(
            "1. Open a timeline (Ctrl+O), exported as OpenTimelineIO from your editing program.\n"
            "2. Drop the new line, an audio file, on its clip.\n"
            "3. Press Dub (Ctrl+D); go on working while it renders.\n"
            "4. Watch it with the wipe (3) or the difference (5).\n"
            "5. Export (Ctrl+E) and open the new timeline in your editing program."
        )
        self._show(self.tr("First dub in five steps"), steps)

    def _show_version(self) -> None:
        self._show(
            self.tr("About G4G Dub"),
            self.tr("G4G Dub {version}\nThe lips follow the new line.").format(version=__version__),
        )

    def _show(self, title: str, text: str) -> None:
        close = QMessageBox.StandardButton.Close
        QMessageBox(QMessageBox.Icon.NoIcon, title, text, close, self._parent).open()
