"""A mailbox over IMAP: is a mail in *Sent*, what arrived, is there news.

IMAPClient speaks the protocol and blocks, so this runs in threads; the connection it uses was made and checked by
:mod:`~hub.dispatch.post.wire`. Letters are read without marking them read, by their numbers within one UIDVALIDITY, and cut at a
size. After a server has closed the connection IMAPClient's IDLE answers at once and for ever with nothing, so an answer that
comes before its time counts as closed.
"""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError, LoginError  # type: ignore[import-untyped]
from imapclient.imapclient import SENT  # type: ignore[import-untyped]

from hub.core.mail_post import LONGEST_LETTER, Cursor, From, Letter, Letters
from hub.core.mail_servers import Server
from hub.dispatch.post.orders import Login
from hub.dispatch.post.said import Refusal, Stage
from hub.dispatch.post.signing_in import oauthbearer, xoauth2
from hub.dispatch.post.wire import GREETING_SECONDS

logging.getLogger("imapclient").setLevel(logging.WARNING)  # it tells every line that is said, letters included

IO_SECONDS = 25.0
"""How long one answer of the server may take."""

LOOKED_BACK = timedelta(days=3)
"""How far back letters are read again when a folder's numbers are new."""

KEPT_IDS = ("X-Microsoft-Original-Message-ID",)
"""Where a provider keeps our Message-ID that writes one of its own over it."""

SPARE = 64 * 1024
"""Bytes by which a part of a letter may be longer than was asked for: servers count line ends in their own ways."""

PAGE_BYTES = 8 * 1024 * 1024
"""Bytes of letters in one page; the next ones come with the next."""

IDLE_SECONDS = 14 * 60.0
"""How long it is idled at a time, on one sign-in. RFC 2177 allows 29 minutes; between two times the server is asked itself, which
shows letters that it never told of, and those must be found within a quarter of an hour. That a line is dead is noticed much
sooner: :data:`~hub.dispatch.post.wire.SIGNS_OF_LIFE`."""

HASTY_SECONDS = 1.0
"""How long a server is left alone that told of letters and has none."""

BUSY = ("[UNAVAILABLE]", "[LIMIT]", "[INUSE]", "THROTTLED", "BACKOFF")
"""Words of a server that wants to be asked again later."""

POLL_SECONDS = 5.0
"""Between two looks at a server that cannot tell by itself (no IDLE)."""


class _Plugged(imaplib.IMAP4):
    """imaplib's client on a connection that stands already."""

    def __init__(self, host: str, port: int, plug: socket.socket) -> None:
        self._plug = plug
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return self._plug

    def read(self, size: int) -> bytes:
        """A server says how long a part is before it sends it, and imaplib would believe it."""
        if size > LONGEST_LETTER + SPARE:
            raise self.abort("the server announces more than it was asked for")
        return super().read(size)


class _Client(IMAPClient):  # type: ignore[misc]
    def __init__(self, server: Server, plug: socket.socket) -> None:
        self._plug = plug
        super().__init__(server.host, server.port, ssl=False, timeout=IO_SECONDS)

    def _poll_socket(self, sock: socket.socket, timeout: float | None = None) -> Any:
        """Whether something can be read. What came with the server's last word lies in our own buffer, of which the kernel knows
        nothing: a letter that arrives just before we begin to idle would be heard of when the next one comes."""
        with suppress(OSError):
            if self._imap.file.peek(1):  # IMAPClient has made the socket not wait
                return True
        return super()._poll_socket(sock, timeout)

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Plugged(self.host, self.port, self._plug)

    def begin_idle(self) -> bool:
        """Say IDLE. True when letters were told of before the server began to idle.

        IMAPClient's own ``idle`` takes every word but the go-ahead for a refusal, though a server may tell of a letter, or say
        goodbye, at any moment (RFC 3501, 5.2).
        """
        self._idle_tag = self._imap._command("IDLE")
        told = False
        while (line := self._imap._get_response()) is not None:
            if line.upper().startswith(b"* BYE"):
                raise ConnectionResetError
            if not line.startswith(b"*"):
                raise IMAPClientError(line.decode("ascii", "replace"))
            told = told or line.upper().endswith(b" EXISTS")
        return told


