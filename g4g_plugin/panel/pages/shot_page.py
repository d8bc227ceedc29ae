"""The shot: will it work, what came of it, and the versions that were made of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from g4g_plugin.core.assessment import RATING_WORDS
from g4g_plugin.core.errors import G4GError
from g4g_plugin.core.shot import Dub
from g4g_plugin.core.time import timecode
from g4g_plugin.core.words import tr
from g4g_plugin.panel.i18n.words import say
from g4g_plugin.panel.state.document import Document
from g4g_plugin.panel.widgets.focus import activate_on_enter
from g4g_plugin.panel.widgets.style import LIGHT_COLOURS, state_sign, state_text
from g4g_plugin.project.pictures import check_shot

if TYPE_CHECKING:
    from g4g_plugin.project.pictures import Remark

# render/sync_score.py's: importing it would bring the stage rooms along when the window opens
CLEAR_LEAD = 0.05
_INDEX_ROLE = Qt.ItemDataRole.UserRole


class ShotPage(QWidget):
    """What is known of the selected shot."""

    compared = Signal(object)  # a Dub to hold against the version in use, or None

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.remarks: list[Remark] = []
        self._examined_for: object = None
        self._busy = False  # the shot is being looked at
        self._shown_versions: tuple[str, int, int] = (
            "",
            -1,
            0,
        )  # clip, version in use, versions, as they were last shown
        self.title = QLabel(wordWrap=True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.lights = QLabel(wordWrap=True)
        self.lights.setAccessibleName(self.tr("Will this shot work?"))
        self.look = QPushButton(self.tr("Look at the shot"))
        self.versions = QListWidget()
        self.versions.setAccessibleName(self.tr("Versions"))
        self.versions.setFixedHeight(96)
        self.facts = QLabel(wordWrap=True)
        self.facts.setToolTip(
            self.tr(
                "Confidence: how sure the sync expert is that lips and sound belong together, -1 to 1."
            )
            + " "
            + self.tr("Compare before with after; it differs from shot to shot.")
        )
        self.facts.setAccessibleDescription(self.facts.toolTip())
        self.facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.use = QPushButton(self.tr("Use"))
        self.revert = QPushButton(self.tr("Original"))
        self.delete = QPushButton(self.tr("Delete…"))
        self.compare = QCheckBox(self.tr("Compare it with the one in use"))
        self._build()
        self._connect()
        self.refresh()

    def _build(self) -> None:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.addWidget(self.title)
        rows.addWidget(self.lights)
        rows.addWidget(self.look)
        rows.addWidget(QLabel(self.tr("Versions")))
        rows.addWidget(self.versions)
        grid = QGridLayout()
        for at, button in enumerate((self.use, self.revert, self.delete)):
            grid.addWidget(button, 0, at)
        grid.addWidget(self.compare, 1, 0, 1, 3)
        rows.addLayout(grid)
        rows.addWidget(self.facts)
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

    def _connect(self) -> None:
        self.look.clicked.connect(self.examine)
        self.use.clicked.connect(self._use)
        self.revert.clicked.connect(self._document.revert_selection)
        self.delete.clicked.connect(self._delete)
        self.versions.itemSelectionChanged.connect(self._picked)
        self.versions.itemDoubleClicked.connect(lambda _: self._use())
        activate_on_enter(self.versions, self._use)
        self.compare.toggled.connect(self._compare)
        self._document.selection_changed.connect(self._another)
        self._document.changed.connect(self.refresh)

    def _another(self) -> None:
        self.remarks, self._examined_for = [], None
        self.compare.setChecked(False)
        self.refresh()

    def refresh(self) -> None:
        """Show the selected clip as it stands."""
        clip, slot = self._document.clip, self._document.slot
        self.setEnabled(clip is not None)
        if clip is None or slot is None:
            self.title.setText(self.tr("No clip is selected."))
            return
        state = self._document.state(clip)
        span = slot.source
        more = len(self._document.selection) - 1
        lines = [
            f"{clip} · {slot.name}"
            + (self.tr("  (and {count} more)").format(count=more) if more else ""),
            f"{state_sign(state)} {state_text(state)}".strip(),
            self.tr("{count} frames at {rate:.6g} fps from {tc}").format(
                count=span.count,
                rate=float(span.rate),
                tc=timecode(span.first, span.rate, slot.drop),
            ),
            self._document.problem(clip),
        ]
        self.title.setText("\n".join(line for line in lines if line))
        self._show_remarks()
        self._show_versions(clip)

    # Before

    def examine(self) -> None:
        """Look at the shot in the background."""
        slot, given = self._document.slot, self._document.decisions(self._document.clip)
        if slot is None or slot.media is None or slot.blocked or self._busy:
            return
        self._busy = True
        self.look.setText(self.tr("Looking…"))  # a button that is greyed gives the keyboard away
        key = self._examined_for = (slot, given)

        def work() -> list[Remark]:
            if given is None:
                return check_shot(slot, None, "exact", None)
            return check_shot(slot, given.take, given.fit, given.face)

        self._document.looks.ask(
            work, lambda remarks: self._examined(key, remarks), self._not_examined
        )

    def _examined(self, key: object, remarks: list[Remark]) -> None:
        self._ready()
        if key == self._examined_for:
            self.remarks = remarks
            self._show_remarks()

    def _not_examined(self, error: BaseException) -> None:
        self._ready()
        self._document.report(error)

    def _ready(self) -> None:
        self._busy = False
        self.look.setText(self.tr("Look at the shot"))

    def _show_remarks(self) -> None:
        if not self.remarks:
            self.lights.setText(self.tr("Not looked at yet: face, take, level, silence."))
            return
        lines = []
        for remark in self.remarks:
            colour, sign = LIGHT_COLOURS[remark.light]
            lines.append(f'<span style="color:{colour}">{sign}</span> {say(remark.sentence)}')
        self.lights.setTextFormat(Qt.TextFormat.RichText)
        self.lights.setText("<br>".join(lines))

    # Versions

    def _show_versions(self, clip: str) -> None:
        project, stack = self._document.project, self._document.versions(clip)
        used = project.chosen.get(clip, -1) if project else -1
        row = self.versions.currentRow()
        if self._shown_versions[0] != clip or (
            used >= 0 and self._shown_versions != (clip, used, len(stack))
        ):
            row = used  # another clip, or another version in use: that one is told of
        self._shown_versions = (clip, used, len(stack))
        self.versions.blockSignals(True)
        self.versions.clear()
        for at, dub in enumerate(stack):
            gone = not dub.media.is_file()
            words = self.tr("{name} (the file is gone)") if gone else "{name}"
            words = ("✓ " if at == used else "   ") + words.format(name=dub.media.name)
            item = QListWidgetItem(words)
            item.setData(_INDEX_ROLE, at)
            item.setToolTip(str(dub.media))
            self.versions.addItem(item)
        self.versions.setCurrentRow(row if 0 <= row < len(stack) else used)
        self.versions.blockSignals(False)
        self.revert.setEnabled(used >= 0)
        self._picked()

    def _at(self) -> int:
        item = self.versions.currentItem()
        return -1 if item is None else int(item.data(_INDEX_ROLE))

    def _dub(self) -> Dub | None:
        at, stack = self._at(), self._document.versions(self._document.clip)
        return stack[at] if 0 <= at < len(stack) else None

    def _picked(self) -> None:
        dub = self._dub()
        for button in (self.use, self.delete, self.compare):
            button.setEnabled(dub is not None)
        self.facts.setText("" if dub is None else self._facts(dub))
        if self.compare.isChecked():
            self._compare(True)

    def _verdict(self, dub: Dub) -> list[str]:
        """Show how good a dub is, what speaks against it, and whose mouth was moved."""
        said = dub.assessment
        if said is None:
            return []
        lines = [
            self.tr("Verdict: {rating}, {percent:.0f} % of the speech dubbed").format(
                rating=say(RATING_WORDS[said.rating]), percent=100 * said.coverage.share
            )
        ]
        for finding in said.findings:
            first = min((s.first for s in finding.frames), default=None)
            place = "" if first is None else f" ({timecode(first, dub.available.rate)})"
            lines.append(f"– {say(finding.words)}{place}")
        faces = [line.face for line in dub.lines if line.face is not None]
        return lines + [
            self.tr("Dubbed: {face}").format(face=say(f.words)) for f in faces if f.faces > 1
        ]

    def _facts(self, dub: Dub) -> str:
        lines = [
            *self._verdict(dub),
            self.tr("{dubbed} frames dubbed, {kept} kept as they were").format(
                dubbed=dub.frames_dubbed, kept=dub.frames_kept
            ),
            self.tr("Engine {engine}, fit {fit}, take {take}").format(
                engine=dub.engine, fit=dub.shot.fit, take=dub.shot.take.audio.name
            ),
        ]
        if dub.origin is not None:
            asked = dub.origin.settings
            lines.append(
                self.tr(
                    "Renderer {renderer}, strength {strength:g}, lips {offset:+d} frames"
                ).format(
                    renderer=dub.renderer or asked.renderer,
                    strength=asked.strength,
                    offset=asked.lip_offset,
                )
            )
        if dub.weights:
            lines.append(self.tr("Weights {digest}…").format(digest=dub.weights[:12]))
        return "\n".join(lines + self._sync(dub))

    def _sync(self, dub: Dub) -> list[str]:
        """Show how well lips and sound fit, before and after; why not, where there are no figures."""
        if not dub.sync and not dub.unjudged:
            return [self.tr("Sync: not measured for this dub.")]
        sides = (("before", self.tr("Sync before")), ("after", self.tr("Sync after")))
        return [f"{words}: {self._figures(dub, side)}" for side, words in sides]

    def _figures(self, dub: Dub, side: str) -> str:
        confidence, offset = dub.sync.get(f"confidence_{side}"), dub.sync.get(f"offset_ms_{side}")
        if confidence is None or offset is None:
            return QCoreApplication.translate("sync", dub.unjudged.get(side, "")) or self.tr(
                "no figure."
            )
        if not offset:
            late = self.tr("sound in time")
        elif offset > 0:
            late = self.tr("sound {ms:.0f} ms late").format(ms=offset)
        else:
            late = self.tr("sound {ms:.0f} ms early").format(ms=-offset)
        if dub.sync.get(f"lead_{side}", 0.0) < CLEAR_LEAD:
            late = self.tr("{late} (a guess)").format(late=late)
        return self.tr("confidence {value:.2f}, {late}").format(value=confidence, late=late)

    def _use(self) -> None:
        if self._document.clip and self._at() >= 0:
            self._document.choose_version(self._document.clip, self._at())

    def _compare(self, on: bool) -> None:
        self.compared.emit(self._dub() if on else None)

    def _delete(self) -> None:
        dub, clip, at = self._dub(), self._document.clip, self._at()
        if dub is None or clip is None:
            return
        words = self.tr("Delete {name} from the disk? That cannot be undone.").format(
            name=dub.media.name
        )
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        if QMessageBox.question(self, self.tr("Delete a version"), words, yes | no, no) != yes:
            return
        self._document.remove_version(clip, at)
        self._document.files.ask(lambda: _remove(dub.media), lambda _: None)


def _remove(media: Path) -> None:
    try:
        for path in (
            media,
            *media.parent.glob(f"{media.name}.*"),
        ):  # the sidecars of provenance lie beside it
            path.unlink(missing_ok=True)
    except OSError as err:
        raise G4GError(
            "{media} cannot be deleted: {err}.",
            tr("Close programs that play it."),
            media=media,
            err=err,
        ) from err
