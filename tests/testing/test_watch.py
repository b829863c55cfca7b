"""Watching a plugin: sleeping takes no time, sockets stay shut, and everything is as it was afterwards."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from hub.testing.proofs.spy import inside
from hub.testing.proofs.watch import Watch

NOBODY = ("127.0.0.1", 9)


def as_plugin(work: Callable[[], object]) -> Watch:
    with Watch() as watch:
        mark = inside.set(True)
        try:
            work()
        finally:
            inside.reset(mark)
    return watch


def _udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", NOBODY)


def _in_a_thread() -> None:
    thread = threading.Thread(target=lambda: socket.create_connection(NOBODY, 1))
    thread.start()
    thread.join()


async def _asynchronously() -> None:
    async with httpx.AsyncClient() as http:
        await http.get("http://127.0.0.1:9/")


WAYS: dict[str, Callable[[], object]] = {
    "a connection": lambda: socket.create_connection(NOBODY, 1),
    "a name": lambda: socket.getaddrinfo("vendor.example", 443),
    "a datagram": _udp,
    "httpx": lambda: httpx.get("http://127.0.0.1:9/"),
    "httpx in a loop": lambda: asyncio.run(_asynchronously()),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_past_the_vendor(way: str) -> None:
    found: list[Watch] = []

    def work() -> None:
        with pytest.raises((PermissionError, httpx.ConnectError)):
            WAYS[way]()

    found.append(as_plugin(work))

    assert found[0].sockets


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_of_the_plugin_s_is_the_plugin() -> None:
    assert as_plugin(_in_a_thread).sockets


def test_what_is_not_the_plugin_s_is_let_through() -> None:
    with Watch() as watch, socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), 1).close()

    assert watch.sockets == []


def test_sleeping_takes_no_time_and_is_written_down() -> None:
    begun = time.perf_counter()

    watch = as_plugin(lambda: (time.sleep(30), asyncio.run(asyncio.sleep(40))))

    assert watch.slept == [30, 40]
    assert time.perf_counter() - begun < 5


def test_giving_others_a_turn_is_no_sleep() -> None:
    assert as_plugin(lambda: asyncio.run(asyncio.sleep(0))).slept == []


def test_what_is_logged_and_printed_is_kept() -> None:
    def work() -> None:
        logging.getLogger("pigeon").debug("at %s", 7)
        sys.stderr.write("on its way\n")

    assert as_plugin(work).lines == ["at 7", "on its way\n"]


def test_everything_is_put_back() -> None:
    before = (
        time.sleep,
        asyncio.sleep,
        socket.getaddrinfo,
        socket.socket.connect,
        sys.stdout,
        logging.getLogger().level,
    )

    with pytest.raises(ZeroDivisionError), Watch():
        1 / 0  # noqa: B018

    assert before == (
        time.sleep, asyncio.sleep, socket.getaddrinfo, socket.socket.connect, sys.stdout, logging.getLogger().level
    )  # fmt: skip
