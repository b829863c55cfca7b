"""The one doorway: is this add-on active in this account, and if not, why not?

Pages, workers, imports and the API all ask here and nowhere else. The answer is made from four facts, asked in this order: the
plugin is loaded; an operator has made it available here or above; the account has switched it on with complete settings (its
own, or those it may borrow from above); the vendor accepts the credential. Fifty runs cost two queries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database

from hub.accounts.models import Account, Switch
from hub.addons import wording
from hub.addons.models import Availability, Connection
from hub.addons.oauth.reads import know_tokens
from hub.addons.wording import Reason
from hub.db import dialect
from hub.db.scoping import id_of
from hub.db.sealing import SealError
from hub.dispatch.gate import Hold

Asked = tuple[int, str]
"""An account's id and an add-on's name."""


HOLDS: dict[Reason, Hold] = {
    Reason.PLUGIN_MISSING: Hold.UNCLAIMED,
    Reason.NOT_AVAILABLE: Hold.ADDON_UNAVAILABLE,
    Reason.OFF: Hold.ADDON_OFF,
    Reason.PARENT_KEEPS_IT: Hold.ADDON_OFF,
    Reason.INCOMPLETE: Hold.SETTINGS,
    Reason.NEEDS_ADMIN: Hold.CONNECTION,
    Reason.NEEDS_SIGN_IN: Hold.CONNECTION,
}
"""In the engine's words."""


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """The doorway's answer.

    Attributes:
        active: a step of this add-on may run here now.
        reason: why not, as a stable word.
        detail: more about the reason where there is more: why the plugin does not load, what the vendor said.
        title: the add-on's, for sentences.
        connection_id: whose settings and credential to use: the account's own, or the one it borrows. None for an add-on
            that is always on.
        lender_id: the account that lends the connection, when it is borrowed.
        health, blocked_until, version: of that connection. ``blocked_until`` is the vendor's own wish to be left
            alone for a while; it does not make the add-on inactive.
        account_paused: the account's switch stands on paused. Apart from ``active``, for it is not the add-on's doing.
        words: what to say instead of the usual sentence, where a room above knows more: which mailbox, and whose.
    """

    account_id: int
    addon: str
    active: bool
    reason: Reason
    detail: str = ""
    title: str = ""
    connection_id: int | None = None
    lender_id: int | None = None
    health: str = ""
    blocked_until: datetime | None = None
    version: int = 0
    account_paused: bool = False
    words: str = ""

    @property
    def sentence(self) -> str:
        """What happened, who acts, what next."""
        return self.words or wording.sentence(self.reason, self.title or self.addon)

    @property
    def sentence_here(self) -> str:
        """The same, on the add-on's own page and to somebody who may change it there."""
        return wording.sentence_here(self.reason, self.title or self.addon, borrowed=self.lender_id is not None)

    @property
    def whose_turn(self) -> str:
        """``operator``, ``admin`` or nobody."""
        return wording.whose_turn(self.reason)

    @property
    def hold(self) -> Hold | None:
        """What a step waits for while the add-on is not active; None while it is."""
        return HOLDS.get(self.reason)


def state_of(account: Any, addon: str) -> ConnectionState:
    """Is this add-on active in this account (a row or an id), and if not, why not?"""
    asked = (id_of(account), addon)
    return states_for([asked])[asked]


def states_for(asked: Iterable[Asked]) -> dict[Asked, ConnectionState]:
    """The same for many at once, in two queries; a third when somebody borrows."""
    pairs = set(asked)
    if not pairs:
        return {}
    facts = {(row.account_id, row.addon): row for row in _facts({a for a, _ in pairs}, {n for _, n in pairs})}
    wanted = {pair: facts[pair] for pair in pairs if pair in facts}
    available = _available(wanted.values())
    lenders = _lenders(wanted.values())
    return {pair: _state(pair, wanted.get(pair), available, lenders) for pair in pairs}


