"""A document that was looked at, or a list, goes to somebody: it is written again with the recipient's name on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QWidget

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.desktop.papers.recipients import RecipientRows
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _

if TYPE_CHECKING:
    from jnw_desktop.desktop.window import MainWindow


class HandOut(QDialog):
    """Asks to whom, in which role and why; ``on_terms`` is called with the answer."""

    def __init__(self, jobs: Jobs, title: str, on_terms: Callable[[Terms], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Hand out: {title}").format(title=title))
        self._on_terms = on_terms
        form = forms.fill(self, "hand_out")
        self.rows = RecipientRows(jobs, form)
        self.buttons = form.part("buttons", QDialogButtonBox)
        self.make = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.make.setText(_("Make the file"))
        self.make.setEnabled(False)
        self.rows.recipient.textChanged.connect(lambda text: self.make.setEnabled(bool(text.strip())))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def accept(self) -> None:
        """Make it."""
        self._on_terms(self.rows.terms())
        super().accept()


def write_file(window: MainWindow, title: str, operation: str, out: str, told: str = "", /, **values: Any) -> None:
    """Write a list to the file ``out`` that the user named; then it is offered to make it again for a recipient.

    A PDF opens in a tab. ``told``: what the message line says of it.
    """

    def again(terms: Terms) -> None:
        write_file(window, title, operation, out, told, **values | {"terms": terms})

    def hand_out() -> None:
        HandOut(window.jobs, title, again, window).open()

    def done(_value: Any) -> None:
        recipient = values["terms"].recipient if "terms" in values else ""
        if out.lower().endswith(".pdf"):
            window.tabs.open_document(out, f"{title} → {recipient}" if recipient else title, hand_out)
        said = told or _("Written to {file}.").format(file=out)
        window.messages.info(f"{said} → {recipient}" if recipient else said, _("Hand out…"), hand_out)

    window.jobs.run(title, operation, done, out=out, **values)
