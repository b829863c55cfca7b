"""The house as it is drawn: every room is in the picture, and what the paper or a room's own story names is there."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "docs" / "architecture.md").read_text()
PICTURE, _, TEXT = PAPER.partition("```\n")[2].partition("```")
ROOMS = {folder.name for folder in (ROOT / "hub").iterdir() if (folder / "__init__.py").exists()}

KINDS_OF_STEPS = {"mail.send"}
"""Written like a room's module, and none."""

BIG_ROOMS = ("accounts", "addons", "contacts", "db", "dispatch", "engine", "mail", "plans", "process", "users")
"""So many files that a reader needs to be told of each."""

PACKAGES = sorted(
    file.parent
    for file in (ROOT / "hub").rglob("__init__.py")
    if "migrations" not in file.parts and "static" not in file.parts
)


NAME = rf"(?<![\w./-])(?:hub\.)?((?:{'|'.join(ROOMS)})(?:\.\w+)+)((?:/\w+)*)"


def names() -> Iterator[str]:
    """Everything the paper names as a room's: ``room.module.name``, ``room.Table``; ``room.a/b`` is two of them."""
    for code in re.findall(r"`([^`]+)`", TEXT):
        for first, more in re.findall(NAME, code):
            start, _, last = first.rpartition(".")
            yield from (f"{start}.{name}" for name in (last, *more.split("/")[1:]))


def is_there(name: str) -> bool:
    """Whether a dotted name leads somewhere: through packages and modules, then through what they hold."""
    room, *rest = name.split(".")
    if rest and rest[0][:1].isupper():
        return rest[0].lower() in {model.__name__.lower() for model in apps.get_app_config(room).get_models()}
    path, holds = f"hub.{room}", True
    found: object = importlib.import_module(path)
    for part in rest:
        if holds and find_spec(f"{path}.{part}"):
            path = f"{path}.{part}"
            found = importlib.import_module(path)
            holds = hasattr(found, "__path__")
        elif hasattr(found, part):
            found, holds = getattr(found, part), False
        else:
            return part in getattr(found, "__annotations__", {})
    return True


def told(package: Path) -> tuple[set[str], set[str]]:
    """What a package's docstring names: words that may be files of it, and whole paths of modules."""
    story = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    words = set(re.findall(r"``([a-z_]+)(?:\.\w+)?``", story))
    return words, set(re.findall(r":mod:`~?(hub\.[a-z_.]+)`", story))


def test_every_room_stands_on_its_floor_in_the_picture_and_no_other_is_drawn() -> None:
    assert set(re.findall(r"hub/(\w+)", PICTURE)) == ROOMS


@pytest.mark.parametrize("name", sorted(set(names()) - KINDS_OF_STEPS))
def test_what_the_paper_names_is_there(name: str) -> None:
    assert is_there(name), f"docs/architecture.md names hub.{name}, and there is no such thing"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.relative_to(ROOT)))
def test_a_room_s_story_names_no_file_that_is_gone(package: Path) -> None:
    words, modules = told(package)
    files = {path.stem for path in (*package.iterdir(), *package.parent.iterdir())}

    assert sorted(name for name in modules if find_spec(name) is None) == []
    assert sorted(words - files - OTHER_WORDS) == []


OTHER_WORDS = {"hub", "needs"}
"""Code in these stories that is no file's name: a path into another room, an argument of an add-on."""


@pytest.mark.parametrize("room", BIG_ROOMS)
def test_the_story_of_a_big_room_tells_of_every_file_in_it(room: str) -> None:
    package = ROOT / "hub" / room
    files = {file.stem for file in package.glob("*.py")} | {file.parent.name for file in package.glob("*/__init__.py")}
    words, _ = told(package)

    assert sorted(files - words - {"__init__", "apps", "models", "migrations"}) == []
