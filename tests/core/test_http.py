"""The one client, against real sockets: what can have left, and what surely has not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from hub.core import http
from hub.core.egress import Egress
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft, exchange
from hub.dispatch.requests import FrozenRequest
from tests.support.servers import free_port

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def request_of(reader: asyncio.StreamReader) -> str:
    """The first line of a request, read to its end. Empty when the other side hung up."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = await reader.readline()
        if not line:
            return ""
        head += line
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    await reader.readexactly(length)
    return head.decode().split("\r\n")[0]


def against(
    serve: Serve, *requests: FrozenRequest, seconds: float = 60, scheme: str = "http", most: int = 1_000
) -> list[Exchange]:
    """What the requests come to, one after the other over one client, against a server on loopback."""

    async def play() -> list[Exchange]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        rules = Egress.of([f"127.0.0.1:{port}"])
        async with server, http.transport(rules) as wire:
            found = []
            for request in requests:
                url = request.url.replace("SERVER", f"{scheme}://127.0.0.1:{port}")
                sent = FrozenRequest(request.method, url, request.headers, request.content)
                found.append(await exchange(wire, rules, sent, time.monotonic() + seconds, most))
            return found

    return asyncio.run(play())


POST = FrozenRequest("POST", "SERVER/cards", (), b"{}")
PUT = FrozenRequest("PUT", "SERVER/cards/1", (), b"{}")


def test_a_good_answer_comes_whole() -> None:
    async def serve(reader: Any, writer: Any) -> None:
        await request_of(reader)
        writer.write(OK)
        writer.close()

    (answer,) = against(serve, POST)

    assert isinstance(answer, Answered)
    assert (answer.status, answer.content, answer.cut) == (200, b"ok", False)


def test_a_server_that_reads_and_hangs_up_leaves_it_unclear() -> None:
    seen = []

    async def serve(reader: Any, writer: Any) -> None:
        seen.append(await request_of(reader))
        writer.close()

    (answer,) = against(serve, POST)

    assert isinstance(answer, Lost)
    assert seen == ["POST /cards HTTP/1.1"]


def test_a_server_that_hangs_up_in_the_middle_of_its_answer_leaves_it_unclear() -> None:
    async def serve(reader: Any, writer: Any) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        writer.close()

    assert isinstance(against(serve, POST)[0], Lost)


def test_a_server_that_says_nothing_leaves_it_unclear_when_the_time_is_up() -> None:
    async def serve(reader: Any, writer: Any) -> None:
        await request_of(reader)
        await reader.read()  # until the other side hangs up

    begun = time.monotonic()
    (answer,) = against(serve, POST, seconds=1.0)

    assert isinstance(answer, Lost)
    assert time.monotonic() - begun < 20


def test_a_slow_drip_ends_with_the_deadline_and_not_with_the_last_byte() -> None:
    async def serve(reader: Any, writer: Any) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(999):
            if reader.at_eof():
                break
            writer.write(b"x")
            await asyncio.sleep(0.1)

    assert isinstance(against(serve, POST, seconds=1.0)[0], Lost)


def test_a_refused_port_is_known_to_have_received_nothing() -> None:
    async def never(reader: Any, writer: Any) -> None: ...

    port = free_port()

    async def play() -> Exchange:
        rules = Egress.of([f"127.0.0.1:{port}"])
        async with http.transport(rules) as wire:
            request = FrozenRequest("POST", f"http://127.0.0.1:{port}/", (), b"{}")
            return await exchange(wire, rules, request, time.monotonic() + 60, 100)

    assert isinstance(asyncio.run(play()), NeverLeft)


def test_a_name_nobody_knows_is_known_to_have_received_nothing() -> None:
    async def play() -> Exchange:
        async with http.transport(Egress()) as wire:
            request = FrozenRequest("POST", "https://nobody.invalid/", (), b"{}")
            return await exchange(wire, Egress(), request, time.monotonic() + 60, 100)

    assert isinstance(asyncio.run(play()), NeverLeft)


def test_a_server_that_does_not_speak_tls_received_no_request() -> None:
    seen = []

    async def serve(reader: Any, writer: Any) -> None:
        seen.append(await reader.read(100))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    (answer,) = against(serve, POST, scheme="https")

    assert isinstance(answer, NeverLeft)
    assert not any(b"POST" in bytes_ for bytes_ in seen)


def test_a_connection_that_stands_too_late_sends_nothing() -> None:
    seen = []

    async def serve(reader: Any, writer: Any) -> None:
        seen.append(await request_of(reader))

    (answer,) = against(serve, POST, seconds=-1)

    assert isinstance(answer, NeverLeft)
    assert seen == []


@pytest.mark.parametrize("request_", [PUT, POST, FrozenRequest("DELETE", "SERVER/cards/1")])
def test_a_write_that_meets_a_dead_kept_connection_is_not_sent_twice(request_: FrozenRequest) -> None:
    """aiohttp would send PUT and DELETE again, on a new connection, without a word."""
    seen: list[str] = []

    async def serve(reader: Any, writer: Any) -> None:
        seen.append(await request_of(reader))
        writer.write(OK)
        seen.append(await request_of(reader))  # the second request of the same connection is read, and never answered
        writer.close()

    first, second = against(serve, FrozenRequest("GET", "SERVER/"), request_)

    assert isinstance(first, Answered)
    assert isinstance(second, Lost)
    assert [line for line in seen if line.startswith(request_.method)] == [
        f"{request_.method} {request_.url[6:]} HTTP/1.1"
    ]


def test_a_redirect_is_an_answer_and_nothing_more() -> None:
    seen = []

    async def serve(reader: Any, writer: Any) -> None:
        seen.append(await request_of(reader))
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    (answer,) = against(serve, POST)

    assert isinstance(answer, Answered)
    assert answer.status == 302
    assert len(seen) == 1


def test_an_endless_body_is_read_up_to_a_size() -> None:
    async def serve(reader: Any, writer: Any) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 100_000)
        writer.close()

    (answer,) = against(serve, POST, most=1_000)

    assert isinstance(answer, Answered)
    assert answer.cut
    assert len(answer.content) <= 1_000


def test_cookies_and_proxies_of_the_surroundings_play_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    heads = []

    async def serve(reader: Any, writer: Any) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    answers = against(serve, FrozenRequest("GET", "SERVER/1"), FrozenRequest("GET", "SERVER/2"))

    assert all(isinstance(answer, Answered) for answer in answers)
    assert not any("cookie" in head for head in heads)
