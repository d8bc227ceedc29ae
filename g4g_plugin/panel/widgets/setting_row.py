"""One setting of an inspector: label, value (slider, field, list or tick) and a dot that resets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QSpinBox,
    QToolButton,
    QWidget,
)

SLIDER_STEPS = 40  # positions of a slider: of strength, 0 to 2, .05 each
SHORTEST_LIST = 8  # letters of a list's value: the page must fit in its dock in every language


@dataclass(frozen=True, slots=True)
class Editor:
    """What shows and takes one value: the widget, how a value is put in, and what it holds now."""

    widget: QWidget
    show: Callable[[object], object]
    value: Callable[[], object]


class _CalmWheel:
    """The wheel scrolls the page; it changes a value only once that was clicked.

    No event filter: a filter in Python is asked about widgets that are being destroyed, too.
    """

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Pass the wheel on to the page, unless the value is in hand."""
        if self.hasFocus():  # type: ignore[attr-defined]
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class _List(_CalmWheel, QComboBox):
    """A list."""


class _Frames(_CalmWheel, QSpinBox):
    """A whole number."""


class _Number(_CalmWheel, QDoubleSpinBox):
    """A number."""


class _Slider(_CalmWheel, QSlider):
    """A slider."""


class SettingRow(QObject):
    """A label, an editor and the dot beside it."""

    edited = Signal(object)  # another value was chosen; a reset gives the default

    def __init__(self, text: str, help_text: str, editor: Editor, parent: QWidget) -> None:
        """Args:
        text: the label.
        help_text: said when the mouse rests on it, and to a screen reader.
        editor: shows the value; it calls `commit` when a person has changed it.
        parent: the form.
        """
        super().__init__(parent)
        self.label, self.editor = QLabel(text, parent), editor
        self.dot = QToolButton(parent)
        self.dot.setText("•")
        self.dot.setAutoRaise(True)
        self.dot.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.dot.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.dot.setAccessibleName(self.tr("Reset: {name}").format(name=text))
        self.dot.clicked.connect(self.reset)
        self.label.setBuddy(editor.widget)
        editor.widget.setAccessibleName(text)
        for widget in (self.label, editor.widget):
            widget.setToolTip(help_text)
        editor.widget.setAccessibleDescription(help_text)
        self._value: object = None
        self._default: object = None

    def place(self, grid: QGridLayout, row: int) -> None:
        """Put the row into a form."""
        for column, widget in enumerate((self.label, self.editor.widget, self.dot)):
            grid.addWidget(widget, row, column)

    def show_value(self, value: object, default: object) -> None:
        """Show a value; the dot is seen where it is not the default."""
        self._value, self._default = value, default
        self.editor.show(value)
        changed = value != default
        self.dot.setText("•" if changed else "")
        self.dot.setEnabled(changed)
        words = self.tr("Back to what a new shot gets") if changed else ""
        self.dot.setToolTip(words)

    def commit(self) -> None:
        """Tell of what a person has chosen."""
        value = self.editor.value()
        if value != self._value:
            self.edited.emit(value)

    def reset(self) -> None:
        """Go back to the default."""
        self.edited.emit(self._default)

    def set_enabled(self, on: bool) -> None:
        """Let the value be changed, or not."""
        self.label.setEnabled(on)
        self.editor.widget.setEnabled(on)
        self.dot.setEnabled(on and bool(self.dot.text()))


def choice_row(
    text: str, help_text: str, choices: Sequence[tuple[str, object]], parent: QWidget
) -> SettingRow:
    """Return a row with a list.

    Args:
        text: the label.
        help_text: what it does.
        choices: (words, value).
        parent: the form.
    """
    box = _List(parent)
    for words, value in choices:
        box.addItem(words, value)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(SHORTEST_LIST)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    show: Callable[[object], object] = lambda value: _choose(box, value)  # noqa: E731
    row = SettingRow(text, help_text, Editor(box, show, box.currentData), parent)
    box.activated.connect(row.commit)
    return row


