"""Rules about what is recorded of a facility."""

from __future__ import annotations

import numpy as np

from jnw_desktop.facilities.checks.city import Ints
from jnw_desktop.facilities.checks.survey import Found, Survey, joined_texts
from jnw_desktop.facilities.codelists import code_list
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import N_

YEARS = ("year", "rebuilt")
PAST = ("survey_date", "last_operated", "date")  # days that cannot lie ahead
# Outer diameters that polyethylene is sold by, and the nominal diameter each stands for.
OUTER = {110: 100, 160: 150, 200: 200, 315: 300}
NEEDED = {
    "dn": N_("Nominal diameter"),
    "material": N_("Material"),
}


def attribute_missing(survey: Survey) -> list[Found]:
    """A pipe in service of unknown diameter or material."""
    pipes = survey.pipes
    missing = {NEEDED["dn"]: np.isnan(pipes.numbers["dn"]), NEEDED["material"]: ~pipes.codes["material"].given}
    rows = np.flatnonzero(pipes.live & np.logical_or.reduce(list(missing.values())))
    names = joined_texts({name: column[rows] for name, column in missing.items()}, "\n")
    return [survey.about_pipes(rows, fields=names)]


def value_unlisted(survey: Survey) -> list[Found]:
    """A value that is not in the code list of its field."""
    found = []
    for kind, rows in survey.city.rows.items():
        for field in KINDS[kind].fields:
            if not field.code_list:
                continue
            column = rows.codes[field.name]
            listed = [entry.code for entry in code_list(field.code_list)]
            which = np.flatnonzero(column.given & ~column.among(*listed))
            titles = np.full(len(which), field.title, dtype=object)
            values = {"field": titles, "value": column.text(which)}
            found.append(Found(kind, which, rows.middle[which], values))
    return found


def dn_unlisted(survey: Survey) -> list[Found]:
    """A nominal diameter that is not made. ``meant``: the nearest that is, or the one its outer diameter stands for."""
    pipes, listed = survey.pipes, np.array(sorted(survey.city.table.nominal.list), dtype=np.float64)
    dn = pipes.numbers["dn"]
    rows = np.flatnonzero(np.isfinite(dn) & ~np.isin(dn, listed))
    meant = listed[np.abs(dn[rows][:, None] - listed).argmin(axis=1)] if len(rows) else dn[rows]
    for outer, nominal in OUTER.items():
        meant[dn[rows] == outer] = nominal
    return [survey.about_pipes(rows, value=dn[rows], meant=meant)]


def diameter_disagrees(survey: Survey) -> list[Found]:
    """The wall fills the pipe, or the outer diameter is smaller than the nominal one of a pipe that is not plastic."""
    numbers = survey.pipes.numbers
    outer, wall, dn = numbers["outer_diameter"], numbers["wall"], numbers["dn"]
    plastic = survey.pipes.codes["material"].among("PE", "PVC")  # named by their outer diameter at times
    wrong = (2 * wall >= outer) | (outer <= 0) | (wall < 0) | ((outer < dn) & ~plastic)
    rows = np.flatnonzero(wrong)
    return [survey.about_pipes(rows, outer=outer[rows], wall=wall[rows])]


def year_doubtful(survey: Survey) -> list[Found]:
    """A year that is still to come, or before there was such a thing."""
    found = []
    for kind, rows in survey.city.rows.items():
        for name in YEARS:
            if name in rows.numbers:
                year = rows.numbers[name]
                planned = rows.codes["state"].among("planned")
                wrong = ((year > survey.city.today.year) & ~planned) | (year < survey.city.limits.year.value)
                which = np.flatnonzero(wrong)
                found.append(Found(kind, which, rows.middle[which], {"year": year[which]}))
    return found


def date_doubtful(survey: Survey) -> list[Found]:
    """A day of the past that is still to come, an end before its beginning, a survey before the pipe was laid."""
    today = np.datetime64(survey.city.today, "D")
    found = []
    for kind, rows in survey.city.rows.items():
        columns = rows.dates
        for name in PAST:
            if name in columns:
                early = columns[name] < np.datetime64(f"{survey.city.limits.year.value:04.0f}-01-01")
                found.append(_dated(survey, kind, name, np.flatnonzero((columns[name] > today) | early)))
        if "end_date" in columns:
            which = np.flatnonzero(columns["end_date"] < columns["start_date"])
            found.append(_dated(survey, kind, "end_date", which))
        if "year" in rows.numbers and "survey_date" in columns:
            surveyed = columns["survey_date"].astype("datetime64[Y]").astype(np.float64) + 1970
            surveyed[np.isnat(columns["survey_date"])] = np.nan
            known = rows.numbers["year"] <= survey.city.today.year
            found.append(_dated(survey, kind, "survey_date", np.flatnonzero(known & (surveyed < rows.numbers["year"]))))
    return found


def _dated(survey: Survey, kind: str, name: str, which: Ints) -> Found:
    rows, field = survey.city.rows[kind], KINDS[kind].field(name)
    days = np.datetime_as_string(rows.dates[name][which]).astype(object)
    titles = np.full(len(which), field.title if field else name, dtype=object)
    return Found(kind, which, rows.middle[which], {"field": titles, "value": days})
