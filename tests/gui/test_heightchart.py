"""The charts of profiles and sections: names that would lie over each other are left out until there is room."""

import pytest

from jnw_desktop.desktop.panels.heightchart import HeightChart

pytestmark = [pytest.mark.gui, pytest.mark.timeout(60)]


def row(code, place):
    return {"code": code, "line_type": "water", "dn": 300, "material": "QM", "top": 58.0, "bottom": 57.7, "at": (0, 0),
            "along": place, "ground": 60.0, "depth": 2.0}  # fmt: skip


def test_names_that_do_not_fit_come_with_zooming_in(qtbot):
    chart = HeightChart(None, [], "along", "x")
    qtbot.addWidget(chart)
    chart.resize(800, 400)
    for place in (0.0, 0.5, 1.0, 90.0):
        chart.ring(place, row(f"P{place:g}", place), 0.3)
    chart.show()
    qtbot.waitExposed(chart)
    chart.plot.setRange(xRange=(-10, 110), yRange=(55, 60))
    assert [name.isVisible() for name in chart.names] == [True, False, False, True]
    chart.plot.setRange(xRange=(-0.5, 1.5), yRange=(55, 60))
    assert [name.isVisible() for name in chart.names[:3]] == [True, True, True]
