"""The page about the commands, read off their parsers: a heading with the exact signature for each command and each of its deeds,
and a line for each word it takes.

``python -m tests.docs.commands > docs/commands.md`` writes it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module

from hub.cli import main

PREFACE = """# The commands

Every command with everything it takes, as `hub COMMAND --help` says it. This page is read off the code, and a test holds it to it
(`tests/docs/test_commands.py`). When to type which stands in [Operations](operations.md) and, for authors, in
[Your first add-on](first-add-on.md).

Exit codes: 0 done, 1 it could not be done or something is wrong, 2 it was typed wrongly."""


def page(groups: Mapping[str, Mapping[str, tuple[str, str]]] = main.GROUPS) -> str:
    """The whole page."""
    parts = [PREFACE]
    for heading, commands in groups.items():
        parts.append(f"## {heading}")
        for name, (module, does) in commands.items():
            parts += _command(f"hub {name}", parser_of(name, module), does)
    return "\n\n".join(parts) + "\n"


def parser_of(name: str, module: str) -> argparse.ArgumentParser:
    """As the command makes it."""
    parser = argparse.ArgumentParser(prog=f"hub {name}")
    import_module(module).arguments(parser)
    return parser


def _command(name: str, parser: argparse.ArgumentParser, does: str) -> Iterator[str]:
    beneath = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    taken = [action for action in parser._actions if action.help != argparse.SUPPRESS and action.dest != "help"]
    plain = [action for action in taken if action not in beneath]
    if not beneath:
        yield f"### `{' '.join([name, *map(_written, _flags_first(plain))])}`"
        yield f"{does[0].upper()}{does[1:]}."
        if plain:
            yield "\n".join(f"* `{_named(action)}`: {_meaning(action)}" for action in plain)
    for each in beneath:
        helps = {choice.dest: choice.help or "" for choice in each._choices_actions}
        for word, inner in each.choices.items():
            yield from _command(f"{name} {word}", inner, helps[word])


def _flags_first(actions: list[argparse.Action]) -> list[argparse.Action]:
    return sorted(actions, key=lambda action: not action.option_strings)


def _written(action: argparse.Action) -> str:
    """As in a usage line: what may be left out in brackets."""
    if not action.option_strings:
        return f"[{_named(action)}]" if action.nargs == "?" else _named(action)
    return _named(action) if action.required else f"[{_named(action)}]"


def _named(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar or action.dest).upper()
    flags = " | ".join(action.option_strings)
    return flags if action.nargs == 0 else f"{flags} {_value(action)}"


def _value(action: argparse.Action) -> str:
    word = str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    return f"[{word}]" if action.nargs == "?" else word


def _meaning(action: argparse.Action) -> str:
    return " ".join((action.help or "").split()).replace("%%", "%")


if __name__ == "__main__":
    sys.stdout.write(page())
