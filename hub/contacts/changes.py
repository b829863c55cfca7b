"""Every change of a contact that is there already, one at a time or many.

Each function takes the account, the viewer and the contacts; what the viewer may not see is not changed, and does not exist.
Whether they may change at all is asked at the edge, of ``users.guard``. The many-forms take ids or a ``ContactQuery`` (*select
all matching*), work in slices, and leave one audit row and a note in each history. Nothing here commits. What each of them does
stands in ``acts``; very many contacts are changed portion by portion in ``bulk``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import acts, editing, lists, many
from hub.contacts.incoming import LABELS, Consent
from hub.contacts.many import Done
from hub.contacts.models import Contact
from hub.contacts.reads import Which
from hub.contacts.reads import get as _get
from hub.contacts.visibility import Viewer
from hub.db import clock
from hub.db.errors import Invalid
from hub.events import kinds
from hub.events.changes import NewEvent, tell_many
from hub.history.changes import NewNote, add


def edit(
    account: Account | int,
    viewer: Viewer,
    contact_id: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
) -> Contact:
    """Change plain fields, ``deal_size`` and ``custom``. Here, unlike at the door, empty means *take it away*.

    ``version`` is the one the person saw; somebody else's change since then raises ``Conflict`` that says whose and what.
    Raises ``Invalid`` with field errors.
    """
    contact = _locked(account, viewer, contact_id)
    if version is not None and version != contact.version:
        raise editing.conflict(contact, version)
    changed = editing.changes_of(contact, values, lists.of(account))
    if not changed:
        return contact
    for name, (_, after) in changed.items():
        setattr(contact, name, after)
    _save(contact, [*changed, *editing.refresh_keys(contact)])
    data = {"changed": editing.as_json(changed), "version": contact.version}
    record("edited", "contact", contact.pk, by=by, account_id=contact.account_id, data=data)
    fields = [LABELS.get(name, name) for name in changed]
    _note(contact, "contact.updated", {"fields": fields}, by)
    _tell(contact, fields)
    return contact


def write_note(account: Account | int, viewer: Viewer, contact_id: Any, text: str, *, by: Actor) -> None:
    """A note in somebody's own words. Raises ``Invalid`` when there are none."""
    contact = _get(account, viewer, contact_id)
    if not text.strip():
        raise Invalid({"text": "Write something first."})
    record("note_written", "contact", contact.pk, by=by, account_id=contact.account_id)
    _note(contact, "note.written", {"text": text.strip()}, by)


def set_consent(account: Account | int, viewer: Viewer, contact_id: Any, consent: Consent, *, by: Actor) -> Contact:
    """Write down what a contact agreed to or refused, and where they said so. Here a yes counts after a no, too."""
    contact = _locked(account, viewer, contact_id)
    said = {"email_ok": consent.email, "sms_ok": consent.sms, "call_ok": consent.call}
    given = {name: answer for name, answer in said.items() if answer is not None}
    if not given:
        return contact
    for name, answer in given.items():
        setattr(contact, name, answer)
    contact.consent_at, contact.consent_source = clock.now(), consent.source[:60]
    _save(contact, [*given, "consent_at", "consent_source"])
    told = ", ".join(f"{LABELS[name].lower()}: {'yes' if answer else 'no'}" for name, answer in given.items())
    record("consent_changed", "contact", contact.pk, by=by, account_id=contact.account_id, data=given)
    _note(contact, "contact.consent", {"text": f"{told}."}, by)
    _tell(contact, [LABELS[name] for name in given])
    return contact


def assign(account: Account | int, viewer: Viewer, contact_id: Any, user_id: int | None, *, by: Actor) -> Done:
    """Give a contact to a user of the account, or to nobody."""
    return assign_many(account, viewer, [_get(account, viewer, contact_id).pk], user_id, by=by)


def assign_many(account: Account | int, viewer: Viewer, which: Which, user_id: int | None, *, by: Actor) -> Done:
    """Give contacts to a user of the account, or to nobody. Raises ``Problem`` for a user who cannot work."""
    return many.carry_out(account, viewer, which, acts.assigning(account, user_id), by=by)


