"""Where the hub may speak to, whatever spelling the address comes in."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from hub.core import http
from hub.core.egress import Blocked, Egress, GuardedConnector, GuardedResolver, is_public

PRIVATE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.1.2.3", "169.254.0.1",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1", "192.31.196.1", "192.52.193.1",
    "192.88.99.1", "192.168.0.1", "192.168.255.255", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1",    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe",
    "::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe", "1::1", "4000::1", "8000::1",
    "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "100::1", "100:0:0:1::1", "2001::1",
    "2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2620:4f:8000::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fdff:ffff::1", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "feff::1",
    "ff02::1", "ff0e::1",
]  # fmt: skip

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.0.1.1", "198.20.0.1",
          "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001::1", "2620:fe::fe"]  # fmt: skip

DISGUISES = [
    "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0x0.0x0.0x1/", "http://0x7f.1/",
    "http://0177.0.0.1/", "http://0177.1/", "http://017700000001/", "http://127.0.0.1./", "http://2130706433./", "http://0x7f.1./",
    "http://127.000.000.001/", "http://127.0.0.01/", "http://00127.0.0.1/", "http://127。0。0。1/", "http://127．0．0．1/",
    "http://127｡0｡0｡1/", "http://①②⑦.⓪.⓪.①/", "http://１２７.0.0.1/", "http://𝟏𝟐𝟕.𝟎.𝟎.𝟏/", "http://⑯⑨。②⑤④。⑯⑨。②⑤④/", "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::FFFF:7F00:1]/", "http://[64:ff9b::127.0.0.1]/",
    "http://[::1%25lo]/", "http://[::1%lo]/", "http://[fe80::1%25eth0]/", "http://[::]/", "http://0/", "http://0.0.0.0/",
    "http://00/", "http://0x0/", "http://3232235521/", "http://0xc0a80001/", "http://192.168.1/", "http://10.1/", "http://169.254.43518/",
    "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://2852039166/", "http://[::ffff:169.254.169.254]/",
    "http://4294967295/", "http://340282366920938463463374607431768211455/", "http://999.999.999.999/", "http://1.2.3.4.5/",
    "http://user@127.0.0.1/", "http://good.example@127.0.0.1/", "http://user:pw@good.example/", "http://@good.example/",
    "http://good.example\\@127.0.0.1/", "http:\\\\127.0.0.1\\", "http://good.example\t.evil/", "http://good.example\n/", "http:///x",
    "http://", "http:127.0.0.1", "http:/127.0.0.1/", "//127.0.0.1/", "127.0.0.1", "", " http://good.example/", "ftp://good.example/",
    "file:///etc/passwd", "gopher://good.example/", "javascript:alert(1)", "data:text/html,x", "unix:///run/x.sock",
    "http://good.example:22/", "http://good.example:6379/", "http://good.example:0/", "http://good.example:99999/",
    "http://good.example:port/", "http://good.example:-1/", "http://[::1/", "http://::1/", "http://[good.example]/",
    "http://1.1.1.1:8080/", "https://good.example:80443/",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_special_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("text", ["", "localhost", "1.1.1.1.", "0x7f.1", "2130706433", "1.1.1.1 ", "::g"])
def test_what_is_no_address_is_not_public_either(text: str) -> None:
    assert not is_public(text)


@pytest.mark.parametrize("url", DISGUISES)
def test_every_disguise_is_seen_through_before_anything_is_looked_up(url: str) -> None:
    assert Egress().why_not(url)


@pytest.mark.parametrize("address", [a for a in PRIVATE if "%" not in a])
def test_every_special_address_is_refused_as_a_host(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    assert Egress().why_not(f"https://{host}/") == "the address is inside a private network"


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST.", "a.localhost", "localhost.localdomain", "ip6-loopback", "printer.local", "vault.internal",
     "metadata.google.internal", "router.home.arpa"],
)  # fmt: skip
def test_a_name_that_means_this_machine_or_network_is_refused_before_it_is_looked_up(host: str) -> None:
    assert Egress().why_not(f"https://{host}/") == "the address is inside a private network"


@pytest.mark.parametrize(
    "host", ["local.example", "localhost.example", "mylocalhost.example", "internal.example", "a.homes"]
)
def test_a_name_that_only_sounds_like_it_stays_open(host: str) -> None:
    assert Egress().why_not(f"https://{host}/") == ""


@pytest.mark.parametrize(
    "url",
    ["https://good.example/x?y=z#w", "http://good.example", "https://1.1.1.1/", "https://[2606:4700:4700::1111]/", "https://bücher.example/",
     "https://xn--bcher-kva.example/", "https://good.example:443/", "http://good.example:80/", "https://a1.example/", "https://4chan.example"],
)  # fmt: skip
def test_what_is_open_stays_open(url: str) -> None:
    assert Egress().why_not(url) == ""


def test_an_operator_may_name_this_machine_by_its_name() -> None:
    assert Egress.of(["localhost:443"]).why_not("https://localhost/") == ""


def test_an_operator_may_name_a_host_and_port_and_nothing_beside_it() -> None:
    rules = Egress.of(["127.0.0.1:9100", "Relay.example:8443"])

    assert rules.why_not("http://127.0.0.1:9100/x") == ""
    assert rules.why_not("https://relay.example:8443/") == ""
    assert rules.why_not("http://127.0.0.1:9101/")
    assert rules.why_not("http://127.0.0.2:9100/")


def test_plain_http_can_be_forbidden() -> None:
    assert Egress(plain_http=False).why_not("http://good.example/") == "the address must begin with https://"


class Answers(AbstractResolver):
    """A name server that says what it is told to, one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None: ...


