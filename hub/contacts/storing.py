"""Writing what the door decided: each kind of row for the whole batch at once, and no statement for a single contact."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

from hub.audit.actor import Actor
from hub.contacts import list_changes, tagging
from hub.contacts.cleaning import Ready
from hub.contacts.incoming import LABELS
from hub.contacts.models import Contact, CustomField, ExternalId, LeadSource, Unmatched
from hub.contacts.normalising import fold
from hub.contacts.placing import SEVERAL, Batch, Place
from hub.db import bulk
from hub.events import kinds, listening
from hub.events.changes import NewEvent, tell_heard
from hub.history.changes import NewNote, add_many
from hub.users import reads as users

_COLUMNS = [field.attname for field in Contact._meta.concrete_fields]
_REWRITTEN = [name for name in _COLUMNS if name not in ("id", "account_id", "created_at", "archived_at", "external_id")]
_LISTED = frozenset(f"{field}_id" for field in Unmatched.Field.values)
_values = itemgetter(*_COLUMNS)
_rewritten_values = itemgetter(*_REWRITTEN, "id")


def store(batch: Batch, *, by: Actor) -> None:
    """Write a decided batch, inside the caller's transaction."""
    taken = [place for place in batch.places if place.outcome in ("created", "updated", "unchanged")]
    if not taken:
        return
    _custom_fields(batch)
    _lead_sources(batch, taken)
    created = _with_ids([place for place in taken if place.outcome == "created"])
    with bulk.unawaited():
        bulk.insert(Contact, _COLUMNS, map(_values, map(vars, created)))
        _rewrite([place for place in taken if place.outcome == "updated"])
        _external_ids(batch, taken)
        _notes(batch, taken, by)
    _tags(batch, taken)
    _overtaken(taken)
    _unmatched(batch, taken)
    _events(batch, taken)


def people_of(account_id: int, ready: Iterable[Ready]) -> dict[str, int]:
    """Every way to name an active user of the account → id; ``SEVERAL`` for a name that more than one has.

    Asked only when somebody is named.
    """
    if not any(person.assigned for person in ready):
        return {}
    active = list(users.users_of(account_id).filter(state="active"))
    named: dict[str, int] = {}
    for spelt in ("label", "email", "username"):  # what is one person's alone comes last, and wins
        told: dict[str, int] = {}
        for user in active:
            name = fold(getattr(user, spelt))
            told[name] = SEVERAL if name in told else user.pk
        named |= told
    named.pop("", None)
    return named


def labels_of(account_id: int, ready: Iterable[Ready]) -> dict[str, str]:
    """The custom fields that this batch may name: folded label → label as the account spells it."""
    keys = {fold(label)[:60] for person in ready for label in person.custom}
    if not keys:
        return {}
    rows = CustomField.objects.filter(account_id=account_id, key__in=keys)
    return dict(rows.values_list("key", "label"))


def _custom_fields(batch: Batch) -> None:
    """Make a field for every label in use; one that is there already stays."""
    account_id = batch.ground.lists.account_id
    rows = [
        CustomField(account_id=account_id, label=label, key=key, created_at=batch.ground.now)
        for key, label in batch.ground.labels.items()
    ]
    CustomField.objects.bulk_create(rows, ignore_conflicts=True)


def _lead_sources(batch: Batch, taken: list[Place]) -> None:
    """Make the new lead sources and give them to their contacts."""
    lists = batch.ground.lists
    names = {fold(place.new_source): place.new_source for place in taken if place.new_source}
    if not names:
        return
    rows = [LeadSource(account_id=lists.account_id, name=name, key=key[:100]) for key, name in names.items()]
    LeadSource.objects.bulk_create(rows, ignore_conflicts=True)
    keys = [key[:100] for key in names]
    made = dict(LeadSource.objects.filter(account_id=lists.account_id, key__in=keys).values_list("key", "id"))
    for place in taken:
        if place.new_source and place.known:
            place.known.row.lead_source_id = made[fold(place.new_source)[:100]]


def _with_ids(created: list[Place]) -> list[Contact]:
    rows = [place.known.row for place in created if place.known]
    for row, row_id in zip(rows, bulk.reserve_ids(Contact, len(rows)), strict=True):
        row.pk = row_id
    return rows


