"""Every action of the window in one table: its menu, its words, its keys; the keys can be changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow

from g4g_plugin.panel.i18n.words import QT_TRANSLATE_NOOP

Handlers = dict[str, Callable[..., object]]  # by action; those that can be ticked are told whether


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: its name in the code, words, default keys (portable text), and menu."""

    name: str
    text: str
    keys: str = ""
    check: bool = False  # can be ticked
    menu: str = ""


def _menu(menu: str, *specs: ActionSpec) -> tuple[ActionSpec, ...]:
    return tuple(replace(spec, menu=menu) for spec in specs)


PAGES_MENU = QT_TRANSLATE_NOOP("actions", "Pa&ges")
# fmt: off
ACTIONS: tuple[ActionSpec, ...] = (
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&File"),
        ActionSpec("open", QT_TRANSLATE_NOOP("actions", "&Open timeline…"), "Ctrl+O"),
        ActionSpec("demo", QT_TRANSLATE_NOOP("actions", "Open the &demo timeline"), "Ctrl+Shift+O"),
        ActionSpec("relink", QT_TRANSLATE_NOOP("actions", "&Relink missing media…"), ""),
        ActionSpec("export", QT_TRANSLATE_NOOP("actions", "&Export dubbed timeline…"), "Ctrl+E"),
        ActionSpec("quit", QT_TRANSLATE_NOOP("actions", "&Quit"), "Ctrl+Q"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Edit"),
        ActionSpec("undo", QT_TRANSLATE_NOOP("actions", "&Undo"), "Ctrl+Z"),
        ActionSpec("redo", QT_TRANSLATE_NOOP("actions", "&Redo"), "Ctrl+Shift+Z"),
        ActionSpec("select_all", QT_TRANSLATE_NOOP("actions", "Select &all clips"), "Ctrl+A"),
        ActionSpec("extend_previous", QT_TRANSLATE_NOOP("actions", "Also select the &previous shot"), "Shift+Up"),
        ActionSpec("extend_next", QT_TRANSLATE_NOOP("actions", "Also select the &next shot"), "Shift+Down"),
        ActionSpec("settings", QT_TRANSLATE_NOOP("actions", "&Settings…"), "Ctrl+,"),
        ActionSpec("shortcuts", QT_TRANSLATE_NOOP("actions", "Keyboard short&cuts…"), "Ctrl+K"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Take"),
        ActionSpec("assign", QT_TRANSLATE_NOOP("actions", "&Assign a take…"), "T"),
        ActionSpec("unassign", QT_TRANSLATE_NOOP("actions", "&Remove the take"), "Shift+Del"),
        ActionSpec("next_face", QT_TRANSLATE_NOOP("actions", "The next &face speaks"), "S"),
        ActionSpec("from_track", QT_TRANSLATE_NOOP("actions", "Take from an audio &track…"), "Shift+T"),
        ActionSpec("csv", QT_TRANSLATE_NOOP("actions", "Import a &CSV of clips and files…"), ""),
        ActionSpec("match_name", QT_TRANSLATE_NOOP("actions", "Match files by &name…"), ""),
        ActionSpec("match_timecode", QT_TRANSLATE_NOOP("actions", "Match files by t&imecode…"), ""),
        ActionSpec("audition", QT_TRANSLATE_NOOP("actions", "&Listen to the take"), "Shift+Space"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Lips"),
        ActionSpec("earlier", QT_TRANSLATE_NOOP("actions", "The line a frame &earlier"), ","),
        ActionSpec("later", QT_TRANSLATE_NOOP("actions", "The line a frame &later"), "."),
        ActionSpec("far_earlier", QT_TRANSLATE_NOOP("actions", "The line ten frames earlier"), "Shift+,"),
        ActionSpec("far_later", QT_TRANSLATE_NOOP("actions", "The line ten frames later"), "Shift+."),
        ActionSpec("lips_earlier", QT_TRANSLATE_NOOP("actions", "Only the lips a frame earlier"), "Alt+,"),
        ActionSpec("lips_later", QT_TRANSLATE_NOOP("actions", "Only the lips a frame later"), "Alt+."),
        ActionSpec("begin_here", QT_TRANSLATE_NOOP("actions", "&Begin the line at the frame shown"), "B"),
        ActionSpec("fit_trim", QT_TRANSLATE_NOOP("actions", "&Cut the line to the shot"), ""),
        ActionSpec("fit_pad", QT_TRANSLATE_NOOP("actions", "&Fill a short line with silence"), ""),
        ActionSpec("keep_range", QT_TRANSLATE_NOOP("actions", "&Keep the plate from in to out"), "Shift+K"),
        ActionSpec("shut_range", QT_TRANSLATE_NOOP("actions", "Mouth &shut from in to out"), "Shift+S"),
        ActionSpec("strength_range", QT_TRANSLATE_NOOP("actions", "&Half the strength from in to out"), "Shift+H"),
        ActionSpec("remove_range", QT_TRANSLATE_NOOP("actions", "&Remove the range at the playhead"), "Shift+Backspace"),
        ActionSpec("lane_fit", QT_TRANSLATE_NOOP("actions", "Fit the l&ane to the shot"), "Shift+A"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Dub"),
        ActionSpec("dub", QT_TRANSLATE_NOOP("actions", "&Dub the selected clips"), "Ctrl+D"),
        ActionSpec("preview", QT_TRANSLATE_NOOP("actions", "&Preview (in to out, or the first seconds)"), "Ctrl+P"),
        ActionSpec("pause", QT_TRANSLATE_NOOP("actions", "P&ause the queue"), "Ctrl+.", check=True),
        ActionSpec("cancel", QT_TRANSLATE_NOOP("actions", "&Cancel the running dub"), "Ctrl+Backspace"),
        ActionSpec("cancel_all", QT_TRANSLATE_NOOP("actions", "Cancel a&ll"), "Ctrl+Shift+Backspace"),
        ActionSpec("retry", QT_TRANSLATE_NOOP("actions", "&Retry what failed"), "Ctrl+R"),
        ActionSpec("revert", QT_TRANSLATE_NOOP("actions", "Re&vert to the original picture"), ""),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Play"),
        ActionSpec("backward", QT_TRANSLATE_NOOP("actions", "Play &backwards"), "J"),
        ActionSpec("stop", QT_TRANSLATE_NOOP("actions", "&Stop"), "K"),
        ActionSpec("forward", QT_TRANSLATE_NOOP("actions", "Play &forwards"), "L"),
        ActionSpec("play", QT_TRANSLATE_NOOP("actions", "&Play or stop"), "Space"),
        ActionSpec("previous_frame", QT_TRANSLATE_NOOP("actions", "Previous frame"), "Left"),
        ActionSpec("next_frame", QT_TRANSLATE_NOOP("actions", "Next frame"), "Right"),
        ActionSpec("first_frame", QT_TRANSLATE_NOOP("actions", "First frame of the shot"), "Home"),
        ActionSpec("last_frame", QT_TRANSLATE_NOOP("actions", "Last frame of the shot"), "End"),
        ActionSpec("mark_in", QT_TRANSLATE_NOOP("actions", "Mark &in"), "I"),
        ActionSpec("mark_out", QT_TRANSLATE_NOOP("actions", "Mark &out"), "O"),
        ActionSpec("clear_marks", QT_TRANSLATE_NOOP("actions", "&Clear in and out"), "Shift+X"),
        ActionSpec("loop", QT_TRANSLATE_NOOP("actions", "&Loop"), "Shift+L", check=True),
        ActionSpec("previous_shot", QT_TRANSLATE_NOOP("actions", "Previous shot"), "Up"),
        ActionSpec("next_shot", QT_TRANSLATE_NOOP("actions", "Next shot"), "Down"),
        ActionSpec("previous_marker", QT_TRANSLATE_NOOP("actions", "Previous marker"), "Shift+M"),
        ActionSpec("next_marker", QT_TRANSLATE_NOOP("actions", "Next &marker"), "M"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "P&icture"),
        ActionSpec("original", QT_TRANSLATE_NOOP("actions", "&Original"), "1", check=True),
        ActionSpec("dubbed", QT_TRANSLATE_NOOP("actions", "&Dubbed"), "2", check=True),
        ActionSpec("wipe", QT_TRANSLATE_NOOP("actions", "&Wipe"), "3", check=True),
        ActionSpec("side", QT_TRANSLATE_NOOP("actions", "Side &by side"), "4", check=True),
        ActionSpec("difference", QT_TRANSLATE_NOOP("actions", "Di&fference"), "5", check=True),
        ActionSpec("wipe_left", QT_TRANSLATE_NOOP("actions", "Wipe line to the left"), "Alt+Left"),
        ActionSpec("wipe_right", QT_TRANSLATE_NOOP("actions", "Wipe line to the right"), "Alt+Right"),
        ActionSpec("zoom_mouth", QT_TRANSLATE_NOOP("actions", "&Zoom to the mouth, or back"), "Z"),
        ActionSpec("picture_in", QT_TRANSLATE_NOOP("actions", "Zoom the picture in"), "Ctrl++"),
        ActionSpec("picture_out", QT_TRANSLATE_NOOP("actions", "Zoom the picture out"), "Ctrl+-"),
        ActionSpec("look_left", QT_TRANSLATE_NOOP("actions", "Look further left"), "Alt+Shift+Left"),
        ActionSpec("look_right", QT_TRANSLATE_NOOP("actions", "Look further right"), "Alt+Shift+Right"),
        ActionSpec("look_up", QT_TRANSLATE_NOOP("actions", "Look further up"), "Alt+Shift+Up"),
        ActionSpec("look_down", QT_TRANSLATE_NOOP("actions", "Look further down"), "Alt+Shift+Down"),
        ActionSpec("show_box", QT_TRANSLATE_NOOP("actions", "Show face bo&x"), "Shift+1", check=True),
        ActionSpec("show_landmarks", QT_TRANSLATE_NOOP("actions", "Show land&marks"), "Shift+2", check=True),
        ActionSpec("show_matte", QT_TRANSLATE_NOOP("actions", "Show the ma&tte"), "Shift+3", check=True),
        ActionSpec("show_ranges", QT_TRANSLATE_NOOP("actions", "Show dubbed &ranges"), "Shift+4", check=True),
        ActionSpec("full_screen", QT_TRANSLATE_NOOP("actions", "F&ull screen viewer"), "F"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&View"),
        ActionSpec("zoom_in", QT_TRANSLATE_NOOP("actions", "Zoom the timeline in"), "+"),
        ActionSpec("zoom_out", QT_TRANSLATE_NOOP("actions", "Zoom the timeline out"), "-"),
        ActionSpec("zoom_fit", QT_TRANSLATE_NOOP("actions", "Fit the t&imeline"), "Shift+Z"),
        ActionSpec("waveforms", QT_TRANSLATE_NOOP("actions", "Show wa&veforms"), "", check=True),
        ActionSpec("beside", QT_TRANSLATE_NOOP("actions", "Place b&eside the editing program"), "Ctrl+Shift+D", check=True),
        ActionSpec("on_top", QT_TRANSLATE_NOOP("actions", "Sta&y on top"), "Ctrl+Shift+T", check=True),
        ActionSpec("theme", QT_TRANSLATE_NOOP("actions", "&Light theme"), "", check=True),
    ),
    *_menu(
        PAGES_MENU,
        ActionSpec("page_shot", QT_TRANSLATE_NOOP("actions", "&Shot"), "Ctrl+1"),
        ActionSpec("page_takes", QT_TRANSLATE_NOOP("actions", "&Takes"), "Ctrl+2"),
        ActionSpec("page_queue", QT_TRANSLATE_NOOP("actions", "&Queue"), "Ctrl+3"),
        ActionSpec("page_export", QT_TRANSLATE_NOOP("actions", "&Export"), "Ctrl+4"),
        ActionSpec("page_clips", QT_TRANSLATE_NOOP("actions", "&Clips"), "Ctrl+5"),
        ActionSpec("page_strip", QT_TRANSLATE_NOOP("actions", "Ti&meline"), "Ctrl+6"),
        ActionSpec("page_inspector", QT_TRANSLATE_NOOP("actions", "&Inspector"), "Ctrl+7"),
        ActionSpec("page_lane", QT_TRANSLATE_NOOP("actions", "&Lip lane"), "Ctrl+8"),
        ActionSpec("next_area", QT_TRANSLATE_NOOP("actions", "&Next area of the window"), "F6"),
        ActionSpec("page_float", QT_TRANSLATE_NOOP("actions", "&Pull the page out, or put it back"), "Ctrl+0"),
    ),
    *_menu(
        QT_TRANSLATE_NOOP("actions", "&Help"),
        ActionSpec("doctor", QT_TRANSLATE_NOOP("actions", "&Check this machine…"), "F2"),
        ActionSpec("help", QT_TRANSLATE_NOOP("actions", "&First dub in five steps"), "F1"),
        ActionSpec("about", QT_TRANSLATE_NOOP("actions", "&About G4G Dub"), ""),
    ),
)
# fmt: on
ACTION_BY_NAME: dict[str, ActionSpec] = {spec.name: spec for spec in ACTIONS}


def words(text: str) -> str:
    """Translate a text of the table."""
    return QCoreApplication.translate("actions", text)


def plain_words(text: str) -> str:
    """Translate a text of the table, without the mark of its key."""
    return words(text).replace("&", "")


def build_actions(
    window: QMainWindow, handlers: Mapping[str, Callable[..., object]]
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
        action.triggered.connect(_slot(handlers[spec.name], spec.check))
        menus[spec.menu].addAction(action)
        made[spec.name] = action
    return made


def _slot(handler: Callable[..., object], check: bool) -> Callable[[bool], object]:
    """Pass on whether an action is ticked, where it can be."""
    return (lambda checked: handler(checked)) if check else (lambda _: handler())


def set_shortcuts(actions: Mapping[str, QAction], changed: Mapping[str, str]) -> None:
    """Give each action its keys: the table's, or what the user chose. The tool tip names them."""
    for name, action in actions.items():
        keys = QKeySequence(
            changed.get(name, ACTION_BY_NAME[name].keys), QKeySequence.SequenceFormat.PortableText
        )
        action.setShortcut(keys)
        shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
        text = plain_words(ACTION_BY_NAME[name].text)
        action.setToolTip(f"{text} ({shown})" if shown else text)


def clash(changed: Mapping[str, str], name: str, keys: str) -> str | None:
    """Return the other action that has these keys already, None where they are free.

    Args:
        changed: keys by name of action.
        name: the action.
        keys: it is to have.
    """
    if not keys:
        return None
    for spec in ACTIONS:
        if spec.name != name and changed.get(spec.name, spec.keys) == keys:
            return spec.name
    return None
