"""The address of a Catch Hook, taken apart. Pure.

``https://hooks.zapier.com/hooks/catch/<digits>/<letters>/``, with ``silent/`` behind it where the answer is to be empty. Hooks
made long ago have no digits; Zapier takes fewer calls at those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

CATCH = "https://hooks.zapier.com/hooks/catch/"
EXAMPLE = f"{CATCH}123456/abcdef/"

_CATCH = re.compile(
    r"https://hooks\.zapier\.com/hooks/catch/(?:(?P<digits>\d{1,20})/)?(?P<letters>[A-Za-z0-9]{3,80})(?P<silent>/silent)?/?"
)
_SOMEWHERE_AT_ZAPIER = re.compile(r"https?://([a-z0-9-]+\.)*zapier\.com(/.*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hook:
    """A Catch Hook.

    Attributes:
        url: the whole address, as Zapier writes it.
        key: what of it must not be known.
        legacy: of the older kind, without a number.
    """

    url: str
    key: str
    legacy: bool


def read(text: str) -> Hook | None:
    """The hook of this address; None when it is not one."""
    found = _CATCH.fullmatch(text.strip())
    if found is None:
        return None
    parts = [found["digits"], found["letters"], "silent" if found["silent"] else None]
    key = "/".join(part for part in parts if part)
    return Hook(f"{CATCH}{key}/", f"hooks/catch/{key}", found["digits"] is None)


def why_not(text: str) -> str:
    """Why this is not the address of a Catch Hook, or an empty text. What was typed is not repeated: it may be a key."""
    if read(text) is not None:
        return ""
    if "{{" in text:
        return "The address of a Catch Hook holds no tokens; put them into the fields."
    if text.strip().lower().startswith("http://hooks.zapier.com/"):
        return "The address must begin with https://."
    if _SOMEWHERE_AT_ZAPIER.fullmatch(text.strip()):
        return (
            f"This is an address at Zapier, but not of a Catch Hook. Those look like {EXAMPLE}: copy it from the Zap."
        )
    return f"A Catch Hook's address looks like {EXAMPLE}. For any other address use the step Webhook."
