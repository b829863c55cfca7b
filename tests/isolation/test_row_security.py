"""PostgreSQL keeps accounts apart by itself: every table has its policy, and the matrix holds with the code's scoping off.

SQLite has no such thing. There the doors say nothing to the database, and accounts are kept apart by the code alone, which is
what `test_matrix` asks on both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.isolation.world import World

pytestmark = pytest.mark.slow

OF_SOMEBODY = {"account_id", "contact_id", "user_id", "run_id", "enrollment_id", "connection_id", "note_id", "owner_id"}
"""Columns by which a row is a tenant's."""


@pytest.fixture(scope="module")
def guarded(world: World) -> Iterator[World]:
    """The world, in a database that knows its policies. They are gone with it."""
    from django.conf import settings
    from django.db import connection

    from hub.db import scope
    from hub.db.apps import _keep_accounts_apart

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "HUB_ROW_SECURITY", True)
        if scope.is_on():
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET CONSTRAINTS ALL IMMEDIATE"
                )  # a table cannot be altered while checks of its rows wait
                _keep_accounts_apart()
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield world


def test_every_table_with_tenants_rows_has_a_policy_or_says_why_not() -> None:
    from django.apps import apps

    from hub.db.policies import FREE, POLICIES

    tables = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    known = POLICIES.keys() | FREE.keys()
    of_tenants = {table for table, model in tables.items() if _names_somebody(model, known)}

    assert POLICIES.keys() & FREE.keys() == set()
    assert known - tables.keys() == set()
    assert of_tenants - known == set()


def _names_somebody(model: Any, known: Any) -> bool:
    columns = {field.column for field in model._meta.concrete_fields}
    parents = {field.related_model._meta.db_table for field in model._meta.concrete_fields if field.related_model}
    return bool(columns & OF_SOMEBODY or parents & known)


@pytest.mark.django_db
def test_the_matrix_holds_beside_the_database(guarded: World, pytestconfig: pytest.Config) -> None:
    from hub.db import scope
    from tests.isolation import cells, judging

    large = pytestconfig.getoption("--matrix") == "large"
    chosen = list(cells.every(guarded)) if large else cells.rotating(list(cells.every(guarded)), 1)[::3]
    if scope.is_on():
        found = judging.walk(guarded, chosen)

        assert not found.wrong, found.told()


@pytest.mark.django_db
def test_the_database_alone_keeps_accounts_apart(guarded: World, pytestconfig: pytest.Config) -> None:
    """The code no longer asks for one account's rows, and still nobody sees another's."""
    from hub.db import scope
    from tests.isolation import cells, judging, unscoped

    outsiders = ("owner of E2A", "owner of B", "owner of P", "program of E2A")
    chosen = [cell for cell in (*cells.every(guarded), *cells.smuggling(guarded)) if cell.who in outsiders]
    chosen = chosen if pytestconfig.getoption("--matrix") == "large" else cells.rotating(chosen, 1)[::2]
    if scope.is_on():
        with unscoped.reads():
            found = judging.walk(guarded, chosen)

        assert not found.wrong, found.told()


@pytest.mark.django_db
def test_a_connection_is_given_back_as_the_houses(guarded: World) -> None:
    from hub.contacts.models import Contact
    from hub.db import scope
    from tests.isolation.world import E2A

    account, everybody = guarded.accounts[E2A], Contact.objects.count()
    scope.enter(account.pk, account.path, account.ancestor_ids)
    seen = Contact.objects.count()
    scope.leave()

    assert seen == (1 if scope.is_on() else everybody)
    assert Contact.objects.count() == everybody


@pytest.mark.django_db
def test_the_tenants_role_sees_nothing_until_it_is_told_whose_it_is(guarded: World) -> None:
    from hub.contacts.models import Contact
    from hub.db import policies, scope
    from hub.process.checkup import database

    everybody = Contact.objects.count()
    scope.enter(0, "", ())
    seen = Contact.objects.count()
    scope.leave()

    assert seen == (0 if scope.is_on() else everybody)
    assert not scope.is_on() or (policies.unguarded(), policies.bypasses()) == ([], "")
    assert ("on: " in database._kept_apart().line) == scope.is_on()
