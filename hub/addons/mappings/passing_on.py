"""Passing an account's mappings on to those beneath, as a whole or not at all; and taking that back as a whole.

Only rows of mappings are read and written, never a connection: a key stays where it was typed. Who may do it where is the edge's
question; it comes in as a function that says why not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import connections
from hub.addons.connections import ConnectionState
from hub.addons.mappings import changes, cloning, ours, reads, rules
from hub.addons.mappings.cloning import Beneath, Choice, Preview, Shelves, Skip, Step
from hub.addons.mappings.models import AccountMappings, MappingClone, MappingRow
from hub.addons.mappings.rules import Line
from hub.addons.wording import Reason
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core.manifest import Manifest
from hub.db import clock
from hub.db.errors import Conflict, NotFound, Problem

MOST_ACCOUNTS = 200
"""Accounts at a time. All are written in one transaction, and each is looked at with some queries of its own."""

Refuses = Callable[[Account], str]
"""Why the person who asks may not change mappings in this account; empty: they may."""


# --- what it would do ---------------------------------------------------------------------------------------------


def preview(account: Account, manifest: Manifest, beneath: Iterable[Account], refuses: Refuses) -> Preview:
    """What would become of each row in each of these accounts.

    Raises:
        Problem: there are more accounts than can be written at once.
    """
    rows = list(beneath)
    if len(rows) > MOST_ACCOUNTS:
        raise Problem(
            _("There are more than %(n)d accounts.") % {"n": MOST_ACCOUNTS},
            next=_("Pass the mappings on to the accounts directly beneath, and go on from each of those."),
        )
    lines = reads.lines(account, manifest.name)
    mine = ours.of(account, {line.right for line in lines})
    there = reads.lines_of([row.pk for row in rows], manifest.name)
    states = connections.states_for((row.pk, manifest.name) for row in rows)
    skipping = reads.skipping([account.pk, *(row.pk for row in rows)], manifest.name)
    skips = {row.pk: cloning.skip(account.pk in skipping, row.pk in skipping, bool(there[row.pk])) for row in rows}
    return Preview(
        tuple(
            _beneath(row, manifest, lines, mine, there[row.pk], states[row.pk, manifest.name], skips[row.pk], refuses)
            for row in rows
        )
    )


def _beneath(
    row: Account, manifest: Manifest, lines: list[Line], mine: Shelves, there: list[Line],
    state: ConnectionState, skip: Skip, refuses: Refuses,
) -> Beneath:  # fmt: skip
    refused = refuses(row) or (state.sentence if state.reason is Reason.NOT_AVAILABLE else "")
    if refused:
        return Beneath(row.pk, row.name, refused=refused)
    theirs = ours.of(row, {line.right for line in lines})
    fates = cloning.steps(lines, mine, there, theirs, lambda line: rules.several(manifest, line))
    return Beneath(row.pk, row.name, fates, note="" if state.active else state.sentence, skip=skip)


# --- doing it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """What was written in one account.

    Attributes:
        made: ids of new rows.
        replaced: id of a new row → the one that stood there.
        skip: what was written of whether unmapped records are left out; None: nothing.
    """

    account_id: int
    name: str
    made: tuple[int, ...]
    replaced: dict[int, Line]
    skip: bool | None = None


def pass_on(
    account: Account,
    manifest: Manifest,
    beneath: Iterable[Account],
    refuses: Refuses,
    *,
    choices: Mapping[int, Choice],
    seen: str,
    by: Actor,
) -> MappingClone | None:
    """Write it everywhere. None: there was nothing to write.

    Args:
        choices: account → what happens in its conflicts; who is not named keeps their own.
        seen: the digest of the preview that was shown.

    Raises:
        Conflict: something has changed since, so that another preview must be looked at.
    """
    rows = {row.pk: row for row in beneath}
    _hold([account, *rows.values()], manifest.name)
    found = preview(account, manifest, rows.values(), refuses)
    if found.digest != seen:
        raise Conflict(
            _("Something has changed in these accounts since you looked, so nothing was done."),
            next=_("Look at what would happen now, then pass the mappings on."),
        )
    done = []
    for one in found.beneath:
        choice = choices.get(one.account_id, "keep")
        todo, skip = one.todo(choice), one.skip_todo(choice)
        if todo or skip is not None:
            done.append(_write(account, rows[one.account_id], manifest.name, todo, skip, by))
    return _remember(account, manifest.name, done, by) if done else None


def _hold(accounts: Iterable[Account], addon: str) -> dict[int, AccountMappings]:
    """Nobody else changes these sheets before the end. Always in the same order: two who pass on must not wait for each other."""
    return {row.pk: changes.locked(row, addon) for row in sorted(accounts, key=lambda row: row.pk)}


def _write(source: Account, row: Account, addon: str, todo: list[Step], skip: bool | None, by: Actor) -> Done:
    sheet = AccountMappings.objects.get(account=row, addon=addon)
    made: list[int] = []
    replaced: dict[int, Line] = {}
    for step in todo:
        assert step.wanted is not None
        if step.there is not None:
            MappingRow.objects.filter(pk=step.there.id).delete()
        new = changes.write(sheet, step.wanted, step.wanted.name, by=by)
        made.append(new.pk)
        if step.there is not None:
            replaced[new.pk] = step.there
    told = {"from": source.name, "added": len(made) - len(replaced), "replaced": len(replaced), "rows": _told(todo)}
    record("mappings_taken_over", "addon", addon, by=by, account_id=row.pk, data=told)
    if skip is not None:
        changes.set_skip(row, addon, skip, by=by)
    return Done(row.pk, row.name, tuple(made), replaced, skip)


def _told(todo: Iterable[Step]) -> list[str]:
    lines = [step.wanted for step in todo if step.wanted]
    return [f"{line.label or line.choice}: {line.name}" for line in lines][:50]


def _remember(account: Account, addon: str, done: list[Done], by: Actor) -> MappingClone:
    names = {"accounts": [one.name for one in done]}
    record("mappings_passed_on", "addon", addon, by=by, account_id=account.pk, data=names)
    stored = [asdict(one) for one in done]
    return MappingClone.objects.create(account=account, addon=addon, by=by.label[:200], at=clock.now(), done=stored)


# --- taking it back -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Undoing:
    """What taking back does in one account: rows that go, what comes back in their place, how many somebody changed since.

    ``skip`` is what its choice to leave out unmapped records becomes again; None: that stays as it is.
    """

    account_id: int
    name: str
    goes: tuple[Line, ...]
    restored: tuple[Line, ...]
    stays: int
    skip: bool | None = None


def undoing(clone: MappingClone) -> list[Undoing]:
    """What taking it back would do."""
    ids = [pk for one in clone.done for pk in one["made"]]
    rows = MappingRow.objects.filter(pk__in=ids, of__addon=clone.addon).order_by("pk")
    found = {row.pk: row for row in rows}
    skipping = reads.skipping([one["account_id"] for one in clone.done], clone.addon)
    return [_undoing(one, found, one["account_id"] in skipping) for one in clone.done]


def _undoing(one: dict[str, Any], found: Mapping[int, MappingRow], skips: bool) -> Undoing:
    here = [found[pk] for pk in one["made"] if pk in found]
    lines = tuple(Line(row.mapping, row.choice, row.right, row.key, row.label, row.name, row.pk) for row in here)
    before = {int(pk): Line(**line) for pk, line in one["replaced"].items()}
    restored = tuple(before[line.id] for line in lines if line.id in before)
    skip = not skips if one.get("skip") is skips else None  # whoever changed it since has put it back already
    return Undoing(one["account_id"], one["name"], lines, restored, len(one["made"]) - len(lines), skip)


def last(account: Account, addon: str, clone_id: int) -> MappingClone:
    """The last passing on, if it is this one; ``NotFound`` if not, or if it has been taken back."""
    clone = reads.last_clone(account, addon)
    if clone is None or clone.pk != clone_id:
        raise NotFound(_("There is nothing here to take back."))
    return clone


def undo(account: Account, addon: str, clone_id: int, refuses: Refuses, *, by: Actor) -> list[Undoing]:
    """Take the last passing on back: what it made goes, what it replaced comes back, and what was changed since stays.

    Raises:
        NotFound: it is not the last, or has been taken back.
        Problem: the person may not change mappings in one of the accounts.
    """
    rows = Account.objects.in_bulk([one["account_id"] for one in last(account, addon, clone_id).done])
    sheets = _hold([account, *rows.values()], addon)
    clone = last(account, addon, clone_id)  # once more, now that nobody else can take it back
    if why := next((f"{row.name}: {said}" for row in rows.values() if (said := refuses(row))), ""):
        raise Problem(_("This cannot be taken back as a whole, so nothing was done."), why)
    done = undoing(clone)
    for one in done:
        if one.goes:
            _take_back(sheets[one.account_id], one, account, by)
        if one.skip is not None:
            changes.set_skip(rows[one.account_id], addon, one.skip, by=by)
    MappingClone.objects.filter(pk=clone.pk).update(undone_at=clock.now(), undone_by=by.label[:200])
    told = {"accounts": [one.name for one in done], "stayed": sum(one.stays for one in done)}
    record("mappings_taken_back", "addon", addon, by=by, account_id=account.pk, data=told)
    return done


def _take_back(sheet: AccountMappings, one: Undoing, source: Account, by: Actor) -> None:
    MappingRow.objects.filter(pk__in=[line.id for line in one.goes]).delete()
    standing = {line.identity for line in reads.lines(sheet.account_id, sheet.addon)}
    for line in one.restored:
        if line.identity not in standing:
            changes.write(sheet, line, line.name, by=by)
    told = {"from": source.name, "removed": len(one.goes), "restored": len(one.restored), "stayed": one.stays}
    record("mappings_given_back", "addon", sheet.addon, by=by, account_id=sheet.account_id, data=told)
