"""PostgreSQL keeps accounts apart by itself: every table has its policy, and the matrix holds with the code's scoping off.

SQLite has no such thing. There the doors say nothing to the database, and accounts are kept apart by the code alone, which is
what `test_matrix` asks on both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.isolation.world import World

pytestmark = pytest.mark.slow

OF_SOMEBODY = {"account_id", "contact_id", "user_id", "run_id", "enrollment_id", "connection_id", "note_id", "owner_id"}
"""Columns by which a row is a tenant's."""


@pytest.fixture(scope="module")
def _policies(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """In force, each by a statement of its own, as ``hub migrate`` makes them: before there is a world whose rows wait for
    checks, and while no lock is held that anybody else could wait for."""
    from django.conf import settings

    from hub.db import policies

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(settings, "HUB_ROW_SECURITY", True)
        policies.apply()
        yield
        _take_back(policies.POLICIES)


def _take_back(tables: Iterable[str]) -> None:
    from django.db import connection

    from hub.db import scope

    role = connection.ops.quote_name(scope.tenant_role())
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"DROP POLICY hub_house ON {table}")
            cursor.execute(f"DROP POLICY hub_tenant ON {table}")
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
        cursor.execute(f"DROP OWNED BY {role}")
        cursor.execute(f"DROP ROLE {role}")


@pytest.fixture(scope="module")
def guarded(_policies: None, world: World) -> World:
    """The world, in a database that knows its policies. They are gone after it."""
    return world


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


@pytest.mark.postgres_only
@pytest.mark.django_db
def test_the_matrix_holds_beside_the_database(guarded: World, pytestconfig: pytest.Config) -> None:
    from tests.isolation import cells, judging

    large = pytestconfig.getoption("--matrix") == "large"
    chosen = list(cells.every(guarded)) if large else cells.rotating(list(cells.every(guarded)), 1)[::3]
    found = judging.walk(guarded, chosen)

    assert not found.wrong, found.told()


@pytest.mark.postgres_only
@pytest.mark.django_db
def test_the_database_alone_keeps_accounts_apart(guarded: World, pytestconfig: pytest.Config) -> None:
    """The code no longer asks for one account's rows, and still nobody sees another's."""
    from tests.isolation import cells, judging, unscoped

    outsiders = ("owner of E2A", "owner of B", "owner of P", "program of E2A")
    chosen = [cell for cell in (*cells.every(guarded), *cells.smuggling(guarded)) if cell.who in outsiders]
    chosen = chosen if pytestconfig.getoption("--matrix") == "large" else cells.rotating(chosen, 1)[::2]
    with unscoped.reads():
        found = judging.walk(guarded, chosen)

    assert not found.wrong, found.told()


@pytest.mark.postgres_only
@pytest.mark.django_db
def test_a_connection_is_given_back_as_the_houses(guarded: World) -> None:
    from hub.contacts.models import Contact
    from hub.db import scope
    from tests.isolation.world import E2A

    account, everybody = guarded.accounts[E2A], Contact.objects.count()
    scope.enter(account.pk, account.path, account.ancestor_ids)
    seen = Contact.objects.count()
    scope.leave()

    assert (seen, everybody > 1) == (1, True)
    assert Contact.objects.count() == everybody


@pytest.mark.postgres_only
@pytest.mark.django_db
def test_the_tenants_role_sees_nothing_until_it_is_told_whose_it_is(guarded: World) -> None:
    from hub.contacts.models import Contact
    from hub.db import policies, scope
    from hub.process.checkup import database

    scope.enter(0, "", ())
    seen = Contact.objects.count()
    scope.leave()

    assert seen == 0
    assert (policies.unguarded(), policies.bypasses()) == ([], "")
    assert "on: " in database._kept_apart().line
