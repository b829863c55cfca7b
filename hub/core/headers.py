"""Names of HTTP headers as an author writes them, looked at while the author is there.

A name that no request can carry is refused. One with an underscore is allowed by the protocol and lost on the way: nginx and
others drop such headers silently, so it gets a warning.
"""

from __future__ import annotations

import re
import warnings

from hub.core.errors import DeclarationError

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
