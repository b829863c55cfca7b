"""A mail server that an account names may be anybody's. What it announces is not believed, and its call ends."""

from __future__ import annotations

import asyncio
import imaplib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from hub.core.egress import Egress
from hub.core.mail_post import LETTERS, LONGEST_LETTER, Cursor, From
from hub.core.mail_servers import Server, Servers
from hub.dispatch.exchange import Answered, Exchange
from hub.dispatch.post import mailbox
from hub.dispatch.post.office import PostOffice
from hub.dispatch.post.said import Said
from hub.dispatch.requests import FrozenRequest
from tests.support.mail_certificates import certificate

GOOD = {"SELECT": b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 9] x\r\n", "SEARCH": b"* SEARCH 8\r\n"}
GOOD |= {"EXAMINE": GOOD["SELECT"], "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n"}


@contextmanager
def server(replies: dict[str, bytes]) -> Iterator[int]:
    """IMAP as far as it goes: each command is answered with what stands under its name, and OK."""
    door = socket.create_server(("127.0.0.1", 0))
    context = certificate().server()

    def serve() -> None:
        with suppress(OSError), context.wrap_socket(door.accept()[0], server_side=True) as plug:
            plug.sendall(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
            for line in plug.makefile("rb"):
                tag, _, rest = line.partition(b" ")
                word = rest.split()[1 if rest.startswith(b"UID") else 0].decode().upper()
                plug.sendall(replies.get(word, b"") + tag + b" OK done\r\n")

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield door.getsockname()[1]
    finally:
        door.close()


def letters(port: int, seconds: float = 1.5) -> Exchange:
    imap = Server(host="127.0.0.1", port=port, tls="implicit", user="ada")
    headers = (
        ("Post-Servers", Servers(smtp=imap, imap=imap).model_dump_json()),
        ("Post-Login", json.dumps({"password": "p"})),
    )
    wanted = From(cursor=Cursor(validity=1, uid=7)).model_dump_json().encode()
    office = PostOffice.of(Egress.of([f"127.0.0.1:{port}"]), certificate().trusted())
    try:
        ready = FrozenRequest("GET", "imaps://127.0.0.1", headers, wanted)
        return asyncio.run(office.exchange(LETTERS, ready, time.monotonic() + seconds))
    finally:
        office.close()


def test_a_server_of_a_few_lines_is_enough_to_read_a_letter() -> None:
    fetched = b"* 1 FETCH (UID 8 RFC822.SIZE 4 BODY[]<0> {4}\r\nbody)\r\n"
    with server({**GOOD, "FETCH": fetched}) as port:
        result = letters(port, 60.0)

    assert isinstance(result, Answered)
    assert b"Ym9keQ==" in result.content


@pytest.mark.parametrize(
    "fetched",
    [
        b"* 1 FETCH (UID 8 RFC822.SIZE 4 BODY[]<0> {99999999999}\r\n",
        b"* 1 FETCH (UID 8 BODY[]<0> {4}\r\n",
        b"* 1 FETCH junk\r\n",
        b"* BYE go away\r\n",
        b"x" * 2_000_000 + b"\r\n",
    ],
)
def test_what_a_server_announces_is_not_believed(fetched: bytes) -> None:
    with server({**GOOD, "FETCH": fetched}) as port:
        begun = time.monotonic()
        result = letters(port)

    assert time.monotonic() - begun < 20
    assert not (isinstance(result, Answered) and Said.model_validate_json(result.content).code == 250)


def test_no_more_is_read_at_once_than_was_asked_for() -> None:
    with pytest.raises(imaplib.IMAP4.abort, match="more than it was asked for"):
        object.__new__(mailbox._Plugged).read(LONGEST_LETTER + mailbox.SPARE + 1)
