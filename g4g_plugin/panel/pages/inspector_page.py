"""The inspector: everything that is decided about the selected shot beside its take, row by row."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.decisions import FaceChoice, ShotSettings
from g4g_plugin.panel.pages.range_editor import RangeEditor
from g4g_plugin.panel.pages.shot_controls import label_of, setting_rows
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.state.picture_cache import PictureCache
from g4g_plugin.panel.viewer.viewer import Viewer
from g4g_plugin.panel.widgets.channel_box import ChannelBox
from g4g_plugin.panel.widgets.setting_row import Editor, SettingRow, frames_row
from g4g_plugin.project.decisions import Decisions

START_FRAMES_MOST = 100_000  # frames a line may begin before or after the shot's first


class InspectorPage(QWidget):
    """A form for the shot: the line's place, channel and face, every setting, ranges.

    What is changed here holds for the selected clips; the values of *Edit > Settings* are only what
    a new shot begins with.
    """

    def __init__(
        self,
        document: Document,
        viewer: Viewer,
        pictures: PictureCache,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._viewer, self._pictures = document, viewer, pictures
        self._inside = QWidget()
        self.title = QLabel(wordWrap=True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.line = QComboBox()
        self.line.setAccessibleName(self.tr("Line"))
        self.rows = self._line_rows() | setting_rows(self._inside)
        self.like = QComboBox()
        self.like.setAccessibleName(self.tr("Decide as in a version"))
        self.ranges = RangeEditor(document, viewer.transport, self)
        self._build()
        self._connect()
        self.refresh()

    def _line_rows(self) -> dict[str, SettingRow]:
        """Return the rows that are about the line and not the shot."""
        inside = self._inside
        at = frames_row(
            self.tr("Begins at frame"),
            self.tr("The frame of the shot with which the line begins; negative: before the cut."),
            (-START_FRAMES_MOST, START_FRAMES_MOST),
            inside,
        )
        self.channel = ChannelBox(inside)
        show = lambda channel: self.channel.show_channels(self._counted(), channel)  # noqa: E731
        channel = SettingRow(
            self.tr("Channel"),
            self.tr("Which channel of the file is heard."),
            Editor(self.channel, show, self.channel.currentData),
            inside,
        )
        self.channel.activated.connect(channel.commit)
        self.face = QPushButton(inside)
        face = SettingRow(
            self.tr("Face"),
            self.tr("Whose mouth moves. Press it and click the face, or S for the next one."),
            Editor(self.face, self._show_face, lambda: None),
            inside,
        )
        self.face.clicked.connect(lambda: self._viewer.pick.setChecked(True))
        return {"at": at, "channel": channel, "face": face}

    def _build(self) -> None:
        rows = QVBoxLayout(self._inside)
        rows.addWidget(self.title)
        rows.addWidget(self.line)
        self.grid = QGridLayout()
        self.grid.setVerticalSpacing(4)
        self.grid.setColumnStretch(1, 1)
        for at, row in enumerate(self.rows.values()):
            row.place(self.grid, at)
        rows.addLayout(self.grid)
        rows.addWidget(self.like)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        rows.addWidget(line)
        rows.addWidget(
            QLabel(self.tr("Ranges (in and out marks fill the frames in)"), wordWrap=True)
        )
        rows.addWidget(self.ranges)
        rows.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def _connect(self) -> None:
        for name, row in self.rows.items():
            row.edited.connect(partial(self._edited, name))
        self.line.activated.connect(self.refresh)
        self.like.activated.connect(self._like)
        self._document.selection_changed.connect(self._another)
        self._document.changed.connect(self.refresh)
        self._pictures.arrived.connect(self.refresh)

    # What is there

    def _another(self) -> None:
        self.line.setCurrentIndex(0)
        self.refresh()

    def refresh(self) -> None:
        """Show what is decided about the first selected clip."""
        clip, given = self._document.clip, self._document.decisions(self._document.clip)
        for row in self.rows.values():
            row.set_enabled(given is not None)
        for widget in (self.ranges, self.like):
            widget.setEnabled(given is not None)
        self.title.setText(self._title(clip, given))
        self._show_lines(given)
        if given is not None:
            self._show(given)
        self._show_versions()
        self.ranges.refresh()

    def _title(self, clip: str | None, given: Decisions | None) -> str:
        slot = self._document.slot
        if clip is None or slot is None:
            return self.tr("No clip is selected.")
        if given is None:
            return self.tr("{clip} has no take: drop an audio file on it.").format(clip=clip)
        more = len(self._document.selection) - 1
        words = self.tr("  (and {count} more)").format(count=more) if more else ""
        return f"{clip} · {slot.name}{words}"

    def _show_lines(self, given: Decisions | None) -> None:
        names = [line.take.label or line.take.audio.name for line in given.lines] if given else []
        if names != [self.line.itemText(at) for at in range(self.line.count())]:
            self.line.clear()
            self.line.addItems(names)
        self.line.setVisible(len(names) > 1)

    def _number(self) -> int:
        return max(self.line.currentIndex(), 0)

    def _show(self, given: Decisions) -> None:
        line = given.lines[min(self._number(), len(given.lines) - 1)]
        default = self._document.default_settings()
        values: dict[str, object] = {"at": line.at, "channel": line.take.channel, "face": line.face}
        usual: dict[str, object] = {"at": 0, "channel": None, "face": None}
        for field in fields(ShotSettings):
            values[field.name] = getattr(given.settings, field.name)
            usual[field.name] = getattr(default, field.name)
        for name, row in self.rows.items():
            row.show_value(values[name], usual[name])

    def _counted(self) -> int:
        given = self._document.decisions(self._document.clip)
        if given is None:
            return 0
        return self._pictures.channels(given.lines[self._number()].take.audio)

    def _show_face(self, face: object) -> None:
        words = self.tr("found by itself")
        if isinstance(face, FaceChoice):
            words = self.tr("at {x:.0f}, {y:.0f}").format(x=face.x, y=face.y)
        self.face.setText(words)

    def _show_versions(self) -> None:
        count = len(self._document.versions(self._document.clip))
        self.like.setVisible(count > 0)
        if self.like.count() != count + 1:
            self.like.clear()
            self.like.addItem(self.tr("Decide as in a version…"), -1)
            for at in range(count):
                self.like.addItem(self.tr("as in v{number:03d}").format(number=at + 1), at)
        self.like.setCurrentIndex(0)

    # What is done

    def _edited(self, name: str, value: object) -> None:
        document, number = self._document, self._number()
        given = document.decisions(document.clip)
        if given is None:
            return
        if name == "at":
            document.place_line(number, int(str(value)))
        elif name == "channel":
            self._change_line(number, take=replace(given.lines[number].take, channel=value))
        elif name == "face":
            self._change_line(number, face=None)
        else:
            text = self.tr("change: {name}").format(name=label_of(name))
            document.change_shot(text, None, **{name: value})

    def _change_line(self, number: int, **changes: object) -> None:
        given, clip = self._document.decisions(self._document.clip), self._document.clip
        if given is not None and clip is not None:
            text = self.tr("change the line")
            self._document.assign({clip: given.with_line(number, **changes)}, text)

    def _like(self) -> None:
        self._document.decide_like(self.like.currentData())
