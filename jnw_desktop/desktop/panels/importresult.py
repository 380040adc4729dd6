"""What an import did, or would do: counts, topology, what was refused and why, what differs; and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop.panels.samplerows import shown
from jnw_desktop.exchange.differences import Difference, field_title, title
from jnw_desktop.exchange.outcomes import Imported
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import N_, _
from jnw_desktop.workspace.tables import GEOMETRY

FACILITY = Qt.ItemDataRole.UserRole  # (kind, code) of a row
TOPOLOGY = {
    "ends_joined": N_("Ends of pipes joined"),
    "nodes_made": N_("Nodes made"),
    "nodes_replaced": N_("Nodes taken over"),
    "pipes_split": N_("Pipes cut"),
    "pieces_added": N_("Pieces added"),
    "unconnected": N_("Facilities on no pipe"),
    "named_elsewhere": N_("Ends named that lie elsewhere"),
}


class ImportResult(QWidget):
    """Stays until the next. Emits ``picked(kind, code)``, ``zoom(extent)`` and ``undo(change)``."""

    picked = Signal(str, str)
    zoom = Signal(object)
    undo = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._done: Imported | None = None
        self.summary = QLabel(_("Nothing was tried or brought in yet."), wordWrap=True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.tree = QTreeWidget()
        self.tree.setHeaderLabels([_("What"), _("Count or change")])
        self.tree.setAccessibleName(_("Result"))
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(14)
        self.tree.header().setStretchLastSection(False)
        for section in (0, 1):
            self.tree.header().setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
        self.tree.itemActivated.connect(self._pick)
        self.tree.itemClicked.connect(self._pick)
        self.open_rejects = QPushButton(_("Open the rows that do not fit"))
        self.zoom_to = QPushButton(_("Zoom to what came in"))
        self.undo_it = QPushButton(_("Undo the import"))
        self.open_rejects.clicked.connect(self._open)
        self.zoom_to.clicked.connect(lambda: self._done is not None and self.zoom.emit(self._done.extent))
        self.undo_it.clicked.connect(self._undo)
        row = QHBoxLayout()
        for button in (self.open_rejects, self.zoom_to, self.undo_it):
            row.addWidget(button)
        row.addStretch()
        column = QVBoxLayout(self)
        column.addWidget(self.summary)
        column.addWidget(self.tree, 1)
        column.addLayout(row)
        self._offer()

    def show_result(self, done: Imported, files: str) -> None:
        """Show what came of the import of ``files``."""
        self._done = done
        counts = _("Read {read}: new {inserted}, updated {updated}, unchanged {unchanged}, refused {rejected}.").format(
            read=f"{done.read:,}", inserted=f"{done.inserted:,}", updated=f"{done.updated:,}",
            unchanged=f"{done.unchanged:,}", rejected=f"{done.rejected:,}",
        )  # fmt: skip
        heading = _("Dry run, nothing was written.") if done.dry_run else _("Imported in {seconds:.1f} s.").format(
            seconds=done.seconds
        )  # fmt: skip
        lines = [f"<b>{files}</b>", f"<b>{heading}</b> {counts}"]
        if done.rejects:
            lines.append(_("Rows that do not fit are in {file}.").format(file=done.rejects))
        self.summary.setText("<br>".join(lines))
        self.tree.clear()
        self._group(_("Kinds"), [(_(KINDS[kind].title), f"{count:,}") for kind, count in done.kinds.items()])
        self._group(_("Refused because"), [(why, f"{count:,}") for why, count in done.reasons.items()])
        self._group(_("Warnings"), [(text, "") for text in done.warnings])
        self._group(_("Topology within {tolerance} m").format(tolerance=done.topology["tolerance"]), [
            (_(told), f"{done.topology[name]:,.0f}") for name, told in TOPOLOGY.items() if done.topology[name]
        ])  # fmt: skip
        changes = done.differences
        self._group(_("Fields that change"), [(title(name), f"{count:,}") for name, count in changes.counts.items()])
        group = self._group(
            _("What differs, one by one ({count} facilities)").format(count=f"{changes.facilities:,}"),
            [(f"{row.code} · {field_title(row.kind, row.field)}", _change(row)) for row in changes.rows],
        )
        if group is not None:
            for at, row in enumerate(changes.rows):
                item = group.child(at)
                assert item is not None
                item.setData(0, FACILITY, (row.kind, row.code))
                item.setToolTip(0, _("Show on the map"))
        self._offer()

    def undone(self) -> None:
        """The import was taken back."""
        if self._done is not None:
            self._done.change = None
            self.summary.setText(f"<b>{_('The import was undone.')}</b>")
            self.tree.clear()
            self._offer()

    def _group(self, heading: str, rows: list[tuple[str, str]]) -> QTreeWidgetItem | None:
        if not rows:
            return None
        head = QTreeWidgetItem([heading])
        self.tree.addTopLevelItem(head)
        head.setFirstColumnSpanned(True)
        font = head.font(0)
        font.setBold(True)
        head.setFont(0, font)
        for what, value in rows:
            item = QTreeWidgetItem(head, [what, value])
            item.setToolTip(0, what)
            item.setToolTip(1, value)
            item.setFirstColumnSpanned(not value)
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.setExpanded(True)
        return head

    def _offer(self) -> None:
        done = self._done
        written = done is not None and done.change is not None
        self.open_rejects.setVisible(done is not None and bool(done.rejects))
        self.zoom_to.setVisible(written and done is not None and done.extent is not None)
        self.undo_it.setVisible(written)

    def _pick(self, item: QTreeWidgetItem) -> None:
        facility = item.data(0, FACILITY)
        if facility:
            self.picked.emit(*facility)

    def _open(self) -> None:
        if self._done is not None and self._done.rejects:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._done.rejects))

    def _undo(self) -> None:
        if self._done is not None and self._done.change is not None:
            self.undo.emit(self._done.change.id)


def _change(row: Difference) -> str:
    if row.field == GEOMETRY:
        return "" if row.after is None else _("moved {distance:.2f} m").format(distance=row.after)
    before, after = (shown(row.kind, row.field, value) or _("(empty)") for value in (row.before, row.after))
    return f"{before} → {after}"
