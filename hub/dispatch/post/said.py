"""What a mail server said, and how far we had come: the shape in which the post room answers.

It travels as an :class:`~hub.dispatch.exchange.Answered` with JSON in it, as any vendor's answer does, so that a step's traces,
capsules and cassettes need know nothing of mail.
"""

from __future__ import annotations

import re
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from hub.dispatch.exchange import Answered

SHOWN = 300
"""Characters of a server's words that are kept."""


class Stage(StrEnum):
    """How far a call had come when it ended."""

    CERTIFICATE = "certificate"
    """The server's certificate is not good for its name."""
    EXPIRED = "expired"
    """It was good, or will be, and is not today."""
    TLS_MODE = "tls_mode"
    """The port speaks the other kind of TLS."""
    TLS = "tls"
    """No secure connection could be made."""
    GREETING = "greeting"
    """The server refused to talk to us."""
    LOGIN = "login"
    """It refused the user, the password or the token."""
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    """It refused the mail before it was sent."""
    DOT = "dot"
    """It had the whole mail and refused it."""
    LETTERS = "letters"
    """It cannot write to addresses with letters outside ASCII."""
    SIZE = "size"
    """The mail is larger than it takes."""
    FOLDER = "folder"
    """The mailbox refused to be read."""
    MAILBOX = "mailbox"
    """There is no way to read: the connection names no IMAP server."""
    UNREACHED = "unreached"
    """Nobody answered, or the connection broke."""
    DONE = "done"


class Said(BaseModel):
    """A server's answer.

    Attributes:
        code: SMTP's three digits; 0 where the server said none.
        words: its own, on one line.
        host: which server it was.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    stage: Stage
    code: int = 0
    words: str = ""
    host: str = ""

    @property
    def enhanced(self) -> str:
        """The enhanced status (RFC 3463), such as ``5.1.1``; empty without one.

        A server that hands on another's refusal (Dovecot does) puts a ``5.0.0`` of its own before it; then the other's counts.
        """
        found: list[str] = re.findall(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])", self.words)
        if not found or not self.words.lstrip().startswith(found[0]):
            return ""
        return found[1] if found[0].endswith(".0.0") and len(found) > 1 else found[0]

    @property
    def passing(self) -> bool:
        """The server asks to come again."""
        return 400 <= self.code < 500

    def answered(self) -> Answered:
        """As it travels."""
        return Answered(self.code, {"content-type": "application/json"}, self.model_dump_json().encode())


class Refusal(Exception):
    """The server said no, or is not one we may speak to. Ends the session; carries what to answer."""

    def __init__(self, stage: Stage, code: int = 0, words: str = "") -> None:
        self.said = Said(stage=stage, code=code, words=shown(words))
        super().__init__(self.said.words)

    def at(self, host: str) -> Refusal:
        """The same, by this server."""
        self.said = self.said.model_copy(update={"host": host})
        return self


def shown(words: str) -> str:
    """A server's words on one line, and not too many."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words[: SHOWN * 4]).split())[:SHOWN]
