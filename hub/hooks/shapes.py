"""What a message says: ``{type, timestamp, data}``, with ids as strings and the present facts of what it is about.

Facts are read when the event is handed on, once for a whole portion of events, and frozen with the message: a second try says
what the first said. A message stays below 20 kB: long texts are cut, and if that is not enough the contact's own fields go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.accounts.models import Account
from hub.contacts import facts
from hub.core import facts as core
from hub.core import nested
from hub.events.models import Event
from hub.plans.models import Enrollment, StepRun

MOST_BYTES = 20_000
LONGEST_TEXT = 1_000
MOST_CUSTOM = 100


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of everything that some events are about."""

    accounts: Mapping[int, str]
    contacts: Mapping[int, core.Contact]
    enrollments: Mapping[int, Mapping[str, Any]]
    runs: Mapping[UUID, Mapping[str, Any]]


def bodies(events: Sequence[Event]) -> list[str]:
    """The body of each event's message, in their order. A handful of queries for any number."""
    known = _known(events)
    return [body(event.kind, event.at, _data(event, known)) for event in events]


def body(kind: str, at: datetime, data: Mapping[str, Any]) -> str:
    """A message as JSON, below the size that receivers are promised."""
    told: dict[str, Any] = {"type": kind, "timestamp": moment(at), "data": dict(data)}
    text = _json(told)
    for smaller in (_without_texts, _without_facts):
        if len(text.encode()) <= MOST_BYTES:
            break
        told["data"] = smaller(told["data"])
        text = _json(told)
    return text


def moment(at: datetime) -> str:
    """``2026-03-02T09:00:00.000000Z``."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def contact(person: core.Contact) -> dict[str, Any]:
    """A contact as receivers see it."""
    told = person.model_dump(mode="json", exclude={"action_plan", "linked_id"})
    custom = dict(list(told["custom"].items())[:MOST_CUSTOM])
    return _shortened({**told, "custom": custom, "full_name": person.full_name})


def _data(event: Event, known: Known) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": str(event.uid),
        "account": {"id": str(event.account_id), "name": known.accounts.get(event.account_id, "")},
    }
    if event.contact_id is not None:
        person = known.contacts.get(event.contact_id)
        data["contact"] = contact(person) if person else {"id": str(event.contact_id)}
    run = known.runs.get(event.run_id) if event.run_id else None
    enrollment = known.enrollments.get(event.enrollment_id) if event.enrollment_id else None
    if enrollment:
        data["plan"] = {"id": str(enrollment["plan_id"]), "name": enrollment["plan__name"]}
        data["enrollment"] = _enrollment(enrollment)
    if run:
        data["step"] = _step(run)
    return data | _shortened(event.about)


def _enrollment(row: Mapping[str, Any]) -> dict[str, Any]:
    ended = row["ended_at"]
    return {
        "id": str(row["id"]), "started_at": moment(row["started_at"]), "ended_at": moment(ended) if ended else None,
    }  # fmt: skip


def _step(row: Mapping[str, Any]) -> dict[str, Any]:
    due = row["due_at"]
    return {
        "id": str(row["id"]), "name": row["plan_step__name"], "action_type": row["action_type"],
        "addon": row["addon"], "due_at": moment(due) if due else None,
    }  # fmt: skip


def _known(events: Iterable[Event]) -> Known:
    told = list(events)
    enrollments = {event.enrollment_id for event in told if event.enrollment_id}
    runs = {event.run_id for event in told if event.run_id}
    people = {event.contact_id for event in told if event.contact_id}
    return Known(
        dict(Account.objects.filter(pk__in={event.account_id for event in told}).values_list("pk", "name")),
        facts.of(people) if people else {},
        {row["id"]: row for row in Enrollment.objects.filter(pk__in=enrollments).values(*_OF_ENROLLMENT)},
        {row["id"]: row for row in StepRun.objects.filter(pk__in=runs).values(*_OF_RUN)},
    )


_OF_ENROLLMENT = ("id", "plan_id", "plan__name", "started_at", "ended_at")
_OF_RUN = ("id", "plan_step__name", "action_type", "addon", "due_at")


def _json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _shortened(data: Mapping[str, Any], longest: int = LONGEST_TEXT) -> dict[str, Any]:
    return {name: nested.changed(value, lambda text: text[:longest]) for name, value in data.items()}


def _without_texts(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**_shortened(data, 100), "cut": True}


def _without_facts(data: Mapping[str, Any]) -> dict[str, Any]:
    person = {"id": data["contact"]["id"]} if "contact" in data else {}
    return {"id": data["id"], "account": data["account"], "contact": person, "cut": True}
