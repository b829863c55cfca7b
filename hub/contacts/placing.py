"""Who is new, who is known, and what changes: the decisions of the door, made for a batch before anything is written.

Nothing here touches the database. Rules, in order: a broken one is answered with its problems; an archived contact is left
alone; what is empty overwrites nothing; what the policy gives to everybody goes to contacts that have none; a no to e-mail,
texts or calls always counts, and a yes only where nothing was recorded before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models.base import ModelState

from hub.contacts import cleaning, normalising
from hub.contacts.cleaning import Ready
from hub.contacts.incoming import LABELS, PARTS, Consent, Intake, Outcome, Policy
from hub.contacts.lists import Lists
from hub.contacts.matching import Index, Known
from hub.contacts.models import Contact, Unmatched
from hub.contacts.normalising import fold

SEVERAL = 0
"""In place of a user's id: several people have this name."""

_KEY_FIELDS = frozenset({"first_name", "last_name", "email", "company", *cleaning.PHONES})
_FOUND_BY = frozenset({"email", *cleaning.PHONES})
_CONSENT = (("email_ok", "email"), ("sms_ok", "sms"), ("call_ok", "call"))


@dataclass(frozen=True)
class Ground:
    """What decisions stand on: the lists in force, the caller's policy, the time, the users who may be named."""

    lists: Lists
    policy: Policy
    now: datetime
    users: Mapping[str, int] = field(default_factory=dict)
    """Folded username, e-mail address or full name → id of an active user of the account, or :data:`SEVERAL`."""
    labels: dict[str, str] = field(default_factory=dict)
    """Folded label → custom field as the account spells it; new ones are added here as they come up."""

    @property
    def may_make_fields(self) -> bool:
        return self.policy.make_custom_fields and self.lists.locked("custom_fields") is None


@dataclass(slots=True)
class Place:
    """One person of the batch and where they went."""

    ready: Ready
    known: Known | None = None
    outcome: Outcome = "broken"
    changed: set[str] = field(default_factory=set)
    unmatched: list[tuple[str, str]] = field(default_factory=list)
    """(field, value) of what is in no list."""
    new_source: str = ""
    """A lead source to be made for this contact."""

    @property
    def answer(self) -> Intake:
        contact_id = self.known.row.pk if self.known else None
        return Intake(self.outcome, contact_id, self.ready.problems, tuple(self.ready.warnings))


@dataclass(slots=True)
class Batch:
    """All places, in order."""

    ground: Ground
    places: list[Place] = field(default_factory=list)

    def counts(self) -> Counter[str]:
        return Counter(place.outcome for place in self.places)


def decide(ready: list[Ready], index: Index, ground: Ground) -> Batch:
    """Decide for everybody, in order; those who come in become known to the ones behind them."""
    batch = Batch(ground)
    for person in ready:
        batch.places.append(_place(person, index, ground))
    return batch


def _place(ready: Ready, index: Index, ground: Ground) -> Place:
    place = Place(ready)
    if ready.problems:
        return place
    known = None if ground.policy.existing == "new" else index.find(ready)
    if known is None:
        if ready.external_id in index.by_external:
            told = f"The id “{ready.external_id}” is another contact's here. This one has another name and address and is new."
            ready.warnings.append(told)
        _make(place, ground)
        if ground.policy.existing != "new" and place.known:
            index.add(place.known)
        return place
    place.known = known
    if known.archived:
        place.outcome = "archived"
        ready.warnings.append("This contact is archived. It was left as it is.")
        return place
    place.outcome = "unchanged"
    if ground.policy.existing == "update":
        _update(place, known, ground)
        if place.changed & _FOUND_BY:
            index.add(known)  # those behind may name the new address
    if ready.external_id and not known.external_id:
        known.external_id = ready.external_id
        index.by_external.setdefault(ready.external_id, known)
    return place


def _make(place: Place, ground: Ground) -> None:
    ready = place.ready
    row = _new(ready, ground)
    place.known = Known(row, ready.external_id, fresh=True)
    place.outcome = "created"
    _describe(place, row, ground)
    _consent(place, row, ground, new=True)


_DEFAULTS = {field.attname: field.get_default() for field in Contact._meta.concrete_fields}


def _new(ready: Ready, ground: Ground) -> Contact:
    """A contact with what came. Its values are put down in one go: Django, which looks at them one by one, takes ten times as
    long, and an import makes a hundred thousand."""
    row, now = Contact.__new__(Contact), ground.now
    values = row.__dict__
    values |= _DEFAULTS
    values |= ready.columns
    values |= cleaning.keys_of(ready.columns)
    values |= {
        "_state": ModelState(), "account_id": ground.lists.account_id, "external_id": ready.external_id, "custom": {},
        "created_at": now, "updated_at": now,
    }  # fmt: skip
    return row


