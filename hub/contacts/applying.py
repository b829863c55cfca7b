"""What a plan's step asked for is done to contacts: a whole batch of changes in a few statements.

The engine calls this inside the transaction that closes the steps, so that a tag is set exactly once whatever crashes. A
change that cannot be made (an archived user, a deleted stage) is an answer, not an exception: the other steps of the batch must
not fall with it. The step's own note tells the history; here only the audit is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import F

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import list_changes, lists, tagging
from hub.contacts.cleaning import LONGEST
from hub.contacts.models import Contact
from hub.core.changes import AddTags, AssignUser, Change, RemoveTags, SetSalesCycle
from hub.db import clock
from hub.db.scoping import id_in, id_of
from hub.events import kinds
from hub.events.changes import NewEvent, tell_many
from hub.users import reads as users
from hub.users.models import User

OURS = (AddTags, RemoveTags, AssignUser, SetSalesCycle)
"""The changes that are made here. The engine gives the others to their own rooms."""

Asked = Sequence[tuple[int, Change]]


def apply(account: Account | int, changes: Asked, *, by: Actor) -> list[str]:
    """Make changes to contacts of one account, in their order.

    Answers for each change with an empty text, or with the sentence that says why it could not be made. Kinds that are not
    ``OURS`` are a mistake of the caller's (``TypeError``).
    """
    if not changes:
        return []
    if strange := next((type(change) for _, change in changes if not isinstance(change, OURS)), None):
        raise TypeError(f"{strange.__name__} is not applied to contacts.")
    problems = _missing_contacts(id_of(account), changes)
    in_force = lists.of(account)
    _tag(in_force, changes, problems)
    _set(changes, problems, AssignUser, "assigned_user_id", _user_problems(account, changes))
    _set(changes, problems, SetSalesCycle, "sales_cycle_id", _cycle_problems(in_force, changes))
    _audit(id_of(account), changes, problems, by)
    _tell(id_of(account), changes, problems)
    return problems


FIELDS: dict[type, str] = {
    AddTags: "Tags", RemoveTags: "Tags", AssignUser: "Assigned to", SetSalesCycle: "Sales cycle",
}  # fmt: skip


def _tell(account_id: int, changes: Asked, problems: Sequence[str]) -> None:
    """For whoever listens outside: each contact once, whatever the steps changed about it."""
    fields: dict[int, list[str]] = {}
    for (contact_id, change), problem in zip(changes, problems, strict=True):
        if not problem:
            fields.setdefault(contact_id, []).append(FIELDS[type(change)])
    tell_many(
        NewEvent(account_id, kinds.CONTACT_UPDATED, contact_id, about={"fields": sorted(set(names))})
        for contact_id, names in fields.items()
    )


def _missing_contacts(account_id: int, changes: Asked) -> list[str]:
    ids = {contact_id for contact_id, _ in changes}
    there = set(Contact.objects.filter(account_id=account_id, pk__in=ids).values_list("pk", flat=True))
    return ["" if contact_id in there else "The contact is gone." for contact_id, _ in changes]


def _tag(in_force: lists.Lists, changes: Asked, problems: list[str]) -> None:
    adding = [name for _, change in changes if isinstance(change, AddTags) for name in change.tags]
    taking = [name for _, change in changes if isinstance(change, RemoveTags) for name in change.tags]
    if not adding and not taking:
        return
    usable = [name for name in adding if 0 < len(name.strip()) <= LONGEST["tag"]]
    ids = tagging.ids_of(in_force, usable) | tagging.existing_by_key(in_force.account_id, taking)
    final: dict[tuple[int, int], bool] = {}  # (contact, tag) → whether it is there in the end
    for at, (contact_id, change) in enumerate(changes):
        if problems[at] or not isinstance(change, AddTags | RemoveTags):
            continue
        for name in change.tags:
            tag_id = ids.get(tagging.key_of(name))
            if tag_id is not None:
                final[contact_id, tag_id] = isinstance(change, AddTags)
            elif isinstance(change, AddTags):
                problems[at] = _no_tag(name)
    tagging.link([pair for pair, there in final.items() if there])
    _unlink([pair for pair, there in final.items() if not there])


def _unlink(pairs: list[tuple[int, int]]) -> None:
    """Links to take away, a statement for each tag: the steps of a batch mostly name the same one."""
    by_tag: dict[int, list[int]] = {}
    for contact_id, tag_id in pairs:
        by_tag.setdefault(tag_id, []).append(contact_id)
    for tag_id, contact_ids in by_tag.items():
        tagging.unlink(contact_ids, [tag_id])


def _no_tag(name: str) -> str:
    if len(name) > LONGEST["tag"] or not name.strip():
        return f"“{name[:40]}” cannot be a tag: a tag has 1 to {LONGEST['tag']} characters."
    return f"The tag “{name}” may not be used here: tags are locked from above."


def _set(
    changes: Asked,
    problems: list[str],
    kind: type[AssignUser] | type[SetSalesCycle],
    column: str,
    refused: dict[str, str],
) -> None:
    """Set a column of contacts, a statement for each value; of two changes to one contact the later counts."""
    wanted: dict[int, int | None] = {}
    for at, (contact_id, change) in enumerate(changes):
        if problems[at] or not isinstance(change, kind):
            continue
        value = change.user if isinstance(change, AssignUser) else change.sales_cycle
        if value is not None and value in refused:
            problems[at] = refused[value]
            continue
        wanted[contact_id] = None if value is None else int(value)
    by_value: dict[int | None, list[int]] = {}
    for contact_id, number in wanted.items():
        by_value.setdefault(number, []).append(contact_id)
    for number, ids in by_value.items():
        update = {column: number, "version": F("version") + 1, "updated_at": clock.now()}
        Contact.objects.filter(pk__in=ids).update(**update)
        if number is not None:
            list_changes.decided(ids, column)


def _user_problems(account: Account | int, changes: Asked) -> dict[str, str]:
    """User id → why nobody can be assigned to them."""
    asked = {change.user for _, change in changes if isinstance(change, AssignUser) and change.user is not None}
    if not asked:
        return {}
    numbers = [number for user in asked if (number := id_in(user))]
    found = {str(user.pk): user for user in users.users_of(account, archived=None).filter(pk__in=numbers)}
    problems = {}
    for user_id in asked:
        user = found.get(user_id)
        if user is None:
            problems[user_id] = "The user to assign is not a user of this account."
        elif user.state == User.State.ARCHIVED:
            problems[user_id] = f"{user.label} is archived and cannot be assigned. Choose another user in the plan."
    return problems


def _cycle_problems(in_force: lists.Lists, changes: Asked) -> dict[str, str]:
    asked = {change.sales_cycle for _, change in changes if isinstance(change, SetSalesCycle)}
    there = {str(choice.id) for choice in in_force.cycles.values()}
    return dict.fromkeys(asked - there, _no_stage(in_force))


def _no_stage(in_force: lists.Lists) -> str:
    lock = in_force.locked("sales_cycle")
    if lock is None:
        return "This stage of the sales cycle was deleted. Choose another one in the plan."
    above = lock.account_name or "An account above"
    return f"{above} keeps the sales cycle, and this stage is not in it. Choose one of its stages in the plan."


def _audit(account_id: int, changes: Asked, problems: list[str], by: Actor) -> None:
    made = [
        (contact_id, change) for (contact_id, change), problem in zip(changes, problems, strict=True) if not problem
    ]
    if made:
        counts = Counter[str](change.kind for _, change in made)
        ids = sorted({contact_id for contact_id, _ in made})
        record("applied", "contact", "", by=by, account_id=account_id, data={**counts, "ids": ids[:100]})
