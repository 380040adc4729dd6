"""The panel of the guides: those of the chosen site are listed, one is withdrawn, a bow-tie is mended and said."""

import json
from dataclasses import replace

import pytest
import shapely
import shapely.geometry
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog

from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.company import company
from jnw_plugins.guide.model import GUIDE

from ..plugins.guide.authority import Holder

pytestmark = [pytest.mark.gui, pytest.mark.timeout(150)]

BOW = shapely.Polygon([(505000, 4059000), (505020, 4059020), (505020, 4059000), (505000, 4059020)])


def test_a_bow_tie_is_mended_and_said_and_its_guide_withdrawn(plain_window, qtbot, monkeypatch):
    plain_window.modules.show("guide")
    panel = plain_window.modules.panel("guide")
    told = []
    monkeypatch.setattr(plain_window.messages, "info", lambda text, *_offer: told.append(text))
    panel._drawn(BOW.wkb)
    qtbot.waitUntil(lambda: len(panel.sites.shown) == 1, timeout=10000)
    assert any("自相交" in text for text in told)
    uid = panel.sites.shown[0]["uid"]
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("issue", event=True) as change:
        change.insert(GUIDE, [{"site": uid, "issued": "2026-08-01T08:00:00+08:00", "shown": "{}"}])
    panel.refresh()
    qtbot.waitUntil(lambda: len(panel.guides.shown) == 1, timeout=10000)
    assert not panel.withdraw_button.isEnabled()
    assert panel.guides.choose(panel.guides.shown[0]["guide"])
    assert panel.withdraw_button.isEnabled()
    panel.tabs.setCurrentIndex(1)
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args: ("范围改了", True))
    qtbot.mouseClick(panel.withdraw_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.guides.shown[0]["stands"] == "已作废", timeout=10000)
    assert not panel.withdraw_button.isEnabled()
    assert plain_window.state.undo == "建立工地"


@pytest.mark.engine
def test_a_stale_guide_has_a_new_edition_at_the_push_of_a_button(plain_window, qtbot):
    plain_window.modules.show("guide")
    panel = plain_window.modules.panel("guide")
    panel._drawn(shapely.box(505000, 4059000, 505020, 4059020).wkb)
    qtbot.waitUntil(lambda: len(panel.sites.shown) == 1, timeout=20000)
    uid = panel.sites.shown[0]["uid"]
    with Workspace.open(plain_window.state.where) as workspace, workspace.change("issue", event=True) as change:
        shown = f'{{"construction_site": {{"{uid}": 0}}}}'  # it was another when the guide was issued
        change.insert(GUIDE, [{"site": uid, "issued": "2026-08-01T08:00:00+08:00", "shown": shown}])
    panel.refresh()
    qtbot.waitUntil(lambda: [row["stands"] for row in panel.guides.shown] == ["已过期"], timeout=20000)
    assert not panel.reissue_button.isEnabled()
    panel.tabs.setCurrentIndex(1)
    assert panel.guides.choose("JD000001")
    qtbot.waitUntil(panel.reissue_button.isEnabled, timeout=20000)
    qtbot.mouseClick(panel.reissue_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: plain_window.tabs.tabText(plain_window.tabs.count() - 1).endswith("JD000002"), timeout=60000
    )
    panel.refresh()
    qtbot.waitUntil(
        lambda: (
            {row["guide"]: row["stands"] for row in panel.guides.shown}
            == {"JD000001": "已由 JD000002 代替", "JD000002": "有效"}
        ),
        timeout=20000,
    )
    assert panel.guides.choose("JD000001")
    qtbot.waitUntil(lambda: not panel.reissue_button.isEnabled(), timeout=20000)


def test_the_certificate_is_shown_and_set(plain_window, qtbot, monkeypatch, tmp_path):
    plain_window.modules.show("guide")
    page = plain_window.modules.panel("guide").signing
    qtbot.waitUntil(lambda: "演示密钥" in page.told.text(), timeout=20000)
    assert not page.demonstration_button.isEnabled()
    (tmp_path / "passphrase").write_text("口令7391\n", "utf-8")
    file = Holder("济南水务集团有限公司").p12(tmp_path / "company.p12")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(file), ""))
    sources = iter(["file:nowhere", f"file:{tmp_path / 'passphrase'}"])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_args, **_named: (next(sources), True))
    refused = []
    monkeypatch.setattr(plain_window.messages, "error", lambda *args: refused.append(args))
    monkeypatch.setattr(plain_window.messages, "warning", lambda *args: refused.append(args))
    qtbot.mouseClick(page.choose_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(refused), timeout=20000)
    assert "演示密钥" in page.told.text()
    qtbot.mouseClick(page.choose_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "济南水务集团有限公司" in page.told.text(), timeout=20000)
    qtbot.waitUntil(page.demonstration_button.isEnabled, timeout=20000)
    qtbot.mouseClick(page.demonstration_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "演示密钥" in page.told.text(), timeout=20000)


def test_the_company_is_shown_and_set(plain_window, qtbot):
    plain_window.modules.show("guide")
    page = plain_window.modules.panel("guide").company
    page.lines["phone"].setText("0531-96000")
    page.lines["phone"].setModified(True)  # as typing does
    qtbot.mouseClick(page.save_button, Qt.MouseButton.LeftButton)

    def kept():
        with Workspace.open(plain_window.state.where, read_only=True) as workspace:
            return company(workspace).phone

    qtbot.waitUntil(lambda: kept() == "0531-96000", timeout=20000)
    qtbot.waitUntil(lambda: not page.lines["phone"].isModified(), timeout=20000)


@pytest.mark.engine
def test_guides_of_many_sites_are_a_task(plain_window, qtbot, monkeypatch, tmp_path):
    plain_window.modules.show("guide")
    panel = plain_window.modules.panel("guide")
    file = tmp_path / "sites.geojson"
    squares = (shapely.box(505000 + x, 4059000, 505010 + x, 4059010) for x in (0, 50))
    features = [
        {"type": "Feature", "properties": {"code": f"PL{number}"}, "geometry": shapely.geometry.mapping(square)}
        for number, square in enumerate(squares)
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}}
    file.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_args: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path / "out"))
    told = []
    monkeypatch.setattr(plain_window.messages, "info", told.append)
    qtbot.mouseClick(panel.batch_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sorted(row["code"] for row in panel.sites.shown) == ["PL0", "PL1"], timeout=120000)
    qtbot.waitUntil(lambda: (tmp_path / "out" / "PL1.pdf").exists(), timeout=120000)
    qtbot.waitUntil(lambda: any("出具 2" in text for text in told), timeout=120000)


def test_nothing_is_drawn_where_nothing_can_be_kept(plain_window):
    plain_window.state = replace(plain_window.state, read_only=True)
    plain_window.menus.workspace_is_open(read_only=True)
    assert not plain_window.actions_by_id["draw-site"].isEnabled()
    plain_window.modules.show("guide")
    tools = []
    plain_window.map.tool_set.connect(tools.append)
    plain_window.modules.panel("guide").draw_site()
    assert tools == []
    assert "只能查看" in plain_window.messages.text
