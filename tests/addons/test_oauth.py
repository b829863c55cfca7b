"""What hangs on a sign-in beside the steps: pulls, whoever only reads settings, the installation's own app, restored backups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import transaction
from django.test import override_settings

from hub.addons import changes as addons
from hub.addons import connections
from hub.addons.models import Connection, OAuthGrant, OAuthState
from hub.addons.oauth import hosted, keeping, starting
from hub.audit.actor import SYSTEM
from hub.core import AddOn, OAuth2, Secret, Settings, redact
from hub.core.outcomes import NeedsAdmin
from hub.core.registry import from_objects
from hub.db.errors import Invalid, Problem
from hub.dispatch.grant_moves import State
from hub.dispatch.grants import Client
from hub.dispatch.pulling import Pulled, Start, pull
from hub.notifications.models import Notification
from tests.support import harbour
from tests.support.oauth_server import APP, Harbour, harbour_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[Harbour]:
    with harbour_world() as made:
        made.sign_in()
        yield made


def boats(world: Harbour, after_first: Any = lambda: None) -> tuple[Pulled, list[str]]:
    """Pull them all; ``after_first`` happens when the first page has been kept."""
    plugin = keeping.installed.plugin("harbour")
    assert plugin is not None
    (trigger,) = plugin.ways_in
    seen: list[str] = []

    def keep(page: Any) -> None:
        seen.extend(record.external_id for record in page.records)
        if len(seen) == 1:
            after_first()

    settings = connections.open_settings(world.connection)
    sign_in = keeping.sign_in_of(world.connection)
    done = pull(world.outside, plugin.info, settings, trigger, Start(), keep, world.clock.now(), sign_in=sign_in)  # type: ignore[arg-type]
    return done, seen


# --- pulls --------------------------------------------------------------------------------------------------------


def test_a_pull_goes_on_where_it_was_when_its_token_ends_between_two_pages(world: Harbour) -> None:
    world.clock.advance(minutes=30)

    done, seen = boats(world, world.sign_ins.end_tokens)

    assert done == Pulled(pages=3, records=3)
    assert seen == ["x1", "x2", "x3"]
    assert world.sign_ins.renewed == 1


def test_a_pull_whose_access_is_withdrawn_keeps_its_cursor_and_says_who_acts(world: Harbour) -> None:
    world.clock.advance(minutes=30)

    done, seen = boats(world, world.sign_ins.end_sign_ins)

    assert seen == ["x1"]
    assert done.cursor == "2"
    assert isinstance(done.stopped, NeedsAdmin)
    assert "signs in again" in done.stopped.reason


# --- settings -----------------------------------------------------------------------------------------------------


def test_whoever_only_reads_settings_gets_them_whole(world: Harbour) -> None:
    signed_in = keeping.settings_of(world.connection)
    OAuthGrant.objects.all().delete()

    assert signed_in["access_token"] == world.sign_ins.given[0]
    assert keeping.settings_of(world.connection)["access_token"] == ""
    assert harbour.addon.settings.model_validate(keeping.settings_of(world.connection))


def test_the_tokens_are_taken_out_of_what_this_process_shows(world: Harbour) -> None:
    redact.forget(world.sign_ins.given)

    connections.know_secrets(world.account, "harbour")

    assert redact.text(" ".join(world.sign_ins.given[:2])) == "••• •••"


def test_a_token_from_another_row_does_not_open(world: Harbour) -> None:
    from hub.db.sealing import SealError
    from tests.support.oauth_server import switch_on
    from tests.support.people import make_account

    other = make_account("Other")
    with transaction.atomic():
        switch_on(other)
    theirs = Connection.objects.get(account=other)
    OAuthGrant.objects.update(connection=theirs)

    with pytest.raises(SealError):
        keeping.read(OAuthGrant.objects.get())


def test_after_a_sign_in_the_form_must_be_whole(world: Harbour) -> None:
    with transaction.atomic(), pytest.raises(Invalid) as refused:
        addons.save_settings(world.account, "harbour", {**APP, "berth": ""}, by=SYSTEM)

    assert list(refused.value.fields) == ["berth"]


# --- whose app ----------------------------------------------------------------------------------------------------


class Bare(Settings):
    """A form without an app of the account's own."""

    access_token: Secret


AUTH = OAuth2("https://bare.example/a", "https://bare.example/t")
BARE = from_objects([AddOn("bare", title="Bare", settings=Bare, auth=AUTH)]).plugins["bare"]


def test_an_add_on_without_fields_for_an_app_uses_the_installations() -> None:
    with override_settings(HUB_OAUTH_CLIENTS={"bare": ("our-id", "our-secret")}):
        assert hosted.client_of(BARE.info, {}) == Client("our-id", "our-secret")


def test_without_one_it_says_that_an_operator_acts() -> None:
    with pytest.raises(Problem) as missing:
        hosted.client_of(BARE.info, {})

    assert "An operator sets HUB_OAUTH_CLIENTS." in missing.value.sentence


def test_an_account_without_an_app_never_uses_the_installations(world: Harbour) -> None:
    plugin = keeping.installed.plugin("harbour")
    assert plugin is not None

    with override_settings(HUB_OAUTH_CLIENTS={"harbour": ("our-id", "our-secret")}), pytest.raises(Problem) as missing:
        hosted.client_of(plugin.info, {})

    assert "An admin enters it" in missing.value.sentence


# --- the state ----------------------------------------------------------------------------------------------------


def test_a_state_is_the_persons_who_asked_even_within_one_session(world: Harbour) -> None:
    plugin = keeping.installed.plugin("harbour")
    assert plugin is not None
    where = {"session_key": "one-session", "redirect_uri": "https://hub.acme.example/oauth/callback"}
    address = starting.begin(world.account, plugin.info, Client("app-1"), user_id=1, **where)
    state = parse_qs(urlsplit(address).query)["state"][0]

    with pytest.raises(Problem):
        starting.take(state, session_key="one-session", user_id=2)

    assert starting.take(state, session_key="one-session", user_id=1).addon == "harbour"


def test_a_session_keeps_a_few_states_and_the_housekeeper_forgets_the_old(world: Harbour) -> None:
    plugin = keeping.installed.plugin("harbour")
    assert plugin is not None
    where = {"session_key": "one-session", "redirect_uri": "https://hub.acme.example/oauth/callback"}
    for _ in range(starting.MOST_WAITING + 5):
        starting.begin(world.account, plugin.info, Client("app-1"), user_id=1, **where)
    kept = OAuthState.objects.count()

    world.clock.advance(minutes=11)

    assert kept == starting.MOST_WAITING
    assert starting.forget_old() == kept


# --- restored -----------------------------------------------------------------------------------------------------


def test_after_a_restore_a_sign_in_that_rotates_is_in_doubt_and_told(world: Harbour) -> None:
    make_user(world.account, "owner")

    with transaction.atomic():
        doubted = keeping.doubt_all()

    assert doubted == 1
    assert world.grant.state == State.UNSURE
    assert "restored from a backup" in world.grant.note
    assert world.connection.health == Connection.Health.NEEDS_SIGN_IN
    assert Notification.objects.filter(kind="addon.needs_sign_in").count() == 1
