"""An IMAP server of a few lines whose letters, numbers and silences a test decides: for what no real server does when asked.

::

    with imap() as server:
        server.arrives(b"...")
        server.with_idling = b"* 2 EXISTS\\r\\n"      # goes out in one piece with the word that begins IDLE
        server.dies()                                # nothing that comes from a client arrives any more, and nobody is told
        with once_idling(server, server.hangs_up):   # as soon as a client idles, however long it takes until then
            ...
"""

from __future__ import annotations

import ctypes
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.support.mail_certificates import certificate

SO_ATTACH_FILTER = 26
"""Linux's number; Python has no name for it."""

LONGEST = 60.0
"""Seconds until somebody idles, on a machine that has other work."""


@dataclass
class Imap:
    """See the module's docstring.

    Attributes:
        letters: number → bytes.
        validity: UIDVALIDITY; None: the server tells none.
        before_idling: sent before the word that begins IDLE, each time.
        with_idling: sent with the word that begins IDLE, each time.
        arrives_at_idle: a letter that comes in when a client begins to idle for the first time.
        refuses: command → the answer, without its tag.
        spoiled: numbers of letters that it cannot hand out; of those in ``headless`` not even the head.
        lines: every command, without its tag.
        told: capabilities.
        idled: how often the word that begins IDLE went out.
    """

    letters: dict[int, bytes] = field(default_factory=dict)
    validity: int | None = 1
    next_uid: int = 1
    before_idling: bytes = b""
    with_idling: bytes = b""
    arrives_at_idle: bytes = b""
    told: str = "IMAP4rev1 IDLE"
    refuses: dict[str, str] = field(default_factory=dict)
    spoiled: set[int] = field(default_factory=set)
    headless: set[int] = field(default_factory=set)
    lines: list[str] = field(default_factory=list)
    port: int = 0
    plugs: list[ssl.SSLSocket] = field(default_factory=list)
    idled: int = 0
    _idling: threading.Condition = field(default_factory=threading.Condition)

    def arrives(self, raw: bytes) -> None:
        """A letter comes in. Nobody is told."""
        self.letters[self.next_uid] = raw
        self.next_uid += 1

    def tells(self, line: bytes) -> None:
        """Say something to everybody."""
        for plug in tuple(self.plugs):
            with suppress(OSError):
                plug.sendall(line + b"\r\n")

    def hangs_up(self, word: bytes = b"* BYE for today") -> None:
        """On everybody who is there now: who comes back at the word is a new guest."""
        guests = tuple(self.plugs)
        self.tells(word)
        for plug in guests:
            with suppress(OSError):
                plug.shutdown(socket.SHUT_RDWR)

    def dies(self) -> None:
        """As a host that lost its power: what is sent to it is answered by nobody, not even by its kernel."""
        nothing = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: return 0, so keep no byte
        program = struct.pack("HL", 1, ctypes.addressof(nothing))
        for plug in tuple(self.plugs):
            plug.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)

    def count(self, verb: str) -> int:
        """How often a command came."""
        return sum(line.split()[0].upper() == verb for line in self.lines if line.split())

    def _told_to_idle(self) -> None:
        with self._idling:
            self.idled += 1
            self._idling.notify_all()

    def has_idled(self, times: int, seconds: float) -> bool:
        """Wait until the word that begins IDLE went out so often. False: it did not."""
        with self._idling:
            return self._idling.wait_for(lambda: self.idled >= times, seconds)

    def receive(self, plug: socket.socket, context: ssl.SSLContext) -> None:
        """A guest. Who goes away while hands are shaken was none."""
        with suppress(OSError):
            safe = context.wrap_socket(plug, server_side=True)
            self.plugs.append(safe)
            self.serve(safe)

    def serve(self, plug: ssl.SSLSocket) -> None:
        """One session."""
        with suppress(OSError), plug:
            plug.sendall(f"* OK [CAPABILITY {self.told}] hello\r\n".encode())
            tag_of_idle = ""
            for line in plug.makefile("rb"):
                said = line.decode("latin-1").strip()
                if tag_of_idle and said.upper() == "DONE":
                    self.lines.append("DONE")
                    plug.sendall(f"{tag_of_idle} OK done\r\n".encode())
                    tag_of_idle = ""
                    continue
                tag, _, rest = said.partition(" ")
                self.lines.append(rest)
                verb = rest.split()[0].upper()
                if verb in self.refuses:
                    plug.sendall(f"{tag} {self.refuses[verb]}\r\n".encode())
                elif self.cannot_hand_out(rest):
                    plug.sendall(f"{tag} NO The requested message could not be converted\r\n".encode())
                elif verb == "IDLE":
                    tag_of_idle = tag
                    if self.arrives_at_idle:
                        self.arrives(self.arrives_at_idle)
                        self.arrives_at_idle = b""
                    plug.sendall(self.before_idling + b"+ idling\r\n" + self.with_idling)
                    self._told_to_idle()
                else:
                    plug.sendall(self.answer(verb, rest) + f"{tag} OK done\r\n".encode())
                    if verb == "LOGOUT":
                        return

    def answer(self, verb: str, rest: str) -> bytes:
        """What stands before the OK."""
        if verb == "CAPABILITY":
            return f"* CAPABILITY {self.told}\r\n".encode()
        if verb in ("EXAMINE", "SELECT"):
            numbers = "" if self.validity is None else f"* OK [UIDVALIDITY {self.validity}] x\r\n"
            return f"* {len(self.letters)} EXISTS\r\n{numbers}* OK [UIDNEXT {self.next_uid}] x\r\n".encode()
        if rest.upper().startswith("UID SEARCH"):
            return f"* SEARCH {' '.join(map(str, self.found(rest)))}\r\n".encode()
        if rest.upper().startswith("UID FETCH"):
            number = int(rest.split()[2])
            raw = self.letters[number]
            if "HEADER" in rest.upper():
                raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
                return f"* 1 FETCH (UID {number} BODY[HEADER] {{{len(raw)}}}\r\n".encode() + raw + b")\r\n"
            head = f"* 1 FETCH (UID {number} RFC822.SIZE {len(raw)} BODY[]<0> {{{len(raw)}}}\r\n"
            return head.encode() + raw + b")\r\n"
        return b""

    def cannot_hand_out(self, rest: str) -> bool:
        """Exchange says so of some letters, for good."""
        if not rest.upper().startswith("UID FETCH"):
            return False
        number = int(rest.split()[2])
        return number in self.headless or (number in self.spoiled and "HEADER" not in rest.upper())

    def found(self, rest: str) -> list[int]:
        """As RFC 3501 wants it: ``n:*`` always holds the last one."""
        asked = re.search(r"UID (\d+):\*", rest)
        if asked is None:
            return sorted(self.letters)
        if asked[1] == "0":
            raise OSError("UID 0 is no number of a letter")  # as Zoho: a protocol error ends the session
        last = max(self.letters, default=0)
        return sorted(number for number in self.letters if number >= int(asked[1]) or number == last)


