"""The vendor, played from the plugin's own declaration: it remembers, it answers, and it fails on demand.

Collections grow under the declared paths. A GET lists what is there, filtered by its query, or shows one; a POST is held against
the declared body, stored with an id, and answered in the declared shape. Keys are checked (``wrong…`` is refused, ``limited…`` is
not allowed, anything else is welcome). What the declaration cannot say, a plugin says in a module ``simulation`` beside its code:
``SEEDS`` (path → items), ``UPSERTS`` (path → the fields by which the vendor knows a thing again) and ``respond(call)``.

It counts effects, which is the point: whatever the dispatcher, the network and the clock did, ``sim.effects`` says how often the
vendor really acted.
"""

from __future__ import annotations

import copy
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.core.addon import AddOnInfo
from hub.core.auth import QueryKey
from hub.core.endpoints import Endpoint
from hub.testing import answers
from hub.testing.beginnings import seeds_of, simulation_of
from hub.testing.deeds import Call, Effect, Hangup, as_line
from hub.testing.faults import Fault
from hub.testing.paging import Shown, page_of
from hub.testing.wire import Item, Reply, answered, body_of, echoed, edited, key_of, presented, reference_of, refusal

__all__ = ["ZAPIER", "Call", "Effect", "Hangup", "Item", "Reply", "Simulator", "simulation_of"]

ZAPIER = {"attempt": "simulated", "id": "simulated", "request_id": "simulated", "status": "success"}
"""How an address an admin typed in answers: as a Catch Hook would."""


