"""Editing on the map: each action lets the user point or draw, asks what it must know, and is one step to undo."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import shapely
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QMessageBox

from jnw_desktop.desktop.editing.bulkpreview import BulkPreview
from jnw_desktop.errors import JnwError
from jnw_desktop.facilities.editing.bulk import Common, Preview
from jnw_desktop.facilities.editing.errors import PipesDiffer, StillNamed
from jnw_desktop.facilities.kinds import ENDS, KINDS
from jnw_desktop.facilities.past import FeatureChange
from jnw_desktop.facilities.queries import Record
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

SNAPPED = ["pipe", *ENDS]  # what editing snaps to
DRAFT, BEFORE, AFTER, AS_OF = "editing-draft", "history-before", "history-after", "history-as-of"
# Fields that the brush does not carry over: what belongs to one facility alone, and what is measured on the ground.
ITS_OWN = ("name", "length", "asset_card", "original_value", "value_date", "last_operated", "survey_date", "note")


@dataclass(frozen=True)
class Unfinished:
    """A facility whose form is being filled in: drawn as ``wkb`` (hex), or in place of the pipe ``uid``."""

    kind: str
    operation: str
    title: str
    wkb: str = ""
    uid: str = ""

    def where(self) -> dict[str, Any]:
        """What the operation must know beside the form's values."""
        if self.uid:
            return {"uid": self.uid}
        wkb = bytes.fromhex(self.wkb)
        return {"geometry": wkb} if self.kind == "pipe" else {"kind": self.kind, "at": _place(wkb)}


