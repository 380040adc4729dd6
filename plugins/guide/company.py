"""The company in whose name guides are issued, and how it is called day and night: kept in the workspace."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.language import _
from jnw_desktop.workspace import Workspace
from jnw_plugins.guide.model import COMPANY, OURS


@dataclass(frozen=True)
class Company:
    """What stands on every guide, empty where nobody said; ``phone`` is answered at any hour."""

    name: str = ""
    department: str = ""
    phone: str = ""
    address: str = ""


def company(workspace: Workspace) -> Company:
    """Whose guides they are."""
    names = [field.name for field in fields(Company)]
    with workspace.read() as connection:
        row = connection.execute(sa.select(*(COMPANY.c[name] for name in names)).where(COMPANY.c.code == OURS)).first()
    return Company(*(value or "" for value in row)) if row is not None else Company()


def set_company(workspace: Workspace, *, who: str | None = None, **values: str | None) -> Company:
    """Say whose guides they are: what is ``None`` stays. Raises UsageError where nothing is said."""
    told = {name: value.strip() for name, value in values.items() if value is not None}
    if not told:
        raise UsageError(_("Nothing is said of the company."), _("Give its name, department, telephone or address."))
    with workspace.change(_("The company on the guides"), who, event=True) as change:
        uid = change.connection.scalar(sa.select(COMPANY.c.uid).where(COMPANY.c.code == OURS))
        if uid is None:
            change.insert(COMPANY, [told | {"code": OURS}])
        else:
            change.update(COMPANY, uid, told)
    return company(workspace)


def told_company(workspace: Workspace) -> dict[str, str]:
    """The same as plain values."""
    return asdict(company(workspace))