def states_of(connection_ids: Iterable[int]) -> dict[int, ConnectionState]:
    """The same for connections that are known, those of persons among them: connection → state, in as many queries. Each is
    asked for the account it belongs to."""
    ids = set(connection_ids)
    facts = _facts_of(ids) if ids else []
    available = _available(facts)
    lenders = _lenders(facts)
    states = {row.connection_id: _state((row.account_id, row.addon), row, available, lenders) for row in facts}
    return {id_: state for id_, state in states.items() if id_ is not None}


def open_settings(connection: Connection) -> dict[str, Any]:
    """The settings with their secrets decrypted, for one call. Everything decrypted is redacted from now on."""
    sealed = connection.secrets
    return {**connection.settings, **(sealed.reveal() if sealed is not None else {})}


def known_settings(connection: Connection) -> dict[str, Any]:
    """The same for a form: without the secrets where the key that sealed them is lost, so that they can be entered anew."""
    return dict(connection.settings) if is_sealed_away(connection) else open_settings(connection)


def is_sealed_away(connection: Connection) -> bool:
    """Whether its secrets cannot be opened with the keys of this installation."""
    try:
        open_settings(connection)
    except SealError:
        return True
    return False


def know_secrets(account: Account | int, addon: str) -> None:
    """Make this process know the secrets of the connection that this account's steps use, so that they are taken out of what it
    is about to show. A process that never called the vendor has never opened them.

    Raises:
        SealError: they cannot be opened with the keys of this installation.
    """
    state = state_of(account, addon)
    for connection in by_id([state.connection_id] if state.connection_id else []).values():
        open_settings(connection)
        know_tokens(connection.pk)


def available_here(account: Account, addons: Iterable[str]) -> set[str]:
    """Which of these add-ons an operator has made available to this account or to one above it."""
    line = [*account.ancestor_ids, account.pk]
    rows = Availability.objects.filter(account_id__in=line, addon__in=list(addons))
    return set(rows.values_list("addon", flat=True))


def by_id(ids: Iterable[int]) -> dict[int, Connection]:
    """The connections with these ids, in one query. For callers that have a state's ``connection_id`` in hand."""
    return Connection.objects.in_bulk(set(ids))


# --- how the answer is made --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """One row of the first query: an account, an add-on, and the account's own connection if there is one."""

    account_id: int
    path: str
    switch: str | None
    addon: str
    title: str
    loaded: bool
    why_not_loaded: str
    always_on: bool
    connection_id: int | None
    enabled: bool | None
    borrows: bool | None
    complete: bool | None
    version: int | None
    health: str | None
    health_note: str | None
    blocked_until: Any

    @property
    def line(self) -> list[int]:
        """The account and those above it, nearest first."""
        return [int(part) for part in self.path.split("/") if part][::-1]


_COLUMNS = """
SELECT a.id, a.path, s.status, m.addon, m.title, m.loaded, m.reason, m.always_on,
       c.id, c.enabled, c.borrows, c.complete, c.version, c.health, c.health_note, c.blocked_until
"""

_QUERY = f"""{_COLUMNS}
  FROM accounts_account a
 CROSS JOIN addons_manifest m
  LEFT JOIN accounts_switch s ON s.account_id = a.id
  LEFT JOIN addons_connection c ON c.account_id = a.id AND c.addon = m.addon AND c.user_id IS NULL
 WHERE {{accounts}} AND {{addons}}
"""

_QUERY_OF = f"""{_COLUMNS}
  FROM addons_connection c
  JOIN accounts_account a ON a.id = c.account_id
  JOIN addons_manifest m ON m.addon = c.addon
  LEFT JOIN accounts_switch s ON s.account_id = a.id
 WHERE {{connections}}
"""


def _facts(accounts: set[int], addons: set[str]) -> list[_Facts]:
    sql = _QUERY.format(accounts=dialect.any_of("a.id", "int"), addons=dialect.any_of("m.addon"))
    with database.cursor() as cursor:
        cursor.execute(sql, [dialect.array(accounts), dialect.array(addons)])
        return [_Facts(*row) for row in cursor.fetchall()]


def _facts_of(connection_ids: set[int]) -> list[_Facts]:
    with database.cursor() as cursor:
        cursor.execute(_QUERY_OF.format(connections=dialect.any_of("c.id", "int")), [dialect.array(connection_ids)])
        return [_Facts(*row) for row in cursor.fetchall()]


