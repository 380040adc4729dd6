"""The published network the city grows on: WNTR's ky4, turned and moved onto Jinan's ground."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from jnw_desktop.demo.recipe import Recipe

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Skeleton:
    """The mains as lines with their nominal diameters (mm), and where the water comes from, ``[east, north]`` rows."""

    lines: npt.NDArray[np.object_]
    dn: npt.NDArray[np.int64]
    reservoirs: Floats
    tanks: Floats
    pumps: Floats


def read_skeleton(recipe: Recipe) -> Skeleton:
    """The published network in the workspace's CRS; deterministic."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # wntr's imports warn of their own future
        import wntr
        from wntr.library import ModelLibrary

        published = wntr.network.WaterNetworkModel(ModelLibrary().get_filepath("ky4"))
    chains: list[list[tuple[float, float]]] = []
    dn: list[int] = []
    for _name, pipe in published.pipes():
        chains.append([pipe.start_node.coordinates, *pipe.vertices, pipe.end_node.coordinates])
        dn.append(recipe.dn[round(pipe.diameter * 1000)])
    every = np.array([point for chain in chains for point in chain])
    middle = (every.min(axis=0) + every.max(axis=0)) / 2

    def place(points: object) -> Floats:
        """Published feet to metres east and north."""
        away = (np.asarray(points, dtype=float).reshape(-1, 2) - middle) * recipe.ground.scale
        angle = np.radians(recipe.ground.turn)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        placed: Floats = away @ turn.T + recipe.ground.centre
        return placed

    lines = np.array([shapely.LineString(place(chain)) for chain in chains], dtype=object)
    return Skeleton(
        lines=lines,
        dn=np.array(dn),
        reservoirs=place([node.coordinates for _, node in published.reservoirs()]),
        tanks=place([node.coordinates for _, node in published.tanks()]),
        pumps=place([pump.start_node.coordinates for _, pump in published.pumps()]),
    )


def elevation(recipe: Recipe, points: Floats) -> Floats:
    """Ground height in metres of ``[east, north]`` rows: a plain rising southward to the hills, with gentle folds."""
    east = points[:, 0] - recipe.ground.centre[0]
    south = recipe.ground.centre[1] + 4500.0 - points[:, 1]
    folds = 3.0 * np.sin(east / 1700.0) * np.cos(south / 1300.0)
    return recipe.ground.plain_elevation + recipe.ground.hill_slope * np.maximum(south, 0.0) + folds
