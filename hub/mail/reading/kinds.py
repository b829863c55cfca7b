"""What sort of letter it is: a person's, an automatic answer, one of ours that came back or is late, or our own. Pure.

A person's letter stops a plan, an automatic answer does not, so each test here is one that somebody met in earnest: RFC 3834's
headers and those that came before it, and the subjects in which mail programs say that somebody is away.
"""

from __future__ import annotations

import re
from enum import StrEnum

from hub.mail.reading import subjects
from hub.mail.reading.bounces import Report, told_in_words
from hub.mail.reading.parsing import Mail

LOOP_HEADER = "x-hub-loop"
"""Every mail that the hub sends bears it, with a word that only this hub and account have."""


class Kind(StrEnum):
    """Of a letter. Whether a person's is an answer is known when it was matched."""

    PERSON = "person"
    AUTO = "auto"
    BOUNCE = "bounce"
    DELAY = "delay"
    OURS = "ours"


_AWAY = re.compile(
    r"(?i)^\s*(?:(?:re|aw|sv|antw?)\s*:\s*)?(?:auto(?:matic|mated)?[ -]?(?:reply|response|answer)|out of (?:the )?office|oof:|"
    r"ooo:|abwesenheits(?:notiz|agent)|automatische antwort|r[eé]ponse automatique|absence du bureau|respuesta autom[aá]tica|"
    r"risposta automatica|resposta autom[aá]tica|automatisch antwoord|autosvar)"
)
_AUTO = re.compile(r"(?i)^\s*auto:")
_ROBOT = re.compile(r"(?i)^(?:mailer-daemon|postmaster|mail-daemon|mdaemon)@")
_ANSWERING = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoresponse", "x-auto-response-suppress", "x-loop")


def kind_of(mail: Mail, ours: frozenset[str] = frozenset()) -> tuple[Kind, Report | None]:
    """The kind, and the report of one that came back.

    Args:
        ours: words that our own mails bear in :data:`LOOP_HEADER`.
    """
    if any(word in ours for word in mail.headers.get(LOOP_HEADER, ())):
        return Kind.OURS, None
    report = mail.report or _told_in_words(mail)
    if report is not None and report.recipients:
        actions = {one.action for one in report.recipients}
        kind = Kind.BOUNCE if "failed" in actions else Kind.DELAY if "delayed" in actions else Kind.AUTO
        return kind, report
    return (Kind.AUTO if _is_robot(mail) or _is_automatic(mail) else Kind.PERSON), None


def _told_in_words(mail: Mail) -> Report | None:
    """What a mail server writes without the standard form. An absence note has a null return path, too (RFC 3834)."""
    if not _is_robot(mail) or _AWAY.match(subjects.unmarked(mail.subject)):
        return None
    by_name = _ROBOT.match(mail.sender) is not None
    return told_in_words(mail.text or mail.html, mail.header("x-failed-recipients"), by_name=by_name)


def _is_robot(mail: Mail) -> bool:
    """A mail server wrote it: by its name, or by a return path that takes no answer."""
    return mail.header("return-path").strip() == "<>" or _ROBOT.match(mail.sender) is not None


def _is_automatic(mail: Mail) -> bool:
    """``Auto-Submitted: no`` says that a person wrote it, whatever else is there."""
    said = mail.header("auto-submitted").partition(";")[0].strip().lower()
    if said:
        return said != "no"
    if any(mail.header(name) for name in _ANSWERING) or _told_by(mail, "precedence") or _told_by(mail, "x-precedence"):
        return True
    subject = subjects.unmarked(mail.subject)
    return bool(_AWAY.match(subject) or (_AUTO.match(subject) and mail.in_reply_to))


def _told_by(mail: Mail, name: str) -> bool:
    return mail.header(name).strip().lower() in ("auto_reply", "auto-reply", "bulk", "junk", "list")
