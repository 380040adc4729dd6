"""One transaction, one change set: rows go in, change and leave, and the record of it is made on the way."""

from __future__ import annotations

import datetime
import itertools
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import itemgetter, ne
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from jnw_desktop.language import _
from jnw_desktop.workspace.codes import given_codes, make_codes
from jnw_desktop.workspace.errors import Clash, NoSuchRow
from jnw_desktop.workspace.geometry import WkbColumn
from jnw_desktop.workspace.home import Bounds, Home, Insert
from jnw_desktop.workspace.record import seal, told
from jnw_desktop.workspace.tables import CHANGE_SETS, GEOMETRY, OWN_COLUMNS, ROW_CHANGES, WRITER, geometry_of
from jnw_desktop.workspace.values import clean_columns, clean_row

PART = 100_000  # rows of whole columns held in their stored form at a time
MANY = 5000  # rows of one table; beyond it a result says "look again at everything" and names no uid
ASK_AT_ONCE = 500  # values in one IN (…)
NAMED_AT_ONCE = 10_000  # rows named by uid that are changed at a time
BULK = 1000  # rows; from here on they are written the fastest way the database has
AT_ONCE = 20_000  # rows in memory


@dataclass
class Touched:
    """What happened to one table: ``uid`` of rows; ``whole`` when they were too many to name."""

    inserted: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    whole: bool = False


@dataclass(frozen=True)
class ChangeResult:
    """A change set as its maker and every view of the data see it.

    ``warnings``: what was mended in the input on the way, in the user's language; they are told and not recorded.
    """

    id: int
    kind: str
    who: str
    at: str
    why: str
    touched: dict[str, Touched]
    warnings: list[str] = field(default_factory=list)


