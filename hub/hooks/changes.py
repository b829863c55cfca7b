"""Every write to endpoints and deliveries that a person or a machine asks for. Permissions are asked at the edge."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet

from hub.accounts.models import Account
from hub.addons import installed
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Invalid, Problem
from hub.events import kinds
from hub.hooks import ending, hearing, samples, signing, targets
from hub.hooks.models import Delivery, Endpoint, Message

ROTATION = timedelta(hours=24)
"""How long the secret before the newest one signs, too."""

MOST_ENDPOINTS = 200
"""Of one account. A Zap that is on is one."""

KEPT = timedelta(days=30)
"""How long messages can be looked at and replayed."""

FORGOTTEN = 2_000
"""Messages at a time: the ticker has more to do."""

State = Delivery.State


def subscribe(
    account: Account,
    url: str,
    wanted: Iterable[str],
    *,
    by: Actor,
    name: str = "",
    subtree: bool = False,
    machine: bool = False,
) -> Endpoint:
    """A new endpoint with a secret of its own (``secret_of``). Raises ``Invalid``."""
    names = list(dict.fromkeys(wanted))
    _check(url.strip(), names)
    hearing.hold_tree(account)
    if Endpoint.objects.filter(account=account).count() >= MOST_ENDPOINTS:
        raise Problem(f"This account has {MOST_ENDPOINTS} webhooks already.", next="Remove one that is not used.",
                      code="hooks.too_many")  # fmt: skip
    endpoint = Endpoint(
        account=account, name=name.strip()[:120], host=targets.host_of(url.strip()), kinds=kinds.mask_of(names),
        subtree=subtree, machine=machine, by=asdict(by), owner_id=_owner(by), made_at=clock.now(),
    )  # fmt: skip
    endpoint.url, endpoint.secrets = url.strip(), [{"secret": signing.new_secret(), "until": None}]
    endpoint.save(force_insert=True)
    hearing.refresh(account.pk)
    _record("hook_made", endpoint, by, events=names, subtree=subtree)
    return endpoint


def _check(url: str, names: list[str]) -> None:
    problems: dict[str, str] = {}
    forbidden = targets.why_not(installed.outside().egress, url)
    if forbidden:
        problems["url"] = f"This cannot be called: {forbidden}."
    unknown = [name for name in names if name not in kinds.KINDS]
    if unknown:
        problems["events"] = f"There is no event “{unknown[0][:60]}”. There are: {', '.join(kinds.KINDS)}."
    elif not names:
        problems["events"] = "Choose at least one event."
    if problems:
        raise Invalid(problems)


def secret_of(endpoint: Endpoint) -> str:
    """The newest secret, to be shown once to who made it."""
    return str(endpoint.secrets.reveal()[0]["secret"])


def rotate(endpoint: Endpoint, *, by: Actor) -> str:
    """A new secret. The one before it signs, too, for a day; what was older is over."""
    row = _held(endpoint)
    before = row.secrets.reveal()[0]
    new = signing.new_secret()
    until = (clock.now() + ROTATION).isoformat()
    row.secrets = [{"secret": new, "until": None}, {**before, "until": until}]
    row.save(update_fields=["secrets"])
    _record("hook_secret_rotated", row, by)
    return new


def remove(endpoint: Endpoint, *, by: Actor) -> None:
    """Take it away, with what waited for it."""
    _record("hook_removed", endpoint, by)
    ending.drop(endpoint)


def disable(endpoint: Endpoint, *, by: Actor) -> None:
    """By a person: nothing is sent until it is enabled; what happens waits."""
    row = _held(endpoint)
    if row.state == Endpoint.State.ACTIVE:
        ending.disable(row, f"{by.label} switched it off.", by=by)


def enable(endpoint: Endpoint, *, since: datetime | None, by: Actor) -> int:
    """Go on. What waited since ``since`` is sent, the older is left out; None sends nothing of the past. Says how many wait. One
    that is on already is left alone: what waits there waits for its next try."""
    row = _held(endpoint)
    if row.state == Endpoint.State.ACTIVE:
        return 0
    row.state, row.disabled_why, row.disabled_at = Endpoint.State.ACTIVE, "", None
    row.failing_since, row.resting_until = None, None
    row.save(update_fields=["state", "disabled_why", "disabled_at", "failing_since", "resting_until"])
    waiting = Delivery.objects.filter(endpoint=row, state=State.WAITING)
    older = waiting.filter(message__at__lt=since) if since else waiting
    older.update(state=State.SKIPPED, due_at=None)
    number = waiting.update(due_at=clock.now(), tries=0)
    if since:
        failed = Delivery.objects.filter(endpoint=row, state=State.FAILED, message__at__gte=since)
        number += _again(failed)
    _record("hook_enabled", row, by, since=since.isoformat() if since else "", deliveries=number)
    return number


def replay(endpoint: Endpoint, which: QuerySet[Delivery], *, by: Actor) -> int:
    """Send these of the endpoint's deliveries again, each under its own id; says how many. What waits already is sent once."""
    number = _again(which.filter(endpoint=endpoint))
    if number:
        _record("hook_replayed", endpoint, by, deliveries=number)
    return number


def sample(endpoint: Endpoint, kind: str, *, by: Actor) -> Delivery:
    """A made-up event for this endpoint, due at once. Raises ``Invalid`` for a kind there is not."""
    if kind not in kinds.KINDS:
        raise Invalid({"event": "There is no such event."})
    now = clock.now()
    body = json.dumps(samples.made_up(kind, now, endpoint.account.pk)[0], separators=(",", ":"))
    message = Message.objects.create(
        uid=uuid4(), account_id=endpoint.account_id, kind=kind, at=now, body=body, sample=True
    )
    _record("hook_tried", endpoint, by, event=kind)
    return Delivery.objects.create(message=message, endpoint=endpoint, due_at=now, made_at=now)


def forget_old(now: datetime) -> int:
    """The job of a minute: a portion of the messages older than thirty days, with deliveries and tries. Says how many."""
    old = list(Message.objects.filter(at__lt=now - KEPT).order_by("at").values_list("pk", flat=True)[:FORGOTTEN])
    if old:
        Message.objects.filter(pk__in=old).delete()
    return len(old)


def _again(rows: QuerySet[Delivery]) -> int:
    return rows.exclude(state=State.WAITING).update(state=State.WAITING, due_at=clock.now(), tries=0)


def _held(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.select_for_update().get(pk=endpoint.pk)


def _record(verb: str, endpoint: Endpoint, by: Actor, **data: Any) -> None:
    told = {"host": endpoint.host, "name": endpoint.name, **data}
    record(verb, "hook", endpoint.pk, by=by, account_id=endpoint.account_id, data=told)


def _owner(by: Actor) -> int | None:
    id_ = by.acting_as or by.id
    return int(id_) if by.kind == "person" and id_.isdigit() else None
