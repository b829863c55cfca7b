"""What a mail server's answer means: who must act now.

One table, first match wins. The stage matters as much as the code: 550 to a user name is the admin's matter, 550 to a recipient
is the contact's. Everything before the dot means that nothing was sent; a clear *no* after it means the same (RFC 5321, 4.2.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from hub.core.endpoints import Endpoint
from hub.core.outcomes import NeedsAdmin, Outcome, Rejected, Unknown, Wait
from hub.dispatch.classify import Reading, Wire
from hub.dispatch.exchange import Exchange, Lost, NeverLeft
from hub.dispatch.plain import clean
from hub.dispatch.post.said import SHOWN, Said, Stage

LATER = timedelta(minutes=15).total_seconds()
"""After a throttle that names no time. Microsoft counts messages by the minute, greylisting by the quarter of an hour."""

TOMORROW = timedelta(hours=4).total_seconds()
"""After *the day's limit is reached*: providers count a day that ends at any hour."""

FULL = timedelta(hours=2).total_seconds()
"""After *the recipient's mailbox is full, come again*."""

BEFORE = (Stage.CERTIFICATE, Stage.EXPIRED, Stage.TLS_MODE, Stage.TLS, Stage.GREETING)
"""Stages at which nobody has signed in yet."""

ENVELOPE = (Stage.SENDER, Stage.RECIPIENT, Stage.DATA, Stage.DOT)

_BACKOFF = re.compile(r"(?i)suggested backoff time:\s*(\d{1,9})\s*milliseconds")
"""How Exchange says over IMAP for how long it wants to be left alone."""

REFUSED_TOKEN = 535
"""What a server says that does not want a token; with a new one the mail can be sent."""

Making = Callable[[str, str], Outcome]
"""From the server's name and its words to the outcome."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table.

    Attributes:
        stages: where it applies.
        makes: the outcome.
        codes: SMTP's codes, or their first digits; none means any.
        enhanced: how the enhanced status ends, after its first digit.
    """

    stages: tuple[Stage, ...]
    makes: Making
    codes: tuple[int, ...] = ()
    enhanced: tuple[str, ...] = ()

    def fits(self, said: Said) -> bool:
        """Whether this line is about what was said."""
        code = not self.codes or said.code in self.codes or said.code // 100 in self.codes
        return said.stage in self.stages and code and (not self.enhanced or said.enhanced[1:] in self.enhanced)


def _admin(sentence: str, field: str = "") -> Making:
    return lambda who, words: NeedsAdmin(_told(sentence, who, words), field)


def _rejected(sentence: str, field: str = "") -> Making:
    return lambda who, words: Rejected(_told(sentence, who, words), field)


def _wait(sentence: str, seconds: float | None = None, *, everybody: bool = False) -> Making:
    return lambda who, words: Wait(_told(sentence, who, words), seconds, whole_connection=everybody)


def _told(sentence: str, who: str, words: str) -> str:
    said = f" It says: {words}" if words else ""
    return sentence.format(who=who, words=words or "no reason given") + ("" if "{words}" in sentence else said)


