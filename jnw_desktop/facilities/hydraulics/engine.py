"""EPANET in a process of its own: told how far it is, ended when the user cancels, and never the end of its caller."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.network.graph import Floats
from jnw_desktop.task import SILENT, Task

WRITTEN = 0.3  # of the whole, when the files are written
LINES = 2_000_000  # of a large model, for the progress alone
LOOK = 0.05  # s between two looks at the process
PATIENCE = 900.0  # s without a finished file after which it is taken to hang
TOLD = 400  # letters of what EPANET says that are shown
CHILD = (sys.executable, "-m", "jnw_desktop.facilities.hydraulics.child")


class EpanetFailed(JnwError):
    """EPANET found no solution, ended, or hung."""

    kind = "epanet_failed"


@dataclass(frozen=True)
class Solved:
    """Head m over the datum and demand met m³/d by node (n,), flow m³/d by link (k,)."""

    head: Floats
    met: Floats
    flow: Floats


def solve(
    files: Sequence[Iterable[str]], task: Task = SILENT, *, child: Sequence[str] = CHILD, patience: float = PATIENCE
) -> list[Solved]:
    """Solve input files, each given by its lines; ``child`` is the program, the folder is its argument.

    Raises EpanetFailed; TaskCancelled, the process being gone then.
    """
    with tempfile.TemporaryDirectory(prefix="jnw-epanet-") as name:
        folder = Path(name)
        for number, lines in enumerate(files):
            with (folder / f"{number}.inp").open("w", encoding="utf-8") as file:
                told = task.part(0.0, WRITTEN).each(lines, LINES, _("Writing the model"))
                file.writelines(f"{line}\n" for line in told)
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen(
                [*child, str(folder)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, cwd=folder
            )
            try:
                _wait(process, folder, len(files), task, patience)
            finally:
                process.kill()
                process.wait()
        if process.returncode:
            raise _failed(folder, process.returncode)
        return [_read(folder / f"{number}.npz") for number in range(len(files))]


def _wait(process: subprocess.Popen[bytes], folder: Path, count: int, task: Task, patience: float) -> None:
    since, done = time.monotonic(), -1
    while process.poll() is None:
        now_done = len(list(folder.glob("*.npz")))
        if now_done != done:
            since, done = time.monotonic(), now_done
        if time.monotonic() - since > patience:
            raise EpanetFailed(
                _("EPANET has found no solution in {minutes:g} minutes; it was ended.").format(minutes=patience / 60),
                _("Ask for a smaller part of the network, with --zone, or check the data with jnw check."),
            )
        at = _("EPANET solves {number} of {count} ({seconds:.0f} s)").format(
            number=min(done + 1, count), count=count, seconds=time.monotonic() - since
        )
        task.progress(WRITTEN + (1 - WRITTEN) * done / count, at)
        time.sleep(LOOK)


def _failed(folder: Path, status: int) -> EpanetFailed:
    """What the report of the last file says, else the child's last line."""
    said = (folder / "said").read_text("utf-8", "replace").strip().splitlines()
    reports = sorted(folder.glob("*.rpt"))
    told = reports[-1].read_text("utf-8", "replace").splitlines() if reports else []
    errors = [line.strip() for line in told if "Error" in line]
    why = "; ".join(errors or said[-1:]) or _("it ended with status {status}").format(status=status)
    return EpanetFailed(
        _("EPANET could not solve the network: {why}").format(why=why[:TOLD]),
        _("Check the data with jnw check; jnw export writes the model as .inp, to look at it in EPANET."),
    )


def _read(file: Path) -> Solved:
    with np.load(file) as told:
        heads, met = told["nodes"].astype(np.float64)
        return Solved(heads, met * 86.4, told["flows"].astype(np.float64) * 86.4)
