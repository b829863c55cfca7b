"""A name server on loopback that knows who takes the mail of some domains in.

::

    with name_server({"club.example": [(10, "mx.club.example")]}) as at:
        settings.HUB_DNS_SERVERS = (at,)
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Hosts = Mapping[str, Sequence[tuple[int, str]]]
"""Domain → preference and host of each record; ``"."`` is the host of a domain that takes no mail (RFC 7505)."""


@contextmanager
def name_server(hosts: Hosts, *, says: bytes | None = None, answers: bool = True) -> Iterator[tuple[str, int]]:
    """Its address and port. ``says``: these bytes instead of an answer. ``answers=False``: it takes questions and is silent."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked, socket = self.request
            if answers:
                socket.sendto(_answer(asked, hosts) if says is None else says, self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield "127.0.0.1", int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def _answer(asked: bytes, hosts: Hosts) -> bytes:
    question = dns.message.from_wire(asked)
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.RA
    name = question.question[0].name
    found = hosts.get(name.to_text(omit_final_dot=True))
    if found:
        lines = [f"{preference} {host.rstrip('.')}." for preference, host in found]
        answer.answer.append(dns.rrset.from_text_list(name, 300, "IN", "MX", lines))
    elif found is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()
