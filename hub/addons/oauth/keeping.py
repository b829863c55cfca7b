"""The SQL side of renewing a sign-in: :class:`hub.dispatch.renewal.Keeper` on a row that is locked for each turn.

On PostgreSQL the lock is the row's; SQLite has one writer at a time. Nothing is held while the vendor is asked: what keeps others
out meanwhile is the written word *renewing*, which has an end. A renewal whose worker died is found by :func:`sweep`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

from django.db import close_old_connections, transaction
from django.db import connections as databases

from hub.addons import connections, installed
from hub.addons.health import set_health
from hub.addons.models import Connection, Manifest, OAuthGrant
from hub.addons.oauth import hosted, telling
from hub.audit.actor import SYSTEM
from hub.core.addon import AddOnInfo
from hub.db import clock
from hub.dispatch import grant_moves
from hub.dispatch.gate import Gate
from hub.dispatch.grant_moves import WORKS, Grant, Held, Over, State, Turn
from hub.dispatch.grants import Client, NoToken, Tokens
from hub.dispatch.renewal import SignIn

T = TypeVar("T")

THREADS = 4
"""Renewals that are read and written side by side in one process. They are rare, and short."""


class SqlKeeper:
    """Keeps the tokens of one connection.

    Args:
        title: the vendor's name, for sentences.
    """

    def __init__(self, connection_id: int, title: str) -> None:
        self._connection_id, self._title = connection_id, title

    def load(self) -> Held | Over:
        """The tokens as they are now."""
        row = OAuthGrant.objects.filter(connection_id=self._connection_id).first()
        return grant_moves.held(read(row), self._title) if row else Over(grant_moves.signed_out(self._title))

    def begin(self, seen: int) -> Turn:
        """Take the turn, if it is free."""
        return self._move(lambda grant: grant_moves.begin(grant, seen, clock.now(), self._title))

    def keep(self, seen: int, tokens: Tokens, lacking: tuple[str, ...]) -> Held | Over:
        """Commit new tokens."""
        return self._move(lambda grant: grant_moves.keep(grant, seen, tokens, lacking, self._title))

    def fail(self, seen: int, trouble: NoToken) -> Gate:
        """Commit that none came."""
        return self._move(lambda grant: grant_moves.fail(grant, seen, trouble, clock.now(), self._title))

    def _move(self, decide: Callable[[Grant], tuple[T, Grant]]) -> T:
        with transaction.atomic():
            row = locked(self._connection_id)
            before = read(row) if row else Grant(State.OUT, 0, None)
            answer, after = decide(before)
            if row is not None and after != before:
                write(row, after)
                follow(self._connection_id, before, after)
            return answer


def locked(connection_id: int) -> OAuthGrant | None:
    """The row, ours until the transaction ends."""
    return OAuthGrant.objects.select_for_update().filter(connection_id=connection_id).first()


def read(row: OAuthGrant) -> Grant:
    """From the row, its tokens opened: they are redacted from now on."""
    kept = row.tokens.reveal() if row.tokens is not None else None
    tokens = None
    if kept is not None and row.obtained_at is not None:
        tokens = Tokens(
            kept["access"], kept["refresh"], row.obtained_at, row.expires_at, tuple(row.scopes), rotates=row.rotates
        )
    return Grant(State(row.state), row.version, tokens, row.until, row.failures, row.note)


def write(row: OAuthGrant, grant: Grant) -> None:
    """Into the row."""
    tokens = grant.tokens
    row.state, row.version, row.until = str(grant.state), grant.version, grant.until
    row.failures, row.note = grant.failures, grant.note[:1000]
    row.tokens = {"access": tokens.access, "refresh": tokens.refresh} if tokens else None
    row.obtained_at = tokens.obtained_at if tokens else None
    row.expires_at = tokens.expires_at if tokens else None
    row.scopes = list(tokens.scopes) if tokens else []
    row.rotates = tokens.rotates if tokens else True
    row.save()


_HEALTH = {State.CLIENT: Connection.Health.NEEDS_ADMIN}


def follow(connection_id: int, before: Grant, after: Grant) -> None:
    """The connection's health follows, and the people in charge are told when it is their turn."""
    if after.state in WORKS and before.state not in WORKS:
        set_health(connection_id, Connection.Health.UNKNOWN, by=SYSTEM)
    elif after.state not in WORKS and before.state in WORKS:
        health = _HEALTH.get(after.state, Connection.Health.NEEDS_SIGN_IN)
        set_health(connection_id, health, after.note, by=SYSTEM)
        telling.needs_sign_in(connection_id, after.note)
    elif after.failures > before.failures:
        set_health(connection_id, Connection.Health.FAILING, after.note, by=SYSTEM)
    elif before.failures and not after.failures:
        set_health(connection_id, Connection.Health.OK, by=SYSTEM)


