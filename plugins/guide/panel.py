"""Construction sites and their guides: choose a site, see it, issue its guide, withdraw one."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.queries import Page
from jnw_desktop.language import _

CODE, UID = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class GuidePanel(QWidget):
    """The side panel of the pipeline guides."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._choose: str | None = None
        self._issued: list[dict[str, Any]] = []
        self._empty = QLabel(_("No construction site yet. Draw one on the map to begin."))
        self._empty.setWordWrap(True)
        self.sites = QListWidget()
        self.sites.setAccessibleName(_("Construction sites"))
        self._draw = QPushButton(_("Draw a construction site"))
        self.issue_button = QPushButton(_("Issue the pipeline guide"))
        self.issue_button.setEnabled(False)
        self.guides = QListWidget()
        self.guides.setAccessibleName(_("Guides of this site"))
        self.withdraw_button = QPushButton(_("Withdraw the guide…"))
        self.withdraw_button.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        for widget in (QLabel(f"<b>{_('Construction sites')}</b>"), self._empty, self.sites):
            layout.addWidget(widget)
        layout.addWidget(self._draw)
        layout.addWidget(self.issue_button)
        layout.addWidget(QLabel(f"<b>{_('Guides of this site')}</b>"))
        layout.addWidget(self.guides)
        layout.addWidget(self.withdraw_button)
        self.sites.currentItemChanged.connect(self._pick)
        self._draw.clicked.connect(self.draw_site)
        self.issue_button.clicked.connect(self._issue)
        self.guides.currentItemChanged.connect(self._pick_guide)
        self.withdraw_button.clicked.connect(self._withdraw)

    def refresh(self) -> None:
        """Ask for the sites and the guides again."""
        self._session.ask("facilities.page", self._show, kind="construction_site", sort="code", descending=True)
        self._session.ask("guide.list", self._take_guides)

    def draw_site(self) -> None:
        """Let the user draw the area of a new site."""
        self._session.draw("polygon", self._drawn)

    def _drawn(self, area: bytes) -> None:
        def opened(result: Any) -> None:
            (self._choose,) = result.touched["construction_site"].inserted
            told = [*result.warnings, _("The construction site is open. Fill in its form, then issue the guide.")]
            self._session.tell(" ".join(told))
            self._session.come_forward()
            self.refresh()
            self._session.select("construction_site", str(self._choose))

        self._session.ask("facilities.open_site", opened, area=area)

    def _show(self, page: Page) -> None:
        keep = self._choose or (self.sites.currentItem().data(UID) if self.sites.currentItem() else None)
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
                self._choose = None
        self.sites.blockSignals(False)
        self._empty.setVisible(not page.rows)
        self.issue_button.setEnabled(self.sites.currentItem() is not None)
        self._show_guides()

    def _pick(self, item: QListWidgetItem | None) -> None:
        self.issue_button.setEnabled(item is not None)
        self._show_guides()
        if item is not None:
            self._session.select("construction_site", item.data(UID), fly=True)

    def _issue(self) -> None:
        item = self.sites.currentItem()
        if item is not None:
            self._session.document(_("Pipeline guide"), "guide.issue", item.data(CODE))

    def _take_guides(self, issued: list[dict[str, Any]]) -> None:
        self._issued = issued
        self._show_guides()

    def _show_guides(self) -> None:
        site = self.sites.currentItem()
        self.guides.clear()
        for guide in self._issued:
            if site is not None and guide["site"] == site.data(CODE):
                state = _("withdrawn") if guide["withdrawn"] else _("stale") if guide["stale"] else ""
                item = QListWidgetItem(f"{guide['guide']}  {guide['issued'][:10]}  {state}")
                item.setToolTip(guide["withdrawn_why"] or ", ".join(guide["changed"]))
                item.setData(CODE, None if guide["withdrawn"] else guide["guide"])
                self.guides.addItem(item)

    def _pick_guide(self, item: QListWidgetItem | None) -> None:
        self.withdraw_button.setEnabled(item is not None and item.data(CODE) is not None)

    def _withdraw(self) -> None:
        guide = self.guides.currentItem().data(CODE)
        asked = _("Why is {guide} withdrawn?").format(guide=guide)
        why, wanted = QInputDialog.getText(self, _("Withdraw a guide"), asked)
        if wanted:
            self._session.ask("guide.withdraw", lambda _change: self.refresh(), guide=guide, why=why)
