"""``jnw print``: a sheet of the map, or an atlas, without a window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.arguments import numbers
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, opened, task
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.language import _
from jnw_desktop.workspace.home import Bounds

LARGEST = 1_000_000  # m, of an extent
LEAST, MOST = 10, 5_000_000  # denominators of a scale


def parse_extent(text: str) -> Bounds:
    """``E1,N1,E2,N2`` as (xmin, ymin, xmax, ymax). Raises UsageError."""
    try:
        east, north, east_2, north_2 = numbers(text, 4)
    except UsageError as error:
        raise UsageError(_("{text} is not an extent.").format(text=text), _("Write it as E1,N1,E2,N2.")) from error
    box = min(east, east_2), min(north, north_2), max(east, east_2), max(north, north_2)
    if not (0 < box[2] - box[0] < LARGEST and 0 < box[3] - box[1] < LARGEST):
        raise UsageError(
            _("{text} is not an extent.").format(text=text),
            _("Its sides are longer than nothing and shorter than {most:,} km.").format(most=LARGEST // 1000),
        )
    return box


def require_scale(scale: float | None) -> None:
    """Refuse a denominator at which nothing can be drawn. Raises UsageError."""
    if scale is not None and not LEAST <= scale <= MOST:
        raise UsageError(
            _("1:{scale:g} is not a scale.").format(scale=scale),
            _("Give a denominator from {least} to {most:,}.").format(least=LEAST, most=MOST),
        )


def print_map(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    extent: Annotated[
        str | None, typer.Option(help=_("E1,N1,E2,N2 in the workspace's CRS; all pipes without."))
    ] = None,
    scale: Annotated[float | None, typer.Option(help=_("Denominator of the scale; the one that fits without."))] = None,
    paper: Annotated[str, typer.Option(help=_("A4, A3, A2, A1 or A0."))] = "A3",
    portrait: Annotated[bool, typer.Option("--portrait", help=_("Upright."))] = False,
    atlas: Annotated[bool, typer.Option("--atlas", help=_("In sheets of one scale, behind a key map."))] = False,
    title: Annotated[str | None, typer.Option(help=_("Title of the sheet."))] = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """A sheet of the map, or an atlas, as a PDF of vectors with its georeference."""
    from jnw_desktop.documents.atlas import print_atlas  # ReportLab takes most of a second to import
    from jnw_desktop.documents.mapsheet import print_map as print_sheet
    from jnw_desktop.documents.paper import Atlas, MapSheet, Sheet
    from jnw_desktop.facilities import queries
    from jnw_desktop.facilities.layers import layer_tree

    require_scale(scale)
    if atlas and scale is None:
        raise UsageError(_("An atlas has one scale."), _("Give --scale, e.g. --scale 500."))
    sheet = Sheet(paper, not portrait)
    terms = Terms(recipient, role, why or "")
    with opened(where, user) as workspace:
        named = title if title is not None else workspace.properties().get("title", "")
        box = parse_extent(extent) if extent else queries.bounds(workspace, "pipe")
        if atlas and scale is not None:
            wanted = Atlas(named, sheet, scale, box)
            sheets = print_atlas(workspace, wanted, str(out), tree=layer_tree(), terms=terms, task=task(as_json))
        else:
            if box is None:
                raise UsageError(_("There is no pipe to show."), _("Give --extent E1,N1,E2,N2."))
            center = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            chosen = scale or sheet.fitting(box[2] - box[0], box[3] - box[1])
            one = MapSheet(named, sheet, center, chosen)
            print_sheet(workspace, one, str(out), tree=layer_tree(), terms=terms, task=task(as_json))
            sheets = [named]
    value = {"file": str(out), "sheets": sheets}
    answer(as_json, value, lambda: [_("Wrote {path}.").format(path=out)])


def print_tie_cards(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    kind: Annotated[str, typer.Option(help=_("valve or hydrant."))] = "valve",
    code: Annotated[list[str] | None, typer.Option(help=_("Code of one; give it again for more."))] = None,
    road: Annotated[str | None, typer.Option(help=_("All on this road."))] = None,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Tie cards: three distances to fixed points, a small map, what to know to close it."""
    from jnw_desktop.documents.tiecards import MOST_CARDS
    from jnw_desktop.documents.tiecards import print_tie_cards as print_cards
    from jnw_desktop.facilities import queries

    terms = Terms(recipient, role, why or "")
    with opened(where, user) as workspace:
        codes = list(code or ())
        if road:
            page = queries.page(workspace, kind, text=road, sort="code", limit=MOST_CARDS)
            at, named = page.columns.index("code"), page.columns.index("road")
            codes += [row[at] for row in page.rows if row[named] == road]
        made = print_cards(workspace, kind, codes, str(out), terms=terms, task=task(as_json))
    answer(
        as_json,
        {"file": made.file, "cards": made.cards, "untied": made.untied},
        lambda: [_("Wrote {path}.").format(path=made.file)],
    )
