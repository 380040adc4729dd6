"""A small language for "which facilities": ``dn >= 300 and material = 'QM'``. It knows fields and values, no SQL.

A comparison with an unknown value is neither so nor not so, as in SQL: ``dn != 300`` leaves out unknown diameters.

condition  = both { "or" both }
both       = part { "and" part }
part       = "not" part | "(" condition ")" | "@" name | place | comparison
place      = "meets" "(" text [ "," metres ] ")"     it touches the area, or lies no farther from it
           | "within" "(" text ")"                   its middle lies in the area, as districts are counted
comparison = field ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) value
           | field [ "not" ] "in" "(" value { "," value } ")"
           | field [ "not" ] "like" text          % any characters, _ one; capitals or not
           | field "is" [ "not" ] "null"
value      = number | 'text' (a quote inside is doubled) | true | false

An area is ``'dma:D1'`` (a kind, and the code or name of those meant; ``*`` for all of them) or WKT in the workspace's
CRS. ``@name`` is a filter saved under that name.
"""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from jnw_desktop.errors import UsageError
from jnw_desktop.facilities.kinds import Kind
from jnw_desktop.language import _
from jnw_desktop.workspace.tables import IsoDate

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<text>'(?:[^'\0\ud800-\udfff]|'')*')"
    r"|@(?P<saved>\w[\w-]*)"
    r"|(?P<mark><=|>=|<>|!=|[=<>(),])"
    r"|(?P<word>[^\W\d]\w*))"
)
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip
_KEYWORDS = {"and", "or", "not", "in", "like", "is", "null", "true", "false"}
_PLACES = ("meets", "within")
FARTHEST = 100_000.0  # metres from an area
DEEPEST = 50  # brackets within brackets
MOST_COMPARISONS = 500  # SQLite takes expressions a thousand deep
MOST_VALUES = 10_000  # of all comparisons together; SQLite takes 32,766 variables

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


class Ground(Protocol):
    """What a condition must ask of the workspace: see :class:`jnw_desktop.facilities.whereabouts.Whereabouts`."""

    def meeting(self, kind: Kind, area: str, distance: float) -> Condition:
        """Facilities that touch ``area`` or lie no farther than ``distance`` metres from it. Raises UsageError."""

    def inside(self, kind: Kind, area: str) -> Condition:
        """Facilities whose middle lies in ``area``. Raises UsageError."""

    def saved(self, name: str, kind: Kind) -> str:
        """The condition saved under ``name`` for ``kind``. Raises UsageError."""


def parse_filter(text: str, kind: Kind, ground: Ground | None = None, name: str = "") -> Condition:
    """The condition ``text`` on the table of ``kind``, for a ``where``; places and saved filters need a ``ground``.

    ``name``: what the condition is saved under, which it cannot hold. Raises UsageError that says at which character it
    is wrong.
    """
    return _Parser(text, kind, ground, (name,)).whole()


