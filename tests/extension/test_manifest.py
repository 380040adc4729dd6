"""What a manifest may say, and the one line that names its mistake."""

from pathlib import Path

import pytest

from jnw_desktop.extension.manifest import read_manifest
from jnw_desktop.extension.registry import discover

GOOD = b'id = "leak"\ntitle = "x"\nversion = "1.0"\ninterface = 1\n'


def test_the_shipped_plugins_are_usable():
    found = discover().plugins
    assert "guide" in found
    assert [plugin.reason for plugin in found.values()] == [None] * len(found)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'id = "leak"', "title: 缺少"),
        (GOOD.replace(b"leak", b"Leak!"), "id"),
        (GOOD.replace(b"interface = 1", b"interface = 9"), "接口 9"),
        (GOOD + b'colour = "red"\n', "colour: 不是清单里的项"),
        (GOOD + b'operations = [{ name = "a", run = "operations" }]\n', "operations.0.run: 'operations' 不合要求"),
        (GOOD + b'operations = [{ name = "a", run = "o:f" }, { name = "a", run = "o:g" }]\n', "同名"),
        (GOOD + b'documents = [{ title = "x", kind = "pipe", operation = "card" }]\n', "card"),
        (GOOD + b'actions = [{ id = "x", title = "x", call = "x" }]\n', "面板"),
        (GOOD + b'layers = [{ table = "t", title = "x" }]\n', "声明表"),
        (b"id = ", "TOML.*Invalid value"),
        (b"\xff\xfe", "utf-8"),
    ],
)
def test_a_wrong_manifest_says_where(content, told):
    with pytest.raises(ValueError, match=told) as raised:
        read_manifest(content)
    assert "\n" not in str(raised.value)


def test_a_right_manifest_is_read():
    manifest = read_manifest(GOOD + b'operations = [{ name = "a", run = "operations:run", changes = true }]\n')
    assert (manifest.id, manifest.operations[0].run, manifest.operations[0].changes) == ("leak", "operations:run", True)


def test_what_a_shipped_manifest_names_is_there():
    for plugin, manifest in discover().usable():
        targets = [entry.run for entry in manifest.operations]
        targets += [target for target in (manifest.commands, manifest.tables) if target is not None]
        for target in targets:
            assert plugin.load(target) is not None
        for layer in manifest.layers:
            assert layer.style is None or (Path(plugin.folder) / layer.style).is_file()
