"""Forms drawn in Qt Designer: ``ui/NAME.ui``, in the user's language."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtUiTools import QUiLoader
from PySide6.QtWidgets import QLayout, QWidget

from jnw_desktop.language import _

Form = TypeVar("Form", bound=QWidget)
Part = TypeVar("Part", bound=QWidget)


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


def load(name: str, kind: type[Form], parent: QWidget | None = None) -> Form:
    """The form ``ui/NAME.ui``, made now; ``kind`` is the class of its outermost widget."""
    speak()
    with as_file(files("jnw_ui") / f"{name}.ui") as path:
        form = QUiLoader().load(str(path), parent)
    if not isinstance(form, kind):
        raise TypeError(f"{name}.ui is a {type(form).__name__}")
    return form


def speak() -> None:
    """Let Qt ask our catalogue, once for each application; before any text of Qt's own is set."""
    application = QCoreApplication.instance()
    if application is not None and application.findChild(CatalogueTranslator) is None:
        application.installTranslator(CatalogueTranslator(application))


def part(form: QWidget, name: str, kind: type[Part]) -> Part:
    """The widget of that name in a form."""
    found = form.findChild(kind, name)
    if found is None:
        raise LookupError(f"{name} is not in {form.objectName()}")
    return found


def room(form: QWidget, name: str) -> QLayout:
    """The empty layout of that name in a form, for a part that Qt Designer does not know."""
    found = form.findChild(QLayout, name)
    if found is None:
        raise LookupError(f"{name} is not in {form.objectName()}")
    return found
