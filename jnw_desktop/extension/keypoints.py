"""Key points of every business in one list: plugins name what gives them, whoever plans patrols reads them here.

No plugin uses another. One that knows where somebody has to go names a function ``f(workspace, *, within, as_of)`` in
its manifest, which gives :class:`KeyPoint`; one that plans the ways asks :func:`key_points`.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

from jnw_desktop.errors import RefusedError, UsageError
from jnw_desktop.exchange.waypoints import ENDINGS, Waypoint, write_waypoints
from jnw_desktop.extension.registry import registry
from jnw_desktop.facilities.keypoints import KeyPoint
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Terms, leaving, united
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace

WITHIN = 30  # days ahead that are looked at


class PlacesHidden(RefusedError):
    """A list of places for a role that may not know them."""

    kind = "places_hidden"


def key_points(workspace: Workspace, *, within: int = WITHIN, as_of: str | None = None) -> list[KeyPoint]:
    """What somebody has to go to within so many days, the most pressing first; ``as_of``: the day taken for today.

    Raises UsageError, PluginFailed.
    """
    found: list[KeyPoint] = []
    for plugin, manifest in registry().usable():
        if manifest.key_points is not None and plugin.reason is None:
            given = plugin.load(manifest.key_points)(workspace, within=within, as_of=as_of)
            found += [replace(point, source=plugin.id) for point in given]
    return sorted(found, key=lambda point: (point.due, point.kind, point.code))


def write_key_points(
    workspace: Workspace,
    out: str | Path,
    *,
    within: int = WITHIN,
    as_of: str | None = None,
    terms: Terms = IN_HOUSE,
    who: str | None = None,
) -> str:
    """Write the list as .gpx or .geojson; returns the path.

    Raises PlacesHidden, and what ``key_points`` and ``leaving`` raise.
    """
    path = Path(out)
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            _("{file} is no name of a list of places.").format(file=path.name),
            _("Let it end with one of: {endings}").format(endings=" ".join(ENDINGS)),
        )
    points = key_points(workspace, within=within, as_of=as_of)
    with leaving(workspace, "export", path, title=_("Key points"), terms=terms, who=who) as draft:
        if draft.coordinates.hidden:
            raise PlacesHidden(
                _("Places are hidden from this role, and a list of places holds nothing else."),
                _("Choose another role."),
            )
        draft.kinds = {kind: sum(point.kind == kind for point in points) for kind in {point.kind for point in points}}
        draft.bounds = united((*point.at, *point.at) for point in points)
        told = [replace(point, at=draft.coordinates.at(point.at) or point.at) for point in points]
        write_waypoints(draft.path, [_waypoint(point) for point in told], workspace.crs, _("Key points"), draft.stamp)
    return str(path)


def _waypoint(point: KeyPoint) -> Waypoint:
    words = [point.what, _(KINDS[point.kind].title), point.due, _("overdue") if point.overdue else ""]
    facts = {name: value for name, value in asdict(point).items() if name != "at"}
    return Waypoint(point.at, point.code, " · ".join(word for word in words if word), facts)
