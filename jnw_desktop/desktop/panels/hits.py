"""What lies at one place: everything a click hit, one after the other to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.facilities.kinds import KINDS
from jnw_desktop.language import _

Hit = tuple[str, int]  # kind and fid
MOST = 20


class Hits(QComboBox):
    """Hidden unless a click hit more than one facility. Emits ``chosen(kind, fid)``."""

    chosen = Signal(str, int)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._hits: list[Hit] = []
        self._current = 0
        self.setAccessibleName(_("At this place"))
        self.setToolTip(_("At this place"))
        self.activated.connect(lambda index: self.chosen.emit(*self._hits[index]))
        self.hide()

    def offer(self, hits: Sequence[Hit]) -> None:
        """Let the user choose among ``hits``, the topmost first."""
        self._hits, self._current = list(hits)[:MOST], 0
        self.setVisible(len(self._hits) > 1)
        if len(self._hits) > 1:
            self._jobs.ask("facilities.codes", self._show, hits=self._hits)

    def follow(self, shown: Hit | None) -> None:
        """Another facility is shown: what was hit is past unless it is one of them."""
        if shown in self._hits:
            self._current = self._hits.index(shown)
            self.setCurrentIndex(self._current)
        else:
            self.offer([])

    def _show(self, codes: list[str | None]) -> None:
        if len(codes) != len(self._hits):
            return  # the answer to an earlier click
        self.clear()
        for place, ((kind, _fid), code) in enumerate(zip(self._hits, codes, strict=True), start=1):
            told = _("{place} of {count}: {kind} {code}")
            self.addItem(told.format(place=place, count=len(codes), kind=_(KINDS[kind].title), code=code or ""))
        self.setCurrentIndex(self._current)
