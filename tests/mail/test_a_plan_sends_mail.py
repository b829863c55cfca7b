"""The whole way: a plan, the SQL ledger, the real post room, Dovecot; and the answer to the dot cut off in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes

import pytest
from django.db import transaction
from hub_smtp_custom import addon

from hub.core.egress import Egress
from hub.dispatch.post.office import PostOffice
from hub.plans.models import StepRun
from tests.engine.world import World, make_plan, make_world
from tests.mail.conftest import Lab
from tests.mail.test_through_the_hub import STEP, connect
from tests.support.mail_dovecot import Cable, trusted

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cable(lab: Lab) -> Iterator[Cable]:
    """Between the hub and the submission server."""
    cable = Cable(lab.dovecot.submissions)
    yield cable
    cable.close()


@pytest.fixture
def world(lab: Lab, cable: Cable) -> Iterator[World]:
    with make_world(more_addons=[addon]) as world:
        connect(world, lab.settings(smtp_port=cable.port, smtp_tls="implicit", files_sent=True))
        with transaction.atomic():
            world.plan = make_plan(world.account, [STEP], (), "none")
        egress = Egress.of([f"127.0.0.1:{cable.port}", f"127.0.0.1:{lab.dovecot.imaps}"])
        world.runner._outside.office = PostOffice.of(egress, trusted())
        yield world


def worked(world: World, run: StepRun, **span: float) -> str:
    world.clock.advance(**span)
    world.work()
    run.refresh_from_db()
    return run.state


def test_a_step_is_a_mail_in_the_world_and_in_sent(world: World, lab: Lab) -> None:
    lab.relay.after = lab.dovecot.file
    (run,) = world.enroll(1, email="ada@example.com")

    assert worked(world, run) == "done", run.hold_reason

    (raw,), (copy,) = lab.relay.mails, lab.dovecot.sent()
    assert message_from_bytes(raw)["Subject"] == "Welcome Ada0"
    assert message_from_bytes(raw)["Message-ID"] == message_from_bytes(copy)["Message-ID"]


def test_a_lost_answer_is_found_in_sent_and_the_contact_gets_one_mail(world: World, lab: Lab, cable: Cable) -> None:
    def filed_and_cut(raw: bytes) -> None:
        lab.dovecot.file(raw)
        cable.cut()

    lab.relay.after = filed_and_cut
    (run,) = world.enroll(1, email="ada@example.com")
    assert worked(world, run) == "unknown"

    assert worked(world, run, minutes=3) == "done"
    assert len(lab.relay.mails) == 1
