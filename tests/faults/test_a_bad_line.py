"""A bad line between the hub and its vendor: whatever the line does, one effect at most, and nothing said that is not so.

The real HTTP client speaks through :mod:`tests.support.faultyproxy` to a vendor who always does as he is asked.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.core import AddOn, Contact, NotSent, Secret, Sent, Settings, keyed, once, repeatable
from hub.core.egress import Egress
from hub.core.registry import from_objects
from hub.core.vendor import Vendor
from hub.dispatch.batch import dispatch
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.dispatch.states import CLOSED, State
from hub.testing.ledger import MemoryLedger
from tests.support.countingvendor import CountingVendor
from tests.support.faultyproxy import FaultyProxy, Spoiled
from tests.support.fourclasses import CLASSES, Made, New, Nothing

Function = Callable[..., Awaitable[Any]]

DEADLINE, LONG = 2.0, 60.0
"""Seconds of an exchange: where the line is too slow for it, and where it is not, on a machine that has other work."""

SOON = 30.0
"""Seconds in which all is over: fewer than the deadline of a good line, and than a bad one takes."""


class Account(Settings):
    api_key: Secret


@dataclass
class Line:
    """A vendor, the line to it, and what the hub needs to call."""

    vendor: CountingVendor
    proxy: FaultyProxy
    ledger: MemoryLedger
    runner: Runner
    seen: list[float] = field(default_factory=list)

    def send(self) -> None:
        """A step of each class, over the line as it is."""
        for klass in CLASSES:
            self.ledger.add(f"line.{klass}", Contact(id="7", first_name="Ada"), settings={"api_key": "k"})
        began = time.monotonic()
        dispatch(list(self.ledger.runs), self.ledger, self.runner)
        self.seen.append(time.monotonic() - began)

    def come_to_rest(self) -> dict[str, State]:
        """The line is well; time passes until nothing moves. Class → where its step stands."""
        self.proxy.heal()
        for _ in range(30):
            live = [run for run in self.ledger.runs.values() if run.state not in (*CLOSED, State.REVIEW)]
            if not live:
                break
            dispatch([run.id for run in live], self.ledger, self.runner)
            self.runner.check(self.ledger.checks_due())
            self.ledger.clock.advance(seconds=40)
        return {run.action_type.partition(".")[2]: run.state for run in self.ledger.runs.values()}

    def honest(self) -> None:
        """The vendor's ledger and ours agree."""
        for run in self.ledger.runs.values():
            effects = self.vendor.count(run.ref)
            assert effects <= 1, f"{run.action_type} was carried out {effects} times"
            assert run.state in (State.DONE, State.REVIEW), f"{run.action_type} is {run.state}"
            assert effects == 1 or run.state is not State.DONE, f"{run.action_type} is called done"


def addon(seconds: float) -> AddOn:
    """The four classes once more, with this deadline."""
    made = AddOn("line", title="Line", base_url="https://line.example", settings=Account)
    deadline = timedelta(seconds=seconds)
    found = made.get("/things", list[Made], deadline=deadline)
    ways = {
        "repeatable": made.put("/things/{ref}", New, Made, effect=repeatable(), deadline=deadline),
        "keyed": made.post("/keyed", New, Made, effect=keyed("Idempotency-Key", "24h"), deadline=deadline),
        "lookup": made.post("/things", New, Made, effect=once("2s", strong=True), deadline=deadline),
        "blind": made.post("/blind", New, Made, effect=once(), deadline=deadline),
    }

    for klass, endpoint in ways.items():
        handle = made.action(klass, Nothing, title=klass.title())(_sending(endpoint, klass == "repeatable"))
        if klass == "lookup":
            handle.reconcile(_looking(found))
    return made


def _sending(endpoint: Any, in_its_place: bool) -> Function:
    async def run(vendor: Vendor, step: Nothing, contact: Contact) -> Sent:
        place = {"ref": vendor.ref} if in_its_place else {}
        answer = await vendor(endpoint, New(ref=vendor.ref, to=contact.first_name), **place)
        return Sent(answer.id)

    return run


def _looking(found: Any) -> Function:
    async def look(vendor: Vendor, step: Nothing, contact: Contact) -> Sent | NotSent:
        rows = await vendor(found, ref=vendor.ref)
        return Sent(rows[0].id) if rows else NotSent()

    return look


@contextmanager
def line_to_a_vendor(seconds: float) -> Iterator[Line]:
    with CountingVendor() as vendor, FaultyProxy(vendor.port) as proxy:
        registry = from_objects([addon(seconds)])
        assert not registry.troubles
        outside = Outside(Egress.of([urlsplit(proxy.url).netloc]), {"line": proxy.url})
        ledger = MemoryLedger(registry)
        runner = Runner(ledger, registry, outside, chance=lambda: 0.0)
        try:
            yield Line(vendor, proxy, ledger, runner)
        finally:
            outside.close()
            runner.close()


