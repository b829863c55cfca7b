"""How long a reply takes from its arrival at the provider to the contact's history. No test of the suite; run it by its name::

    python -m pytest tests/mail/reading/latency.py -s

Replies come at moments that have nothing to do with the looks. The figures of a run stand in docs/decisions/reading-mail.md.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from typing import Any

import pytest
from django.test import Client

from hub.mail.models import IncomingMail, Mailbox
from hub.process import reading
from tests.mail.conftest import Lab
from tests.mail.reading.letters import raw
from tests.support.mail_ways import every_way
from tests.support.people import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

REPLIES = 24
LONGEST = 9.0
"""Seconds between two replies, at most."""

GOAL = 5.0


@pytest.mark.parametrize("addon", ["gmail", "outlook", "outlook_smtp"])
def test_a_reply_is_in_the_history_soon(settings: Any, lab: Lab, addon: str) -> None:
    chance = random.Random(addon)
    with every_way(settings, lab) as ways:
        browser, way = Client(), ways.way(addon)
        browser.post("/sign-in", {"username": ways.ada.username, "password": PASSWORD})
        way.signs_in(browser)
        (run, *_later) = ways.world.enroll(1, email="bea@y.test", email_key="bea@y.test")
        ways.after(run, seconds=1)
        part = reading.reading(ways.world.worker.no)
        part.start()
        try:
            _until(lambda: Mailbox.objects.get().cursor)
            took = [_reply(way, number, chance) for number in range(REPLIES)]
        finally:
            assert part.stop(10)
    took.sort()
    p50, p95 = took[len(took) // 2], took[int(len(took) * 0.95)]
    sys.stdout.write(f"\n{addon}: {REPLIES} replies, p50 {p50:.2f} s, p95 {p95:.2f} s, longest {took[-1]:.2f} s\n")
    assert p95 <= GOAL


def _reply(way: Any, number: int, chance: random.Random) -> float:
    """Seconds until it is in the history."""
    threading.Event().wait(chance.uniform(0.0, LONGEST))
    begun = time.monotonic()
    way.arrives(raw(f"Yes {number}.", sender="bea@y.test", id_=f"<{number}@y.test>"))
    _until(lambda: IncomingMail.objects.count() == number + 1)
    return time.monotonic() - begun


def _until(holds: Any) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.02)
