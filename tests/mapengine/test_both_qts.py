"""The Qt names of the host exist in Qt 6 too: enumerators are reached through their enumeration, as Qt 6 demands.

The QGIS of the tests is built on Qt 5. PySide6 has the names of Qt 6 and knows which of them are enumerators.
"""

import ast
import enum
import importlib
from pathlib import Path

import pytest

from jnw_desktop.mapengine import protocol

HOST = sorted((Path(protocol.__file__).parent / "host").glob("*.py"))
ONLY_PYQT = {"pyqtSignal", "pyqtSlot", "QT_VERSION_STR"}


def wrong_names(source):
    """Dotted names from ``qgis.PyQt`` that Qt 6 does not have, or has in an enumeration that they leave out."""
    tree = ast.parse(source)
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt."):
            module = importlib.import_module(node.module.replace("qgis.PyQt", "PySide6"))
            for alias in node.names:
                if alias.name not in ONLY_PYQT:
                    known[alias.asname or alias.name] = getattr(module, alias.name, None)
    wrong = [name for name, value in known.items() if value is None]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            owner = known[node.value.id]
            value = getattr(owner, node.attr, None)
            if value is None or (isinstance(value, enum.Enum) and not isinstance(owner, enum.EnumMeta)):
                wrong.append(f"{node.value.id}.{node.attr}")
    return wrong


@pytest.mark.parametrize("path", HOST, ids=lambda path: path.stem)
def test_names(path):
    assert wrong_names(path.read_text("utf-8")) == []


def test_names_of_qt_5_are_seen():
    source = "from qgis.PyQt.QtCore import Qt, QStringList\nQt.LeftButton, Qt.MouseButton.LeftButton, Qt.Nothing"
    assert wrong_names(source) == ["QStringList", "Qt.LeftButton", "Qt.Nothing"]
