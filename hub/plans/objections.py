"""What would stand in a plan's way for one contact, in sentences: of the plan as a whole, and of each of its steps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from hub.accounts.calendars import day_words
from hub.accounts.models import Account
from hub.addons.connections import ConnectionState
from hub.contacts.models import Contact
from hub.core import facts
from hub.core.registry import Claim
from hub.plans import lateness, moments, timing
from hub.plans.loading import LoadedStep
from hub.plans.moments import Clock, Stop
from hub.plans.rules import PlanRules, stopped_by


def to_the_plan(account: Account, contact: Contact, rules: PlanRules, person: facts.Contact) -> Iterator[str]:
    """What would keep all of its steps."""
    if account.is_paused:
        yield _("The account is paused: every step would wait until it is set going.")
    if account.is_locked:
        yield _("The account is locked by an operator: every step would wait.")
    if contact.archived_at is not None:
        yield _("The contact is archived and would not be put on the plan.")
    rule = stopped_by(rules, person)
    if rule is not None:
        yield _("As the contact is now, the plan would end before its first step. {rule}.").format(rule=rule)


def to_its_going(
    step: LoadedStep, claim: Claim | None, state: ConnectionState, contact: facts.Contact, clock: Clock
) -> Iterator[str]:
    """What would hold the step or make it fail, whatever the hour.

    Args:
        state: the doorway's answer for whoever carries it.
        contact: as the step's vendor knows it.
    """
    yield from to_its_being_looked_at(claim, state)
    if claim is not None:
        needs = claim.action.needs_of(contact, step.options)
        for lacking in (*facts.missing(contact, needs), *moments.lacks(step.timing, clock.person)):
            yield _("The contact lacks {what}, so this step would fail.").format(what=lacking)


def to_its_being_looked_at(claim: Claim | None, state: ConnectionState) -> Iterator[str]:
    """What would hold the step before anybody asks for whom it is meant."""
    if not state.active:
        yield state.sentence
    elif claim is None:
        yield _("No installed plugin claims this kind of step, so it would wait.")


def to_its_hour(step: LoadedStep, stop: Stop) -> Iterator[str]:
    """That it would never start, or too late."""
    if stop.never:
        yield _("It would never start: no moment suits its hours, the calendar and the quiet hours together.")
    hours = lateness.said(step.late_hours, step.when_late)
    if hours is not None and stop.runs > stop.due + timedelta(hours=hours):
        asks = _("It would be later than the {hours} hours it may be, and a person would be asked.")
        skips = _("It would be later than the {hours} hours it may be, and be skipped.")
        yield (skips if lateness.skips(step.late_hours, step.when_late) else asks).format(hours=hours)


def to_its_date(step: LoadedStep, stop: Stop, enrolled: datetime) -> Iterator[str]:
    """That its date is over already."""
    if isinstance(step.timing, timing.On) and stop.timed < enrolled:
        yield _("The date has gone by; the step would run at once.")


def to_its_arrival(step: LoadedStep, clock: Clock, stop: Stop, arrives: date) -> Iterator[str]:
    """What must be there by a day, and will not be: it is too late, or longer on the way than the step says.

    Args:
        arrives: the latest day on which it would be there.
    """
    by = moments.arrives_by(step, clock, stop.timed)
    if by is not None and arrives > by:
        yield _("It would arrive after {day}, by which it is meant to be there.").format(day=day_words(by))


def to_its_text(empty: tuple[str, ...]) -> Iterator[str]:
    """The tokens that say nothing for this contact."""
    for name in empty:
        yield _("{{{{{token}}}}} is empty for this contact.").format(token=name)
