"""Forms drawn in Qt Designer: ``ui/NAME.ui``, in the user's language."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, QTranslator
from PySide6.QtUiTools import QUiLoader
from PySide6.QtWidgets import QVBoxLayout, QWidget

from jnw_desktop.language import _

Outermost = TypeVar("Outermost", bound=QWidget)
Part = TypeVar("Part", bound=QObject)


class CatalogueTranslator(QTranslator):
    """Gives Qt the sentences of the program's own catalogue."""

    def translate(
        self,
        context: str,  # noqa: ARG002 - forms share one catalogue with everything else
        source: str,
        disambiguation: str | None = None,  # noqa: ARG002
        n: int = -1,  # noqa: ARG002
    ) -> str | None:
        """The translation, or ``None`` where there is none."""
        told = _(source) if source else source
        return told if told != source else None

    def isEmpty(self) -> bool:
        """Qt does not ask an empty translator."""
        return False


class Form(Generic[Outermost]):
    """A form that was made; ``widget`` is its outermost one."""

    def __init__(self, name: str, widget: Outermost) -> None:
        self._name = name
        self.widget = widget

    def part(self, name: str, kind: type[Part]) -> Part:
        """The widget of that name and class, or the layout, where a part goes that Qt Designer does not know."""
        found = self.widget.findChild(kind, name)
        if found is None:
            raise LookupError(f"{self._name}.ui has no {kind.__name__} {name}")
        return found


def load(name: str, kind: type[Outermost], parent: QWidget | None = None) -> Form[Outermost]:
    """The form ``ui/NAME.ui``, made now; ``kind`` is the class of its outermost widget."""
    speak()
    with as_file(files("jnw_ui") / f"{name}.ui") as path:
        made = QUiLoader().load(str(path), parent)
    if not isinstance(made, kind):
        raise TypeError(f"{name}.ui is a {type(made).__name__}")
    return Form(name, made)


def fill(widget: QWidget, name: str) -> Form[QWidget]:
    """Fill an empty ``widget`` with the form ``ui/NAME.ui``."""
    form = load(name, QWidget, widget)
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(form.widget)
    return form


def speak() -> None:
    """Let Qt ask our catalogue, once for each application; before any text of Qt's own is set."""
    application = QCoreApplication.instance()
    if application is not None and application.findChild(CatalogueTranslator) is None:
        application.installTranslator(CatalogueTranslator(application))
