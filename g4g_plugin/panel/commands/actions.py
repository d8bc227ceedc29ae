"""Every action of the window in one table: its menu, its words, its keys; the keys can be changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from g4g_plugin.panel.i18n.words import QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Spec:
    """One action: its name in the code, words, default keys (portable text), and menu."""

    name: str
    text: str
    keys: str = ""
    check: bool = False  # can be ticked
    menu: str = ""


def _menu(menu: str, *specs: Spec) -> tuple[Spec, ...]:
    return tuple(replace(spec, menu=menu) for spec in specs)


PAGES = QT_TRANSLATE_NOOP("actions", "Pa&ges")
# fmt: off
ACTIONS: tuple[Spec, ...] = (
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&File"),
        Spec("open", QT_TRANSLATE_NOOP("actions", "&Open timeline…"), "Ctrl+O"),
        Spec("demo", QT_TRANSLATE_NOOP("actions", "Open the &demo timeline"), "Ctrl+Shift+O"),
        Spec("export", QT_TRANSLATE_NOOP("actions", "&Export dubbed timeline…"), "Ctrl+E"),
        Spec("quit", QT_TRANSLATE_NOOP("actions", "&Quit"), "Ctrl+Q"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Edit"),
        Spec("undo", QT_TRANSLATE_NOOP("actions", "&Undo"), "Ctrl+Z"),
        Spec("redo", QT_TRANSLATE_NOOP("actions", "&Redo"), "Ctrl+Shift+Z"),
        Spec("select_all", QT_TRANSLATE_NOOP("actions", "Select &all clips"), "Ctrl+A"),
        Spec("extend_previous", QT_TRANSLATE_NOOP("actions", "Also select the &previous shot"), "Shift+Up"),
        Spec("extend_next", QT_TRANSLATE_NOOP("actions", "Also select the &next shot"), "Shift+Down"),
        Spec("settings", QT_TRANSLATE_NOOP("actions", "&Settings…"), "Ctrl+,"),
        Spec("shortcuts", QT_TRANSLATE_NOOP("actions", "Keyboard short&cuts…"), "Ctrl+K"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Take"),
        Spec("assign", QT_TRANSLATE_NOOP("actions", "&Assign a take…"), "T"),
        Spec("unassign", QT_TRANSLATE_NOOP("actions", "&Remove the take"), "Shift+Del"),
        Spec("next_face", QT_TRANSLATE_NOOP("actions", "The next &face speaks"), "S"),
        Spec("from_track", QT_TRANSLATE_NOOP("actions", "Take from an audio &track…"), "Shift+T"),
        Spec("csv", QT_TRANSLATE_NOOP("actions", "Import a &CSV of clips and files…"), ""),
        Spec("match_name", QT_TRANSLATE_NOOP("actions", "Match files by &name…"), ""),
        Spec("match_timecode", QT_TRANSLATE_NOOP("actions", "Match files by t&imecode…"), ""),
        Spec("audition", QT_TRANSLATE_NOOP("actions", "&Listen to the take"), "Shift+Space"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Dub"),
        Spec("dub", QT_TRANSLATE_NOOP("actions", "&Dub the selected clips"), "Ctrl+D"),
        Spec("preview", QT_TRANSLATE_NOOP("actions", "&Preview (in to out, or the first seconds)"), "Ctrl+P"),
        Spec("pause", QT_TRANSLATE_NOOP("actions", "P&ause the queue"), "Ctrl+.", check=True),
        Spec("cancel", QT_TRANSLATE_NOOP("actions", "&Cancel the running dub"), "Ctrl+Backspace"),
        Spec("cancel_all", QT_TRANSLATE_NOOP("actions", "Cancel a&ll"), "Ctrl+Shift+Backspace"),
        Spec("retry", QT_TRANSLATE_NOOP("actions", "&Retry what failed"), "Ctrl+R"),
        Spec("revert", QT_TRANSLATE_NOOP("actions", "Re&vert to the original picture"), ""),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Play"),
        Spec("backward", QT_TRANSLATE_NOOP("actions", "Play &backwards"), "J"),
        Spec("stop", QT_TRANSLATE_NOOP("actions", "&Stop"), "K"),
        Spec("forward", QT_TRANSLATE_NOOP("actions", "Play &forwards"), "L"),
        Spec("play", QT_TRANSLATE_NOOP("actions", "&Play or stop"), "Space"),
        Spec("previous_frame", QT_TRANSLATE_NOOP("actions", "Previous frame"), "Left"),
        Spec("next_frame", QT_TRANSLATE_NOOP("actions", "Next frame"), "Right"),
        Spec("first_frame", QT_TRANSLATE_NOOP("actions", "First frame of the shot"), "Home"),
        Spec("last_frame", QT_TRANSLATE_NOOP("actions", "Last frame of the shot"), "End"),
        Spec("mark_in", QT_TRANSLATE_NOOP("actions", "Mark &in"), "I"),
        Spec("mark_out", QT_TRANSLATE_NOOP("actions", "Mark &out"), "O"),
        Spec("clear_marks", QT_TRANSLATE_NOOP("actions", "&Clear in and out"), "Shift+X"),
        Spec("loop", QT_TRANSLATE_NOOP("actions", "&Loop"), "Shift+L", check=True),
        Spec("previous_shot", QT_TRANSLATE_NOOP("actions", "Previous shot"), "Up"),
        Spec("next_shot", QT_TRANSLATE_NOOP("actions", "Next shot"), "Down"),
        Spec("previous_marker", QT_TRANSLATE_NOOP("actions", "Previous marker"), "Shift+M"),
        Spec("next_marker", QT_TRANSLATE_NOOP("actions", "Next &marker"), "M"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "P&icture"),
        Spec("original", QT_TRANSLATE_NOOP("actions", "&Original"), "1", check=True),
        Spec("dubbed", QT_TRANSLATE_NOOP("actions", "&Dubbed"), "2", check=True),
        Spec("wipe", QT_TRANSLATE_NOOP("actions", "&Wipe"), "3", check=True),
        Spec("side", QT_TRANSLATE_NOOP("actions", "Side &by side"), "4", check=True),
        Spec("difference", QT_TRANSLATE_NOOP("actions", "Di&fference"), "5", check=True),
        Spec("wipe_left", QT_TRANSLATE_NOOP("actions", "Wipe line to the left"), "Alt+Left"),
        Spec("wipe_right", QT_TRANSLATE_NOOP("actions", "Wipe line to the right"), "Alt+Right"),
        Spec("zoom_mouth", QT_TRANSLATE_NOOP("actions", "&Zoom to the mouth, or back"), "Z"),
        Spec("picture_in", QT_TRANSLATE_NOOP("actions", "Zoom the picture in"), "Ctrl++"),
        Spec("picture_out", QT_TRANSLATE_NOOP("actions", "Zoom the picture out"), "Ctrl+-"),
        Spec("look_left", QT_TRANSLATE_NOOP("actions", "Look further left"), "Alt+Shift+Left"),
        Spec("look_right", QT_TRANSLATE_NOOP("actions", "Look further right"), "Alt+Shift+Right"),
        Spec("look_up", QT_TRANSLATE_NOOP("actions", "Look further up"), "Alt+Shift+Up"),
        Spec("look_down", QT_TRANSLATE_NOOP("actions", "Look further down"), "Alt+Shift+Down"),
        Spec("show_box", QT_TRANSLATE_NOOP("actions", "Show face bo&x"), "Shift+1", check=True),
        Spec("show_landmarks", QT_TRANSLATE_NOOP("actions", "Show land&marks"), "Shift+2", check=True),
        Spec("show_matte", QT_TRANSLATE_NOOP("actions", "Show the ma&tte"), "Shift+3", check=True),
        Spec("show_ranges", QT_TRANSLATE_NOOP("actions", "Show dubbed &ranges"), "Shift+4", check=True),
        Spec("full_screen", QT_TRANSLATE_NOOP("actions", "F&ull screen viewer"), "F"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&View"),
        Spec("zoom_in", QT_TRANSLATE_NOOP("actions", "Zoom the timeline in"), "+"),
        Spec("zoom_out", QT_TRANSLATE_NOOP("actions", "Zoom the timeline out"), "-"),
        Spec("zoom_fit", QT_TRANSLATE_NOOP("actions", "Fit the t&imeline"), "Shift+Z"),
        Spec("waveforms", QT_TRANSLATE_NOOP("actions", "Show wa&veforms"), "", check=True),
        Spec("beside", QT_TRANSLATE_NOOP("actions", "Stand b&eside the editing program"), "Ctrl+Shift+D", check=True),
        Spec("on_top", QT_TRANSLATE_NOOP("actions", "Sta&y on top"), "Ctrl+Shift+T", check=True),
        Spec("theme", QT_TRANSLATE_NOOP("actions", "&Light theme"), "", check=True),
    ),
    *_menu(
        PAGES,
        Spec("page_shot", QT_TRANSLATE_NOOP("actions", "&Shot"), "Ctrl+1"),
        Spec("page_takes", QT_TRANSLATE_NOOP("actions", "&Takes"), "Ctrl+2"),
        Spec("page_queue", QT_TRANSLATE_NOOP("actions", "&Queue"), "Ctrl+3"),
        Spec("page_export", QT_TRANSLATE_NOOP("actions", "&Export"), "Ctrl+4"),
        Spec("page_clips", QT_TRANSLATE_NOOP("actions", "&Clips"), "Ctrl+5"),
        Spec("page_strip", QT_TRANSLATE_NOOP("actions", "T&imeline"), "Ctrl+6"),
        Spec("next_area", QT_TRANSLATE_NOOP("actions", "&Next area of the window"), "F6"),
        Spec("page_float", QT_TRANSLATE_NOOP("actions", "&Pull the page out, or put it back"), "Ctrl+0"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Help"),
        Spec("doctor", QT_TRANSLATE_NOOP("actions", "&Check this machine…"), "F2"),
        Spec("help", QT_TRANSLATE_NOOP("actions", "&First dub in five steps"), "F1"),
        Spec("about", QT_TRANSLATE_NOOP("actions", "&About G4G Dub"), ""),
    ),
)
# fmt: on
SPECS: dict[str, Spec] = {spec.name: spec for spec in ACTIONS}


def words(text: str) -> str:
    """Translate a text of the table."""
    return QCoreApplication.translate("actions", text)


def plain_words(text: str) -> str:
    """Translate a text of the table, without the mark of its key."""
    return words(text).replace("&", "")


def build_actions(
    window: QMainWindow, handlers: Mapping[str, Callable[[], object]]
) -> dict[str, QAction]:
    """Make one QAction per row, in its menu; each name must have its handler."""
    made: dict[str, QAction] = {}
    menus = {}
    for spec in ACTIONS:
        if spec.menu not in menus:
            menus[spec.menu] = window.menuBar().addMenu(words(spec.menu))
        action = QAction(words(spec.text), window)
        action.setObjectName(spec.name)
        action.setCheckable(spec.check)
        action.setToolTip(plain_words(spec.text))
        action.triggered.connect(handlers[spec.name])
        menus[spec.menu].addAction(action)
        made[spec.name] = action
    return made


def set_shortcuts(actions: Mapping[str, QAction], changed: Mapping[str, str]) -> None:
    """Give each action its keys: the table's, or what the user chose. The tool tip names them."""
    for name, action in actions.items():
        keys = QKeySequence(
            changed.get(name, SPECS[name].keys), QKeySequence.SequenceFormat.PortableText
        )
        action.setShortcut(keys)
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        text = plain_words(SPECS[name].text)
        action.setToolTip(f"{text} ({shown})" if shown else text)


def clash(changed: Mapping[str, str], name: str, keys: str) -> str | None:
    """Return the other action that has these keys already, None where they are free."""
    if not keys:
        return None
    for spec in ACTIONS:
        if spec.name != name and changed.get(spec.name, spec.keys) == keys:
            return spec.name
    return None
