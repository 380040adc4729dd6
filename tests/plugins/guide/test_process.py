"""What happens after a guide was issued: extended, explained, dug up, put right, closed; and the site's file."""

import datetime
import io
import subprocess

import pikepdf
import pytest
import shapely
from PIL import Image

from jnw_desktop.facilities import queries
from jnw_desktop.facilities.attachments import attachments_of
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.workspace import Workspace
from jnw_desktop.workspace.errors import StoodOn
from jnw_plugins.guide import operations, process, register
from jnw_plugins.guide.counting import counts
from jnw_plugins.guide.rules import months_later

SIGNED = {"contractor": "张三", "water": "李四"}


@pytest.fixture
def told(told_town):
    """A town whose site S1 has the guide JD000001."""
    return told_town


def test_a_guide_is_extended_while_it_is_true(told, jnw):
    until = months_later(datetime.date.today(), 3)
    (before,) = jnw("guide", "list", told)[1]["guides"]
    assert (before["valid_until"], before["expired"]) == (until.isoformat(), False)
    status, now, _said = jnw("guide", "extend", told, "JD000001", "--why", "开工推迟", "--months", "2")
    assert (status, now["valid_until"]) == (0, months_later(until, 2).isoformat())
    assert jnw("guide", "extend", told, "JD000001", "--why", " ")[0] == 2
    assert jnw("guide", "extend", told, "JD9", "--why", "x")[1]["error"]["kind"] == "no_such_row"
    with Workspace.open(told) as workspace, workspace.change("moved") as change:
        change.update(KINDS["pipe"].table, queries.find(workspace, "BESIDE", "pipe").uid, {"dn": 500})
    status, refused, _said = jnw("guide", "extend", told, "JD000001", "--why", "x")
    assert (status, refused["error"]["kind"]) == (3, "not_extended")


def test_it_is_expired_the_day_after_its_last(told):
    with Workspace.open(told) as workspace:
        for days, expired in ((0, False), (1, True)):
            last = (datetime.date.today() - datetime.timedelta(days)).isoformat()
            with workspace.change("time goes by") as change:
                row = change.connection.execute(process.GUIDE.select()).first()
                change.update(process.GUIDE, row.uid, {"valid_until": last})
            (guide,) = register.issued(workspace)
            assert (guide["expired"], guide["stale"]) == (expired, False)


def test_who_was_told_on_site_is_recorded_with_the_signed_sheet(city, jnw, tmp_path):
    picture = tmp_path / "签字.png"
    Image.new("RGB", (200, 300), "white").save(picture)
    asked = ("guide", "disclose", city, "S1", "--contractor", "张三", "--water", "李四", "--scan", picture)
    status, done, _said = jnw(*asked, "--date", "2026-11-20")
    assert status == 0
    (step,) = [one for one in jnw("guide", "steps", city, "S1")[1]["steps"] if one["step"] == "disclosed"]
    assert (step["number"], step["day"], step["told"]["parties"]) == (done["step"], "2026-11-20", SIGNED)
    with Workspace.open(city) as workspace:
        assert [one.name for one in attachments_of(workspace, _site(workspace).uid)] == ["签字.png"]
        with pytest.raises(StoodOn):
            workspace.undo()  # the site that somebody signed for would go
    assert jnw("guide", "disclose", city, "S1", "--contractor", " ", "--water", "李四")[0] == 2
    assert jnw("guide", "disclose", city, "S1", "--contractor", "a", "--water", "b", "--scan", tmp_path / "no")[0] == 2
    assert jnw("guide", "disclose", city, "S1", "--contractor", "a", "--water", "b", "--date", "昨天")[0] == 2


def _site(workspace):
    return queries.find(workspace, "S1", "construction_site")


def depths(workspace, code):
    values = queries.find(workspace, code, "pipe").values
    return values["depth_start"], values["depth_end"]


@pytest.mark.parametrize(("found", "deviates"), [(1.35, False), (1.05, False), (1.3801, True), (0.9, True)])
def test_a_depth_may_differ_by_15_percent_or_15_centimetres(town, found, deviates):
    # THROUGH is recorded at 1.20 m: 15 % are 0.18 m.
    with Workspace.open(town) as workspace:
        assert process.dig_pit(workspace, "S1", "THROUGH", found).deviates is deviates


def test_a_deviation_is_a_proposal_until_somebody_accepts_it(told, jnw):
    with Workspace.open(told) as workspace:
        pit = process.dig_pit(workspace, "S1", "THROUGH", 1.7, beside=0.1, by="王五")
        unknown = process.dig_pit(workspace, "S1", "BESIDE", 1.1)
        aside = process.dig_pit(workspace, "S1", "THROUGH", 1.2, beside=0.41)
        assert (pit.recorded, unknown.recorded, aside.deviates) == (1.2, None, True)
        assert depths(workspace, "THROUGH") == (1.2, 1.2)
        assert not register.issued(workspace)[0]["stale"]
    listed = jnw("guide", "deviations", told)[1]["deviations"]
    assert [row["step"] for row in listed] == [pit.step, unknown.step, aside.step]
    assert jnw("guide", "settle", told, pit.step)[0] == 0
    assert jnw("guide", "settle", told, unknown.step)[0] == 0
    assert jnw("guide", "settle", told, aside.step, "--refuse")[0] == 2
    assert jnw("guide", "settle", told, aside.step, "--refuse", "--why", "量错了")[0] == 0
    assert jnw("guide", "settle", told, pit.step)[1]["error"]["kind"] == "no_deviation"
    with Workspace.open(told) as workspace:
        assert depths(workspace, "THROUGH") == (1.7, 1.7)
        assert depths(workspace, "BESIDE") == (1.1, 1.1)
        assert process.deviations(workspace) == []
        assert register.issued(workspace)[0]["changed"] == ["BESIDE", "THROUGH"]
        workspace.undo()
        assert depths(workspace, "BESIDE") == (None, None)
        assert workspace.verify() == []


