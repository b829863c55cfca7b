"""The same statements say the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from hub.db import dialect
from tests.support.people import make_account

pytestmark = pytest.mark.django_db

WHEN = datetime(2026, 11, 20, 12, 30, 0, 125_000, tzinfo=UTC)


def ask(statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or [])
        return list(cursor.fetchall())


def test_made_uuids_are_random_ones_of_version_four() -> None:
    made = [dialect.read_uuid(ask(f"SELECT {dialect.uuid()}")[0][0]) for _ in range(50)]

    assert {one.version for one in made} == {4}
    assert {one.variant for one in made} == {"specified in RFC 4122"}
    assert len(set(made)) == 50


def test_any_of_takes_many_values_in_one_parameter() -> None:
    accounts = [make_account(str(number)) for number in range(4)]
    wanted = [accounts[1].pk, accounts[3].pk]

    found = ask(
        f"SELECT id FROM accounts_account WHERE {dialect.any_of('id', 'int')} ORDER BY id", [dialect.array(wanted)]
    )

    assert [row[0] for row in found] == wanted
    assert ask(f"SELECT id FROM accounts_account WHERE {dialect.any_of('id', 'int')}", [dialect.array([])]) == []


AWKWARD = [
    "",
    "NULL",
    "null",
    "a,b",
    "{x}",
    'say "no"',
    "back\\slash\\",
    "two\nlines\ttab",
    " blanks ",
    "ü😀",
    "it's",
    "%s",
    "$1",
]


@pytest.mark.parametrize("words", [[*AWKWARD, None], AWKWARD, ["plain", "", "{,}"], [""], [None]])
def test_an_array_brings_each_value_as_it_was(words: list[str | None]) -> None:
    columns = {"word": "text", "at": "int"}
    found = ask(
        f"SELECT word, at FROM {dialect.rows(columns)} ORDER BY at",
        [dialect.array(words), dialect.array(range(len(words)))],
    )

    assert [word for word, _ in found] == words


COLUMNS = {"id": "uuid", "fence": "int", "note": "text", "at": "text"}


def records(count: int) -> list[tuple[UUID, int, str, str]]:
    return [(uuid4(), number, f"ü {number} '\"", WHEN.isoformat()) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 500])
def test_rows_joins_columns_by_their_place(count: int) -> None:
    given = records(count)
    columns = list(zip(*given, strict=True)) or [()] * 4

    found = ask(
        f"SELECT id, fence, note, at FROM {dialect.rows(COLUMNS)} ORDER BY fence",
        [dialect.array(one) for one in columns],
    )

    assert [(dialect.read_uuid(id_), fence, note, at) for id_, fence, note, at in found] == given


@pytest.mark.parametrize("count", [0, 1, 500])
def test_table_is_the_same_over_records(count: int) -> None:
    given = records(count)
    source, parameters = dialect.table(COLUMNS, given)

    found = ask(f"SELECT id, fence, note, at FROM {source} ORDER BY fence", parameters)

    assert [(dialect.read_uuid(id_), fence, note, at) for id_, fence, note, at in found] == given


def test_a_time_goes_in_and_comes_out_as_django_writes_it() -> None:
    account = make_account()

    ask(
        f"UPDATE accounts_account SET locked_at = {dialect.cast('%s', 'time')} WHERE id = %s RETURNING id",
        [dialect.value(WHEN), account.pk],
    )
    account.refresh_from_db()
    ((raw,),) = ask("SELECT locked_at FROM accounts_account WHERE id = %s", [account.pk])

    assert account.locked_at == WHEN
    assert dialect.read_time(raw) == WHEN
    assert dialect.read_time(None) is None


def test_skipping_and_sharing_are_valid_sql_on_both() -> None:
    make_account()

    assert ask(f"SELECT id FROM accounts_account LIMIT 1 {dialect.skip_locked()}")
    assert ask(f"SELECT s.account_id FROM accounts_switch s LIMIT 1 {dialect.for_share('s')}")
