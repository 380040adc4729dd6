"""The process EPANET runs in: solves the input files of a folder one after the other and writes what it found.

Run as a module with the folder. It loads the EPANET 2.2 library that WNTR carries, without WNTR, which takes two
seconds to import. Whatever becomes of it, who started it lives on.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Of EPANET 2.2's toolkit.
NODE_COUNT, LINK_COUNT = 0, 2
DEMAND, HEAD, FLOW = 9, 10, 8
WARNINGS = 10  # a status up to it is a warning: there is a solution, with negative pressures or the like


class EpanetError(Exception):
    """A status of EPANET's that is no warning."""


def library() -> Any:
    """EPANET 2.2 for this machine."""
    found = find_spec("wntr")
    assert found is not None
    assert found.origin is not None
    arm = "arm" in platform.platform().lower()
    name = {
        "win32": "windows-x64/epanet22.dll",
        "darwin": "darwin-arm/libepanet2.dylib" if arm else "darwin-x64/libepanet22.dylib",
    }.get(sys.platform, "linux-x64/libepanet22.so")
    return ctypes.CDLL(str(Path(found.origin).parent / "epanet" / "libepanet" / name))


class Project:
    """One input file that is open."""

    def __init__(self, epanet: Any, file: Path) -> None:
        self._epanet = epanet
        self._call("ENopen", str(file).encode(), str(file.with_suffix(".rpt")).encode(), b"")

    def solve(self) -> tuple[Floats, Floats]:
        """Head (m) and demand met (L/s) of every node (2, n), flow (L/s) of every link (k,). Raises EpanetError."""
        self._call("ENopenH")
        self._call("ENinitH", 0)
        self._call("ENrunH", ctypes.byref(ctypes.c_long()))
        nodes = np.stack([self._values("ENgetnodevalue", NODE_COUNT, what) for what in (HEAD, DEMAND)])
        flows = self._values("ENgetlinkvalue", LINK_COUNT, FLOW)
        self._call("ENcloseH")
        self._call("ENclose")
        return nodes, flows

    def _values(self, name: str, counted: int, what: int) -> Floats:
        count, value = ctypes.c_int(), ctypes.c_float()
        self._call("ENgetcount", counted, ctypes.byref(count))
        found = np.zeros(count.value, dtype=np.float32)
        get, place = getattr(self._epanet, name), ctypes.byref(value)
        for number in range(count.value):
            get(number + 1, what, place)
            found[number] = value.value
        return found

    def _call(self, name: str, *values: Any) -> None:
        status = getattr(self._epanet, name)(*values)
        if status > WARNINGS:
            told = ctypes.create_string_buffer(256)
            self._epanet.ENgeterror(status, told, 256)
            raise EpanetError(told.value.decode("utf-8", "replace") or f"EPANET {status}")


def main() -> None:
    """Solve ``0.inp``, ``1.inp`` … in the folder that is named."""
    folder, epanet = Path(sys.argv[1]), library()
    for number in range(len(list(folder.glob("*.inp")))):
        nodes, flows = Project(epanet, folder / f"{number}.inp").solve()
        done = folder / "unfinished"
        with done.open("wb") as file:
            np.savez(file, nodes=nodes, flows=flows)
        done.rename(folder / f"{number}.npz")  # whole when it is seen


if __name__ == "__main__":
    main()
