"""Many rows at once, for the few places where thousands a second are wanted.

Django's ``bulk_create`` works out the SQL of every row anew, which costs more than the database does. Here a statement is
made once and run with many rows of plain values; only columns whose values a driver does not take as they are (times, JSON,
UUIDs, decimals on SQLite) are turned into what it takes. No signals, no defaults: every column is named by the caller.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection, models

from hub.db import dialect

Prepare = Callable[[Any], Any]


def alike(work_out: Prepare) -> Prepare:
    """For a column in which the very same object often stands row after row: it is worked out when it changes."""
    last, found = _NEVER, None

    def worked_out(value: Any) -> Any:
        nonlocal last, found
        if value is not last:
            last, found = value, work_out(value)
        return found

    return worked_out


_NEVER: Any = object()


def insert(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, ignore_conflicts: bool = False
) -> int:
    """Insert rows of values, in the order of ``columns`` (attribute names such as ``contact_id``), and say how many.

    ``ignore_conflicts`` leaves a row alone that is there already by any unique constraint. Within :func:`unawaited` the number
    means nothing.
    """
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    names = ", ".join(f'"{field.column}"' for field in fields)
    head, tail = (
        f'INSERT INTO "{model._meta.db_table}" ({names})',
        " ON CONFLICT DO NOTHING" if ignore_conflicts else "",
    )
    if dialect.is_postgres():
        return _insert_lists(head, tail, fields, rows)
    return _run(f"{head} VALUES ({', '.join(['%s'] * len(fields))}){tail}", fields, rows)


@contextmanager
def unawaited() -> Iterator[None]:
    """PostgreSQL takes the statements within one after the other while we make the next. What they answer cannot be read, and
    what is wrong with them is raised at the end. SQLite answers at once."""
    if not dialect.is_postgres():
        yield
        return
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Overwrite columns of rows that exist; each row of values ends with the primary key."""
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    sets = ", ".join(f'"{field.column}" = %s' for field in fields)
    key = model._meta.pk
    _run(f'UPDATE "{model._meta.db_table}" SET {sets} WHERE "{key.column}" = %s', [*fields, key], rows)


def reserve_ids(model: type[models.Model], number: int) -> list[int]:
    """Fresh ids for rows about to be inserted in this transaction, so that rows that point to them can be made now."""
    if not connection.in_atomic_block:
        raise RuntimeError("Ids are reserved inside the transaction that uses them.")
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if dialect.is_postgres():
            # The sequence is looked up once, and not for each id.
            cursor.execute(
                "WITH its AS MATERIALIZED (SELECT pg_get_serial_sequence(%s, %s)::regclass AS sequence)"
                " SELECT nextval(its.sequence) FROM its, generate_series(1, %s)",
                [f'"{table}"', model._meta.pk.column, number],
            )
            return [row[0] for row in cursor.fetchall()]
        # The write lock is ours until the commit, and inserting with an id moves SQLite's own counter.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = (cursor.fetchone() or (0,))[0]
        return list(range(last + 1, last + 1 + number))


def _element(field: Any) -> str:
    """The field's type without what checks its length: the column checks that."""
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection)).partition("(")[0]


def _insert_lists(head: str, tail: str, fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> int:
    """One statement with a list a column: PostgreSQL is asked once, where ``executemany`` asks it once a row. A column in which
    the same object stands all the way down, as most of a new contact's do, goes as one value."""
    picked, kinds, values, lists = list[str](), list[str](), list[Any](), list[Any]()
    for at, column in enumerate(zip(*_parameters(fields, rows), strict=True)):
        kind = _element(fields[at])
        if at and len(set(map(id, column))) == 1:  # the first list says how many rows there are
            picked.append(f"%s::{kind}")
            values.append(column[0])
        else:
            picked.append(f"c{len(lists)}")
            kinds.append(f"%s::{kind}[]")
            lists.append(dialect.array(column))
    if not lists:
        return 0
    names = ", ".join(f"c{at}" for at in range(len(lists)))
    statement = f"{head} SELECT {', '.join(picked)} FROM unnest({', '.join(kinds)}) AS lists({names}){tail}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, *lists])
        return int(cursor.rowcount)


def _run(statement: str, fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> int:
    parameters = _parameters(fields, rows)
    if not parameters:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(statement, parameters)
        return int(cursor.rowcount)


def _parameters(fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    special = [(at, prepare) for at, field in enumerate(fields) if (prepare := _prepare(field))]
    return [_prepared(row, special) for row in rows]


def _prepared(row: Sequence[Any], special: Sequence[tuple[int, Prepare]]) -> list[Any]:
    values = list(row)
    for at, prepare in special:
        if values[at] is not None:
            values[at] = prepare(values[at])
    return values


def _prepare(field: Any) -> Prepare | None:
    if isinstance(field, models.JSONField):
        return alike(_json)
    if isinstance(field, models.UUIDField | models.DateTimeField) and not dialect.is_postgres():
        return cache(dialect.value)  # of thousands of rows most were made at the same moment
    if isinstance(field, models.DecimalField) and not dialect.is_postgres():
        return str
    return None


def _json(value: Any) -> str:
    return "{}" if value == {} else json.dumps(value)
