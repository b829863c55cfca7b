"""A letter answers an e-mail of which nobody knew whether it left: so it did, and its step is done.

Who reads mail marks the mail (``SentMail.untold``), for it must not wait for what a worker holds. The ticker asks for the marked
ones, an empty index nearly always. Whatever became of the run meanwhile, the mark stays until somebody has looked: a run in a
worker's hand is its own to settle, and when the worker dies, what the sweeper makes of the run is found here a moment later. The
proof is about one sending: a person's *send again* made another, of which it says nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from hub.core.outcomes import Sent
from hub.db import clock
from hub.dispatch.classify import Conclusion
from hub.dispatch.ledger import Settlement
from hub.dispatch.machine import Move
from hub.dispatch.states import State
from hub.engine import jobs, settle
from hub.engine.models import Attempt
from hub.engine.sweep import IN_HAND, as_claimed
from hub.mail.models import SentMail
from hub.plans.models import StepRun

log = logging.getLogger("hub.engine")

BATCH = 100
"""Mails of one pass; the next pass takes the rest."""

SENTENCE = "The e-mail had left: a letter that came in since answers it, or tells what became of it."


def tell_steps() -> int:
    """One pass over the marked mails. Says how many steps were settled by it."""
    marked = SentMail.objects.filter(untold=True).order_by("pk")
    return sum(_one(pk) for pk in list(marked.values_list("pk", flat=True)[:BATCH]))


def _one(pk: int) -> bool:
    """Each by itself, so that one that fails strands no other."""
    try:
        with transaction.atomic():
            return _told(pk, clock.now())
    except Exception:
        log.exception("what mail %s proves could not be written down; the next pass tries again", pk)
        return False


def _told(pk: int, now: datetime) -> bool:
    mail = SentMail.objects.filter(pk=pk, untold=True).first()
    if mail is None:
        return False
    runs = StepRun.objects.select_for_update(of=("self",))
    run = runs.filter(pk=mail.run_id).first() if mail.run_id else None
    if run is not None and run.state in IN_HAND and _is_about(mail, run):
        return False
    settled = run is not None and run.closed_at is None and _is_about(mail, run)
    if run is not None and settled:
        _close(run, mail, now)
    SentMail.objects.filter(pk=pk).update(untold=False)
    return settled


def _is_about(mail: SentMail, run: StepRun) -> bool:
    """The mail's id holds the run's reference, with the number of the sending."""
    return mail.message_id.partition("@")[0].endswith(f"-{run.pk.hex}-{run.epoch}")


def _close(run: StepRun, mail: SentMail, now: datetime) -> None:
    """The way of every step that is done: note, event, notification, next step."""
    outcome = Sent(mail.message_id, note=SENTENCE)
    move = Move(State.DONE, sentence=SENTENCE, attempts=run.attempts, crashes=run.crashes, outcome=outcome)
    (job,) = jobs.load([as_claimed(run)])
    Attempt.objects.filter(run_id=run.pk, outcome__in=["", "unclear"]).update(
        outcome="acted", detail=SENTENCE, ended_at=now
    )
    settle.settle([Settlement(job, move, Conclusion(outcome, reference=mail.message_id))], now)