def resolved(resolver: GuardedResolver) -> list[str]:
    return [answer["host"] for answer in asyncio.run(resolver.resolve("vendor.example", 443))]


def test_one_private_answer_among_many_is_enough_to_refuse() -> None:
    resolver = GuardedResolver(Egress(), Answers(["1.1.1.1", "10.0.0.1"]))

    with pytest.raises(Blocked, match=r"vendor\.example is inside a private network"):
        resolved(resolver)


def test_a_name_that_rebinds_is_refused_the_moment_it_turns() -> None:
    resolver = GuardedResolver(Egress(), Answers(["1.1.1.1"], ["127.0.0.1"]))

    assert resolved(resolver) == ["1.1.1.1"]
    with pytest.raises(Blocked):
        resolved(resolver)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_special_address_comes_out_of_the_resolver(address: str) -> None:
    with pytest.raises(Blocked):
        resolved(GuardedResolver(Egress(), Answers([address])))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1"])
def test_a_host_that_is_an_address_is_checked_where_the_connection_is_made(host: str) -> None:
    """aiohttp takes such a host past the resolver."""

    async def look_up() -> Any:
        connector = GuardedConnector(Egress())
        try:
            return await connector._resolve_host(host, 80)
        finally:
            await connector.close()

    with pytest.raises(Blocked):
        asyncio.run(look_up())


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/", "http://[::1]:{port}/", "http://localhost:{port}/", "http://127。0。0。1:{port}/"],
)
def test_nothing_of_a_private_server_is_reached_even_when_nobody_looked_at_the_url(url: str) -> None:
    """The connection itself is guarded: here the text of the URL is not checked at all."""
    reached = []

    async def call() -> None:
        async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            reached.append(await reader.read(1))
            writer.close()

        server = await asyncio.start_server(served, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, http.transport(Egress()) as wire:
            with pytest.raises((httpx.TransportError, Blocked)):
                await wire.handle_async_request(httpx.Request("GET", url.format(port=port)))

    asyncio.run(call())

    assert reached == []


@given(st.integers(0, 2**32 - 1))
def test_every_number_is_refused_as_a_host_in_every_base(number: int) -> None:
    for host in (str(number), hex(number), f"0{number:o}"):
        assert Egress().why_not(f"http://{host}/")


@given(st.text(max_size=60))
def test_any_text_gets_an_answer_and_never_an_exception(text: str) -> None:
    assert isinstance(Egress().why_not(text), str)
    assert isinstance(Egress().why_not("https://" + text), str)
