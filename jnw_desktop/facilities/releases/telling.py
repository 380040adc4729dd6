"""A release as people read it in a list: the cells of its row."""

from __future__ import annotations

import datetime
from typing import Any

from jnw_desktop.facilities.releases.coordinates import Coordinates
from jnw_desktop.facilities.releases.leaving import WHAT
from jnw_desktop.language import N_, _

HEAD = (
    N_("Number"), N_("When"), N_("By"), N_("What"), N_("Title"), N_("File"), N_("Recipient"), N_("Role"),
    N_("Coordinates"), N_("Why"), N_("Facilities"),
)  # fmt: skip


def cells(row: dict[str, Any]) -> list[str | int | float | None]:
    """A release as :data:`HEAD` names its columns."""
    at = datetime.datetime.fromisoformat(row["at"]).astimezone()
    return [
        row["release"], f"{at:%Y-%m-%d %H:%M}", row["who"], _(WHAT[row["what"]]), row["title"], row["file"],
        row["recipient"] or _("in the house"), row["role"], Coordinates.parse(row["coordinates"]).title, row["why"],
        row["facilities"],
    ]  # fmt: skip
