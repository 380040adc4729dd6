"""A generated workspace of about a million pipes: the demonstration city laid out again and again, side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import platformdirs
import shapely

from jnw_desktop.demo.attributes import Columns
from jnw_desktop.demo.build import imagine
from jnw_desktop.demo.recipe import read_recipe
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _
from jnw_desktop.task import SILENT, Task
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.tables import GEOMETRY

COPIES = 26  # × 38,780 pipes = 1,008,280
LAYOUT = 5  # counted up when the city or its tables have other things in them: a file of an earlier layout is not used
IN_A_ROW = 6
GAP_M = 200.0
LAID = (  # what the map shows of a city, and what the network is made of
    "road", "node", "valve", "hydrant", "waterworks", "tank", "pump_station", "meter", "customer", "pipe",
)  # fmt: skip
REFERENCES = ("uid", "start_node", "end_node", "meter")


def big_city(folder: Path | None = None, copies: int = COPIES, task: Task = SILENT) -> Path:
    """The workspace's file, made when it is not there yet; in the user's cache unless ``folder`` is given."""
    folder = folder or Path(platformdirs.user_cache_dir("jnw-desktop"))
    place = folder / f"big-city-{LAYOUT}-{copies}.gpkg"
    if place.exists():
        return place
    recipe = read_recipe()
    tables = imagine(recipe)
    low_e, low_n, high_e, high_n = shapely.total_bounds(shapely.from_wkb(np.asarray(tables["pipe"][GEOMETRY])))
    step_e, step_n = high_e - low_e + GAP_M, high_n - low_n + GAP_M
    title = _("Generated city of the benchmarks")
    folder.mkdir(parents=True, exist_ok=True)
    with (
        Workspace.build(place, crs=recipe.crs, title=title, demonstration=True) as workspace,
        workspace.change(title, origin=True) as change,
    ):
        for copy in range(copies):
            task.progress(copy / copies, _("Writing"))
            shift = np.array([step_e * (copy % IN_A_ROW), step_n * (copy // IN_A_ROW)])
            for kind in LAID:
                change.insert_arrays(KINDS[kind].table, _moved(tables[kind], shift, copy))
    return place


def _moved(columns: Columns, shift: np.ndarray[tuple[int], np.dtype[np.float64]], copy: int) -> Columns:
    shapes = shapely.transform(shapely.from_wkb(np.asarray(columns[GEOMETRY], dtype=object)), lambda at: at + shift)
    moved: Columns = {name: values for name, values in columns.items() if name != "code"}
    moved[GEOMETRY] = shapely.to_wkb(shapes)
    for name in REFERENCES:
        if name in moved:
            # The first two digits of a uid tell the copies apart.
            moved[name] = np.array([uid and f"{copy:02x}{uid[2:]}" for uid in np.asarray(moved[name])], dtype=object)
    return moved
