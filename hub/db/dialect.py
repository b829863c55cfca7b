"""The few words in which SQLite and PostgreSQL differ, for raw SQL on the hot path.

Each function returns a piece of SQL, or a parameter in the form that the database's driver wants. Statements elsewhere are
written once and read the same on both: placeholders are ``%s`` (Django translates them for SQLite).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

_CASTS = {
    "postgresql": {
        "uuid": "uuid",
        "int": "bigint",
        "text": "text",
        "time": "timestamptz",
        "json": "jsonb",
        "bool": "boolean",
    },
    "sqlite": {"uuid": "text", "int": "integer", "text": "text", "json": "text", "bool": "integer"},
}


@cache
def is_postgres() -> bool:
    """Whether the hub's database is PostgreSQL. A process has one; asking Django's connection for each value cost a tenth of
    what the ledger's writer does."""
    return connection.vendor == "postgresql"


def skip_locked(of: str = "") -> str:
    """The tail of a claiming SELECT. SQLite has one writer at a time, so there is nobody to skip."""
    if not is_postgres():
        return ""
    return f"FOR UPDATE OF {of} SKIP LOCKED" if of else "FOR UPDATE SKIP LOCKED"


def for_share(of: str = "", *, skip: bool = False) -> str:
    """The tail of a SELECT that must see no uncommitted change of the row. On SQLite the write lock does that.

    Args:
        skip: a row that somebody is changing is passed over, and not waited for.
    """
    if not is_postgres():
        return ""
    return f"FOR SHARE{f' OF {of}' if of else ''}{' SKIP LOCKED' if skip else ''}"


def uuid() -> str:
    """An expression that makes a fresh random UUID in the form in which Django stores one (SQLite: 32 hex digits)."""
    if is_postgres():
        return "gen_random_uuid()"
    # Version and variant digits are set so that the text is a true UUID4 and Python reads it back as one.
    return (
        "lower(hex(randomblob(6)) || '4' || substr(hex(randomblob(2)), 2) "
        "|| substr('89AB', 1 + (random() & 3), 1) || substr(hex(randomblob(8)), 2))"
    )


def cast(sql: str, kind: str) -> str:
    """``sql`` cast to ``kind``: uuid, int, text, time, json or bool. SQLite keeps times as text as they are."""
    target = _CASTS[connection.vendor].get(kind)
    return f"CAST({sql} AS {target})" if target else sql


def any_of(column: str, kind: str = "text") -> str:
    """A condition ``column`` is one of the values of one parameter made by ``array``."""
    if is_postgres():
        return f"{column} = ANY(%s::{_CASTS['postgresql'][kind]}[])"
    return f"{column} IN (SELECT value FROM json_each(%s))"


def array(values: Iterable[Any]) -> Any:
    """One parameter that carries many values, for ``any_of``, ``rows`` and whatever names the list's type."""
    return _written(values) if is_postgres() else json.dumps(_stored(values))


def _written(values: Iterable[Any]) -> str:
    """A list as PostgreSQL reads it. The driver writes lists too, and looks at every value again and again: it took a fifth of
    what the ledger's writer does. What is all of one kind, as a column is, is written in one go."""
    items = list(values)
    kinds = set(map(type, items))
    write = _IN_ONE_GO.get(kinds.pop()) if len(kinds) == 1 else None
    return (write and write(items)) or "{" + ",".join("NULL" if item is None else _quoted(item) for item in items) + "}"


def _texts(items: Sequence[str]) -> str:
    """Empty where a text holds a NUL, which marks the ends of texts here and which PostgreSQL refuses anyway."""
    text = "\0".join(items)
    if text.count("\0") != len(items) - 1:
        return ""
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return '{"' + text.replace("\0", '","') + '"}'


def _times(items: Sequence[datetime]) -> str:
    """Most of a column are the same moment."""
    written = {item: f'"{item}"' for item in set(items)}
    return "{" + ",".join([written[item] for item in items]) + "}"


_IN_ONE_GO: dict[type, Callable[[Any], str]] = {
    str: _texts,
    int: lambda items: "{" + ",".join(map(str, items)) + "}",
    UUID: lambda items: "{" + ",".join(map(str, items)) + "}",
    datetime: _times,
    type(None): lambda items: "{" + ",".join(["NULL"] * len(items)) + "}",
}


def _quoted(item: Any) -> str:
    text = item if isinstance(item, str) else str(item)
    if '"' in text or "\\" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def value(item: Any) -> Any:
    """One value as the database stores it."""
    if is_postgres():
        return item
    if isinstance(item, UUID):
        return item.hex
    if isinstance(item, datetime):
        return item.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(item, bool):
        return int(item)
    return item


_AS_THEY_ARE = frozenset({str, int, float, type(None)})
"""What SQLite keeps as Python has it: most of what the ledger writes, and not worth a call for each."""


def _stored(items: Iterable[Any]) -> list[Any]:
    return [item if type(item) in _AS_THEY_ARE else value(item) for item in items]


def rows(columns: dict[str, str], name: str = "input") -> str:
    """A table expression over several ``array`` parameters, one a column: ``{"id": "uuid", "fence": "int"}``.

    Pass the arrays in the order of the columns.
    """
    if is_postgres():
        arrays = ", ".join(f"%s::{_CASTS['postgresql'][kind]}[]" for kind in columns.values())
        return f"unnest({arrays}) AS {name}({', '.join(columns)})"
    # Each list becomes a table of its own, for which SQLite makes an index; joined directly, json_each is read again for
    # every row of the others.
    first, *rest = columns
    lists = ", ".join(f"{one}_ AS MATERIALIZED (SELECT key AS k, value AS v FROM json_each(%s))" for one in columns)
    picked = ", ".join(f"{one}_.v AS {one}" for one in columns)
    joins = "".join(f" JOIN {one}_ ON {one}_.k = {first}_.k" for one in rest)
    return f"(WITH {lists} SELECT {picked} FROM {first}_{joins}) AS {name}"


def table(columns: dict[str, str], records: Iterable[Sequence[Any]], name: str = "input") -> tuple[str, list[Any]]:
    """The same over records instead of columns: the table expression and its parameters. On SQLite the quicker of the two."""
    if is_postgres():
        lists = list(zip(*records, strict=True)) or [()] * len(columns)
        return rows(columns, name), [array(one) for one in lists]
    picked = ", ".join(f"json_extract(value, '$[{place}]') AS {one}" for place, one in enumerate(columns))
    plain = json.dumps([_stored(record) for record in records])
    return f"(SELECT {picked} FROM json_each(%s)) AS {name}", [plain]


def numbers_of(column: str, name: str) -> tuple[str, str]:
    """A table expression over the whole numbers that a column keeps as a JSON list, and what each is called in it."""
    if is_postgres():
        return f"jsonb_array_elements_text({column}) AS {name}", f"{name}::bigint"
    return f"json_each({column}) AS {name}", f"{name}.value"


def as_text(column: str) -> str:
    """A time as text, for who only asks whether two are the same, or reads it by ``read_time``, which is quicker than the driver:
    on PostgreSQL making a time of it costs more than the row."""
    return f"{column}::text" if is_postgres() else column


def read_uuid(raw: Any) -> UUID:
    """A UUID as raw SQL returned it."""
    return raw if isinstance(raw, UUID) else UUID(str(raw))


def read_time(raw: Any) -> datetime | None:
    """A time as raw SQL returned it, aware and in UTC; None stays None."""
    if raw is None:
        return None
    moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    if moment.tzinfo is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
