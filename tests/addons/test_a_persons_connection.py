"""A person's connection beside the account's, of the same add-on: each page, job and change sees its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hub.accounts.models import Account
from hub.addons import catalog, changes, connections, health, lending
from hub.addons.models import Connection, OAuthGrant, OAuthState
from hub.audit import reads as audit
from hub.audit.models import AuditRow
from hub.db import clock
from hub.db.sealing import SealError
from hub.users.models import User
from tests.addons.world import ADMIN, SETTINGS
from tests.support.people import make_user

pytestmark = pytest.mark.django_db

ADDON = "postpigeon"
THEIRS = {"api_key": "ada-own-key-0002", "studio": "s2"}


@pytest.fixture
def ada(on: Account) -> User:
    return make_user(on, "standard", "ada")


@pytest.fixture
def own(on: Account, ada: User) -> Connection:
    """Ada's own, switched on and set."""
    with transaction.atomic():
        changes.enable(on, ADDON, by=ADMIN, user=ada.pk)
        return changes.save_settings(on, ADDON, THEIRS, by=ADMIN, user=ada.pk).connection


def the_accounts(on: Account) -> Connection:
    return Connection.objects.get(account=on, addon=ADDON, user=None)


def test_the_doorway_and_the_gallery_answer_with_the_accounts(on: Account, own: Connection) -> None:
    state = connections.state_of(on, ADDON)
    entry = catalog.entry(on, ADDON)

    assert state.connection_id == the_accounts(on).pk != own.pk
    assert entry is not None
    assert entry.connection == the_accounts(on)


def test_a_person_alone_does_not_switch_the_add_on_on_for_the_account(branch: Account, catalogued: Any) -> None:
    changes.make_available(branch, ADDON, by=ADMIN)
    ada = make_user(branch, "standard", "ada")

    with transaction.atomic():
        changes.enable(branch, ADDON, by=ADMIN, user=ada.pk)
        changes.save_settings(branch, ADDON, THEIRS, by=ADMIN, user=ada.pk)

    assert not connections.state_of(branch, ADDON).active
    entry = catalog.entry(branch, ADDON)
    assert entry is not None
    assert (entry.enabled, entry.connection) == (False, None)


def test_each_is_saved_and_switched_off_by_itself(on: Account, ada: User, own: Connection) -> None:
    with transaction.atomic():
        changes.save_settings(on, ADDON, {**SETTINGS, "studio": "s3"}, by=ADMIN)
        changes.disable(on, ADDON, by=ADMIN, user=ada.pk)

    own.refresh_from_db()
    assert connections.open_settings(own) == {**connections.open_settings(own), **THEIRS}
    assert not own.enabled
    assert the_accounts(on).enabled
    assert connections.open_settings(the_accounts(on))["studio"] == "s3"


def test_what_is_done_to_a_persons_stands_not_on_the_add_ons_page(on: Account, own: Connection) -> None:
    before = audit.of_object(on.pk, "addon", ADDON, size=50).rows

    with transaction.atomic():
        health.set_health(own.pk, "needs_admin", "no", by=ADMIN)

    assert audit.of_object(on.pk, "addon", ADDON, size=50).rows == before
    verbs = AuditRow.objects.filter(object_kind="mailbox").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["switched_on", "settings_saved", "health_changed"]


def test_a_persons_connection_sets_free_the_mail_of_its_account(on: Account, own: Connection) -> None:
    health.set_health(own.pk, "needs_admin", "no", by=ADMIN)

    freed = health.set_health(own.pk, "ok", by=ADMIN)

    assert (freed.addon, freed.account_ids) == ("mail", (on.pk,))


def test_a_secret_of_one_persons_cannot_be_opened_in_anothers_row(on: Account, own: Connection) -> None:
    grace = make_user(on, "standard", "grace")
    with transaction.atomic():
        hers = changes.save_settings(on, ADDON, THEIRS, by=ADMIN, user=grace.pk).connection

    Connection.objects.filter(pk=hers.pk).update(secrets=Connection.objects.get(pk=own.pk).secrets)

    with pytest.raises(SealError):
        connections.open_settings(Connection.objects.get(pk=hers.pk))
    assert connections.open_settings(Connection.objects.get(pk=own.pk))["api_key"] == THEIRS["api_key"]


def test_what_is_lent_is_never_a_persons(branch: Account, enterprise: Account, catalogued: Any) -> None:
    changes.make_available(enterprise, ADDON, by=ADMIN)
    chief = make_user(enterprise, "owner", "chief")
    with transaction.atomic():
        changes.enable(enterprise, ADDON, by=ADMIN, user=chief.pk)
        changes.save_settings(enterprise, ADDON, THEIRS, by=ADMIN, user=chief.pk)
        changes.enable(branch, ADDON, by=ADMIN)
        lending.borrow(branch, ADDON, by=ADMIN)

    assert connections.state_of(branch, ADDON).connection_id is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Connection.objects.filter(user=chief).update(shared=True)


def test_signing_out_of_one_leaves_a_sign_in_to_the_other_under_way(on: Account, own: Connection) -> None:
    from hub.addons.oauth import changes as sign_ins
    from hub.addons.oauth.keeping import write
    from hub.dispatch.grant_moves import Grant, State
    from hub.dispatch.grants import Tokens

    for owner, state_hash in ((own.user_id, "one"), (None, "other")):
        OAuthState.objects.create(
            state_hash=state_hash, session_hash="s", account=on, addon=ADDON, user_id=1, owner_id=owner, client_id="c",
            verifier={"verifier": "v"}, redirect_uri="https://hub.example/oauth/callback", ends_at=clock.now(),
        )  # fmt: skip
    row = OAuthGrant(connection=own)
    write(row, Grant(State.GOOD, 1, Tokens("access", "refresh", clock.now(), None, ())))

    with transaction.atomic():
        sign_ins.sign_out(own, "PostPigeon", by=ADMIN)

    assert list(OAuthState.objects.values_list("state_hash", flat=True)) == ["other"]
