"""A mail as a step of a plan: the production runner and the SQL ledger, with a played mail server at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from hub_smtp_custom import addon

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.dispatch.post.said import Stage
from hub.engine import release
from hub.plans.models import StepRun
from hub.testing import mail_faults as faults
from hub.testing.mail import MailServer
from tests.engine.world import World, make_plan, make_world

pytestmark = pytest.mark.django_db(transaction=True)

MAILBOX = {"address": "office@icloud.com", "password": "abcd efgh ijkl", "sender_name": "Acme", "files_sent": True}
STEP = ("smtp_custom.mail", {"subject": "Welcome {{client.firstName}}", "text": "Hello {{client.firstName}}"})


@dataclass
class Sending:
    """A hub with a mailbox and a plan of one mail."""

    world: World
    mail: MailServer

    def enroll(self, email: str = "ada@example.com") -> StepRun:
        return self.world.enroll(1, email=email)[0]

    def after(self, run: StepRun, **span: float) -> StepRun:
        """Let time pass, and read the row anew."""
        self.world.clock.advance(**span)
        self.world.work()
        run.refresh_from_db()
        return run


@pytest.fixture
def sending() -> Iterator[Sending]:
    with make_world(more_addons=[addon]) as world:
        connect(world, MAILBOX)
        with transaction.atomic():
            world.plan = make_plan(world.account, [STEP], (), "none")
        mail = MailServer(world.clock.now)
        world.runner._outside.office = mail
        yield Sending(world, mail)


def connect(world: World, settings: dict[str, Any]) -> None:
    with transaction.atomic():
        addons.make_available(world.account, "smtp_custom", by=SYSTEM)
        addons.enable(world.account, "smtp_custom", by=SYSTEM)
        addons.save_settings(world.account, "smtp_custom", settings, by=SYSTEM)


def test_a_step_of_a_plan_sends_a_mail(sending: Sending) -> None:
    run = sending.after(sending.enroll())

    (mail,) = sending.mail.outbox
    assert run.state == "done"
    assert mail.to == ("ada@example.com",)
    assert mail.subject == "Welcome Ada0"
    assert mail.parsed["From"] == "Acme <office@icloud.com>"


def test_a_lost_answer_is_written_down_looked_up_and_not_sent_twice(sending: Sending) -> None:
    sending.mail.fail(faults.dropped_after(acts=True))
    run = sending.after(sending.enroll())
    assert run.state == "unknown"

    sending.after(run, minutes=3)

    assert run.state == "done"
    assert len(sending.mail.outbox) == 1


def test_what_sent_does_not_hold_waits_for_a_person(sending: Sending) -> None:
    sending.mail.fail(faults.dropped_after(acts=False))
    run = sending.after(sending.enroll())

    for _ in range(4):
        sending.after(run, minutes=10)

    assert run.state == "review"
    assert sending.mail.outbox == []


def test_a_mailbox_without_a_record_asks_a_person_at_once(sending: Sending) -> None:
    connect(sending.world, {**MAILBOX, "files_sent": False})
    sending.mail.fail(faults.dropped_after(acts=True))

    run = sending.after(sending.enroll())

    assert run.state == "review"
    assert sending.mail.calls == ["send"]


def test_a_wrong_password_holds_the_connection_s_steps_until_it_is_mended(sending: Sending) -> None:
    sending.mail.fail(faults.wrong_password())
    first = sending.after(sending.enroll())
    second = sending.after(sending.enroll("bea@example.com"))
    assert (first.state, second.state) == ("held", "held")
    assert sending.mail.calls == ["send"], "the second is not even tried"

    connect(sending.world, {**MAILBOX, "password": "mnop qrst uvwx"})
    release.sweep()
    for run in (first, second):
        sending.after(run, minutes=10)

    assert (first.state, second.state) == ("done", "done")


def test_a_throttle_makes_the_whole_mailbox_wait(sending: Sending) -> None:
    sending.mail.fail(faults.said("throttled", Stage.RECIPIENT, 451, "4.7.0 slow down"))
    first = sending.after(sending.enroll())
    second = sending.after(sending.enroll("bea@example.com"))
    assert sending.mail.calls == ["send"]

    for run in (first, second):
        sending.after(run, minutes=30)

    assert {first.state, second.state} == {"done"}
    assert len(sending.mail.outbox) == 2