class Change:
    """An open transaction. Made by ``Workspace.change``; when its block ends well everything is kept, else nothing."""

    def __init__(self, connection: sa.Connection, home: Home, heading: Mapping[str, Any]) -> None:
        self.connection = connection
        self._home = home
        self._extents: dict[str, Bounds | None] = {}
        self._inserted: dict[str, int] = {}
        connection.execute(sa.insert(WRITER).values(id=1))
        self.id = (connection.scalar(sa.select(sa.func.max(CHANGE_SETS.c.id))) or 0) + 1
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        connection.execute(sa.insert(CHANGE_SETS).values(id=self.id, at=at, **heading))
        self.result = ChangeResult(self.id, heading["kind"], heading["who"], at, heading["why"], {})

    def insert(self, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> list[str]:
        """Insert ``rows`` (names to values, geometry as WKB); returns their uids. A missing uid or code is made.

        Raises ValueRefused; a code used twice is refused when it reaches the database.
        """
        cleaned = [clean_row(table, row) for row in rows]
        if not cleaned:
            return []
        for row in cleaned:
            row["uid"] = row.get("uid") or str(uuid.uuid4())
        nameless = [row for row in cleaned if not row.get("code")]
        given = given_codes([row.get("code") for row in cleaned])
        for row, code in zip(nameless, make_codes(self.connection, table, len(nameless), given), strict=True):
            row["code"] = code
        uids = [str(row["uid"]) for row in cleaned]
        self._write(table, [row | {"version": 1, "born": self.id} for row in cleaned])
        self._note_born(table, uids)
        return uids

    def _write(self, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = _columns(rows)
        if len(rows) < BULK:
            self.connection.execute(
                sa.insert(table), [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            )
        else:
            self._insert_bulk(table, columns, len(rows))
        self._spread(table, [row.get(GEOMETRY) for row in rows])

    def _insert_bulk(self, table: sa.Table, columns: Mapping[str, Sequence[Any]], count: int) -> None:
        with self._home.bulk(self.connection, table, count) as insert:
            insert(columns)

    def _read(self, query: sa.Select[Any], table: sa.Table) -> list[dict[str, Any]]:
        names = table.c.keys()
        return [dict(zip(names, row, strict=True)) for row in self.connection.execute(query)]

    def insert_arrays(self, table: sa.Table, columns: Mapping[str, Any]) -> npt.NDArray[np.object_]:
        """Insert whole columns: name to an array or sequence of one length, geometry as WKB or shapely's shapes.

        Returns the uids.

        NaN and ``None`` are unknown. Missing uids and codes are made.
        """
        count = len(next(iter(columns.values()), ()))
        uids: list[str] = []
        if not count:
            return np.array(uids, dtype=object)
        given = given_codes(columns.get("code", ()))
        with self._home.bulk(self.connection, table, count) as insert:
            for first in range(0, count, PART):
                part = {name: values[first : first + PART] for name, values in columns.items()}
                uids += self._insert_part(table, clean_columns(table, part), insert, given)
        self._note_born(table, uids)
        return np.array(uids, dtype=object)

    def _insert_part(
        self, table: sa.Table, cleaned: dict[str, list[Any]], insert: Insert, taken: AbstractSet[str]
    ) -> list[str]:
        count = len(next(iter(cleaned.values())))
        given = cleaned.get("uid")
        uids = make_uids(count) if given is None else given
        if not all(uids):
            uids = [uid or str(uuid.uuid4()) for uid in uids]
        codes = cleaned.get("code", [None] * count)
        if not all(codes):
            made = iter(make_codes(self.connection, table, count - sum(map(bool, codes)), taken))
            codes = [code or next(made) for code in codes]
        cleaned |= {"uid": uids, "code": codes}
        cleaned |= {"version": [1] * count, "born": [self.id] * count}
        insert(cleaned)
        if GEOMETRY in cleaned:
            self._spread(table, cleaned[GEOMETRY])
        return uids

    def update(self, table: sa.Table, uid: str, values: Mapping[str, object], version: int | None = None) -> None:
        """Change fields of one row; ``version`` is the one it was read at.

        Raises NoSuchRow, ValueRefused, and Clash when the row has changed since ``version``.
        """
        cleaned = clean_row(table, values)
        before = self._before(table, uid)
        if version is not None and before["version"] != version:
            theirs = {name: before.get(name) for name in values}
            raise Clash(
                _("{code} was changed by someone else while you edited it.").format(code=before["code"]),
                _("Compare the two versions, then save again or take theirs."),
                mine=cleaned,
                theirs=theirs,
            )
        self._record(table, uid, "update", before)
        changed = cleaned | {"version": before["version"] + 1}
        self.connection.execute(sa.update(table).where(table.c.uid == uid).values(changed))
        self._spread(table, [cleaned.get(GEOMETRY)])
        self._note(table, "updated", [uid])

    def update_arrays(self, table: sa.Table, uids: Sequence[str], columns: Mapping[str, Any]) -> None:
        """Change fields of many rows: name to an array or sequence as long as ``uids``, geometry as WKB.

        Raises NoSuchRow, ValueRefused.
        """
        cleaned = clean_columns(table, columns)
        values = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in cleaned}
        update = sa.update(table).where(table.c.uid == sa.bindparam("which"))
        update = update.values(**values, version=table.c.version + 1)
        for first in range(0, len(uids), NAMED_AT_ONCE):
            some = list(uids[first : first + NAMED_AT_ONCE])
            self._record_there(table, some, "update")
            parts = {f"new_{name}": column[first : first + NAMED_AT_ONCE] for name, column in cleaned.items()}
            rows = [dict(zip(parts, row, strict=True)) for row in zip(*parts.values(), strict=True)]
            self.connection.execute(update, [row | {"which": uid} for row, uid in zip(rows, some, strict=True)])
            self._note(table, "updated", some)
        if len(uids) and GEOMETRY in cleaned:
            self._spread(table, cleaned[GEOMETRY])

    def delete_many(self, table: sa.Table, uids: Sequence[str]) -> None:
        """Remove many rows; the record keeps them. Raises NoSuchRow."""
        for first in range(0, len(uids), NAMED_AT_ONCE):
            some = list(uids[first : first + NAMED_AT_ONCE])
            self._record_there(table, some, "delete")
            self.connection.execute(sa.delete(table).where(table.c.uid.in_(some)))
            self._note(table, "deleted", some)

    def update_many(self, table: sa.Table, uids: Sequence[str], values: Mapping[str, object]) -> None:
        """Give many rows the same ``values``. Raises NoSuchRow when one of ``uids`` is not there, ValueRefused."""
        cleaned = clean_row(table, values)
        wanted = list(dict.fromkeys(uids))
        for start in range(0, len(wanted), NAMED_AT_ONCE):
            self._update_some(table, wanted[start : start + NAMED_AT_ONCE], cleaned)
        self._spread(table, [cleaned.get(GEOMETRY)])

    def _update_some(self, table: sa.Table, uids: list[str], cleaned: dict[str, Any]) -> None:
        before = {row["uid"]: row for row in self._read(sa.select(table).where(table.c.uid.in_(uids)), table)}
        self._record_many(table, "update", [before[uid] if uid in before else self._before(table, uid) for uid in uids])
        changed = cleaned | {"version": table.c.version + 1}
        self.connection.execute(sa.update(table).where(table.c.uid.in_(uids)).values(changed))
        self._note(table, "updated", uids)

    def delete(self, table: sa.Table, uid: str) -> None:
        """Remove a row drawn or imported by mistake; the record keeps it. Raises NoSuchRow."""
        self._record(table, uid, "delete", self._before(table, uid))
        self.connection.execute(sa.delete(table).where(table.c.uid == uid))
        self._note(table, "deleted", [uid])

    def remove(self, table: sa.Table, where: sa.ColumnElement[bool], step: Callable[[int], None]) -> None:
        """Remove every row of which ``where`` is true, and record it; ``step`` hears of rows done. For undo."""
        fid = -1
        count = self.connection.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0
        query = sa.select(table).where(where).order_by(table.c.fid).limit(AT_ONCE)
        with self._recording(count) as record:
            while rows := self._read(query.where(table.c.fid > fid), table):
                record(self._records(table, "delete", rows))
                self._note(table, "deleted", [str(row["uid"]) for row in rows])
                fid = rows[-1]["fid"]
                step(len(rows))
        if count < BULK:
            self.connection.execute(sa.delete(table).where(where))
        else:
            self._home.bulk_delete(self.connection, table, where)

    def bring_back(self, table: sa.Table, parts: Iterable[Sequence[Mapping[str, Any]]], count: int) -> None:
        """Insert ``count`` rows that are gone, part by part, as the record has them: each with its own ``born``.

        For undo of many: the indexes are made once, after the last of them.
        """
        with self._home.bulk(self.connection, table, count) as insert, self._recording(count) as record:
            for rows in parts:
                columns = _columns(rows)
                columns.pop("fid", None)  # it is given anew
                if GEOMETRY in columns:
                    columns[GEOMETRY] = WkbColumn.of(columns[GEOMETRY])
                    self._spread(table, columns[GEOMETRY])
                insert(columns)
                record(self._records(table, "restore", rows))
                self._note(table, "inserted", [str(uid) for uid in columns["uid"]])

    def restore_rows(self, table: sa.Table, before: Sequence[Mapping[str, Any]]) -> None:
        """Put rows, no uid twice, back as the record has them. For undo.

        A row that is gone is there again with its own ``born``; of one that is there the fields are set back.
        """
        query = sa.select(table).where(table.c.uid.in_([row["uid"] for row in before]))
        there = {row["uid"]: row for row in self._read(query, table)}
        gone = [{name: row[name] for name in row if name != "fid"} for row in before if row["uid"] not in there]
        if gone:
            self._write(table, gone)
            self._record_many(table, "restore", gone)
            self._note(table, "inserted", [str(row["uid"]) for row in gone])
        self._set_back(table, [row for row in before if row["uid"] in there], there)

    def _set_back(
        self, table: sa.Table, rows: Sequence[Mapping[str, Any]], there: Mapping[str, Mapping[str, Any]]
    ) -> None:
        if not rows:
            return
        self._record_many(table, "update", [there[row["uid"]] for row in rows])
        for names, some in itertools.groupby(rows, key=tuple):  # a row of an older program may lack a column
            back = list(some)
            now = [there[row["uid"]] for row in back]
            # Only what differs is written: indexes of what stays the same are left alone.
            kept = [
                name
                for name in names
                if (name not in OWN_COLUMNS or name == "code")
                and any(map(ne, map(itemgetter(name), back), map(itemgetter(name), now)))
            ]
            setting = {table.c[name]: sa.bindparam(f"to_{name}", type_=table.c[name].type) for name in kept}
            query = sa.update(table).where(table.c.uid == sa.bindparam("of_row"))
            values = [{"of_row": row["uid"]} | {f"to_{name}": row[name] for name in kept} for row in back]
            self.connection.execute(query.values(setting | {table.c.version: table.c.version + 1}), values)
        self._spread(table, [row.get(GEOMETRY) for row in rows])
        self._note(table, "updated", [str(row["uid"]) for row in rows])

    def note_inserted(self, table: sa.Table, uids: list[str], geometries: Sequence[bytes | None]) -> None:
        """Take rows that another program inserted into this change set; they bear its number in ``born``."""
        self._spread(table, geometries)
        self._note_born(table, uids)

    def note_earlier(
        self, table: sa.Table, operation: str, before: Mapping[str, Any], geometry: bytes | None = None
    ) -> None:
        """Record the row before an ``update`` or ``delete`` that another program made."""
        self._record(table, str(before["uid"]), operation, before)
        self._spread(table, [geometry])
        self._note(table, f"{operation}d", [str(before["uid"])])

    def noted_geometry(self, noted: str) -> bytes | None:
        """WKB of a geometry that a trigger noted."""
        return self._home.noted_geometry(noted)

    def close(self) -> None:
        """Finish the record; the last step before the commit."""
        self._home.changed(self.connection, self._extents)
        seal(self.connection, self.id, self._inserted)
        self.connection.execute(sa.delete(WRITER))

    @property
    def empty(self) -> bool:
        """Whether nothing was changed."""
        return not self.result.touched

    def _before(self, table: sa.Table, uid: str) -> dict[str, Any]:
        row = self.connection.execute(sa.select(table).where(table.c.uid == uid)).mappings().first()
        if row is None:
            raise _not_there(table)
        return dict(row)

    def _record_there(self, table: sa.Table, uids: list[str], operation: str) -> None:
        before = {row["uid"]: row for row in self._read(sa.select(table).where(table.c.uid.in_(uids)), table)}
        if len(before) < len(set(uids)):
            raise _not_there(table)
        self._record_many(table, operation, [before[uid] for uid in uids])

    def _record(self, table: sa.Table, uid: str, operation: str, before: Mapping[str, Any]) -> None:
        self._record_many(table, operation, [{**before, "uid": uid}])

    def _record_many(self, table: sa.Table, operation: str, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._recording(len(rows)) as record:
            record(self._records(table, operation, rows))

    def _records(self, table: sa.Table, operation: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
        """Columns of the record: what was done to each of ``rows``, and the row before it."""
        count = len(rows)
        return {
            "change_set": [self.id] * count,
            "table_name": [table.name] * count,
            "uid": [row["uid"] for row in rows],
            "operation": [operation] * count,
            # Of a row that is restored there was none before.
            "before": ["{}"] * count if operation == "restore" else [told(row) for row in rows],
        }

    @contextmanager
    def _recording(self, count: int) -> Iterator[Insert]:
        """Within the block, what it gives writes columns of the record, ``count`` rows in all."""
        if count >= BULK:
            with self._home.bulk(self.connection, ROW_CHANGES, count) as insert:
                yield insert
            return

        def few(columns: Mapping[str, Sequence[Any]]) -> None:
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            if rows:
                self.connection.execute(sa.insert(ROW_CHANGES), rows)

        yield few

    def _note_born(self, table: sa.Table, uids: list[str]) -> None:
        self._inserted[table.name] = self._inserted.get(table.name, 0) + len(uids)
        self._note(table, "inserted", uids)

    def _note(self, table: sa.Table, what: str, uids: list[str]) -> None:
        touched = self.result.touched.setdefault(table.name, Touched())
        named: list[str] = getattr(touched, what)
        if len(named) + len(uids) > MANY:
            touched.whole = True
        else:
            named.extend(uids)

    def _spread(self, table: sa.Table, geometries: Sequence[bytes | None]) -> None:
        if geometry_of(table) is None:
            return
        bounds = WkbColumn.of(geometries).bounds
        bounds = bounds[~np.isnan(bounds[:, 0])]
        if not len(bounds):
            self._extents.setdefault(table.name, None)
            return
        (low_e, low_n), (high_e, high_n) = bounds[:, :2].min(axis=0).tolist(), bounds[:, 2:].max(axis=0).tolist()
        old = self._extents.get(table.name) or (low_e, low_n, high_e, high_n)
        self._extents[table.name] = (
            min(old[0], low_e), min(old[1], low_n), max(old[2], high_e), max(old[3], high_n),
        )  # fmt: skip


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows turned into columns; a row of an older program may lack a name that others have."""
    if all(row.keys() == rows[0].keys() for row in rows):
        return {name: list(map(itemgetter(name), rows)) for name in rows[0]}
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


_DIGITS = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_HYPHENS = (8, 13, 18, 23)
_PLACES = [place for place in range(36) if place not in _HYPHENS]  # of the hexadecimal digits in a UUID's text


def make_uids(count: int) -> list[str]:
    """``count`` new random UUIDs (RFC 9562, version 4) as text, in order: an index of sorted keys is made faster."""
    raw = np.frombuffer(os.urandom(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    raw = raw[np.argsort(raw.view(">u8")[:, 0].astype(np.uint64))]
    text = np.full((count, 36), ord("-"), dtype=np.uint8)
    text[:, _PLACES[0::2]] = _DIGITS[raw >> 4]
    text[:, _PLACES[1::2]] = _DIGITS[raw & 0x0F]
    return list(text.view("S36").ravel().astype("U36").tolist())


def _not_there(table: sa.Table) -> NoSuchRow:
    return NoSuchRow(
        _("The {table} to change is not there any more.").format(table=table.name),
        _("Someone may have removed it; look at the history."),
    )
