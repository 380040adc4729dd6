"""The engine draws from the file while the program commits to it: no lock error, and the last commit shows."""

import pytest
import shapely

from jnw_desktop.facilities.kinds import KINDS

from .conftest import EAST, NORTH, heard_of

pytestmark = [pytest.mark.engine, pytest.mark.timeout(280)]
NODE = KINDS["node"].table
COMMITS = {"gpkg": 10_000, "postgresql": 2_000}  # one file is what locks; a server is written to in the same way


def test_thousands_of_commits_while_the_map_draws(engine, heard, city):
    engine.open_view(400, 300)
    engine.call("view.set", extent=[EAST - 200, NORTH - 150, EAST + 200, NORTH + 150])
    with city.change("first") as change:
        (uid,) = change.insert(NODE, [{"geom": shapely.Point(EAST, NORTH).wkb}])
    commits = COMMITS["postgresql" if str(city.location).startswith("postgresql") else "gpkg"]
    drawn = 0
    engine.notify("layer.refresh", ids=["pipe", "valve"])
    for number in range(commits):
        with city.change("edit") as change:
            change.update(NODE, uid, {"depth": number / 100})
        if any(name == "view.changed" for name, _params in list(heard)):  # drawn: draw again at once
            drawn += 1
            assert not [params for name, params in heard if name == "fault"]
            heard.clear()
            engine.notify("layer.refresh", ids=["pipe", "valve"])
    assert drawn > 20
    line = shapely.LineString([(EAST - 150, NORTH + 100), (EAST + 150, NORTH + 100)])
    before = heard_of(heard, "frame", lambda params: params["final"])["picture"]
    with city.change("last") as change:
        change.insert(KINDS["pipe"].table, [{"geom": line.wkb}])
    heard.clear()
    engine.call("layer.refresh", ids=["pipe"])
    heard_of(heard, "frame", lambda params: (params["picture"][50] != before[50]).any())
    log = engine.log.read_text("utf-8", "replace").lower()
    assert "locked" not in log
    assert "unable to open" not in log
    assert len(city.history(limit=commits + 10)) == commits + 3
