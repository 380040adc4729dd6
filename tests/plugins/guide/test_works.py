"""What is asked of the works before anything is written: depth, kind, place and edge of the area."""

import pytest

from jnw_desktop.workspace import Workspace
from jnw_plugins.guide import survey

pytestmark = pytest.mark.engine


def changes(place):
    with Workspace.open(place, read_only=True) as workspace:
        return [entry.why for entry in workspace.history()]


@pytest.mark.parametrize(
    ("options", "kind", "said"),
    [
        (("--depth", "-3"), "works_refused", "-3"),
        (("--depth", "0"), "works_refused", "0"),
        (("--depth", "100"), "works_refused", "100"),
        (("--depth", "nan"), "works_refused", "nan"),
        (("--work", "nonsense"), "works_refused", "nonsense"),
    ],
)
def test_works_that_cannot_be_are_refused(town, jnw, square, tmp_path, options, kind, said):
    out = tmp_path / "guide.pdf"
    status, told, _said = jnw("guide", "issue", town, "--area", square(), "--out", out, *options)
    assert (status, told["error"]["kind"]) == (3, kind)
    assert said in told["error"]["message"]
    if "--work" in options:
        assert "excavation, trench" in told["error"]["hint"]
    assert changes(town) == ["city"]
    assert not out.exists()


@pytest.mark.parametrize(("longitude", "latitude"), [(7.0, 36.66), (36.66, 89.0), (119.0, 36.66)])
def test_an_area_where_the_crs_does_not_hold_is_refused(town, jnw, square, tmp_path, longitude, latitude):
    area = square(longitude, latitude)
    status, told, _said = jnw("guide", "issue", town, "--area", area, "--out", tmp_path / "guide.pdf")
    assert (status, told["error"]["kind"]) == (3, "area_elsewhere")
    assert f"{longitude:.4f}°" in told["error"]["message"]
    assert "EPSG:4548" in told["error"]["message"]
    assert changes(town) == ["city"]


def test_an_edge_that_crosses_itself_is_mended_and_said(town, jnw, square, tmp_path):
    area = square(bow=True)
    status, told, said = jnw(
        "guide", "issue", town, "--area", area, "--out", tmp_path / "g.pdf", "--depth", "2.5", "--work", "trench"
    )
    assert status == 0
    mended, unstated = told["warnings"]
    assert "自相交" in mended
    assert mended in said
    assert unstated.startswith("未填写：建设单位、施工单位。")  # what --work and --depth say is stated
    status, told, said = jnw("guide", "issue", town, "--area", square(), "--out", tmp_path / "h.pdf")
    assert (status, len(told["warnings"])) == (0, 1)
    assert "未填写：建设单位、施工单位、作业类型、开挖深度。" in said


def test_a_site_is_named_with_its_kind_and_no_other(town, jnw, tmp_path):
    out = tmp_path / "guide.pdf"
    assert jnw("guide", "issue", town, "--site", "construction_site:S1", "--out", out)[1]["site"] == "S1"
    assert jnw("guide", "issue", town, "--site", "pipe:FAR", "--out", out)[0] == 2
    assert jnw("guide", "issue", town, "--site", "S1", "--depth", "2", "--out", out)[0] == 2
    assert jnw("guide", "issue", town, "--site", "S1", "--paper", "A0", "--out", out)[0] == 2


def test_a_folder_that_is_missing_is_named_before_a_site_is_opened(town, jnw, square, tmp_path):
    out = tmp_path / "none" / "guide.pdf"
    status, told, _said = jnw("guide", "issue", town, "--area", square(), "--out", out)
    assert (status, told["error"]["kind"]) == (3, "document_not_written")
    assert str(out.parent) in told["error"]["message"]
    assert changes(town) == ["city"]
    assert not out.parent.exists()


def test_a_site_with_more_in_it_than_a_guide_can_tell_is_refused(town, jnw, tmp_path, monkeypatch):
    monkeypatch.setattr(survey, "MOST_LISTED", 1)
    status, told, _said = jnw("guide", "issue", town, "--site", "S1", "--out", tmp_path / "guide.pdf")
    assert (status, told["error"]["kind"]) == (3, "too_much")
    assert "管段" in told["error"]["message"]
    assert not (tmp_path / "guide.pdf").exists()
    assert changes(town) == ["city"]
