"""Every write to one account's mappings. Passing them on to other accounts is :mod:`hub.addons.mappings.passing_on`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons.mappings import ours, reads, rules
from hub.addons.mappings.models import AccountMappings, MappingRow
from hub.addons.mappings.rules import Line
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core.manifest import Manifest
from hub.db import clock
from hub.db.errors import Invalid, NotFound


def add(
    account: Account, manifest: Manifest, mapping: str, choice: str, key: str, *, label: str = "", by: Actor
) -> MappingRow:
    """Map one of the vendor's choices to one of ours.

    Args:
        choice, label: the vendor's id and its name, from the live list or typed in by hand.
        key: our thing's (:mod:`hub.addons.mappings.ours`).

    Raises:
        NotFound: the add-on has no such mapping.
        Invalid: by ``choice`` and ``key``: it is none of ours, or the choice is mapped already.
    """
    table = rules.table_of(manifest, mapping)
    if table is None:
        raise NotFound(_("There is no such mapping."))
    sheet = locked(account, manifest.name)
    lines = reads.lines(account, manifest.name)
    shelf = ours.of(account, [table.right])[table.right]
    said = (label.strip() or choice.strip())[: rules.LONGEST + 1]
    line = Line(mapping, choice.strip(), table.right, key.strip(), said)
    if wrong := rules.refused(line, lines, shelf, several=table.many):
        raise Invalid(wrong)
    _room(lines, 1)
    row = write(sheet, line, shelf.things[line.key].name if line.key in shelf.things else line.key, by=by)
    _audit("mapping_added", row, by)
    return row


def remove(account: Account, addon: str, row_id: int, *, by: Actor) -> MappingRow:
    """Take one row away. What was imported by it stays as it is.

    Raises:
        NotFound: there is no such row here.
    """
    sheet = locked(account, addon)
    row = reads.row(account, addon, row_id)
    row.of = sheet
    MappingRow.objects.filter(pk=row.pk).delete()
    _audit("mapping_removed", row, by)
    return row


def set_defaults(
    account: Account, manifest: Manifest, kind: str, wanted: Mapping[str, Sequence[str]], *, by: Actor
) -> bool:
    """Say where records of a kind go that no row decides. False: it was so already.

    Args:
        wanted: right → keys; a right that is not named stays as it is.

    Raises:
        NotFound: the add-on has no such kind of record.
        Invalid: by right: it is none of the account's, or there may be one only.
    """
    if kind not in rules.kinds_of(manifest):
        raise NotFound(_("There is no such kind of record."))
    sheet = locked(account, manifest.name)
    before = [line for line in reads.lines(account, manifest.name) if line.is_default and line.choice == kind]
    title = _("%(kind)s, by default") % {"kind": rules.kinds_of(manifest)[kind]}
    lines = _defaults(account, Line("", kind, "", "", title), wanted, before)
    gone = [one for one in before if one.right in wanted and one.identity not in {line.identity for line in lines}]
    new = [one for one in lines if one.identity not in {line.identity for line in before}]
    MappingRow.objects.filter(pk__in=[one.id for one in gone]).delete()
    for line in new:
        write(sheet, line, line.name, by=by)
    if gone or new:
        data = {"kind": kind, "removed": [one.name for one in gone], "added": [one.name for one in new]}
        record("mapping_defaults_set", "addon", manifest.name, by=by, account_id=account.pk, data=data)
    return bool(gone or new)


def _defaults(account: Account, blank: Line, wanted: Mapping[str, Sequence[str]], before: list[Line]) -> list[Line]:
    """The wanted rows, checked. One that was there before and has gone since may stay: nobody must tidy up to save the rest."""
    shelves = ours.of(account, wanted)
    lines: list[Line] = []
    wrong: dict[str, str] = {}
    for right, keys in wanted.items():
        asked = [_default(blank, right, key, shelves[right], before) for key in dict.fromkeys(keys) if key]
        refused = [rules.refused(one, [], shelves[right], several=True) for one in asked if not one.id]
        if problem := next((sentence for each in refused for sentence in each.values()), ""):
            wrong[right] = problem
        elif len(asked) > 1 and right not in rules.MANY:
            wrong[right] = _("Choose one only.")
        lines += asked
    if wrong:
        raise Invalid(wrong)
    return lines


def _default(blank: Line, right: str, key: str, shelf: ours.Shelf, before: list[Line]) -> Line:
    """The row that is there already, or a new one."""
    thing = shelf.things.get(key)
    line = replace(blank, right=right, key=key, name=thing.name if thing else key)
    return next((one for one in before if one.identity == line.identity), line)


def set_skip(account: Account, addon: str, skip: bool, *, by: Actor) -> bool:
    """Whether imports leave out records that no row is for. False: it was so already."""
    sheet = locked(account, addon)
    if sheet.skip_unmapped == skip:
        return False
    sheet.skip_unmapped = skip
    sheet.save(update_fields=["skip_unmapped"])
    record("mapping_skip_set", "addon", addon, by=by, account_id=account.pk, data={"skip_unmapped": skip})
    return True


# --- shared with passing_on ---------------------------------------------------------------------------------------


def locked(account: Account, addon: str) -> AccountMappings:
    """The account's sheet, made at the first need, and nobody else changes it before this transaction ends."""
    AccountMappings.objects.get_or_create(account=account, addon=addon)
    return AccountMappings.objects.select_for_update().get(account=account, addon=addon)


def write(sheet: AccountMappings, line: Line, name: str, *, by: Actor) -> MappingRow:
    """A new row; without an audit row of its own."""
    return MappingRow.objects.create(
        of=sheet, mapping=line.mapping, choice=line.choice, label=line.label, right=line.right, key=line.key,
        name=name[:200], by=by.label[:200], at=clock.now(),
    )  # fmt: skip


def _room(lines: Sequence[Any], more: int) -> None:
    if len(lines) + more > rules.MOST_ROWS:
        raise Invalid({"choice": _("There are %(n)d rows already, and no more fit.") % {"n": len(lines)}})


def _audit(verb: str, row: MappingRow, by: Actor) -> None:
    data = {"mapping": row.mapping, "choice": row.label or row.choice, "right": row.right, "name": row.name}
    record(verb, "addon", row.of.addon, by=by, account_id=row.of.account_id, data=data)
