"""Mail and OAuth 2 as the doctor sees them: variables that name nobody, sign-ins that ended, mailboxes that refuse us."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings

from hub.addons.models import Connection, OAuthGrant
from hub.process.checkup import signing_in
from hub.testing.mail import MailServer
from tests.engine.world import World, make_plan, make_world
from tests.mail.room.platform import URL, platform_sender
from tests.process.test_checkup import told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def grant(state: str) -> None:
    row = Connection.objects.get(addon="postpigeon")
    OAuthGrant.objects.create(connection=row, state=state)


@pytest.mark.parametrize("variable", ["HUB_OAUTH_CLIENTS", "HUB_VENDOR_URLS"])
def test_a_variable_that_names_an_add_on_nobody_has(world: World, variable: str) -> None:
    with override_settings(**{variable: {"postpigoen": ("id", "secret")}}):
        (line,) = told(signing_in.variables(), "warn")

    assert f"{variable} names postpigoen, and no such add-on is loaded" in line
    assert "id" not in line.partition("names")[2].split()[1:2]  # and nothing of what it says about it


def test_an_add_on_that_is_loaded_is_no_news(world: World) -> None:
    with override_settings(HUB_VENDOR_URLS={"postpigeon": "http://x", "postpigeon.oauth": "http://y"}):
        assert list(signing_in.variables()) == []


def test_a_sign_in_that_ended_is_an_admins_business(world: World) -> None:
    grant("refused")

    (line,) = told(signing_in.grants(), "warn")

    assert "1 sign-ins at postpigeon no longer work; steps wait." in line
    assert "An admin of the account acts: sign in again" in line


def test_a_sign_in_that_is_being_renewed_is_well(world: World) -> None:
    grant("renewing")

    assert [finding.level for finding in signing_in.grants()] == ["ok"]


class TestAnAddOnThatSignsIn:
    """With PostPigeon signing in, by an app of the installation's."""

    @pytest.fixture(autouse=True)
    def signs_in(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        from types import SimpleNamespace

        info = SimpleNamespace(name="postpigeon")
        monkeypatch.setattr(signing_in, "_signing_in", lambda: [info])
        monkeypatch.setattr(signing_in, "_lends_an_app", lambda info: True)

    def test_without_a_public_address_nobody_comes_back(self) -> None:
        with override_settings(HUB_PUBLIC_URL="", HUB_OAUTH_CLIENTS={"postpigeon": ("id", "s")}):
            (line,) = told(signing_in.variables(), "bad")

        assert "set HUB_PUBLIC_URL" in line

    def test_without_an_app_nobody_signs_in(self) -> None:
        with override_settings(HUB_PUBLIC_URL="https://hub.example", HUB_OAUTH_CLIENTS={}):
            (line,) = told(signing_in.variables(), "bad")

        assert "add postpigeon=ID:SECRET to HUB_OAUTH_CLIENTS" in line

    def test_with_both_all_is_well(self) -> None:
        with override_settings(HUB_PUBLIC_URL="https://hub.example", HUB_OAUTH_CLIENTS={"postpigeon": ("id", "s")}):
            assert list(signing_in.variables()) == []


class TestMail:
    """With PostPigeon taken for a mailer."""

    @pytest.fixture(autouse=True)
    def mails(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(signing_in, "_mailers", lambda: ["postpigeon"])

    def test_mailboxes_that_work(self) -> None:
        with override_settings(HUB_PUBLIC_URL="https://hub.example"):
            assert [finding.line for finding in signing_in.mailers()] == ["ok   mail: 1 mailboxes are connected."]

    def test_a_mailbox_that_refuses_us(self) -> None:
        Connection.objects.update(health=Connection.Health.NEEDS_ADMIN)

        with override_settings(HUB_PUBLIC_URL="https://hub.example"):
            (line,) = told(signing_in.mailers(), "warn")

        assert "1 mailboxes refuse us or cannot be reached" in line

    @pytest.mark.parametrize(
        ("more", "warned"), [({}, True), ({"kind": "personal"}, False), ({"to": "parser@example.com"}, False)]
    )
    def test_marketing_mail_without_a_way_out(self, world: World, more: dict[str, str], warned: bool) -> None:
        with override_settings(HUB_PUBLIC_URL=""):
            before = told(signing_in.mailers(), "warn")
            with transaction.atomic():
                make_plan(world.account, [("mail.send", {"subject": "Hi", "text": "Hello"} | more)], (), "none")
            lines = told(signing_in.mailers(), "warn")
        with override_settings(HUB_PUBLIC_URL="https://hub.example"):
            assert told(signing_in.mailers(), "warn") == []

        assert before == []
        assert ["no link to unsubscribe" in line for line in lines] == [True] * warned


class TestThePlatformsSender:
    """``HUB_MAIL_URL``: the doctor signs in."""

    def test_it_takes_us(self, world: World) -> None:
        world.runner._outside.office = MailServer(world.clock.now)
        with platform_sender():
            (line,) = told(signing_in.platform(), "ok")

        assert "the platform's sender takes us: hub@platform.example" in line

    def test_it_refuses_us(self, world: World) -> None:
        world.runner._outside.office = MailServer(world.clock.now)
        with platform_sender(URL.replace("se%20cret", "wrong")):
            (line,) = told(signing_in.platform(), "bad")

        assert "the server of HUB_MAIL_URL does not take us" in line
        assert "The operator acts: correct HUB_MAIL_URL" in line

    def test_where_none_is_named_there_is_nothing_to_say(self, world: World) -> None:
        assert list(signing_in.platform()) == []
