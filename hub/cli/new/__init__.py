"""Write a new add-on: a distribution that installs, type-checks and passes its tests at once. Asks what no flag says."""

from __future__ import annotations

import argparse
import datetime
import getpass
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub.cli.new import asking, naming
from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.testing.templates import AUTHS, LICENSES, Wish, title, written
from hub.users.declare import command

PARTS = {
    "action": ("send_message", "a step of action plans"),
    "trigger": ("new_people", "a way in: people brought from the vendor, page by page"),
    "mapping": ("sources", "a table from the vendor's choices to lead sources"),
    "webhook": ("person.created", "an event the vendor sends, signed"),
}
"""Part of an add-on → its name when none is given, and what it is."""


class Once(argparse.Action):
    """One of each part is written: a second one is refused, not put in the place of the first."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(
                f"{option_string} is given twice, and hub new writes one of each. Name one, and write the other beside it in the "
                "file"
            )
        setattr(namespace, self.dest, values)


def credential(text: str) -> str:
    """One of the kinds of credential; argparse itself refuses what is none."""
    if text.lower() == "bearer":
        raise argparse.ArgumentTypeError(
            'A bearer key is a key in a header: --auth header, then in the file HeaderKey("Authorization", "api_key", '
            'prefix="Bearer ")'
        )
    return text


def arguments(parser: argparse.ArgumentParser) -> None:
    """The name, and what is wanted."""
    parser.add_argument("name", help="the add-on's name, such as postpigeon: small letters, digits, underscores")
    parser.add_argument("--title", help='as people read it, such as "PostPigeon" (default: from the name)')
    parser.add_argument(
        "--auth", type=credential, choices=AUTHS, help="the credential: a key in a header, in the query, basic, …"
    )
    for part, (name, does) in PARTS.items():
        parser.add_argument(
            f"--{part}", action=Once, nargs="?", const=name, metavar="NAME", help=f"{does} (default {name})"
        )
    parser.add_argument("--mailer", action="store_true", help="a mail provider: its servers as data, and nothing else")
    parser.add_argument("--license", choices=LICENSES, help="default MIT")
    parser.add_argument("--author", default="", help="for the licence and the package (default: your login)")
    parser.add_argument("--folder", type=Path, help="where it goes (default hub-NAME, here)")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Check the names, ask what was not said, write the files."""
    naming.check(given.name)
    folder = _free(given.folder or Path(f"hub-{given.name.replace('_', '-')}"))
    wish = _wish(given)
    for path, text in written(wish).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    _tell(wish, folder)
    return 0


def _free(folder: Path) -> Path:
    """The folder, if nobody would lose anything."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Stop(f"{folder} is there already, and nothing is overwritten. Choose another place with --folder.")
    return folder


def _wish(given: argparse.Namespace) -> Wish:
    parts = {part: getattr(given, part) or "" for part in PARTS}
    auth, kind = given.auth, given.license
    if given.mailer:
        return _mailer(given, auth, parts)
    if sys.stdin.isatty() and not (auth or kind or any(parts.values())):
        auth, parts, kind = asking.all_of(given.name, PARTS)
    elif not any(parts.values()):
        parts["action"] = PARTS["action"][0]
    naming.check_parts(**parts)
    return Wish(
        given.name, _title(given), auth or "header", **parts, license=kind or "MIT",
        author=_said("author", given.author) or _login(), year=datetime.date.today().year,
    )  # fmt: skip


def _mailer(given: argparse.Namespace, auth: str | None, parts: dict[str, str]) -> Wish:
    """A mail provider signs in as mail servers want it, and its only part is the mail."""
    more = [f"--{name}" for name, value in {"auth": auth, **parts}.items() if value]
    if more:
        raise Stop(f"--mailer writes an add-on of one mail provider, so leave out {', '.join(more)}.", 2)
    return Wish(
        given.name, _title(given), mailer="mail", license=given.license or "MIT",
        author=_said("author", given.author) or _login(), year=datetime.date.today().year,
    )  # fmt: skip


def _title(given: argparse.Namespace) -> str:
    if given.title is None:
        return title(given.name)
    said = _said("title", given.title)
    if not said:
        raise Stop("The title is empty. Say one, or leave out --title, and it is made from the name.", 2)
    return said


def _said(what: str, text: str) -> str:
    """A text that may stand between quotes in TOML and Python."""
    if any(mark in text for mark in '"\\{}') or not text.isprintable():
        raise Stop(f'The {what} must be one line without ", \\ or braces.', 2)
    return text.strip()


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "The authors"


def _tell(wish: Wish, folder: Path) -> None:
    say(f"Written to {folder}: the add-on {wish.title}, its tests, and a README.")
    say("Next:")
    say(f"  cd {folder}")
    say("  pip install -e '.[dev]'")
    say("  pytest")
    say(f"Then open {wish.package}/__init__.py and put in what the vendor's papers say. hub check . tells the grade.")