class _Parser:
    def __init__(self, text: str, kind: Kind, ground: Ground | None, inside: tuple[str, ...]) -> None:
        self._kind = kind
        self._ground = ground
        self._inside = inside  # the saved filters that this one is part of
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0
        self._comparisons = 0
        self._values = 0

    def whole(self) -> Condition:
        condition = self._any_of()
        if self._next().kind != "end":
            raise _wrong(self._next())
        return condition

    def _next(self) -> _Token:
        return self._tokens[self._at]

    def _take(self, *texts: str) -> bool:
        """Go past the next token if it is one of these marks or keywords."""
        token = self._next()
        if token.kind in ("mark", "keyword") and token.text in texts:
            self._at += 1
            return True
        return False

    def _must(self, text: str) -> None:
        if not self._take(text):
            raise _wrong(self._next())

    def _any_of(self) -> Condition:
        parts = [self._all_of()]
        while self._take("or"):
            parts.append(self._all_of())
        return sa.or_(*parts)

    def _all_of(self) -> Condition:
        parts = [self._part()]
        while self._take("and"):
            parts.append(self._part())
        return sa.and_(*parts)

    def _part(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _wrong(self._next())
        try:
            if self._take("not"):
                return sa.not_(self._part())
            if self._take("("):
                inside = self._any_of()
                self._must(")")
                return inside
            if self._next().kind == "saved":
                return self._saved()
            if self._next().text.lower() in _PLACES and self._tokens[self._at + 1].text == "(":
                return self._place()
            return self._comparison()
        finally:
            self._depth -= 1

    def _saved(self) -> Condition:
        token = self._next()
        if self._ground is None or token.text in self._inside:
            raise _wrong(token)
        self._at += 1
        text = self._ground.saved(token.text, self._kind)
        return _Parser(text, self._kind, self._ground, (*self._inside, token.text)).whole()

    def _place(self) -> Condition:
        word = self._next()
        if self._ground is None:
            raise _wrong(word)
        self._at += 1
        self._must("(")
        area, distance = self._area(), 0.0
        if word.text.lower() == "meets" and self._take(","):
            distance = self._metres()
        self._must(")")
        if word.text.lower() == "within":
            return self._ground.inside(self._kind, area)
        return self._ground.meeting(self._kind, area, distance)

    def _area(self) -> str:
        token = self._next()
        if token.kind != "text":
            raise _wrong(token)
        self._at += 1
        return _unquoted(token)

    def _metres(self) -> float:
        token = self._next()
        if token.kind != "number" or not 0 <= float(token.text) <= FARTHEST:
            raise _wrong(token)
        self._at += 1
        return float(token.text)

    def _comparison(self) -> Condition:
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise _too_long()
        column = self._column()
        if self._take("is"):
            refused = self._take("not")
            self._must("null")
            return column.is_not(None) if refused else column.is_(None)
        refused = self._take("not")
        if self._take("in"):
            self._must("(")
            values = [self._value(column)]
            while self._take(","):
                values.append(self._value(column))
            self._must(")")
            return column.not_in(values) if refused else column.in_(values)
        if self._take("like"):
            return self._like(column, refused)
        mark = self._next()
        if refused or mark.text not in _COMPARE:
            raise _wrong(mark)
        self._at += 1
        compared: Condition = _COMPARE[mark.text](column, self._value(column))
        return compared

    def _like(self, column: sa.Column[Any], refused: bool) -> Condition:
        token = self._next()
        if token.kind != "text" or isinstance(column.type, sa.Double | sa.Boolean):
            raise _wrong(token)
        self._at += 1
        # Alike on both homes: capitals and small letters are one, and a backslash is a backslash.
        pattern = _unquoted(token).replace("\\", "\\\\")
        text = sa.cast(column, sa.Text)
        return text.not_ilike(pattern, escape="\\") if refused else text.ilike(pattern, escape="\\")

    def _column(self) -> sa.Column[Any]:
        token = self._next()
        if token.kind != "word":
            raise _wrong(token)
        names = ["code", *(field.name for field in self._kind.fields)]
        titles = {_(field.title): field.name for field in self._kind.fields}
        name = titles.get(token.text, token.text)
        if name not in names:
            raise UsageError(
                _("{table} has no field {name}, which stands at {place} of the condition.").format(
                    table=self._kind.id, name=token.text, place=token.at + 1
                ),
                _("Its fields are: {fields}").format(fields=", ".join(names)),
            )
        self._at += 1
        return self._kind.table.c[name]

    def _value(self, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
        self._values += 1
        if self._values > MOST_VALUES:
            raise _too_long()
        token = self._next()
        if token.kind == "number":
            value: Any = float(token.text)
        elif token.kind == "text":
            value = _unquoted(token)
        elif token.kind == "keyword" and token.text in ("true", "false"):
            value = token.text == "true"
        else:
            raise _wrong(token)
        self._at += 1
        return _fitting(column, value, token)


def _fitting(column: sa.Column[Any], value: Any, token: _Token) -> sa.ColumnElement[Any]:
    """``value`` as the column can be compared with it: always a bound value, never part of the statement."""
    kind = column.type
    try:
        if isinstance(kind, IsoDate):
            return sa.literal(datetime.date.fromisoformat(value).isoformat(), kind)
        if isinstance(kind, sa.Boolean):
            if not isinstance(value, bool) and value not in (0, 1):
                raise ValueError  # noqa: TRY301 - told below
            return sa.literal(bool(value), kind)
        if isinstance(kind, sa.Integer | sa.Double):
            # As a double on either home: bound as an integer, 300.5 would become 300 on the server.
            return sa.literal(float(value), sa.Double())
        return sa.literal(value if isinstance(value, str) else token.text, sa.Text())
    except (TypeError, ValueError) as error:
        raise UsageError(
            _("{value}, at {place} of the condition, is not a value for {column}.").format(
                value=token.text, place=token.at + 1, column=column.name
            ),
            _("Text stands in quotes: material = 'QM'; a date is written '2020-01-31'."),
        ) from error


def _unquoted(token: _Token) -> str:
    return token.text[1:-1].replace("''", "'")


def _too_long() -> UsageError:
    return UsageError(
        _("The condition is too long."), _("Ask in parts, or with a field that says the same: road = '经十路'.")
    )


def _tokens(text: str) -> list[_Token]:
    found = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].lstrip()
            raise _wrong(_Token("", rest[:1], len(text) - len(rest)))
        kind = match.lastgroup or ""
        word, begins = match.group(kind), match.start(kind)
        if kind == "word" and word.lower() in _KEYWORDS:
            kind, word = "keyword", word.lower()
        found.append(_Token(kind, word, begins))
        at = match.end()
    return [*found, _Token("end", "", len(text))]


def _wrong(token: _Token) -> UsageError:
    shown = token.text or _("the end")
    return UsageError(
        _("The condition is not understood at {place}: {text}").format(place=token.at + 1, text=shown),
        _("Write it like: dn >= 300 and material = 'QM'"),
    )
