"""``jnw guide``: issue guides without a window, list them, find the stale ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, User, Where, Why, answer, task
from jnw_desktop.facilities.operations import open_site
from jnw_desktop.facilities.queries import describe
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

commands = typer.Typer(help=_("Pipeline guides for construction sites."), no_args_is_help=True, add_completion=False)


@commands.command("issue", help=_("Issue the pipeline guide of a construction site as a PDF."))
def issue_guide(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    site: Annotated[str | None, typer.Option(help=_("Code of a construction site."))] = None,
    area: Annotated[Path | None, typer.Option(help=_("GeoJSON of an area; opens a site over it."))] = None,
    depth: Annotated[float | None, typer.Option(help=_("Depth of digging, metres (with --area)."))] = None,
    work: Annotated[str | None, typer.Option(help=_("Kind of work (with --area)."))] = None,
    paper: Annotated[str, typer.Option(help=_("A3 or A4."))] = "A3",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Issue the pipeline guide of a construction site as a PDF."""
    from jnw_plugins.guide import operations  # its libraries take a second to import
    from jnw_plugins.guide.areas import read_area

    if (site is None) == (area is None):
        raise UsageError(_("Name a site or an area."), _("Give either --site CODE or --area FILE."))
    with Workspace.open(where) as workspace:
        if area is not None:
            shape = read_area(area, workspace.crs)
            opened = open_site(workspace, shape, who=user, why=why, name=area.stem, dig_depth=depth, work_type=work)
            (uid,) = opened.touched["construction_site"].inserted
            site = describe(workspace, "construction_site", uid=uid).code
        issued = operations.issue(workspace, str(site), str(out), paper=paper, who=user, why=why, task=task(as_json))
    value = {
        "guide": issued.guide,
        "site": issued.site,
        "file": issued.file,
        "issued": issued.issued,
        "pipes": issued.pipes,
        "facilities": issued.facilities,
        "pages": issued.pages,
    }
    told = _("Issued the guide {guide}: {pipes} pipes, {pages} pages, {file}")
    answer(
        as_json,
        value,
        lambda: [told.format(guide=issued.guide, pipes=len(issued.pipes), pages=issued.pages, file=issued.file)],
    )


@commands.command("list", help=_("Every guide issued, newest first."))
def list_guides(where: Where, as_json: Json = False) -> None:
    """Every guide issued, newest first."""
    _show(where, as_json, stale_only=False)


@commands.command("stale", help=_("Guides that show a facility which has changed since."))
def stale_guides(where: Where, as_json: Json = False) -> None:
    """Guides that show a facility which has changed since."""
    _show(where, as_json, stale_only=True)


def _show(where: str, as_json: bool, stale_only: bool) -> None:
    from jnw_plugins.guide import operations

    with Workspace.open(where) as workspace:
        guides = [guide for guide in operations.issued(workspace) if guide["stale"] or not stale_only]
    answer(
        as_json,
        {"guides": guides},
        lambda: (
            [
                f"{guide['guide']}  {guide['issued']}  {guide['site']}  {guide['name'] or ''}"
                + (f"  {_('stale')}: {', '.join(guide['changed'])}" if guide["stale"] else "")
                for guide in guides
            ]
            or [_("None.")]
        ),
    )
