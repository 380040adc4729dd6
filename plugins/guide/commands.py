"""``jnw guide``: issue guides without a window, withdraw them, list them, find the stale ones, prove a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jnw_desktop.errors import UsageError
from jnw_desktop.extension.console import Json, Recipient, Role, User, Where, Why, answer, say, task
from jnw_desktop.facilities.queries import describe
from jnw_desktop.facilities.releases.leaving import Terms
from jnw_desktop.facilities.sites import open_site
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide import processcommands

if TYPE_CHECKING:
    from jnw_plugins.guide.issuing import Issued
    from jnw_plugins.guide.proof import Verdict

IN_PART = 4  # exit status: some sites have no guide, or some rows were refused
WRONG = 5  # exit status: looked and found wrong

commands = typer.Typer(help=_("Pipeline guides for construction sites."), no_args_is_help=True, add_completion=False)


@commands.command("issue", help=_("Issue the pipeline guide of a construction site as a PDF."))
def issue_guide(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    site: Annotated[str | None, typer.Option(help=_("Code of a construction site."))] = None,
    area: Annotated[Path | None, typer.Option(help=_("GeoJSON of an area; opens a site over it."))] = None,
    corners: Annotated[str, typer.Option(help=_("Corners of an area instead: E1,N1;E2,N2;E3,N3"))] = "",
    road: Annotated[str, typer.Option(help=_("A stretch of this road instead, with --stations."))] = "",
    stations: Annotated[str, typer.Option(help=_("Where it begins and ends, metres along the road: 120,260"))] = "",
    width: Annotated[
        float | None, typer.Option(help=_("How wide it is, metres; the road's own where not named."))
    ] = None,
    depth: Annotated[float | None, typer.Option(help=_("Depth of digging, metres (with --area)."))] = None,
    work: Annotated[str | None, typer.Option(help=_("Kind of work (with --area)."))] = None,
    paper: Annotated[str, typer.Option(help=_("A3 or A4."))] = "A3",
    most_sheets: Annotated[int, typer.Option(help=_("Detail sheets at most; the scale is coarser beyond."))] = 40,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Issue the pipeline guide of a construction site as a PDF."""
    from jnw_plugins.guide import operations  # its libraries take a second to import

    if [site is not None, area is not None, bool(corners), bool(road)].count(True) != 1:
        raise UsageError(_("Name a site or an area."), _("Give one of --site, --area, --corners and --road."))
    if site is not None and (depth, work) != (None, None):
        raise UsageError(
            _("--depth and --work belong to --area."), _("Those of a site are in its form; change them there.")
        )
    warnings: list[str] = []
    with Workspace.open(where) as workspace:
        if site is None:
            operations.prepare(str(out), paper, most_sheets)  # or a refusal would leave the site behind
            shape, warnings, name = _area(workspace, area, corners, road, stations, width)
            opened = open_site(workspace, shape, who=user, why=why, name=name, dig_depth=depth, work_type=work)
            warnings += opened.warnings
            (uid,) = opened.touched["construction_site"].inserted
            site = describe(workspace, "construction_site", uid=uid).code
        terms = Terms(recipient, role, why or "")
        issued = operations.issue(
            workspace,
            str(site),
            str(out),
            paper=paper,
            most_sheets=most_sheets,
            terms=terms,
            who=user,
            why=why,
            task=task(as_json),
        )
    warnings += issued.notes
    _tell_issued(issued, warnings, as_json)


def _area(
    workspace: Workspace, file: Path | None, corners: str, road: str, stations: str, width: float | None
) -> tuple[bytes, list[str], str | None]:
    """The area of a new site (WKB), what was mended of it, and what the site is called."""
    from jnw_plugins.guide.areas import area_along, area_of_places, read_area

    if file is not None:
        return *read_area(file, workspace.crs), file.stem
    if corners:
        return *area_of_places(corners, workspace.crs), None
    try:
        begin, end = (float(part) for part in stations.split(","))
    except ValueError as error:
        raise UsageError(
            _("A stretch of road has two stations."), _("Give metres along it: --stations 120,260")
        ) from error
    return area_along(workspace, road, begin, end, width), [], f"{road} {begin:g}–{end:g} m"


