"""What the tests of reading share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.mail.reading.letters import OURS

if TYPE_CHECKING:
    from tests.mail.reading.desk import Room


@pytest.fixture
def room() -> Iterator[Room]:
    """See :mod:`tests.mail.reading.desk`."""
    from hub.mail.models import Mailbox, SentMail
    from tests.engine.world import CARD, make_world
    from tests.mail.reading.desk import Room
    from tests.support.people import make_user

    with make_world([CARD], timings=[{"kind": "after", "amount": 3, "unit": "days"}]) as world:
        (run,) = world.enroll(1, email="bea@y.test", email_key="bea@y.test")
        owner = make_user(world.account, username="ada")
        mailbox = Mailbox.objects.create(
            account=world.account, user=owner, mailer="smtp_custom.mail", address="ada@crm.test", enabled=True,
            read_mail=True, changed_at=world.clock.now(),
        )  # fmt: skip
        sent = SentMail.objects.create(
            account=world.account, mailbox=mailbox, contact_id=run.contact_id, run_id=run.pk,
            enrollment_id=run.enrollment_id, message_id=OURS, to="bea@y.test", subject="Welcome",
            sent_at=world.clock.now() - timedelta(days=1), thread="t-1", other_id="<rewritten@relay.test>",
        )  # fmt: skip
        yield Room(world, mailbox, run, sent)
