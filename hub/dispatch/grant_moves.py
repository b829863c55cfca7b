"""The state machine of a sign-in: what a store writes at each turn. Pure; the SQL store and the kit's keep the same.

::

            begin                    keep
    good ───────────▶ renewing ───────────────▶ good (version + 1)
                         │  │  │      later
                         │  │  └──────────────▶ good (and not before *until*)
                         │  └── lost, or its worker died ──▶ unsure      (provider rotates its tokens)
                         └── the provider said no ─────────▶ refused, client

In every other state than *good* and *renewing* a person acts. Tokens are thrown away only by a person who signs out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.dispatch.gate import Do, Gate, Hold
from hub.dispatch.grants import TOKEN_SECONDS, NoToken, Tokens, Trouble

LEASE = timedelta(seconds=TOKEN_SECONDS + 15)
"""How long a renewal may be out. Whoever has it has given up well before; after that its worker is taken for dead."""

MOMENT = timedelta(seconds=1)
"""How soon those come again who found another one renewing."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
"""Between two renewals when the provider fails: doubling, for a token endpoint that is hammered stays down."""


REFUSED_FRESH = "refused_fresh"
"""Our own code for a token that the vendor refused just after the provider had given it."""


class State(StrEnum):
    """How a sign-in stands."""

    GOOD = "good"
    RENEWING = "renewing"
    UNSURE = "unsure"
    REFUSED = "refused"
    CLIENT = "client"
    NARROWED = "narrowed"
    OUT = "out"


WORKS = frozenset({State.GOOD, State.RENEWING})
"""States in which calls are made."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A sign-in as it is stored.

    Attributes:
        version: grows with every change of the tokens.
        until: *renewing*: when the renewal's worker is taken for dead; *good*: no renewal before it.
        failures: renewals in a row that came to nothing.
        note: the sentence for people, in states in which one of them acts.
    """

    state: State
    version: int
    tokens: Tokens | None
    until: datetime | None = None
    failures: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Tokens to call with."""

    version: int
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Mine:
    """It is our turn, and it is written down that a renewal of these tokens is out."""

    held: Held


@dataclass(frozen=True, slots=True)
class NotNow:
    """Somebody else's turn, or the provider wants to be left alone until then."""

    until: datetime
    why: str = "The sign-in is being renewed just now."


@dataclass(frozen=True, slots=True)
class Over:
    """A person must act first; the sentence says who and what."""

    sentence: str


Turn = Mine | Held | NotNow | Over


def held(grant: Grant, who: str) -> Held | Over:
    """What there is to call with."""
    if grant.state not in WORKS or grant.tokens is None:
        return Over(grant.note or signed_out(who))
    return Held(grant.version, grant.tokens)


def begin(grant: Grant, seen: int, now: datetime, who: str) -> tuple[Turn, Grant]:
    """Somebody wants to renew the tokens of version ``seen``."""
    there = held(grant, who)
    if isinstance(there, Over):
        return there, grant
    if grant.version != seen:
        return there, grant
    if grant.until is not None and now < grant.until:
        busy = grant.state is State.RENEWING
        until = min(grant.until, now + MOMENT) if busy else grant.until
        return (NotNow(until) if busy else NotNow(until, grant.note)), grant
    after = swept(grant, now, who)
    if after.state not in WORKS:
        return Over(after.note), after
    return Mine(there), replace(grant, state=State.RENEWING, until=now + LEASE)


def keep(grant: Grant, seen: int, tokens: Tokens, lacking: tuple[str, ...], who: str) -> tuple[Held | Over, Grant]:
    """The provider gave new tokens for those of version ``seen``. Welcome also after the worker was taken for dead."""
    if grant.version != seen or grant.state not in (State.RENEWING, State.UNSURE):
        return held(grant, who), grant  # written already, or a person has signed out or in again meanwhile
    if lacking:
        note = narrowed(who, lacking)
        return Over(note), Grant(State.NARROWED, seen + 1, tokens, note=note)
    new = Grant(State.GOOD, seen + 1, tokens)
    return Held(new.version, tokens), new


