"""Is a setting locked from above? Pure: the locks of the ancestors come in as values.

How far a lock reaches is data: a locked sales cycle binds the accounts directly beneath (R052–R054), the others bind
everything beneath. A lock never binds the account that set it, nor its siblings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Reach = Literal["children", "subtree"]


@dataclass(frozen=True)
class Subject:
    """Something an account can keep the same for the accounts beneath it."""

    name: str
    label: str
    reach: Reach
    reminder: str
    """What local people lose, shown before the lock is set."""


SUBJECTS: dict[str, Subject] = {
    subject.name: subject
    for subject in (
        Subject("sales_cycle", "Sales cycle", "children", "Accounts directly beneath cannot change their sales cycle."),
        Subject("lead_sources", "Lead sources", "subtree", "Accounts beneath cannot add, rename or hide lead sources."),
        Subject("contact_deletion", "Contact deletion", "subtree", "Nobody beneath can delete contacts."),
        Subject("brand", "Brand", "subtree", "Accounts beneath cannot change logo and colours."),
        Subject("proposal_template", "Proposal template", "subtree", "Accounts beneath use your proposal template."),
        Subject("tags", "Tags", "subtree", "Accounts beneath cannot add or rename tags."),
        Subject("custom_fields", "Custom fields", "subtree", "Accounts beneath cannot change custom fields."),
        Subject("action_plans", "Action plans", "subtree", "Accounts beneath cannot change action plans."),
    )
}


@dataclass(frozen=True)
class LockFact:
    """A lock as the checks see it."""

    account_id: int
    subject: str
    reach: Reach
    account_name: str = ""


def locked_by(subject: str, locks: Iterable[LockFact], ancestors: Sequence[int]) -> LockFact | None:
    """The lock that binds an account with these ancestors (root first), or None. The one nearest the root speaks."""
    binding = [lock for lock in locks if lock.subject == subject and binds(lock, ancestors)]
    return min(binding, key=lambda lock: ancestors.index(lock.account_id), default=None)


def binds(lock: LockFact, ancestors: Sequence[int]) -> bool:
    """Whether a lock's reach includes an account with these ancestors."""
    if lock.reach == "children":
        return bool(ancestors) and ancestors[-1] == lock.account_id
    return lock.account_id in ancestors
