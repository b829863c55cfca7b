"""Batches without e-mails ask nothing of the mail room, and those with many ask as much as those with one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hub.engine import due
from hub.plans.models import StepRun
from tests.engine.world import CARD, make_plan
from tests.mail.room.office import Office

pytestmark = pytest.mark.django_db(transaction=True)


def asked(office: Office, runs: Sequence[StepRun]) -> list[str]:
    """The statements of claiming these runs and loading their facts."""
    ids = [run.pk for run in runs]
    assert set(ids) <= set(due.due_steps(office.world.clock.now(), 500))
    with CaptureQueriesContext(connection) as queries:
        assert len(office.world.ledger.claim(ids)) == len(ids)
    return [one["sql"] for one in queries.captured_queries]


def test_a_batch_without_e_mails_asks_nothing_of_the_mail_room(office: Office) -> None:
    office.mailbox()
    with transaction.atomic():
        office.world.plan = make_plan(office.world.account, [CARD], (), "none")

    statements = asked(office, office.world.enroll(3))

    assert not [sql for sql in statements if "mail_" in sql]


def test_twenty_e_mails_ask_no_more_than_one(office: Office) -> None:
    office.mailbox(office.person("Bea"), is_default=True)
    asked(office, office.world.enroll(1))  # what is asked once a process is asked now

    one = asked(office, office.world.enroll(1))
    many = asked(office, office.world.enroll(20))

    assert len(many) == len(one)
