"""How a range of frames is called and coloured, on the lane and in the inspector."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor

from g4g_plugin.core.decisions import Mouth, RangeSetting
from g4g_plugin.panel.i18n.words import QT_TRANSLATE_NOOP

# Fill of a range, white text on it can be read in both themes; and what it is called in a list.
RANGES: dict[Mouth, tuple[str, str]] = {
    "keep": ("#6b7480", QT_TRANSLATE_NOOP("ranges", "keep the plate")),
    "shut": ("#b0713a", QT_TRANSLATE_NOOP("ranges", "mouth shut")),
    "anyway": ("#8a5a9c", QT_TRANSLATE_NOOP("ranges", "dub anyway")),
    "move": ("#3f7fb5", QT_TRANSLATE_NOOP("ranges", "strength")),
}


def range_colour(setting: RangeSetting) -> QColor:
    """Return the fill of a range."""
    return QColor(RANGES[setting.mouth][0])


def mouth_name(mouth: Mouth) -> str:
    """Return what a kind of range is called."""
    return QCoreApplication.translate("ranges", RANGES[mouth][1])


def mouth_text(setting: RangeSetting) -> str:
    """Say what the mouth does in a range."""
    if setting.mouth != "move":
        return mouth_name(setting.mouth)
    words = QCoreApplication.translate("ranges", "strength {strength:g}")
    return words.format(strength=setting.strength)


def range_text(setting: RangeSetting) -> str:
    """Say a range in one line: "12 to 20: mouth shut"."""
    words = QCoreApplication.translate("ranges", "{first} to {last}: {what}")
    text = words.format(first=setting.first, last=setting.last, what=mouth_text(setting))
    if setting.ramp:
        ramp = QCoreApplication.translate("ranges", "{text}, ramp {count}")
        text = ramp.format(text=text, count=setting.ramp)
    return text
