"""A plugin that cannot be used is a row with its reason, and nothing else suffers."""

import json

import pytest

MANIFEST = 'id = "{id}"\ntitle = "坏"\nversion = "1.0"\ninterface = 1\n'
RAISES = 'raise RuntimeError("no licence")\n'


@pytest.fixture
def put(site, install):
    def put(package, extra="", **modules):
        (site / package).mkdir()
        (site / package / "__init__.py").touch()
        (site / package / "plugin.toml").write_text(MANIFEST.format(id=package) + extra, "utf-8")
        for name, content in modules.items():
            (site / package / f"{name}.py").write_text(content)
        install(package)

    return put


def reasons(jnw, status=5):
    told = jnw("plugins", "--json")
    assert told.returncode == status, told.stderr
    return {row["id"]: row["reason"] for row in json.loads(told.stdout)["plugins"]}


def test_tables_that_raise(put, jnw, tmp_path):
    put("broken", 'tables = "model"\n', model=RAISES)
    found = reasons(jnw)
    assert found.pop("broken") == "RuntimeError: no licence"
    assert "guide" in found
    assert set(found.values()) == {None}
    assert jnw("workspace", "create", tmp_path / "city.gpkg").returncode == 0
    assert jnw("guide", "list", tmp_path / "city.gpkg").returncode == 0


def test_commands_that_raise(put, jnw):
    put("broken", 'commands = "commands:commands"\n', commands=RAISES)
    assert "no licence" in reasons(jnw)["broken"]  # who asks for the list has each tried
    told = jnw("broken", "list", "x.gpkg", "--json")
    assert told.returncode != 0
    assert json.loads(told.stdout)["error"]["kind"] == "plugin_failed"
    assert "no licence" in told.stderr
    listed = jnw("--help")
    assert (listed.returncode, "broken" in listed.stdout, "Traceback" in listed.stderr) == (0, True, False)


@pytest.mark.parametrize(
    ("manifest", "told"),
    [('interface = "x"', "id: 缺少"), (MANIFEST.format(id="broken") + 'colour = "red"', "colour"), (None, "No such")],
)
def test_a_manifest_that_cannot_be_read(put, site, jnw, manifest, told):
    put("broken")
    file = site / "broken" / "plugin.toml"
    file.unlink() if manifest is None else file.write_text(manifest)
    assert told in reasons(jnw)["broken"]


def test_two_of_one_id_and_an_entry_point_to_nothing(put, install, jnw):
    put("guide")
    install("nowhere")
    found = reasons(jnw)
    assert found["guide"] is None
    assert "guide" in found["guide@guide"]
    assert found["nowhere"]
