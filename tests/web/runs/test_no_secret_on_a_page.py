"""A page shows what was sent, and nothing of a key, although this process never called the vendor."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client, RequestFactory

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.core import redact
from hub.users.models import User
from hub.web.reporting import Reporter
from tests.engine.world import World, make_world
from tests.support.canary import CANARY, traces
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

CARELESS = ("postpigeon.mail_card", {"campaign": "c1", "greeting": f"my key is {CANARY}"})


@pytest.fixture
def world() -> Iterator[World]:
    with make_world([CARELESS]) as made:
        with transaction.atomic():
            addons.save_settings(made.account, "postpigeon", {"api_key": CANARY, "studio": "s1"}, by=SYSTEM)
        yield made
    redact.forget([CANARY])


def test_the_request_on_a_steps_page_is_shown_without_the_key(world: World, enter: Callable[[User], Client]) -> None:
    [run] = world.enroll(1)
    world.work()
    redact.forget([CANARY])  # as in a web process that has never opened it
    owner = enter(make_user(world.account, "owner"))

    page = owner.get(f"/a/{world.account.pk}/runs/{run.pk}").content.decode()

    assert "my key is •••" in page
    assert traces(page) == []


def test_the_detailed_error_page_shows_no_value_of_a_variable_that_is_a_key() -> None:
    redact.register(CANARY)
    harmless_name = CANARY
    try:
        raise ValueError(f"not {harmless_name}")
    except ValueError:
        reporter = Reporter(RequestFactory().get("/"), *sys.exc_info())

    pages = {"html": reporter.get_traceback_html(), "text": reporter.get_traceback_text()}
    redact.forget([CANARY])

    assert [(kind, spelling) for kind, page in pages.items() for spelling in traces(page)] == []
    assert "•••" in pages["html"]
