"""Where a workspace is: a GeoPackage file, or a schema of a PostgreSQL database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.language import _

_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")
DEFAULT_SCHEMA = "jnw"


@dataclass(frozen=True)
class Location:
    """A GeoPackage ``path``, or a PostgreSQL ``url`` with its ``schema``; the password is never in its text."""

    path: Path | None = None
    url: sa.URL | None = field(default=None, repr=False)
    schema: str = DEFAULT_SCHEMA

    @classmethod
    def parse(cls, where: str | Path) -> Location:
        """``where`` as typed: a path, or ``postgresql://user@host/database?schema=name``. Raises UsageError."""
        text = str(where)
        if text.startswith(_SCHEMES):
            url = sa.make_url("postgresql+psycopg://" + text.split("://", 1)[1])
            schema = url.query.get("schema", DEFAULT_SCHEMA)
            if not isinstance(schema, str) or not schema.isidentifier():
                raise UsageError(
                    _("{schema} is not a name for a database schema.").format(schema=schema),
                    _("Use letters, digits and underscores."),
                )
            return cls(url=url.difference_update_query(["schema"]), schema=schema)
        if "://" in text:
            raise UsageError(
                _("{where} is not a place for a workspace.").format(where=text.split("://", 1)[0] + "://…"),
                _("Give a .gpkg file or a postgresql:// address."),
            )
        return cls(path=Path(text).expanduser().absolute())

    @property
    def title(self) -> str:
        """What people call it: the file's name, or database and schema."""
        if self.path is not None:
            return self.path.stem
        return f"{self.url.database if self.url else ''}/{self.schema}"

    def __str__(self) -> str:
        if self.path is not None:
            return str(self.path)
        assert self.url is not None
        shown = sa.URL.create(
            "postgresql", self.url.username, None, self.url.host, self.url.port, self.url.database, self.url.query
        ).update_query_dict({"schema": self.schema})
        return shown.render_as_string()
