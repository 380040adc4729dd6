"""Filters in the window: the form beside the attribute table, areas from the map, what is found selected everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import shapely
from PySide6.QtWidgets import QInputDialog

from jnw_desktop.desktop.panels.filterform import DRAWN, SELECTED, VIEW
from jnw_desktop.errors import JnwError
from jnw_desktop.facilities.queries import Found, Page
from jnw_desktop.language import _
from jnw_desktop.worker.sessions import WorkspaceState

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

MOST_SELECTED = 20  # facilities that an area is made of
MOST_NAMES = 1000


class Filtering:
    """Between the form, the worker and the map."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._form = window.table.form
        self._form.applied.connect(self._apply)
        self._form.show_all.connect(lambda where: self.select(self._form.kind, where))
        self._form.area_wanted.connect(self._find_area)
        self._form.names_wanted.connect(self._find_names)
        self._form.save.connect(self._save)
        self._form.remove.connect(self._remove)

    def open(self, kind: str, where: str) -> None:
        """Show in table and map the facilities of ``kind`` of which ``where`` is so."""
        self._window.open_table(kind)
        self._window.table.show_form(True)
        self._form.set_where(where)
        self._apply(where)
        self.select(kind, where)

    def refresh(self, state: WorkspaceState) -> None:
        """The workspace is another or has changed: its filters, and their layers on the map."""
        self._window.jobs.ask("filters.list", self._form.set_filters)
        self._window.map_layers.renew(state)

    def select(self, kind: str, where: str) -> None:
        """Select what is found and let the map go there."""
        window = self._window

        def take(found: Found) -> None:
            window.selection.take({kind: found.fids} if found.fids else {})
            if found.bounds is not None:
                low_e, low_n, high_e, high_n = found.bounds
                room = max(0.1 * (high_e - low_e), 0.1 * (high_n - low_n), 30.0)
                extent = [low_e - room, low_n - room, high_e + room, high_n + room]
                window.engine.request("view.set", extent=extent)
            told = _("{count:,} facilities are found and selected.")
            if found.total > len(found.fids):
                told = _("{total:,} facilities are found; the first {count:,} are selected.")
            window.messages.info(told.format(count=len(found.fids), total=found.total))

        window.jobs.ask("facilities.matching", take, self._wrong, kind=kind, where=where)

    def _apply(self, where: str) -> None:
        self._window.table.set_where(where, self._wrong)

    def _wrong(self, error: JnwError) -> None:
        self._form.show_error(f"{error.message} {error.hint}")

    def _find_area(self, which: str) -> None:
        window = self._window
        if which == VIEW:
            self._form.set_area([_wkt(shapely.box(*window.map.state["extent"]))])
        elif which == DRAWN:
            window.drawing.ask("polygon", lambda wkb: self._form.set_area([_wkt(shapely.from_wkb(wkb))]))
        elif which == SELECTED:
            hits = [(kind, fid) for kind, fids in window.selection.layers.items() for fid in fids]
            if not hits or len(hits) > MOST_SELECTED:
                self._form.show_error(_("Select one to {most} facilities first.").format(most=MOST_SELECTED))
                return
            take: Callable[[list[str | None]], None] = lambda codes: self._form.set_area(  # noqa: E731
                [f"{kind}:{code}" for (kind, _fid), code in zip(hits, codes, strict=True) if code]
            )
            window.jobs.ask("facilities.codes", take, hits=hits)

    def _find_names(self, kind: str) -> None:
        def take(page: Page) -> None:
            at = page.columns.index("name")
            names = sorted({str(row[at]) for row in page.rows if row[at]})
            self._form.set_names(kind, names)

        self._window.jobs.ask("facilities.page", take, kind=kind, sort="name", limit=MOST_NAMES)

    def _save(self, where: str) -> None:
        if not where:
            self._form.show_error(_("There is no condition to save yet."))
            return
        name, agreed = QInputDialog.getText(self._window, _("Save the filter"), _("Name of the filter"))
        if agreed:
            self.save(name, where)

    def save(self, name: str, where: str) -> None:
        """Keep the condition under a name; it becomes a layer of the map too."""

        def done(_change: Any) -> None:
            self._window.messages.info(_("The filter {name} is saved; it is in the layer tree too.").format(name=name))

        kind = self._form.kind
        self._window.jobs.ask("filters.save", done, self._wrong, name=name, kind=kind, condition=where)

    def _remove(self, name: str) -> None:
        if name:
            self._window.jobs.ask("filters.remove", lambda _change: None, self._wrong, name=name)


def _wkt(shape: Any) -> str:
    """An area as the filter language takes it: to the centimetre."""
    return str(shapely.to_wkt(shapely.force_2d(shape), rounding_precision=2))
