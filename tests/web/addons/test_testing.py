"""The Test button at the browser: one red line, one sentence that says who acts, and what the connection is worth from then on.

The vendor is Mailbox Power's simulator behind a real socket, so that name, port and TLS are asked of somebody.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from django.db import transaction
from django.test import Client
from hub_mailbox_power import addon

from hub.addons import catalog, changes, installed
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.core.egress import Egress
from hub.core.registry import from_objects
from hub.dispatch.outside import Outside
from hub.testing import faults
from hub.testing.simulator import Simulator
from hub.testing.simulator_server import SimulatorServer
from hub.users.models import User
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]

LINE = re.compile(
    r'<li class="stage-(?P<state>\w+)">.*?diagnosis-label">(?P<label>[^<]+)<.*?diagnosis-note">(?P<note>[^<]*)',
    re.DOTALL,
)
STAGES = ("Name", "Port", "TLS", "Sign-in", "Permission", "Sample")
NOWHERE = "https://api.nowhere.invalid"


class Line(NamedTuple):
    """One line of the diagnosis as the page shows it."""

    state: str
    label: str
    note: str


@dataclass
class Bench:
    """An account with Mailbox Power switched on, an owner before it, and the vendor."""

    account: Any
    browser: Client
    vendor: Simulator
    page: str = ""
    lines: list[Line] = field(default_factory=list)

    def press_test(self) -> None:
        """What the owner sees after pressing the button."""
        answer = self.browser.post(f"/a/{self.account.pk}/add-ons/mailbox_power/test")
        assert answer.status_code == 200
        self.page = answer.content.decode()
        self.lines = [Line(*found.groups()) for found in LINE.finditer(self.page)]

    @property
    def sentence(self) -> str:
        """The one sentence under the lines."""
        return " ".join(re.findall(r"<p><strong>(.*?)</strong></p>", self.page))

    @property
    def health(self) -> str:
        return str(Connection.objects.get().health)

    def use_key(self, key: str) -> None:
        with transaction.atomic():
            changes.save_settings(self.account, "mailbox_power", {"api_key": key}, by=SYSTEM)


@pytest.fixture
def bench(enter: Enter) -> Iterator[Bench]:
    vendor, registry = Simulator(addon.hub_addon()), from_objects([addon])
    with SimulatorServer(vendor) as served, installed.use(registry):
        outside = Outside(Egress.of([served.address]), {"mailbox_power": served.url})
        with installed.use_outside(outside):
            catalog.sync(registry)
            with transaction.atomic():
                account = make_account("Northside")
                changes.make_available(account, "mailbox_power", by=SYSTEM)
                changes.enable(account, "mailbox_power", by=SYSTEM)
            made = Bench(account, enter(make_user(account, "owner")), vendor)
            made.use_key("a-good-key-0001")
            yield made
        outside.close()


@pytest.fixture
def unknown_host(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The vendor's name leads nowhere; no name server is asked."""
    ask = socket.getaddrinfo

    def answer(host: Any, *rest: Any, **more: Any) -> Any:
        if host in NOWHERE:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ask(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    outside = Outside(Egress(), {"mailbox_power": NOWHERE})
    with installed.use_outside(outside):
        yield
    outside.close()


def stops_at(bench: Bench, label: str) -> Line:
    """The one red line, which must be this one: green before it, not reached behind it."""
    at = STAGES.index(label)
    assert [line.label for line in bench.lines] == list(STAGES)
    assert [line.state for line in bench.lines] == ["done"] * at + ["failed"] + ["todo"] * (len(STAGES) - at - 1)
    return bench.lines[at]


def test_a_good_key_is_green_to_the_end(bench: Bench) -> None:
    bench.press_test()

    assert {line.state for line in bench.lines} == {"done"}
    assert bench.sentence == "The connection to Mailbox Power works."
    assert bench.health == "ok"


def test_a_borrowed_connection_is_tested_where_it_lies_and_not_by_a_key_that_no_step_uses(bench: Bench) -> None:
    Connection.objects.update(borrows=True)

    bench.press_test()

    assert bench.sentence == "This account uses the connection of the account above. It is tested there."
    assert bench.health == "unknown"
    assert not bench.vendor.calls


def test_a_wrong_key_is_a_red_sign_in_and_an_admin_acts(bench: Bench) -> None:
    bench.use_key("wrong-key-0001")

    bench.press_test()

    red = stops_at(bench, "Sign-in")
    assert red.note
    assert red.note in bench.sentence
    assert "An admin acts: correct the settings, then test again." in bench.sentence
    assert bench.health == "needs_admin"


def test_a_host_that_is_nowhere_is_a_red_name_and_an_operator_looks(bench: Bench, unknown_host: None) -> None:
    bench.press_test()

    assert stops_at(bench, "Name").note == "the name is not known"
    assert "Your settings are not at fault; an operator looks into it." in bench.sentence
    assert bench.health == "failing"


def test_a_vendor_that_answers_500_is_a_red_sign_in_and_nobody_here_is_sent_to_work(bench: Bench) -> None:
    bench.vendor.fail(faults.status(500))

    bench.press_test()

    assert "500" in stops_at(bench, "Sign-in").note
    assert "Your settings may be right; try again later." in bench.sentence
    assert "admin" not in bench.sentence
    assert bench.health == "failing"


def test_a_package_without_integrations_is_a_red_permission_and_an_admin_acts(bench: Bench) -> None:
    bench.use_key("nopackage-0001")

    bench.press_test()

    assert "third-party integrations" in stops_at(bench, "Permission").note
    assert "An admin acts" in bench.sentence
    assert bench.health == "needs_admin"


def test_what_is_mended_is_green_again(bench: Bench) -> None:
    bench.use_key("wrong-key-0001")
    bench.press_test()

    bench.use_key("a-good-key-0002")
    bench.press_test()

    assert bench.sentence == "The connection to Mailbox Power works."
    assert bench.health == "ok"