class Mailbox:
    """A mailbox on which its user is signed in. Close it. One thread at a time.

    Args:
        plug: a connection to the server; ours from now on.

    Raises:
        Refusal: the server does not want us.
        ssl.SSLError, OSError: no safe connection could be made.
    """

    def __init__(self, server: Server, login: Login, plug: socket.socket, tls: ssl.SSLContext) -> None:
        plug.settimeout(GREETING_SECONDS)  # until the greeting; the client then waits as long as IO_SECONDS
        if server.tls == "implicit":
            plug = tls.wrap_socket(plug, server_hostname=server.host)
        self._client = _Client(server, plug)
        try:
            self._sign_in(server, login, tls)
        except BaseException:
            self.close()
            raise

    def _sign_in(self, server: Server, login: Login, tls: ssl.SSLContext) -> None:
        client = self._client
        if server.tls == "starttls":
            if not client.has_capability("STARTTLS"):
                raise Refusal(Stage.TLS, 0, "the server offers no STARTTLS on this port")
            client.starttls(tls)
        try:
            self._present(server, login)
        except (LoginError, UnicodeEncodeError, imaplib.IMAP4.error) as trouble:
            if _broke_off(trouble):  # nobody said no
                raise ConnectionResetError from None
            raise _not_in(str(trouble)) from None

    def _present(self, server: Server, login: Login) -> None:
        client = self._client
        if not login.token:
            plain = client.has_capability("AUTH=PLAIN")
            (client.plain_login if plain else client.login)(server.user, login.password)
        elif client.has_capability("AUTH=XOAUTH2"):
            client.sasl_login("XOAUTH2", _answers(xoauth2(server.user, login.token)))
        else:
            client.sasl_login("OAUTHBEARER", _answers(oauthbearer(server.user, login.token, server)))

    def close(self) -> None:
        """Say goodbye and hang up, whatever the server does."""
        with suppress(Exception):
            self._client.socket().settimeout(1.0)
            self._client.logout()
        with suppress(Exception):
            self._client.shutdown()

    @property
    def idles(self) -> bool:
        """The server tells news by itself."""
        return bool(self._client.has_capability("IDLE"))

    # --- sent mail ---------------------------------------------------------------------------------------------

    def holds(self, message_id: str, folder: str = "") -> bool:
        """Whether *Sent* holds a mail.

        Raises:
            Refusal: there is no such folder, so nothing can be said.
        """
        self._open(self._sent_folder(folder))
        return any(self._client.search(["HEADER", header, message_id]) for header in ("Message-ID", *KEPT_IDS))

    def file(self, message_id: str, content: bytes, at: datetime, folder: str = "") -> None:
        """Put a copy of a mail into *Sent*, unless it is there already."""
        sent = self._sent_folder(folder)
        self._open(sent)
        if not self._client.search(["HEADER", "Message-ID", message_id]):
            self._client.append(sent, content, flags=(b"\\Seen",), msg_time=at)

    def _sent_folder(self, named: str) -> str:
        found = named or self._client.find_special_folder(SENT)
        if not found:
            raise Refusal(Stage.FOLDER, words="the server names no folder of sent mail")
        return str(found)

    def _open(self, folder: str) -> dict[bytes, Any]:
        try:
            opened: dict[bytes, Any] = self._client.select_folder(folder, readonly=True)
        except IMAPClientError as trouble:
            if _broke_off(trouble):
                raise
            raise Refusal(Stage.FOLDER, words=str(trouble)) from None
        return opened

    # --- letters -----------------------------------------------------------------------------------------------

    def letters(self, wanted: From, now: datetime) -> Letters:
        """The next page after the cursor."""
        opened = self._open(wanted.folder)
        validity, last = int(opened.get(b"UIDVALIDITY", 0)), self._last(opened)
        if wanted.cursor is None:
            return Letters(cursor=Cursor(validity=validity, uid=last))
        reset = wanted.cursor.validity != validity
        after = 0 if reset else wanted.cursor.uid
        numbers = self._numbers(after, now - LOOKED_BACK if reset else None)
        if not numbers:  # what arrived and is gone already is passed over, or there would be news of it for ever
            return Letters(cursor=Cursor(validity=validity, uid=max(after, last)), reset=reset)
        read = self._fetched(numbers[: wanted.limit])
        cursor = Cursor(validity=validity, uid=read[-1].uid)
        return Letters(cursor=cursor, letters=tuple(read), reset=reset, more=cursor.uid < numbers[-1])

    def _last(self, opened: dict[bytes, Any]) -> int:
        if b"UIDNEXT" in opened:
            return int(opened[b"UIDNEXT"]) - 1
        return max(self._client.search("ALL"), default=0)

    def _numbers(self, after: int, since: datetime | None) -> list[int]:
        """``n:*`` always holds the last letter, whatever its number, so what is not new is left out here."""
        criteria: list[Any] = ["UID", f"{after + 1}:*"] if since is None else ["SINCE", since.date()]
        return sorted(number for number in self._client.search(criteria) if number > after)

    def _fetched(self, numbers: list[int]) -> list[Letter]:
        """One after the other, so that a page ends when it is large enough. There is always one.

        Raises:
            IMAPClientError: the server hands out none of them, so it is out of order.
        """
        read: list[Letter] = []
        taken, refused = 0, None
        for number in numbers:
            try:
                letter = self._letter(number)
            except IMAPClientError as trouble:
                if not _is_of_the_letter(trouble):
                    raise
                letter, refused = Letter.model_construct(uid=number, cut=True), trouble
            if read and taken + len(letter.raw) > PAGE_BYTES:
                break
            read.append(letter)
            taken += len(letter.raw)
        if refused is not None and not any(letter.raw for letter in read):
            raise refused
        return read

    def _letter(self, number: int) -> Letter:
        """Of one that the server cannot hand out (Exchange: *could not be converted*) the head; it says what is answered."""
        try:
            return self._whole(number)
        except IMAPClientError as trouble:
            if not _is_of_the_letter(trouble):
                raise
        found = self._client.fetch([number], ["BODY.PEEK[HEADER]"]).get(number, {})
        return Letter.model_construct(uid=number, raw=bytes(found.get(b"BODY[HEADER]", b"") or b""), cut=True)

    def _whole(self, number: int) -> Letter:
        found = self._client.fetch([number], ["RFC822.SIZE", f"BODY.PEEK[]<0.{LONGEST_LETTER}>"]).get(number, {})
        raw, size = bytes(found.get(b"BODY[]<0>", b"") or b""), int(found.get(b"RFC822.SIZE", 0))
        return Letter.model_construct(uid=number, size=size, raw=raw, cut=size > len(raw))

    # --- news --------------------------------------------------------------------------------------------------

    def news(self, cursor: Cursor, folder: str, seconds: float) -> bool:
        """Wait until something stands beyond the cursor; False when nothing does after ``seconds``.

        Raises:
            ConnectionError: the server hung up meanwhile.
        """
        end = time.monotonic() + seconds
        wait, hasty = self._idle if self.idles else self._poll, False
        while not self._is_beyond(cursor, folder):
            if hasty:
                time.sleep(HASTY_SECONDS)
            begun = time.monotonic()
            if begun >= end:
                return False
            asked = min(end - begun, IDLE_SECONDS)
            wait(asked)
            hasty = time.monotonic() - begun < min(asked, HASTY_SECONDS)
        return True

    def _is_beyond(self, cursor: Cursor, folder: str) -> bool:
        """Something stands after it, or it says nothing any more."""
        opened = self._open(folder)
        return int(opened.get(b"UIDVALIDITY", 0)) != cursor.validity or self._last(opened) > cursor.uid

    def _idle(self, seconds: float) -> None:
        """Until the server tells of letters, or the time is over."""
        end = time.monotonic() + seconds
        told = self._client.begin_idle()
        try:
            while not told and (left := end - time.monotonic()) > 0 and not self._told_of_letters(left):
                pass
        finally:
            with suppress(Exception):
                self._client.idle_done()

    def _told_of_letters(self, seconds: float) -> bool:
        begun = time.monotonic()
        told = self._client.idle_check(timeout=seconds)
        early = time.monotonic() - begun < seconds - 0.5
        if any(item[0] == b"BYE" for item in told) or (not told and early):
            raise ConnectionResetError
        return any(len(item) > 1 and item[1] == b"EXISTS" for item in told)

    def _poll(self, seconds: float) -> None:
        time.sleep(min(seconds, POLL_SECONDS))
        self._client.noop()


def _broke_off(trouble: BaseException) -> bool:
    """The line broke while we waited for an answer. IMAPClient calls that a refused login, too."""
    return any(isinstance(one, imaplib.IMAP4.abort) for one in (trouble, trouble.__context__))


def _is_of_the_letter(trouble: IMAPClientError) -> bool:
    """The server said no to this letter, with the line intact and without a word that it is busy."""
    words = str(trouble).upper()
    return words.startswith(("FETCH FAILED", "FETCH COMMAND ERROR")) and not any(mark in words for mark in BUSY)


def _not_in(words: str) -> Refusal:
    """A server that is out of order or too busy says so in brackets; everything else is about the user."""
    busy = any(mark in words.upper() for mark in (*BUSY, "[SERVERBUG]"))
    return Refusal(Stage.LOGIN, 454 if busy else 535, words)


class _answers:
    """A SASL answer given once; a second question is the server's complaint, and an empty line makes it say no."""

    def __init__(self, first: str) -> None:
        self._left = [first.encode()]

    def __call__(self, _question: bytes) -> bytes:
        return self._left.pop() if self._left else b""
