"""Colours: a dark and a light palette for the Fusion style, and one colour and sign for each state
of a clip.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from g4g_plugin.core.settings import resources
from g4g_plugin.panel.i18n.words import QT_TRANSLATE_NOOP
from g4g_plugin.project.clip_state import ClipState

_ROLE = QPalette.ColorRole
_DARK = {
    _ROLE.Window: "#232629",
    _ROLE.WindowText: "#e8eaed",
    _ROLE.Base: "#1b1d1f",
    _ROLE.AlternateBase: "#222527",
    _ROLE.Text: "#e8eaed",
    _ROLE.Button: "#34383c",
    _ROLE.ButtonText: "#e8eaed",
    _ROLE.BrightText: "#ff6b6b",
    _ROLE.ToolTipBase: "#34383c",
    _ROLE.ToolTipText: "#e8eaed",
    _ROLE.Highlight: "#2f7fd0",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Link: "#6db3f2",
    _ROLE.PlaceholderText: "#9aa0a6",
    _ROLE.Mid: "#4a4f54",
}
_LIGHT = {
    _ROLE.Window: "#f1f2f4",
    _ROLE.WindowText: "#1d1f21",
    _ROLE.Base: "#ffffff",
    _ROLE.AlternateBase: "#f6f7f8",
    _ROLE.Text: "#1d1f21",
    _ROLE.Button: "#e2e4e7",
    _ROLE.ButtonText: "#1d1f21",
    _ROLE.BrightText: "#b00020",
    _ROLE.ToolTipBase: "#ffffff",
    _ROLE.ToolTipText: "#1d1f21",
    _ROLE.Highlight: "#1f6fc4",
    _ROLE.HighlightedText: "#ffffff",
    _ROLE.Link: "#0b57a4",
    _ROLE.PlaceholderText: "#5f6368",
    _ROLE.Mid: "#b6bac0",
}
_DISABLED = {"dark": "#7c8288", "light": "#8b9096"}

# Fill of a clip, and the sign before its name: never colour alone.
STATES: dict[ClipState, tuple[str, str, str]] = {
    "blocked": ("#5a5a5a", "⊘", QT_TRANSLATE_NOOP("states", "cannot be dubbed")),
    "plain": ("#3f5872", "", QT_TRANSLATE_NOOP("states", "no take")),
    "take": ("#6a5a9c", "♪", QT_TRANSLATE_NOOP("states", "has a take")),
    "queued": ("#8a6d1d", "…", QT_TRANSLATE_NOOP("states", "queued")),
    "running": ("#a65e12", "▶", QT_TRANSLATE_NOOP("states", "rendering")),
    "done": ("#2d7a46", "✓", QT_TRANSLATE_NOOP("states", "dubbed")),
    "failed": ("#a1323c", "✗", QT_TRANSLATE_NOOP("states", "failed")),
    "stale": ("#7a6a2d", "↻", QT_TRANSLATE_NOOP("states", "dubbed, but the take has changed")),
}
FOCUS_COLOURS = (
    "#ffdc7a",
    "#a34700",
)  # around what has the keyboard: on a dark ground, on a light one
LIGHT_COLOURS = {"green": ("#2d9a55", "●"), "amber": ("#d69a1c", "▲"), "red": ("#d6454f", "■")}
MARKER_COLOURS = {
    "RED": "#e5484d",
    "ORANGE": "#f08c2e",
    "YELLOW": "#e8c53a",
    "GREEN": "#46a758",
    "CYAN": "#3db9c9",
    "BLUE": "#3e82e5",
    "PURPLE": "#8e5bd6",
    "MAGENTA": "#d64fb0",
    "PINK": "#e58ab4",
    "WHITE": "#eeeeee",
    "BLACK": "#222222",
}


def state_text(state: ClipState) -> str:
    """Return a clip's state in words."""
    return QCoreApplication.translate("states", STATES[state][2])


def state_sign(state: ClipState) -> str:
    """Return the sign that stands for a state beside its colour."""
    return STATES[state][1]


def state_colour(state: ClipState) -> QColor:
    """Return the fill of a clip in this state; white text on it can be read in both themes."""
    return QColor(STATES[state][0])


def focus_colour(shown: QPalette) -> QColor:
    """Return the colour of the frame around what has the keyboard; 3 : 1 and more against
    everything beside it.
    """
    return QColor(FOCUS_COLOURS[shown.window().color().lightness() > 127])


def palette(theme: str) -> QPalette:
    """Return the Fusion palette of a theme."""
    colours = _LIGHT if theme == "light" else _DARK
    made = QPalette()
    for role, colour in colours.items():
        made.setColor(role, QColor(colour))
    grey = QColor(_DISABLED["light" if theme == "light" else "dark"])
    for role in (_ROLE.Text, _ROLE.WindowText, _ROLE.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, grey)
    return made


def style_sheet() -> str:
    """Return the few rules a palette cannot say: what is switched on, and the box of a tick; empty
    without its file.
    """
    folder = resources() / "panel"
    try:
        rules = (folder / "panel.qss").read_text("utf-8")
    except OSError:
        return ""
    return rules.replace("CHECK", (folder / "check.svg").as_posix())


def apply_theme(app: QApplication, theme: str) -> None:
    """Set style and palette: dark, light, or what the system has. `setColorScheme` does nothing on
    bare X11.
    """
    if theme == "system":
        dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        theme = "dark" if dark else "light"
    app.setStyle("Fusion")
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet())


def application() -> QApplication:
    """Return the one there is."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
