"""What can be done to many contacts at once: a choice is checked and becomes a ``Change``.

The same few acts stand behind the bar under the list, behind bulk changes and behind the functions of ``changes``. Each names the
permission that a person needs for it, so that work in the background can ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from hub.accounts.models import Account
from hub.contacts import editing, lists, tagging
from hub.contacts.many import Change, PutTags, SetColumn, TakeTags, Told
from hub.db import clock
from hub.db.errors import Invalid, Problem
from hub.db.scoping import id_of
from hub.users import reads as users
from hub.users.models import User

N_ = gettext_noop


@dataclass(frozen=True, slots=True)
class Act:
    """A kind of change. ``change`` takes the account and what was chosen: an id or none, names, or nothing."""

    title: str
    permission: str
    change: Callable[[Account | int, Any], Change]


def assigning(account: Account | int, user_id: int | None) -> Change:
    """Give contacts to a user of the account, or to nobody. Raises ``Problem`` for a user who cannot work."""
    user = None if user_id is None else assignable(account, user_id)
    data = {"user": user.label, "user_id": user.pk} if user else {}
    kind = "contact.assigned" if user else "contact.unassigned"
    return SetColumn("assigned_user_id", user_id, Told("assigned", kind, data))


def moving(account: Account | int, cycle_id: int | None) -> Change:
    """Move contacts to a stage of the sales cycle in force here, or to none. Raises ``Problem`` for one that is gone."""
    name = _chosen(lists.of(account).cycles, cycle_id, "stage of the sales cycle")
    data = {"sales_cycle": name or "none", "id": cycle_id}
    return SetColumn("sales_cycle_id", cycle_id, Told("sales_cycle_set", "contact.sales_cycle", data))


def sourcing(account: Account | int, source_id: int | None) -> Change:
    """Say where contacts come from, or that it is not known. Raises ``Problem`` for a source that is gone."""
    name = _chosen(lists.of(account).sources, source_id, "lead source")
    data = {"lead_source": name or "none", "id": source_id}
    return SetColumn("lead_source_id", source_id, Told("lead_source_set", "contact.lead_source", data))


def tagging_with(account: Account | int, names: Iterable[str]) -> Change:
    """Put tags on contacts; new names are made here. Raises ``Invalid`` for names that cannot be, or are locked from above."""
    wanted = editing.tag_names(names)
    ids = tagging.ids_of(lists.of(account), wanted)
    if refused := [name for name in wanted if tagging.key_of(name) not in ids]:
        raise Invalid({"tags": f"Tags are locked from above; “{refused[0]}” is not among them."})
    return PutTags(list(ids.values()), Told("tagged", "contact.tagged", {"tags": wanted}))


def untagging(account: Account | int, names: Iterable[str]) -> Change:
    """Take tags off contacts."""
    wanted = editing.tag_names(names)
    ids = tagging.existing_by_key(id_of(account), wanted)
    return TakeTags(list(ids.values()), Told("untagged", "contact.untagged", {"tags": wanted}))


def archiving(account: Account | int, _nothing: None = None) -> Change:
    """Put contacts away. A contact-deletion lock from above refuses, whoever asks (R056)."""
    lists.of(account).refuse_if_locked("contact_deletion", "Contacts cannot be archived here.")
    told = Told("archived", "contact.archived", {})
    return SetColumn("archived_at", clock.now(), told, only_where={"archived_at": None})


def restoring(_account: Account | int, _nothing: None = None) -> Change:
    """Bring archived contacts back."""
    return SetColumn("archived_at", None, Told("restored", "contact.restored", {}))


ACTS: dict[str, Act] = {
    "assign": Act(N_("Assign contacts"), "contacts.assign", assigning),
    "cycle": Act(N_("Set the sales cycle"), "contacts.edit", moving),
    "source": Act(N_("Set the lead source"), "contacts.edit", sourcing),
    "tag": Act(N_("Add tags"), "contacts.edit", tagging_with),
    "untag": Act(N_("Remove a tag"), "contacts.edit", untagging),
    "archive": Act(N_("Archive contacts"), "contacts.delete", archiving),
    "restore": Act(N_("Restore contacts"), "contacts.edit", restoring),
}
"""Name → act. The names are kept in rows of bulk changes; the titles go through gettext where they are shown."""


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
