"""Whether what carries a run out may do so now: the doorway says it of its add-on, or of the mailbox that an e-mail goes by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from hub.addons import connections
from hub.addons.connections import ConnectionState
from hub.contacts.models import Contact
from hub.engine.models import Attempt
from hub.mail import resolving
from hub.mail.resolving import Route
from hub.plans.models import PlanStep, StepRun


class Group(NamedTuple):
    """E-mails of an account that go by the same way: those of one plan step to contacts of one user."""

    plan_step_id: int
    user_id: int | None


def of_run(run: StepRun) -> ConnectionState:
    """Of one run."""
    if run.action_type != resolving.SEND:
        return connections.state_of(run.account_id, run.addon)
    user = Contact.objects.filter(pk=run.contact_id).values_list("assigned_user_id", flat=True).first()
    sender = _senders([run.plan_step_id])[run.plan_step_id]
    ask = resolving.Ask(run.pk, run.account_id, user, sender, _left_by(run))
    return resolving.of([ask])[run.pk].state


def of_mails(account_id: int, held: QuerySet[StepRun]) -> dict[Group, ConnectionState]:
    """Of held e-mails of an account, by group: a handful of queries for any number."""
    return {group: route.state for group, route in ways_of(account_id, held).items()}


def ways_of(account_id: int, mails: QuerySet[StepRun]) -> dict[Group, Route]:
    """By which way e-mails of an account would leave now, by group."""
    rows = with_users(mails).order_by().values_list("plan_step_id", "user").distinct()
    groups = [Group(*row) for row in rows]
    senders = _senders({group.plan_step_id for group in groups})
    asks = [
        resolving.Ask(number, account_id, group.user_id, senders[group.plan_step_id])
        for number, group in enumerate(groups)
    ]
    routes = resolving.of(asks)
    return {group: routes[number] for number, group in enumerate(groups)}


def with_users(runs: QuerySet[StepRun]) -> QuerySet[Any]:
    """Each run with whom its contact is assigned to, as ``user``, which is no column of it."""
    user = Contact.objects.filter(pk=OuterRef("contact_id")).values("assigned_user_id")[:1]
    return runs.annotate(user=Subquery(user))


def _senders(plan_step_ids: Iterable[int]) -> Mapping[int, str]:
    rows = PlanStep.objects.filter(pk__in=set(plan_step_ids)).values_list("pk", "options")
    return {pk: str(options.get("sender") or "") for pk, options in rows}


def _left_by(run: StepRun) -> int | None:
    """The connection of the first try that may have left; 0 is the platform's sender."""
    rows = Attempt.objects.filter(run_id=run.pk, outcome__in=["", "unclear"]).order_by("n")
    found = list(rows.values_list("connection_id", flat=True)[:1]) if run.open_attempts else []
    return (found[0] or 0) if found else None