def set_sales_cycle(
    account: Account | int, viewer: Viewer, contact_id: Any, cycle_id: int | None, *, by: Actor
) -> Done:
    """Move a contact to a stage of the sales cycle, or to none."""
    return set_sales_cycle_many(account, viewer, [_get(account, viewer, contact_id).pk], cycle_id, by=by)


def set_sales_cycle_many(
    account: Account | int, viewer: Viewer, which: Which, cycle_id: int | None, *, by: Actor
) -> Done:
    """Move contacts to a stage of the sales cycle in force here, or to none."""
    return many.carry_out(account, viewer, which, acts.moving(account, cycle_id), by=by)


def set_lead_source_many(
    account: Account | int, viewer: Viewer, which: Which, source_id: int | None, *, by: Actor
) -> Done:
    """Say where contacts come from, or that it is not known."""
    return many.carry_out(account, viewer, which, acts.sourcing(account, source_id), by=by)


def add_tags(account: Account | int, viewer: Viewer, contact_id: Any, names: Iterable[str], *, by: Actor) -> Done:
    """Put tags on a contact; new names are made."""
    return add_tags_many(account, viewer, [_get(account, viewer, contact_id).pk], names, by=by)


def add_tags_many(account: Account | int, viewer: Viewer, which: Which, names: Iterable[str], *, by: Actor) -> Done:
    """Put tags on contacts; new names are made. Raises ``Invalid`` for names that cannot be, or are locked from above."""
    return many.carry_out(account, viewer, which, acts.tagging_with(account, names), by=by)


def remove_tags(account: Account | int, viewer: Viewer, contact_id: Any, names: Iterable[str], *, by: Actor) -> Done:
    """Take tags off a contact; one that is not there is no mistake."""
    return remove_tags_many(account, viewer, [_get(account, viewer, contact_id).pk], names, by=by)


def remove_tags_many(account: Account | int, viewer: Viewer, which: Which, names: Iterable[str], *, by: Actor) -> Done:
    """Take tags off contacts."""
    return many.carry_out(account, viewer, which, acts.untagging(account, names), by=by)


def archive(account: Account | int, viewer: Viewer, contact_id: Any, *, by: Actor) -> Done:
    """Put a contact away: out of lists and plans' reach, nothing deleted. Raises ``Refused`` under a lock from above."""
    return archive_many(account, viewer, [_get(account, viewer, contact_id).pk], by=by)


def archive_many(account: Account | int, viewer: Viewer, which: Which, *, by: Actor) -> Done:
    """Put contacts away. A contact-deletion lock from above refuses, whoever asks (R056)."""
    return many.carry_out(account, viewer, which, acts.archiving(account), by=by)


def restore(account: Account | int, viewer: Viewer, contact_id: Any, *, by: Actor) -> Done:
    """Bring an archived contact back."""
    return restore_many(account, viewer, [_get(account, viewer, contact_id).pk], by=by)


def restore_many(account: Account | int, viewer: Viewer, which: Which, *, by: Actor) -> Done:
    """Bring archived contacts back."""
    return many.carry_out(account, viewer, which, acts.restoring(account), by=by)


def _locked(account: Account | int, viewer: Viewer, contact_id: Any) -> Contact:
    """The contact, held against other writers until the commit."""
    found = _get(account, viewer, contact_id)
    return Contact.objects.select_for_update(of=("self",)).get(pk=found.pk)


def _save(contact: Contact, columns: list[str]) -> None:
    contact.version += 1
    contact.updated_at = clock.now()
    contact.save(update_fields=[*dict.fromkeys([*columns, "version", "updated_at"])])


def _tell(contact: Contact, fields: list[str]) -> None:
    """For whoever listens outside."""
    tell_many([NewEvent(contact.account_id, kinds.CONTACT_UPDATED, contact.pk, about={"fields": fields})])


def _note(contact: Contact, kind: str, data: dict[str, Any], by: Actor) -> None:
    add(NewNote(contact.account_id, contact.pk, kind, data, actor_label=by.label))