@pytest.mark.parametrize("options", [("--depth", "900"), ("--depth", "1", "--beside", "-1")])
def test_what_cannot_be_is_no_finding(town, jnw, options):
    assert jnw("guide", "pit", town, "S1", "--pipe", "THROUGH", *options)[0] == 2
    assert jnw("guide", "pit", town, "S1", "--pipe", "NONE", "--depth", "1")[1]["error"]["kind"] == "no_such_row"
    assert jnw("guide", "deviations", town)[1]["deviations"] == []


def test_a_closed_site_is_watched_no_more(told, jnw):
    assert jnw("guide", "close", told, "S1", "--why", "完工")[0] == 0
    with Workspace.open(told) as workspace:
        site = _site(workspace)
        assert (site.values["supervised"], site.values["end_date"]) == (False, datetime.date.today().isoformat())
        with workspace.change("later") as change:
            change.update(KINDS["pipe"].table, queries.find(workspace, "THROUGH", "pipe").uid, {"dn": 500})
        (guide,) = register.issued(workspace)
        assert (guide["stale"], guide["closed"]) == (False, True)
    assert jnw("guide", "close", told, "S1")[1]["error"]["kind"] == "site_closed"
    assert jnw("guide", "pit", told, "S1", "--pipe", "THROUGH", "--depth", "1")[0] == 3


def test_the_clock_runs_in_working_days(town, jnw):
    told = jnw("guide", "steps", town, "S1")[1]
    begun = datetime.date.fromisoformat(told["steps"][0]["day"])
    days = [begun + datetime.timedelta(n) for n in range(1, 8)]
    workdays = [day.isoformat() for day in days if day.isoweekday() < 6]
    assert told["answer_by"] >= workdays[1]  # public holidays make it later
    assert (told["answered"], told["late"], told["steps"][0]["step"]) == (None, False, "requested")


@pytest.mark.engine
def test_the_sites_file_holds_every_guide_and_sheet(told, jnw, tmp_path):
    picture = tmp_path / "sheet.png"
    Image.new("RGB", (300, 200), "white").save(picture)
    with Workspace.open(told) as workspace:
        process.disclose(workspace, "S1", parties=SIGNED, scan=str(picture))
        operations.reissue(workspace, "JD000001", str(tmp_path / "second.pdf"))
    status, done, _said = jnw("guide", "dossier", told, "S1", "--out", tmp_path / "file.pdf")
    assert (status, done["parts"][1:]) == (0, ["JD000001.pdf", "sheet.png", "JD000002.pdf"])
    with pikepdf.open(tmp_path / "file.pdf") as document:
        assert len(document.pages) == done["pages"]
        with document.open_outline() as outline:
            assert [item.title for item in outline.root] == done["parts"]
        original = document.attachments["JD000001.pdf"].get_file().read_bytes()
    (tmp_path / "again.pdf").write_bytes(original)
    assert jnw("guide", "verify", tmp_path / "again.pdf")[1]["intact"] is True
    with pikepdf.open(io.BytesIO(original)) as guide:
        assert done["pages"] > len(guide.pages) + 1


def test_guides_are_counted_by_month_district_and_contractor(told):
    with Workspace.open(told) as workspace:
        (row,) = counts(workspace)
        assert (row["month"], row["issued"], row["stale"]) == (datetime.date.today().isoformat()[:7], 1, 0)
        area = queries.find(workspace, "S1", "construction_site").geometry
        with workspace.change("district") as change:
            around = shapely.buffer(shapely.from_wkb(area), 50)
            change.insert(KINDS["dma"].table, [{"code": "D1", "name": "历下一区", "geom": around.wkb}])
        assert counts(workspace)[0]["district"] == "历下一区"


def test_the_agreement_names_the_parties_the_pipes_and_the_articles(town, jnw, tmp_path):
    with Workspace.open(town) as workspace, workspace.change("works") as change:
        values = {"contractor": "示范施工公司", "applicant": "示范建设单位", "work_type": "piling"}
        change.update(KINDS["construction_site"].table, _site(workspace).uid, values)
    assert jnw("guide", "agreement", town, "S1", "--out", tmp_path / "a.pdf")[0] == 0
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True).stdout
    plain = "".join(text.split())
    for words in ("供水设施保护协议", "示范施工公司", "示范建设单位", "THROUGH", "第十六条", "打桩", "（盖章）"):
        assert words in plain, words
    assert "FAR" not in plain
    assert "顶管和定向钻" not in plain
