"""The tasks: what runs, how far it is, and what became of it; in the corner of the window, and a list behind it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop.jobs import Jobs
from jnw_desktop.errors import JnwError
from jnw_desktop.language import _
from jnw_desktop.worker.client import Cancelled

KEPT = 30  # tasks that ended, in the list


@dataclass
class _Row:
    """One task's line in the list."""

    item: QListWidgetItem
    state: QLabel
    bar: QProgressBar
    cancel: QPushButton
    began: datetime.datetime


class Tasks(QToolButton):
    """Says how many tasks run; a click shows them all. Emits ``cancel_wanted(number)``."""

    cancel_wanted = Signal(int)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: dict[int, _Row] = {}
        self.list = QListWidget()
        self.list.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self._popup = QFrame(self, Qt.WindowType.Popup)
        self._popup.setFrameShape(QFrame.Shape.StyledPanel)
        self._popup.setMinimumSize(460, 260)
        self._empty = QLabel(_("No task yet. Long jobs are listed here with what became of them."), wordWrap=True)
        column = QVBoxLayout(self._popup)
        column.addWidget(QLabel(f"<b>{_('Tasks')}</b>"))
        column.addWidget(self._empty)
        column.addWidget(self.list, 1)
        self.setToolTip(_("Tasks"))
        self.clicked.connect(self.open)
        jobs.started.connect(self._begin)
        jobs.progressed.connect(self._progress)
        jobs.ended.connect(self._end)
        self.cancel_wanted.connect(jobs.cancel)
        self._count()

    def open(self) -> None:
        """Show the list under the button, within the screen."""
        corner = self.mapToGlobal(self.rect().bottomRight())
        self._popup.move(corner.x() - self._popup.width(), corner.y() + 4)
        self._popup.show()

    def _begin(self, number: int, title: str) -> None:
        line = QWidget()
        row = _Row(QListWidgetItem(), QLabel(), QProgressBar(), QPushButton(_("Cancel")), datetime.datetime.now())
        row.bar.setRange(0, 100)
        row.bar.setMaximumWidth(130)
        row.cancel.clicked.connect(lambda: self.cancel_wanted.emit(number))
        across = QHBoxLayout(line)
        across.setContentsMargins(6, 4, 6, 4)
        across.addWidget(QLabel(f"{row.began:%H:%M}  {title}"))
        across.addStretch()
        for widget in (row.state, row.bar, row.cancel):
            across.addWidget(widget)
        row.state.hide()
        row.item.setSizeHint(line.sizeHint())
        self.list.insertItem(0, row.item)
        self.list.setItemWidget(row.item, line)
        self._rows[number] = row
        if self.list.count() > KEPT:
            self.list.takeItem(self.list.count() - 1)
        self._count()

    def _progress(self, number: int, fraction: float, message: str) -> None:
        if number in self._rows:
            self._rows[number].bar.setValue(round(fraction * 100))
            self._rows[number].bar.setToolTip(message)

    def _end(self, number: int, error: JnwError | None) -> None:
        row = self._rows.pop(number, None)
        if row is None:
            return
        row.bar.hide()
        row.cancel.hide()
        row.state.show()
        seconds = (datetime.datetime.now() - row.began).total_seconds()
        if error is None:
            row.state.setText(_("done in {seconds:.1f} s").format(seconds=seconds))
        elif isinstance(error, Cancelled):
            row.state.setText(_("cancelled"))
        else:
            row.state.setText(_("failed"))
            row.state.setToolTip(f"{error.message}\n{error.hint}")
        self._count()

    def _count(self) -> None:
        running = len(self._rows)
        self.setText(_("Tasks: {count}").format(count=running) if running else _("Tasks"))
        self._empty.setVisible(self.list.count() == 0)
