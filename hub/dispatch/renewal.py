"""Keeping a sign-in alive: one renewal at a time over all processes, written down before it is used.

Several workers come to the end of a token at the same moment. Each asks the keeper for its turn. One gets it; the keeper has
then written down that a renewal is out, so whoever dies over it leaves a trace. It asks the provider, outside of any
transaction, has the new tokens committed, and only then are they used. The others go on with the old token while it lives, or
come again in a moment and find the new one.

An answer that is lost is not asked for again where the provider rotates its refresh tokens: the grant is *unsure*, and a person
looks. Nothing here ever throws a grant away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.core.outcomes import NeedsAdmin, Outcome, Wait
from hub.core.settings import fields_of
from hub.dispatch import crash, grants
from hub.dispatch.gate import Do, Gate, Hold
from hub.dispatch.grant_moves import REFUSED_FRESH, Held, NotNow, Over, Turn
from hub.dispatch.grants import Client, NoToken, Tokens, Trouble
from hub.dispatch.outside import Outside

log = logging.getLogger("hub.dispatch")

T = TypeVar("T")

KEEP_TRIES = 12
"""How often new tokens are offered to a store that fails, with growing waits: about two minutes in all."""

STORE = timedelta(seconds=5)


class Keeper(Protocol):
    """Keeps the tokens of one connection. Its functions may block, and each is a transaction of its own."""

    def load(self) -> Held | Over:
        """The tokens as they are now."""

    def begin(self, seen: int) -> Turn:
        """Ask for the turn to renew the tokens of this version. :class:`Mine` is durable before it is answered."""

    def keep(self, seen: int, tokens: Tokens, lacking: tuple[str, ...]) -> Held | Over:
        """Write the new tokens down in place of those of this version. Doing it twice changes nothing.

        Args:
            lacking: scopes that the add-on needs and the provider no longer grants.
        """

    def fail(self, seen: int, trouble: NoToken) -> Gate:
        """Write down that none came, and say what that means for those who wait."""


class SignIn:
    """One connection's sign-in, for one job or one question.

    Args:
        keeper: where the tokens are.
        executor: where the keeper's functions run: they may block, the loop may not.
        client: whose app it is; asked when a renewal is made.
        clock: the store's time.
    """

    def __init__(
        self,
        info: AddOnInfo,
        keeper: Keeper,
        executor: Executor,
        client: Callable[[], Client],
        clock: Callable[[], datetime],
    ) -> None:
        assert isinstance(info.auth, OAuth2)
        self.auth: OAuth2 = info.auth
        self._info, self._keeper, self._executor, self._client, self._clock = info, keeper, executor, client, clock
        self._held: Held | None = None

    def into(self, settings: Any) -> dict[str, Any]:
        """The settings with the access token in its field."""
        return {**settings, self.auth.field: self._held.tokens.access} if self._held else dict(settings)

    async def ready(self, outside: Outside, *, refused: bool = False) -> Gate | None:
        """See to it that there is a token to call with. None: there is. Otherwise why not, and who acts.

        Args:
            refused: the vendor has just refused the token we have.
        """
        try:
            return await self._ready(outside, refused)
        except Exception:
            log.exception("the sign-in of %s could not be read or kept", self._info.name)
            until = self._clock() + STORE
            return Gate(Do.WAIT, Hold.STORE, "The hub could not read or keep the sign-in just now.", until)

    def outcome(self, gate: Gate) -> Outcome:
        """The same as an outcome, for whoever has no step to hold."""
        if gate.do is Do.HOLD:
            return NeedsAdmin(gate.sentence, self.auth.field)
        seconds = (gate.until - self._clock()).total_seconds() if gate.until else None
        return Wait(gate.sentence, seconds)

    async def _ready(self, outside: Outside, refused: bool) -> Gate | None:
        held: Held | Over = self._held if self._held else await self._in_thread(self._keeper.load)
        if isinstance(held, Over):
            return _hold(held)
        self._held = held
        if refused and held.tokens.fresh(self._clock()):
            no = NoToken(Trouble.SIGN_IN, "it refuses a token that it gave just now", REFUSED_FRESH)
            return await self._in_thread(lambda: self._keeper.fail(held.version, no))
        if not refused and not held.tokens.near_end(self._clock()):
            return None
        return await self._renewed(outside, held, refused)

    async def _renewed(self, outside: Outside, held: Held, refused: bool) -> Gate | None:
        turn = await self._in_thread(lambda: self._keeper.begin(held.version))
        if isinstance(turn, Held):
            self._held = turn
            return None
        if isinstance(turn, Over):
            return _hold(turn)
        lives = not refused and not held.tokens.ended(self._clock())
        if isinstance(turn, NotNow):
            return None if lives else Gate(Do.WAIT, "", turn.why, turn.until)
        # In a task of its own: whoever waits for it may be cancelled, and the answer must be kept all the same.
        gate = await asyncio.shield(asyncio.create_task(self._ask(outside, turn.held)))
        return None if gate and gate.do is Do.WAIT and lives else gate

    async def _ask(self, outside: Outside, held: Held) -> Gate | None:
        answer = await self._answer(outside, held)
        if isinstance(answer, NoToken):
            return await self._kept(lambda: self._keeper.fail(held.version, answer))
        crash.point("token_given")
        lacking = grants.missing(self.auth.scopes, answer)
        kept = await self._kept(lambda: self._keeper.keep(held.version, answer, lacking))
        if isinstance(kept, Over):
            return _hold(kept)
        self._held = kept
        return None

    async def _answer(self, outside: Outside, held: Held) -> Tokens | NoToken:
        """The provider's word. Nothing that goes wrong on our own side may leave the turn taken for ever."""
        if not held.tokens.refresh:
            return NoToken(Trouble.SIGN_IN, "it gave nothing to renew the sign-in with")
        try:
            address = outside.sign_in_url(self._info, self.auth.token_url)
            request = grants.question(self.auth, address, self._client(), grants.refresh_form(held.tokens))
        except Exception as trouble:
            return NoToken(Trouble.CLIENT, f"the request could not be made ({type(trouble).__name__})")
        result = await outside.post(request, grants.TOKEN_SECONDS, grants.MOST_BYTES)
        answer = grants.read(result, self._clock(), held.tokens)
        return replace(answer, ours=self._app_is_ours) if isinstance(answer, NoToken) else answer

    @property
    def _app_is_ours(self) -> bool:
        """The account's form asks for no app, so the installation's own signs in."""
        return self.auth.client_field not in {spec.name for spec in fields_of(self._info.settings)}

    async def _kept(self, work: Callable[[], T]) -> T:
        """Offer it until the store takes it: what the provider said, it says once."""
        for attempt in range(KEEP_TRIES):
            try:
                return await self._in_thread(work)
            except Exception:
                if attempt == KEEP_TRIES - 1:
                    raise
                log.warning("the store did not take a sign-in; trying again", exc_info=attempt == 0)
                await asyncio.sleep(min(0.05 * 2**attempt, 30))
        raise AssertionError("unreachable")

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _hold(over: Over) -> Gate:
    return Gate(Do.HOLD, Hold.CONNECTION, over.sentence)
