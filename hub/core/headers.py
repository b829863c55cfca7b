"""Names of HTTP headers as an author writes them, looked at while the author is there.

A name that no request can carry is refused. One with an underscore is allowed by the protocol and lost on the way: nginx and
others drop such headers silently, so it gets a warning.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping

from hub.core.errors import DeclarationError

NOT_A_CALL_S = frozenset(
    {"authorization", "cookie", "host", "content-type", "content-length", "transfer-encoding", "connection", "accept-encoding",
     "user-agent"}
)  # fmt: skip
"""Headers that are the host's to write: the credential's, and those that frame the message."""

_TOKEN = re.compile(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
"""RFC 9110, section 5.6.2."""


def check_header(name: str, stacklevel: int = 3) -> None:
    """Refuse what is no header's name, and warn of one that servers drop.

    Args:
        stacklevel: how far above this function the author's own line is.

    Raises:
        DeclarationError: it is empty, or holds a blank, a colon or anything else that no header's name has.
    """
    if not _TOKEN.match(name):
        raise DeclarationError(f"{name!r} is not a header's name; write for example 'X-Api-Key'")
    if "_" in name:
        warnings.warn(
            f"The header {name!r} has an underscore. Many servers drop such headers without a word; do the vendor's papers "
            f"say {name.replace('_', '-')!r}?",
            stacklevel=stacklevel,
        )


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that no declared call may have.

    Raises:
        DeclarationError: a name is none or is the host's, or a value is not one line of plain ASCII.
    """
    for name, value in headers.items():
        check_header(name, stacklevel=6)
        if name.lower() in NOT_A_CALL_S:
            raise DeclarationError(f"the header {name} is for the host to write; take it out of headers=")
        if not value.isascii() or not value.isprintable():
            raise DeclarationError(f"the value of the header {name} must be one line of plain ASCII")
