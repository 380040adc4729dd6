"""What every test may ask for: an empty workspace on each home."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jnw_desktop import language
from jnw_desktop.workspace import Workspace


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the window share one screen: they run one after the other in one process."""
    for item in items:
        if item.get_closest_marker("gui"):
            item.add_marker(pytest.mark.xdist_group("screen"))


@pytest.fixture(autouse=True)
def _chinese() -> None:
    language.use("zh_CN")


@pytest.fixture(params=["gpkg"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a test makes a workspace: each home in turn."""
    return str(tmp_path / "city.gpkg")


@pytest.fixture
def workspace(place: str) -> Iterator[Workspace]:
    """An empty workspace."""
    with Workspace.create(place, who="test") as made:
        yield made
