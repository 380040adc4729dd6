"""The form that makes a sheet of the map: a scale that was chosen stays when a frame is dragged."""

import pytest
import shapely
from PySide6.QtTest import QTest

from .editkit import EAST, NORTH

pytestmark = [pytest.mark.gui, pytest.mark.engine, pytest.mark.timeout(120)]
FRAME = shapely.box(EAST, NORTH, EAST + 90, NORTH + 60).wkb


@pytest.fixture
def printing(window):
    window.actions_by_id["print"].trigger()
    return window.printing


def drag(printing, window):
    """The frame as the map's rectangle tool gives it."""
    printing.drag.click()
    assert not printing.form.isVisible()
    window.drawing.take(FRAME)
    assert printing.form.isVisible()


def test_a_frame_chooses_the_scale_that_shows_it_all(printing, window):
    drag(printing, window)
    assert printing.center == pytest.approx((EAST + 45, NORTH + 30))
    fitting = printing.chosen_scale()
    width, height = printing.sheet().ground(fitting)
    assert width >= 90
    assert height >= 60


def test_a_scale_that_was_typed_stays(printing, window):
    line = printing.scale.lineEdit()
    line.selectAll()
    QTest.keyClicks(line, "1:750")
    drag(printing, window)
    assert printing.chosen_scale() == 750
    assert printing.center == pytest.approx((EAST + 45, NORTH + 30))
    printing.view.click()
    assert printing.chosen_scale() != 750
