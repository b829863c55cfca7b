"""A sign-in kept in memory, for a plugin on the bench: the same decisions as in production, on a record instead of a row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.dispatch import grant_moves, grants
from hub.dispatch.exchange import Answered
from hub.dispatch.gate import Gate
from hub.dispatch.grant_moves import WORKS, Grant, Held, Over, State, Turn
from hub.dispatch.grants import Client, NoToken, Tokens
from hub.dispatch.renewal import SignIn
from hub.testing.inline import InlineExecutor

T = TypeVar("T")


class MemorySignIn:
    """Keeps :class:`hub.dispatch.renewal.Keeper` for one connection.

    Attributes:
        grant: how it stands.
    """

    def __init__(self, info: AddOnInfo, clock: Callable[[], datetime]) -> None:
        self._info, self._clock, self._lock = info, clock, threading.RLock()
        self.grant = Grant(State.OUT, 0, None)

    def signed_in(self, answer: bytes) -> Tokens:
        """Somebody signed in, and this is what the token endpoint answered."""
        tokens = grants.read(Answered(200, {}, answer), self._clock())
        assert isinstance(tokens, Tokens), tokens
        auth = self._info.auth
        if isinstance(auth, OAuth2) and not auth.rotates:
            tokens = replace(tokens, rotates=False)
        self.grant = Grant(State.GOOD, self.grant.version + 1, tokens)
        return tokens

    @property
    def refused(self) -> str:
        """Why no call is made; empty while calls are."""
        works = self.grant.state in WORKS
        return "" if works else self.grant.note or grant_moves.signed_out(self._info.title)

    def for_job(self, settings: Mapping[str, Any]) -> SignIn:
        """For one job or question, with the app of these settings."""
        auth = self._info.auth
        assert isinstance(auth, OAuth2)
        client = Client(str(settings.get(auth.client_field) or "client"), str(settings.get(auth.secret_field) or ""))
        return SignIn(self._info, self, InlineExecutor(), lambda: client, self._clock)

    # --- the keeper's protocol ---------------------------------------------------------------------------------

    def load(self) -> Held | Over:
        """As they are now."""
        return grant_moves.held(self.grant, self._info.title)

    def begin(self, seen: int) -> Turn:
        """Take the turn."""
        return self._move(lambda: grant_moves.begin(self.grant, seen, self._clock(), self._info.title))

    def keep(self, seen: int, tokens: Tokens, lacking: tuple[str, ...]) -> Held | Over:
        """New tokens."""
        return self._move(lambda: grant_moves.keep(self.grant, seen, tokens, lacking, self._info.title))

    def fail(self, seen: int, trouble: NoToken) -> Gate:
        """None came."""
        return self._move(lambda: grant_moves.fail(self.grant, seen, trouble, self._clock(), self._info.title))

    def _move(self, decide: Callable[[], tuple[T, Any]]) -> T:
        with self._lock:
            answer, self.grant = decide()
            return answer
