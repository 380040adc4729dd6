"""The rows of a kind of facility as a table of any length: fetched a page at a time where the user looks; edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from jnw_desktop.desktop.jobs import Jobs, OnError
from jnw_desktop.desktop.panels.fieldform import plain
from jnw_desktop.exchange.rejects import plain_text
from jnw_desktop.facilities.codelists import code_list, label
from jnw_desktop.facilities.fields import Field
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Page
from jnw_desktop.facilities.valuecheck import check_values
from jnw_desktop.language import _

PAGE = 200
PAGES_KEPT = 60  # of those looked at last
HIDDEN = ("fid", "uid", "version")
WAITING = "…"
Index = QModelIndex | QPersistentModelIndex
NOTHING = QModelIndex()
SHOWN, TYPED = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole


class FacilityModel(QAbstractTableModel):
    """All rows there are, a million of them too; a row that is not here yet is asked for and reads "…" until it comes.

    ``counted(total)`` when they were counted; ``edited(kind, uid, version, values)`` when the user changed a cell;
    ``refused_value(field, message)`` when what was typed cannot be stored.
    """

    counted = Signal(int)
    edited = Signal(str, str, int, object)
    refused_value = Signal(str, str)

    def __init__(self, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.kind = "pipe"
        self.text = ""
        self.where = ""
        self.refused: OnError | None = None
        self.editable = True
        self._sort: str | None = None
        self._descending = False
        self._names: list[str] = []  # of the columns that came
        self._columns: list[str] = []  # of those shown
        self._pages: dict[int, list[list[Any]]] = {}
        self._stale: set[int] = set()  # pages that may have changed: shown until they come again
        self._wanted: set[int] = set()
        self._total = 0
        self._asked = 0  # answers to older questions are dropped
        self._shown: tuple[Any, ...] = ()  # what the rows that are shown were asked with

    def ask(self) -> None:
        """Ask again for what is shown; another question begins at the first row."""
        self._asked += 1
        self._wanted.clear()
        self._stale.update(self._pages)
        self._fetch(0)

    def forget_sort(self) -> None:
        """As the rows come."""
        self._sort = None

    def _fetch(self, page: int) -> None:
        if page in self._wanted:
            return
        self._wanted.add(page)
        asked = self._asked
        self._ask_page(page * PAGE, PAGE, lambda found: self._take(asked, page, found))

    def _ask_page(self, offset: int, limit: int, on_page: Callable[[Page], None]) -> None:
        self._jobs.ask(
            "facilities.page",
            on_page,
            self.refused if self.where else None,
            kind=self.kind,
            text=self.text,
            where=self.where,
            sort=self._sort,
            descending=self._descending,
            offset=offset,
            limit=limit,
        )

    def _take(self, asked: int, page: int, found: Page) -> None:
        if asked != self._asked:
            return
        self._wanted.discard(page)
        question = (self.kind, self.text, self.where, self._sort, self._descending)
        if page == 0 and (question, found.total, found.columns) != (self._shown, self._total, self._names):
            self._begin(question, found)
            return
        self._pages.pop(page, None)
        self._pages[page] = found.rows
        self._stale.discard(page)
        while len(self._pages) > PAGES_KEPT:
            del self._pages[next(iter(self._pages))]
        first = page * PAGE
        # After a change what is looked at is asked for anew, wherever it is.
        last = self._total - 1 if self._stale else first + len(found.rows) - 1
        if found.rows:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self._columns) - 1))

    def _begin(self, question: tuple[Any, ...], found: Page) -> None:
        self.beginResetModel()
        self._shown, self._total, self._names = question, found.total, found.columns
        self._columns = [name for name in found.columns if self._is_shown(name)]
        self._pages = {0: found.rows}
        self._stale.clear()
        self.endResetModel()
        self.counted.emit(found.total)

    def _is_shown(self, name: str) -> bool:
        """Local keys and uids of other facilities say nothing to people."""
        field = KINDS[self.kind].field(name)
        return name not in HIDDEN and (field is None or field.type != "reference")

    def _row(self, row: int) -> list[Any] | None:
        """The values of a row; ``None`` while they are asked for."""
        page = self._pages.get(row // PAGE)
        if page is None or row // PAGE in self._stale:
            self._fetch(row // PAGE)
        if page is None:
            return None
        return page[row % PAGE] if row % PAGE < len(page) else None

    def _cell(self, row: int, name: str) -> Any:
        values = self._row(row)
        return WAITING if values is None else values[self._names.index(name)]

    def rows_of(self, fids: Sequence[int]) -> list[int]:
        """The rows of these facilities, of those that are here."""
        wanted = set(fids)
        if not wanted:
            return []
        place = self._names.index("fid") if self._names else 0
        pages = sorted(self._pages.items())
        return [page * PAGE + number for page, rows in pages for number, row in enumerate(rows) if row[place] in wanted]

    def find(self, fids: Sequence[int], on_rows: Callable[[list[int]], None]) -> None:
        """Give ``on_rows`` the rows of these facilities, wherever they are, while the same rows are shown."""
        asked, shown = self._asked, self._shown

        def found(rows: list[int]) -> None:
            if (asked, shown) == (self._asked, self._shown):
                on_rows(rows)

        self._jobs.ask(
            "facilities.places",
            found,
            lambda _error: None,  # the condition that is wrong was told with the rows
            kind=self.kind,
            fids=list(fids),
            text=self.text,
            where=self.where,
            sort=self._sort,
            descending=self._descending,
        )

    def gather(self, ranges: Sequence[tuple[int, int]], on_rows: Callable[[list[list[Any]]], None]) -> None:
        """Give ``on_rows`` the values of the rows in ``ranges`` (first, last): at once where they are here."""
        found: list[list[Any]] = []
        for number, (first, last) in enumerate(ranges):
            some = [self._here(row) for row in range(first, last + 1)]
            if any(row is None for row in some):
                self._gather_from(ranges[number:], found, on_rows)
                return
            found += [row for row in some if row is not None]
        on_rows(found)

    def _here(self, row: int) -> list[Any] | None:
        page = self._pages.get(row // PAGE, [])
        return page[row % PAGE] if row % PAGE < len(page) else None

    def _gather_from(
        self, ranges: Sequence[tuple[int, int]], found: list[list[Any]], on_rows: Callable[[list[list[Any]]], None]
    ) -> None:
        """Ask for the rows of ``ranges`` one range after the other."""
        if not ranges:
            on_rows(found)
            return
        (first, last), rest = ranges[0], ranges[1:]
        self._ask_page(first, last - first + 1, lambda page: self._gather_from(rest, found + page.rows, on_rows))

    def fids(self, rows: Sequence[list[Any]]) -> list[int]:
        """The facilities of rows that were gathered."""
        place = self._names.index("fid")
        return [int(row[place]) for row in rows]

    def copied(self, rows: Sequence[list[Any]]) -> str:
        """Headings and gathered rows as a spreadsheet takes them, parted by tabs; no cell is taken for a formula."""
        places = [self._names.index(name) for name in self._columns]
        fields = [KINDS[self.kind].field(name) for name in self._columns]
        lines = [[self.headerData(at, Qt.Orientation.Horizontal, SHOWN) for at in range(len(places))]]
        lines += [[_shown(field, row[at]) for field, at in zip(fields, places, strict=True)] for row in rows]
        clean = ["\t".join(" ".join(str(plain_text(cell)).split()) for cell in line) for line in lines]
        return "\n".join(clean) + "\n"

    # -- what Qt asks ------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NOTHING) -> int:
        """All rows."""
        return 0 if parent.isValid() else self._total

    def columnCount(self, parent: Index = NOTHING) -> int:
        """Columns shown."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        """Titles in the user's language, with units."""
        if role != SHOWN:
            return None
        if orientation == Qt.Orientation.Vertical:
            return section + 1
        field = KINDS[self.kind].field(self._columns[section])
        if field is None:
            return _("Code")
        return _(field.title) + (f" ({_(field.unit)})" if field.unit else "")

    def data(self, index: Index, role: int = 0) -> Any:
        """A cell: values of code lists by their names, and as they are stored for who edits."""
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor("#868e96") if self._row(index.row()) is None else None
        if role not in (SHOWN, TYPED, Qt.ItemDataRole.ToolTipRole):
            return None
        value = self._cell(index.row(), self._columns[index.column()])
        field = self.field(index)
        return plain(value) if role == TYPED else _shown(field, value)  # as text, which any editor can empty

    def field(self, index: Index) -> Field | None:
        """The field of a cell; ``None`` for the code."""
        return KINDS[self.kind].field(self._columns[index.column()])

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Fields can be edited where they are; a code is what people say and stays."""
        flags = super().flags(index)
        can = self.editable and self.field(index) is not None and self._row(index.row()) is not None
        return flags | Qt.ItemFlag.ItemIsEditable if can else flags

    def setData(self, index: Index, value: Any, role: int = TYPED) -> bool:
        """Ask for a cell to be changed; what cannot be stored is told and changes nothing."""
        row, field = self._row(index.row()), self.field(index)
        text = str(value).strip()
        if role != TYPED or row is None or field is None or text == self.data(index, TYPED):
            return False
        new: Any = None if text == "" else text == "1" if field.type == "boolean" else text
        values = dict(zip(self._names, row, strict=True))
        finding = check_values(self.kind, {field.name: new}, before=values).get(field.name)
        if finding is not None and finding.error:
            self.refused_value.emit(_(field.title), finding.message)
            return False
        self.edited.emit(self.kind, values["uid"], values["version"], {field.name: new})
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort in the workspace, not here."""
        if 0 <= column < len(self._columns):
            self._sort, self._descending = self._columns[column], order == Qt.SortOrder.DescendingOrder
            self.ask()


