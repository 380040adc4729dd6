"""What to say when somebody else changed the fields that are being filled in: both values, and which is to stand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from jnw_desktop.language import _


class ClashNote(QFrame):
    """Hidden until there is a clash. Emits ``mine`` or ``theirs`` as the user decides."""

    mine = Signal()
    theirs = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("clash")
        ground = "#clash { background: #fff3bf; border: 1px solid #e8590c; }"
        self.setStyleSheet(f"{ground} #clash QLabel {{ color: #663c00; }}")
        self.told = QLabel(wordWrap=True)
        self.keep_mine = QPushButton(_("Keep mine"))
        self.take_theirs = QPushButton(_("Take theirs"))
        self.keep_mine.clicked.connect(self.mine)
        self.take_theirs.clicked.connect(self.theirs)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.take_theirs)
        row.addWidget(self.keep_mine)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.addWidget(self.told)
        column.addLayout(row)
        self.hide()

    def tell(self, fields: Sequence[tuple[str, str, str]]) -> None:
        """Show a clash: title, my value and theirs of each field; none hides it."""
        line = _("{field}: mine {mine}, theirs {theirs}")
        unknown = _("unknown")
        lines = [
            line.format(field=field, mine=mine or unknown, theirs=theirs or unknown) for field, mine, theirs in fields
        ]
        self.told.setText("\n".join([_("Someone else changed this while you were filling it in."), *lines]))
        self.setVisible(bool(fields))