def _choose(box: QComboBox, value: object) -> None:
    at = box.findData(value)
    if at < 0:  # an engine that is not installed here
        box.addItem(str(value), value)
        at = box.count() - 1
    box.setCurrentIndex(at)


def tick_row(text: str, help_text: str, parent: QWidget) -> SettingRow:
    """Return a row with a tick."""
    box = QCheckBox(parent)
    show: Callable[[object], object] = lambda value: box.setChecked(bool(value))  # noqa: E731
    row = SettingRow(text, help_text, Editor(box, show, box.isChecked), parent)
    box.clicked.connect(row.commit)
    return row


def frames_row(
    text: str, help_text: str, limits: tuple[int, int], parent: QWidget, suffix: str = ""
) -> SettingRow:
    """Return a row with a whole number between `limits`, both included."""
    box = _Frames(parent, minimum=limits[0], maximum=limits[1], suffix=suffix)
    _prepare(box)
    show: Callable[[object], object] = lambda value: _put(box, int(str(value)))  # noqa: E731
    row = SettingRow(text, help_text, Editor(box, show, box.value), parent)
    box.valueChanged.connect(row.commit)
    return row


def number_row(
    text: str, help_text: str, limits: tuple[float, float], parent: QWidget
) -> SettingRow:
    """Return a row with a slider and a field for a number between `limits`, both included."""
    least, most = limits
    both = QWidget(parent)
    line = QHBoxLayout(both)
    line.setContentsMargins(0, 0, 0, 0)
    slider = _Slider(Qt.Orientation.Horizontal, both)
    slider.setMaximum(SLIDER_STEPS)
    slider.setTracking(False)
    box = _Number(both, minimum=least, maximum=most, singleStep=(most - least) / 20)
    _prepare(box)
    slider.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # the field beside it is the keyboard's
    slider.setAccessibleName(text)
    box.setAccessibleName(text)
    line.addWidget(slider, 1)
    line.addWidget(box)
    both.setFocusProxy(box)
    step = (most - least) / SLIDER_STEPS

    def show(value: object) -> None:
        number = float(str(value))
        _put(slider, round((number - least) / step))
        _put(box, number)

    row = SettingRow(text, help_text, Editor(both, show, lambda: round(box.value(), 2)), parent)
    slider.sliderMoved.connect(lambda at: _put(box, least + at * step))
    slider.valueChanged.connect(lambda at: box.setValue(least + at * step))
    slider.valueChanged.connect(row.commit)
    box.valueChanged.connect(row.commit)
    return row


def text_row(text: str, help_text: str, parent: QWidget) -> SettingRow:
    """Return a row with a field for any text."""
    box = QLineEdit(parent)
    show: Callable[[object], object] = lambda value: box.setText(str(value))  # noqa: E731
    row = SettingRow(text, help_text, Editor(box, show, box.text), parent)
    box.editingFinished.connect(row.commit)
    return row


def file_row(text: str, help_text: str, unset: str, parent: QWidget) -> SettingRow:
    """Return a row with a button that asks for a file.

    Args:
        text: the label.
        help_text: what it does.
        unset: shown where no file is chosen.
        parent: the form.
    """
    button = QPushButton(parent)
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    held: list[Path | None] = [None]

    def show(value: object) -> None:
        held[0] = value if isinstance(value, Path) else None
        button.setText(unset if held[0] is None else held[0].name)

    row = SettingRow(text, help_text, Editor(button, show, lambda: held[0]), parent)

    def ask() -> None:
        path, _ = QFileDialog.getOpenFileName(parent, text, str(held[0] or ""))
        if path:
            held[0] = Path(path)
            row.commit()

    button.clicked.connect(ask)
    return row


def _prepare(box: QAbstractSpinBox) -> None:
    box.setKeyboardTracking(False)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


def _put(box: QSpinBox | QDoubleSpinBox | QSlider, value: float) -> None:
    """Show a value without telling of it."""
    box.blockSignals(True)
    box.setValue(value)  # type: ignore[arg-type]
    box.blockSignals(False)
