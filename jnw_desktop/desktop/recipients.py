"""To whom something goes: recipient, role and reason, as rows of any form that lets something out."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit

from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.roles import Role
from jnw_desktop.language import _


class RecipientRows:
    """Rows put into ``form`` from the row ``at`` on. The role is left out while the workspace has none."""

    def __init__(self, jobs: Jobs, form: QFormLayout, at: int) -> None:
        self.recipient = QLineEdit(placeholderText=_("Stays in the house"))
        self.recipient.setToolTip(_("The name stands on every page, and in the register of releases."))
        self.role = QComboBox()
        self.role.setToolTip(_("Says how exactly the recipient is told where things lie."))
        self.why = QLineEdit()
        self._form = form
        for place, (title, widget) in enumerate(
            ((_("&Recipient"), self.recipient), (_("R&ole"), self.role), (_("&Why"), self.why)), start=at
        ):
            form.insertRow(place, title, widget)
        form.setRowVisible(self.role, False)
        jobs.ask("releases.roles", self._offer)

    def _offer(self, roles: list[Role]) -> None:
        if not shiboken6.isValid(self.role):
            return  # the form was closed meanwhile
        default = next((role.name for role in roles if role.is_default), "")
        if not default:
            self.role.addItem(_("none: coordinates exact"), "")
        for role in roles:
            self.role.addItem(f"{role.name} · {role.coordinates.title}", role.name)
        self.role.setCurrentIndex(max(0, self.role.findData(default)))
        self._form.setRowVisible(self.role, bool(roles))

    def terms(self) -> Terms:
        """What was typed."""
        return Terms(self.recipient.text().strip(), self.role.currentData() or "", self.why.text().strip())
