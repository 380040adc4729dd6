"""What every test may ask for: an empty workspace on each home."""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from jnw_desktop import language
from jnw_desktop.workspace import Workspace

from .postgres import Cluster


@pytest.hookimpl(tryfirst=True)  # before xdist puts the groups' names to the tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the window share one screen: they run one after the other in one process."""
    for item in items:
        if item.get_closest_marker("gui"):
            item.add_marker(pytest.mark.xdist_group("screen"))


@pytest.fixture(autouse=True)
def _chinese() -> None:
    language.use("zh_CN")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the program keeps in the user's cache and settings, and its logs, goes to a folder of the tests."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of our own; a machine without one may skip, unless it is told that it must not."""
    try:
        made = Cluster()
    except FileNotFoundError:
        if os.environ.get("JNW_REQUIRE_POSTGIS"):
            pytest.fail("PostgreSQL is not installed")
        pytest.skip("PostgreSQL is not installed")
    made.start()
    yield made
    made.stop()


@pytest.fixture(params=["gpkg", pytest.param("postgis", marks=pytest.mark.postgis)])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Gives places where no workspace is yet: on each home in turn."""
    if request.param == "postgis":
        place: Callable[[], str] = request.getfixturevalue("cluster").place
        return place
    numbers = itertools.count(1)
    return lambda: str(tmp_path / f"city{next(numbers)}.gpkg")


@pytest.fixture
def place(new_place: Callable[[], str]) -> str:
    """Where a test makes a workspace: each home in turn."""
    return new_place()


@pytest.fixture
def elsewhere(place: str) -> Callable[[str], None]:
    """Runs a statement on the workspace as another program would, with a connection of its own."""

    def on_file(statement: str) -> None:
        with closing(sqlite3.connect(place)) as other:
            # What any GIS program brings along: the functions of the spatial triggers.
            for name, value in (("IsEmpty", 0), ("MinX", 1), ("MinY", 1), ("MaxX", 1), ("MaxY", 1)):
                other.create_function(f"ST_{name}", 1, lambda _blob, value=value: value)
            other.execute(statement)
            other.commit()

    def on_server(statement: str) -> None:
        address, _mark, schema = place.partition("?schema=")
        with psycopg.connect(address, autocommit=True, options=f"-csearch_path={schema},public") as other:
            other.execute(statement)

    return on_server if "://" in place else on_file


@pytest.fixture
def workspace(place: str) -> Iterator[Workspace]:
    """An empty workspace."""
    with Workspace.create(place, who="test") as made:
        yield made
