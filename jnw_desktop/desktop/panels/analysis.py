"""Analysis of the network: a burst clicked on the map gives its isolation plan, a pipe its trace."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shapely
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop.panels.foundtab import FoundTab
from jnw_desktop.desktop.panels.pressure import PressureBox
from jnw_desktop.extension.session import Session
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.found import FIRST, WAY, Glance
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.planlists import plan_lists
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.facilities.queries import Page

KIND, CODE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
GROUND = "ground"  # the preference that names the elevation raster
ZONE_KINDS, ZONES = ("dma", "pressure_zone", "neighbourhood"), 2000  # of the choice, and how many of each
UNFOLDED = ("widened", "freeing", "gaps", "open")  # lists that nobody must miss
SHOWN = FIRST  # rows of one list; the export has them all
# Results over the map and their colours: what is shut off, what runs dry with it, what to close, what cannot be closed,
# what may be opened, where the record has a gap.
COLOURS = {
    "isolated": "#e8590c",
    "starved": "#868e96",
    "witness": "#c92a2a",
    "close": "#c92a2a",
    "passed": "#862e9c",
    "open": "#2b8a3e",
    "gap": "#e64980",
    "trace": "#1971c2",
}


class LowTabs(QTabWidget):
    """Tabs as low as the page that is shown; Qt's are as high as the highest."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.currentChanged.connect(self.fit)

    def sizeHint(self) -> QSize:
        """What the page that is shown needs."""
        return self.minimumSizeHint()

    def fit(self) -> None:
        """Pages that are not shown have no say."""
        for number in range(self.count()):
            page = self.widget(number)
            shown = number == self.currentIndex()
            height = QSizePolicy.Policy.Preferred if shown else QSizePolicy.Policy.Ignored
            if page is not None:
                page.setSizePolicy(QSizePolicy.Policy.Preferred, height)
        self.updateGeometry()


