"""The one doorway: is this add-on active here, and if not, why not?"""

from __future__ import annotations

import pytest
from django.test.utils import CaptureQueriesContext

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons.connections import state_of, states_for
from hub.addons.models import Availability, Connection, Manifest
from hub.addons.wording import Reason
from hub.audit.actor import SYSTEM
from hub.db import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def pigeon() -> Manifest:
    return Manifest.objects.create(addon="pigeon", title="Pigeon", loaded=True, seen_at=clock.now())


def available(account: Account) -> None:
    Availability.objects.create(account=account, addon="pigeon", at=clock.now())


def connection(account: Account, **facts: object) -> Connection:
    given = {"enabled": True, "complete": True, "changed_at": clock.now(), **facts}
    return Connection.objects.create(account=account, addon="pigeon", **given)


def test_an_add_on_nobody_installed_is_not_active(branch: Account) -> None:
    state = state_of(branch, "pigeon")

    assert not state.active
    assert state.reason is Reason.PLUGIN_MISSING
    assert "operator" in state.sentence


def test_a_plugin_that_does_not_load_says_why(branch: Account, pigeon: Manifest) -> None:
    Manifest.objects.update(loaded=False, reason="its import failed: ZeroDivisionError")

    state = state_of(branch, "pigeon")

    assert state.reason is Reason.PLUGIN_MISSING
    assert "ZeroDivisionError" in state.detail
    assert state.whose_turn == "operator"


def test_available_above_is_available_here(enterprise: Account, branch: Account, pigeon: Manifest) -> None:
    connection(branch)
    assert state_of(branch, "pigeon").reason is Reason.NOT_AVAILABLE

    available(enterprise)

    assert state_of(branch, "pigeon").active


def test_available_beneath_is_not_available_above(enterprise: Account, branch: Account, pigeon: Manifest) -> None:
    connection(enterprise)
    available(branch)

    assert state_of(enterprise, "pigeon").reason is Reason.NOT_AVAILABLE


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, Reason.NONE),
        ({"enabled": False}, Reason.OFF),
        ({"complete": False}, Reason.INCOMPLETE),
        ({"health": "ok"}, Reason.NONE),
        ({"health": "failing"}, Reason.NONE),  # the engine's breaker waits; nobody has switched anything off
        ({"health": "needs_admin"}, Reason.NEEDS_ADMIN),
        ({"health": "needs_sign_in"}, Reason.NEEDS_SIGN_IN),
    ],
)
def test_the_connection_s_own_state_decides(
    branch: Account, pigeon: Manifest, facts: dict[str, object], reason: Reason
) -> None:
    available(branch)
    connection(branch, **facts)

    assert state_of(branch, "pigeon").reason is reason


def test_an_account_without_a_connection_has_it_switched_off(branch: Account, pigeon: Manifest) -> None:
    available(branch)

    assert state_of(branch, "pigeon").reason is Reason.OFF


def test_what_is_always_on_needs_nobody_s_leave(branch: Account, pigeon: Manifest) -> None:
    Manifest.objects.update(always_on=True)

    state = state_of(branch, "pigeon")

    assert state.active
    assert state.connection_id is None


def test_a_branch_borrows_only_what_is_lent(enterprise: Account, branch: Account, pigeon: Manifest) -> None:
    available(enterprise)
    own = connection(enterprise, shared=False)
    connection(branch, borrows=True, complete=False)

    assert state_of(branch, "pigeon").reason is Reason.PARENT_KEEPS_IT

    Connection.objects.filter(pk=own.pk).update(shared=True)

    state = state_of(branch, "pigeon")
    assert state.active
    assert (state.connection_id, state.lender_id) == (own.pk, enterprise.pk)


def test_a_borrower_s_key_is_refused_when_the_lender_s_is(
    enterprise: Account, branch: Account, pigeon: Manifest
) -> None:
    available(enterprise)
    connection(enterprise, shared=True, health="needs_admin", health_note="The key is wrong.")
    connection(branch, borrows=True)

    state = state_of(branch, "pigeon")

    assert state.reason is Reason.NEEDS_ADMIN
    assert state.detail == "The key is wrong."


def test_nobody_borrows_past_the_nearest_account_that_has_its_own(enterprise: Account, pigeon: Manifest) -> None:
    region = accounts.create("Region", by=SYSTEM, parent=enterprise)
    branch = accounts.create("Branch", by=SYSTEM, parent=region)
    available(enterprise)
    connection(enterprise, shared=True)
    connection(region, shared=False)
    connection(branch, borrows=True)

    assert state_of(branch, "pigeon").reason is Reason.PARENT_KEEPS_IT


def test_a_paused_account_is_told_apart_from_an_add_on_that_is_off(branch: Account, pigeon: Manifest) -> None:
    available(branch)
    connection(branch)
    accounts.pause(branch, by=SYSTEM)

    state = state_of(branch, "pigeon")

    assert state.active
    assert state.account_paused


def test_fifty_accounts_cost_two_queries(enterprise: Account, pigeon: Manifest) -> None:
    from django.db import connection as database

    available(enterprise)
    branches = [accounts.create(f"Branch {n}", by=SYSTEM, parent=enterprise) for n in range(50)]
    for branch in branches:
        connection(branch)

    with CaptureQueriesContext(database) as queries:
        states = states_for((branch.pk, "pigeon") for branch in branches)

    assert len(queries) == 2
    assert len(states) == 50
    assert all(state.active for state in states.values())
