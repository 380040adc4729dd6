"""Issue a guide or a new edition of one, withdraw it, write it again."""

from __future__ import annotations

import json
from pathlib import Path

import sqlalchemy as sa

from jnw_desktop.documents import certificates
from jnw_desktop.documents.certificates import Certificate
from jnw_desktop.documents.fonts import chinese_font
from jnw_desktop.documents.mapframe import MapPrinter
from jnw_desktop.documents.writing import require_writable, write_whole
from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.queries import Record
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms, leaving
from jnw_desktop.facilities.sites import refuse_unfit_works
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import ChangeResult, Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_desktop.workspace.tables import CONTENTS
from jnw_plugins.guide.issuing import Earlier, Issued, Order, carry_out
from jnw_plugins.guide.model import GUIDE
from jnw_plugins.guide.sheets import MOST

PAPERS = ("A3", "A4")


class AlreadyWithdrawn(RefusedError):
    """A guide cannot be withdrawn twice."""

    kind = "already_withdrawn"


class AlreadyReplaced(RefusedError):
    """A guide has one new edition; that one may have the next."""

    kind = "already_replaced"


class SiteWithoutArea(RefusedError):
    """A site that was recorded with no area: there is nothing to look around."""

    kind = "site_without_area"


def issue(  # noqa: PLR0913 - by name
    workspace: Workspace,
    code: str,
    out: str,
    *,
    paper: str = "A3",
    most_sheets: int = MOST,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    why: str | None = None,
    task: Task = SILENT,
    printer: MapPrinter | None = None,
) -> Issued:
    """Write the guide of the construction site ``code`` (or ``construction_site:code``) to the PDF ``out``.

    That it was issued is recorded as an event, which undo leaves alone: the paper is out of the house. The file itself
    stays with the site, see :func:`copy`. ``printer``: one that serves many guides.
    Raises NoSuchRow, UsageError, SiteWithoutArea, WorksRefused, TooMuch,
    TooManySheets, CertificateRefused, NoQgis, NoFont, DocumentNotWritten. Without the file nothing is recorded.
    """
    certificate = prepare(out, paper, most_sheets)
    site = _site(queries.find(workspace, code, "construction_site"))
    why = why or _("Issue a pipeline guide for {site}").format(site=site.code)
    return carry_out(workspace, Order(site, out, paper, most_sheets, certificate, terms, who, why), task, printer)


def reissue(  # noqa: PLR0913 - by name
    workspace: Workspace,
    code: str,
    out: str,
    *,
    paper: str = "A3",
    most_sheets: int = MOST,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    why: str | None = None,
    task: Task = SILENT,
    printer: MapPrinter | None = None,
) -> Issued:
    """Issue a new edition of the guide ``code``: it says what is another, and the earlier one is replaced by it.

    Raises what :func:`issue` raises, and AlreadyWithdrawn, AlreadyReplaced.
    """
    certificate = prepare(out, paper, most_sheets)
    later = GUIDE.alias()
    query = sa.select(GUIDE, later.c.code.label("later")).outerjoin(later, later.c.replaces == GUIDE.c.uid)
    with workspace.read() as connection:
        row = connection.execute(query.where(GUIDE.c.code == code)).mappings().first()
    if row is None:
        raise _no_guide(code)
    if row["withdrawn"]:
        raise _withdrawn(code, row["withdrawn"], _("Issue a guide of the site anew."))
    if row["later"]:
        raise AlreadyReplaced(
            _("The guide {guide} was replaced by {later}.").format(guide=code, later=row["later"]),
            _("Issue a new edition of {later}.").format(later=row["later"]),
        )
    site = _site(queries.describe(workspace, "construction_site", uid=row["site"]))
    told = json.loads(row["content"])["rows"] if row["content"] else None
    why = why or _("Issue a new edition of the guide {guide}").format(guide=code)
    earlier = Earlier(row["uid"], code, told)
    return carry_out(
        workspace, Order(site, out, paper, most_sheets, certificate, terms, who, why, earlier), task, printer
    )


def _site(site: Record) -> Record:
    """The site, looked at before anything is done for it."""
    refuse_unfit_works(None, site.values["dig_depth"])
    if site.geometry is None:
        raise SiteWithoutArea(_("The site {code} has no area.").format(code=site.code), _("Draw its area first."))
    return site


def prepare(out: str, paper: str, most_sheets: int = MOST) -> Certificate:
    """Raise what would keep a guide from being written, before anything is done for it; what it will be signed with."""
    require_writable(Path(out))
    if paper not in PAPERS:
        raise UsageError(
            _("A guide is not printed on {paper}.").format(paper=paper),
            _("Choose one of: {names}").format(names=", ".join(PAPERS)),
        )
    if most_sheets < 1:
        raise UsageError(
            _("A guide has at least one map sheet."), _("Allow 1 or more; {most} is usual.").format(most=MOST)
        )
    chinese_font()
    certificate = certificates.current()
    certificate.refuse_unless_valid()
    return certificate


def withdraw(workspace: Workspace, guide: str, why: str, *, who: str | None = None) -> ChangeResult:
    """Declare the guide of that number void, and say why. It stays in the list and in the record.

    Raises UsageError without a reason, NoSuchRow, AlreadyWithdrawn.
    """
    if not why.strip():
        raise UsageError(_("A guide is withdrawn for a reason."), _("Say why: those who hold the paper will ask."))
    with workspace.change(
        _("Withdraw the guide {guide}: {why}").format(guide=guide, why=why), who, event=True
    ) as change:
        row = change.connection.execute(sa.select(GUIDE.c.uid, GUIDE.c.withdrawn).where(GUIDE.c.code == guide)).first()
        if row is None:
            raise _no_guide(guide)
        if row.withdrawn:
            raise _withdrawn(guide, row.withdrawn, _("There is nothing more to do."))
        change.update(GUIDE, row.uid, {"withdrawn": change.result.at, "withdrawn_why": why})
    return change.result


def copy(workspace: Workspace, guide: str, out: str, *, terms: Terms | None = None, who: str | None = None) -> str:
    """Write the guide of that number to ``out`` again, byte for byte as it was issued; returns the path.

    With ``terms`` it is recorded that a copy left, and to whom; without, it is only looked at. Raises NoSuchRow,
    DocumentNotWritten.
    """
    require_writable(Path(out))
    query = sa.select(GUIDE.c.uid, CONTENTS.c.content).outerjoin(CONTENTS, CONTENTS.c.sha256 == GUIDE.c.sha256)
    with workspace.read() as connection:
        row = connection.execute(query.where(GUIDE.c.code == guide)).first()
    if row is None:
        raise _no_guide(guide)
    if row.content is None:
        raise NoSuchRow(
            _("The file of the guide {guide} was not kept: it was issued by an earlier version.").format(guide=guide),
            _("Issue the guide anew."),
        )
    if terms is None:
        write_whole(Path(out), bytes(row.content))
        return out
    with leaving(workspace, "copy", Path(out), title=f"{_('Pipeline guide')} {guide}", terms=terms, who=who) as draft:
        draft.path.write_bytes(row.content)  # as it is: a stamp would undo its proof
    return out


def _no_guide(guide: str) -> NoSuchRow:
    return NoSuchRow(_("There is no guide {guide}.").format(guide=guide), _("jnw guide list W shows them all."))


def _withdrawn(guide: str, when: str, hint: str) -> AlreadyWithdrawn:
    told = _("The guide {guide} was withdrawn on {date}.").format(guide=guide, date=when[:10])
    return AlreadyWithdrawn(told, hint)
