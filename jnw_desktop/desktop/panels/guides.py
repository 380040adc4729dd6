"""Construction sites and their guides: choose a site, see it, issue its guide."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.facilities.queries import Page
from jnw_desktop.language import _

CODE, UID = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class GuidePanel(QWidget):
    """Emits ``picked(kind, uid)`` for a site, ``issue(code)``, and ``draw`` for a new one."""

    picked = Signal(str, str)
    issue = Signal(str)
    draw = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._empty = QLabel(_("No construction site yet. Draw one on the map to begin."), wordWrap=True)
        self.sites = QListWidget()
        self.sites.setAccessibleName(_("Construction sites"))
        self._draw = QPushButton(_("Draw a construction site"))
        self.issue_button = QPushButton(_("Issue the pipeline guide"))
        self.issue_button.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        for widget in (QLabel(f"<b>{_('Construction sites')}</b>"), self._empty, self.sites):
            layout.addWidget(widget)
        layout.addWidget(self._draw)
        layout.addWidget(self.issue_button)
        self.sites.currentItemChanged.connect(self._pick)
        self._draw.clicked.connect(self.draw)
        self.issue_button.clicked.connect(self._issue)

    def refresh(self, choose: str | None = None) -> None:
        """Ask for the sites again; ``choose`` is the uid of the one to select."""
        self._jobs.ask(
            "facilities.page",
            lambda page: self._show(page, choose),
            kind="construction_site",
            sort="code",
            descending=True,
        )

    def _show(self, page: Page, choose: str | None) -> None:
        keep = choose or (self.sites.currentItem().data(UID) if self.sites.currentItem() else None)
        places = [page.columns.index(name) for name in ("code", "name", "uid")]
        self.sites.blockSignals(True)
        self.sites.clear()
        for row in page.rows:
            code, name, uid = (row[place] for place in places)
            item = QListWidgetItem(f"{code}  {name or ''}")
            item.setData(CODE, code)
            item.setData(UID, uid)
            self.sites.addItem(item)
            if uid == keep:
                self.sites.setCurrentItem(item)
        self.sites.blockSignals(False)
        self._empty.setVisible(not page.rows)
        self.issue_button.setEnabled(self.sites.currentItem() is not None)

    def _pick(self, item: QListWidgetItem | None) -> None:
        self.issue_button.setEnabled(item is not None)
        if item is not None:
            self.picked.emit("construction_site", item.data(UID))

    def _issue(self) -> None:
        item = self.sites.currentItem()
        if item is not None:
            self.issue.emit(item.data(CODE))
