"""The photos and documents of a facility: pictures small, opened by a double click; files are added or dropped here."""

from __future__ import annotations

import qtawesome
from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QIcon, QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from jnw_desktop.desktop.actions import ACCENT
from jnw_desktop.facilities.attachments import Attachment
from jnw_desktop.language import _

FILE = Qt.ItemDataRole.UserRole
SIDE_PX = 112


class Attachments(QWidget):
    """Emits ``added(paths)``, ``opened(attachment)`` and ``removed(attachment)``; shows what it is given."""

    added = Signal(object)
    opened = Signal(object)
    removed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.files = QListWidget()
        self.files.setViewMode(QListWidget.ViewMode.IconMode)
        self.files.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.files.setMovement(QListWidget.Movement.Static)
        self.files.setIconSize(QSize(SIDE_PX, SIDE_PX))
        self.files.setWordWrap(True)
        self._empty = QLabel(_("No photo or document yet: add one, or drop files here."), wordWrap=True)
        self.setAcceptDrops(True)
        self.add = QPushButton(_("Add…"))
        self._open, self._remove = QPushButton(_("Open")), QPushButton(_("Take away"))
        buttons = QHBoxLayout()
        for button in (self.add, self._open, self._remove):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self._empty, self.files):
            column.addWidget(part)
        column.addLayout(buttons)
        self.add.clicked.connect(self._choose)
        self._open.clicked.connect(lambda: self._tell(self.opened))
        self._remove.clicked.connect(lambda: self._tell(self.removed))
        self.files.itemDoubleClicked.connect(lambda _item: self._tell(self.opened))
        self.files.currentItemChanged.connect(lambda _now, _before: self._looked())
        self.show_files([])

    def show_files(self, files: list[Attachment]) -> None:
        """Show the files of a facility."""
        self.files.clear()
        for file in files:
            item = QListWidgetItem(_icon(file), file.name)
            item.setToolTip("\n".join(part for part in (file.name, f"{file.size / 1000:,.0f} kB", file.note) if part))
            item.setData(FILE, file)
            self.files.addItem(item)
        self._empty.setVisible(not files)
        self._looked()

    def _looked(self) -> None:
        for button in (self._open, self._remove):
            button.setEnabled(self.files.currentItem() is not None)

    def _choose(self) -> None:
        paths, _kind = QFileDialog.getOpenFileNames(self, _("Add photos or documents"))
        if paths:
            self.added.emit(paths)

    def _tell(self, signal: SignalInstance) -> None:
        item = self.files.currentItem()
        if item is not None:
            signal.emit(item.data(FILE))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """They are added."""
        self.added.emit([url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()])


class Picture(QScrollArea):
    """A photo in a tab, no larger than the tab."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._picture = QPixmap()
        self._picture.loadFromData(content)
        self._label = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.setWidget(self._label)
        self.setWidgetResizable(True)

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002
        """The picture follows."""
        room = self.viewport().size() - QSize(4, 4)
        if self._picture.width() > room.width() or self._picture.height() > room.height():
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            self._label.setPixmap(self._picture.scaled(room, keep, smooth))
        else:
            self._label.setPixmap(self._picture)


def _icon(file: Attachment) -> QIcon:
    if file.thumbnail is None:
        pdf = file.media_type == "application/pdf"
        icon: QIcon = qtawesome.icon("fa5s.file-pdf" if pdf else "fa5s.file", color=ACCENT)
        return icon
    small = QPixmap()
    small.loadFromData(file.thumbnail)
    return QIcon(small)