@contextmanager
def imap() -> Iterator[Imap]:
    """A running one, with TLS from the first byte."""
    server = Imap()
    context = certificate().server()
    door = socket.create_server(("127.0.0.1", 0))
    server.port = door.getsockname()[1]

    def take() -> None:
        with suppress(OSError):  # it is over
            while True:
                plug, _ = door.accept()
                threading.Thread(target=server.receive, args=(plug, context), name="imap", daemon=True).start()

    threading.Thread(target=take, name="imap", daemon=True).start()
    try:
        yield server
    finally:
        with suppress(OSError):
            door.shutdown(socket.SHUT_RDWR)  # or the thread would go on to take calls
        door.close()
        for plug in tuple(server.plugs):
            with suppress(OSError):
                plug.close()


@contextmanager
def once_idling(server: Imap, deed: Callable[[], object], times: int = 1) -> Iterator[None]:
    """Do something as soon as clients were told so often, from now on, that they idle. It is done when the block is over."""
    wanted, done = server.idled + times, list[bool]()

    def wait() -> None:
        if server.has_idled(wanted, LONGEST):
            deed()
            done.append(True)

    thread = threading.Thread(target=wait, name="imap-deed", daemon=True)
    thread.start()
    yield
    thread.join(LONGEST)
    assert done, "nobody idled"
