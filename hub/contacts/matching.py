"""Is this somebody we know? By external id, then by e-mail, then by phone (R074).

The decision is pure and works on an ``Index`` of people who might be meant, filled for a whole batch in a few queries and
added to as the batch makes new contacts, so that a person who stands in one file twice becomes one contact.

Two people must not become one, so a sign that they differ beats a sign that they agree: another external id of the same
source, or another e-mail address. A cell phone is a person's; a home or work number is a household's or a firm's, and counts
only together with the same name. Somebody of whom nothing but a name came is recognised only when all that came is there
already, so that the same file makes nobody twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from hub.contacts import normalising
from hub.contacts.cleaning import PHONES, Ready
from hub.contacts.models import Contact, ExternalId
from hub.db import dialect


@dataclass(slots=True, eq=False)
class Known:
    """A contact that might be meant: a row of the database, or one that this batch is about to make."""

    row: Contact
    external_id: str = ""
    """Its id in the source that is being taken in."""
    fresh: bool = False

    @property
    def archived(self) -> bool:
        return self.row.archived_at is not None


@dataclass(slots=True)
class Index:
    """People who might be meant, by what they are found by."""

    by_external: dict[str, Known] = field(default_factory=dict)
    by_email: defaultdict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    by_phone: defaultdict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    by_name: defaultdict[str, list[Known]] = field(default_factory=lambda: defaultdict(list))
    ids_may_repeat: bool = False
    """Ids come from several systems that each count from 1, as those in files do: then one id proves nothing against a name, an
    address and a number that all are others, and two ids nothing against the same name and address."""

    def add(self, known: Known) -> None:
        """Make somebody findable. The first one added wins where several fit."""
        if known.external_id:
            self.by_external.setdefault(known.external_id, known)
        if known.row.email_key:
            self.by_email[known.row.email_key].append(known)
        self.by_name[known.row.name_key].append(known)
        for number in {getattr(known.row, name) for name in PHONES}:
            if number.startswith("+"):
                self.by_phone[number].append(known)

    def find(self, ready: Ready) -> Known | None:
        """The contact that is meant, or None. Pure."""
        same_id = self.by_external.get(ready.external_id) if ready.external_id else None
        if same_id is not None and not (self.ids_may_repeat and _is_another(ready, same_id)):
            return same_id
        for known in self.by_email.get(ready.email_key, ()) if ready.email_key else ():
            if not self._differs_by_id(ready, known):
                return known
        for name, number in ready.phones.items():
            for known in self.by_phone.get(number, ()):
                if not self._differs_by_id(ready, known) and _same_by_phone(ready, known, name, number):
                    return known
        for known in self.by_name.get(_name(ready), ()) if _is_keyless(ready) else ():
            if all(getattr(known.row, name) == value for name, value in ready.columns.items()):
                return known
        return None

    def _differs_by_id(self, ready: Ready, known: Known) -> bool:
        if not _other_external_id(ready, known):
            return False
        return not (self.ids_may_repeat and _name(ready) == known.row.name_key)


def load(account_id: int, batch: Iterable[Ready], source: str, *, hold: bool = False) -> Index:
    """Fill an index with everybody in the account whom this batch might mean; the living before the archived.

    Args:
        hold: nobody else changes them before the transaction ends. Whoever writes them as they were read must, or what a person
            did meanwhile would be overwritten.
    """
    people = list(batch)
    external = _by_external_id(account_id, source, [ready.external_id for ready in people if ready.external_id])
    ids = set(external.values())
    ids |= _by_email(account_id, [ready.email_key for ready in people if ready.email_key])
    ids |= _by_phone(account_id, {number for ready in people for number in ready.phones.values()})
    ids |= _by_name(account_id, [_name(ready) for ready in people if _is_keyless(ready)])
    index = Index()
    if not ids:
        return index
    own_ids = dict(ExternalId.objects.filter(contact_id__in=ids, source=source).values_list("contact_id", "value"))
    found = Contact.objects.filter(pk__in=ids).order_by("pk")  # so that two holders never wait for each other
    found = found.select_for_update(no_key=True) if hold else found
    rows = sorted(found, key=lambda row: (row.archived_at is not None, row.pk))
    by_id = {row.pk: Known(row, own_ids.get(row.pk, "")) for row in rows}
    for known in by_id.values():
        index.add(known)
    # A contact may have several ids in one source, after a merge over there.
    index.by_external |= {value: by_id[contact_id] for value, contact_id in external.items()}
    return index


def _other_external_id(ready: Ready, known: Known) -> bool:
    return bool(ready.external_id and known.external_id and ready.external_id != known.external_id)


def _is_another(ready: Ready, known: Known) -> bool:
    """Whether everything but the id differs: the name, and every way to be reached."""
    row, ours = known.row, {"first_name", "last_name"} & ready.columns.keys()
    if not ours or not (row.first_name or row.last_name):
        return False
    mine, theirs = set(_name(ready).split()), set(row.name_key.split())
    if mine <= theirs or theirs <= mine:
        return False
    reached = {ready.email_key, *ready.phones.values()} - {""}
    there = {row.email_key, *(getattr(row, name) for name in PHONES)} - {""}
    return bool(reached and there and not reached & there)


def _same_by_phone(ready: Ready, known: Known, name: str, number: str) -> bool:
    if ready.email_key and known.row.email_key and ready.email_key != known.row.email_key:
        return False
    if name == "phone_cell" and known.row.phone_cell == number:
        return True
    return _name(ready) == known.row.name_key


def _is_keyless(ready: Ready) -> bool:
    return not (ready.external_id or ready.email_key or ready.phones)


def _name(ready: Ready) -> str:
    columns = (ready.columns.get(name, "") for name in ("first_name", "last_name", "company", "email"))
    return normalising.name_key(*columns)


def _by_external_id(account_id: int, source: str, values: list[str]) -> dict[str, int]:
    if not values:
        return {}
    return dict(_rows(_EXTERNAL.format(any_of=dialect.any_of("value")), [account_id, source, dialect.array(values)]))


# In raw SQL because the partial indexes are used only where their condition stands in the statement as it is, and because a list
# of a thousand values takes Django and PostgreSQL longer to read one by one than it takes to find them.
_EXTERNAL = """
    SELECT value, contact_id FROM contacts_externalid WHERE account_id = %s AND source = %s AND {any_of}
"""
_EMAIL = """
    SELECT id FROM contacts_contact WHERE account_id = %s AND {any_of} AND NOT (email_key = '')
"""
_PHONE = """
    SELECT id FROM contacts_contact WHERE account_id = %s AND {any_of} AND NOT ({column} = '')
"""


def _by_email(account_id: int, keys: list[str]) -> set[int]:
    return _ids(_EMAIL.format(any_of=dialect.any_of("email_key")), [account_id, dialect.array(keys)]) if keys else set()


def _by_phone(account_id: int, numbers: set[str]) -> set[int]:
    if not numbers:
        return set()
    parts = [_PHONE.format(any_of=dialect.any_of(column), column=column) for column in PHONES]
    return _ids(" UNION ALL ".join(parts), [account_id, dialect.array(numbers)] * len(PHONES))


def _by_name(account_id: int, names: list[str]) -> set[int]:
    if not names:
        return set()
    return set(Contact.objects.filter(account_id=account_id, name_key__in=names).values_list("pk", flat=True))


def _ids(statement: str, parameters: list[Any]) -> set[int]:
    return {row[0] for row in _rows(statement, parameters)}


def _rows(statement: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
