"""A mailbox that is waited at for long: on one sign-in, over a line that may die, at a server with ways of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hub_smtp_custom import addon

from hub.core import Cursor, Letters, Wait
from hub.core.egress import Egress
from hub.core.mail_post import LONGEST_WAIT, WAIT, Until
from hub.dispatch.outside import Outside
from hub.dispatch.post import mailbox, orders, wire
from hub.dispatch.post.office import PostOffice
from hub.dispatch.requests import FrozenRequest
from hub.testing.kit import Kit
from tests.support.mail_certificates import certificate
from tests.support.mail_imap import Imap, imap, once_idling


@pytest.fixture
def server() -> Iterator[Imap]:
    with imap() as made:
        yield made


@pytest.fixture
def hub(server: Imap) -> Iterator[Kit]:
    outside = Outside(Egress.of([f"127.0.0.1:{server.port}"]))
    outside.office = PostOffice.of(outside.egress, certificate().trusted())
    settings = {
        "address": "ada@crm.test", "password": "p", "provider": "Custom", "smtp_host": "127.0.0.1", "smtp_port": 9,
        "imap_host": "127.0.0.1", "imap_port": server.port, "imap_tls": "implicit",
    }  # fmt: skip
    with Kit(addon, settings=settings, outside=outside) as made:
        yield made


def waited(hub: Kit, seconds: float, cursor: Cursor | None = None) -> Any:
    async def wait(vendor: Any) -> bool:
        return bool(await vendor.post.wait(cursor or Cursor(validity=1, uid=0), seconds))

    return hub.ask(wait)


def letters(hub: Kit, cursor: Cursor | None) -> list[Letters]:
    async def read(vendor: Any) -> list[Letters]:
        return [page async for page in vendor.post.letters(cursor)]

    pages = hub.ask(read)
    assert isinstance(pages, list), pages
    return pages


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.monotonic()
    return work(), time.monotonic() - begun


def test_it_is_idled_again_and_again_on_one_sign_in(server: Imap, hub: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "IDLE_SECONDS", 0.6)

    with once_idling(server, lambda: server.arrives(b"x"), times=3):
        assert waited(hub, 120) is True

    assert server.count("LOGIN") == 1
    assert server.count("DONE") >= 2
    assert mailbox.IDLE_SECONDS < LONGEST_WAIT, "a sign-in lasts longer than one IDLE"


def test_a_call_may_wait_an_hour_and_no_longer_whatever_it_asks_for() -> None:
    def seconds(wanted: float) -> float:
        body = Until(cursor=Cursor(), seconds=wanted).model_dump_json().encode()
        return orders.seconds_of_waiting(WAIT, FrozenRequest("GET", "imaps://x/wait", (), body))

    assert [seconds(wanted) for wanted in (30.0, 1e9, -1.0)] == [30.0, LONGEST_WAIT, 0.0]


@pytest.mark.parametrize("when", ["before_idling", "with_idling"])
def test_a_letter_that_is_told_of_beside_the_word_that_begins_idle_is_heard(server: Imap, hub: Kit, when: str) -> None:
    """After it, in one piece with it, it lies in our own buffer while the kernel has nothing more to give."""
    setattr(server, when, b"* 1 EXISTS\r\n* 1 RECENT\r\n")
    server.arrives_at_idle = b"x"

    news, took = timed(lambda: waited(hub, 60))

    assert news is True
    assert took < 30
    assert server.count("DONE") == 1


def test_a_server_that_says_goodbye_in_place_of_the_word_that_begins_idle_has_hung_up(server: Imap, hub: Kit) -> None:
    """It is asked again in seconds, and not in the quarter of an hour of one that says no."""
    server.before_idling = b"* BYE Server shutting down.\r\n"

    said = waited(hub, 20)

    assert isinstance(said, Wait), said
    assert said.seconds is None


def test_a_server_that_refuses_to_idle_is_left_alone_for_long(server: Imap, hub: Kit) -> None:
    server.refuses["IDLE"] = "NO not now"

    said = waited(hub, 20)

    assert isinstance(said, Wait), said
    assert (said.seconds or 0) > 60
    assert "not now" in said.reason


def test_imapclient_565_a_server_that_hangs_up_while_we_wait_is_noticed_and_nothing_spins(
    server: Imap, hub: Kit
) -> None:
    begun = time.process_time()

    with once_idling(server, server.hangs_up):
        said, took = timed(lambda: waited(hub, 60))

    assert isinstance(said, Wait), said
    assert took < 30
    assert time.process_time() - begun < 2


def test_a_line_that_dies_without_a_word_is_noticed(server: Imap, hub: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by what IMAP says, for nothing is said while it is idled: by the signs of life that its kernel is asked for."""
    monkeypatch.setattr(wire, "SIGNS_OF_LIFE", {"TCP_KEEPIDLE": 1, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 2})

    with once_idling(server, server.dies):
        said, took = timed(lambda: waited(hub, 90))

    assert isinstance(said, Wait), said
    assert took < 60


def test_a_line_is_asked_for_signs_of_life_within_minutes(server: Imap, hub: Kit) -> None:
    idle, every, times = (wire.SIGNS_OF_LIFE[name] for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT"))

    assert idle + every * times <= 180


def test_a_server_that_tells_of_letters_and_has_none_is_not_asked_without_a_pause(server: Imap, hub: Kit) -> None:
    server.with_idling = b"* 0 EXISTS\r\n"

    assert waited(hub, 3) is False

    assert server.count("IDLE") <= 4
    assert server.count("LOGIN") == 1


def test_other_words_of_the_server_do_not_end_the_idling(server: Imap, hub: Kit) -> None:
    with once_idling(server, lambda: server.tells(b"* OK Still here")):
        assert waited(hub, 1.5) is False

    assert server.count("IDLE") == 1


def test_a_letter_that_is_gone_before_it_was_read_is_no_news_for_ever(server: Imap, hub: Kit) -> None:
    """Its number is used up, so the folder's next one stays beyond the cursor until that has moved on."""
    (start,) = letters(hub, None)
    server.arrives(b"x")
    server.letters.clear()

    assert waited(hub, 1, start.cursor) is True
    (page,) = letters(hub, start.cursor)

    assert page.letters == ()
    assert waited(hub, 1, page.cursor) is False
