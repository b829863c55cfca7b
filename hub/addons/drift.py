"""What vendors changed: items for a plugin's author, on the add-on's page.

Each item is one difference between live answers and the declaration of one version of a plugin: where, of what kind, how often,
since when. Shapes only; a vendor's values are nowhere here (:mod:`hub.dispatch.drift`). An item goes from an account's page when
somebody there has seen it, and comes again only with a new version that does not declare it either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons.models import Drift, DriftSeen
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock, dialect
from hub.db.errors import NotFound
from hub.dispatch.drift import Kind
from hub.dispatch.drift_watch import Seen
from hub.dispatch.plain import clean

MOST = 200
"""Items of one version of a plugin. Beyond, only known ones are counted."""

PLACES = {Kind.ENDED: "its own process", Kind.HELD: "its event loop"}
"""What stands where the endpoint does, for a process that ended and a loop that was given up."""

ENDS = tuple(PLACES)
"""Kinds that are not about an answer."""

NO_PLACE = "where is not known"
"""For a loop that was held by something other than the plugin's Python."""

MOST_ENDS, LONGEST_END, OTHER_END = 20, 200, "it ended in other ways, too"
"""Different ends of one version, and characters of each: a plugin chooses some of the words."""


def waiting(account: Account, addon: str, version: str) -> Sequence[Drift]:
    """The items of a version that nobody in this account has seen: what may break steps first, then the most recent."""
    rows = Drift.objects.filter(addon=addon, version=version).exclude(seen__account=account)
    return sorted(rows, key=lambda row: (row.kind == Kind.NEW_FIELD, -row.last_seen.timestamp(), row.path))


def ends_since(since: datetime) -> Sequence[Drift]:
    """How plugins' processes and event loops have ended of late, the most recent first. Each way of one plugin is one item."""
    return list(Drift.objects.filter(kind__in=ENDS, last_seen__gte=since).order_by("-last_seen", "pk"))


def add_end(ended: Mapping[str, str], reason: str, now: datetime, kind: Kind = Kind.ENDED) -> None:
    """A plugin's own process has ended, or its loop was given up. Each different way is an item of its own, with its count.

    Args:
        ended: add-on → its version, of those that lived there.
        reason: how it came, or where in its code it stood. A stranger's words may be in it, so it is masked and cut, and the ways
            are counted.
    """
    told, seen = clean(reason, LONGEST_END) or NO_PLACE, {}
    for addon, version in ended.items():
        known = set(Drift.objects.filter(addon=addon, version=version[:60], kind=kind).values_list("path", flat=True))
        way = told if told in known or len(known) < MOST_ENDS else OTHER_END
        seen[Seen(addon, PLACES[kind], str(kind), way, way)] = 1
    add(seen, ended, now)


def sentence(item: Drift) -> str:
    """What differs, for whoever wrote the declaration."""
    where = item.path or _("The whole answer")
    words = {
        Kind.NEW_FIELD: _("%(where)s comes and is not declared."),
        Kind.MISSING: _("%(where)s is declared and does not come."),
        Kind.NULL: _("%(where)s comes as null, which is not declared."),
        Kind.NEW_VALUE: _("%(where)s has a value that is not in the declared list."),
        Kind.TYPE: _("%(where)s is %(detail)s."),
        Kind.UNREADABLE: _("The answer is not JSON."),
        Kind.ENDED: _("The plugin's process ended, and what it had in hand with it: %(detail)s."),
        Kind.HELD: _("The plugin held its event loop for too long, and the hub gave the loop up: %(detail)s."),
    }
    return words[Kind(item.kind)] % {"where": where, "detail": item.detail}


def dismiss(account: Account, addon: str, item_ids: Sequence[int], *, by: Actor) -> None:
    """Somebody in this account has seen them.

    Raises:
        NotFound: one of them is none of this add-on's.
    """
    wanted, now = set(item_ids), clock.now()
    if Drift.objects.filter(addon=addon, pk__in=wanted).count() != len(wanted):
        raise NotFound(_("There is no such item."))
    rows = [DriftSeen(drift_id=pk, account=account, at=now) for pk in sorted(wanted)]
    DriftSeen.objects.bulk_create(rows, ignore_conflicts=True)
    record("drift_seen", "addon", addon, by=by, account_id=account.pk, data={"items": sorted(wanted)})


def add(counts: Mapping[Seen, int], versions: Mapping[str, str], now: datetime) -> None:
    """Count what a process has seen.

    Args:
        versions: add-on → the version that runs.
    """
    with transaction.atomic():
        fresh = _within_bounds([(seen, versions.get(seen.addon, "")[:60], number) for seen, number in counts.items()])
        with connection.cursor() as cursor:
            cursor.executemany(_statement(), [_row(*one, now) for one in fresh])


_ADD = """
INSERT INTO addons_drift (addon, version, endpoint, kind, path, detail, count, first_seen, last_seen)
VALUES (%s, %s, %s, %s, %s, %s, %s, {now}, {now})
    ON CONFLICT (addon, version, endpoint, kind, path)
    DO UPDATE SET count = addons_drift.count + excluded.count, last_seen = excluded.last_seen, detail = excluded.detail
"""


def _statement() -> str:
    return _ADD.format(now=dialect.cast("%s", "time"))


def _row(seen: Seen, version: str, number: int, now: datetime) -> tuple[Any, ...]:
    moment = dialect.value(now)
    return (
        seen.addon,
        version,
        seen.endpoint[:200],
        seen.kind,
        seen.path[:200],
        seen.detail[:200],
        number,
        moment,
        moment,
    )


def _within_bounds(counted: Sequence[tuple[Seen, str, int]]) -> list[tuple[Seen, str, int]]:
    """A vendor that invents a field a day must not fill the table."""
    addons = {seen.addon for seen, _version, _number in counted}
    names = ("addon", "version", "endpoint", "kind", "path")
    known = set(Drift.objects.filter(addon__in=addons).values_list(*names))
    room = {pair: MOST - sum(row[:2] == pair for row in known) for pair in {(seen.addon, v) for seen, v, _ in counted}}
    kept = []
    for seen, version, number in counted:
        if (seen.addon, version, seen.endpoint[:200], seen.kind, seen.path[:200]) not in known:
            room[seen.addon, version] -= 1
            if room[seen.addon, version] < 0:
                continue
        kept.append((seen, version, number))
    return kept
