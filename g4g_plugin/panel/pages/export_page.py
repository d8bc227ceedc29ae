"""Export: where to, which codec, what the target format cannot carry, and the duty to say that
speech was altered.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.formats import Format, formats
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.project.choices import codec_names
from g4g_plugin.project.export import Exported, Written, export_timeline


class ExportPage(QWidget):
    """Writes the revised timeline with every dub in use."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.written: Written | None = None
        self._busy = False  # it is being written
        self.others: list[Path] = []  # what was written beside it
        self.folder = QLineEdit()
        self.folder.setAccessibleName(self.tr("Folder for the dubs and the timeline"))
        self.browse = QPushButton(self.tr("Choose…"))
        self.codec = QComboBox()
        self.codec.setAccessibleName(self.tr("Delivery codec of the next dubs"))
        self.codec.addItems(codec_names())
        self.target = QComboBox()
        self.target.setAccessibleName(self.tr("Format written beside OpenTimelineIO"))
        self.keep = QCheckBox(self.tr("Leave the original dialogue switched on"))
        self.zero = QCheckBox(self.tr("Also a copy that counts from frame 0 (Kdenlive, Shotcut)"))
        self.losses, self.duty = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.summary, self.result = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.button = QPushButton(self.tr("Export the dubbed timeline"))
        self.show_folder = QPushButton(self.tr("Show in folder"))
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        grid = QGridLayout()
        line = QHBoxLayout()
        line.addWidget(self.folder, 1)
        line.addWidget(self.browse)
        label = QLabel(self.tr("Folder"))
        label.setBuddy(self.folder)
        grid.addWidget(label, 0, 0)
        grid.addLayout(line, 0, 1)
        boxes = ((self.tr("Codec of new shots"), self.codec), (self.tr("Also as"), self.target))
        for row, (text, widget) in enumerate(boxes, 1):
            label = QLabel(text)
            label.setBuddy(widget)
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
        rows.addLayout(grid)
        texts = (self.losses, self.duty, self.summary)
        for widget in (self.keep, self.zero, *texts, self.button, self.result, self.show_folder):
            rows.addWidget(widget)
        rows.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(
            Qt.FocusPolicy.NoFocus
        )  # page up and down reach it from what is inside
        scroll.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        self.duty.setText(
            self.tr(
                "Altered speech must be disclosed: in the EU (AI Act, article 50) and elsewhere viewers must be told. "
                "Each dub carries the mark in its metadata and a sidecar file; say it in the credits too, and have "
                "the speaker's consent."
            )
        )
        self.show_folder.hide()

    def _connect(self) -> None:
        self.browse.clicked.connect(self._browse)
        self.folder.editingFinished.connect(self._moved)
        self.codec.activated.connect(self._coded)
        self.target.activated.connect(self._show_losses)
        self.button.clicked.connect(self.export)
        self.show_folder.clicked.connect(self._show_folder)
        self._document.opened.connect(self._opened)
        self._document.changed.connect(self.refresh)

    def _opened(self) -> None:
        self.result.clear()
        self.show_folder.hide()
        self.written = None

    def refresh(self) -> None:
        """Show folder, codec and how much there is to export."""
        project = self._document.project
        self.setEnabled(project is not None)
        self.codec.setCurrentText(self._document.settings.shot.codec)
        if project is None:
            return
        if not self.folder.hasFocus():
            self.folder.setText(str(project.out))
        if self.target.count() == 0:
            self._fill_targets()
        dubs = len(self._document.dubs())
        self.button.setEnabled(dubs > 0)
        stale = sum(project.stale(clip) for clip in project.versions)
        words = self.tr("Dubbed clips in the new timeline: {count}.").format(count=dubs)
        if stale:
            words += " " + self.tr(
                "Of these, say an older take: {count}. Dub them again first."
            ).format(count=stale)
        self.summary.setText(words)

    def _fill_targets(self) -> None:
        for entry in formats():
            alone = self.tr("OpenTimelineIO alone")
            self.target.addItem(alone if entry.always_written else entry.name, entry)
        self._show_losses()

    def _show_losses(self) -> None:
        entry: Format | None = self.target.currentData()
        if entry is None:
            return
        if entry.always_written:
            words = self.tr("OpenTimelineIO carries everything.")
        elif not entry.writes:
            words = self.tr(
                "{name} is read, but not written: {lost}. Deliver OpenTimelineIO or an EDL."
            )
        elif not entry.ready:
            words = self.tr("Writing {name} needs the package {package}, which is not installed.")
        elif not entry.loses:
            words = self.tr("A file in {name} is written too. What it cannot carry is not known.")
        else:
            words = self.tr("A file in {name} is written too. It cannot carry: {lost}.")
        lost = "; ".join(say(loss) for loss in entry.loses)
        self.losses.setText(words.format(name=entry.name, lost=lost, package=entry.package))

    def _also(self) -> Format | None:
        """Return the format to write beside OpenTimelineIO, None where there is none or it cannot
        be written.
        """
        entry: Format | None = self.target.currentData()
        if entry is None or entry.always_written or not (entry.writes and entry.ready):
            return None
        return entry

    def _browse(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self, self.tr("Folder for the dubs"), self.folder.text()
        )
        if path:
            self.folder.setText(path)
            self._moved()

    def _moved(self) -> None:
        project = self._document.project
        text = self.folder.text().strip()
        if project is not None and text and Path(text) != project.out:
            self._document.move_to(Path(text).absolute())

    def _coded(self) -> None:
        self._document.set_settings(
            self._document.settings.with_shot(codec=self.codec.currentText())
        )

    # Writing

    def export(self) -> None:
        """Write the timeline in the background."""
        service = self._document.service
        if service is None or not self._document.dubs():
            self._document.failed.emit(
                self.tr("Nothing has been dubbed yet."), self.tr("Dub a clip first.")
            )
            return
        gone = [dub.media.name for dub in self._document.dubs() if not dub.media.is_file()]
        if gone:
            self._document.failed.emit(
                self.tr("The dub {name} is gone from the disk.").format(name=gone[0]),
                self.tr("Dub the shot again, or choose another version on the page Shot."),
            )
            return
        if self._busy:
            return
        keep, zero = self.keep.isChecked(), self.zero.isChecked()
        also = self._also()
        self._busy = True  # the button is not greyed: it would give the keyboard away
        self.result.setText(self.tr("Writing…"))

        def write() -> Exported:
            return export_timeline(service, keep, also, zero)

        self._document.files.ask(write, self._done, self._broken)

    def _done(self, exported: Exported) -> None:
        written, others = exported.written, exported.others
        self.written, self.others = written, list(others)
        if exported.error is not None:
            self._document.report(exported.error)
        self._busy = False
        self.show_folder.show()
        words = self.tr(
            "For your editing program: {dubbed}\nProject with originals and versions: {project}"
        )
        lines = [words.format(dubbed=written.dubbed.name, project=written.project.name)]
        lines += [self.tr("Also written: {name}").format(name=path.name) for path in others]
        self.result.setText("\n".join(lines))
        self._document.status_changed.emit(
            self.tr("{name} has been written.").format(name=written.dubbed.name)
        )

    def _broken(self, error: BaseException) -> None:
        self._busy = False
        self.result.clear()
        self._document.report(error)

    def _show_folder(self) -> None:
        if self.written is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.written.dubbed.parent)))
