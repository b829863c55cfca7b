"""The questions of `hub new` on a terminal. An empty answer takes what stands in brackets."""

from __future__ import annotations

from collections.abc import Mapping

from hub.cli.new import naming
from hub.cli.saying import say
from hub.testing.templates import AUTHS, LICENSES

AUTH_WORDS = {
    "header": "a key in a header",
    "query": "a key in the query string",
    "basic": "user name and password",
    "oauth2": "OAuth 2: somebody signs in at the vendor",
    "none": "nothing",
}


def all_of(name: str, parts: Mapping[str, tuple[str, str]]) -> tuple[str, dict[str, str], str]:
    """Ask everything; returns credential, part → name (empty for a part that is not wanted), and licence."""
    say(f"A new add-on, {name}. Enter takes what stands in brackets.")
    say("How does the vendor know who is calling?")
    auth = chosen(AUTHS, AUTH_WORDS)
    wanted = {part: _named(part, *about) for part, about in parts.items()}
    if not any(wanted.values()):
        say("An add-on does something, so it gets a step.")
        wanted["action"] = parts["action"][0]
    say("Under which licence?")
    return auth, wanted, chosen(tuple(LICENSES), {})


def chosen(names: tuple[str, ...], words: Mapping[str, str]) -> str:
    """One of a numbered list, by number or by name; asked until it is one."""
    for number, name in enumerate(names, start=1):
        say(f"  {number}  {name}{'  ' + words[name] if name in words else ''}")
    while True:
        said = input("  number [1]: ").strip() or "1"
        if said in names:
            return said
        if said.isdigit() and 1 <= int(said) <= len(names):
            return names[int(said) - 1]
        say(f"  {said} is not one of them.")


def _named(part: str, name: str, does: str) -> str:
    if input(f"{part.capitalize()}: {does}? [{'Y/n' if part == 'action' else 'y/N'}] ").strip().lower()[:1] not in (
        ("", "y") if part == "action" else ("y",)
    ):
        return ""
    while True:
        said = input(f"  its name [{name}]: ").strip() or name
        why = naming.wrong_with(part, said)
        if not why:
            return said
        say(f"  {why}")
