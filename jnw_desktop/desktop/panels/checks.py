"""The checks: run them, go through what they found, mend it or let it stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import qtawesome
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.checks.findings import SEVERITIES, Finding, Preview, Report, Tally
from jnw_desktop.language import _

SHOWN = 300  # findings of each check that are listed; all are counted, mended and exported
FOUND = Qt.ItemDataRole.UserRole
COLOURS = {"error": "#c0392b", "warning": "#d68910", "notice": "#2471a3"}
ICONS = {"error": "fa5s.times-circle", "warning": "fa5s.exclamation-triangle", "notice": "fa5s.info-circle"}


class ChecksPanel(QWidget):
    """Made with a session; what was found stays until the next run, and says when the data has changed since."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._report: Report | None = None
        self._where = ""
        self.run_button = QPushButton(_("Check everything"))
        self.changed_button = QPushButton(_("Check what changed"))
        self.changed_button.setToolTip(_("Only what was changed since the last check, and its neighbours"))
        self.severity = QComboBox()
        self.severity.addItem(_("All severities"), "")
        for name, title in SEVERITIES.items():
            self.severity.addItem(_(title), name)
        self.text = QLineEdit(placeholderText=_("Check, code or words"), clearButtonEnabled=True)
        self.summary = QLabel(wordWrap=True)
        self.tree = _tree()
        self.detail = QLabel(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.mend_button = QPushButton(_("Mend…"))
        self.waive_button = QPushButton(_("Let stand…"))
        self.export_button = QPushButton(_("Export…"))
        self._lay_out()
        self.run_button.clicked.connect(self.run)
        self.changed_button.clicked.connect(self._run_changed)
        self.severity.currentIndexChanged.connect(self._fill)
        self.text.textChanged.connect(self._fill)
        self.tree.itemExpanded.connect(self._expand)
        self.tree.currentItemChanged.connect(self._pick)
        self.mend_button.clicked.connect(self._preview)
        self.waive_button.clicked.connect(self._ask_reason)
        self.export_button.clicked.connect(self._ask_file)
        self._fill()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        top = QGridLayout()
        top.addWidget(self.run_button, 0, 0)
        top.addWidget(self.changed_button, 0, 1)
        top.addWidget(self.severity, 1, 0)
        top.addWidget(self.text, 1, 1)
        layout.addLayout(top)
        layout.addWidget(self.summary)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.detail)
        bottom = QHBoxLayout()
        for button in (self.mend_button, self.waive_button, self.export_button):
            bottom.addWidget(button)
        layout.addLayout(bottom)

    # -- running -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Another workspace was opened, or this one was changed."""
        self._session.ask("workspace.info", self._look)

    def _look(self, info: dict[str, Any]) -> None:
        if info["workspace"] != self._where:
            self._where, self._report = info["workspace"], None
            self._fill()
        elif self._report is not None:
            self._session.ask("workspace.history", self._note_changes, limit=1)

    def _note_changes(self, history: list[Any]) -> None:
        if self._report is not None and history and history[0].id != self._report.change:
            self.summary.setText(f"{self._told()} {_('The data has changed since.')}")

    def run(self) -> None:
        """Check everything."""
        self._session.run(_("Check the data"), "checks.run", self.show_report, limit=SHOWN)

    def _run_changed(self) -> None:
        if self._report is not None:
            title = _("Check what changed")
            self._session.run(title, "checks.run", self.show_report, limit=SHOWN, since=self._report.change)

    def show_report(self, report: Report) -> None:
        """List what was found."""
        self._report = report
        self._fill()

    # -- listing -----------------------------------------------------------------------------------------------------

    def _told(self) -> str:
        if self._report is None:
            return _("Nothing was checked yet. Check everything to begin.")
        total = sum(self._report.counts.values())
        if not total:
            return _("Nothing was found.")
        return _("{count} findings; {waived} are let stand.").format(count=f"{total:,}", waived=self._report.waived)

    def _fill(self) -> None:
        self.tree.blockSignals(True)
        self.tree.clear()
        for tally in self._report.tallies if self._report else ():
            if self.severity.currentData() in ("", tally.severity) and self._those(tally):
                item = QTreeWidgetItem([_(tally.title), f"{tally.count:,}"])
                item.setIcon(0, qtawesome.icon(ICONS[tally.severity], color=COLOURS[tally.severity]))
                item.setToolTip(0, _(SEVERITIES[tally.severity]))
                item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
                item.setData(0, FOUND, tally)
                item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
                self.tree.addTopLevelItem(item)
        self.tree.blockSignals(False)
        self.summary.setText(self._told())
        self.changed_button.setEnabled(self._report is not None)
        self.export_button.setEnabled(bool(self._report and self._report.counts))
        self._pick(None)

    def _those(self, tally: Tally) -> list[Finding]:
        """The findings of a check that the filter lets through."""
        words = self.text.text().strip().casefold()
        findings = [one for one in self._report.findings if one.rule == tally.rule] if self._report else []
        if words in _(tally.title).casefold():
            return findings
        return [one for one in findings if words in f"{one.code}\n{one.message}".casefold()]

    def _expand(self, item: QTreeWidgetItem) -> None:
        tally = item.data(0, FOUND)
        if item.childCount() or not isinstance(tally, Tally):
            return
        for finding in self._those(tally):
            line = QTreeWidgetItem([f"{finding.code or '–'}  {finding.message}"])
            line.setToolTip(0, finding.message)
            line.setData(0, FOUND, finding)
            item.addChild(line)
            line.setFirstColumnSpanned(True)
        if tally.count > SHOWN:
            more = QTreeWidgetItem([_("… the first {count} are listed").format(count=SHOWN)])
            more.setDisabled(True)
            item.addChild(more)

    # -- what is chosen ----------------------------------------------------------------------------------------------

    def _chosen(self) -> tuple[Tally | None, Finding | None]:
        """The check that is chosen, and of its findings one."""
        item = self.tree.currentItem()
        if item is None:
            return None, None
        value, above = item.data(0, FOUND), item.parent()
        if isinstance(value, Finding) and above is not None:
            return above.data(0, FOUND), value
        return (value, None) if isinstance(value, Tally) else (None, None)

    def _pick(self, _item: QTreeWidgetItem | None) -> None:
        tally, finding = self._chosen()
        self.mend_button.setEnabled(tally is not None and tally.mendable)
        self.waive_button.setEnabled(finding is not None and finding.uid is not None)
        self.detail.setText(finding.message if finding is not None else "")
        self.detail.setVisible(finding is not None)
        shown = [finding] if finding is not None else self._those(tally) if tally is not None else []
        self._session.show("findings", [shapely.Point(one.at).wkb for one in shown if one.at is not None])
        if finding is not None and finding.kind and finding.uid:
            self._session.select(finding.kind, finding.uid, fly=True)

    def _preview(self) -> None:
        tally, finding = self._chosen()
        if tally is None:
            return
        uids = [finding.uid] if finding is not None else None

        def decide(edits: Preview) -> None:
            if not edits.count:
                self._session.tell(_("Nothing of this can be mended safely; put it right by hand."))
            elif MendDialog(_(tally.title), edits, self).exec() == QDialog.DialogCode.Accepted:
                self._session.run(_(tally.title), "checks.mend", lambda _change: self.run(), rule=tally.rule, uids=uids)

        self._session.run(_("What would be mended"), "checks.preview", decide, rule=tally.rule, uids=uids)

    def _ask_reason(self) -> None:
        _tally, finding = self._chosen()
        if finding is None:
            return
        reason, agreed = QInputDialog.getText(self, _("Let stand"), _("Why is it right as it is?"))
        if agreed and reason.strip():
            self._session.ask(
                "checks.waive",
                lambda _change: self._drop(finding),
                rule=finding.rule,
                uids=[finding.uid],
                reason=reason,
            )

    def _drop(self, finding: Finding) -> None:
        """Take a finding that was let stand out of the list; no other can have changed."""
        if self._report is None:
            return
        same = [one for one in self._report.findings if (one.rule, one.uid) == (finding.rule, finding.uid)]
        left = [one for one in self._report.findings if one not in same]
        less = [
            replace(tally, count=tally.count - len(same)) if tally.rule == finding.rule else tally
            for tally in self._report.tallies
        ]
        tallies = [tally for tally in less if tally.count]
        waived = self._report.waived + len(same)
        self.show_report(replace(self._report, findings=left, tallies=tallies, waived=waived))

    def _ask_file(self) -> None:
        file, _filter = QFileDialog.getSaveFileName(self, _("Export findings"), "", "CSV (*.csv)")
        if file:
            done = lambda count: self._session.tell(_("{count} findings are in {file}.").format(count=count, file=file))  # noqa: E731
            self._session.run(_("Export findings"), "checks.export", done, file=file)


class MendDialog(QDialog):
    """What a mend will do, line by line, before it is done."""

    def __init__(self, title: str, edits: Preview, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Mend: {rule}").format(rule=title))
        form = forms.fill(self, "mend")
        self.lines = form.part("lines", QListWidget)
        self.lines.addItems(edits.lines)
        if edits.count > len(edits.lines):
            self.lines.addItem(_("  … and {count} more").format(count=edits.count - len(edits.lines)))
        told = _("{count} changes will be made as one step, which can be undone.").format(count=edits.count)
        form.part("told", QLabel).setText(told)
        buttons = form.part("buttons", QDialogButtonBox)
        self.agree = buttons.addButton(_("Mend"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)


def _tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels([_("Check"), _("Count")])
    tree.setUniformRowHeights(True)
    tree.header().setStretchLastSection(False)
    tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return tree
