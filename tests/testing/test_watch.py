"""Watching a plugin: sleeping takes no time, no way leads past the vendor, and everything is as it was afterwards."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.error import URLError

import httpx
import pytest

from hub.core.guard import guarded, limited
from hub.testing.proofs.spy import inside
from hub.testing.proofs.watch import Watch

NOBODY = ("127.0.0.1", 9)


def as_plugin(work: Callable[[], object]) -> Watch:
    """Carried out as a plugin's function is: the hub calls it, and the kit knows that it is the plugin's."""

    def function() -> None:
        inside.set(True)  # of this thread, which ends with it
        work()

    with Watch() as watch:
        limited(function, Exception)
    return watch


def _udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", NOBODY)


async def _asynchronously(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        await http.get(url)


WAYS: dict[str, tuple[Callable[[], object], str]] = {
    "a connection": (lambda: socket.create_connection(NOBODY, 1), "went to 127.0.0.1:9 "),
    "a name": (lambda: socket.getaddrinfo("vendor.example", 443), "went to vendor.example:443 "),
    "an old name": (lambda: socket.gethostbyname("vendor.example"), "went to vendor.example "),
    "a datagram": (_udp, "went to 127.0.0.1:9 "),
    "httpx": (lambda: httpx.get("http://127.0.0.1:9/", trust_env=False), "went to 127.0.0.1:9 "),
    "httpx in a loop": (lambda: asyncio.run(_asynchronously("http://127.0.0.1:9/")), "went to 127.0.0.1:9 "),
    "httpx to a name": (lambda: asyncio.run(_asynchronously("https://api.other.example/")), "went to api.other.example:443 "),
    "urllib": (lambda: urllib.request.urlopen("http://127.0.0.1:9/", timeout=1), "went to 127.0.0.1:9 "),
    "a program": (lambda: subprocess.run(["/usr/bin/curl", "-H", "key"], check=True), "started the process curl "),
    "a shell's line": (lambda: subprocess.run("curl key", shell=True, check=True), "started the process curl "),
    "the system's shell": (lambda: os.system("curl key"), "started the process curl "),
    "a spawned program": (lambda: os.posix_spawn("/bin/true", ["true"], {}), "started the process true "),
    "a copy of itself": (os.fork, "started the process of its own "),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_past_the_vendor(way: str) -> None:
    """It is refused, and named with what it went to and with file and line; never with what a program was given."""
    act, said = WAYS[way]

    def work() -> None:
        with pytest.raises((PermissionError, httpx.ConnectError, URLError)):
            act()

    (seen,) = {str(one) for one in as_plugin(work).ways_out}

    assert said in seen
    assert "(testing/test_watch.py:" in seen
    assert "key" not in seen


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_of_the_plugin_s_is_the_plugin() -> None:
    def work() -> None:
        thread = threading.Thread(target=lambda: socket.create_connection(NOBODY, 1))
        thread.start()
        thread.join()

    assert [one.kind for one in as_plugin(work).ways_out] == ["thread", "network"]


def test_a_thread_that_outlives_its_case_is_the_plugin_s_in_the_next() -> None:
    pool = ThreadPoolExecutor(1)
    as_plugin(lambda: pool.submit(int).result())

    with Watch() as watch, pytest.raises(PermissionError):
        pool.submit(socket.create_connection, NOBODY, 1).result()

    pool.shutdown()
    assert [one.kind for one in watch.ways_out] == ["network"]


def test_a_thread_that_the_hub_begins_around_a_plugin_s_function_is_the_hub_s() -> None:
    assert as_plugin(lambda: guarded(lambda: 7)).ways_out == []
    assert [one.kind for one in as_plugin(lambda: guarded(lambda: os.system("true"))).ways_out] == ["process"]


def test_what_is_not_the_plugin_s_is_let_through() -> None:
    with Watch() as watch, socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), 1).close()
        subprocess.run([sys.executable, "-c", ""], check=True)
        in_a_thread = threading.Thread(target=lambda: socket.create_connection(server.getsockname(), 1).close())
        in_a_thread.start()
        in_a_thread.join()

    assert watch.ways_out == []


def test_sleeping_takes_no_time_and_is_written_down() -> None:
    begun = time.perf_counter()

    watch = as_plugin(lambda: (time.sleep(30), asyncio.run(asyncio.sleep(40))))

    assert watch.slept == [30, 40]
    assert time.perf_counter() - begun < 25


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
        sys.stdout,
        logging.getLogger().level,
    )

    with pytest.raises(ZeroDivisionError), Watch():
        1 / 0  # noqa: B018

    assert before == (
        time.sleep, asyncio.sleep, sys.stdout, logging.getLogger().level
    )  # fmt: skip
