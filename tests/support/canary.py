"""A secret with every awkward sign in it, and the spellings in which vendors, programs and people hand it on."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

CANARY = "Canary/9+\"t<a>&k'y=%7~9\\z:Q"

_RAW = CANARY.encode()

FORMS = {
    "as it is": CANARY,
    "in the middle of a word": f"x{CANARY}x",
    "in JSON": json.dumps({"key": CANARY}),
    "in JSON with escaped slashes": json.dumps(CANARY).replace("/", "\\/"),
    "in JSON within JSON": json.dumps(json.dumps({"key": CANARY})),
    "as Python shows it": repr(CANARY),
    "in a URL": f"https://vendor.test/?key={quote(CANARY, safe='')}&x=1",
    "in a URL's path": quote(CANARY),
    "in a URL, small digits": quote(CANARY, safe="").replace("%2F", "%2f").replace("%2B", "%2b").replace("%3C", "%3c")
    .replace("%3E", "%3e").replace("%3D", "%3d").replace("%5C", "%5c").replace("%3A", "%3a"),
    "as a browser's script encodes it": quote(CANARY, safe="!*'()"),
    "in a form": f"a=b&key={quote_plus(CANARY)}",
    "in a URL twice": quote(quote(CANARY, safe=""), safe=""),
    "in a form within a URL": quote(quote_plus(CANARY), safe=""),
    "on a page": html.escape(CANARY),
    "on a page, quotes left": html.escape(CANARY, quote=False),
    "on a page, quotes by number": html.escape(CANARY).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    "in XML": html.escape(CANARY).replace("&#x27;", "&apos;"),
    "in JSON on a page": html.escape(json.dumps(CANARY)),
    "in base64": base64.b64encode(_RAW).decode(),
    "in base64 without padding": base64.b64encode(_RAW).decode().rstrip("="),
    "in base64 for URLs": base64.urlsafe_b64encode(_RAW).decode(),
    "in base64, one byte in": base64.b64encode(b"x" + _RAW + b"yz").decode(),
    "in base64, two bytes in": base64.b64encode(b"xx" + _RAW + b"y").decode(),
    "in base64, three bytes in": base64.b64encode(b'{"' + b"k" + _RAW + b'"}').decode(),
    "in base64 for URLs, one byte in": base64.urlsafe_b64encode(b"x" + _RAW + b"yz").decode(),
    "in base64 in a URL": quote(base64.b64encode(_RAW).decode(), safe=""),
    "as a Basic password": "Basic " + base64.b64encode(b"someone@example.com:" + _RAW).decode(),
    "as a Basic user": "Basic " + base64.b64encode(_RAW + b":").decode(),
    "in hex": _RAW.hex(),
    "in hex, capitals": _RAW.hex().upper(),
}  # fmt: skip
"""How it was spelt → the text that somebody hands on."""


def traces(text: str) -> list[str]:
    """The spellings of which more than a crumb is in this text, found without the help of the code under test.

    A crumb is ten characters in a row of a spelling's core: shorter ones are no use to a thief, and would be found by chance.
    """
    return [name for name, core in _CORES.items() if _crumb(core, text)]


def _crumb(core: str, text: str) -> bool:
    return any(core[at : at + 10] in text for at in range(len(core) - 9))


def _core(before: int) -> str:
    coded = base64.b64encode(b"\0" * before + _RAW).decode()
    return coded[before + (before > 0) : -4]


_CORES = {
    "plain": CANARY, "json": json.dumps(CANARY)[1:-1], "json in json": json.dumps(json.dumps(CANARY)[1:-1])[1:-1],
    "url": quote(CANARY, safe=""), "url small": quote(CANARY, safe="").lower(), "form": quote_plus(CANARY),
    "twice": quote(quote(CANARY, safe=""), safe=""), "page": html.escape(CANARY), "base64": _core(0),
    "base64 +1": _core(1), "base64 +2": _core(2), "hex": _RAW.hex(), "hex capitals": _RAW.hex().upper(),
}  # fmt: skip
_CORES |= {f"{name}, url-safe": core.replace("+", "-").replace("/", "_") for name, core in list(_CORES.items())}
