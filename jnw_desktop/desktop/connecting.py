"""The address of a team workspace, asked for in a form."""

from __future__ import annotations

import sqlalchemy as sa
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QSpinBox, QWidget

from jnw_desktop.desktop import forms
from jnw_desktop.workspace.location import DEFAULT_SCHEMA, Location

NEEDED = ("host", "database", "user")


class ConnectDatabase:
    """The form; ``where`` (an address without password) fills it in."""

    def __init__(self, parent: QWidget | None, where: str = "") -> None:
        form = forms.load("connect_database", QDialog, parent)
        self.form = form.widget
        self.lines = {name: form.part(name, QLineEdit) for name in ("host", "database", "schema", "user", "password")}
        self.port = form.part("port", QSpinBox)
        self._buttons = form.part("buttons", QDialogButtonBox)
        self._buttons.accepted.connect(self.form.accept)
        self._buttons.rejected.connect(self.form.reject)
        for line in self.lines.values():
            line.textChanged.connect(self._check)
        if where:
            self._fill(Location.parse(where))
        self._check()

    def _fill(self, location: Location) -> None:
        url = location.url
        assert url is not None
        told = {"host": url.host, "database": url.database, "user": url.username, "schema": location.schema}
        for name, value in told.items():
            self.lines[name].setText(value or "")
        if url.port:
            self.port.setValue(url.port)
        self.lines["password"].setFocus()

    def _check(self) -> None:
        schema = self.lines["schema"].text().strip()
        whole = all(self.lines[name].text().strip() for name in NEEDED) and (not schema or schema.isidentifier())
        self._buttons.button(QDialogButtonBox.StandardButton.Open).setEnabled(bool(whole))

    def address(self) -> str:
        """The workspace's address, with its password."""
        text = {name: line.text().strip() for name, line in self.lines.items()}
        url = sa.URL.create(
            "postgresql",
            text["user"],
            self.lines["password"].text() or None,
            text["host"],
            self.port.value(),
            text["database"],
            {"schema": text["schema"] or DEFAULT_SCHEMA},
        )
        return url.render_as_string(hide_password=False)