class Editing(QObject):
    """What the editing actions call. Between two of them it keeps what is being made, and the brush's source."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._brush: Record | None = None
        self._new: Unfinished | None = None
        self._snapping = True
        self._as_of_shown = False
        window.selection.changed.connect(self._brush_on)
        window.inspector.given_up.connect(self.give_up)
        window.inspector.save_many.connect(self.change_many)
        window.inspector.history_wanted.connect(self._show_history)
        window.inspector.history.compare.connect(self._compare)
        window.inspector.history.undo.connect(self._undo_one)

    # -- new facilities ----------------------------------------------------------------------------------------------

    def draw_pipe(self) -> None:
        """Draw a line, fill in the form, and the pipe is there with its ends connected."""
        self._draw("line", functools.partial(self._form_of_new, "pipe", "editing.draw_pipe", _("New pipe")))

    def insert_valve(self) -> None:
        """Click on a pipe: a valve that splits it."""
        self._draw("point", functools.partial(self._form_of_new, "valve", "editing.insert", _("New valve")))

    def insert_hydrant(self) -> None:
        """Click on a pipe: a hydrant that splits it."""
        self._draw("point", functools.partial(self._form_of_new, "hydrant", "editing.insert", _("New hydrant")))

    def _form_of_new(self, kind: str, operation: str, title: str, wkb: bytes) -> None:
        self._show_draft(wkb)
        new = Unfinished(kind, operation, title, wkb.hex())
        self._window.jobs.ask("facilities.defaults", functools.partial(self._fill_in, new), kind=kind, geometry=wkb)

    def _fill_in(self, new: Unfinished, known: dict[str, Any]) -> None:
        """Show the form of something new with what is known of it."""
        self._window.inspector.show_new(new.title, new.kind, known, functools.partial(self._make, new))
        self._new = new
        self._window.show_inspector()

    def _make(self, new: Unfinished, values: dict[str, Any]) -> None:
        made = functools.partial(self._made, new.kind)
        self._window.jobs.ask(new.operation, made, values=values, **new.where())

    def unfinished(self) -> dict[str, Any] | None:
        """What is being made and not saved, as plain values; ``None`` where nothing is."""
        form = self._window.inspector.form
        if self._new is None or form is None or not form.is_new:
            return None
        return vars(self._new) | {"values": form.draft()}

    def resume(self, unfinished: Mapping[str, Any]) -> None:
        """Go on with what :meth:`unfinished` told."""
        new = Unfinished(**{name: unfinished[name] for name in ("kind", "operation", "title", "wkb", "uid")})
        self._fill_in(new, {})
        form = self._window.inspector.form
        assert form is not None
        form.fill(unfinished["values"])
        if new.wkb:
            wkb = bytes.fromhex(new.wkb)
            self._show_draft(wkb)
            place = shapely.from_wkb(wkb).centroid
            self._window.engine.request("view.set", center=[place.x, place.y])

    def _made(self, kind: str, result: ChangeResult) -> None:
        """Select what was made: the last row of its kind that the change inserted."""
        self._new = None
        self._window.messages.info(_("Done: {why}").format(why=result.why))
        self._window.selection.choose(kind, uid=result.touched[kind].inserted[-1])

    # -- shape -------------------------------------------------------------------------------------------------------

    def split(self) -> None:
        """Click on a pipe: a node that splits it."""
        self._draw("point", lambda wkb: self._do("editing.insert", kind="node", at=_place(wkb)))

    def join(self) -> None:
        """Make one pipe of the two that are selected."""
        fids = self._window.selection.layers.get("pipe", [])
        if len(fids) != 2:
            self._window.messages.warning(_("Select two pipes that follow one another first."))
            return
        self._window.jobs.ask("editing.common", self._join, kind="pipe", fids=fids)

    def _join(self, pipes: Common) -> None:
        first, second = pipes.uids
        self._do_joining("editing.join", first=first, second=second)

    def _do_joining(self, operation: str, **values: Any) -> None:
        """Join pipes; those that differ only when that is agreed."""

        def refused(error: JnwError) -> None:
            if isinstance(error, PipesDiffer) and self._agreed(error.message, _("Join them all the same?")):
                self._do(operation, different=True, **values)
            elif not isinstance(error, PipesDiffer):
                self._window.messages.error(error)

        self._window.jobs.ask(operation, self._done, refused, **values)

    def out_of_pipe(self) -> None:
        """The selected valve, node or other point goes; the pipes on either side of it run on as one."""
        record = self._selected(_("Select a node, valve or other point first."), lambda kind: kind.id in ENDS)
        if record is None:
            return
        what = f"{_(KINDS[record.kind].title)} {record.code}"
        question = _("Take {what} out of its pipe? The two pieces become one pipe.").format(what=what)
        if record.kind == "node":
            answers = [_("Take out")]
        else:
            answers = [_("It was taken out of the ground"), _("It was recorded by mistake")]
        answer = self._answer(question, answers)
        if answer is not None:
            values = {"kind": record.kind, "uid": record.uid, "mistake": answer == 1}
            self._do_joining("editing.take_out", **values)

    def move(self) -> None:
        """Click where the selected point is to be; its pipes follow."""
        record = self._selected(_("Select a node, valve or other point first."), lambda kind: kind.geometry == "POINT")
        if record is not None:
            self._draw("point", lambda wkb: self._do("editing.move", kind=record.kind, uid=record.uid, to=_place(wkb)))

    def reverse(self) -> None:
        """Turn the direction of the selected pipe round."""
        record = self._pipe()
        if record is not None:
            self._do("editing.reverse", uid=record.uid)

    def reshape(self) -> None:
        """Drag the selected pipe's vertices; its ends stay at what it is connected to."""
        record = self._pipe()
        if record is not None and record.geometry is not None:
            known = {"wkb": record.geometry.hex(), "layer": "pipe", "fid": record.fid}
            self._draw("reshape", lambda wkb: self._do("editing.reshape", uid=record.uid, geometry=wkb), **known)

    def extend(self) -> None:
        """Click where the selected pipe is to reach; its nearer end goes there."""
        record = self._pipe()
        if record is not None:
            self._draw("point", functools.partial(self._extend, record))

    def _extend(self, record: Record, wkb: bytes) -> None:
        line, place = shapely.from_wkb(record.geometry), shapely.from_wkb(wkb)
        far = [place.distance(shapely.Point(line.coords[index])) for index in (0, -1)]
        end = "start" if far[0] < far[1] else "end"
        self._do("editing.extend", pipe=record.uid, end=end, to=_place(wkb))

    def offset_copy(self) -> None:
        """A new pipe beside the selected one."""
        record = self._pipe()
        if record is None:
            return
        distance, agreed = QInputDialog.getDouble(
            self._window, _("Copy beside"), _("Distance in m, to the left of the pipe's direction (negative: right)"),
            1.0, -1000.0, 1000.0, 2,
        )  # fmt: skip
        if agreed:
            made = functools.partial(self._made, "pipe")
            self._window.jobs.ask("editing.offset_copy", made, pipe=record.uid, distance=distance)

    def replace(self) -> None:
        """Fill in the form of the pipe that replaces the selected one."""
        record = self._pipe()
        if record is None:
            return
        kept = {name: record.values[name] for name in ("use", "dn", "material", "owner", "road", "embedding")}
        title = _("Pipe in place of {code}").format(code=record.code)
        self._fill_in(Unfinished("pipe", "editing.replace", title, uid=record.uid), kept | {"state": "in_service"})

    # -- life --------------------------------------------------------------------------------------------------------

    def abandon(self) -> None:
        """Out of use, still in the ground: what is selected."""
        self._set_state("abandoned", _("Abandon {what}?"))

    def take_out(self) -> None:
        """Taken out of the ground: what is selected."""
        self._set_state("removed", _("Record {what} as removed from the ground?"))

    def _set_state(self, state: str, question: str) -> None:
        record = self._selected(_("Select something first."))
        if record is None:
            return
        fids = self._window.selection.layers[record.kind]

        def ask(chosen: Common) -> None:
            if self._agreed(question.format(what=_named(chosen))):
                self._do("editing.set_state", kind=chosen.kind, uids=chosen.uids, state=state)

        self._window.jobs.ask("editing.common", ask, kind=record.kind, fids=fids)

    def delete(self) -> None:
        """Delete a record made by mistake; what hangs on it only when that is agreed."""
        record = self._selected(_("Select what was recorded by mistake first."))
        if record is None:
            return
        what = f"{_(KINDS[record.kind].title)} {record.code}"
        kept = _("What stood in the ground is abandoned or removed instead; this is for a record made by mistake.")
        if not self._agreed(_("Delete {what}?").format(what=what), kept):
            return

        def refused(error: JnwError) -> None:
            if isinstance(error, StillNamed) and self._agreed(error.message, _("Delete all of it together?")):
                self._do("editing.delete", kind=record.kind, uid=record.uid, cascade=True)
            elif not isinstance(error, StillNamed):
                self._window.messages.error(error)

        self._window.jobs.ask("editing.delete", self._done, refused, kind=record.kind, uid=record.uid)

    # -- many --------------------------------------------------------------------------------------------------------

    def bulk(self) -> None:
        """The form of all that is selected."""
        if self._window.inspector.many is None:
            self._window.messages.warning(_("Select several facilities of one kind: by rectangle, or in the table."))
            self._window.actions_by_id["select-rectangle"].trigger()
            return
        self._window.show_inspector()

    def show_many(self, kind: str) -> None:
        """Show all that is selected of a kind in one form."""
        window = self._window
        fids = window.selection.layers[kind]

        def show(common: Common) -> None:
            if window.selection.layers.get(kind) == fids:  # still
                window.inspector.show_many(common)

        window.jobs.ask("editing.common", show, kind=kind, fids=fids)

    def change_many(self, kind: str, uids: list[str], values: dict[str, Any]) -> None:
        """Show what would change; when that is agreed, change it."""

        def decide(preview: Preview) -> None:
            if BulkPreview(kind, preview, self._window).exec():
                self._do("editing.bulk_update", kind=kind, uids=uids, values=values)

        self._window.jobs.ask("editing.preview_bulk", decide, kind=kind, uids=uids, values=values)

    def brush(self) -> None:
        """Take the selected facility's attributes; the next one selected gets them."""
        self._brush = self._selected(_("Select the facility whose attributes are to be copied first."))
        if self._brush is not None:
            told = _("Attributes of {code} taken: now select the facilities that get them; Esc ends it.")
            self._window.messages.info(told.format(code=self._brush.code))
            self._window.actions_by_id["select-rectangle"].trigger()

    def _brush_on(self, layers: dict[str, list[int]]) -> None:
        source, fids = self._brush, layers.get(self._brush.kind, []) if self._brush else []
        targets = [fid for fid in fids if source is not None and fid != source.fid]
        if source is None or not targets:
            return
        self._brush = None

        def ask(chosen: Common) -> None:
            question = _("Give {what} the attributes of {code}?").format(what=_named(chosen), code=source.code)
            fields = [field for field in KINDS[source.kind].fields if _brushed(field.name, field.type)]
            fields = [field for field in fields if source.values[field.name] is not None]
            if self._agreed(question, ", ".join(_(field.title) for field in fields)):
                names = [field.name for field in fields]
                uids = chosen.uids
                self._do("editing.copy_attributes", kind=source.kind, source=source.uid, targets=uids, fields=names)

        self._window.jobs.ask("editing.common", ask, kind=source.kind, fids=targets)

    def leave(self) -> None:
        """Esc: the brush is put away; what was drawn stays while its form is there."""
        self._brush = None
        if self._new is None:
            self._show_draft(None)

    def give_up(self) -> None:
        """What was drawn is not wanted."""
        self._new = None
        self._show_draft(None)

    def leave_draft(self) -> None:
        """Something else is looked at: what was drawn and not saved can be gone back to."""
        unfinished = self.unfinished()
        self.give_up()
        if unfinished is not None:
            back = functools.partial(self.resume, unfinished)
            text = _("{title} is not saved.").format(title=unfinished["title"])
            self._window.messages.warning(text, _("Back to it"), back)

    # -- history -----------------------------------------------------------------------------------------------------

    def _show_history(self, record: Record) -> None:
        def show(changes: list[FeatureChange]) -> None:
            if self._window.inspector.record is record:
                self._window.inspector.history.show_changes(record.kind, changes)

        self._window.jobs.ask("facilities.history", show, kind=record.kind, uid=record.uid)

    def _compare(self, change: FeatureChange | None) -> None:
        shapes = (
            (change.geometry_before, change.geometry_after) if change is not None and change.moved else (None, None)
        )
        for key, colour, wkb in zip((BEFORE, AFTER), ("#e03131", "#2f9e44"), shapes, strict=True):
            features = [] if wkb is None else [{"wkb": wkb.hex()}]
            style = {"line": colour, "width": 3}
            self._window.engine.keep("overlay.set", key, id=key, role="draft", features=features, style=style)

    def map_as_of(self) -> None:
        """The pipes in view as they were recorded at a date, over those of today; once more takes them away."""
        if self._as_of_shown:
            self._show_as_of([])
            return
        today = datetime.date.today().isoformat()
        asked = _("Pipes as they were recorded at the end of the day (YYYY-MM-DD)")
        date, agreed = QInputDialog.getText(self._window, _("Map as of a date"), asked, text=today)
        if not agreed:
            return

        def show(shapes: list[bytes]) -> None:
            self._show_as_of(shapes)
            told = _("{count:,} pipes in view as of {date}; choose this once more to take them away.")
            self._window.messages.info(told.format(count=len(shapes), date=date))

        bounds = self._window.map.state["extent"]
        self._window.jobs.ask("facilities.shapes_as_of", show, kind="pipe", date=date.strip(), bounds=bounds)

    def _show_as_of(self, shapes: list[bytes]) -> None:
        self._as_of_shown = bool(shapes)
        features = [{"wkb": wkb.hex()} for wkb in shapes]
        style = {"line": "#9c36b5", "width": 3}
        self._window.engine.keep("overlay.set", AS_OF, id=AS_OF, role="draft", features=features, style=style)

    def _undo_one(self, number: int) -> None:
        self._do("workspace.undo_one", number=number)

    # -- how ---------------------------------------------------------------------------------------------------------

    def toggle_snapping(self) -> None:
        """Whether what is drawn catches on what is there."""
        self._snapping = not self._snapping
        self._window.engine.keep("snap.config", enabled=self._snapping)
        told = _("Snapping is on.") if self._snapping else _("Snapping is off.")
        self._window.messages.info(told)

    def _draw(self, shape: str, on_drawn: Callable[[bytes], None], **options: Any) -> None:
        """Let the user draw with snapping to the network; a drawing that is left leaves nothing."""
        self._window.engine.keep("snap.config", enabled=self._snapping, layers=SNAPPED)

        def drawn(wkb: bytes) -> None:
            self._window.engine.keep("snap.config", enabled=self._snapping)
            on_drawn(wkb)

        self._window.drawing.ask(shape, drawn, **options)

    def _show_draft(self, wkb: bytes | None) -> None:
        features = [] if wkb is None else [{"wkb": wkb.hex()}]
        self._window.engine.keep("overlay.set", DRAFT, id=DRAFT, role="draft", features=features)

    def _do(self, operation: str, **values: Any) -> None:
        self._window.jobs.ask(operation, self._done, **values)

    def _done(self, result: ChangeResult) -> None:
        self._window.messages.info(_("Done: {why}").format(why=result.why))

    def _pipe(self) -> Record | None:
        return self._selected(_("Select a pipe first."), lambda kind: kind.id == "pipe")

    def _selected(self, missing: str, fits: Callable[[Any], bool] = lambda _kind: True) -> Record | None:
        record = self._window.selection.record
        if record is None or record.geometry is None or not fits(KINDS[record.kind]):
            self._window.messages.warning(missing)
            return None
        return record

    def _answer(self, question: str, answers: list[str]) -> int | None:
        """Which of the answers the user gives; ``None``: none of them."""
        box = QMessageBox(QMessageBox.Icon.Question, _("Edit"), question, parent=self._window)
        buttons = [box.addButton(answer, QMessageBox.ButtonRole.AcceptRole) for answer in answers]
        box.setDefaultButton(box.addButton(_("Give up"), QMessageBox.ButtonRole.RejectRole))
        box.exec()
        clicked = box.clickedButton()
        box.deleteLater()
        return next((number for number, button in enumerate(buttons) if button is clicked), None)

    def _agreed(self, question: str, more: str = "") -> bool:
        buttons = QMessageBox.StandardButton
        text = f"{question}\n\n{more}" if more else question
        answer = QMessageBox.question(self._window, _("Edit"), text, buttons.Yes | buttons.No, buttons.No)
        return answer == buttons.Yes


def _place(wkb: bytes) -> list[float]:
    point = shapely.from_wkb(wkb)
    return [point.x, point.y]


def _named(chosen: Common) -> str:
    title = _(KINDS[chosen.kind].title)
    if len(chosen.uids) == 1:
        return f"{title} {chosen.codes[0]}"
    return _("{count:,} × {kind}").format(count=len(chosen.uids), kind=title)


def _brushed(name: str, of_type: str) -> bool:
    at_ends = name.startswith(("depth", "elevation"))
    return of_type != "reference" and name not in ITS_OWN and not at_ends
