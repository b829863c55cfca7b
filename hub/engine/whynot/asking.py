"""The door: ask why a step of a plan does not start for a contact, now, later, or at a moment that has gone by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from hub.accounts.models import Account
from hub.contacts.models import Contact
from hub.db.errors import NotFound
from hub.engine.whynot import chain, evidence, gathering, past
from hub.engine.whynot.facts import Facts
from hub.engine.whynot.link import Answer, Link, Subject, Verdict
from hub.plans.models import Plan, PlanStep

MOST_BEHIND = 1
"""How many steps before this one are asked too: the one in front is what it waits for, and has a page of its own."""


def why(
    contact: Contact, plan: Plan, step_key: UUID, now: datetime, at: datetime | None = None, deep: int = MOST_BEHIND
) -> Answer:
    """The answer for one contact, one step and one moment. Whoever asks may see both; both are of one account.

    Args:
        at: the moment asked about; now where none is named.

    Raises:
        NotFound: no version of the plan ever had such a step.
    """
    account = Account.objects.select_related("switch").get(pk=plan.account_id)
    subject = subject_of(contact, plan, step_key)
    moment = at or now
    if moment < now:
        return past.answer(subject, plan, account, now, moment)
    facts = gathering.gather(subject, account, plan, now, moment)
    links = _with_evidence(facts.subject, chain.walk(facts))
    answer = Answer(facts.subject, moment, "future" if moment > now else "now", links)
    return replace(answer, behind=_behind(contact, plan, facts, deep)) if deep and facts.before else answer


def subject_of(contact: Contact, plan: Plan, step_key: UUID) -> Subject:
    """Whom and what it is about; the step's name is that of the newest version which has it.

    Raises:
        NotFound: there is no such step.
    """
    step = PlanStep.objects.filter(version__plan=plan, key=step_key).order_by("-version__number").first()
    if step is None:
        raise NotFound("There is no such step.")
    return Subject(
        plan.account_id, contact.pk, contact.label, plan.pk, plan.name, step.key, step.name, None, step.addon
    )


def _with_evidence(subject: Subject, links: tuple[Link, ...]) -> tuple[Link, ...]:
    """The rows behind the link that decides."""
    passed = (Verdict.PASSED, Verdict.NOT_REACHED)
    return tuple(
        link if link.verdict in passed else replace(link, evidence=evidence.behind(subject, link)) for link in links
    )


def _behind(contact: Contact, plan: Plan, facts: Facts, deep: int) -> Answer | None:
    """The answer for the step in front."""
    assert facts.before is not None
    key = PlanStep.objects.filter(runs=facts.before.run_id).values_list("key", flat=True).first()
    return why(contact, plan, key, facts.now, facts.at, deep - 1) if key else None
