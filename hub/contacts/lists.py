"""The lists in force for an account: lead sources, sales cycle, tags, custom fields, and which of them are locked from above.

Where an account above has locked a list, its list counts. Lead sources of the account's own that were there before stay
usable and are marked (R049); a locked sales cycle replaces the local one (R052).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hub.accounts import reads as accounts
from hub.accounts.locks import LockFact, locked_by
from hub.accounts.models import Account
from hub.accounts.place import Place
from hub.contacts.models import CustomField, LeadSource, SalesCycle, Tag
from hub.db.errors import Refused

SUBJECTS = ("lead_sources", "sales_cycle", "contact_deletion", "tags", "custom_fields")


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a list. ``local``: the account's own, while the list is locked from above."""

    id: int
    name: str
    key: str
    hidden: bool = False
    local: bool = False


@dataclass(frozen=True)
class Lists:
    """What an account's contacts may be described with."""

    account_id: int
    region: str
    sources: dict[str, Choice]
    """Folded name → lead source; hidden ones included, for what comes in may still name them."""
    cycles: dict[str, Choice]
    """Folded name → stage, in order."""
    locks: dict[str, LockFact | None] = field(default_factory=dict)
    tags_above: frozenset[str] = frozenset()
    """Folded names of tags that may be used while tags are locked."""

    def locked(self, subject: str) -> LockFact | None:
        """The lock that binds this account, or None."""
        return self.locks.get(subject)

    def refuse_if_locked(self, subject: str, what: str) -> None:
        """Raise ``Refused`` with ``what`` and who can change it, if an account above holds the list."""
        if lock := self.locked(subject):
            above = lock.account_name or "An account above"
            raise Refused(f"{what} {above} has locked this.", f"An admin of {above} can change it.", reason="locked")


def of(account: Account | int) -> Lists:
    """Everything in force for an account, in a handful of small queries."""
    row = accounts.get(account) if isinstance(account, int) else account
    place = accounts.place(row)
    locks = {subject: locked_by(subject, place.locks, place.ancestors) for subject in SUBJECTS}
    return Lists(
        account_id=row.pk,
        region=row.country or "US",
        sources=_sources(place, locks["lead_sources"]),
        cycles=_cycles(place, locks["sales_cycle"]),
        locks=locks,
        tags_above=_tags_above(locks["tags"]),
    )


def lead_sources(account: Account | int, hidden: bool = False) -> list[Choice]:
    """The lead sources to choose from, by name; the hidden ones only when asked for."""
    found = of(account).sources.values()
    return sorted((choice for choice in found if hidden or not choice.hidden), key=lambda choice: choice.key)


def sales_cycles(account: Account | int) -> list[Choice]:
    """The stages to choose from, in order."""
    return list(of(account).cycles.values())


def tags(account: Account | int) -> list[Choice]:
    """The account's tags by name."""
    account_id = account if isinstance(account, int) else account.pk
    return [
        Choice(*row)
        for row in Tag.objects.filter(account_id=account_id).order_by("key").values_list("id", "name", "key")
    ]


def own_beneath(account: Account, subject: str) -> int:
    """How many entries of a list the accounts beneath have of their own."""
    kept: dict[str, Any] = {
        "lead_sources": LeadSource,
        "sales_cycle": SalesCycle,
        "tags": Tag,
        "custom_fields": CustomField,
    }
    if subject not in kept:
        return 0
    beneath = accounts.subtree(account).exclude(pk=account.pk).order_by()
    return int(kept[subject].objects.filter(account_id__in=beneath.values("pk")).count())


def custom_labels(account: Account | int) -> list[str]:
    """The labels of the account's custom fields, for forms and tokens."""
    account_id = account if isinstance(account, int) else account.pk
    return list(CustomField.objects.filter(account_id=account_id).order_by("key").values_list("label", flat=True))


def _sources(place: Place, lock: LockFact | None) -> dict[str, Choice]:
    holders = {place.id or 0, lock.account_id if lock else 0}
    rows: Any = LeadSource.objects.filter(account_id__in=holders).values_list(
        "id", "name", "key", "hidden", "account_id"
    )
    # The holder's entry wins over a local one of the same name.
    ordered = sorted(rows, key=lambda row: row[4] != place.id)
    return {
        key: Choice(id_, name, key, hidden, local=lock is not None and holder == place.id)
        for id_, name, key, hidden, holder in ordered
    }


def _cycles(place: Place, lock: LockFact | None) -> dict[str, Choice]:
    holder = lock.account_id if lock else place.id or 0
    rows = SalesCycle.objects.filter(account_id=holder).order_by("position", "id")
    return {key: Choice(id, name, key) for id, name, key in rows.values_list("id", "name", "key")}


def _tags_above(lock: LockFact | None) -> frozenset[str]:
    if lock is None:
        return frozenset()
    return frozenset(Tag.objects.filter(account_id=lock.account_id).values_list("key", flat=True))
