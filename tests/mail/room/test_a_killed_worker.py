"""A worker that is killed between the end of a mail and the server's answer: the mail is looked up in Sent and goes out once."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.mail.conftest import Lab
from tests.support.mail_dovecot import certificate, trusted

if TYPE_CHECKING:
    from tests.mail.room.office import Office

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).parents[3]


def at_real_servers(office: Office, lab: Lab, *, files_sent: bool = True) -> None:
    """Its mailbox is Dovecot's, and its clock the one on the wall, as the other process's is."""
    from hub.core.egress import Egress
    from hub.dispatch.post.office import PostOffice

    as_late_as_the_wall_s(office)
    office.mailbox(settings=lab.settings(files_sent=files_sent))
    egress = Egress.of(f"127.0.0.1:{port}" for port in (lab.dovecot.submission, lab.dovecot.imaps))
    office.world.runner._outside.office = PostOffice.of(egress, trusted())


def as_late_as_the_wall_s(office: Office) -> None:
    """Its clock, for what another process does is done by the one on the wall."""
    office.world.clock.advance(seconds=(datetime.now(UTC) - office.world.clock.now()).total_seconds())


def answers(office: Office, message_id: str) -> None:
    """The person answers the mail."""
    from django.db import transaction

    from hub.mail.models import Mailbox
    from hub.mail.reading import keeping
    from tests.mail.reading.letters import letter, raw

    content = raw(sender="bob@elsewhere.test", In_Reply_To=message_id)
    with transaction.atomic():
        keeping.keep(Mailbox.objects.get(), letter(content), office.world.clock.now())


def worker(database_url: str, lab: Lab) -> subprocess.Popen[bytes]:
    ports = [str(lab.dovecot.submission), str(lab.dovecot.imaps)]
    command = [sys.executable, "-m", "tests.support.mail_worker", str(certificate().cert), *ports]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "HUB_DATABASE_URL": database_url})


def test_a_worker_killed_after_the_mail_and_before_the_answer_sends_it_once(
    office: Office, lab: Lab, database_url: str
) -> None:
    from hub.engine import sweep

    at_real_servers(office, lab)
    run = office.enroll("bob@elsewhere.test")
    killed: list[subprocess.Popen[bytes]] = []

    def filed_and_killed(raw: bytes) -> None:
        lab.dovecot.file(raw)
        killed[0].kill()
        killed[0].wait()

    lab.relay.after = filed_and_killed
    killed.append(worker(database_url, lab))
    assert killed[0].wait(180) == -9
    as_late_as_the_wall_s(office)
    run.refresh_from_db()
    assert run.state == "calling"

    office.world.clock.advance(minutes=3)
    sweep.sweep()
    office.after(run, minutes=3)

    assert run.state == "done", run.hold_detail
    assert len(lab.relay.mails) == 1
    assert office.sent(run).message_id.encode() in lab.relay.mails[0]
    assert (office.sent(run).state, office.sent(run).to) == ("sent", "bob@elsewhere.test")


def test_a_worker_that_dies_between_the_mail_and_its_copy_in_sent_makes_neither_a_second_time(
    office: Office, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.dispatch.post.office import PostOffice
    from hub.engine import proof

    at_real_servers(office, lab, files_sent=False)

    async def dies(*_given: Any) -> Any:
        raise RuntimeError("killed before the copy was made")

    with monkeypatch.context() as broken:
        broken.setattr(PostOffice, "_filed", dies)
        run = office.after(office.enroll("bob@elsewhere.test"))
    assert run.state in ("unknown", "review")
    for _look in range(3):
        office.after(run, hours=13)
    assert run.state == "review", "the provider files nothing by itself, so its folder is no proof"

    answers(office, office.sent(run).message_id)
    proof.tell_steps()
    run.refresh_from_db()

    assert run.state == "done"
    assert (len(lab.relay.mails), lab.dovecot.sent()) == (1, [])
