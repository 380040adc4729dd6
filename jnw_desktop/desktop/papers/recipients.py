"""To whom something goes: recipient, role and reason, as rows of any form that lets something out."""

from __future__ import annotations

from typing import Any

import shiboken6
from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit

from jnw_desktop.desktop.forms import Form
from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.releases.roles import Role
from jnw_desktop.language import _


class RecipientRows:
    """The rows ``recipient``, ``role`` and ``why`` of a form; the role's is hidden while the workspace has none."""

    def __init__(self, jobs: Jobs, form: Form[Any]) -> None:
        self.recipient, self.why = form.part("recipient", QLineEdit), form.part("why", QLineEdit)
        self.role = form.part("role", QComboBox)
        self._form = form.part("form", QFormLayout)
        self._form.setRowVisible(self.role, False)
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