def fail(grant: Grant, seen: int, no: NoToken, now: datetime, who: str) -> tuple[Gate, Grant]:
    """No token came for those of version ``seen``, or the vendor refuses even a fresh one."""
    if grant.version != seen or (grant.state is State.RENEWING and no.code == REFUSED_FRESH):
        return Gate(Do.WAIT, "", "The sign-in was renewed meanwhile.", now + MOMENT), grant
    if grant.state not in WORKS:
        return Gate(Do.HOLD, Hold.CONNECTION, grant.note or signed_out(who)), grant
    harmless = no.trouble is Trouble.UNSURE and grant.tokens is not None and not grant.tokens.rotates
    if no.trouble is Trouble.LATER or harmless:
        return _later(grant, no, now, who)
    state = {Trouble.SIGN_IN: State.REFUSED, Trouble.CLIENT: State.CLIENT}.get(no.trouble, State.UNSURE)
    words = OUR_APP if state is State.CLIENT and no.ours else _WORDS[state]
    note = words.format(who=who, said=no.said)
    return Gate(Do.HOLD, Hold.CONNECTION, note), replace(grant, state=state, until=None, note=note)


def swept(grant: Grant, now: datetime, who: str) -> Grant:
    """A renewal whose worker died: what the provider said is lost with it."""
    if grant.state is not State.RENEWING or grant.until is None or now < grant.until:
        return grant
    if grant.tokens is not None and not grant.tokens.rotates:
        return replace(grant, state=State.GOOD, until=None)
    note = _WORDS[State.UNSURE].format(who=who, said="the worker that renewed it died")
    return replace(grant, state=State.UNSURE, until=None, note=note)


def tried_again(grant: Grant, now: datetime) -> Grant:
    """A person wants it asked once more. What was lost is lost: at worst the provider says so."""
    if grant.state not in (State.UNSURE, State.CLIENT) or grant.tokens is None:
        return grant
    return replace(
        grant, state=State.GOOD, tokens=replace(grant.tokens, expires_at=now), until=None, failures=0, note=""
    )


def _later(grant: Grant, no: NoToken, now: datetime, who: str) -> tuple[Gate, Grant]:
    pause = min(FIRST_PAUSE * 2 ** min(grant.failures, 10), LONGEST_PAUSE)
    until = now + max(pause, timedelta(seconds=min(no.seconds or 0, LONGEST_PAUSE.total_seconds())))
    note = f"The sign-in to {who} could not be renewed just now: {no.said}. It is tried again by itself."
    after = replace(grant, state=State.GOOD, until=until, failures=grant.failures + 1, note=note)
    return Gate(Do.WAIT, "", note, until), after


# --- words --------------------------------------------------------------------------------------------------------

_WORDS = {
    State.REFUSED: "{who} no longer accepts this account's sign-in: {said}. An admin signs in again under Add-Ons; what waits "
    "then goes on in order.",
    State.CLIENT: "{who} refuses the app that signs in: {said}. An admin corrects client id and client secret under Add-Ons and "
    "tests again.",
    State.UNSURE: "It is not known whether the sign-in to {who} still holds: while it was renewed, {said}. An admin presses Test "
    "under Add-Ons to find out, or signs in again.",
}


OUR_APP = (
    "{who} refuses the app that signs in: {said}. It is this installation's own app, so no admin can mend it: an operator "
    "corrects HUB_OAUTH_CLIENTS, and an admin presses Test under Add-Ons. Nobody has to sign in again."
)
"""Where the client id and the secret are an operator's."""


def restored(who: str) -> str:
    """Our tokens come out of a backup."""
    return (
        f"It is not known whether the sign-in to {who} still holds: the hub was restored from a backup. An admin presses Test "
        "under Add-Ons to find out, or signs in again."
    )


def narrowed(who: str, lacking: tuple[str, ...]) -> str:
    """Less was allowed than the add-on needs."""
    return (
        f"{who} allows less than the add-on needs: {', '.join(lacking)} is missing. An admin signs in again under Add-Ons and "
        "allows all of it."
    )


def signed_out(who: str) -> str:
    """Nobody is signed in."""
    return f"Nobody is signed in to {who}. An admin signs in under Add-Ons."