def _rewrite(updated: list[Place]) -> None:
    """Rows that changed, each once however often the batch named it.

    A contact that this very batch made was written with its last values already.
    """
    rows = {place.known.row.pk: place.known.row for place in updated if place.known and not place.known.fresh}
    bulk.update(Contact, _REWRITTEN, map(_rewritten_values, map(vars, rows.values())))


def _external_ids(batch: Batch, taken: list[Place]) -> None:
    account_id, source = batch.ground.lists.account_id, batch.ground.policy.source
    rows = [
        (account_id, place.known.row.pk, source, place.ready.external_id)
        for place in taken
        if place.known and place.ready.external_id
    ]
    bulk.insert(ExternalId, ("account_id", "contact_id", "source", "value"), rows, ignore_conflicts=True)


def _tags(batch: Batch, taken: list[Place]) -> None:
    general = batch.ground.policy.tags
    wanted = [(place, (*_own_tags(place, batch), *general)) for place in taken]
    wanted = [(place, names) for place, names in wanted if names]
    if not wanted:
        return
    ids = tagging.ids_of(batch.ground.lists, [name for _, names in wanted for name in names])
    pairs = []
    for place, names in wanted:
        for name in names:
            tag_id = ids.get(fold(name)[:60])
            if tag_id is None:
                place.ready.warnings.append(f"The tag “{name}” may not be used here: tags are locked from above.")
            elif place.known:
                pairs.append((place.known.row.pk, tag_id))
    tagging.link(pairs)


def _own_tags(place: Place, batch: Batch) -> tuple[str, ...]:
    """The tags a person came with; somebody who is to be left as they are keeps theirs."""
    left_alone = batch.ground.policy.existing == "keep" and place.outcome != "created"
    return () if left_alone else place.ready.tags


def _overtaken(taken: list[Place]) -> None:
    """What waited for contacts that now came with something that is on the list."""
    updated = [place for place in taken if place.outcome == "updated" and place.changed & _LISTED]
    for column in _LISTED if updated else ():
        ids = [place.known.row.pk for place in updated if place.known and column in place.changed]
        if ids:
            list_changes.decided(ids, column)


def _unmatched(batch: Batch, taken: list[Place]) -> None:
    """What waits for a person, once for each contact and value, however often it comes in."""
    ground = batch.ground
    rows = [
        Unmatched(
            account_id=ground.lists.account_id,
            contact_id=place.known.row.pk,
            field=field,
            value=value,
            key=fold(value)[:100],
            came_from=ground.policy.source,
            at=ground.now,
        )
        for place in taken
        if place.known
        for field, value in place.unmatched
    ]
    if rows:
        there = set(
            Unmatched.objects.filter(contact_id__in={row.contact_id for row in rows}).values_list(
                "contact_id", "field", "key"
            )
        )
        new = {(row.contact_id, str(row.field), row.key): row for row in rows}
        Unmatched.objects.bulk_create(row for key, row in new.items() if key not in there)


def _notes(batch: Batch, taken: list[Place], by: Actor) -> None:
    made = {"source": batch.ground.policy.told_as or batch.ground.policy.source}
    add_many(
        NewNote(
            account_id=batch.ground.lists.account_id,
            contact_id=place.known.row.pk,
            kind="contact.created" if place.outcome == "created" else "contact.updated",
            data=made if place.outcome == "created" else {"fields": _labels(place), **made},
            actor_label=by.label,
            at=batch.ground.now,
        )
        for place in taken
        if place.known and place.outcome in ("created", "updated")
    )


def _events(batch: Batch, taken: list[Place]) -> None:
    """For whoever listens outside."""
    account_id, now = batch.ground.lists.account_id, batch.ground.now
    heard = listening.among([account_id]).get(account_id, 0)
    if not heard:
        return
    source = {"source": batch.ground.policy.told_as or batch.ground.policy.source}
    told = (
        NewEvent(account_id, kinds.CONTACT_CREATED, place.known.row.pk, about=source, at=now)
        if place.outcome == "created"
        else NewEvent(account_id, kinds.CONTACT_UPDATED, place.known.row.pk, about={"fields": _labels(place)}, at=now)
        for place in taken
        if place.known and place.outcome in ("created", "updated")
    )
    tell_heard(event for event in told if kinds.holds(heard, event.kind))


def _labels(place: Place) -> list[str]:
    """What changed, as people call it."""
    names = {name.removesuffix("_id") for name in place.changed} - {"consent_at"}
    return sorted(LABELS.get(name, name) for name in names)
