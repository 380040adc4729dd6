"""What happens with a site after its guide was issued: extended, explained on site, dug up, put right, closed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.facilities import queries
from jnw_desktop.facilities.attachments import add_file, plain_name
from jnw_desktop.facilities.calendar.years import calendar_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.operations import update_facility
from jnw_desktop.facilities.queries import Record
from jnw_desktop.language import N_, _
from jnw_desktop.workspace import Change, ChangeResult, Workspace
from jnw_desktop.workspace.errors import NoSuchRow
from jnw_desktop.workspace.tables import CHANGE_SETS
from jnw_plugins.guide import register
from jnw_plugins.guide.measures import read_measures
from jnw_plugins.guide.model import GUIDE, STEP
from jnw_plugins.guide.rules import months_later

KIND = "construction_site"
STEPS = {
    "requested": N_("requested"),
    "issued": N_("guide issued"),
    "withdrawn": N_("guide withdrawn"),
    "extended": N_("guide extended"),
    "agreement": N_("protection agreement signed"),
    "disclosed": N_("explained on site"),
    "pit": N_("trial pit"),
    "settled": N_("deviation settled"),
    "closed": N_("site closed"),
}
PARTIES = ("client", "contractor", "supervisor", "water")


class NotExtended(RefusedError):
    """A guide that holds no more, or does not tell what is there, is not made to hold longer."""

    kind = "not_extended"


class SiteClosed(RefusedError):
    """Nothing more happens on a site that was closed."""

    kind = "site_closed"


class NoDeviation(RefusedError):
    """A step that reports nothing that could be put right, or that was settled."""

    kind = "no_deviation"


@dataclass(frozen=True)
class Pit:
    """What a trial pit showed of a pipe; metres. ``beside``: how far it lay from where it is drawn, where measured.

    ``recorded`` is the depth the pipe has there by the record; ``deviates``: more than may be.
    """

    step: str
    pipe: str
    found: float
    recorded: float | None
    deviates: bool
    change: ChangeResult


def extend(workspace: Workspace, guide: str, why: str, *, months: int | None = None, who: str | None = None) -> str:
    """Let a guide hold some ``months`` longer, as the table says where none are named; returns the new last day.

    Raises UsageError, NoSuchRow, NotExtended for one that is withdrawn, replaced or stale.
    """
    longer = months if months is not None else read_measures().validity.months
    if not why.strip() or not 1 <= longer <= 12:
        raise UsageError(
            _("A guide is extended for a reason, by 1 to 12 months."), _("Say why: the works began late, for example.")
        )
    row = next((one for one in register.issued(workspace) if one["guide"] == guide), None)
    if row is None:
        raise NoSuchRow(_("There is no guide {guide}.").format(guide=guide), _("jnw guide list W shows them all."))
    if row["withdrawn"] or row["replaced_by"] or row["stale"]:
        raise NotExtended(
            _("The guide {guide} is withdrawn, replaced or stale; it is not extended.").format(guide=guide),
            _("Issue a new edition."),
        )
    before = row["valid_until"] or datetime.date.today().isoformat()
    until = months_later(datetime.date.fromisoformat(before), longer).isoformat()
    reason = _("Extend the guide {guide} to {date}: {why}").format(guide=guide, date=until, why=why)
    with workspace.change(reason, who, event=True) as change:
        uid = change.connection.scalar(sa.select(GUIDE.c.uid).where(GUIDE.c.code == guide))
        change.update(GUIDE, str(uid), {"valid_until": until})
        _add(change, row["site_uid"], "extended", _today(), {"from": before, "to": until, "why": why}, guide=guide)
    return until


def disclose(
    workspace: Workspace,
    site: str,
    *,
    parties: Mapping[str, str],
    day: datetime.date | None = None,
    scan: str | None = None,
    step: str = "disclosed",
    who: str | None = None,
) -> str:
    """Record that the guide of ``site`` was explained there (or the agreement signed), and by whom it was signed.

    ``parties``: names by :data:`PARTIES`; contractor and water company at least. ``scan``: the signed sheet, kept with
    the site. Returns the step's number. Raises UsageError, NoSuchRow, SiteClosed, FileRefused.
    """
    lacking = [name for name in ("contractor", "water") if not parties.get(name, "").strip()]
    if lacking or set(parties) - set(PARTIES):
        raise UsageError(
            _("Who signed for the contractor and for the water company is missing."),
            _("Name them; client and supervisor where they were there."),
        )
    place = _open(workspace, site)
    told: dict[str, Any] = {"parties": dict(parties)}
    content = None if scan is None else _read(scan)
    with workspace.change(f"{_(STEPS[step])}: {place.code}", who, event=True) as change:
        if scan is not None and content is not None:
            name = plain_name(Path(scan).name, content)
            told |= {"scan": name, "sha256": add_file(change, KIND, place.uid, name, content, _(STEPS[step]))}
        return _add(change, place.uid, step, (day or _today()), told)


def _read(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise UsageError(
            _("{file} cannot be read: {reason}").format(file=path, reason=error.strerror or error),
            _("Name the scanned sheet."),
        ) from error


def dig_pit(
    workspace: Workspace,
    site: str,
    pipe: str,
    found: float,
    *,
    beside: float | None = None,
    by: str = "",
    day: datetime.date | None = None,
    who: str | None = None,
) -> Pit:
    """Record what a trial pit on ``site`` showed of ``pipe``: its depth to top, and how far ``beside`` it lay (m).

    A deviation from the record is kept open until :func:`settle`. Raises UsageError, NoSuchRow, SiteClosed.
    """
    if not -5.0 < found < 50.0 or (beside is not None and not 0 <= beside < 100.0):
        raise UsageError(_("Such a depth or distance cannot be."), _("Give metres."))
    place, record = _open(workspace, site), queries.find(workspace, pipe, "pipe")
    ends = [record.values.get(name) for name in ("depth_start", "depth_end")]
    depths = [float(depth) for depth in ends if depth is not None]
    recorded = sum(depths) / 2 if len(depths) == 2 else None
    allowed = read_measures().pit.allowed(recorded or 0.0)
    deviates = recorded is None or abs(found - recorded) > allowed or (beside or 0.0) > _allowance(record)
    told = {
        "pipe": record.code, "uid": record.uid, "found": found, "beside": beside, "recorded": recorded, "by": by,
        "deviates": deviates,
    }  # fmt: skip
    with workspace.change(_("Trial pit on {pipe}").format(pipe=record.code), who, event=True) as change:
        number = _add(change, place.uid, "pit", day or _today(), told)
    return Pit(number, record.code, found, recorded, deviates, change.result)


def _allowance(record: Record) -> float:
    from jnw_plugins.guide.table import read_table

    return read_table().accuracy_of(record.values.get("accuracy_position"))


def deviations(workspace: Workspace) -> list[dict[str, Any]]:
    """What trial pits showed otherwise than recorded and nobody has settled: proposals to edit, the oldest first."""
    query = sa.select(STEP.c.code, STEP.c.site, STEP.c.day, STEP.c.told)
    query = query.where(STEP.c.step == "pit", STEP.c.settled.is_(None)).order_by(STEP.c.fid)
    with workspace.read() as connection:
        rows = connection.execute(query).all()
    told = [{"step": row.code, "site_uid": row.site, "day": row.day, **json.loads(row.told)} for row in rows]
    return [row for row in told if row["deviates"]]


def settle(workspace: Workspace, step: str, accept: bool, why: str = "", *, who: str | None = None) -> str:
    """Accept a deviation: the pipe's depths become those that were found; or refuse it, and say ``why``.

    An accepted depth moves both ends by as much as the record was wrong, or is that of both where they were unknown;
    the guides that tell it are stale then. Returns the pipe's code. Raises NoDeviation, UsageError.
    """
    row = next((one for one in deviations(workspace) if one["step"] == step), None)
    if row is None:
        raise NoDeviation(
            _("{step} reports no deviation that is open.").format(step=step), _("jnw guide deviations W lists them.")
        )
    if not accept and not why.strip():
        raise UsageError(_("A deviation is refused for a reason."), _("Say why."))
    if accept:
        pipe = queries.describe(workspace, "pipe", uid=row["uid"])
        wrong = None if row["recorded"] is None else row["found"] - row["recorded"]
        ends = {
            name: row["found"] if wrong is None or pipe.values[name] is None else round(pipe.values[name] + wrong, 3)
            for name in ("depth_start", "depth_end")
        }
        reason = _("Trial pit {step}: depth {found:.2f} m").format(step=step, found=row["found"])
        update_facility(workspace, "pipe", pipe.uid, ends, who=who, why=reason)
    with workspace.change(_("Settle the deviation {step}").format(step=step), who, event=True) as change:
        uid = change.connection.scalar(sa.select(STEP.c.uid).where(STEP.c.code == step))
        change.update(STEP, str(uid), {"settled": "accepted" if accept else "refused"})
        _add(change, row["site_uid"], "settled", _today(), {"step": step, "accepted": accept, "why": why})
    return str(row["pipe"])


def close(workspace: Workspace, site: str, why: str = "", *, who: str | None = None) -> ChangeResult:
    """Close a site: its works are over, it is watched no more. Raises NoSuchRow, SiteClosed."""
    place = _open(workspace, site)
    reason = f"{_(STEPS['closed'])}: {place.code}" + (f" ({why})" if why else "")
    with workspace.change(reason, who, event=True) as change:
        ends = place.values.get("end_date") or datetime.date.today()
        change.update(KINDS[KIND].table, place.uid, {"supervised": False, "state": "removed", "end_date": ends})
        _add(change, place.uid, "closed", _today(), {"why": why})
    return change.result


def _open(workspace: Workspace, site: str) -> Record:
    place = queries.find(workspace, site, KIND)
    if place.values.get("state") == "removed":
        raise SiteClosed(
            _("The site {site} is closed.").format(site=place.code), _("Open a new site for further works.")
        )
    return place


def _today() -> datetime.date:
    return datetime.date.today()


def _add(change: Change, site: str, step: str, day: datetime.date, told: dict[str, Any], guide: str = "") -> str:
    row = {"site": site, "guide": guide or None, "step": step, "day": day.isoformat()}
    (uid,) = change.insert(STEP, [row | {"told": json.dumps(told, ensure_ascii=False)}])
    return str(change.connection.scalar(sa.select(STEP.c.code).where(STEP.c.uid == uid)))


def steps(workspace: Workspace, site: str) -> dict[str, Any]:
    """All that happened with a site, in order: ``steps`` [{``step``, ``day``, ``number``, ``who``, ``told``}].

    ``answer_by``: until when its first guide is owed, by the core's calendar; ``answered`` the day it was issued.
    """
    place = queries.find(workspace, site, KIND)
    table = KINDS[KIND].table
    changes = CHANGE_SETS.c
    with workspace.read() as connection:
        born = connection.execute(
            sa.select(changes.at, changes.who).join(table, table.c.born == changes.id).where(table.c.uid == place.uid)
        ).first()
        guides = connection.execute(
            sa.select(GUIDE, changes.who).outerjoin(CHANGE_SETS, changes.id == GUIDE.c.born)
            .where(GUIDE.c.site == place.uid).order_by(GUIDE.c.fid)
        ).mappings().all()  # fmt: skip
        rows = connection.execute(
            sa.select(STEP, changes.who).outerjoin(CHANGE_SETS, changes.id == STEP.c.born)
            .where(STEP.c.site == place.uid).order_by(STEP.c.fid)
        ).mappings().all()  # fmt: skip
    told: list[dict[str, Any]] = []
    if born is not None:
        told.append(_step("requested", born.at[:10], place.code, born.who, {}))
    for guide in guides:
        told.append(_step("issued", guide["issued"][:10], guide["code"], guide["who"], {}))
        if guide["withdrawn"]:
            told.append(
                _step("withdrawn", guide["withdrawn"][:10], guide["code"], None, {"why": guide["withdrawn_why"]})
            )
    told += [_step(row["step"], row["day"], row["code"], row["who"], json.loads(row["told"])) for row in rows]
    asked = datetime.date.fromisoformat(born.at[:10]) if born is not None else _today()
    answer_by = calendar_of(workspace).add(asked, read_measures().answer.working_days)
    return {
        "site": place.code,
        "answer_by": answer_by.isoformat(),
        "answered": guides[0]["issued"][:10] if guides else None,
        "late": (guides[0]["issued"][:10] if guides else _today().isoformat()) > answer_by.isoformat(),
        "steps": sorted(told, key=lambda one: one["day"]),
    }


def _step(step: str, day: str, number: str, who: str | None, told: dict[str, Any]) -> dict[str, Any]:
    return {"step": step, "title": _(STEPS[step]), "day": day, "number": number, "who": who, "told": told}
