"""The queue: what waits, what runs and how far, what became of it; order, pause, cancel, retry."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.project.job_store import JobRow

_JOB_ROLE = Qt.ItemDataRole.UserRole
_CONTENTS = QHeaderView.ResizeMode.ResizeToContents
COLUMN_WIDTH_LIMIT = 240  # pixels: a long name leaves room for what happened
TROUBLE_LINES = 6  # of a sentence that are never squeezed


def clock(seconds: float) -> str:
    """Write a time left as m:ss or h:mm:ss."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


class QueuePage(QWidget):
    """The list of jobs with its buttons."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.summary = QLabel(wordWrap=True)
        self.bar = QProgressBar(textVisible=True)
        self.bar.setAccessibleName(self.tr("Progress of the running dub"))
        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setAccessibleName(self.tr("Queue"))
        self.list.setHeaderLabels([self.tr("Shot"), self.tr("State"), self.tr("What happened")])
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for column, how in enumerate((_CONTENTS, _CONTENTS, QHeaderView.ResizeMode.Stretch)):
            self.list.header().setSectionResizeMode(column, how)
        self.list.header().setMaximumSectionSize(COLUMN_WIDTH_LIMIT)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.trouble = QLabel(
            wordWrap=True
        )  # the sentence of the failed job that is selected; the list cuts it off
        self.trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.trouble.setSizePolicy(
            QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred
        )  # a path widens nothing
        self.trouble.hide()
        self.up, self.down = QPushButton(self.tr("Earlier")), QPushButton(self.tr("Later"))
        self.stop_one, self.again = QPushButton(self.tr("Cancel")), QPushButton(self.tr("Retry"))
        self.clear = QPushButton(self.tr("Clear finished"))
        self._items: list[QTreeWidgetItem] = []
        self._rows = QVBoxLayout(self)
        for widget in (self.summary, self.bar, self.list, self.trouble):
            self._rows.addWidget(widget)
        self._buttons = QGridLayout()
        for at, button in enumerate((self.up, self.down, self.stop_one, self.again, self.clear)):
            self._buttons.addWidget(button, at // 3, at % 3)
        self._rows.addLayout(self._buttons)
        self._connect()

    def _connect(self) -> None:
        queue = self._document.queue
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.stop_one.clicked.connect(lambda: [queue.cancel(job) for job in self.chosen()])
        self.again.clicked.connect(lambda: self._document.retry(self.chosen()))
        self.clear.clicked.connect(queue.clear_finished)
        self.list.itemSelectionChanged.connect(self._enable)
        self._document.progressed.connect(self.refresh)
        self._document.changed.connect(self.refresh)
        self.refresh()

    def add_action(self, action: QAction) -> None:
        """Put a button for an action of the window beside the others."""
        button = QPushButton(action.text().replace("&", ""))
        button.setCheckable(action.isCheckable())
        button.clicked.connect(action.trigger)
        action.toggled.connect(button.setChecked)
        self._buttons.addWidget(button, 1, 2)

    def chosen(self) -> list[str]:
        """Return the jobs selected in the list."""
        return [item.data(0, _JOB_ROLE) for item in self.list.selectedItems()]

    def _move(self, by: int) -> None:
        chosen = self.chosen()
        for job in chosen if by < 0 else reversed(chosen):
            self._document.queue.move(job, by)

    def refresh(self) -> None:
        """Show the rows and the step of the running job."""
        rows = list(self._document.queue.rows.values())
        chosen = self.chosen()
        self._fit_items(rows)
        if (
            chosen and chosen != self.chosen()
        ):  # the rows have moved: the selection goes with its jobs
            self._choose(chosen)
        self._show_running()
        self.summary.setText(self._summary(rows))
        self._enable()

    def _fit_items(self, rows: list[JobRow]) -> None:
        while len(self._items) > len(rows):
            self._items.pop()
            self.list.takeTopLevelItem(len(self._items))
        while len(self._items) < len(rows):
            self._items.append(QTreeWidgetItem(self.list))
        for item, row in zip(self._items, rows, strict=True):
            texts = (self._name(row), self._state(row), self._trouble(row) or self._made(row))
            if (
                item.data(0, _JOB_ROLE) != row.job.id
                or tuple(item.text(n) for n in range(3)) != texts
            ):
                item.setData(0, _JOB_ROLE, row.job.id)
                for column, text in enumerate(texts):
                    item.setText(column, text)
                    item.setToolTip(column, text)

    def _choose(self, jobs: list[str]) -> None:
        with QSignalBlocker(self.list):
            for item in self._items:
                item.setSelected(item.data(0, _JOB_ROLE) in jobs)
            first = next((item for item in self._items if item.isSelected()), None)
            if first is not None:
                self.list.setCurrentItem(first, 0, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _name(self, row: JobRow) -> str:
        return f"{row.job.shot.clip} · {row.job.shot.name}"

    def _trouble(self, row: JobRow) -> str:
        return f"{say(row.message)} {say(row.hint)}".strip()

    def _made(self, row: JobRow) -> str:
        return row.dub.media.name if row.dub else ""

    def _state(self, row: JobRow) -> str:
        words = {
            "queued": self.tr("waiting"),
            "running": self.tr("paused") if self._document.queue.paused else self.tr("running"),
            "done": self.tr("done"),
            "delivered": self.tr("done"),
            "failed": self.tr("failed"),
            "cancelled": self.tr("cancelled"),
        }
        share = (
            f" {self._document.queue.estimate.fraction(row.job.id):.0%}"
            if row.state == "running"
            else ""
        )
        return words[row.state] + share

    def _show_trouble(self, words: str) -> None:
        """Show the sentence of the job that is selected; on a laptop the list and the summary make
        room for it.
        """
        self.trouble.setText(words)
        whole = max(self.trouble.heightForWidth(self.list.width()), 0)  # -1 without words
        self.trouble.setMinimumHeight(
            min(whole, TROUBLE_LINES * self.trouble.fontMetrics().lineSpacing())
        )
        self.trouble.setVisible(bool(words))
        self.summary.setVisible(not words or bool(self._document.queue.unfinished))

    def _show_running(self) -> None:
        step, running = self._document.queue.last_step, self._document.queue.running
        if running is None:
            self.bar.setValue(0)
            self.bar.setFormat(self.tr("nothing is running"))
            return
        self.bar.setMaximum(1000)
        self.bar.setValue(round(1000 * self._document.queue.estimate.fraction(running.job.id)))
        if step is None or step.job != running.job.id:
            self.bar.setFormat(self.tr("starting…"))
            return
        stages = {
            "faces": self.tr("finding the face"),
            "references": self.tr("choosing references"),
        }
        stage = stages.get(step.stage, self.tr("dubbing"))
        left = self._document.queue.time_left_of(running)
        words = f"{stage} {step.done}/{step.total} · {step.fps:.1f} fps"
        self.bar.setFormat(
            words
            if left is None
            else words + " · " + self.tr("{time} left").format(time=clock(left))
        )

    def _summary(self, rows: list[JobRow]) -> str:
        queue = self._document.queue.unfinished
        if not queue:
            return self._ended(rows)
        left = self._document.queue.time_left()
        words = self.tr("{count} to do").format(count=len(queue))
        if self._document.queue.paused:
            return words + " · " + self.tr("paused")
        return (
            words
            if left is None
            else words + " · " + self.tr("about {time} left").format(time=clock(left))
        )

    def _ended(self, rows: list[JobRow]) -> str:
        if not rows:
            return self.tr("The queue is empty.")
        failed = sum(row.state == "failed" for row in rows)
        if failed:
            return self.tr("{count} failed; select one and press Retry.").format(count=failed)
        return self.tr("Cancelled.") if rows[-1].state == "cancelled" else self.tr("All done.")

    def _enable(self) -> None:
        rows = [
            self._document.queue.rows[job]
            for job in self.chosen()
            if job in self._document.queue.rows
        ]
        self._show_trouble(next((words for row in rows if (words := self._trouble(row))), ""))
        waiting = any(row.state == "queued" for row in rows)
        self.up.setEnabled(waiting)
        self.down.setEnabled(waiting)
        self.stop_one.setEnabled(any(row.state in ("queued", "running") for row in rows))
        self.again.setEnabled(any(row.state in ("failed", "cancelled") for row in rows))
        self.clear.setEnabled(
            any(
                row.state in ("done", "failed", "cancelled", "delivered")
                for row in self._document.queue.rows.values()
            )
        )
