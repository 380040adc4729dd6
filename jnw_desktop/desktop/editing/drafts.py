"""What was begun and not saved: forms half filled in and lines half drawn, kept on this machine and offered again."""

from __future__ import annotations

import functools
import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QMessageBox

from jnw_desktop.desktop.panels.inspector import Draft
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.queries import Record
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow

KEPT_AFTER_MS = 1500  # after the last key: a program that dies loses no more
RESUMED = ("draw-line", "draw-polygon")  # tools of which more than one point can be lost


class Drafts(QObject):
    """The drafts of a window, in one file for each workspace in the user's state folder; it goes when there are none.

    They are written while the user works, so that they outlive a crash as well as a close.
    """

    def __init__(self, window: MainWindow, folder: Path | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._folder = folder or Path(platformdirs.user_state_dir("jnw-desktop")) / "drafts"
        self._where = ""
        self._drawing: dict[str, Any] | None = None
        self._timer = QTimer(self, singleShot=True, interval=KEPT_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        window.inspector.drafted.connect(self._timer.start)
        window.inspector.left_unsaved.connect(self._left)
        window.engine.heard.connect(self._heard)
        window.map.tool_set.connect(self._tool_set)

    def open(self, where: str) -> None:
        """Another workspace is open: offer the drafts that were kept of it."""
        self._where = where
        kept = self._read()
        forms = [Draft(**form) for form in kept.get("forms", ()) if form.get("kind") in KINDS]
        self._window.inspector.take_drafts(forms)
        count = len(forms) + ("new" in kept) + ("drawing" in kept)
        if count:
            text = _("{count} drafts of last time are kept: what was typed or drawn and not saved.")
            self._window.messages.warning(text.format(count=count), _("Show them"), lambda: self._offer(kept))

    def leave(self) -> None:
        """Another workspace is to be shown: keep the drafts of this one."""
        self.keep()
        self._where = ""

    def keep(self) -> None:
        """Write down what there is to lose; nothing leaves no file."""
        self._timer.stop()
        if not self._where:
            return
        kept = self._now()
        with suppress(OSError):  # a full disk: there is nothing the user should do about a draft
            if not kept:
                self._file().unlink(missing_ok=True)
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            part = self._file().with_suffix(".part")
            part.write_text(json.dumps(kept | {"workspace": self._where}, ensure_ascii=False), "utf-8")
            part.replace(self._file())

    def may_close(self) -> bool:
        """Whether the program may end: at once where nothing is begun, else as the user says."""
        kept = self._now()
        if not kept:
            return True
        count = len(kept.get("forms", ())) + ("new" in kept) + ("drawing" in kept)
        text = _("{count} drafts are not saved. They can be kept on this machine for next time.").format(count=count)
        buttons = QMessageBox.StandardButton
        answer = QMessageBox.question(
            self._window, _("Quit"), text, buttons.Save | buttons.Discard | buttons.Cancel, buttons.Save
        )
        if answer == buttons.Discard:
            self._forget()
        elif answer == buttons.Save:
            self.keep()
        return answer in (buttons.Save, buttons.Discard)

    def _now(self) -> dict[str, Any]:
        inspector = self._window.inspector
        kept: dict[str, Any] = {}
        if forms := inspector.drafts():
            kept["forms"] = [vars(form) for form in forms]
        if new := self._window.editing.unfinished():
            kept["new"] = new
        if self._drawing is not None and self._drawing["points"]:
            kept["drawing"] = self._drawing
        return kept

    def _file(self) -> Path:
        return self._folder / f"{hashlib.sha256(self._where.encode()).hexdigest()[:16]}.json"

    def _read(self) -> dict[str, Any]:
        try:
            kept = json.loads(self._file().read_text("utf-8"))
        except (OSError, ValueError):
            return {}  # none, or one that a full disk cut short
        fits = isinstance(kept, dict) and kept.pop("workspace", None) == self._where
        return kept if fits else {}

    def _forget(self) -> None:
        self._timer.stop()
        with suppress(OSError):
            self._file().unlink(missing_ok=True)
        self._window.inspector.take_drafts([])
        self._where = ""

    # -- offering ----------------------------------------------------------------------------------------------------

    def _offer(self, kept: dict[str, Any]) -> None:
        menu = QMenu(self._window)
        for form in kept.get("forms", ()):
            title = f"{_(KINDS[form['kind']].title)} {form['code']}"
            menu.addAction(title, functools.partial(self._show, form["kind"], form["uid"]))
        if "new" in kept:
            menu.addAction(kept["new"]["title"], functools.partial(self._window.editing.resume, kept["new"]))
        if "drawing" in kept:
            title = _("A drawing of {count} points").format(count=len(kept["drawing"]["points"]))
            menu.addAction(title, functools.partial(self._draw, kept["drawing"]))
        menu.addSeparator()
        menu.addAction(_("Forget all of them"), lambda: self._forget_kept())
        menu.popup(QCursor.pos())

    def _show(self, kind: str, uid: str) -> None:
        self._window.selection.choose(kind, uid=uid, fly=True)

    def _draw(self, drawing: dict[str, Any]) -> None:
        """Take a drawing up again: its action, and its points one after the other."""
        action, points = self._window.actions_by_id.get(drawing["action"]), drawing["points"]
        if action is None:
            return  # of a plugin that is not here any more
        action.trigger()
        for point in points:
            self._window.engine.request("draw.vertex", at=point)
        self._window.engine.request("view.set", center=points[-1])

    def _forget_kept(self) -> None:
        where = self._where
        self._forget()
        self._where = where

    def _left(self, record: Record) -> None:
        text = _("The changes of {code} are not saved; they are kept here until you save them or give them up.")
        back = functools.partial(self._window.selection.choose, record.kind, uid=record.uid)
        self._window.messages.warning(text.format(code=record.code), _("Back to it"), back)

    # -- drawing -----------------------------------------------------------------------------------------------------

    def _tool_set(self, tool: str) -> None:
        action = self._window.menus.doing
        self._drawing = {"action": action, "points": []} if tool in RESUMED and action else None

    def _heard(self, name: str, params: dict[str, Any]) -> None:
        if name == "draft" and self._drawing is not None and params["points"] != self._drawing["points"]:
            self._drawing["points"] = params["points"]
            self._timer.start()
        elif name in ("drawn", "tool.left"):
            self._drawing = None
            self._timer.start()
