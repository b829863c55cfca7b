"""An answer to a mail of which nobody knew whether it left is proof that it did: its step is done, and it is sent once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM
from hub.dispatch import offering
from hub.engine import proof, review, sweep
from hub.engine.models import Attempt
from hub.history.models import Note
from hub.mail.models import IncomingMail, Mailbox, SentMail, Suppression
from hub.mail.reading import keeping
from hub.mail.reading.keeping import Kept
from hub.plans.models import Enrollment, StepRun
from hub.testing import mail_faults as faults
from tests.mail.reading.letters import letter, raw, returned
from tests.mail.room.office import Office
from tests.mail.test_through_the_hub import MAILBOX

pytestmark = pytest.mark.django_db(transaction=True)

ADA = "ada@example.com"


def reads(office: Office, content: bytes) -> Kept:
    with transaction.atomic():
        return keeping.keep(Mailbox.objects.get(), letter(content), office.world.clock.now())


def answer(id_: str, **headers: str) -> bytes:
    return raw(sender=ADA, In_Reply_To=id_, **headers)


def unclear(office: Office, **settings: Any) -> StepRun:
    """The provider has the mail, and its answer never came."""
    office.mailbox(settings={**MAILBOX, **settings})
    office.mail.fail(faults.dropped_after(acts=True))
    return office.after(office.enroll(ADA))


def told(run: StepRun) -> int:
    """One look of the ticker's; says how many steps it settled."""
    number = proof.tell_steps()
    run.refresh_from_db()
    return number


def test_an_answer_settles_the_step_and_ends_the_plan(office: Office) -> None:
    run = unclear(office)
    assert (run.state, office.sent(run).state) == ("unknown", "unclear")

    assert reads(office, answer(office.sent(run).message_id)) is Kept.KEPT
    assert told(run) == 1

    assert (run.state, run.open_attempts, office.sent(run).state) == ("done", 0, "answered")
    assert Attempt.objects.get(run_id=run.pk).outcome == "acted"
    assert "had left" in Note.objects.get(run_id=run.pk, kind="step.done").data["text"]
    assert Enrollment.objects.get(pk=run.enrollment_id).end_reason == "The contact answered by e-mail."
    assert told(run) == 0
    office.after(run, minutes=30)
    assert (run.state, len(office.mail.outbox), office.mail.calls.count("find")) == ("done", 1, 0)


def test_a_report_settles_a_step_that_waits_for_a_person(office: Office) -> None:
    run = unclear(office, files_sent=False)
    assert run.state == "review"

    reads(office, returned((ADA, "failed", "5.1.1", "550 5.1.1 no such user"), id_=office.sent(run).message_id))
    told(run)

    assert (run.state, office.sent(run).state) == ("done", "bounced")
    assert Suppression.objects.get().address == ADA


def test_an_automatic_answer_is_proof_too_and_the_plan_goes_on(office: Office) -> None:
    run = unclear(office)

    reads(office, answer(office.sent(run).message_id, Auto_Submitted="auto-replied"))
    told(run)

    assert (run.state, office.sent(run).state) == ("done", "sent")
    assert Enrollment.objects.get(pk=run.enrollment_id).state == "finished", "it was the last step"


def test_an_answer_that_comes_before_the_row_of_a_killed_worker_is_an_answer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox = office.mailbox()

    def killed(settlements: Any) -> None:
        raise RuntimeError("killed between the mail and its row")

    with monkeypatch.context() as broken:
        broken.setattr(office.world.ledger, "settle", killed)
        broken.setattr(offering, "SETTLE_TRIES", 1)  # the dead do not try again
        run = office.after(office.enroll(ADA))
    (mail,) = office.mail.outbox
    assert (run.state, SentMail.objects.count()) == ("calling", 0)

    assert reads(office, answer(mail.message_id)) is Kept.KEPT
    assert IncomingMail.objects.get().kind == "reply"
    row = office.sent(run)
    assert (row.state, row.to, row.subject, row.mailbox) == ("answered", ADA, "Welcome Ada0", mailbox)
    assert Enrollment.objects.get(pk=run.enrollment_id).state == "stopped"

    assert told(run) == 0, "it is in a worker's hand"
    office.world.clock.advance(minutes=10)
    sweep.sweep()
    assert told(run) == 1
    assert (run.state, len(office.mail.outbox)) == ("done", 1)


@pytest.mark.parametrize("state", ["scheduled", "held"])
def test_what_was_to_be_sent_again_is_not(office: Office, state: str) -> None:
    run = unclear(office)
    StepRun.objects.filter(pk=run.pk).update(state=state, open_attempts=0, next_check_at=None)

    reads(office, answer(office.sent(run).message_id, Auto_Submitted="auto-replied"))
    told(run)
    office.after(run, hours=1)

    assert (run.state, len(office.mail.outbox)) == ("done", 1)


def test_what_bears_no_id_of_ours_proves_nothing(office: Office) -> None:
    run = unclear(office)

    reads(office, raw(sender=ADA, subject="Re: Welcome Ada0"))

    assert told(run) == 0
    assert run.state == "unknown"


@pytest.mark.parametrize(
    "id_", ["<hub-{ref}-{other}-0@icloud.com>", "<hub-nobodys1-{run}-0@icloud.com>", "<hub-{ref}-{run}-7@x>"]
)
def test_an_id_that_is_made_up_finds_no_mail(office: Office, id_: str) -> None:
    from hub.db import installation

    run = unclear(office)
    SentMail.objects.all().delete()

    made_up = id_.format(ref=installation.ref(), run=run.pk.hex, other="0" * 31 + "1")
    assert reads(office, answer(made_up)) is Kept.STRANGER
    assert not SentMail.objects.exists()


def test_an_answer_to_the_first_sending_says_nothing_of_one_that_a_person_asked_for(office: Office) -> None:
    run = unclear(office, files_sent=False)
    first = office.sent(run).message_id
    with transaction.atomic():
        review.send_again(office.world.account.pk, run.pk, "Not in Sent.", by=SYSTEM)
    office.mail.fail(faults.dropped_after(acts=True))
    office.after(run)
    assert (run.state, run.epoch) == ("review", 1)

    reads(office, answer(first, Auto_Submitted="auto-replied"))

    assert told(run) == 0
    assert (run.state, SentMail.objects.get(message_id=first).untold) == ("review", False)


def test_an_answer_counts_although_a_person_said_that_the_mail_had_not_left(office: Office) -> None:
    run = unclear(office, files_sent=False)
    id_ = office.sent(run).message_id
    with transaction.atomic():
        review.resolve(office.world.account.pk, run.pk, False, by=SYSTEM)
    assert not SentMail.objects.exists()

    reads(office, answer(id_))

    assert (IncomingMail.objects.get().kind, office.sent(run).state) == ("reply", "answered")
    assert told(run) == 0
    assert run.state == "failed", "what is closed stays closed"


def test_one_proof_that_cannot_be_written_strands_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    first = unclear(office)
    office.mail.fail(faults.dropped_after(acts=True))
    second = office.after(office.enroll("bea@example.com"))
    SentMail.objects.update(state="sent", untold=True)
    close = proof._close

    def fails(run: StepRun, *more: Any) -> None:
        if run.pk == first.pk:
            raise RuntimeError("the database hiccups")
        close(run, *more)

    with monkeypatch.context() as broken:
        broken.setattr(proof, "_close", fails)
        assert told(second) == 1
    assert second.state == "done"
    assert told(first) == 1
    assert first.state == "done"
