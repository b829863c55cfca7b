"""Vendors made of sockets: each connection is handed to a function that misbehaves in one way."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

Behave = Callable[["Served"], None]


class Served:
    """One connection, from the server's side."""

    def __init__(self, server: SocketServer, connection: socket.socket) -> None:
        self.server, self.connection = server, connection

    def read(self) -> bytes:
        """One whole request; counted."""
        seen = b""
        while b"\r\n\r\n" not in seen:
            piece = self.connection.recv(65_536)
            if not piece:
                raise ConnectionError
            seen += piece
        head, _, body = seen.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        wanted = int(lengths[0].split(b":")[1]) if lengths else 0
        while len(body) < wanted:
            body += self.connection.recv(65_536)
        self.server.requests.append(head + b"\r\n\r\n" + body)
        return body

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.sendall(piece)

    def answer(self, status: str, body: bytes = b"", *headers: bytes) -> None:
        lines = [b"HTTP/1.1 " + status.encode(), b"Content-Length: %d" % len(body), *headers]
        self.say(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def reset(self) -> None:
        """RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def wait(self) -> None:
        """Until the test is over."""
        self.server.over.wait(60)

    def arrived(self) -> None:
        """Until something has come, and without reading it."""
        self.connection.recv(1, socket.MSG_PEEK)

    def drip(self, piece: bytes, seconds: float = 0.02) -> None:
        """For ever, a bit at a time."""
        while not self.server.over.wait(seconds):
            self.say(piece)


class SocketServer:
    """Listens on loopback until closed. ``connections`` and ``requests`` are what reached it."""

    def __init__(self, behave: Behave, tls: ssl.SSLContext | None = None) -> None:
        self.connections, self.requests = 0, list[bytes]()
        self.over = threading.Event()
        self._behave, self._tls = behave, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/cards"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ConnectionError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._behave(Served(self, connection))
        with contextlib.suppress(OSError):
            connection.close()

    def close(self) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextlib.contextmanager
def serving(behave: Behave, tls: ssl.SSLContext | None = None) -> Iterator[SocketServer]:
    """A server for one test."""
    server = SocketServer(behave, tls)
    try:
        yield server
    finally:
        server.close()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate that nobody vouches for."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begin,
                                   begin + datetime.timedelta(days=36_500)).sign(key, hashes.SHA256())  # fmt: skip
    pem = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context
