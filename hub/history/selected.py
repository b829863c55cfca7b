"""One note for each of very many contacts, written by the database itself: what 100,000 of them were put on is said once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from hub.db import clock, dialect
from hub.history import cleaning


def add_selected(
    rows: str,
    parameters: Sequence[Any],
    *,
    account_id: int,
    kind: str,
    data: dict[str, Any],
    actor_label: str = "",
    at: datetime | None = None,
) -> int:
    """Write one note for each row of a SELECT with ``contact_id`` and ``enrollment_id``, in one statement; say how many."""
    statement = f"""
        INSERT INTO history_note (account_id, contact_id, at, kind, data, enrollment_id, actor_label)
        SELECT %s, s.contact_id, {dialect.cast("%s", "time")}, %s, {dialect.cast("%s", "json")}, s.enrollment_id, %s
          FROM ({rows}) s"""
    shared = [account_id, dialect.value(at or clock.now()), kind[:40], json.dumps(cleaning.data(data))]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*shared, cleaning.text(actor_label)[:200], *parameters])
        return int(cursor.rowcount)
