"""One request over a real socket, and every way in which it can go wrong: did it leave, and what came back?"""

from __future__ import annotations

import asyncio
import gzip
import resource
import time
import zlib
from pathlib import Path
from typing import Any

import pytest

from hub.core.egress import Egress
from hub.core.http import transport
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft, exchange
from hub.dispatch.requests import FrozenRequest
from tests.dispatch.servers import Behave, Served, SocketServer, self_signed, serving
from tests.support.servers import free_port

MEGABYTE = 1_048_576


def ask(
    *requests: FrozenRequest, port: int | None = None, seconds: float = 60.0, max_body: int = MEGABYTE, pause: float = 0
) -> list[Exchange]:
    """Make these requests one after the other with one client, as one process would."""
    egress = Egress.of([f"127.0.0.1:{port}"] if port else [])

    async def go() -> list[Exchange]:
        heard = []
        async with transport(egress) as wire:
            for request in requests:
                heard.append(await exchange(wire, egress, request, time.monotonic() + seconds, max_body))
                await asyncio.sleep(pause)
        return heard

    return asyncio.run(go())


def post(url: str, content: bytes = b'{"to": "Ada"}', method: str = "POST", **headers: str) -> FrozenRequest:
    return FrozenRequest(method, url, tuple(headers.items()), content)


def meet(behave: Behave, tls: Any = None, **more: Any) -> tuple[Exchange, SocketServer]:
    """One request to a vendor that behaves so."""
    with serving(behave, tls) as server:
        (heard,) = ask(post(server.url), port=server.port, **more)
    return heard, server


def after_reading(*pieces: bytes) -> Behave:
    def behave(served: Served) -> None:
        served.read()
        served.say(*pieces)

    return behave


# --- it never left -----------------------------------------------------------------------------------------------


def test_a_refused_connection_never_left() -> None:
    port = free_port()
    (heard,) = ask(post(f"http://127.0.0.1:{port}/"), port=port)

    assert heard == NeverLeft("the vendor could not be reached")


def test_a_name_that_does_not_exist_never_left() -> None:
    (heard,) = ask(post("https://nowhere.invalid/"))

    assert isinstance(heard, NeverLeft)


