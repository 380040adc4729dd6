"""The book of styles writes the same files at each run."""

import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from jnw_desktop import mapengine
from jnw_desktop.mapengine import locate


@pytest.mark.engine
@pytest.mark.timeout(200)
def test_the_same_book_is_the_same_files(tmp_path):
    script = Path(mapengine.__file__).parent / "host" / "stylebook.py"
    written = []
    for name in ("once", "twice"):
        (tmp_path / name / "styles").mkdir(parents=True)
        shutil.copytree(Path(str(files("jnw_resources"))) / "symbols", tmp_path / name / "symbols")
        command = [str(locate.find_python()), str(script), str(tmp_path / name), "pipe", "valve", "construction_site"]
        subprocess.run(command, check=True, capture_output=True)
        written.append(
            {path.relative_to(tmp_path / name): path.read_text() for path in (tmp_path / name).rglob("*.qml")}
        )
    assert len(written[0]) == 6  # on the screen and on paper
    assert written[0] == written[1]
    pipes = written[0][Path("styles/pipe.qml")]
    keys = re.findall(r' key="(\{[^"]+)"', pipes)
    assert len(set(keys)) == len(keys) == 1 + pipes.count("<rule ")  # each rule and their root is told apart
