"""A process that holds something without a permission does not start."""

from __future__ import annotations

import sys
from types import ModuleType

import dramatiq
import pytest
from cryptography.fernet import Fernet
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from hub.audit.actor import SYSTEM
from hub.db import policies, scope
from hub.hooks.changes import subscribe
from hub.process import start
from hub.users.declare import command, route
from tests.support.people import make_account


def open_to_all(request: HttpRequest) -> HttpResponse:
    """A view whose author forgot to say who may see it."""
    return HttpResponse("everything")


@route("contacts.veiw")
def misspelt(request: HttpRequest) -> HttpResponse:
    """A view whose author mistyped."""
    return HttpResponse("nothing")


@pytest.fixture
def careless_urls(monkeypatch: pytest.MonkeyPatch) -> str:
    module = ModuleType("careless_urls")
    module.urlpatterns = [path("secrets", open_to_all), path("contacts", misspelt)]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "careless_urls", module)
    return "careless_urls"


def test_the_hub_as_it_is_starts() -> None:
    from hub.cli.main import functions

    start.check(functions())


def test_a_route_without_a_permission_is_named(careless_urls: str) -> None:
    with override_settings(ROOT_URLCONF=careless_urls), pytest.raises(start.Refusal) as refused:
        start.check()

    assert "Route secrets" in str(refused.value)
    assert "Permission contacts.veiw, which nobody knows" in str(refused.value)


def test_a_command_without_a_permission_is_named() -> None:
    @command("system.operate")
    def stated() -> int:
        return 0

    with pytest.raises(start.Refusal, match="Command careless"):
        start.check({"fine": stated, "careless": lambda: 0})


def test_a_job_without_a_permission_is_named() -> None:
    broker = start.jobs()

    @dramatiq.actor(queue_name="housekeeping", actor_name="careless_job")
    def careless() -> None:
        """A job whose author forgot to say under which permission it runs."""

    try:
        with pytest.raises(start.Refusal, match="Job careless_job"):
            start.check()
    finally:
        del broker.actors["careless_job"]


@pytest.mark.django_db
def test_where_accounts_are_to_be_kept_apart_a_database_that_does_not_is_refused_or_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(start, "waiting_migrations", lambda: 0)
    monkeypatch.setattr(start, "migrate", lambda: told.append("migrated"))
    monkeypatch.setattr(policies, "bypasses", lambda: "")
    monkeypatch.setattr(policies, "unguarded", lambda: ["contacts_contact"])

    start.ready_database(may_migrate=False)  # nobody asked it to

    monkeypatch.setattr(scope, "is_on", lambda: True)
    with pytest.raises(start.Refusal, match=r"HUB_ROW_SECURITY is set.*Run: hub migrate"):
        start.ready_database(may_migrate=False)
    start.ready_database(may_migrate=True)
    assert told == ["migrated"]
    monkeypatch.setattr(policies, "unguarded", lambda: [])
    start.ready_database(may_migrate=False)


@pytest.mark.django_db
def test_a_lost_key_is_told_at_the_start_and_not_by_the_first_step(caplog: pytest.LogCaptureFixture) -> None:
    subscribe(make_account("Northside"), "https://example.com/told", ["contact.created"], by=SYSTEM)
    assert start.tell_of_keys()

    with override_settings(HUB_SECRET_KEYS=(Fernet.generate_key().decode(),)):
        assert not start.tell_of_keys()

    assert "sealed with a key that is not here (hooks.Endpoint." in caplog.text


@pytest.mark.django_db
def test_a_database_that_is_behind_is_refused_where_nobody_said_migrate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "waiting_migrations", lambda: 3)

    with pytest.raises(start.NotReady, match=r"3 steps behind this version\. Run: hub migrate"):
        start.ready_database(may_migrate=False)
