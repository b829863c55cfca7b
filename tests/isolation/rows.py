"""What a request changed: every table is looked at, unless no statement wrote to any."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection

AT_THE_DOOR = frozenset({"users_session", "users_signintally", "users_apikey", "api_rate"})
"""What is written although somebody is refused: when a session or a key was last used, and how often somebody tried."""

_WRITES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM|COPY)\s+"?(\w+)"?', re.IGNORECASE)

Rows = dict[str, Counter[str]]


@dataclass
class Watch:
    """The database as it is before each request; every request is taken back afterwards."""

    before: Rows = field(default_factory=dict)
    written: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Look at everything once."""
        self.before = everything()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Around a request: hear which tables it writes to, kept or not."""
        self.written.clear()
        with connection.execute_wrapper(self._hear):
            yield

    def changes(self) -> list[str]:
        """The rows that are there now and were not, or were and are not, each with its table."""
        if self.written <= AT_THE_DOOR:
            return []
        after = everything()
        return [
            f"{table} {row}"
            for table, rows in after.items()
            for row in ((rows - self.before[table]) + (self.before[table] - rows)).elements()
        ]

    def _hear(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not str(sql).startswith("SELECT"):
            self.written.update(_WRITES.findall(str(sql)))
        return execute(sql, params, many, context)


def everything() -> Rows:
    """Each table's rows as texts, without what the door itself writes."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = Counter(_text(row) for row in cursor.fetchall())
    return found


def _tables() -> list[str]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return sorted({model._meta.db_table for model in models} - AT_THE_DOOR)


def _text(row: tuple[object, ...]) -> str:
    return " | ".join(bytes(value).hex() if isinstance(value, memoryview | bytes) else str(value) for value in row)