UNCLEAR = {"repeatable": State.DONE, "keyed": State.DONE, "lookup": State.DONE, "blind": State.REVIEW}
"""The answer is lost: what may be sent again is, what can be looked up is, and for the last a person is asked."""

WELL = dict.fromkeys(CLASSES, State.DONE)

WAYS = {
    "slow, and in time": (Spoiled(latency=0.1), WELL),
    "slower than the deadline": (Spoiled(latency=2 * SOON), UNCLEAR),
    "a trickle": (Spoiled(bandwidth=20, slices=2), UNCLEAR),
    "in pieces": (Spoiled(slices=3), WELL),
    "an answer that breaks off in its head": (Spoiled(limit=20), UNCLEAR),
    "an answer that breaks off in its body": (Spoiled(limit=175), UNCLEAR),
    "an end that is told late": (Spoiled(slow_close=2 * SOON), WELL),
    "no answer, and closed": (Spoiled(timeout=1.0), UNCLEAR),
    "no answer, and open": (Spoiled(timeout=2 * SOON), UNCLEAR),
    "reset before the answer": (Spoiled(reset=0), UNCLEAR),
    "reset within the answer": (Spoiled(reset=60, slices=50), UNCLEAR),
    "an answer that is lost": (Spoiled(loses=b"HTTP/1.1"), UNCLEAR),
}


TOO_SLOW = ("slower than the deadline", "a trickle", "no answer, and open")
"""They end with the deadline."""


@pytest.mark.parametrize("name", WAYS)
def test_whatever_the_line_does_nothing_is_done_twice_or_said_that_is_not_so(name: str) -> None:
    way, end = WAYS[name]
    with line_to_a_vendor(DEADLINE if name in TOO_SLOW else LONG) as line:
        line.proxy.spoil(way)
        line.send()
        assert line.proxy.spoiled == len(CLASSES)
        assert line.seen[0] < SOON

        assert line.come_to_rest() == end
        line.honest()


def test_where_nobody_listens_nothing_has_left_and_all_is_sent_when_somebody_does() -> None:
    with line_to_a_vendor(LONG) as line:
        line.proxy.spoil(Spoiled(refuses=True))
        line.send()
        assert line.vendor.effects == []

        ends = line.come_to_rest()

        line.honest()
    assert ends["repeatable"] == ends["keyed"] == ends["lookup"] == State.DONE


def echo() -> tuple[socket.socket, int]:
    """Says what it is told."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plug, _ = server.accept()
            except OSError:
                return
            with plug:
                while piece := plug.recv(65_536):
                    plug.sendall(piece)

    Thread(target=serve, daemon=True).start()
    return server, server.getsockname()[1]


def said(proxy: FaultyProxy, text: bytes) -> bytes:
    """What comes back."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=60) as plug:
        plug.sendall(text)
        plug.shutdown(socket.SHUT_WR)
        back = b""
        while piece := plug.recv(65_536):
            back += piece
        return back


def test_the_proxy_itself_spoils_as_many_connections_as_it_was_told_to() -> None:
    server, port = echo()
    with server, FaultyProxy(port) as proxy:
        proxy.spoil(Spoiled(limit=3), times=2)

        assert [said(proxy, b"hello") for _ in range(3)] == [b"hel", b"hel", b"hello"]


def test_the_proxy_loses_the_answer_to_the_words_it_was_told_of_and_no_other() -> None:
    server, port = echo()
    with server, FaultyProxy(port) as proxy:
        assert said(proxy, b"COMMIT") == b"COMMIT"

        proxy.lose(b"COMMIT", times=1)

        assert said(proxy, b"SELECT 1") == b"SELECT 1"
        with pytest.raises(ConnectionResetError):
            said(proxy, b"COMMIT")
        assert said(proxy, b"COMMIT") == b"COMMIT"
        assert proxy.lost == 1


def test_the_proxy_holds_what_stands_and_what_comes_until_it_goes_on_and_loses_nothing() -> None:
    server, port = echo()
    with server, FaultyProxy(port) as proxy, socket.create_connection(("127.0.0.1", proxy.port), timeout=60) as plug:
        plug.sendall(b"before")
        assert plug.recv(65_536) == b"before"

        proxy.hold()
        plug.sendall(b"meanwhile")
        plug.settimeout(0.1)
        with pytest.raises(TimeoutError):
            plug.recv(65_536)

        proxy.go_on()
        plug.settimeout(60)
        assert plug.recv(65_536) == b"meanwhile"
