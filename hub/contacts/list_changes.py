"""Changes of the lists: lead sources, sales cycle, custom fields, and what waits for a person to place it.

A list that an account above has locked is not changed from here, whoever asks (R049, R059).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import F, Max, QuerySet

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import lists, normalising
from hub.contacts.entries import keep, named, rename
from hub.contacts.models import Contact, CustomField, LeadSource, SalesCycle, Unmatched
from hub.db import clock, scoping
from hub.db.errors import Conflict, Invalid
from hub.db.scoping import id_of

SOURCES_LOCKED = "Lead sources cannot be changed here."
CYCLE_LOCKED = "The sales cycle cannot be changed here."
FIELDS_LOCKED = "Custom fields cannot be changed here."


def add_lead_source(account: Account | int, name: str, *, by: Actor) -> LeadSource:
    """A new lead source. Raises ``Conflict`` when there is one of that name."""
    lists.of(account).refuse_if_locked("lead_sources", SOURCES_LOCKED)
    source = LeadSource(account_id=id_of(account), **named(LeadSource, account, name, 100))
    keep(source, force_insert=True)
    record("added", "lead_source", source.pk, by=by, account_id=id_of(account), data={"name": source.name})
    return source


def rename_lead_source(account: Account | int, source_id: Any, name: str, *, by: Actor) -> LeadSource:
    """Call a lead source something else; its contacts stay with it."""
    lists.of(account).refuse_if_locked("lead_sources", SOURCES_LOCKED)
    return rename(LeadSource, account, source_id, name, 100, "lead_source", by)


def hide_lead_source(account: Account | int, source_id: Any, hidden: bool, *, by: Actor) -> LeadSource:
    """Offer a lead source no longer, or again. Contacts that have it keep it."""
    lists.of(account).refuse_if_locked("lead_sources", SOURCES_LOCKED)
    source = scoping.get(LeadSource.objects.all(), account, source_id)
    source.hidden = hidden
    source.save(update_fields=["hidden"])
    verb = "hidden" if hidden else "shown"
    record(verb, "lead_source", source.pk, by=by, account_id=id_of(account), data={"name": source.name})
    return source


def add_sales_cycle(account: Account | int, name: str, *, by: Actor) -> SalesCycle:
    """A new stage at the end of the sales cycle."""
    lists.of(account).refuse_if_locked("sales_cycle", CYCLE_LOCKED)
    last = SalesCycle.objects.filter(account_id=id_of(account)).aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    stage = SalesCycle(account_id=id_of(account), position=position, **named(SalesCycle, account, name, 100))
    keep(stage, force_insert=True)
    record("added", "sales_cycle", stage.pk, by=by, account_id=id_of(account), data={"name": stage.name})
    return stage


def rename_sales_cycle(account: Account | int, stage_id: Any, name: str, *, by: Actor) -> SalesCycle:
    """Call a stage something else."""
    lists.of(account).refuse_if_locked("sales_cycle", CYCLE_LOCKED)
    return rename(SalesCycle, account, stage_id, name, 100, "sales_cycle", by)


def order_sales_cycle(account: Account | int, stage_ids: Sequence[int], *, by: Actor) -> None:
    """Put the stages in this order. Raises ``Conflict`` when the list is not the one in force any more."""
    lists.of(account).refuse_if_locked("sales_cycle", CYCLE_LOCKED)
    stages = SalesCycle.objects.in_bulk(
        list(SalesCycle.objects.filter(account_id=id_of(account)).values_list("pk", flat=True))
    )
    if set(stage_ids) != set(stages) or len(stage_ids) != len(stages):
        raise Conflict("Somebody changed the sales cycle meanwhile.", next="Look at it again, then put it in order.")
    for position, stage_id in enumerate(stage_ids):
        stages[stage_id].position = position
    SalesCycle.objects.bulk_update(stages.values(), ["position"])
    record("ordered", "sales_cycle", "", by=by, account_id=id_of(account), data={"order": list(stage_ids)})


def delete_sales_cycle(account: Account | int, stage_id: Any, *, by: Actor) -> int:
    """Remove a stage; its contacts have none afterwards. Says how many. Plans that use it will say so when they get there."""
    lists.of(account).refuse_if_locked("sales_cycle", CYCLE_LOCKED)
    stage = scoping.get(SalesCycle.objects.all(), account, stage_id)
    freed = Contact.objects.filter(sales_cycle_id=stage.pk).update(sales_cycle_id=None, version=F("version") + 1)
    data = {"name": stage.name, "contacts": freed}
    record("deleted", "sales_cycle", stage.pk, by=by, account_id=id_of(account), data=data)
    stage.delete()
    return freed


def add_custom_field(account: Account | int, label: str, *, by: Actor) -> CustomField:
    """A field of the account's own. Its label is its token, so it never changes. Raises ``Invalid`` for a label with braces."""
    lists.of(account).refuse_if_locked("custom_fields", FIELDS_LOCKED)
    checked = named(CustomField, account, label, 60)
    if any(mark in checked["name"] for mark in "{}"):
        raise Invalid({"label": "A label cannot have braces: it is used in tokens."})
    row = CustomField(account_id=id_of(account), label=checked["name"], key=checked["key"], created_at=clock.now())
    keep(row, force_insert=True)
    record("added", "custom_field", row.pk, by=by, account_id=id_of(account), data={"label": row.label})
    return row


def place_unmatched(account: Account | int, field: str, value: str, choice_id: int, *, by: Actor) -> int:
    """Give a choice of the list in force to every contact that came in with ``value``, and say how many there were."""
    in_force = lists.of(account)
    choices = in_force.sources if field == Unmatched.Field.LEAD_SOURCE else in_force.cycles
    if choice_id not in {choice.id for choice in choices.values()}:
        raise Invalid({"choice": "Choose one from the list."})
    waiting = _waiting(account, field, value)
    rows = Contact.objects.filter(pk__in=waiting.values("contact_id"))
    update = {f"{field}_id": choice_id, "version": F("version") + 1, "updated_at": clock.now()}
    placed = rows.update(**update)
    waiting.delete()
    data = {"field": field, "value": value, "choice": choice_id, "contacts": placed}
    record("placed", "unmatched", "", by=by, account_id=id_of(account), data=data)
    return placed


def decided(contact_ids: Iterable[int], column: str) -> None:
    """Somebody has said what these contacts have in a column, so a value that they came in with waits no longer: placing it later
    would take that back."""
    field = column.removesuffix("_id")
    if field in Unmatched.Field.values:
        Unmatched.objects.filter(contact_id__in=list(contact_ids), field=field).delete()


def drop_unmatched(account: Account | int, field: str, value: str, *, by: Actor) -> int:
    """Take a value off the review list; its contacts stay as they are."""
    gone, _ = _waiting(account, field, value).delete()
    record("dropped", "unmatched", "", by=by, account_id=id_of(account), data={"field": field, "value": value})
    return gone


def _waiting(account: Account | int, field: str, value: str) -> QuerySet[Unmatched]:
    if field not in Unmatched.Field.values:
        raise Invalid({"field": "There is no such list."})
    key = normalising.fold(value)[:100]
    return Unmatched.objects.filter(account_id=id_of(account), field=field, key=key)
