"""The vendor, played from the plugin's own declaration: it remembers, it answers, and it fails on demand.

Collections grow under the declared paths. A GET lists what is there, filtered by its query, or shows one; a POST is held against
the declared body, stored with an id, and answered in the declared shape. Keys are checked (``wrong…`` is refused, ``limited…`` is
not allowed, anything else is welcome). What the declaration cannot say, a plugin says in a module ``simulation`` beside its code:
``SEEDS`` (path → items), ``IDS`` (path → the field that is a thing's id), ``UPSERTS`` (path → the fields by which the vendor
knows a thing again) and ``respond(call)``.

It counts effects, which is the point: whatever the dispatcher, the network and the clock did, ``sim.effects`` says how often the
vendor really acted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2, QueryKey
from hub.core.endpoints import Endpoint
from hub.testing import routes
from hub.testing.authorization import AuthorizationServer
from hub.testing.beginnings import seeds_of
from hub.testing.beside import simulation_of
from hub.testing.declared import ZAPIER, Declared
from hub.testing.deeds import Call, Effect, Hangup
from hub.testing.faults import Fault
from hub.testing.holdings import Holdings
from hub.testing.identity import Identity
from hub.testing.keys import Keys
from hub.testing.wire import (
    Item,
    Reply,
    answered,
    body_of,
    echoed,
    edited,
    presented,
    reference_of,
    refusal,
)

__all__ = ["ZAPIER", "Call", "Effect", "Hangup", "Item", "Reply", "Simulator", "simulation_of"]


class Simulator:
    """One vendor.

    Args:
        info: the add-on's face, with its endpoints.
        simulation: the plugin's own module (or any object with ``SEEDS`` and ``respond``); found beside the plugin's code
            when nothing is given.
        ledger: a file to which every effect is appended as a line of JSON before the answer leaves, and from which the
            collections are filled again at start.
        wall: what time it is, for effects.

    Attributes:
        calls: every call it has had: method and path.
        responded: those that the simulation answered itself.
    """

    def __init__(
        self,
        info: AddOnInfo,
        simulation: Any = None,
        ledger: Path | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.info = info
        self.calls: list[tuple[str, str]] = []
        self.responded: list[tuple[str, str]] = []
        self._simulation = simulation if simulation is not None else simulation_of(info)
        self._base = urlsplit(info.base_url).path.rstrip("/")
        self._keys, self._faults, self._lock = Keys(), list[Fault](), threading.RLock()
        self.identity = Identity(info, self._simulation)
        self._holdings = Holdings(self.identity, ledger, wall)
        self._declared = Declared(info, self._holdings, getattr(self._simulation, "UPSERTS", {}))
        self._holdings.begin(seeds_of(info, self._simulation, self.identity))
        self._holdings.remember()
        self.authorization = AuthorizationServer(info.auth, wall) if isinstance(info.auth, OAuth2) else None

    # --- for tests ---------------------------------------------------------------------------------------------

    def fail(self, *faults: Fault, next: Fault | None = None) -> None:
        """Meet these troubles, one a call, in this order.

        Raises:
            TypeError: what was given is no trouble.
        """
        strange = [one for one in faults if not isinstance(one, Fault)]
        if strange:
            raise TypeError(
                f"{strange[0]!r} is no trouble. Take one of hub.testing.faults, such as faults.status(500)."
            )
        self._faults += [*faults, *([next] if next else [])]

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """Troubles no call has met yet."""
        return tuple(self._faults)

    @property
    def effects(self) -> list[Effect]:
        """How often the vendor really acted, and on what."""
        return self._holdings.effects

    def refuses_token(self, token: str) -> bool:
        """Whether its authorization server knows that this access token has ended."""
        return self.authorization is not None and self.authorization.refuses(token)

    def stored(self, path: str) -> list[Item]:
        """What a collection holds, oldest first; the seeds included."""
        return self._holdings.stored(path)

    def count(self, reference: str) -> int:
        """How often the vendor acted for one reference."""
        return sum(effect.reference == reference for effect in self.effects)

    def forget(self) -> None:
        """Empty everything and seed again."""
        self.forget_all_but(seeds_of(self.info, self._simulation, self.identity))

    def holdings(self) -> dict[str, list[Item]]:
        """A copy of everything the vendor holds, for :meth:`forget_all_but`."""
        return self._holdings.copied()

    def forget_all_but(self, holdings: Mapping[str, list[Item]]) -> None:
        """Hold this and nothing else, and remember no call, no effect and no trouble."""
        with self._lock:
            self.calls.clear()
            self.responded.clear()
            self._keys.forget()
            self._faults.clear()
            self._holdings.begin(holdings)
            if self.authorization is not None:
                self.authorization.forget()

    # --- one call ----------------------------------------------------------------------------------------------

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Play one call.

        Raises:
            Hangup: the vendor hangs up.
        """
        if self.authorization is not None and self.authorization.handles(path):
            return self.authorization.handle(method, path, query, headers, body)
        with self._lock:
            path = path.removeprefix(self._base) if self._base else path
            self.calls.append((method, path))
            fault = self._due_fault(method)
            if fault is None:
                return self._answer(method, path, query, headers, body)
            return self._troubled(fault, lambda: self._answer(method, path, query, headers, body))

    def _due_fault(self, method: str) -> Fault | None:
        kind = "read" if method == "GET" else "write"
        for fault in self._faults:
            if fault.on in ("any", kind):
                self._faults.remove(fault)
                return fault
        return None

    def _troubled(self, fault: Fault, answer: Callable[[], Reply]) -> Reply:
        before = len(self.effects)
        reply = answer() if fault.acts else Reply(200, {"Content-Type": "application/json"}, b"{}")
        self._holdings.hide(fault, self.effects[before:])
        if fault.hangs_up:
            raise Hangup(fault.name, fault.how)
        whole = echoed(edited(reply.body if fault.body is None else fault.body, fault.edit), fault.echoes)
        part = whole[: int(len(whole) * fault.cut)]
        headers = {**reply.headers, **fault.headers}
        return Reply(fault.status or reply.status, headers, part, fault.seconds, fault.ending)

    def _answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        found = routes.find(self.info.endpoints, method, path)
        if found is None:
            return answered(404, {"message": f"There is no {method} {path}."})
        endpoint, names = found
        credential = presented(self.info, headers, query)
        refused = None if endpoint.open else refusal(self.info, credential) or self._ended(credential)
        known = self._keys.known(endpoint, headers, body)
        if refused or known:
            return refused or known or answered(500, {})
        own = self._own_query(query)
        return self._play(endpoint, names, Call(method, path, own, {}, credential, "", self), headers, body)

    def _play(
        self, endpoint: Endpoint[Any], names: dict[str, str], call: Call, headers: Mapping[str, str], body: bytes
    ) -> Reply:
        try:
            call.body = body_of(endpoint, body)
        except ValueError as trouble:
            return answered(422, {"message": str(trouble)})
        call.reference = reference_of(endpoint, headers, call.body)
        own = self._simulation.respond(call) if hasattr(self._simulation, "respond") else None
        if own is not None:
            self.responded.append((call.method, call.path))
        reply = answered(*own) if own is not None else self._declared.answer(endpoint, names, call)
        self._keys.keep(endpoint, headers, body, reply)
        return reply

    def _ended(self, credential: str) -> Reply | None:
        """What an access token that is over is told; None for every other."""
        over = self.authorization is not None and self.authorization.refuses(credential)
        return answered(401, {"message": "The access token has ended."}) if over else None

    def _own_query(self, query: Mapping[str, str]) -> dict[str, str]:
        """The query without the credential that rides in it."""
        secret = self.info.auth.parameters if isinstance(self.info.auth, QueryKey) else {}
        return {name: value for name, value in query.items() if name not in secret}
