"""How every document leaves: as :func:`jnw_desktop.facilities.releases.leaving.leaving` says, with its stamp."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from jnw_desktop.documents.stamping import stamp_pdf, take_georeference
from jnw_desktop.documents.writing import not_written, require_writable
from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.releases.leaving import IN_HOUSE, Draft, Terms, leaving
from jnw_desktop.language import _
from jnw_desktop.workspace import Change, Workspace

ENDINGS = (".pdf", ".xlsx")


@contextmanager
def handing_out(
    workspace: Workspace,
    out: str | Path,
    *,
    title: str = "",
    what: str = "print",
    terms: Terms = IN_HOUSE,
    who: str | None = None,
    change: Change | None = None,
    seal: Callable[[Path], None] | None = None,
) -> Iterator[Draft]:
    """Let a document leave: the block writes it to the draft's ``path``.

    A PDF bears the recipient's name on every page, and no georeference where places are not told exactly; ``seal`` is
    called with the file when nothing more is done to it. Raises what ``leaving`` raises, DocumentNotWritten, and
    UsageError for a name that ends as no document does.
    """
    path = Path(out)
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            _("{file} is no name of a document.").format(file=path.name),
            _("Let it end with one of: {endings}").format(endings=" ".join(ENDINGS)),
        )
    require_writable(path)
    try:
        with leaving(workspace, what, path, title=title, terms=terms, who=who, change=change) as draft:
            yield draft
            if path.suffix.lower() == ".pdf":
                if not draft.coordinates.exact:
                    take_georeference(draft.path)
                if draft.stamp:
                    stamp_pdf(draft.path, terms.recipient, draft.stamp)
            if seal is not None:
                seal(draft.path)
    except OSError as error:
        raise not_written(path, error) from error
