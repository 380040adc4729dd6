"""What a page has to say of what was chosen: an error with what to do about it here, or warnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtWidgets import QLabel

from jnw_desktop.desktop.messages import COLOURS
from jnw_desktop.errors import JnwError
from jnw_desktop.language import N_, _

# What to do about an error in a form; its own hint speaks of the command line's options.
HINTS = {
    "no_crs": N_("Choose or type the CRS of the file, for example EPSG:4548."),
    "crs_doubtful": N_("Choose another CRS, or the unit of the coordinates."),
    "wrong_encoding": N_("Choose another encoding, or leave it to be found."),
    "no_such_layer": N_("Choose the file again."),
    "kind_unclear": N_("Choose the kind of facility."),
    "cannot_write": N_("Choose another name or folder."),
}
MOST = 6  # warnings shown; the result lists all


def tell(label: QLabel, level: str, lines: Sequence[str]) -> None:
    """Show lines in the colours of a level; none hides the label."""
    ground, ink = COLOURS[level]
    label.setStyleSheet(f"background: {ground}; color: {ink}; padding: 5px 8px; border-radius: 4px;")
    shown = list(lines[:MOST])
    if len(lines) > MOST:
        shown.append(_("and {count} more").format(count=len(lines) - MOST))
    label.setText("\n".join(shown))
    label.setVisible(bool(lines))


def tell_error(label: QLabel, error: JnwError, hints: Mapping[str, str] = HINTS) -> None:
    """Show an error and what to do: the page's own hint where it has one for the kind of error."""
    hint = _(hints[error.kind]) if error.kind in hints else error.hint
    tell(label, "error", [f"{error.message}  {hint}".strip()])