def _update(place: Place, known: Known, ground: Ground) -> None:
    row = known.row
    settled = _settled(row, ground.policy)
    for name, value in place.ready.columns.items():
        if name in settled:
            continue
        if name == "email" and place.ready.email_key == row.email_key:
            continue  # the same address in other capitals
        if getattr(row, name) != value:
            setattr(row, name, value)
            place.changed.add(name)
    _describe(place, row, ground)
    _consent(place, row, ground, new=False)
    if not place.changed:
        return
    place.outcome = "updated"
    if place.changed & _KEY_FIELDS:
        columns = {name: getattr(row, name) for name in _KEY_FIELDS}
        for name, value in cleaning.keys_of(columns).items():
            setattr(row, name, value)
    row.updated_at = ground.now
    row.version += not known.fresh  # whom this very batch makes nobody has seen in any version yet


def _settled(row: Contact, policy: Policy) -> frozenset[str]:
    """What stays as it is: it is there, and the source may not overwrite it. An address is one thing and is not mixed of two."""
    if policy.overwrites is None:
        return _NOTHING
    kept = [columns for part, columns in PARTS.items() if part not in policy.overwrites and part != "custom"]
    there = {name for columns in kept for name in columns if getattr(row, name)}
    return frozenset(there | set(PARTS["address"] if there & set(PARTS["address"]) else ()))


_NOTHING: frozenset[str] = frozenset()


def _describe(place: Place, row: Contact, ground: Ground) -> None:
    """Lead source, sales cycle, assigned user, custom fields."""
    _lead_source(place, row, ground)
    _sales_cycle(place, row, ground)
    _assigned(place, row, ground)
    _custom(place, row, ground)
    own, policy = place.ready.incoming, ground.policy
    for column, default in (
        ("lead_source_id", own.lead_source_id or policy.lead_source_id),
        ("sales_cycle_id", own.sales_cycle_id or policy.sales_cycle_id),
        ("assigned_user_id", own.assigned_user_id or policy.assigned_user_id),
    ):
        if default is not None and getattr(row, column) is None:
            _set(place, row, column, default)
    if own.source_aside and row.lead_source_id is None and not place.new_source:
        _set_aside(place, Unmatched.Field.LEAD_SOURCE, normalising.line(own.source_aside)[:100])


def _lead_source(place: Place, row: Contact, ground: Ground) -> None:
    name = place.ready.lead_source
    if not name:
        return
    if choice := ground.lists.sources.get(fold(name)):
        _set(place, row, "lead_source_id", choice.id)
    elif ground.policy.make_lead_sources and ground.lists.locked("lead_sources") is None:
        place.new_source = name
        place.changed.add("lead_source_id")
    else:
        _set_aside(place, Unmatched.Field.LEAD_SOURCE, name)


def _sales_cycle(place: Place, row: Contact, ground: Ground) -> None:
    name = place.ready.sales_cycle
    if not name:
        return
    if choice := ground.lists.cycles.get(fold(name)):
        _set(place, row, "sales_cycle_id", choice.id)
    else:
        _set_aside(place, Unmatched.Field.SALES_CYCLE, name)


def _assigned(place: Place, row: Contact, ground: Ground) -> None:
    name = place.ready.assigned
    if not name:
        return
    user_id = ground.users.get(fold(name))
    if user_id:
        _set(place, row, "assigned_user_id", user_id)
    elif user_id == SEVERAL:
        place.ready.warnings.append(
            f"More than one user is called “{name}”. The contact was not assigned; name the user by e-mail address."
        )
    else:
        place.ready.warnings.append(f"There is no active user “{name}” here. The contact was not assigned.")


def _custom(place: Place, row: Contact, ground: Ground) -> None:
    """Values under labels as the account spells them; a label it does not have is made, or its value left out."""
    news, may_overwrite = {}, ground.policy.overwrites is None or "custom" in ground.policy.overwrites
    for label, value in place.ready.custom.items():
        key = fold(label)[:60]
        if key not in ground.labels and not ground.may_make_fields:
            place.ready.warnings.append(f"There is no custom field “{label}” here. Its value was left out.")
            continue
        spelt = ground.labels.setdefault(key, label)
        if row.custom.get(spelt) != value and (may_overwrite or not row.custom.get(spelt)):
            news[spelt] = value
    if news:
        row.custom = {**row.custom, **news}
        place.changed.add("custom")


def _set_aside(place: Place, field: str, name: str) -> None:
    place.unmatched.append((field, name))
    label = LABELS[field].lower()
    place.ready.warnings.append(f"There is no {label} “{name}” here. It waits on the review list.")


def _consent(place: Place, row: Contact, ground: Ground, new: bool) -> None:
    said, general = place.ready.incoming.consent, ground.policy.consent
    if not (said.says_something or general.says_something):
        return
    free = new or row.consent_at is None
    told = False
    for column, name in _CONSENT:
        answer = _first(getattr(said, name), getattr(general, name))
        if answer is None or (answer and not free):
            continue
        told = True
        _set(place, row, column, answer)
    if told and (free or place.changed & {"email_ok", "sms_ok", "call_ok"}):
        row.consent_at = ground.now
        row.consent_source = _source(said, general)[:60] or ground.policy.source
        place.changed.add("consent_at")


def _source(said: Consent, general: Consent) -> str:
    return said.source if said.says_something and said.source else general.source


def _first(*answers: bool | None) -> bool | None:
    return next((answer for answer in answers if answer is not None), None)


def _set(place: Place, row: Contact, column: str, value: Any) -> None:
    if getattr(row, column) != value:
        setattr(row, column, value)
        place.changed.add(column)
