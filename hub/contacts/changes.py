"""Every change of a contact that is there already, one at a time or many.

Each function takes the account, the viewer and the contacts; what the viewer may not see is not changed, and does not exist.
Whether they may change at all is asked at the edge, of ``users.guard``. The many-forms take ids or a ``ContactQuery`` (*select
all matching*), work in slices, and leave one audit row and a note in each history. Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import editing, lists, many, tagging
from hub.contacts.incoming import LABELS, Consent
from hub.contacts.many import Done
from hub.contacts.models import Contact
from hub.contacts.reads import Which
from hub.contacts.reads import get as _get
from hub.contacts.visibility import Viewer
from hub.db import clock
from hub.db.errors import Invalid, Problem
from hub.db.scoping import id_of
from hub.history.changes import NewNote, add
from hub.users import reads as users
from hub.users.models import User


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
    _note(contact, "contact.updated", {"fields": [LABELS.get(name, name) for name in changed]}, by)
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
    return contact


def assign(account: Account | int, viewer: Viewer, contact_id: Any, user_id: int | None, *, by: Actor) -> Done:
    """Give a contact to a user of the account, or to nobody."""
    return assign_many(account, viewer, [_get(account, viewer, contact_id).pk], user_id, by=by)


def assign_many(account: Account | int, viewer: Viewer, which: Which, user_id: int | None, *, by: Actor) -> Done:
    """Give contacts to a user of the account, or to nobody. Raises ``Problem`` for a user who cannot work."""
    user = None if user_id is None else assignable(account, user_id)
    data = {"user": user.label, "user_id": user.pk} if user else {}
    kind = "contact.assigned" if user else "contact.unassigned"
    return many.set_column(
        account, viewer, which, "assigned_user_id", user_id, many.Told("assigned", kind, data), by=by
    )


def set_sales_cycle(
    account: Account | int, viewer: Viewer, contact_id: Any, cycle_id: int | None, *, by: Actor
) -> Done:
    """Move a contact to a stage of the sales cycle, or to none."""
    return set_sales_cycle_many(account, viewer, [_get(account, viewer, contact_id).pk], cycle_id, by=by)


def set_sales_cycle_many(
    account: Account | int, viewer: Viewer, which: Which, cycle_id: int | None, *, by: Actor
) -> Done:
    """Move contacts to a stage of the sales cycle in force here, or to none."""
    name = _chosen(lists.of(account).cycles, cycle_id, "stage of the sales cycle")
    told = many.Told("sales_cycle_set", "contact.sales_cycle", {"sales_cycle": name or "none", "id": cycle_id})
    return many.set_column(account, viewer, which, "sales_cycle_id", cycle_id, told, by=by)


def set_lead_source_many(
    account: Account | int, viewer: Viewer, which: Which, source_id: int | None, *, by: Actor
) -> Done:
    """Say where contacts come from, or that it is not known."""
    name = _chosen(lists.of(account).sources, source_id, "lead source")
    told = many.Told("lead_source_set", "contact.lead_source", {"lead_source": name or "none", "id": source_id})
    return many.set_column(account, viewer, which, "lead_source_id", source_id, told, by=by)


def add_tags(account: Account | int, viewer: Viewer, contact_id: Any, names: Iterable[str], *, by: Actor) -> Done:
    """Put tags on a contact; new names are made."""
    return add_tags_many(account, viewer, [_get(account, viewer, contact_id).pk], names, by=by)


def add_tags_many(account: Account | int, viewer: Viewer, which: Which, names: Iterable[str], *, by: Actor) -> Done:
    """Put tags on contacts; new names are made. Raises ``Invalid`` for names that cannot be, or are locked from above."""
    in_force = lists.of(account)
    wanted = editing.tag_names(names)
    ids = tagging.ids_of(in_force, wanted)
    if refused := [name for name in wanted if tagging.key_of(name) not in ids]:
        raise Invalid({"tags": f"Tags are locked from above; “{refused[0]}” is not among them."})
    return many.tag(account, viewer, which, wanted, list(ids.values()), by=by)


def remove_tags(account: Account | int, viewer: Viewer, contact_id: Any, names: Iterable[str], *, by: Actor) -> Done:
    """Take tags off a contact; one that is not there is no mistake."""
    return remove_tags_many(account, viewer, [_get(account, viewer, contact_id).pk], names, by=by)


def remove_tags_many(account: Account | int, viewer: Viewer, which: Which, names: Iterable[str], *, by: Actor) -> Done:
    """Take tags off contacts."""
    wanted = editing.tag_names(names)
    ids = tagging.existing_by_key(id_of(account), wanted)
    return many.untag(account, viewer, which, wanted, list(ids.values()), by=by)


def archive(account: Account | int, viewer: Viewer, contact_id: Any, *, by: Actor) -> Done:
    """Put a contact away: out of lists and plans' reach, nothing deleted. Raises ``Refused`` under a lock from above."""
    return archive_many(account, viewer, [_get(account, viewer, contact_id).pk], by=by)


def archive_many(account: Account | int, viewer: Viewer, which: Which, *, by: Actor) -> Done:
    """Put contacts away. A contact-deletion lock from above refuses, whoever asks (R056)."""
    lists.of(account).refuse_if_locked("contact_deletion", "Contacts cannot be archived here.")
    told = many.Told("archived", "contact.archived", {})
    return many.set_column(
        account, viewer, which, "archived_at", clock.now(), told, by=by, only_where={"archived_at": None}
    )


def restore(account: Account | int, viewer: Viewer, contact_id: Any, *, by: Actor) -> Done:
    """Bring an archived contact back."""
    return restore_many(account, viewer, [_get(account, viewer, contact_id).pk], by=by)


def restore_many(account: Account | int, viewer: Viewer, which: Which, *, by: Actor) -> Done:
    """Bring archived contacts back."""
    told = many.Told("restored", "contact.restored", {})
    return many.set_column(account, viewer, which, "archived_at", None, told, by=by)


def assignable(account: Account | int, user_id: int) -> User:
    """A user of the account who can be given work. Raises ``NotFound`` for a foreign one, ``Problem`` for one who left."""
    user = users.get(account, user_id)
    if user.state == User.State.ARCHIVED:
        raise Problem(f"{user.label} is archived.", next="Choose another user.", code="contacts.user_archived")
    return user


def _chosen(choices: Mapping[str, lists.Choice], choice_id: int | None, what: str) -> str:
    if choice_id is None:
        return ""
    for choice in choices.values():
        if choice.id == choice_id:
            return choice.name
    raise Problem(f"This {what} is gone.", next="Choose another one.", code="contacts.choice_gone")


def _locked(account: Account | int, viewer: Viewer, contact_id: Any) -> Contact:
    """The contact, held against other writers until the commit."""
    found = _get(account, viewer, contact_id)
    return Contact.objects.select_for_update(of=("self",)).get(pk=found.pk)


def _save(contact: Contact, columns: list[str]) -> None:
    contact.version += 1
    contact.updated_at = clock.now()
    contact.save(update_fields=[*dict.fromkeys([*columns, "version", "updated_at"])])


def _note(contact: Contact, kind: str, data: dict[str, Any], by: Actor) -> None:
    add(NewNote(contact.account_id, contact.pk, kind, data, actor_label=by.label))