RULES: tuple[Rule, ...] = (
    Rule((Stage.CERTIFICATE,),
         _admin("The certificate of {who} is not good for that name: {words}. Check the host name.", "smtp_host")),
    Rule((Stage.EXPIRED,), _wait("The certificate of {who} has expired: {words}.", LATER)),
    Rule((Stage.TLS_MODE,), _admin("{who} speaks another kind of security on this port. Choose {words}.", "smtp_tls")),
    Rule((Stage.TLS,), _admin("No secure connection could be made with {who}: {words}.", "smtp_tls")),
    Rule((Stage.GREETING,), _wait("{who} takes no mail at the moment.", LATER, everybody=True), codes=(4, 0)),
    Rule((Stage.GREETING,), _admin("{who} refuses to speak to this hub.", "smtp_host"), codes=(5,)),
    Rule((Stage.LOGIN,), _wait("{who} lets nobody in at the moment.", LATER, everybody=True), codes=(4,)),
    Rule((Stage.LOGIN,), _admin("{who} offers no way to sign in that this hub knows: {words}."), codes=(502, 503, 504)),
    Rule((Stage.LOGIN,), _admin("{who} refuses the user name or the password.", "password")),
    Rule(ENVELOPE, _wait("{who} says that today's limit is reached.", TOMORROW, everybody=True), enhanced=(".4.5",)),
    Rule(ENVELOPE, _wait("{who} asks us to slow down.", LATER, everybody=True), codes=(421,)),
    Rule(ENVELOPE, _wait("{who} asks us to slow down.", LATER, everybody=True), codes=(4,),
         enhanced=(".7.0", ".7.28", ".3.2", ".4.4")),
    Rule(ENVELOPE, _admin("{who} wants us to sign in again.", "password"), codes=(530, 535)),
    Rule((Stage.RECIPIENT, Stage.DOT), _wait("The contact's mailbox is full.", FULL), codes=(4,), enhanced=(".2.2",)),
    Rule((Stage.RECIPIENT, Stage.DOT), _rejected("The contact's mailbox is full.", "email"), codes=(5,), enhanced=(".2.2",)),
    Rule((Stage.SENDER,), _wait("{who} takes no mail from this address at the moment.", LATER), codes=(4,)),
    Rule((Stage.SENDER,), _rejected("The mail is too large for {who}."), codes=(552,)),
    Rule((Stage.SENDER,), _admin("{who} does not send mail from this address.", "address"), codes=(5,)),
    Rule((Stage.RECIPIENT,), _wait("{who} cannot take mail for this contact at the moment."), codes=(4,)),
    Rule((Stage.RECIPIENT,), _rejected("{who} does not take mail for the contact's address.", "email"), codes=(5,)),
    Rule((Stage.DATA, Stage.DOT), _wait("{who} cannot take the mail at the moment."), codes=(4,)),
    Rule((Stage.DATA, Stage.DOT), _rejected("The mail is too large for {who}."), codes=(5,), enhanced=(".3.4", ".2.3")),
    Rule((Stage.DATA, Stage.DOT), _rejected("{who} refuses this mail."), codes=(5,)),
    Rule((Stage.SIZE,), _rejected("The mail is too large for {who}: {words}.")),
    Rule((Stage.LETTERS,), _rejected("{who} cannot write to an address with such letters.", "email")),
    Rule((Stage.MAILBOX,), _admin("The mailbox cannot be read: {words}.", "imap_host")),
    Rule((Stage.UNREACHED,), _wait("{who}: {words}.")),
    Rule((Stage.FOLDER,), _wait("The mailbox cannot be read at the moment: {words}.", LATER)),
)  # fmt: skip


def read(endpoint: Endpoint[Any], result: Exchange, who: str, secret: str = "password") -> Reading:
    """Sort one call.

    Args:
        who: the server's name, for sentences.
        secret: the field of the connection that holds the password, or the token.
    """
    if isinstance(result, NeverLeft):
        words = f"{who}: {result.reason}."
        blocked = NeedsAdmin(f"{who} is not reachable from here: {result.reason}.", "smtp_host")
        return Reading(Wire.NOT_SENT, blocked if result.blocked else Wait(words))
    if isinstance(result, Lost):
        return _lost(endpoint, f"{who}: {result.reason}.")
    try:
        said = Said.model_validate_json(result.content)
        if said.stage is Stage.DONE:
            return Reading(Wire.ACTED, None, endpoint.parse(result.content), result.status)
    except ValidationError:
        return _lost(endpoint, f"{who}'s answer was not readable.")
    wire = Wire.NOT_SENT if said.stage in BEFORE else Wire.REFUSED
    return Reading(wire, _of_token(meaning(said, who), secret), status=result.status or None)


def meaning(said: Said, who: str) -> Outcome:
    """Who must act now, and the sentence."""
    rule = next((rule for rule in RULES if rule.fits(said)), None)
    who, words = said.host or who, clean(said.words, SHOWN).rstrip(". ")
    outcome = (
        rule.makes(who, words) if rule else Wait(f"{who} answered {said.code}, which nobody expects here: {words}.")
    )
    asked = _BACKOFF.search(words)
    return replace(outcome, seconds=int(asked[1]) / 1000) if asked and isinstance(outcome, Wait) else outcome


def _of_token(outcome: Outcome, secret: str) -> Outcome:
    """Who signs in with a token has no password that could be wrong."""
    if secret == "password" or not isinstance(outcome, NeedsAdmin) or outcome.field != "password":
        return outcome
    return replace(outcome, field=secret, reason=outcome.reason.replace("the user name or the password", "the sign-in"))


def _lost(endpoint: Endpoint[Any], reason: str) -> Reading:
    if endpoint.writes:
        return Reading(Wire.UNCLEAR, Unknown(f"{reason} It is not known whether the mail was sent."))
    return Reading(Wire.REFUSED, Wait(reason))
