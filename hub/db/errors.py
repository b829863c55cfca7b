"""Errors that people read. Raised anywhere in the host, caught at the edges only, where they become a page or problem+json.

::

    Problem                 something a person can act on: what happened, who acts, what next
     ├── Invalid            the input is wrong; ``fields`` says which and how            (422)
     ├── Unauthenticated    nobody is known by these credentials                         (401)
     ├── NotFound           there is no such thing here, or it is not yours to know      (404)
     ├── Refused            a permission check said no; ``reason`` says which            (403)
     ├── Conflict           somebody else changed it meanwhile                           (409)
     └── Throttled          too many tries; ``retry_after`` seconds                      (429)
          └── Busy          the database could not take it just now                      (503)
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.core import redact


class Problem(Exception):
    """Something a person can act on.

    ``what`` happened, ``who`` acts, what comes ``next``: three short sentences, without secrets whatever they quote. ``code`` is
    stable and dotted, for programs.
    """

    status = 400
    default_code = "problem"

    def __init__(
        self, what: str, who: str = "", next: str = "", code: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        self.what, self.who, self.next = (redact.text(str(said)) for said in (what, who, next))
        super().__init__(self.what)
        self.code = code or self.default_code
        self.fields: dict[str, str] = {name: redact.text(str(said)) for name, said in (fields or {}).items()}

    @property
    def sentence(self) -> str:
        """All three sentences, for places with one line only."""
        return " ".join(part for part in (self.what, self.who, self.next) if part)

    def as_json(self) -> dict[str, object]:
        """As problem+json tells it to programs (RFC 9457), with what a person may read in it."""
        told: dict[str, object] = {
            "type": "about:blank",
            "title": self.what,
            "status": self.status,
            "detail": self.sentence,
            "code": self.code,
        }
        return told | ({"fields": dict(self.fields)} if self.fields else {})

    def __str__(self) -> str:
        return self.sentence


class Invalid(Problem):
    """The input is wrong; ``fields`` maps a field's name to its sentence."""

    status = 422
    default_code = "invalid"
    usual = "Some fields need another look."
    """What it says before a form where nothing better is said; a program is told otherwise."""

    def __init__(self, fields: Mapping[str, str], what: str = usual, code: str = "") -> None:
        super().__init__(what, next="Correct the marked fields and save again.", code=code, fields=fields)


class Unauthenticated(Problem):
    """Nobody is known by these credentials, or there were none. Pages send such a person to the sign-in instead."""

    status = 401
    default_code = "unauthenticated"


class NotFound(Problem):
    """There is no such thing here. A foreign id and a missing id get this same answer."""

    status = 404
    default_code = "not_found"

    def __init__(self, what: str = "There is no such page or record here.") -> None:
        super().__init__(what, next="It may have been removed, or the address may be mistyped.")


class Refused(Problem):
    """A permission check said no. ``reason`` is the stable reason code of that check."""

    status = 403
    default_code = "refused"

    def __init__(self, what: str, who: str = "", next: str = "", reason: str = "refused") -> None:
        super().__init__(what, who, next, code=reason)
        self.reason = reason


class Conflict(Problem):
    """Somebody else changed it meanwhile; nothing of this change was kept."""

    status = 409
    default_code = "conflict"


class Throttled(Problem):
    """Too many tries in a short time. ``retry_after`` is in whole seconds."""

    status = 429
    default_code = "throttled"

    def __init__(self, what: str, retry_after: int, next: str = "") -> None:
        super().__init__(what, next=next or f"Try again in {retry_after} seconds.")
        self.retry_after = retry_after


class Busy(Throttled):
    """The database could not take it just now: too many write at once, or it is being restarted. Nothing was kept."""

    status = 503
    default_code = "busy"

    def __init__(self) -> None:
        super().__init__("The hub is busy and could not keep this. Nothing was changed.", 5)