# --- for jobs and questions ---------------------------------------------------------------------------------------


def sign_ins(rows: Iterable[Connection]) -> dict[int, SignIn]:
    """For those of these connections at which somebody signed in. One query, and none where no add-on signs in."""
    wanted = {row.pk: row for row in rows if hosted.auth_of(row.addon) is not None}
    if not wanted:
        return {}
    signed = OAuthGrant.objects.filter(connection_id__in=wanted).values_list("connection_id", flat=True)
    return {pk: sign_in(wanted[pk]) for pk in signed}


def sign_in_of(row: Connection) -> SignIn | None:
    """The same for one."""
    return sign_ins([row]).get(row.pk)


def settings_of(row: Connection) -> dict[str, Any]:
    """A connection's settings with everything its form asks for, decrypted: the access token too, or nothing in its place.

    For whoever checks what came in and calls nobody. A call wants :func:`sign_in_of`, for a token ends.
    """
    auth, settings = hosted.auth_of(row.addon), connections.open_settings(row)
    if auth is None or settings.get(auth.field):
        return settings
    grant = OAuthGrant.objects.filter(connection=row).first()
    tokens = read(grant).tokens if grant else None
    return {**settings, auth.field: tokens.access if tokens else ""}


def sign_in(row: Connection) -> SignIn:
    """A connection's sign-in, for one job or question."""
    plugin = installed.plugin(row.addon)
    assert plugin is not None
    info: AddOnInfo = plugin.info

    def client() -> Client:
        return hosted.client_of(info, connections.open_settings(row))

    clock.now()  # read in this thread, where the database may be asked: the loop lives on the last reading
    return SignIn(info, SqlKeeper(row.pk, info.title), executor(), client, clock.now)


class _Alone(ThreadPoolExecutor):
    """Threads that let go of their database connection after each piece of work: there is little of it."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        def work() -> T:
            close_old_connections()
            try:
                return fn(*args, **kwargs)
            finally:
                databases.close_all()

        return super().submit(work)


@cache
def executor() -> ThreadPoolExecutor:
    """This process's threads for it."""
    return _Alone(THREADS, "hub-sign-in")


# --- what nobody comes back for -----------------------------------------------------------------------------------


def sweep() -> int:
    """Renewals whose worker died. Says how many were found."""
    late = OAuthGrant.objects.filter(state=State.RENEWING, until__lte=clock.now())
    titles = _titles()
    return sum(
        _swept(pk, titles.get(addon, addon)) for pk, addon in late.values_list("connection_id", "connection__addon")
    )


def _swept(connection_id: int, title: str) -> int:
    with transaction.atomic():
        row = locked(connection_id)
        before = read(row) if row else None
        after = grant_moves.swept(before, clock.now(), title) if before else None
        if row is None or before is None or after is None or after == before:
            return 0
        write(row, after)
        follow(connection_id, before, after)
        return 1


def _titles() -> Mapping[str, str]:
    return dict(Manifest.objects.values_list("addon", "title"))


def doubt_all() -> int:
    """A backup was restored: the vendors may have given newer tokens since, and ours may be used up. A person finds out.

    Call it inside a transaction. Says how many sign-ins are in doubt now.
    """
    titles = _titles()
    rows = OAuthGrant.objects.select_for_update().select_related("connection").filter(state__in=WORKS, rotates=True)
    return sum(_doubted(row, titles.get(row.connection.addon, row.connection.addon)) for row in rows)


def _doubted(row: OAuthGrant, title: str) -> int:
    before = read(row)
    if before.tokens is None:
        return 0
    after = replace(before, state=State.UNSURE, until=None, note=grant_moves.restored(title))
    write(row, after)
    follow(row.connection_id, before, after)
    return 1