class Simulator:
    """One vendor.

    Args:
        info: the add-on's face, with its endpoints.
        simulation: the plugin's own module (or any object with ``SEEDS`` and ``respond``); found beside the plugin's code
            when nothing is given.
        ledger: a file to which every effect is appended as a line of JSON before the answer leaves, and from which the
            collections are filled again at start.
        wall: what time it is, for effects.
    """

    def __init__(
        self,
        info: AddOnInfo,
        simulation: Any = None,
        ledger: Path | None = None,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.info = info
        self.effects: list[Effect] = []
        self.calls: list[tuple[str, str]] = []
        self._simulation = simulation if simulation is not None else simulation_of(info)
        self._base = urlsplit(info.base_url).path.rstrip("/")
        self._collections: dict[str, list[Item]] = {}
        self._keys: dict[str, tuple[bytes, Reply]] = {}
        self._faults: list[Fault] = []
        self._hidden: dict[str, int] = {}
        self._hidden_until: dict[str, datetime] = {}
        self._ledger, self._wall, self._lock = ledger, wall, threading.RLock()
        self._collections |= seeds_of(self.info, self._simulation)
        self._remember()

    # --- for tests ---------------------------------------------------------------------------------------------

    def fail(self, *faults: Fault, next: Fault | None = None) -> None:
        """Meet these troubles, one a call, in this order."""
        self._faults += [*faults, *([next] if next else [])]

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """Troubles no call has met yet."""
        return tuple(self._faults)

    def stored(self, path: str) -> list[Item]:
        """What a collection holds, oldest first; the seeds included."""
        return self._collections.setdefault(path, [])

    def id_of(self, path: str, item: Mapping[str, Any]) -> str:
        """What the vendor calls a thing of this collection."""
        return str(item.get("id"))

    def count(self, reference: str) -> int:
        """How often the vendor acted for one reference."""
        return sum(effect.reference == reference for effect in self.effects)

    def forget(self) -> None:
        """Empty everything and seed again."""
        self.forget_all_but(seeds_of(self.info, self._simulation))

    def holdings(self) -> dict[str, list[Item]]:
        """A copy of everything the vendor holds, for :meth:`forget_all_but`."""
        return copy.deepcopy(self._collections)

    def forget_all_but(self, holdings: Mapping[str, list[Item]]) -> None:
        """Hold this and nothing else, and remember no call, no effect and no trouble."""
        with self._lock:
            self.effects.clear()
            self.calls.clear()
            self._keys.clear()
            self._faults.clear()
            self._hidden.clear()
            self._hidden_until.clear()
            self._collections = copy.deepcopy(dict(holdings))

    # --- one call ----------------------------------------------------------------------------------------------

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        """Play one call.

        Raises:
            Hangup: the vendor hangs up.
        """
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
        self._hide(fault, self.effects[before:])
        if fault.hangs_up:
            raise Hangup(fault.name, fault.how)
        whole = echoed(edited(reply.body if fault.body is None else fault.body, fault.edit), fault.echoes)
        part = whole[: int(len(whole) * fault.cut)]
        headers = {**reply.headers, **fault.headers}
        return Reply(fault.status or reply.status, headers, part, fault.seconds, fault.ending)

    def _hide(self, fault: Fault, done: Iterable[Effect]) -> None:
        for effect in done:
            if fault.hidden_reads:
                self._hidden[effect.id] = fault.hidden_reads
            if fault.hidden_for:
                self._hidden_until[effect.id] = self._wall() + timedelta(seconds=fault.hidden_for)

    def _answer(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        found = self._endpoint(method, path)
        if found is None:
            return answered(404, {"message": f"There is no {method} {path}."})
        endpoint, names = found
        credential = presented(self.info, headers, query)
        refused = None if endpoint.open else refusal(self.info, credential)
        known = self._same_key(endpoint, headers, body)
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
        reply = answered(*own) if own is not None else self._by_declaration(endpoint, names, call)
        self._keep_key(endpoint, headers, body, reply)
        return reply

    def _by_declaration(self, endpoint: Endpoint[Any], names: dict[str, str], call: Call) -> Reply:
        if endpoint.open:
            self._act(call, call.path, {"body": call.body})
            return answered(200, ZAPIER)
        if call.method == "GET":
            return self._read(endpoint, names, call)
        return self._write(endpoint, names, call)

    # --- reads and writes by the declaration --------------------------------------------------------------------

    def _read(self, endpoint: Endpoint[Any], names: dict[str, str], call: Call) -> Reply:
        collection = _collection(endpoint.path) if names else call.path
        items = self._visible(collection)
        if names:
            item = _by_id(items, names)
            return answered(200, answers.one(endpoint.answer, item)) if item else _missing(call.path)
        if answers.is_list(endpoint.answer):
            found = [item for item in items if _matches(item, call.query)]
            return answered(200, _listed(endpoint, page_of(endpoint.answer, found, call.query)))
        return answered(200, answers.one(endpoint.answer, items[0] if items else {"name": self.info.title}))

    def _write(self, endpoint: Endpoint[Any], names: dict[str, str], call: Call) -> Reply:
        known = self._known(call) if call.method == "POST" else None
        if known is not None:
            known.update(call.body)
            self._record(call, call.path, known)
            return answered(200, answers.one(endpoint.answer, known))
        if not names or call.method == "POST":
            item = self._act(call, call.path, {**names, **call.body})
            return answered(201 if call.method == "POST" else 200, answers.one(endpoint.answer, item))
        collection = _collection(endpoint.path)
        existing = _by_id(self.stored(collection), names)
        if existing is None:
            return _missing(call.path)
        if call.method == "DELETE":
            self.stored(collection).remove(existing)
        existing.update(call.body)
        self._record(call, collection, existing)
        return answered(200, answers.one(endpoint.answer, existing))

    def _known(self, call: Call) -> Item | None:
        """What the vendor takes for the same thing, where the plugin's simulation says by which fields it knows one."""
        fields = getattr(self._simulation, "UPSERTS", {}).get(call.path, ())
        same = (item for item in self.stored(call.path) if all(item.get(n) == call.body.get(n) for n in fields))
        return next(same, None) if fields else None

    def _act(self, call: Call, path: str, item: Item) -> Item:
        collection = self.stored(path)
        number = sum(effect.path == path for effect in self.effects) + 1
        item.setdefault("id", f"id-{number}")
        collection.append(item)
        self._record(call, path, item)
        return item

    def _record(self, call: Call, path: str, item: Item) -> None:
        effect = Effect(call.method, path, call.reference, dict(item), str(item["id"]), self._wall().isoformat())
        self.effects.append(effect)
        if self._ledger is not None:
            with self._ledger.open("a", encoding="utf-8") as file:
                file.write(json.dumps(as_line(effect)) + "\n")

    def _visible(self, path: str) -> list[Item]:
        """What a list shows now: what lags behind becomes visible after so many reads."""
        shown = []
        for item in self.stored(path):
            id_ = str(item.get("id"))
            left, until = self._hidden.get(id_, 0), self._hidden_until.get(id_)
            if left > 0:
                self._hidden[id_] = left - 1
            elif until is None or until <= self._wall():
                shown.append(item)
        return shown

    # --- keys --------------------------------------------------------------------------------------------------

    def _same_key(self, endpoint: Endpoint[Any], headers: Mapping[str, str], body: bytes) -> Reply | None:
        """A key seen before gets the first answer again, or a refusal when it comes with another body."""
        known = self._keys.get(key_of(endpoint, headers))
        if known is None:
            return None
        return known[1] if known[0] == body else answered(422, {"message": "This key was used for another request."})

    def _keep_key(self, endpoint: Endpoint[Any], headers: Mapping[str, str], body: bytes, reply: Reply) -> None:
        key = key_of(endpoint, headers)
        if key and reply.status < 300:
            self._keys[key] = (body, reply)

    # --- beginnings --------------------------------------------------------------------------------------------

    def _endpoint(self, method: str, path: str) -> tuple[Endpoint[Any], dict[str, str]] | None:
        """The declared call, plain paths before those with placeholders; any address at all where one is *open*."""
        declared = sorted(self.info.endpoints, key=lambda endpoint: len(endpoint.path_names))
        for endpoint in declared:
            match = None if endpoint.open else _pattern(endpoint.path).fullmatch(path)
            if match is not None and endpoint.method == method:
                return endpoint, match.groupdict()
        return next(((endpoint, {}) for endpoint in declared if endpoint.open), None)

    def _own_query(self, query: Mapping[str, str]) -> dict[str, str]:
        """The query without the credential that rides in it."""
        secret = self.info.auth.parameters if isinstance(self.info.auth, QueryKey) else {}
        return {name: value for name, value in query.items() if name not in secret}

    def _remember(self) -> None:
        if self._ledger is None or not self._ledger.exists():
            return
        for line in self._ledger.read_text(encoding="utf-8").splitlines():
            effect = Effect(**json.loads(line))
            self.effects.append(effect)
            self.stored(effect.path).append(dict(effect.body))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def _collection(path: str) -> str:
    """``/cards/{id}`` shows what ``/cards`` holds."""
    return path.partition("/{")[0]


def _listed(endpoint: Endpoint[Any], page: Shown) -> Any:
    listed = answers.many(endpoint.answer, page.items)
    return {**listed, **page.pointer} if isinstance(listed, dict) else listed


def _by_id(items: Iterable[Item], names: Mapping[str, str]) -> Item | None:
    wanted = next(iter(names.values()))
    return next((item for item in items if str(item.get("id")) == wanted), None)


def _matches(item: Item, query: Mapping[str, str]) -> bool:
    return all(str(item[name]) == value for name, value in query.items() if name in item)


def _missing(path: str) -> Reply:
    return answered(404, {"message": f"There is nothing at {path}."})
