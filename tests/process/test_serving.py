"""The web server around Django, on a real socket."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from hub.process import serving

TWO = b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def _page(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "6"), ("Content-Type", "text/plain")])
    return [b"a page"]


def test_a_head_has_no_body_that_the_next_answer_could_be_taken_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.wsgi.get_wsgi_application", lambda: _page)
    web = serving.Web(port=0)
    web.start()

    try:
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as line:
            line.sendall(TWO)
            said = b"".join(iter(lambda: line.recv(4096), b""))
    finally:
        web.close()

    head, _, rest = said.partition(b"\r\n\r\n")
    assert b"Content-Length: 6" in head
    assert rest.startswith(b"HTTP/1.1 200 OK")
    assert rest.endswith(b"\r\n\r\na page")
