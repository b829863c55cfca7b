"""A test of an e-mail step, sent to whoever writes it: the mail as a contact would get it, and nobody but its writer does.

It belongs to no contact and to no plan, so the engine has no row for it, no limit counts it, and no answer to it is looked for;
an audit row, committed before the mail leaves, stands for the intent (as for *Test SMTP Send*, :mod:`hub.addons.self_mail`). The
subject says that it is a test, the way out in its footer takes nobody off, and mail programs are offered none of their own.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import asking, connections, installed
from hub.audit import reads as audit
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core import facts
from hub.core.endpoints import Endpoint
from hub.core.mail import Message
from hub.core.outcomes import NeedsAdmin, Outcome, Rejected, Sent, Wait
from hub.db import clock
from hub.dispatch import binding, calls
from hub.dispatch.plain import plain
from hub.dispatch.requests import FrozenRequest, Granted
from hub.mail import foreseeing, platform
from hub.mail.foreseeing import Prospect
from hub.plans.facts import account_facts
from hub.steps.email import Email

VERB = "test_mail"

MOST_AN_HOUR = 30
"""Tests of one person in one account: an address in a profile is nobody's proof that it is theirs."""

_LONGEST_SUBJECT = 300


def send(account: Account, options: Mapping[str, Any], person: facts.Contact, to: str, *, by: Actor) -> Outcome:
    """Send the step's e-mail, as this contact would get it, to an address of whoever asks, and say what became of it. It takes as
    long as the provider takes: call it outside of any transaction.

    Args:
        options: the step's settings as they are stored or typed.
        to: where it goes; no contact's address is asked for.
    """
    if audit.count(account.pk, VERB, by, clock.now() - timedelta(hours=1)) >= MOST_AN_HOUR:
        return Wait(_("You have sent {most} tests within an hour. Wait a little.").format(most=MOST_AN_HOUR))
    one = foreseeing.prospects(account, person, {"": options})[""]
    if not one.route.state.active or one.way is None or one.plugin is None:
        return NeedsAdmin(one.route.state.sentence)
    if one.word.screened:
        return Rejected(one.word.screened)
    try:
        step = _filled(account, options, person)
    except binding.BadSettings as trouble:
        return Rejected(_("The step's settings need another look: {what}.").format(what=trouble))
    return _sent(account, one, step, person, to, by)


def _filled(account: Account, options: Mapping[str, Any], person: facts.Contact) -> Email:
    supply = binding.supply_of(person, account_facts(account), installed.registry().token_sets)
    return binding.step(Email, options, supply)[0]


def _sent(account: Account, one: Prospect, step: Email, person: facts.Contact, to: str, by: Actor) -> Outcome:
    way, ref = one.way, f"hub-test-{uuid.uuid4().hex}"
    assert way is not None
    reader = person.model_copy(update={"email": to})
    mine = step.model_copy(update={"to": to}) if step.to else step  # what goes to somebody else has no footer

    async def letter(vendor: Any) -> Outcome:
        made = way.composed(vendor.settings, ref, mine, reader)
        return made if isinstance(made, Outcome) else _told(await way.hand_over(vendor, as_test(made)), made)

    with transaction.atomic():
        record(VERB, "step", "mail.send", by=by, account_id=account.pk, data={"ref": ref, "to": to})
    return plain(_asked(one, letter))


def _asked(one: Prospect, letter: Any) -> Any:
    way = platform.way() if one.route.by_platform else None
    if way is not None:
        return calls.ask(installed.outside(), way.plugin.info, way.settings, letter, clock.now(), intend=_intend)
    assert one.plugin is not None
    connection = connections.by_id([one.route.state.connection_id or 0]).get(one.route.state.connection_id or 0)
    if connection is None:  # disconnected at this very moment
        return NeedsAdmin(one.route.state.sentence)
    return asking.ask(connection, one.plugin.info, letter, _intend)


async def _intend(_endpoint: Endpoint[Any], request: FrozenRequest) -> Granted:
    return Granted(0, request)


def as_test(message: Message) -> Message:
    """The same, marked, and without the way out that mail programs use by themselves."""
    subject = _("Test: {subject}").format(subject=message.subject)[:_LONGEST_SUBJECT]
    kept = tuple(pair for pair in message.headers if not pair[0].lower().startswith("list-"))
    return message.model_copy(update={"subject": subject, "headers": kept})


def _told(outcome: Outcome, message: Message) -> Outcome:
    if not isinstance(outcome, Sent):
        return outcome
    return replace(outcome, note=_("Sent to {to} from {sender}.").format(to=message.to[0], sender=message.sender))
