"""Photos and documents of the facility that is shown: read from the disk, kept in the workspace, opened again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from jnw_desktop.desktop.panels.attachments import Picture
from jnw_desktop.facilities.attachments import MOST_BYTES, Attachment
from jnw_desktop.facilities.kinds import ATTACHMENT
from jnw_desktop.facilities.queries import Record
from jnw_desktop.language import _
from jnw_desktop.workspace import ChangeResult

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow


class Attaching(QObject):
    """Between the inspector's page of attachments and the worker."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._page = window.inspector.attachments
        window.inspector.attachments_wanted.connect(self._show)
        self._page.added.connect(self._add)
        self._page.opened.connect(self._open)
        self._page.removed.connect(self._remove)
        window.jobs.changed.connect(self._changed)

    def _show(self, record: Record) -> None:
        def show(files: list[Attachment]) -> None:
            if self._window.inspector.record is record:
                self._page.show_files(files)

        self._window.jobs.ask("attachments.list", show, uid=record.uid)

    def _changed(self, result: ChangeResult | None) -> None:
        """A change set may have touched what is shown: an undo too, or another process."""
        record = self._window.inspector.record
        if record is not None and (result is None or ATTACHMENT.name in result.touched):
            self._show(record)

    def _add(self, paths: list[str]) -> None:
        record = self._window.inspector.record
        if record is None:
            return
        for path in map(Path, paths):
            try:
                with path.open("rb") as file:
                    content = file.read(MOST_BYTES + 1)  # one byte more is enough to be refused
            except OSError as error:
                told = _("{path} cannot be read: {reason}").format(path=path, reason=error.strerror)
                self._window.messages.warning(told)
                continue
            wanted: dict[str, Any] = {"kind": record.kind, "uid": record.uid, "name": path.name, "content": content}
            self._window.jobs.ask("attachments.add", lambda _result: None, **wanted)

    def _open(self, file: Attachment) -> None:
        def show(content: bytes) -> None:
            if file.media_type == "application/pdf":
                path = self._window.tabs.new_document(file.name.removesuffix(".pdf"))
                Path(path).write_bytes(content)
                self._window.tabs.open_document(path, file.name)
            elif file.thumbnail is not None:
                self._window.tabs.open(Picture(content), file.name)
            else:
                self._save(file.name, content)

        self._window.jobs.ask("attachments.content", show, uid=file.uid)

    def _save(self, name: str, content: bytes) -> None:
        """What cannot be shown here is written where the user wants it."""
        target, _kind = QFileDialog.getSaveFileName(self._window, _("Save a copy…"), str(Path.home() / name))
        if not target:
            return
        try:
            Path(target).write_bytes(content)
        except OSError as error:
            told = _("The copy could not be written to {path}: {reason}")
            self._window.messages.warning(told.format(path=target, reason=error.strerror))

    def _remove(self, file: Attachment) -> None:
        self._window.jobs.ask("attachments.remove", lambda _result: None, uid=file.uid)
