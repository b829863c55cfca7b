"""What a browser calls itself, in two words that its owner recognises. Pure."""

from __future__ import annotations

# In this order: each of them also claims to be those below it.
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def in_words(agent: str) -> str:
    """“Firefox on Windows”; what nobody knows is shown as it is."""
    browser, system = _first(BROWSERS, agent), _first(SYSTEMS, agent)
    return " on ".join(part for part in (browser, system) if part) or agent[:60]


def _first(table: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for mark, name in table if mark in agent), "")
