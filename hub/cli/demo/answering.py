"""Gmail's simulator with people behind it: every third of those who are written to writes back after a while."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from types import SimpleNamespace
from typing import Any

from hub.cli.demo.vendor import Unhurried
from hub.testing.simulator import Reply

ADDRESS = "adam.northside@gmail.com"
"""Whose mailbox it is."""

ANSWER_SECONDS = 20.0
"""Long enough that a mailbox is being read by then: what lay in it before is no news."""

ANSWERING = 3
"""One in so many answers; always the same people."""

WORDS = (
    "Thank you for asking! The first week was great. Could I come on Saturday mornings, too?",
    "Good so far. Who do I ask about a locker?",
    "I like it. See you on Monday!",
)


class Answering(Unhurried):
    """Plays Gmail, and those who answer."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._noting, self._noted = threading.Lock(), {str(one.get("messageId")) for one in self._mailed()}

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Reply:
        reply = super().handle(method, path, query, headers, body)
        for one in self._unnoted() if method == "POST" else ():
            if answers(one["raw"]):
                timer = threading.Timer(ANSWER_SECONDS, self._write_back, [one["raw"], one["messageId"]])
                timer.daemon = True
                timer.start()
        return reply

    def _mailed(self) -> list[Any]:
        return [one for one in self.stored(self._simulation.MAILS) if one.get("label") == "SENT"]

    def _unnoted(self) -> list[Any]:
        with self._noting:
            found = [one for one in self._mailed() if one["messageId"] not in self._noted]
            self._noted |= {one["messageId"] for one in found}
            return found

    def _write_back(self, raw: str, message_id: str) -> None:
        now = datetime.now(UTC)
        self._simulation.arrives(self, answer(raw, now), now, message_id)


def adams(simulation: Any) -> Any:
    """The simulation of this very mailbox. What was answered is not kept when the demo ends; then history begins anew."""
    simulation.SETTINGS["address"] = ADDRESS

    def respond(call: Any) -> Any:
        if call.path == simulation.HISTORY and int(call.query["startHistoryId"]) > simulation.FIRST + len(
            call.stored(simulation.MAILS)
        ):
            return 404, {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
        return simulation.respond(call)

    return SimpleNamespace(**{**vars(simulation), "respond": respond})


def answers(raw: str) -> bool:
    """Whether whoever this mail went to is one of those who write back."""
    return _number(raw) % ANSWERING == 0


def answer(raw: str, now: datetime) -> bytes:
    """What they write."""
    asked = message_from_string(raw, policy=policy.default)
    letter = EmailMessage(policy=policy.SMTP)
    letter["From"], letter["To"] = str(asked["To"]), ADDRESS
    letter["Subject"] = f"Re: {asked['Subject']}"
    letter["Message-ID"] = f"<answer.{hashlib.sha256(raw.encode()).hexdigest()[:20]}@northside.example>"
    letter["In-Reply-To"] = letter["References"] = str(asked["Message-ID"])
    letter["Date"] = format_datetime(now)
    letter.set_content(WORDS[_number(raw) // ANSWERING % len(WORDS)])
    return letter.as_bytes()


def _number(raw: str) -> int:
    to = parseaddr(str(message_from_string(raw, policy=policy.default)["To"]))[1]
    return int(hashlib.sha256(to.lower().encode()).hexdigest(), 16)
