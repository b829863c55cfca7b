"""Troubles of mail servers, for the played post room.

Each is a value; hand it to :meth:`hub.testing.mail.MailServer.fail` and the next matching call meets it. The question that
matters is always the same: did the server have the mail before it went wrong? ``acts`` says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from hub.dispatch.exchange import Exchange, Lost, NeverLeft
from hub.dispatch.post.said import Said, Stage, shown
from hub.testing.faults import Fault

On = Literal["send", "find", "sign-in", "letters", "wait", "any"]


@dataclass(frozen=True, slots=True)
class MailFault:
    """One trouble.

    Attributes:
        name: for test ids and reports.
        result: what the post room hears; None leaves the server's own answer.
        acts: the server took the mail before the trouble began.
        hidden_for: what it took is not shown in *Sent* for this many seconds.
        on: which calls it waits for.
    """

    name: str
    result: Exchange | None = None
    acts: bool = False
    hidden_for: float = 0.0
    on: On = "send"

    def at(self, on: On) -> MailFault:
        """The same, waiting for another call."""
        return replace(self, on=on)


def refused() -> MailFault:
    """Nobody answers."""
    return MailFault("connection refused", NeverLeft("the mail server does not answer"))


def unknown_host() -> MailFault:
    """The name is not known."""
    return MailFault("unknown host", NeverLeft("the mail server's name could not be found"))


def dropped_before() -> MailFault:
    """The connection breaks before the last line of the mail."""
    return MailFault("dropped before the dot", NeverLeft("the mail server hung up"))


def dropped_after(*, acts: bool) -> MailFault:
    """The connection breaks when the server has the whole mail; it keeps it, or not."""
    name = "dropped after the dot, and kept" if acts else "dropped after the dot, and lost"
    return MailFault(name, Lost("the mail server hung up"), acts)


def timed_out(*, acts: bool) -> MailFault:
    """No answer to the dot in time."""
    name = "no answer to the dot, and kept" if acts else "no answer to the dot, and lost"
    return MailFault(name, Lost("no answer came in time"), acts)


def said(name: str, stage: Stage, code: int = 0, words: str = "") -> MailFault:
    """A clear answer at this stage."""
    return MailFault(name, Said(stage=stage, code=code, words=shown(words), host="mail.kit.test").answered())


def lagging(seconds: float) -> MailFault:
    """The answer is lost, the mail was kept, and *Sent* shows it only later."""
    return replace(dropped_after(acts=True), name=f"Sent lags {seconds:g} s", hidden_for=seconds)


def certificate() -> MailFault:
    """The certificate is for another name."""
    return said("certificate wrong", Stage.CERTIFICATE, words="Hostname mismatch, certificate is not valid for it")


def tls_mode() -> MailFault:
    """The port speaks the other kind of TLS."""
    return said("wrong kind of TLS", Stage.TLS_MODE, words="implicit")


def wrong_password() -> MailFault:
    """The server does not want this user."""
    return said("wrong password", Stage.LOGIN, 535, "5.7.8 authentication failed")


def as_mail(trouble: Fault) -> MailFault:
    """A trouble of a vendor's that a mail server has too: 401 is a login it refuses, anything else a connection that breaks."""
    if trouble.status == 401:
        words = (trouble.body or b"").decode("utf-8", "replace")
        return said(trouble.name, Stage.LOGIN, 535, f"5.7.8 {words}")
    return dropped_after(acts=True) if trouble.acts else dropped_before()


PASSING: tuple[MailFault, ...] = (
    refused(), unknown_host(), dropped_before(),
    said("certificate expired", Stage.EXPIRED, words="certificate has expired"),
    said("busy at the door", Stage.GREETING, 421, "4.3.2 come back later"),
    said("sign-in out of order", Stage.LOGIN, 454, "4.7.0 temporary authentication failure"),
    said("greylisted", Stage.RECIPIENT, 450, "4.2.0 greylisted, come again"),
    said("full mailbox, for now", Stage.RECIPIENT, 452, "4.2.2 mailbox full"),
    said("throttled", Stage.RECIPIENT, 451, "4.7.0 too many messages, slow down"),
    said("too many connections", Stage.SENDER, 432, "4.3.2 concurrent connections limit exceeded"),
    said("the day's limit", Stage.RECIPIENT, 550, "5.4.5 daily sending quota exceeded"),
    said("refused at DATA for now", Stage.DATA, 451, "4.3.0 try again"),
    said("refused after the dot for now", Stage.DOT, 451, "4.3.0 try again"),
    said("closing after the dot", Stage.DOT, 421, "4.4.2 closing"),
)  # fmt: skip
"""They pass by themselves; nothing was sent."""

FOR_ADMIN: tuple[MailFault, ...] = (
    certificate(), tls_mode(), wrong_password(),
    said("no TLS", Stage.TLS, 0, "the server offers no STARTTLS on this port"),
    said("not welcome", Stage.GREETING, 554, "5.7.1 go away"),
    said("sign-in switched off", Stage.LOGIN, 535, "5.7.139 SmtpClientAuthentication is disabled for the Tenant"),
    said("not this sender", Stage.SENDER, 553, "5.7.1 sender address rejected: not owned by user"),
)  # fmt: skip
"""Every mail of the connection fails until an admin acts; nothing was sent."""

FOR_CONTACT: tuple[MailFault, ...] = (
    said("refused recipient", Stage.RECIPIENT, 550, "5.1.1 no such user"),
    said("full mailbox", Stage.RECIPIENT, 552, "5.2.2 mailbox full"),
    said("full mailbox after the dot", Stage.DOT, 552, "5.2.2 mailbox full"),
    said("taken for spam", Stage.DOT, 554, "5.7.1 rejected as spam"),
    said("too large", Stage.SIZE, 552, "it takes 10 kB at most"),
)  # fmt: skip
"""This mail will never be taken; nothing was sent."""


def ambiguous() -> Iterator[MailFault]:
    """The server may have the mail, or not."""
    for acts in (False, True):
        yield dropped_after(acts=acts)
        yield timed_out(acts=acts)


ON_LOOK_UP: tuple[MailFault, ...] = (
    refused().at("find"), wrong_password().at("find"), certificate().at("find"),
    MailFault("dropped", Lost("the mail server hung up"), on="find"),
    MailFault("no answer in time", Lost("no answer came in time"), on="find"),
    said("no folder of sent mail", Stage.FOLDER, 0, "the server names no folder of sent mail").at("find"),
    said("busy", Stage.LOGIN, 454, "NO [UNAVAILABLE] too busy").at("find"),
)  # fmt: skip
"""What can go wrong while *Sent* is asked."""
