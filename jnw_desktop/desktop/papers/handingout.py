"""A document that was looked at goes to somebody: it is written again with the recipient's name on every page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QWidget

from jnw_desktop.desktop import forms
from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.desktop.papers.recipients import RecipientRows
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _


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
