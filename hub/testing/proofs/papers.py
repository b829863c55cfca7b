"""The papers: a README with a heading for every action and every setting."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import partial
from importlib import metadata
from pathlib import Path

from hub.core.auth import OAuth2
from hub.core.settings import FieldSpec, Settings, fields_of
from hub.testing.beside import modules
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, Unproved, unless
from hub.testing.proofs.shape import Shape

MOST_STEPS_UP = 4
"""Folders above the plugin's code in which its README is looked for."""


def cases(bench: Bench, shapes: list[Shape]) -> Iterator[Case]:
    """One case a heading, so that the missing one is named."""
    yield Case("README: there is one", Badge.PAPERS, _there_is_one)
    auth = bench.info.auth
    hosted = auth.field if isinstance(auth, OAuth2) else ""  # no form shows it
    for spec in _own_fields(bench.plain.info.settings):
        if spec.name == hosted:
            continue
        yield Case(f"README: setting {spec.name}", Badge.PAPERS, partial(_heading, words=_words(spec), what=spec.label))
    for shape in shapes:
        words = (shape.action.type, shape.name, shape.action.title)
        yield Case(
            f"README: action {shape.name}", Badge.PAPERS, partial(_heading, words=words, what=shape.action.title)
        )
        for spec in _own_fields(shape.action.settings, step=True):
            story = partial(_heading, words=_words(spec), what=spec.label)
            yield Case(f"README: {shape.name}.{spec.name}", Badge.PAPERS, story)


def _own_fields(model: type[Settings], *, step: bool = False) -> list[FieldSpec]:
    """Without those of a form that the hub gives (a mailer's): the hub's own papers tell of them."""
    ours = [base for base in model.__mro__ if base.__module__.startswith("hub.core.")]
    given = {name for base in ours for name in vars(base).get("__annotations__", {})}
    return [spec for spec in fields_of(model, step=step) if spec.name not in given]


def _words(spec: FieldSpec) -> tuple[str, ...]:
    return (spec.name, spec.label)


def _there_is_one(bench: Bench) -> None:
    _readme(bench)


def _heading(bench: Bench, words: tuple[str, ...], what: str) -> None:
    headings = [_bare(line) for line in re.findall(r"^#{1,6}\s+(.+)$", _readme(bench), re.MULTILINE)]
    wanted = {_bare(word) for word in words}
    found = any(heading in wanted for heading in headings)
    unless(found, f"README.md has no heading for {what}. Write “### {what}” and beneath it what a person must know.")


def _bare(text: str) -> str:
    """Without markup: `### ``api_key``: API key` has the words of both."""
    return re.sub(r"[^\w. ]", "", text).replace("_", " ").strip().casefold()


def _readme(bench: Bench) -> str:
    file = next((file for file in _places(bench) if file.is_file()), None)
    text = file.read_text(encoding="utf-8") if file else _in_the_wheel(bench)
    if not text:
        raise Unproved("There is no README.md beside the plugin's code or above it.")
    return text


def _in_the_wheel(bench: Bench) -> str:
    """An installed package carries its README in its metadata."""
    top = _module(bench).partition(".")[0]
    try:
        return metadata.distribution(metadata.packages_distributions()[top][0]).read_text("METADATA") or ""
    except (KeyError, metadata.PackageNotFoundError):
        return ""


def _places(bench: Bench) -> Iterator[Path]:
    """From the folder of the plugin's code upwards, as far as its pyproject.toml."""
    module = sys.modules.get(_module(bench))
    start = Path(getattr(module, "__file__", None) or ".").resolve().parent
    for folder in (start, *start.parents[:MOST_STEPS_UP]):
        yield folder / "README.md"
        if (folder / "pyproject.toml").exists():
            return


def _module(bench: Bench) -> str:
    """The nearest of its code that has a place on disk."""
    found = modules(bench.plain.info, (str(action.run.__module__) for action in bench.plain.actions))
    return next((name for name in found if getattr(sys.modules.get(name), "__file__", None)), "")
