"""Construction sites and their guides: choose a site, see it, issue its guide, withdraw one."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.extension.listing import Column, ListOf, Place, Row
from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Page
from jnw_desktop.language import _

KIND = "construction_site"
STALE = "#e03131"  # outline of a site whose newest guide tells what is no more so
MOST = 5000  # sites in the list, the newest; the attribute table has them all
SITE = ("name", "road", "work_type", "dig_depth", "start_date", "end_date", "contractor")


class GuidePanel(QWidget):
    """The side panel of the pipeline guides."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._choose: str | None = None  # the site that was just opened
        self._seen: str | None = None  # the site the map went to
        self._sites: list[dict[str, Any]] = []
        self._issued: list[dict[str, Any]] = []
        self.sites = session.listing(self._list_of_sites())
        self.guides = session.listing(self._list_of_guides())
        self._draw = QPushButton(_("Draw a construction site"))
        self.issue_button = QPushButton(_("Issue the pipeline guide"))
        self.withdraw_button = QPushButton(_("Withdraw the guide…"))
        self.reissue_button = QPushButton(_("Issue a new edition"))
        self.batch_button = QPushButton(_("Guides of many sites…"))
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(
            _page(self.sites.widget, self._draw, self.batch_button, self.issue_button), _("Construction sites")
        )
        self.tabs.addTab(_page(self.guides.widget, self.reissue_button, self.withdraw_button), _("Issued guides"))
        self.signing = SigningPage(session)
        self.tabs.addTab(self.signing, _("Signature"))
        self.company = CompanyPage(session)
        self.tabs.addTab(self.company, _("Company"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.tabs)
        self._draw.clicked.connect(self.draw_site)
        self.batch_button.clicked.connect(self._batch)
        self.issue_button.clicked.connect(self._issue)
        self.withdraw_button.clicked.connect(self._withdraw)
        self.reissue_button.clicked.connect(self._reissue)
        self.reissue_button.setEnabled(False)
        self.issue_button.setEnabled(False)
        self.withdraw_button.setEnabled(False)

    def _list_of_sites(self) -> ListOf:
        fields = (KINDS[KIND].field(name) for name in SITE)
        columns = [Column(field.name, _(field.title), choices=field.name == "work_type") for field in fields if field]
        return ListOf(
            _("Construction sites"),
            [Column("code", _("Code")), Column("guide", _("Guide"), choices=True), *columns],
            "uid",
            _("No construction site yet. Draw one on the map to begin."),
            picked=self._pick,
            opened=lambda row: self._session.select(KIND, row["uid"]),
            place=lambda row: (KIND, row["uid"]),
        )

    def _list_of_guides(self) -> ListOf:
        columns = [
            Column("guide", _("Number")),
            Column("stands", _("State"), choices=True),
            Column("issued_on", _("Issued")),
            Column("site", _("Site")),
            Column("name", _("Name")),
            Column("pages", _("Pages")),
            Column("changed_codes", _("Changed since")),
            Column("withdrawn_why", _("Withdrawn because")),
            Column("replaces", _("Takes the place of")),
            Column("valid_until", _("Valid until")),
            Column("mark", _("Mark")),
        ]
        return ListOf(
            _("Issued guides"),
            columns,
            "guide",
            _("No guide yet. Choose a construction site and issue its guide."),
            picked=self._pick_guide,
            opened=lambda row: self._session.open_file(
                _("Pipeline guide"), "guide.copy", row["guide"], guide=row["guide"]
            ),
            place=_site_of,
        )

    def refresh(self) -> None:
        """Ask for the sites and the guides again."""
        self._session.ask("facilities.page", self._take_sites, kind=KIND, sort="code", descending=True, limit=MOST)
        self._session.ask("guide.list", self._take_guides)
        self.signing.refresh()
        self.company.refresh()

    def draw_site(self) -> None:
        """Let the user draw the area of a new site."""
        if not self._session.may_change():
            return
        self._session.draw("polygon", self._drawn)

    def _drawn(self, area: bytes) -> None:
        def opened(result: Any) -> None:
            (self._choose,) = result.touched[KIND].inserted
            told = [*result.warnings, _("The construction site is open. Fill in its form, then issue the guide.")]
            self._session.tell(" ".join(told))
            self._session.come_forward()
            self.tabs.setCurrentIndex(0)
            self.refresh()
            self._session.select(KIND, str(self._choose))

        self._session.ask("facilities.open_site", opened, area=area)

    def _take_sites(self, page: Page) -> None:
        lists = {field.name: field.code_list for field in KINDS[KIND].fields if field.code_list}
        self._sites = [
            {
                name: label(lists[name], str(value)) if name in lists and value is not None else value
                for name, value in zip(page.columns, row, strict=True)
            }
            for row in page.rows
        ]
        self._show()

    def _take_guides(self, issued: list[dict[str, Any]]) -> None:
        self._issued = [
            guide
            | {
                "stands": _stands(guide),
                "issued_on": guide["issued"][:10],
                "changed_codes": "; ".join([each["text"] for each in guide["changes"]] or guide["changed"]),
            }
            for guide in issued
        ]
        self._show()

    def _show(self) -> None:
        """Both lists, once either is another: a site says how its newest guide stands."""
        stale = [guide["area"] for guide in self._issued if guide["stale"] and guide["area"]]
        self._session.show("stale", stale, STALE)
        newest = {guide["site_uid"]: guide["stands"] for guide in reversed(self._issued)}
        self.guides.fill(self._issued)
        self.sites.fill([site | {"guide": newest.get(site["uid"], _("none"))} for site in self._sites])
        if self._choose is not None and self.sites.choose(self._choose):
            self._choose = None

    def _pick(self, row: Row | None) -> None:
        self.issue_button.setEnabled(row is not None)
        if row is not None and row["uid"] != self._seen and self._choose is None:
            self._session.select(KIND, row["uid"], fly=True)
        self._seen = None if row is None else row["uid"]

    def _issue(self) -> None:
        row = self.sites.row
        if row is not None:
            self._session.document(_("Pipeline guide"), "guide.issue", row["code"])

    def _batch(self) -> None:
        title = _("Guides of many sites…")
        file, _kind = QFileDialog.getOpenFileName(self, title, "", _("Sites (*.geojson *.gpkg *.shp *.kml)"))
        folder = file and QFileDialog.getExistingDirectory(self, _("The folder of the guides"))
        if folder:
            self._session.run(title.rstrip("…"), "guide.batch", self._tell_batch, folder=folder, source={"file": file})

    def _tell_batch(self, done: Any) -> None:
        told = _("{sites} sites: {issued} issued, {reissued} anew, {already} there already, {failed} failed: {report}")
        self._session.tell(" ".join([*done.warnings, told.format(**done.as_dict())]))
        self.refresh()

    def _pick_guide(self, row: Row | None) -> None:
        self.withdraw_button.setEnabled(row is not None and not row["withdrawn"])
        self.reissue_button.setEnabled(row is not None and not row["withdrawn"] and not row["replaced_by"])

    def _reissue(self) -> None:
        row = self.guides.row
        if row is not None:
            self._session.document(_("Pipeline guide"), "guide.reissue", row["guide"])

    def _withdraw(self) -> None:
        row = self.guides.row
        if row is None:
            return
        asked = _("Why is {guide} withdrawn?").format(guide=row["guide"])
        why, wanted = QInputDialog.getText(self, _("Withdraw a guide"), asked)
        if wanted:
            self._session.ask("guide.withdraw", lambda _change: self.refresh(), guide=row["guide"], why=why)


class SigningPage(QWidget):
    """What guides are signed with, and how to have the company's certificate sign them."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.told = QLabel()
        self.told.setWordWrap(True)
        self.choose_button = QPushButton(_("Sign with a certificate…"))
        self.demonstration_button = QPushButton(_("Sign with the demonstration key"))
        self.choose_button.clicked.connect(self._choose)
        self.demonstration_button.clicked.connect(lambda: self._session.ask("guide.use_certificate", self._show))
        self.demonstration_button.setEnabled(False)
        page = QVBoxLayout(self)
        for widget in (self.told, self.choose_button, self.demonstration_button):
            page.addWidget(widget)
        page.addStretch()

    def refresh(self) -> None:
        """Ask what is set."""
        self._session.ask("guide.certificate", self._show)

    def _show(self, now: dict[str, Any]) -> None:
        lines = [
            _("Signed by: {subject}").format(subject=now["subject"]),
            _("Issued by: {issuer}").format(issuer=now["issuer"]),
            _("Valid until: {ends}").format(ends=now["ends"]),
            now["certificate"]
            or _("It proves that nothing was changed, not who issued it: nobody vouches for the key."),
        ]
        self.told.setText("\n".join(lines))
        self.demonstration_button.setEnabled(not now["demonstration"])

    def _choose(self) -> None:
        title = _("Sign with a certificate…")
        file, _kind = QFileDialog.getOpenFileName(self, title, "", "PKCS#12 (*.p12 *.pfx)")
        if not file:
            return
        asked = _("Where its passphrase comes from: file:PATH or env:NAME.")
        source, wanted = QInputDialog.getText(self, title, asked, text="file:")
        if wanted:
            self._session.ask("guide.use_certificate", self._show, file=file, passphrase=source.strip())


class CompanyPage(QWidget):
    """In whose name guides are issued, and whom to call."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        titles = {
            "name": _("Company"),
            "department": _("Department"),
            "phone": _("Telephone, 24 hours"),
            "address": _("Address"),
        }
        self.lines = {name: QLineEdit() for name in titles}
        self.save_button = QPushButton(_("Save"))
        self.save_button.clicked.connect(self._save)
        form = QFormLayout(self)
        for name, title in titles.items():
            form.addRow(title, self.lines[name])
        form.addRow(self.save_button)

    def refresh(self) -> None:
        """Ask what is set; what somebody is typing stays."""
        if not any(line.isModified() for line in self.lines.values()):
            self._session.ask("guide.company", self._show)

    def _show(self, now: dict[str, str]) -> None:
        for name, line in self.lines.items():
            line.setText(now[name])

    def _save(self) -> None:
        values = {name: line.text() for name, line in self.lines.items()}

        def saved(_company: Any) -> None:
            for line in self.lines.values():
                line.setModified(False)
            self._session.tell(_("These stand on every guide from now on."))

        self._session.ask("guide.set_company", saved, **values)


def _page(listing: QWidget, *buttons: QPushButton) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 6, 0, 0)
    column.addWidget(listing, 1)
    across = QHBoxLayout()
    for button in buttons:
        across.addWidget(button)
    column.addLayout(across)
    return page


def _stands(guide: dict[str, Any]) -> str:
    if guide["withdrawn"]:
        return _("withdrawn")
    if guide["replaced_by"]:
        return _("replaced by {guide}").format(guide=guide["replaced_by"])
    if guide["expired"] and not guide["stale"]:
        return _("expired")
    return _("stale") if guide["stale"] else _("valid")


def _site_of(guide: Row) -> Place | None:
    return (KIND, guide["site_uid"]) if guide["site_uid"] else None
