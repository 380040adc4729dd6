"""What is known of what is selected, the form to change it, its history; and the form of what is new."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from jnw_desktop.desktop.panels.attachments import Attachments
from jnw_desktop.desktop.panels.clashnote import ClashNote
from jnw_desktop.desktop.panels.featurehistory import FeatureHistory
from jnw_desktop.desktop.panels.fieldform import FieldForm, plain
from jnw_desktop.desktop.panels.referencefield import Asked
from jnw_desktop.desktop.scrolling import scrolled
from jnw_desktop.facilities.editing.bulk import Common
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.referring import Named
from jnw_desktop.language import _

# Of a kind of facility: the titles of documents about it, and what to call with its code.
Documents = Callable[[str], list[tuple[str, Callable[[str], None]]]]
# Of a kind of facility: the plugins' pages about it: plugin, title, widget.
Pages = Callable[[str], list[tuple[str, str, QWidget]]]
FORM, HISTORY, FILES = 0, 1, 2


@dataclass
class Draft:
    """What was typed into a facility's form and not saved: ``values``, as they stand in the editors, by field.

    ``seen`` is what stood there when the user began, or when he last decided between his value and another's.
    """

    kind: str
    uid: str
    code: str
    values: dict[str, str]
    seen: dict[str, str] = field(default_factory=dict)


class Inspector(QWidget):
    """Emits ``save(kind, uid, version, values)`` with what the user changed.

    ``save_many(kind, uids, values)``: of a selection; ``show_on_map(record)``: to zoom there; ``left_unsaved(record)``:
    another facility is shown while this one's form has changes, which are there again when it is shown again;
    ``history_wanted(record)`` and ``attachments_wanted(record)``: that page is looked at; ``given_up``: the form of
    something new is left; ``drafted``: what is typed and not saved is another.
    """

    save = Signal(str, str, int, object)
    save_many = Signal(str, object, object)
    show_on_map = Signal(object)
    history_wanted = Signal(object)
    attachments_wanted = Signal(object)
    given_up = Signal()
    left_unsaved = Signal(object)
    drafted = Signal()

    def __init__(self, documents: Documents, pages: Pages, asked: Asked, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._documents, self._pages, self._asked = documents, pages, asked
        self._plugged: dict[str, QScrollArea] = {}
        self._wanted = ""  # the plugin whose page comes forward with the next facility
        self._record: Record | None = None
        self._many: Common | None = None
        self._on_new: Callable[[dict[str, Any]], None] | None = None
        self.form: FieldForm | None = None
        self._drafts: dict[tuple[str, str], Draft] = {}
        self._forms: dict[str, FieldForm] = {}
        self.read_only = False  # what is shown cannot be changed
        self._stays = False  # what comes is what is shown
        # What is being saved, as it stood in the editors, and what was saved, until it is read again.
        self._sent, self._stored = dict[str, str](), dict[str, str]()
        self._heading = ""
        self._title = QLabel(wordWrap=True)
        self._lies_in = QLabel(wordWrap=True)
        self.clash = ClashNote()
        self.clash.mine.connect(self._keep_mine)
        self.clash.theirs.connect(self._take_theirs)
        self._lay_out()
        self.clear()

    def _lay_out(self) -> None:
        self._area = QScrollArea(widgetResizable=True)
        forms = QWidget()  # all of them, one shown: put in anew each time, each would be styled anew
        self._column = QVBoxLayout(forms)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addStretch()
        self._area.setWidget(forms)
        self.history = FeatureHistory()
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.addTab(self._area, _("Properties"))
        self._tabs.addTab(self.history, _("History"))
        self.attachments = Attachments()
        self._tabs.addTab(self.attachments, _("Photos and documents"))
        self._tabs.currentChanged.connect(self._ask_page)
        self._save = QPushButton(_("Save"))
        self._go = QPushButton(_("Show on the map"))
        self._give_up = QPushButton(_("Give up"))
        self._save.clicked.connect(self._emit_save)
        self._go.clicked.connect(lambda: self.show_on_map.emit(self._record))
        self._give_up.clicked.connect(self._leave_new)
        buttons = QHBoxLayout()
        buttons.addWidget(self._go)
        buttons.addStretch()
        buttons.addWidget(self._give_up)
        buttons.addWidget(self._save)
        self._papers = QWidget()
        self._paper_buttons = QVBoxLayout(self._papers)
        self._paper_buttons.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        for widget in (self._title, self._lies_in, self.clash, self._tabs, self._papers):
            layout.addWidget(widget)
        layout.addLayout(buttons)

    @property
    def record(self) -> Record | None:
        """The facility shown."""
        return self._record

    @property
    def many(self) -> Common | None:
        """The facilities shown together."""
        return self._many

    def show_record(self, record: Record) -> None:
        """Show a facility's form."""
        title = f"<b>{_(KINDS[record.kind].title)}</b>  {record.code}"
        self._leave(record)
        self._form_of(record.kind).show_values(record.values)
        self._show(title, record.kind, record=record)
        if record.geometry is not None:
            self._asked.areas(record.geometry, lambda areas: self._tell_areas(record, areas))
        if self._wanted in self._plugged:
            self._tabs.setCurrentWidget(self._plugged[self._wanted])
        self._wanted = ""
        self._ask_page()

    def _tell_areas(self, record: Record, areas: list[Named]) -> None:
        if self._record is record and areas:
            told = ", ".join(f"{_(KINDS[area.kind].title)} {area.name or area.code}" for area in areas)
            self._lies_in.setText(_("Lies in: {areas}").format(areas=told))
            self._lies_in.show()

    def show_many(self, common: Common) -> None:
        """Show many facilities of a kind in one form; what differs says so and stays unless it is changed."""
        count = _("{count:,} selected").format(count=len(common.uids))
        title = f"<b>{_(KINDS[common.kind].title)}</b>  {count}"
        self._leave(None)
        self._form_of(common.kind).show_values(common.values, differing=common.differing)
        self._show(title, common.kind, many=common)

    def show_new(
        self, title: str, kind: str, values: dict[str, Any], on_save: Callable[[dict[str, Any]], None]
    ) -> None:
        """Show the form of a facility that is being made; ``on_save`` gets what was filled in."""
        self._leave(None)
        self._form_of(kind).show_values(values, new=True)
        self._show(f"<b>{title}</b>", kind)
        self._on_new = on_save
        self._give_up.show()
        self._looked()

    def make_form(self, kind: str) -> None:
        """Make the form of a kind now, so that the first click on one does not wait for it."""
        for widget in self._form_of(kind).findChildren(QWidget):
            widget.ensurePolished()

    def _form_of(self, kind: str) -> FieldForm:
        """The one form of a kind: building its editors takes longer than a click may."""
        if kind not in self._forms:
            form = self._forms[kind] = FieldForm(kind, self._asked)
            form.hide()
            form.changed.connect(self._looked)
            self._column.insertWidget(0, form)
            form.follow(self._tabs)
        return self._forms[kind]

    def _leave(self, coming: Record | None) -> None:
        """Keep what was typed before the form is filled anew."""
        self._stays = coming is not None and self._record is not None and coming.uid == self._record.uid
        self._keep_draft(leaving=not self._stays)
        self.form = None  # what it says while it is filled is about nothing

    def _put_in(self, shown: FieldForm | None) -> None:
        """Show one form in the page of properties, or none."""
        for form in self._forms.values():
            form.setVisible(form is shown)

    def _show(self, title: str, kind: str, *, record: Record | None = None, many: Common | None = None) -> None:
        scrolled = self._area.verticalScrollBar().value() if self._stays else 0
        self._record, self._many, self._on_new = record, many, None
        self._stored = {}
        self._heading = title
        self._lies_in.hide()
        self.form = self._form_of(kind)
        self.form.setEnabled(not self.read_only)
        self._put_in(self.form)
        if record is not None:
            draft = self._drafts.get((record.kind, record.uid))
            self.form.fill(draft.values if draft is not None else {})
        self._area.verticalScrollBar().setValue(scrolled)
        self._give_up.hide()
        self._go.setEnabled(record is not None and record.geometry is not None)
        if record is None:
            self._tabs.setCurrentIndex(FORM)
        for page in (HISTORY, FILES):
            self._tabs.setTabEnabled(page, record is not None)
        self._offer_documents(record)
        self._offer_pages(record)
        self._look_for_clash()
        self._looked()

    def _clashing(self) -> list[str]:
        """Fields that are being filled in and were changed by somebody else meanwhile, to something else."""
        record = self._record
        draft = self._drafts.get((record.kind, record.uid)) if record is not None else None
        if record is None or draft is None:
            return []
        now = {name: plain(record.values.get(name)) for name in draft.values}
        return [name for name, mine in draft.values.items() if draft.seen.get(name) != now[name] != mine]

    def _look_for_clash(self) -> None:
        record, form = self._record, self.form
        fields = []
        for name in self._clashing():
            assert record is not None
            assert form is not None
            mine, theirs = self._drafts[record.kind, record.uid].values[name], plain(record.values.get(name))
            fields.append((form.title(name), form.words(name, mine), form.words(name, theirs)))
        self.clash.tell(fields)

    def _keep_mine(self) -> None:
        """What is typed stands; saving puts it over the other's, whose value stays in the history."""
        record = self._record
        if record is not None:
            seen = self._drafts[record.kind, record.uid].seen
            seen |= {name: plain(record.values.get(name)) for name in self._clashing()}
        self.clash.hide()
        self._looked()

    def _take_theirs(self) -> None:
        """What is typed into those fields is given up."""
        record = self._record
        if record is not None:
            self._keep_draft(leaving=False)
            for name in self._clashing():
                del self._drafts[record.kind, record.uid].values[name]
            draft, self.form = self._drafts[record.kind, record.uid].values, None
            form = self._form_of(record.kind)
            form.show_values(record.values)
            self.form = form
            form.fill(draft)
        self.clash.hide()
        self._looked()

    def _looked(self) -> None:
        """What can be saved may be, and what is not saved says so."""
        form = self.form
        self._save.setEnabled(form is not None and not form.wrong and not self.read_only and self.clash.isHidden())
        unsaved = form is not None and self._record is not None and bool(form.values())
        self._title.setText(f"{self._heading} · {_('not saved')}" if unsaved else self._heading)
        self.drafted.emit()

    def _keep_draft(self, leaving: bool) -> None:
        """What was typed and not saved is there again when its facility is shown again."""
        record, form = self._record, self.form
        if record is None or form is None:
            return
        values = {name: text for name, text in form.draft().items() if self._stored.get(name) != text}
        if values:
            begun = self._drafts.get((record.kind, record.uid))
            before = {} if begun is None else begun.seen
            seen = {name: before.get(name, plain(record.values.get(name))) for name in values}
            self._drafts[record.kind, record.uid] = Draft(record.kind, record.uid, record.code, values, seen)
            if leaving:
                self.left_unsaved.emit(record)
        else:
            self._drafts.pop((record.kind, record.uid), None)

    def drafts(self) -> list[Draft]:
        """What is typed and not saved of facilities that are there."""
        self._keep_draft(leaving=False)
        return list(self._drafts.values())

    def take_drafts(self, drafts: Iterable[Draft]) -> None:
        """Another workspace is open: these were kept of it, and are there again when their facility is shown."""
        self._record, self.form = None, None
        self._drafts = {(draft.kind, draft.uid): draft for draft in drafts}
        self.clear()

    def _offer_documents(self, record: Record | None) -> None:
        for button in self._papers.findChildren(QPushButton):
            button.deleteLater()
        if record is None:
            return
        for title, write in self._documents(record.kind):
            button = QPushButton(title)
            button.clicked.connect(lambda _checked, write=write: write(record.code))
            self._paper_buttons.addWidget(button)

    def _offer_pages(self, record: Record | None) -> None:
        """The plugins' pages of this kind of facility; those of others are hidden."""
        offered = [] if record is None else self._pages(record.kind)
        for plugin, title, widget in offered:
            if plugin not in self._plugged:
                page = self._plugged[plugin] = scrolled(widget)
                self._tabs.addTab(page, title)
        shown = {plugin for plugin, _title, _widget in offered}
        for plugin, widget in self._plugged.items():
            self._tabs.setTabVisible(self._tabs.indexOf(widget), plugin in shown)

    def want_page(self, plugin: str) -> None:
        """Bring the page of ``plugin`` forward with the facility that is shown next."""
        self._wanted = plugin

    def clear(self) -> None:
        """Nothing is selected."""
        self._keep_draft(leaving=True)
        self._record, self._many, self._on_new, self.form = None, None, None, None
        self._title.setText(_("Click a facility on the map, or find one."))
        self._lies_in.hide()
        self.clash.hide()
        self._put_in(None)
        self._tabs.setCurrentIndex(FORM)
        for page in (HISTORY, FILES):
            self._tabs.setTabEnabled(page, False)
        self._save.setEnabled(False)
        self._go.setEnabled(False)
        self._give_up.hide()
        self._offer_documents(None)
        self._offer_pages(None)

    def _leave_new(self) -> None:
        self.clear()
        self.given_up.emit()

    def values(self) -> dict[str, Any]:
        """What the user changed, by field."""
        return self.form.values() if self.form is not None else {}

    def editor(self, name: str) -> QWidget:
        """The editor of a field."""
        assert self.form is not None
        return self.form.editor(name)

    def _emit_save(self) -> None:
        values = self.values()
        if self._on_new is not None:
            self._on_new(values)
        elif values and self._record is not None:
            assert self.form is not None
            self._sent = self.form.draft()
            self.save.emit(self._record.kind, self._record.uid, self._record.version, values)
        elif values and self._many is not None:
            self.save_many.emit(self._many.kind, self._many.uids, values)

    def edit(self) -> None:
        """Bring the form forward and put the keyboard into it."""
        if self.form is not None:
            self._tabs.setCurrentIndex(FORM)
            self.form.focus_first()

    def saved(self, uid: str) -> None:
        """What was sent is stored: it is no draft any more."""
        if self._record is not None and self._record.uid == uid:
            self._stored, self._sent = self._sent, {}

    def show_history(self) -> None:
        """Bring the history of what is shown forward."""
        self._tabs.setCurrentIndex(HISTORY)

    def show_attachments(self) -> None:
        """Bring the photos and documents of what is shown forward."""
        self._tabs.setCurrentIndex(FILES)

    def _ask_page(self) -> None:
        page = self._tabs.currentIndex()
        if self._record is not None and page == FILES:
            self.attachments_wanted.emit(self._record)
        if self._record is not None and page == HISTORY:
            self.history_wanted.emit(self._record)
        else:
            self.history.compare.emit(None)
        tab = self._tabs.widget(page)
        for area in self._plugged.values():
            show = getattr(area.widget(), "show_facility", None) if area is tab else None
            if self._record is not None and show is not None:
                show(self._record.kind, self._record.uid, self._record.code)