@commands.command("reissue", help=_("Issue a new edition of a guide, which says what has changed."))
def reissue_guide(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    guide: Annotated[str, typer.Argument(help=_("Number of the guide."))],
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    paper: Annotated[str, typer.Option(help=_("A3 or A4."))] = "A3",
    most_sheets: Annotated[int, typer.Option(help=_("Detail sheets at most; the scale is coarser beyond."))] = 40,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Issue a new edition of a guide, which says what has changed; the earlier one is replaced by it."""
    from jnw_plugins.guide import operations

    with Workspace.open(where) as workspace:
        issued = operations.reissue(
            workspace,
            guide,
            str(out),
            paper=paper,
            most_sheets=most_sheets,
            terms=Terms(recipient, role, why or ""),
            who=user,
            why=why,
            task=task(as_json),
        )
    _tell_issued(issued, list(issued.notes), as_json)


@commands.command("batch", help=_("Issue the guides of many sites, unattended; run again, it goes on."))
def issue_many(  # noqa: PLR0913, PLR0917 - the options that docs/commands.md lists
    where: Where,
    out: Annotated[Path, typer.Option(help=_("The folder of the guides; made where it is not there."))],
    file: Annotated[str, typer.Option("--from", help=_("A file of sites: polygons, or a table with WKT."))] = "",
    condition: Annotated[str, typer.Option("--where", help=_("Sites that are there of which this is so."))] = "",
    layer: Annotated[str, typer.Option(help=_("The layer, where the file has several."))] = "",
    crs: Annotated[str, typer.Option(help=_("The CRS of the file, e.g. EPSG:4548."))] = "",
    encoding: Annotated[str, typer.Option(help=_("The encoding of its text."))] = "",
    paper: Annotated[str, typer.Option(help=_("A3 or A4."))] = "A3",
    most_sheets: Annotated[int, typer.Option(help=_("Detail sheets at most; the scale is coarser beyond."))] = 40,
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Issue the guides of many sites; exit status 4 when some could not be made."""
    from jnw_plugins.guide.batch import Shape, Source, batch  # its libraries take a second to import

    if bool(file) == bool(condition):
        raise UsageError(_("Name a file of sites or a condition."), _("Give either --from FILE or --where CONDITION."))
    shape = Shape(paper, most_sheets, Terms(recipient, role, why or ""))
    source = Source(file, condition, layer, crs, encoding)
    with Workspace.open(where) as workspace:
        done = batch(workspace, str(out), source=source, shape=shape, who=user, why=why, task=task(as_json))
    for text in done.warnings:
        say(text)
    told = _("{sites} sites: {issued} issued, {reissued} anew, {already} there already, {failed} failed: {report}")
    value = done.as_dict()
    failed = [f"{one.site}: {one.reason}" for one in done.failures]
    answer(as_json, value, lambda: [*failed, told.format(**value)])
    if done.rejected:
        say(_("{count} rows did not fit; they are in {file}.").format(count=done.rejected, file=done.rejects))
    if done.failures or done.rejected:
        raise typer.Exit(IN_PART)


def _tell_issued(issued: Issued, warnings: list[str], as_json: bool) -> None:
    for text in warnings:
        say(text)
    named = (
        "guide", "site", "file", "issued", "pipes", "facilities", "pages", "sheets", "scale", "replaces", "changes",
        "supervision", "valid_until",
    )  # fmt: skip
    value = {name: getattr(issued, name) for name in named} | {"warnings": warnings}
    told = _("Issued the guide {guide}: {pipes} pipes, {pages} pages, {file}")
    line = told.format(guide=issued.guide, pipes=len(issued.pipes), pages=issued.pages, file=issued.file)
    answer(as_json, value, lambda: [line, *issued.changes])


@commands.command("withdraw", help=_("Declare a guide void; it stays in the list, with the reason."))
def withdraw_guide(
    where: Where,
    guide: Annotated[str, typer.Argument(help=_("Number of the guide."))],
    why: Annotated[str, typer.Option("--why", help=_("Why it is withdrawn."))],
    user: User = None,
    as_json: Json = False,
) -> None:
    """Declare a guide void; it stays in the list, with the reason."""
    from jnw_plugins.guide import operations

    with Workspace.open(where) as workspace:
        done = operations.withdraw(workspace, guide, why, who=user)
    told = _("Withdrew the guide {guide}.")
    answer(as_json, {"guide": guide, "withdrawn": done.at, "why": why}, lambda: [told.format(guide=guide)])


@commands.command("copy", help=_("Write an issued guide again, as it was."))
def copy_guide(
    where: Where,
    guide: Annotated[str, typer.Argument(help=_("Number of the guide."))],
    out: Annotated[Path, typer.Option(help=_("The PDF to write."))],
    recipient: Recipient = "",
    role: Role = "",
    user: User = None,
    why: Why = None,
    as_json: Json = False,
) -> None:
    """Write an issued guide again, as it was."""
    from jnw_plugins.guide import operations

    with Workspace.open(where) as workspace:
        operations.copy(workspace, guide, str(out), terms=Terms(recipient, role, why or ""), who=user)
    told = _("The guide {guide} was written to {file}.").format(guide=guide, file=out)
    answer(as_json, {"guide": guide, "file": str(out)}, lambda: [told])


@commands.command("list", help=_("Every guide issued, newest first."))
def list_guides(where: Where, as_json: Json = False) -> None:
    """Every guide issued, newest first."""
    _show(where, as_json, stale_only=False)


@commands.command("stale", help=_("Guides whose ground has changed since, and how."))
def stale_guides(where: Where, as_json: Json = False) -> None:
    """Guides whose ground has changed since, and how."""
    _show(where, as_json, stale_only=True)


@commands.command("verify", help=_("Prove that a guide's file is as it was issued, and by whom."))
def verify_guide(
    file: Annotated[Path, typer.Argument(metavar="F.pdf", help=_("The file of a guide."))],
    trust: Annotated[
        list[Path] | None, typer.Option(help=_("A certificate to trust, PEM or DER; again for more."))
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove that a guide's file is as it was issued, and by whom; exit status 5 when it is not."""
    from jnw_desktop.documents import certificates
    from jnw_plugins.guide.proof import verify

    given = [one for path in trust or () for one in certificates.read_anchors(path)]
    verdict = verify(file, [*certificates.anchors(), *given])
    told = {name: verdict.record.get(name) for name in ("guide", "site", "issued", "valid_until", "by", "workspace")}
    told["mark"] = verdict.mark
    value = {"ok": not verdict.problems, "problems": verdict.problems, "notes": list(verdict.notes), **told}
    answer(as_json, value | _signed(verdict), lambda: _told(verdict))
    if verdict.problems:
        raise typer.Exit(WRONG)


def _signed(verdict: Verdict) -> dict[str, Any]:
    """What ``verify`` says of the signature; null where there is none."""
    named = ("signer", "intact", "trusted", "expired")
    signature = verdict.signature
    if signature is None:
        return {"signed": False, **dict.fromkeys((*named, "signed_at", "certificate_ends"))}
    at = signature.signed_at
    return {
        "signed": True,
        **{name: getattr(signature, name) for name in named},
        "signed_at": None if at is None else at.isoformat(),
        "certificate_ends": signature.ends.date().isoformat(),
    }


def _told(verdict: Verdict) -> list[str]:
    record, signature = verdict.record, verdict.signature
    if verdict.problems or signature is None:
        return [*verdict.problems, *verdict.notes]
    found = _("{guide} of {issued}: the file is as it was issued.")
    lines = [found.format(guide=record.get("guide"), issued=record.get("issued"))]
    lines.append(_("The mark on its pages is {mark}.").format(mark=verdict.mark))
    if signature.trusted:
        lines.append(_("Signed by {signer}, who is trusted.").format(signer=signature.signer))
    return [*lines, *verdict.notes]


@commands.command(
    "company", help=_("In whose name guides are issued, and the telephone that is answered day and night.")
)
def show_company(
    where: Where,
    name: Annotated[str | None, typer.Option(help=_("Its name."))] = None,
    department: Annotated[str | None, typer.Option(help=_("The department that answers."))] = None,
    phone: Annotated[str | None, typer.Option(help=_("The telephone that is answered at any hour."))] = None,
    address: Annotated[str | None, typer.Option(help=_("Its address."))] = None,
    user: User = None,
    as_json: Json = False,
) -> None:
    """Show or set whose guides they are; what is not named stays."""
    from dataclasses import asdict

    from jnw_plugins.guide import company

    values = {"name": name, "department": department, "phone": phone, "address": address}
    with Workspace.open(where) as workspace:
        setting = any(value is not None for value in values.values())
        now = company.set_company(workspace, who=user, **values) if setting else company.company(workspace)
    told = asdict(now)
    answer(as_json, told, lambda: [f"{key}: {value or '–'}" for key, value in told.items()])


@commands.command("certificate", help=_("What guides are signed with: show it, or set it."))
def certificate(
    use: Annotated[Path | None, typer.Option(help=_("The company's PKCS#12 file, .p12 or .pfx."))] = None,
    passphrase: Annotated[str, typer.Option(help=_("Where its passphrase comes from: file:PATH or env:NAME."))] = "",
    demo: Annotated[bool, typer.Option("--demo", help=_("Sign with the demonstration key again."))] = False,
    as_json: Json = False,
) -> None:
    """Show or set what guides are signed with; kept for this user of this machine, and in no workspace."""
    from jnw_plugins.guide import signing

    if use is not None and demo:
        raise UsageError(_("Sign with a certificate or with the demonstration key."), _("Give --use FILE or --demo."))
    if passphrase and use is None:
        raise UsageError(_("--passphrase belongs to --use."), "jnw guide certificate --use FILE.p12 --passphrase …")
    setting = use is not None or demo
    now = signing.use_certificate(file=str(use or ""), passphrase=passphrase) if setting else signing.certificate()
    told = _("Guides are signed by {subject}, valid until {ends} ({file}).")
    file = now["certificate"] or _("demonstration key")
    answer(as_json, now, lambda: [told.format(subject=now["subject"], ends=now["ends"], file=file)])


def _show(where: str, as_json: bool, stale_only: bool) -> None:
    from jnw_plugins.guide import register

    with Workspace.open(where) as workspace:
        guides = [guide for guide in register.issued(workspace) if guide["stale"] or not stale_only]
    for guide in guides:
        del guide["area"]  # bytes; it is the site's
    answer(as_json, {"guides": guides}, lambda: [_line(guide) for guide in guides] or [_("None.")])


def _line(guide: dict[str, Any]) -> str:
    parts = [guide["guide"], guide["issued"], guide["site"] or "", guide["name"] or ""]
    if guide["withdrawn"]:
        parts.append(f"{_('withdrawn')}: {guide['withdrawn_why']}")
    elif guide["replaced_by"]:
        parts.append(_("replaced by {guide}").format(guide=guide["replaced_by"]))
    elif guide["expired"]:
        parts.append(_("expired on {date}").format(date=guide["valid_until"]))
    if guide["stale"]:
        changes = [change["text"] for change in guide["changes"]] or guide["changed"]
        parts.append(f"{_('stale')}: {'; '.join(changes)}")
    return "  ".join(parts)


processcommands.add(commands)
