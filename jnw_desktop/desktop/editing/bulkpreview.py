"""What a bulk edit would change, before it does: for each field its values now, how many of each, and the new one."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from jnw_desktop.desktop import forms
from jnw_desktop.facilities.codelists import label
from jnw_desktop.facilities.editing.bulk import Preview
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

NAMED = 10  # codes of facilities that refuse


class BulkPreview(QDialog):
    """Accepted when the user agrees; there is nothing to agree to where nothing changes or something is wrong."""

    def __init__(self, kind: str, preview: Preview, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Change many"))
        form = forms.fill(self, "bulk_preview")
        text = _("{changed:,} of {rows:,} × {kind} will be changed, in one step.")
        summary = text.format(changed=preview.changed, rows=preview.rows, kind=_(KINDS[kind].title))
        form.part("summary", QLabel).setText(summary)
        self.tree = form.part("tree", QTreeWidget)
        self.tree.setHeaderLabels([_("Field"), _("Now"), _("Rows"), _("New")])
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for field in preview.fields:
            new = _shown(kind, field.field, field.new)
            for place, (old, count) in enumerate(field.old):
                title = _title(kind, field.field) if place == 0 else ""
                told = new if old != field.new else _("as it is")
                self.tree.addTopLevelItem(QTreeWidgetItem([title, _shown(kind, field.field, old), f"{count:,}", told]))
        wrong = [f"{_title(kind, name)}: {finding.message}" for name, finding in preview.findings.items()]
        if preview.refused:
            some = ", ".join(preview.refused[:NAMED])
            wrong.append(_("These cannot take the values: {codes}").format(codes=some))
        self.told = form.part("told", QLabel)
        self.told.setText("\n".join(wrong))
        self.told.setVisible(bool(wrong))
        self.buttons = form.part("buttons", QDialogButtonBox)
        self.agree = self.buttons.addButton(_("Change"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText(_("Give up"))
        error = any(finding.error for finding in preview.findings.values())
        self.agree.setEnabled(preview.changed > 0 and not preview.refused and not error)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)


def _title(kind: str, name: str) -> str:
    field = KINDS[kind].field(name)
    return _(field.title) if field is not None else name


def _shown(kind: str, name: str, value: Any) -> str:
    field = KINDS[kind].field(name)
    if value is None:
        return _("unknown")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    shown = label(field.code_list, str(value)) if field is not None and field.code_list else value
    return f"{shown:.10g}" if isinstance(shown, float) else str(shown)
