"""The first page: what the workspace holds, each figure leading to what it counts, and what was changed last."""

from __future__ import annotations

import datetime
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.kinds import GROUPS, KINDS
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeSet
from jnw_desktop.workspace.history import called

KIND = Qt.ItemDataRole.UserRole
CHANGES = 50  # of the newest that are listed


class HomePanel(QWidget):
    """Made with a session; looks again after every change."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._title = QLabel(wordWrap=True)
        self.counts = _tree([_("Facilities"), _("Count")])
        self.changes = _tree([_("Changes"), _("Who"), _("When")])
        self._empty = QLabel(_("Nothing was changed yet."))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self._title)
        layout.addWidget(self.counts, 3)
        layout.addWidget(self._empty)
        layout.addWidget(self.changes, 2)
        self.counts.itemActivated.connect(self._open)
        self.counts.itemClicked.connect(self._open)

    def refresh(self) -> None:
        """Ask again."""
        self._session.ask("workspace.info", self._show_info)
        self._session.ask("workspace.history", self._show_changes, limit=CHANGES)

    def _show_info(self, info: dict[str, Any]) -> None:
        made = f"<br>{_('Made on {day}').format(day=info['created'][:10])}" if info["created"] else ""
        begin = "" if any(info["counts"].values()) else _("It is empty. Bring a file in: File ▸ Import… (Ctrl+I)")
        self._title.setText(f"<b>{info['title']}</b><br>{info['crs']}{made}<p>{begin}</p>")
        self.counts.clear()
        for group, title in GROUPS.items():
            kinds = [kind for kind in KINDS.values() if kind.group == group and info["counts"][kind.id]]
            if not kinds:
                continue
            head = QTreeWidgetItem([_(title)])
            self.counts.addTopLevelItem(head)
            for kind in kinds:
                item = QTreeWidgetItem([_(kind.title), f"{info['counts'][kind.id]:,}"])
                item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
                item.setData(0, KIND, kind.id)
                item.setToolTip(0, _("Open the attribute table"))
                head.addChild(item)
        self.counts.expandAll()

    def _show_changes(self, changes: list[ChangeSet]) -> None:
        self.changes.clear()
        for change in changes:
            at = datetime.datetime.fromisoformat(change.at).astimezone()
            item = QTreeWidgetItem([called(change.kind, change.why), change.who, f"{at:%m-%d %H:%M}"])
            item.setToolTip(0, _told(change))
            item.setDisabled(change.undone)
            self.changes.addTopLevelItem(item)
        self._empty.setVisible(not changes)

    def _open(self, item: QTreeWidgetItem) -> None:
        kind = item.data(0, KIND)
        if kind:
            self._session.table(kind)


def _told(change: ChangeSet) -> str:
    """What a change set did, in a few lines."""
    lines = [called(change.kind, change.why)]
    for word, tables in (
        (_("added"), change.inserted),
        (_("changed"), change.updated),
        (_("removed"), change.deleted),
    ):
        for table, count in tables.items():
            lines.append(f"{word}: {_(KINDS[table].title) if table in KINDS else table} {count:,}")
    if change.undone:
        lines.append(_("undone"))
    return "\n".join(lines)


def _tree(titles: list[str]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setHeaderLabels(titles)
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.header().setStretchLastSection(False)
    tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for section in range(1, len(titles)):
        tree.header().setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
    return tree
