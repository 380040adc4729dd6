"""A plugin as somebody else would install it: the example of ``docs/plugins.md``, in a folder on the path."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "plugins.md"
FILE = re.compile(r"^`(hydrant_checks/[\w.]+)`\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _install(site: Path, package: str, name: str) -> None:
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[jnw.plugins]\n{name} = {package}\n")


@pytest.fixture
def site(tmp_path):
    """An empty place for packages."""
    place = tmp_path / "site"
    place.mkdir()
    return place


@pytest.fixture
def install(site):
    """Leaves beside a package what an installer leaves of a distribution's entry points."""
    return lambda package: _install(site, package, package)


@pytest.fixture
def example(site):
    """The example, installed in ``site``."""
    files = dict(FILE.findall(PAGE.read_text("utf-8")))
    for name, content in files.items():
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(content, "utf-8")
    (site / "hydrant_checks" / "__init__.py").touch()
    _install(site, "hydrant_checks", "checks")
    return files


@pytest.fixture
def jnw(site):
    """Runs ``jnw`` in a process of its own that finds the packages of ``site``."""

    def run(*arguments):
        environment = os.environ | {"PYTHONPATH": str(site)}
        command = [sys.executable, "-m", "jnw_desktop", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run
