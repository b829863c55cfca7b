"""Ids of step runs: they begin with the time and never come again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest
from django.db import connection

from hub.db import dialect
from hub.plans import run_ids

AT = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


def test_an_id_made_later_sorts_later() -> None:
    assert run_ids.new(AT) < run_ids.new(AT + timedelta(milliseconds=1))


def test_ids_of_one_moment_differ() -> None:
    made = {run_ids.new(AT) for _ in range(10_000)}

    assert len(made) == 10_000
    assert {(id_.version, id_.variant) for id_ in made} == {(7, RFC_4122)}


@pytest.mark.django_db
def test_a_statement_makes_them_in_the_order_of_its_rows() -> None:
    numbers = range(268_435_400, 268_436_400)  # across the end of the 28 bits that are kept
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {run_ids.sql('r.n')} FROM {dialect.rows({'n': 'int'}, 'r')} ORDER BY r.n",
            [run_ids.prefix(AT), dialect.array(numbers)],
        )
        made = [dialect.read_uuid(row[0]) for row in cursor.fetchall()]

    assert len(set(made)) == len(made)
    assert {(id_.version, id_.variant) for id_ in made} == {(7, RFC_4122)}
    assert made[:56] == sorted(made[:56])
    assert made[56:] == sorted(made[56:])
