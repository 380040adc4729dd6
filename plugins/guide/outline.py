"""Headings of a guide that are in the document's outline."""

from __future__ import annotations

from reportlab.platypus import CondPageBreak, Flowable, Paragraph

from jnw_desktop.documents.text import styles

LEAD = 18.0  # pt above a heading's foot that a bookmark shows
LEAST = 90.0  # pt of room for a heading and the first of what follows


class Bookmark(Flowable):  # type: ignore[misc]
    """A place in the document's outline; takes no room."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """No size."""
        return 0.0, 0.0

    def draw(self) -> None:
        """Put the place where it is set."""
        self.canv.bookmarkHorizontal(self._title, 0, LEAD)
        self.canv.addOutlineEntry(self._title, self._title)


def section(title: str, font: str) -> list[Flowable]:
    """A heading that is in the outline, and has some of what it heads on its page."""
    return [CondPageBreak(LEAST), *headed(title, font)]


def headed(title: str, font: str) -> list[Flowable]:
    """A heading that is in the outline; what it heads is to be kept with it."""
    return [Bookmark(title), Paragraph(title, styles(font)["heading"])]
