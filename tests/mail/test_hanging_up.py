"""A mail server that says nothing: the call ends at its deadline, and the thread that waited ends with it."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
from contextlib import suppress

import pytest

from hub.core.egress import Egress
from hub.core.mail_post import FIND, ById
from hub.core.mail_servers import Server, Servers
from hub.dispatch.exchange import Answered, Lost
from hub.dispatch.post.office import PostOffice
from hub.dispatch.post.said import Said, Stage
from hub.dispatch.requests import FrozenRequest


def ready(port: int, tls: str) -> FrozenRequest:
    server = Server(host="127.0.0.1", port=port, tls=tls, user="ada")  # type: ignore[arg-type]
    servers = Servers(smtp=server, imap=server)
    headers = (("Post-Servers", servers.model_dump_json()), ("Post-Login", json.dumps({"password": "p"})))
    return FrozenRequest("GET", "imap://127.0.0.1", headers, ById(message_id="<a@b>").model_dump_json().encode())


def asked(port: int, tls: str, seconds: float) -> Answered | Lost:
    office = PostOffice.of(Egress.of([f"127.0.0.1:{port}"]), ssl.create_default_context())
    try:
        result = asyncio.run(office.exchange(FIND, ready(port, tls), time.monotonic() + seconds))
    finally:
        office.close()
    assert isinstance(result, Answered | Lost)
    return result


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_server_that_never_speaks_ends_at_the_deadline_and_leaves_no_thread(tls: str) -> None:
    others = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        result = asked(silent.getsockname()[1], tls, 1.0)

        assert isinstance(result, Lost)
        assert time.monotonic() - begun < 15
        for thread in set(threading.enumerate()) - others:
            if thread.name.startswith("hub-mail"):
                thread.join(30)
                assert not thread.is_alive()


def test_nobody_there_is_told_with_the_server_s_name() -> None:
    result = asked(9, "implicit", 30.0)

    assert isinstance(result, Answered)
    said = Said.model_validate_json(result.content)
    assert (said.stage, said.host) == (Stage.UNREACHED, "127.0.0.1")


def test_a_line_that_breaks_within_the_handshake_is_no_admin_s_matter() -> None:
    def breaks() -> None:
        with suppress(OSError):
            while True:
                plug, _ = door.accept()
                plug.recv(64)
                plug.shutdown(socket.SHUT_WR)
                plugs.append(plug)

    plugs: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=breaks, daemon=True).start()
        result = asked(door.getsockname()[1], "implicit", 60.0)
    for plug in plugs:
        plug.close()

    assert isinstance(result, Answered)
    assert Said.model_validate_json(result.content).stage is Stage.UNREACHED
