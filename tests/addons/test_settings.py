"""What an admin types, keeps and never sees again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import connection as database

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons import catalog, changes, connections, forms, health, lending
from hub.addons.models import Connection, OptionsCache
from hub.addons.wording import Reason
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.core.registry import Registry
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound, Problem
from tests.addons.world import ADMIN, SETTINGS

ADDON = "postpigeon"


def row(account: Account) -> Connection:
    return Connection.objects.get(account=account, addon=ADDON)


def test_an_add_on_that_no_operator_made_available_cannot_be_switched_on(branch: Account, catalogued: Registry) -> None:
    with pytest.raises(Problem) as refused:
        changes.enable(branch, ADDON, by=ADMIN)

    assert refused.value.code == "not_available"
    assert "customer success manager" in refused.value.sentence


@pytest.mark.parametrize(
    "change",
    [
        lambda account: changes.save_settings(account, ADDON, SETTINGS, by=ADMIN),
        lambda account: lending.borrow(account, ADDON, by=ADMIN),
        lambda account: lending.lend(account, ADDON, by=ADMIN),
        lambda account: changes.enable(account, ADDON, by=ADMIN),
    ],
)
def test_what_is_not_available_here_cannot_be_set_up_by_any_door(
    branch: Account, catalogued: Registry, change: Callable[[Account], object]
) -> None:
    with pytest.raises(Problem) as refused:
        change(branch)

    assert refused.value.code == "not_available"
    assert not Connection.objects.exists()


def test_switched_on_without_a_key_it_is_on_and_says_what_is_missing(branch: Account, catalogued: Registry) -> None:
    changes.make_available(branch, ADDON, by=SYSTEM)
    changes.enable(branch, ADDON, by=ADMIN)

    assert connections.state_of(branch, ADDON).reason is Reason.INCOMPLETE

    changes.save_settings(branch, ADDON, SETTINGS, by=ADMIN)

    assert connections.state_of(branch, ADDON).active


def test_a_missing_field_is_told_beside_that_field_and_nothing_is_kept(branch: Account, catalogued: Registry) -> None:
    changes.make_available(branch, ADDON, by=SYSTEM)

    with pytest.raises(Invalid) as refused:
        changes.save_settings(branch, ADDON, {"api_key": "  ", "studio": "s1", "colour": "red"}, by=ADMIN)

    assert refused.value.fields == {"api_key": "Fill this in.", "colour": "This add-on has no such field."}
    assert row(branch).settings == {}


def test_the_key_lies_encrypted_and_the_form_shows_its_last_four_only(on: Account) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT settings, secrets FROM addons_connection")
        stored = json.dumps([str(column) for column in cursor.fetchone()])
    manifest = catalog.manifest(ADDON)
    assert manifest is not None
    fields = {field.spec.name: field for field in forms.settings_form(manifest, row(on))}

    assert "pigeon-key-0001" not in stored
    assert "pigeon-key-0001" not in repr(fields)
    assert (fields["api_key"].stored, fields["api_key"].last_four, fields["api_key"].value) == (True, "0001", None)
    assert fields["studio"].value == "s1"


def test_a_secret_left_empty_is_kept(on: Account) -> None:
    saved = changes.save_settings(on, ADDON, {"api_key": "", "studio": "s2"}, by=ADMIN)

    assert not saved.credential_replaced
    assert connections.open_settings(row(on)) == {"api_key": "pigeon-key-0001", "studio": "s2"}


def test_a_new_key_makes_the_old_one_s_troubles_forgotten_and_frees_what_waited(on: Account) -> None:
    connection = row(on)
    OptionsCache.objects.create(connection=connection, name="studios", data=[["s1", "One"]], tried_at=clock.now())
    health.set_health(connection.pk, "needs_admin", "The key is wrong.", by=SYSTEM)
    assert connections.state_of(on, ADDON).reason is Reason.NEEDS_ADMIN

    saved = changes.save_settings(on, ADDON, {"api_key": "pigeon-key-0002", "studio": "s1"}, by=ADMIN)

    assert saved.credential_replaced
    assert saved.freed.account_ids == (on.pk,)
    assert connections.state_of(on, ADDON).active
    assert row(on).health == "unknown"
    assert not OptionsCache.objects.exists()


def test_what_an_old_key_s_last_call_found_does_not_count_for_the_new_key(on: Account) -> None:
    before = row(on).version
    changes.save_settings(on, ADDON, {"api_key": "pigeon-key-0002", "studio": "s1"}, by=ADMIN)

    health.set_health(row(on).pk, "needs_admin", "The key is wrong.", by=SYSTEM, version=before)

    assert connections.state_of(on, ADDON).active


def test_health_that_becomes_good_frees_what_waited_and_is_audited_once(on: Account) -> None:
    health.set_health(row(on).pk, "needs_admin", "Top up.", by=SYSTEM)
    freed = health.set_health(row(on).pk, "ok", by=SYSTEM)
    again = health.set_health(row(on).pk, "ok", by=SYSTEM)

    assert freed.account_ids == (on.pk,)
    assert again.account_ids == ()
    assert AuditRow.objects.filter(verb="health_changed").count() == 2


def test_two_admins_who_save_at_once_do_not_overwrite_each_other(on: Account) -> None:
    seen = row(on).version
    changes.save_settings(on, ADDON, {"studio": "s2"}, by=ADMIN, version=seen)

    with pytest.raises(Conflict):
        changes.save_settings(on, ADDON, {"studio": "s3"}, by=ADMIN, version=seen)

    assert row(on).settings["studio"] == "s2"


def test_the_audit_log_says_what_changed_and_never_the_key(on: Account) -> None:
    saved = AuditRow.objects.get(verb="settings_saved")

    assert saved.data == {"changed": ["api_key", "studio"], "key_replaced": True}
    assert saved.actor_label == "Ada Admin"


def test_off_keeps_the_settings_and_on_again_needs_no_typing(on: Account) -> None:
    assert changes.disable(on, ADDON, by=ADMIN)
    assert not changes.disable(on, ADDON, by=ADMIN)
    assert connections.state_of(on, ADDON).reason is Reason.OFF

    freed = changes.enable(on, ADDON, by=ADMIN)

    assert freed.account_ids == (on.pk,)
    assert connections.state_of(on, ADDON).active


def test_a_withdrawn_add_on_stops_beneath_and_comes_back_as_it_was(enterprise: Account, catalogued: Registry) -> None:
    branch = accounts.create("Branch", by=SYSTEM, parent=enterprise)
    changes.make_available(enterprise, ADDON, by=SYSTEM)
    changes.enable(branch, ADDON, by=ADMIN)
    changes.save_settings(branch, ADDON, SETTINGS, by=ADMIN)

    assert changes.withdraw(enterprise, ADDON, by=SYSTEM)
    assert connections.state_of(branch, ADDON).reason is Reason.NOT_AVAILABLE

    freed = changes.make_available(enterprise, ADDON, by=SYSTEM)

    assert freed.account_ids == (branch.pk,)
    assert connections.state_of(branch, ADDON).active


def test_a_connection_is_lent_and_taken_back(enterprise: Account, branch: Account, catalogued: Registry) -> None:
    changes.make_available(enterprise, ADDON, by=SYSTEM)
    changes.enable(enterprise, ADDON, by=ADMIN)
    changes.save_settings(enterprise, ADDON, SETTINGS, by=ADMIN)
    changes.enable(branch, ADDON, by=ADMIN)
    lending.borrow(branch, ADDON, by=ADMIN)
    assert connections.state_of(branch, ADDON).reason is Reason.PARENT_KEEPS_IT

    freed = lending.lend(enterprise, ADDON, by=ADMIN)

    assert set(freed.account_ids) == {enterprise.pk, branch.pk}
    assert connections.state_of(branch, ADDON).lender_id == enterprise.pk

    lending.stop_lending(enterprise, ADDON, by=ADMIN)

    assert not connections.state_of(branch, ADDON).active


def test_a_key_of_one_s_own_ends_the_borrowing(enterprise: Account, branch: Account, catalogued: Registry) -> None:
    changes.make_available(enterprise, ADDON, by=SYSTEM)
    changes.enable(branch, ADDON, by=ADMIN)
    lending.borrow(branch, ADDON, by=ADMIN)

    changes.save_settings(branch, ADDON, SETTINGS, by=ADMIN)

    state = connections.state_of(branch, ADDON)
    assert state.active
    assert state.lender_id is None


def test_an_account_without_a_key_has_nothing_to_lend(branch: Account, catalogued: Registry) -> None:
    with pytest.raises(Problem):
        lending.lend(branch, ADDON, by=ADMIN)


def test_one_account_s_key_moved_into_another_s_row_is_refused(on: Account, enterprise: Account) -> None:
    from hub.db.sealing import WrongPlace

    changes.make_available(enterprise, ADDON, by=SYSTEM)
    changes.enable(enterprise, ADDON, by=ADMIN)
    with database.cursor() as cursor:
        cursor.execute("SELECT secrets FROM addons_connection WHERE account_id = %s", [on.pk])
        (blob,) = cursor.fetchone()
        cursor.execute("UPDATE addons_connection SET secrets = %s WHERE account_id = %s", [blob, enterprise.pk])

    with pytest.raises(WrongPlace):
        connections.open_settings(row(enterprise))


def test_settings_of_a_plugin_that_is_gone_cannot_be_saved_and_are_not_lost(on: Account) -> None:
    from hub.addons import installed

    with installed.use(Registry()), pytest.raises(Problem) as refused:
        changes.save_settings(on, ADDON, {"studio": "s9"}, by=ADMIN)

    assert refused.value.code == "plugin_missing"
    assert row(on).settings == {"studio": "s1"}


def test_an_add_on_nobody_knows_is_not_found(branch: Account, catalogued: Registry) -> None:
    with pytest.raises(NotFound):
        changes.enable(branch, "nonsense", by=ADMIN)
