"""The page of a new edition that says what is another than in the guide it takes the place of."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.platypus import Flowable, Paragraph

from jnw_desktop.documents.tables import table
from jnw_desktop.documents.text import styles
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_plugins.guide.difference import HOW, Difference
from jnw_plugins.guide.outline import section


def changes_table(replaces: str, differences: Sequence[Difference] | None, font: str, width: float) -> list[Flowable]:
    """Every difference from the guide ``replaces``, a row for each field; nothing where there is no such guide."""
    if not replaces:
        return []
    heading = section(_("Changes since {guide}").format(guide=replaces), font)
    if not differences:
        told = _("Nothing that was told has changed.")
        if differences is None:
            told = _("What the earlier guide told was not kept; compare the sheets.")
        return [*heading, Paragraph(told, styles(font)["body"])]
    head = [_("Kind"), _("Code"), _("What has changed"), _("Field"), _("Before"), _("Now")]
    rows = [
        [_(KINDS[difference.kind].title), difference.code, _(HOW[difference.how]), *fields]
        for difference in differences
        for fields in difference.told or [("", "", "")]
    ]
    return [*heading, table(head, rows, [1.1, 1.3, 1.1, 1.4, 1.6, 1.6], font, width)]
