"""`hub COMMAND …`: finds the command and calls it. Imports nothing but the standard library until it knows which.

Exit codes: 0 done, 1 it could not be done or something is wrong, 2 the command was typed wrongly.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn

GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "Write an add-on (light install)": {
        "new": ("hub.cli.new", "write a new add-on that is green at once"),
        "run": ("hub.cli.run", "one action from the shell, against the simulator; --dry-run shows the exact request"),
        "check": ("hub.cli.check", "prove an add-on: its grade, and the failing case behind each missing badge"),
        "dev": ("hub.cli.dev", "a hub around the plugin of this folder, reloading on save (needs the server)"),
    },
    "Run the hub": {
        "up": ("hub.cli.up", "everything in one process: web, workers, ticker"),
        "web": ("hub.cli.web", "the web alone (scaled out)"),
        "worker": ("hub.cli.worker", "workers alone (scaled out)"),
        "ticker": ("hub.cli.ticker", "the ticker alone (scaled out)"),
        "demo": (
            "hub.cli.demo",
            "a demo company with simulated vendors; --check proves that nothing is lost or done twice",
        ),
    },
    "Look after it": {
        "migrate": ("hub.cli.migrate", "bring the database up to this version"),
        "doctor": ("hub.cli.doctor", "look at everything the hub needs, and say what to do"),
        "why": ("hub.cli.why", "why a step of a plan does not start for a contact: every decision, and who acts"),
        "replay": ("hub.cli.replay", "try again what failed or was given up: one step, or all of a window of time"),
        "plugins": ("hub.cli.plugins", "the installed plugins, what they claim, and why one is not loaded"),
        "capsule": ("hub.cli.capsule", "a step that came to grief as one pytest file, for the plugin's author"),
        "backup": ("hub.cli.backup", "save the embedded store to a file, while the hub runs"),
        "restore": ("hub.cli.restore", "bring a backup back"),
        "rotate-keys": ("hub.cli.rotate_keys", "move every stored secret to the current key, while the hub runs"),
    },
    "Accounts and people": {
        "user": ("hub.cli.user", "create a user, the first owner too; set a password"),
        "account": ("hub.cli.account", "list accounts, create one"),
        "addon": ("hub.cli.addon", "make an add-on available to an account and those beneath, or withdraw it"),
    },
}
"""Heading → command → (module, what it does)."""

COMMANDS = {name: entry for group in GROUPS.values() for name, entry in group.items()}

NEAR = 0.75
"""How much of two words must be alike for one to be taken for the other misspelt."""

WITNESSED = frozenset({"run", "check", "plugins", "capsule"})
"""Commands that load a plugin somebody is working on: it may end the whole process (:mod:`hub.cli.witness`)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help", "help"):
        sys.stdout.write(overview())
        return 0
    if words[0] in ("-V", "--version"):
        sys.stdout.write(f"hub {version()}\n")
        return 0
    if words[0] not in COMMANDS:
        sys.stderr.write(unknown(words[0]))
        return 2
    if arguments is None and words[0] in WITNESSED:
        from hub.cli import witness

        return witness.seen(lambda: call(words[0], words[1:]))
    return call(words[0], words[1:])


def call(name: str, words: Sequence[str]) -> int:
    """Import a command, read its arguments, run it."""
    from hub.cli import trouble

    return trouble.guarded(lambda: _called(name, words))


def _called(name: str, words: Sequence[str]) -> int:
    module = import_module(COMMANDS[name][0])
    parser = Parser(prog=f"hub {name}", description=_described(module))
    module.arguments(parser)
    return int(module.run(parser.parse_args(words)))


class Parser(argparse.ArgumentParser):
    """Complains in one sentence, and takes no flag for another of which it is the beginning."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **how})

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the line, and where to read what may be said; end with 2."""
        from hub.cli.saying import complain

        complain(f"{message}.{self._meant(message)} See: {self.prog} --help")
        raise SystemExit(2)

    def _meant(self, message: str) -> str:
        """The flag that a misspelt one is nearest to."""
        strange = next((word for word in message.split() if word.startswith("--")), "")
        if not strange or "unrecognized" not in message:
            return ""
        flags = [flag for flag in self._option_string_actions if flag.startswith("--")]
        begun = [flag for flag in flags if flag.startswith(strange)]
        close = begun or difflib.get_close_matches(strange.partition("=")[0], flags, n=1, cutoff=NEAR)
        return f" Did you mean {' or '.join(close)}?" if close else ""


def functions() -> dict[str, Callable[..., Any]]:
    """Every command's function by name, for the check that each states a permission."""
    return {name: import_module(module).run for name, (module, _) in COMMANDS.items()}


def overview() -> str:
    """What `hub --help` prints."""
    width = max(len(name) for name in COMMANDS) + 2
    lines = ["usage: hub COMMAND …", "", "hub COMMAND --help tells more about a command.", ""]
    for heading, commands in GROUPS.items():
        lines += [f"{heading}:", *(f"  {name:<{width}}{does}" for name, (_, does) in commands.items()), ""]
    return "\n".join(lines)


def unknown(name: str) -> str:
    """What to say to a command that does not exist."""
    swapped = [command for command in COMMANDS if sorted(command) == sorted(name)]
    close = swapped or difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f" Did you mean: hub {close[0]}?" if close else ""
    return f"There is no command {name}.{hint} See: hub --help\n"


def version() -> str:
    """Of the installed distribution."""
    from importlib.metadata import version as installed

    return installed("integration-hub")


def _described(module: Any) -> str:
    return (module.__doc__ or "").strip().replace("`", "").split("\n\n")[0].replace("\n", " ")


if __name__ == "__main__":
    raise SystemExit(main())