def test_tls_spoken_to_a_plain_port_never_left() -> None:
    with serving(lambda served: served.say(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        (heard,) = ask(post(server.url.replace("http:", "https:")), port=server.port)

    assert isinstance(heard, NeverLeft)
    assert server.requests == []


def test_a_certificate_nobody_vouches_for_never_left(tmp_path: Path) -> None:
    heard, server = meet(Served.wait, self_signed(tmp_path))

    assert heard == NeverLeft("the vendor's certificate is not valid")
    assert server.requests == []


def test_a_handshake_that_hangs_never_left() -> None:
    with serving(Served.wait) as server:
        (heard,) = ask(post(server.url.replace("http:", "https:")), port=server.port, seconds=0.2)

    assert heard == NeverLeft("no answer came in time")


def test_a_request_whose_time_is_over_never_left() -> None:
    heard, server = meet(after_reading(b"HTTP/1.1 200 OK\r\n\r\n"), seconds=-1.0)

    assert heard == NeverLeft("the hub was held up until it was too late to ask", late=True)
    assert server.connections == 0


def test_a_kept_connection_is_not_used_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop was blocked between fixing the deadline and having the connection: the last look comes at the first byte."""

    def behave(served: Served) -> None:
        for _ in range(2):
            served.read()
            served.answer("200 OK", b"{}")

    with serving(behave) as server:
        egress = Egress.of([f"127.0.0.1:{server.port}"])

        async def go() -> list[Exchange]:
            async with transport(egress) as wire:
                first = await exchange(wire, egress, post(server.url), time.monotonic() + 60, 99)
                send = wire.ask

                async def blocked(*args: Any, **more: Any) -> Any:
                    time.sleep(0.2)
                    return await send(*args, **more)

                monkeypatch.setattr(wire, "ask", blocked)
                return [first, await exchange(wire, egress, post(server.url), time.monotonic() + 0.1, 99)]

        first, second = asyncio.run(go())

    assert isinstance(first, Answered)
    assert isinstance(second, NeverLeft)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/", "http://localhost/", "http://[::1]/", "ftp://api.test/", "https://u:p@api.test/"],
)
def test_an_address_we_do_not_speak_to_never_left(url: str) -> None:
    with serving(after_reading(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        (heard,) = ask(post(url.format(port=server.port)))

    assert isinstance(heard, NeverLeft)
    assert heard.blocked
    assert server.connections == 0


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "clé\u2019"])
def test_a_header_that_cannot_be_written_never_left(value: str) -> None:
    with serving(after_reading(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        (heard,) = ask(post(server.url, **{"X-Key": value}), port=server.port)

    assert isinstance(heard, NeverLeft) or value.isprintable()  # what UTF-8 can carry may leave as it is
    assert not any(b"X-Evil" in request for request in server.requests)
    assert not isinstance(heard, Lost)


# --- it may have left --------------------------------------------------------------------------------------------


def reset_at_once(served: Served) -> None:
    served.arrived()
    served.reset()


def reset_after_reading(served: Served) -> None:
    served.read()
    served.reset()


def hang_up_before_reading(served: Served) -> None:
    served.arrived()


def slow_head(served: Served) -> None:
    served.read()
    served.drip(b"H")


def slow_body(served: Served) -> None:
    served.read()
    served.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    served.drip(b"x")


def silence(served: Served) -> None:
    served.read()
    served.wait()


def endless_informing(served: Served) -> None:
    served.read()
    served.drip(b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.005)


def endless_headers(served: Served) -> None:
    served.read()
    served.say(b"HTTP/1.1 200 OK\r\n")
    served.drip(b"X-Again: and again\r\n" * 100, 0.001)


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ZIPPED = OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n"

LOST: dict[str, Behave] = {
    "reset before reading": reset_at_once,
    "reset after reading": reset_after_reading,
    "hang-up before reading": hang_up_before_reading,
    "hang-up after reading": after_reading(),
    "silence": silence,
    "slow head": slow_head,
    "slow body": slow_body,
    "endless 1xx": endless_informing,
    "endless headers": endless_headers,
    "not HTTP": after_reading(b"hello\r\n\r\n"),
    "half a head": after_reading(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "a head line of 100 kB": after_reading(OK + b"X: " + b"x" * 100_000 + b"\r\n\r\n"),
    "a body shorter than said": after_reading(OK + b"Content-Length: 100\r\n\r\n{}"),
    "chunks of garbage": after_reading(CHUNKED + b"zz\r\n{}\r\n"),
    "chunks that break off": after_reading(CHUNKED + b"5\r\n{"),
    "gzip that is none": after_reading(ZIPPED + b'{"id": "card-1"}'),
    "gzip that breaks off": after_reading(ZIPPED + gzip.compress(b'{"id": "card-1"}' * 99)[:-20]),
    "a body longer than said": after_reading(OK + b"Content-Length: 2\r\n\r\n{}{}{}"),
    "two lengths": after_reading(OK + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
}


ENDLESS = ("silence", "slow head", "slow body", "endless 1xx")
"""They end at the deadline and not before; until then the request must have left."""


@pytest.mark.parametrize("name", LOST)
def test_without_a_whole_answer_it_may_have_left(name: str) -> None:
    begun = time.monotonic()
    heard, server = meet(LOST[name], seconds=2.0 if name in ENDLESS else 60.0)

    assert isinstance(heard, Lost), heard
    assert heard.reason
    assert server.connections == 1  # nothing was tried a second time
    assert len(server.requests) <= 1
    assert time.monotonic() - begun < 30


def test_plain_http_spoken_to_a_tls_port_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    with serving(Served.wait, self_signed(tmp_path)) as server:
        (heard,) = ask(post(server.url.replace("https:", "http:")), port=server.port)

    assert isinstance(heard, Lost)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST", "PATCH", "GET"])
def test_a_kept_connection_that_dies_is_not_tried_again(method: str) -> None:
    def behave(served: Served) -> None:
        served.read()
        served.answer("200 OK", b"{}")
        served.read()
        served.reset()

    with serving(behave) as server:
        first, second = ask(*[post(server.url, b"{}", method) for _ in range(2)], port=server.port)

    assert isinstance(first, Answered)
    assert isinstance(second, Lost)
    assert (server.connections, len(server.requests)) == (1, 2)


# --- it was answered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 204, 301, 304, 307, 400, 401, 409, 422, 429, 500, 503])
def test_an_answer_is_an_answer_whatever_it_says(status: int) -> None:
    def behave(served: Served) -> None:
        served.read()
        body = b"" if status in (204, 304) else b'{"id": 1}'
        served.answer(f"{status} Word", body, b"Retry-After: 7", b"Location: http://127.0.0.1:1/")

    heard, server = meet(behave)

    assert isinstance(heard, Answered)
    assert (heard.status, heard.headers["retry-after"]) == (status, "7")
    assert (server.connections, len(server.requests)) == (1, 1)


def test_switching_protocols_is_an_answer() -> None:
    heard, _ = meet(after_reading(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))

    assert isinstance(heard, Answered)
    assert heard.status == 101


def test_a_redirect_is_not_followed() -> None:
    with serving(after_reading(OK + b"\r\n")) as elsewhere:

        def behave(served: Served) -> None:
            served.read()
            served.answer("307 Elsewhere", b"", b"Location: " + elsewhere.url.encode())

        with serving(behave) as server:
            (heard,) = ask(post(server.url), port=server.port)

    assert isinstance(heard, Answered)
    assert elsewhere.connections == 0


def test_an_endless_body_is_cut() -> None:
    def behave(served: Served) -> None:
        served.read()
        served.say(OK + b"\r\n")
        while True:
            served.say(b"x" * 65_536)

    begun = time.monotonic()
    heard, _ = meet(behave, max_body=100_000)

    assert isinstance(heard, Answered)
    assert (len(heard.content), heard.cut) == (100_000, True)
    assert time.monotonic() - begun < 30


def test_a_gzip_bomb_stays_small() -> None:
    """10 GB of zeros in 10 MB: 64 kB are inflated and the rest is not read."""
    squeeze = zlib.compressobj(9, wbits=31)
    megabytes = squeeze.compress(bytes(MEGABYTE)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    again = squeeze.compress(bytes(MEGABYTE)) + squeeze.flush(zlib.Z_FULL_FLUSH)

    def behave(served: Served) -> None:
        served.read()
        served.say(ZIPPED, megabytes, *[again] * 10_000)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    heard, _ = meet(behave, max_body=65_536)

    assert isinstance(heard, Answered)
    assert (len(heard.content), heard.cut) == (65_536, True)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024  # kB


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(b'{"id": 1}', mtime=0)), ("GZIP", gzip.compress(b'{"id": 1}', mtime=0)),
     ("deflate", zlib.compress(b'{"id": 1}')), ("identity", b'{"id": 1}')],
)  # fmt: skip  # without a time in it: two test workers must collect the same names
def test_what_is_packed_is_unpacked(coding: str, body: bytes) -> None:
    def behave(served: Served) -> None:
        served.read()
        served.answer("200 OK", body, b"Content-Encoding: " + coding.encode())

    heard, _ = meet(behave)

    assert isinstance(heard, Answered)
    assert (heard.content, heard.cut) == (b'{"id": 1}', False)


def test_a_packing_we_did_not_ask_for_is_left_as_it_is() -> None:
    def behave(served: Served) -> None:
        served.read()
        served.answer("200 OK", b"\x0b\x02\x80", b"Content-Encoding: br")

    heard, _ = meet(behave)

    assert isinstance(heard, Answered)
    assert heard.content == b"\x0b\x02\x80"


def test_a_no_that_comes_before_the_whole_request_was_read_is_heard() -> None:
    """The vendor answers 413 after the head and never reads the 40 MB behind it."""

    def behave(served: Served) -> None:
        served.connection.recv(1_000)
        served.answer("413 Too Large", b"{}")
        served.wait()

    with serving(behave) as server:
        (heard,) = ask(post(server.url, b"x" * 40 * MEGABYTE), port=server.port)

    assert isinstance(heard, Answered), heard
    assert heard.status == 413


def test_one_accounts_cookies_are_not_the_next_ones() -> None:
    def behave(served: Served) -> None:
        for _ in range(2):
            served.read()
            served.answer("200 OK", b"{}", b"Set-Cookie: session=of-account-1; Path=/")

    with serving(behave) as server:
        ask(post(server.url), post(server.url), port=server.port)

    assert len(server.requests) == 2
    assert not any(b"session=" in request for request in server.requests)


def test_the_frozen_bytes_are_the_bytes_that_arrive() -> None:
    def behave(served: Served) -> None:
        served.read()
        served.answer("200 OK", b"{}")

    content = bytes(range(256)) * 40
    with serving(behave) as server:
        ask(post(f"{server.url}/a%2Fb?q=x%20y&r=1%2B1", content, **{"X-Ref": "hub-1"}), port=server.port)

    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == content
    assert head.startswith(b"POST /cards/a%2Fb?q=x")
    assert b"x-ref: hub-1" in head.lower()
