"""Every sentence the user can see has its Chinese."""

import ast
from pathlib import Path
from xml.etree import ElementTree

from babel.messages.pofile import read_po

from jnw_desktop.extension.manifest import read_manifest

ROOT = Path(__file__).parent.parent
MARKS = {"_": 1, "N_": 1, "ngettext": 2}


def sentences() -> set[str]:
    """Every marked message in the source, the titles in the plugins' manifests, the words of the forms."""
    found = set()
    for path in [*(ROOT / "jnw_desktop").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]:
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS:
                found |= {a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    for path in (ROOT / "plugins").glob("*/plugin.toml"):
        manifest = read_manifest(path.read_bytes())
        found |= {manifest.title, *(part.title for part in (*manifest.actions, *manifest.layers, *manifest.documents))}
    for path in (ROOT / "ui").glob("*.ui"):
        words = ElementTree.parse(path).iter("string")
        found |= {word.text for word in words if word.text and not word.get("notr")}
    return found


def test_every_sentence_is_translated():
    with (ROOT / "resources/locale/zh_CN/LC_MESSAGES/jnw.po").open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file) if message.id}
    assert len(sentences()) > 300
    assert sorted(text for text in sentences() if not catalogue.get(text)) == []