def _available(facts: Iterable[_Facts]) -> set[Asked]:
    """Which account has been given which add-on, by itself or by an account above."""
    facts = [row for row in facts if not row.always_on]
    if not facts:
        return set()
    ids = {ancestor for row in facts for ancestor in row.line}
    conditions = dialect.any_of("a.addon"), dialect.any_of("a.account_id", "int")
    asked = "SELECT a.account_id, a.addon FROM addons_availability a WHERE " + " AND ".join(conditions)
    with database.cursor() as cursor:
        cursor.execute(asked, [dialect.array({row.addon for row in facts}), dialect.array(ids)])
        given = set(cursor.fetchall())
    return {
        (row.account_id, row.addon) for row in facts if any((ancestor, row.addon) in given for ancestor in row.line)
    }


def _lenders(facts: Iterable[_Facts]) -> dict[Asked, Connection]:
    """For each borrower the nearest connection above it that is not itself borrowed."""
    borrowers = [row for row in facts if row.borrows]
    if not borrowers:
        return {}
    ids = {ancestor for row in borrowers for ancestor in row.line[1:]}
    rows = Connection.objects.filter(
        addon__in={row.addon for row in borrowers}, account_id__in=ids, user=None, borrows=False
    )
    owned = {(row.account_id, row.addon): row for row in rows.defer("secrets", "settings")}
    found: dict[Asked, Connection] = {}
    for row in borrowers:
        above = (owned.get((ancestor, row.addon)) for ancestor in row.line[1:])
        nearest = next((lender for lender in above if lender is not None), None)
        if nearest is not None:
            found[row.account_id, row.addon] = nearest
    return found


def _state(
    asked: Asked, row: _Facts | None, available: set[Asked], lenders: dict[Asked, Connection]
) -> ConnectionState:
    if row is None:
        return ConnectionState(*asked, active=False, reason=Reason.PLUGIN_MISSING, title=asked[1])
    used = _used(row, lenders.get(asked))
    reason = _reason(row, asked in available, used)
    detail = row.why_not_loaded if reason is Reason.PLUGIN_MISSING else used.note
    return ConnectionState(
        *asked, active=not reason, reason=reason, detail=detail if reason else "", title=row.title,
        connection_id=used.id, lender_id=used.lender_id, health=used.health, blocked_until=used.blocked_until,
        version=used.version, account_paused=row.switch == Switch.Status.PAUSED,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Used:
    """The connection that would be used: the account's own, or a lender's."""

    id: int | None
    complete: bool
    health: str
    note: str
    version: int
    lender_id: int | None = None
    lent: bool = True
    blocked_until: datetime | None = None


def _used(row: _Facts, lender: Connection | None) -> _Used:
    if not row.borrows:
        return _Used(
            row.connection_id, bool(row.complete), row.health or "", row.health_note or "", row.version or 0,
            blocked_until=dialect.read_time(row.blocked_until),
        )  # fmt: skip
    if lender is None or not (lender.shared and lender.enabled):
        return _Used(None, False, "", "", 0, lent=False)
    return _Used(
        lender.pk, lender.complete, lender.health, lender.health_note, lender.version, lender_id=lender.account_id,
        blocked_until=lender.blocked_until,
    )  # fmt: skip


_REFUSED = {
    Connection.Health.NEEDS_ADMIN: Reason.NEEDS_ADMIN,
    Connection.Health.NEEDS_SIGN_IN: Reason.NEEDS_SIGN_IN,
}


def _reason(row: _Facts, available: bool, used: _Used) -> Reason:
    if not row.loaded:
        return Reason.PLUGIN_MISSING
    if row.always_on:
        return Reason.NONE
    if not available:
        return Reason.NOT_AVAILABLE
    if not row.enabled:
        return Reason.OFF
    if not used.lent:
        return Reason.PARENT_KEEPS_IT
    if not used.complete:
        return Reason.INCOMPLETE
    return _REFUSED.get(Connection.Health(used.health), Reason.NONE) if used.health else Reason.NONE
