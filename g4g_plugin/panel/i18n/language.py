"""Which language the panel speaks: the system's or the one chosen, as far as there is a
translation.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from g4g_plugin.core.settings import resources

ENGLISH = "en"  # what the words stand in


def translations() -> Path:
    """Folder of `g4g_<language>.ts` (edited) and `.qm` (compiled from it by `just translations`)."""
    return resources() / "translations"


def languages() -> dict[str, str]:
    """Return the languages there are, code to own name: {"de": "Deutsch", "en": "English"}."""
    codes = {path.stem.removeprefix("g4g_") for path in translations().glob("g4g_*.qm")} | {ENGLISH}
    return {code: _own_name(code) for code in sorted(codes)}


def _own_name(code: str) -> str:
    locale = QLocale(code)
    name = "English" if code == ENGLISH else locale.nativeLanguageName()
    return name[:1].upper() + name[1:]


def speak(app: QCoreApplication, language: str = "") -> list[QTranslator]:
    """Install the translators of a language ("" is the system's) before any window is made; returns
    them.

    Qt's own words (the buttons of its dialogs) come with PySide6. Nothing is installed for English
    or where there is no translation.
    """
    locale = QLocale(language) if language else QLocale()
    if language:
        QLocale.setDefault(locale)
    if language == ENGLISH:
        return []
    installed = []
    for name, folder in (
        ("g4g", str(translations())),
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
    ):
        translator = QTranslator(app)
        if translator.load(locale, name, "_", folder):
            app.installTranslator(translator)
            installed.append(translator)
        elif name == "g4g":
            return []  # half a language is worse than English
    return installed
