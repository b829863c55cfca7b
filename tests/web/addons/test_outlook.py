"""Outlook from the first button to the last, against a Microsoft on loopback: signed in, tried, a plan's mail sent and found,
answers read, signed out. And what Microsoft says no with, and who must act then."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_string
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hub_outlook import mailer

from hub.addons import connections, installed
from hub.addons.models import Connection, OAuthGrant
from hub.addons.oauth import keeping
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.core.mail_post import Letters
from hub.dispatch import calls
from hub.dispatch.batch import dispatch
from hub.dispatch.runner import Runner
from hub.engine import due, identity
from hub.engine.ledger import SqlLedger
from hub.engine.runtime import Writing
from hub.plans import enrollment
from hub.plans.models import StepRun
from hub.testing import faults
from hub.users.models import User
from tests.engine.world import make_plan
from tests.support.microsoft import ADDRESS, APP, World, microsoft_world, shown
from tests.support.oauth_server import visit
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]

STEP = ("mail.send", {"subject": "Welcome {{client.firstName}}", "text": "Hi {{client.firstName}}"})


@dataclass
class Office:
    """Outlook switched on, an admin at the browser, a plan that mails, and a worker."""

    world: World
    come: Callable[[], Client]
    plan: Any
    ledger: SqlLedger
    runner: Runner

    def __post_init__(self) -> None:
        self.browser = self.come()

    def at(self, more: str = "") -> str:
        return f"/a/{self.world.account.pk}/add-ons/outlook{more}"

    def press_sign_in(self) -> str:
        """Microsoft's address that the browser is led to."""
        page = self.browser.post(self.at("/sign-in"))
        found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.content.decode())
        assert found is not None, shown(page)
        return html.unescape(found[1])

    def sign_in(self) -> Any:
        return self.browser.get(visit(self.press_sign_in()), follow=True)

    def enroll(self, name: str) -> StepRun:
        now = self.world.clock.now()
        with transaction.atomic():
            person = Contact.objects.create(account=self.world.account, first_name=name, email=f"{name}@example.com".lower(),
                                            created_at=now, updated_at=now)  # fmt: skip
            enrollment.enroll(self.plan, [person.pk], by=SYSTEM, now=now)
        return StepRun.objects.get(contact_id=person.pk)

    def work(self, run: StepRun, **span: float) -> str:
        """Time passes, what is due is done."""
        self.world.clock.advance(**span)
        now = self.world.clock.now()
        dispatch(due.due_steps(now, 500), self.ledger, self.runner)
        self.runner.check(self.ledger.claim_checks(due.due_checks(now, 500)))
        run.refresh_from_db()
        return run.state

    def read(self, cursor: Any) -> list[Letters]:
        """As whoever reads mailboxes will."""
        connection = self.world.connection
        info = installed.registry().plugins["outlook"].info

        async def pages(vendor: Any) -> list[Letters]:
            assert mailer.read is not None
            return [page async for page in mailer.read(vendor, cursor)]

        found: list[Letters] = calls.ask(
            self.world.outside, info, connections.open_settings(connection), pages, self.world.clock.now(),
            sign_in=keeping.sign_in_of(connection),
        )  # fmt: skip
        return found


@pytest.fixture
def office(enter: Enter, settings: Any) -> Iterator[Office]:
    settings.HUB_PUBLIC_URL = "https://hub.acme.example"
    with ExitStack() as stack:
        world = stack.enter_context(microsoft_world())
        grace = make_user(world.account, "admin", "grace")
        with transaction.atomic():
            plan = make_plan(world.account, [STEP], (), "none")
        worker = identity.enter()
        stack.callback(worker.leave)
        ledger = SqlLedger(worker)
        runner = Runner(ledger, installed.registry(), world.outside, chance=lambda: 0.0, writer=Writing())
        stack.callback(runner.close)
        yield Office(world, lambda: enter(grace), plan, ledger, runner)


@pytest.mark.slow
def test_the_whole_way_from_signing_in_to_signing_out(office: Office) -> None:
    said = shown(office.sign_in())
    assert "Outlook is connected." in said
    assert "The connection to Outlook works." in said
    assert office.world.connection.health == Connection.Health.OK
    assert office.world.grant.signed_in_by == "Grace"

    office.browser.post(office.at("/test-mail"), follow=True)
    assert message_from_string(office.world.sent()[0]["raw"])["To"] == ADDRESS

    first = office.enroll("Bea")
    assert office.work(first) == "done", first.hold_reason
    mail = message_from_string(office.world.sent()[1]["raw"])
    assert (mail["To"], mail["Subject"]) == ("bea@example.com", "Welcome Bea")
    assert mail["From"] == f'"Ada, Engines" <{ADDRESS}>'

    start = office.read(None)[-1].cursor
    second = office.enroll("Cleo")
    office.world.microsoft.fail(faults.reset(acts=True).at("write"))
    assert office.work(second) == "unknown"
    assert office.work(second, minutes=5) == "done"
    assert len(office.world.sent()) == 3

    office.world.arrives("n1", f"In-Reply-To: {mail['Message-ID']}\r\nSubject: Re: Welcome\r\n\r\nYes.\r\n")
    (page,) = office.read(start)
    assert mail["Message-ID"].encode() in page.letters[0].raw

    third = office.enroll("Dora")
    assert office.work(third, hours=2) == "done"
    assert office.world.entra.renewed == 1

    office.come().post(office.at("/sign-out"))  # two hours later the hub's own session is over
    assert office.world.grant.tokens is None
    late = office.enroll("Eve")
    assert office.work(late) == "held"
    assert office.world.grant.note == "Nobody is signed in to Outlook. An admin signs in under Add-Ons."
    assert len(office.world.sent()) == 4


def test_what_microsoft_is_asked_for(office: Office) -> None:
    address = office.press_sign_in()

    for part in (
        "Mail.Send",
        "Mail.Read",
        "offline_access",
        "prompt=select_account",
        "code_challenge_method=S256",
        APP[0],
    ):
        assert part in address
    assert "outlook.office" not in address  # a token is for one resource, and a request that mixes two is refused


def test_a_user_who_needs_an_administrator_s_approval_waits_for_it_with_the_link(office: Office) -> None:
    answer = office.browser.get(visit(office.press_sign_in(), "approval"))

    said, link = shown(answer), f"https://login.microsoftonline.com/organizations/adminconsent?client_id={APP[0]}"
    assert "only an administrator of your organisation" in said
    assert link in said
    assert office.world.grant.tokens is None
    assert office.world.connection.health == Connection.Health.NEEDS_ADMIN
    assert link in shown(office.browser.get(office.at()))

    run = office.enroll("Bea")
    assert office.work(run) == "held"
    assert "waits for your administrator" in office.world.grant.note

    assert "The connection to Outlook works." in shown(office.sign_in())
    assert office.work(run, seconds=1) == "done"


def test_a_sign_in_that_works_is_left_as_it_is_when_somebody_tries_another(office: Office) -> None:
    office.sign_in()

    office.browser.get(visit(office.press_sign_in(), "approval"))

    assert office.work(office.enroll("Bea")) == "done"


def test_another_account_than_the_typed_one_is_not_kept(office: Office) -> None:
    office.world.entra.who = "bea@contoso.example"

    answer = office.browser.get(visit(office.press_sign_in()))

    assert f"as bea@contoso.example, and the form here says {ADDRESS}. Nothing was kept." in shown(answer)
    assert not OAuthGrant.objects.exclude(tokens=None).exists()
