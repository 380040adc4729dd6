"""Tasks: steps of one, rows that go by, cancel wherever it is."""

import pytest

from jnw_desktop.task import Task, TaskCancelled


@pytest.fixture(autouse=True)
def every_other_row(monkeypatch):
    monkeypatch.setattr(Task, "EVERY", 2)


class Told(Task):
    INTERVAL = 0.0

    def __init__(self, cancel_at=2.0):
        self.said = []
        super().__init__(lambda fraction, message: self.said.append((round(fraction, 3), message)), self._stop)
        self._cancel_at = cancel_at

    def _stop(self):
        return bool(self.said) and self.said[-1][0] >= self._cancel_at


def test_a_step_goes_on_within_its_share():
    whole = Told()
    step = whole.part(0.2, 0.6)
    step.progress(0.0, "a")
    step.part(0.5, 1.0).progress(0.5, "b")
    step.progress(1.0, "c")
    assert whole.said == [(0.2, "a"), (0.5, "b"), (0.6, "c")]


def test_rows_are_told_as_they_go_by():
    whole = Told()
    assert list(whole.each("abcde", 5, "x")) == list("abcde")
    assert whole.said == [(0.0, "x"), (0.4, "x"), (0.8, "x")]
    assert list(whole.each("abc", 1, "more than was thought")) == list("abc")
    assert whole.said[-1][0] == 1.0


def test_a_step_is_cancelled_with_the_whole():
    whole = Told(cancel_at=0.5)
    gone = []
    with pytest.raises(TaskCancelled):
        for row in whole.part(0.4, 0.6).each(range(10), 10, "x"):
            gone.append(row)
    assert gone == list(range(8))