class AnalysisPanel(QWidget):
    """The side panel of the analyses; a plan stays until the next or until it is cleared."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._plan: dict[str, Any] | None = None
        self._found: Glance | None = None  # of a trace, which is shown where a plan is
        self._stuck: list[str] = []
        self.asked = LowTabs()
        self.burst = QPushButton(_("Click the burst on the map"))
        self.summary = QLabel(_("Click a pipe: the valves to close and who loses water are shown here."))
        self.summary.setWordWrap(True)
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.lists = QTreeWidget()
        self.lists.setHeaderLabels([_("Code"), _("Remarks")])
        self.lists.setAccessibleName(_("Isolation plan"))
        self.lists.setUniformRowHeights(True)
        self.lists.setIndentation(12)
        self.cannot = QPushButton(_("This valve cannot be closed"))
        self.sheet = QPushButton(_("Print"))
        self.export = QPushButton(_("Export the list"))
        self.clear = QPushButton(_("Clear"))
        self.direction = QComboBox()
        for code, title in (
            ("up", _("Upstream")),
            ("down", _("Downstream")),
            ("connected", _("Connected")),
            ("source", _("To the source")),
        ):
            self.direction.addItem(title, code)
        self.direction.setAccessibleName(_("Direction of the trace"))
        self.zone = QComboBox()
        self.zone.setAccessibleName(_("Part of the network"))
        self._search_zones()
        self._no_zone()
        self.trace = QPushButton(_("Trace from a pipe on the map"))
        self.several = QPushButton(_("Trace from several: a line through them"))
        self.way = QPushButton(_("Shortest way between two places"))
        self.segments = QPushButton(_("Valve segments"))
        self.form = QPushButton(_("Loops and dead ends"))
        self.profile = QPushButton(_("Profile between two places"))
        self.section = QPushButton(_("Section along a line"))
        self.pressure = PressureBox(session, self.zone)
        self._zones = 0  # how often the parts were asked for
        self._ready = False  # whether the worker was asked to read the network
        self._lay_out()
        self._connect()
        self._enable()

    def _lay_out(self) -> None:
        """What is asked in tabs as low as they can be, what was found below with all the room there is."""
        for title, *rows in (
            (_("Isolation plan"), (self.burst,), (self.cannot,)),
            (
                _("Trace and pressure"),
                (QLabel(_("Part of the network")), self.zone),
                (self.direction, self.trace),
                (self.several, self.way),
                (self.pressure,),
            ),
            (_("Network and sections"), (self.segments, self.form), (self.profile, self.section)),
        ):
            self.asked.addTab(_page(rows), title)
        self.asked.fit()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(self.asked)
        layout.addWidget(self.summary)
        layout.addWidget(self.lists, 1)
        row = QHBoxLayout()
        for button in (self.sheet, self.export, self.clear):
            row.addWidget(button)
        layout.addLayout(row)

    def _connect(self) -> None:
        self.burst.clicked.connect(lambda: self._session.point_at(self._burst_at))
        self.lists.itemClicked.connect(self._choose)
        self.lists.currentItemChanged.connect(self._enable)
        self.cannot.clicked.connect(self._widen)
        self.sheet.clicked.connect(self._print)
        self.export.clicked.connect(self._export)
        self.clear.clicked.connect(self.forget)
        self.trace.clicked.connect(lambda: self._session.point_at(self._trace_at))
        self.several.clicked.connect(lambda: self._session.draw("line", self._trace_through))
        self.way.clicked.connect(lambda: self._session.draw("line", self._way_between))
        self.segments.clicked.connect(lambda: self._find(self.segments.text(), "network.segments_found"))
        self.form.clicked.connect(lambda: self._find(self.form.text(), "network.form_found"))
        self.profile.clicked.connect(lambda: self._session.draw("line", self._profile_along))
        self.section.clicked.connect(lambda: self._session.draw("line", self._section_along))

    def showEvent(self, event: QShowEvent) -> None:
        """The network is read when the panel is first seen, so that the first click need not wait for it."""
        super().showEvent(event)
        if not self._ready:
            self.refresh()

    def refresh(self) -> None:
        """Another workspace, or a change: read the network again where anybody looks."""
        self._ready = self.isVisible()
        if self._ready:
            self._session.ask("network.is_ready", self._read)
            chosen = self.zone.currentData()
            self._no_zone()
            self._zones += 1
            for kind in ZONE_KINDS:
                take = functools.partial(self._take_zones, self._zones, chosen, kind)
                self._session.ask("facilities.page", take, kind=kind, sort="code", limit=ZONES)

    def _search_zones(self) -> None:
        """Parts are found by any part of their code or name; what is none of them goes."""
        self.zone.setEditable(True)
        self.zone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer, line = self.zone.completer(), self.zone.lineEdit()
        assert completer is not None
        assert line is not None
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        line.editingFinished.connect(lambda: line.setText(self.zone.itemText(self.zone.currentIndex())))

    def _no_zone(self) -> None:
        self.zone.clear()
        self.zone.addItem(_("The whole network"), None)

    def _take_zones(self, asked: int, chosen: str | None, kind: str, page: Page) -> None:
        """Parts of a kind that can be chosen; the one that was ``chosen`` stays so."""
        if asked != self._zones:
            return  # asked for anew meanwhile
        code, name = (page.columns.index(column) for column in ("code", "name"))
        title = _(KINDS[kind].title)
        for row in page.rows:
            said = " ".join(str(row[at]) for at in (code, name) if row[at])
            self.zone.addItem(f"{title} {said}", f"{kind}:{row[code]}")
        if page.total > len(page.rows):
            self._session.tell(
                _("Of {total} {kind} the first {shown} can be chosen; jnw network trace --zone takes any.").format(
                    total=page.total, kind=title, shown=len(page.rows)
                )
            )
        if chosen is not None:
            self.zone.setCurrentIndex(max(self.zone.currentIndex(), self.zone.findData(chosen)))

    def _read(self, there: bool) -> None:
        if not there:
            self._session.run(_("Read the network"), "network.ready", lambda _value: None)

    def _burst_at(self, wkb: bytes) -> None:
        at = shapely.from_wkb(wkb)
        self._stuck = []
        self._session.ask("network.drawn_plan", self._show, at=(at.x, at.y))

    def _widen(self) -> None:
        """Plan again without the chosen valve."""
        item = self.lists.currentItem()
        if self._plan is not None and item is not None:
            self._stuck.append(item.data(0, CODE))
            self._session.ask("network.drawn_plan", self._show, pipe=self._plan["burst"], stuck=list(self._stuck))

    def _show(self, answer: tuple[dict[str, Any], dict[str, list[bytes]]]) -> None:
        told, shapes = answer
        self._session.show("trace", ())
        for name, features in shapes.items():
            self._session.show(name, features, COLOURS[name])
        self._plan, self._found = told, None
        self.pressure.during(told["burst"], self._stuck)
        self._session.come_forward()
        lines = [
            _("Burst: pipe {code}").format(code=told["burst"]),
            _("{pipes} pipes isolated, {starved} starved, {customers} customers ({essential} essential)").format(
                pipes=len(told["pipes"]),
                starved=len(told["starved_pipes"]),
                customers=len(told["customers"]),
                essential=len(told["essential"]),
            ),
            _("{length:.0f} m of pipe, {volume:.1f} m³ to drain").format(length=told["length"], volume=told["volume"]),
            *told["warnings"],
        ]
        if told["alternative"] is not None:
            lines.append(
                _("or open {valves}: {customers} customers").format(
                    valves=", ".join(told["alternative"]["open"]), customers=len(told["alternative"]["customers"])
                )
            )
        self.summary.setText("\n".join(lines))
        self._fill(told)
        self._enable()

    def _fill(self, told: dict[str, Any]) -> None:
        self.lists.clear()
        valves = [(valve["code"], _valve_note(valve)) for valve in told["valves"]]
        self._group(_("Valves to close, in this order"), "valve", valves).setExpanded(True)
        for each in plan_lists(told):
            self._group(each.title, each.kind, each.rows).setExpanded(each.name in UNFOLDED)

    def _group(
        self, title: str, kind: str, rows: list[tuple[str, str]], count: int | None = None
    ) -> QTreeWidgetItem:  # fmt: skip
        """A list under its heading; ``count``: how many there are, where ``rows`` are the first."""
        count = len(rows) if count is None else count
        head = QTreeWidgetItem([_("{title} ({count})").format(title=title, count=count)])
        self.lists.addTopLevelItem(head)
        head.setFirstColumnSpanned(True)
        for code, note in rows[:SHOWN]:
            item = QTreeWidgetItem([code, note])
            item.setToolTip(1, note)
            item.setData(0, KIND, kind)
            item.setData(0, CODE, code)
            head.addChild(item)
        if count > SHOWN:
            head.addChild(QTreeWidgetItem([_("and {count} more").format(count=count - SHOWN)]))
        return head

    def _choose(self, item: QTreeWidgetItem) -> None:
        kind, code = item.data(0, KIND), item.data(0, CODE)
        if kind:
            chosen = lambda record: self._session.select(kind, record.uid, fly=True)  # noqa: E731
            self._session.ask("facilities.describe", chosen, kind=kind, code=code)

    def _enable(self) -> None:
        item = self.lists.currentItem()
        shown = self._plan is not None or self._found is not None
        to_close = item.data(0, CODE) in self._plan["close"] if self._plan is not None and item is not None else False
        self.cannot.setEnabled(to_close and item is not None and item.data(0, KIND) == "valve")
        for button in (self.sheet, self.export, self.clear):
            button.setEnabled(shown)

    def _print(self) -> None:
        if self._plan is not None:
            code = self._plan["burst"]
            self._session.document(_("Isolation plan"), "network.print_plan", code, stuck=list(self._stuck))
        elif self._found is not None:
            self._session.document(self._found.title, "network.print_found", "", found=self._found)

    def _export(self) -> None:
        about = f"{_('Isolation plan')} {self._plan['burst']}" if self._plan is not None else _("Trace")
        suggested = f"{about}.xlsx"
        name, _filter = QFileDialog.getSaveFileName(self, _("Export the list"), suggested, "Excel (*.xlsx)")
        if name:
            self.write_list(Path(name).with_suffix(".xlsx"))

    def write_list(self, out: Path) -> None:
        """Write the plan's lists, or the trace's, to a workbook."""
        if self._plan is not None:
            self._session.write_file(_("Export the list"), "network.list_plan", str(out), told=self._plan)
        elif self._found is not None:
            self._session.write_file(_("Export the list"), "network.list_found", str(out), found=self._found)

    def _trace_at(self, wkb: bytes) -> None:
        at = shapely.from_wkb(wkb)
        self._session.run(
            _("Trace"),
            "network.trace_told",
            self._show_trace,
            at=(at.x, at.y),
            direction=self.direction.currentData(),
            zone=self.zone.currentData(),
        )

    def _trace_through(self, wkb: bytes) -> None:
        """Upstream of all the places of a line, or what is reached from any of them."""
        places = [place[:2] for place in shapely.from_wkb(wkb).coords]
        asked = {"direction": self.direction.currentData(), "zone": self.zone.currentData()}
        self._find(_("Trace"), "network.trace_found", places=places, **asked)

    def _way_between(self, wkb: bytes) -> None:
        start, *_middle, end = shapely.from_wkb(wkb).coords
        self._find(_("Shortest way"), "network.way_found", start=start[:2], end=end[:2])

    def _find(self, title: str, operation: str, **values: Any) -> None:
        """Ask for an analysis that is shown in a tab of its own."""
        shown = lambda found: self._session.tab(found.title, FoundTab(self._session, found))  # noqa: E731
        self._session.run(title, operation, shown, **values)

    def _show_trace(self, told: dict[str, Any]) -> None:
        self.forget()
        self._session.come_forward()
        self._found = told["found"]
        counted = _("{pipes} pipes, {nodes} nodes, {length:.1f} m").format(length=told["length"], **told["counts"])
        title = f"{self.direction.currentText()} · {told['from']}"
        self.summary.setText("\n".join([title, counted, *told["warnings"]]))
        for title, kind, name in ((_("Pipes"), "pipe", "pipes"), (_("Nodes"), "", "nodes")):
            rows = [(code, "") for code in told[name]]
            self._group(title, kind, rows, told["counts"][name]).setExpanded(kind == "pipe")
        self._enable()
        self._session.show_file("trace", self._found.held.files.get(WAY), COLOURS["trace"])

    def _profile_along(self, wkb: bytes) -> None:
        start, *_middle, end = shapely.from_wkb(wkb).coords
        self._session.run(
            _("Longitudinal profile"),
            "network.profile_between",
            self._show_profile,
            start=start[:2],
            end=end[:2],
            ground=self._session.setting(GROUND),
        )

    def _show_profile(self, told: dict[str, Any]) -> None:
        from jnw_desktop.desktop.panels.heightchart import ProfileChart  # charts only for those who want one

        self._session.tab(_("Longitudinal profile"), ProfileChart(self._session, told, self._session.setting(GROUND)))

    def _section_along(self, wkb: bytes) -> None:
        start, *_middle, end = shapely.from_wkb(wkb).coords
        ground = self._session.setting(GROUND)
        self._session.run(
            _("Cross-section"), "network.section", self._show_section, line=[*start[:2], *end[:2]], ground=ground
        )

    def _show_section(self, told: dict[str, Any]) -> None:
        from jnw_desktop.desktop.panels.heightchart import SectionChart

        self._session.tab(_("Cross-section"), SectionChart(self._session, told, self._session.setting(GROUND)))

    def forget(self) -> None:
        """Take the plan and what is drawn of it away."""
        self._plan, self._found = None, None
        self.pressure.during(None)
        self.lists.clear()
        self.summary.setText(_("Click a pipe: the valves to close and who loses water are shown here."))
        for name in (*COLOURS, "place"):
            self._session.show(name, ())
        self._enable()


def _page(rows: Sequence[Sequence[QWidget]]) -> QWidget:
    """Widgets side by side in rows."""
    page = QWidget()
    layout = QVBoxLayout(page)
    for row in rows:
        beside = QHBoxLayout()
        for widget in row:
            beside.addWidget(widget)
        layout.addLayout(beside)
    return page


def _valve_note(valve: dict[str, Any]) -> str:
    """What a crew wants to know at a glance."""
    said = [f"DN{valve['dn']}"] if valve["dn"] is not None else []
    if valve["turns"] is not None:
        said.append(_("{turns:g} turns").format(turns=valve["turns"]))
    if valve["closing_direction"]:
        said.append(label("closing_direction", valve["closing_direction"]))
    if valve["needless"]:
        said.append(_("no source behind it"))
    return "，".join(said)