def _shown(field: Field | None, value: Any) -> Any:
    """A value as people read it."""
    if value is None:
        return ""
    if field is not None and field.code_list:
        return label(field.code_list, str(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value


class CellEditor(QStyledItemDelegate):
    """Edits a cell of a :class:`FacilityModel`: a choice for code lists and yes or no, else a line of text."""

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """A choice where the field has one."""
        model = index.model()
        field = model.field(index) if isinstance(model, FacilityModel) else None
        choices: list[tuple[str, str]] = []
        if field is not None and field.code_list:
            choices = [(entry.code, entry.title) for entry in code_list(field.code_list)]
        elif field is not None and field.type == "boolean":
            choices = [("1", _("yes")), ("0", _("no"))]
        if not choices:
            return super().createEditor(parent, option, index)
        box = QComboBox(parent)
        box.addItem(_("unknown"), "")
        for code, title in choices:
            box.addItem(title, code)
        box.activated.connect(lambda _index: self._chosen(box))
        return box

    def _chosen(self, box: QComboBox) -> None:
        """A choice is made at once."""
        self.commitData.emit(box)
        self.closeEditor.emit(box)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """What is stored now; a value that the list does not have is kept among the choices."""
        if not isinstance(editor, QComboBox):
            super().setEditorData(editor, index)
            return
        value = str(index.data(TYPED))
        if editor.findData(value) < 0:
            editor.addItem(value, value)
        editor.setCurrentIndex(editor.findData(value))

    def setModelData(self, editor: QWidget, model: Any, index: Index) -> None:
        """To the model."""
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentData(), TYPED)
        else:
            super().setModelData(editor, model, index)
