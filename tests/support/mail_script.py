"""A submission server that does exactly what a test says, line by line.

Whatever a test does not say goes well. ``replies`` gives another answer to a command (its verb in capitals, ``DATA`` for the
go-ahead, ``.`` for the answer to the dot), and :data:`DROP` and :data:`HANG` in place of an answer hang up or say nothing more.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from tests.support.mail_certificates import Certificate, certificate

DROP = "drop"
"""Hang up."""

DROP_IN_DATA = "drop in data"
"""Say *go ahead*, and hang up when the first of the mail has come."""

HANG = "hang"
"""Say nothing more."""

EXTENSIONS = ("SIZE 1000000", "8BITMIME", "SMTPUTF8", "AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER")


@dataclass
class Script:
    """What the server does, and what it saw.

    Attributes:
        password: what the user must give; empty takes any.
        mails: raw bytes between DATA and the dot, as they came; one for each dot that was seen.
        lines: commands as they came.
        given: what was given at sign-in, decoded.
        connections: how many there were.
    """

    tls: Literal["starttls", "implicit", "none"] = "starttls"
    replies: Mapping[str, str] = field(default_factory=dict)
    extensions: tuple[str, ...] = EXTENSIONS
    password: str = ""
    certificate: Certificate = field(default_factory=certificate)
    mails: list[bytes] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def place(self) -> str:
        """As egress rules name it."""
        return f"127.0.0.1:{self.port}"


class _Ends(Exception):
    """The conversation is over."""


class _Talk:
    """One conversation."""

    def __init__(self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.script, self.reader, self.writer, self.safe = script, reader, writer, script.tls == "implicit"

    async def go(self) -> None:
        with suppress(_Ends, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ssl.SSLError):
            await self.say("GREETING", "220 script.test ready")
            while True:
                await self.one(await self.line())
        self.writer.close()

    async def say(self, verb: str, usual: str) -> None:
        told = self.script.replies.get(verb, usual)
        if told == DROP:
            self.writer.transport.abort()
            raise _Ends
        if told == HANG:
            await asyncio.sleep(60)
        self.writer.write(told.encode() + b"\r\n")
        await self.writer.drain()

    async def line(self) -> str:
        raw = await self.reader.readuntil(b"\r\n")
        text = raw[:-2].decode("utf-8", "replace")
        self.script.lines.append(text)
        return text

    async def one(self, line: str) -> None:
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            await self.hello()
        elif verb == "STARTTLS":
            await self.say(verb, "220 go ahead")
            await self.writer.start_tls(self.script.certificate.server())
            self.safe = True
        elif verb == "AUTH":
            await self.auth(line.split(" "))
        elif verb == "DATA":
            await self.data()
        elif verb == "QUIT":
            await self.say(verb, "221 bye")
            raise _Ends
        else:
            await self.say(verb, "250 2.0.0 ok")

    async def hello(self) -> None:
        own = ["STARTTLS"] if self.script.tls == "starttls" and not self.safe else []
        words = ["script.test", *own, *self.script.extensions]
        usual = "\r\n".join(f"250{'-' if n < len(words) - 1 else ' '}{word}" for n, word in enumerate(words))
        await self.say("EHLO", usual)

    async def auth(self, words: list[str]) -> None:
        assert self.safe, "a secret came over a line that is not safe"
        if len(words) > 2:
            await self.say("AUTH-TOO-LONG", "500 5.5.2 line too long")
            return
        for question in {"PLAIN": ["334 "], "LOGIN": ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"]}.get(words[1], ["334 "]):
            await self.say("CHALLENGE", question)
            self.script.given.append(base64.b64decode(await self.line()).decode())
        good = not self.script.password or self.script.password in self.script.given[-1]
        if not good and words[1] in ("XOAUTH2", "OAUTHBEARER"):
            await self.say("COMPLAINT", "334 " + base64.b64encode(b'{"status":"400"}').decode())
            assert await self.line() == ""
        await self.say("AUTH", "235 2.7.0 in" if good else "535 5.7.8 not you")

    async def data(self) -> None:
        told = self.script.replies.get("DATA", "")
        if told == DROP_IN_DATA:
            self.writer.write(b"354 go ahead\r\n")
            await self.reader.read(64)
            self.writer.transport.abort()
            raise _Ends
        await self.say("DATA", "354 go ahead")
        if told and not told.startswith("354"):
            return
        raw = b""
        while not raw.endswith(b"\r\n.\r\n"):
            raw += await self.reader.readexactly(1) if len(raw) < 5 else await self.reader.readuntil(b"\n")
        self.script.mails.append(raw[:-3])
        await self.say(".", "250 2.0.0 queued as 4711")


@contextmanager
def served(script: Script) -> Iterator[Script]:
    """The server, in a thread of its own, while the context lasts."""
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def begin() -> asyncio.Server:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            script.connections += 1
            await _Talk(script, reader, writer).go()

        safe = script.certificate.server() if script.tls == "implicit" else None
        return await asyncio.start_server(talk, "127.0.0.1", 0, ssl=safe)

    def run() -> None:
        server = loop.run_until_complete(begin())
        script.port = server.sockets[0].getsockname()[1]
        ready.set()
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run, name="mail-script", daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield script
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
