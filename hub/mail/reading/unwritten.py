"""A mail of ours that left and has no row: its worker was killed, or is still at work, and the answer is here already; or a
person took it for one that never left.

Its id names the step run that it belongs to, and nobody can make up the id of a run. So the row is written from the step, as the
mail was composed from it; and a letter that names it proves that it left. Not for a run that is done: its row was written, and
was cleaned away on purpose if it is there no more.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from uuid import UUID

from hub.addons import installed
from hub.contacts import facts as contact_facts
from hub.core.mail import one_line
from hub.db import installation
from hub.dispatch import binding
from hub.mail import resolving
from hub.mail.composing import receiver
from hub.mail.models import Mailbox, SentMail
from hub.plans.facts import account_facts
from hub.plans.models import StepRun
from hub.steps.email import Email

_OURS = re.compile(r"<hub-([a-z0-9]+)-([0-9a-f]{32})-(\d{1,9})@[^<>\s]+>")


def write_down(mailbox: Mailbox, ids: Collection[str]) -> int:
    """Write the rows of those of these ids that are mails on their way. No statement where none looks like one of ours.

    Args:
        mailbox: what brought the letter that names them; nothing of another account is found.

    Returns:
        how many rows there are now that were not there before.
    """
    named = {UUID(found[2]): (id_, int(found[3])) for id_ in ids if (found := _ours(id_))}
    if not named:
        return 0
    runs = StepRun.objects.select_related("plan_step", "account").filter(
        pk__in=named, account_id=mailbox.account_id, action_type=resolving.SEND, first_intent_at__isnull=False
    ).exclude(state=StepRun.State.DONE)  # fmt: skip
    rows = [_row(run, named[run.pk][0]) for run in runs if run.epoch == named[run.pk][1]]
    SentMail.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _ours(id_: str) -> re.Match[str] | None:
    found = _OURS.fullmatch(id_)
    return found if found and found[1] == installation.ref() else None


def _row(run: StepRun, message_id: str) -> SentMail:
    to, subject, user_id = _said(run)
    assert run.first_intent_at is not None  # only such runs are looked for
    ask = resolving.Ask(run.pk, run.account_id, user_id, str(run.plan_step.options.get("sender") or ""))
    return SentMail(
        account_id=run.account_id, mailbox=resolving.of([ask])[run.pk].mailbox, contact_id=run.contact_id, run_id=run.pk,
        enrollment_id=run.enrollment_id, message_id=message_id, to=to[:254], subject=subject[:300],
        sent_at=run.first_intent_at, untold=True,
    )  # fmt: skip


def _said(run: StepRun) -> tuple[str, str, int | None]:
    """To whom it went and under which subject, as far as step and contact still say so; and whom the contact is assigned to."""
    contact = contact_facts.of([run.contact_id]).get(run.contact_id)
    if contact is None:
        return "", "", None
    user_id = int(contact.assigned_user.id) if contact.assigned_user else None
    supply = binding.supply_of(contact, account_facts(run.account), installed.registry().token_sets)
    try:
        step, _empty = binding.step(Email, run.plan_step.options, supply)
    except binding.BadSettings:  # the plan's step was changed under it; who the contact is, is known all the same
        return contact.email, "", user_id
    return receiver(step, contact), one_line(step.subject), user_id
