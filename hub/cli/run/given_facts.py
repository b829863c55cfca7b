"""What the person gave in files and words, read with care: a contact, settings, a step's options.

Whatever is wrong here was typed wrongly, so it ends with exit code 2 and a sentence that names the file or word, what is the
matter with it, and what there is.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hub.cli import lists
from hub.cli.main import NEAR
from hub.cli.run.silence import silence
from hub.cli.trouble import Stop
from hub.core.actions import Action
from hub.core.facts import Contact
from hub.core.guard import Failed, limited
from hub.core.registry import Plugin
from hub.core.settings import FieldSpec, fields_of
from hub.dispatch import binding
from hub.testing.beside import simulation_of
from hub.testing.kit import made_up_settings

MOST_BYTES = 1_000_000
"""Of a file with facts: more is some other file."""


def read(file: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        Stop: there is none in the file.
    """
    text = _text(file)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as trouble:
        raise Stop(f"{file} holds no JSON: {trouble}.", 2) from None
    except RecursionError:
        raise Stop(f"{file} holds lists in lists, too deep to be read.", 2) from None
    if not isinstance(data, dict):
        raise Stop(f'{file} must hold one JSON object, such as {{"name": "value"}}.', 2)
    return data


def contact(file: Path) -> Contact:
    """A contact's facts; an id is made up where none is said.

    Raises:
        Stop: a field is unknown or wrong.
    """
    data = read(file)
    _known(f"{file}: a contact has no", data, list(Contact.model_fields))
    try:
        return Contact.model_validate({"id": "1", **data})
    except ValidationError as trouble:
        error = trouble.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, error["loc"]))
        raise Stop(f"{file}: {where}: {error['msg']}.", 2) from None


def settings(file: Path, plugin: Plugin) -> dict[str, Any]:
    """An account's settings for the add-on, as they are stored.

    Raises:
        Stop: one is unknown, missing or wrong.
    """
    data = read(file)
    _known(f"{file}: {plugin.info.title} has no setting", data, [spec.name for spec in fields_of(plugin.info.settings)])
    try:
        _fits(data, plugin)
    except binding.BadSettings as trouble:
        raise Stop(f"{file}: The settings do not fit: {trouble}.", 2) from None
    return data


def made_up(plugin: Plugin) -> dict[str, Any]:
    """Settings that nobody gave: what its form asks for, and what the plugin's simulation says on top.

    Raises:
        Stop: they do not fit the form; with where to say better ones.
    """
    data = {**made_up_settings(plugin), **getattr(simulation_of(plugin.info), "SETTINGS", {})}
    try:
        _fits(data, plugin)
    except binding.BadSettings as trouble:
        raise Stop(
            f"The made-up settings do not fit the form: {trouble}. Its author acts: give some that do, as SETTINGS in the module "
            "simulation beside the plugin's code."
        ) from None
    return data


def _fits(data: dict[str, Any], plugin: Plugin) -> None:
    try:
        limited(lambda: binding.settings(plugin.info.settings, data), binding.BadSettings)
    except Failed as trouble:
        raise Stop(f"The check of the settings by {plugin.info.title} {trouble.for_author}. Its author acts.") from None


def options(words: Iterable[str], action: Action, plugin: Plugin) -> dict[str, Any]:
    """``name=value`` pairs as the step's stored settings. Lists and tables are written as JSON.

    Raises:
        Stop: a pair is not one, or the step has no such setting, lacks one that it needs, or cannot hold this value.
    """
    specs = {spec.name: spec for spec in fields_of(action.settings, step=True)}
    made: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise Stop(f"--option {word} says no value. Write --option {name if name in specs else 'NAME'}=VALUE.", 2)
        _known(f"{action.type} has no setting", [name], list(specs))
        if name in made:
            raise Stop(f"--option {name} is given twice. Give it once.", 2)
        made[name] = _value(specs[name], value)
    lacking = [name for name, spec in specs.items() if spec.required and made.get(name, "") == ""]
    if lacking:
        raise Stop(f"The step needs {', '.join(lacking)}. Give it with: {_to_choose(specs[lacking[0]], plugin)}", 2)
    _holds(made, action)
    return made


def _to_choose(spec: FieldSpec, plugin: Plugin) -> str:
    """The words to type, and what there is to choose from."""
    words = f"--option {spec.name}=VALUE"
    if spec.choices:
        return f"{words}, one of: {', '.join(value for value, _ in spec.choices)}"
    if spec.kind != "options":
        return words
    with silence():
        return f"{words}. {lists.told(plugin, spec.source)}"


def _holds(made: dict[str, Any], action: Action) -> None:
    """A value the form does not take was typed here; no plan is at fault."""
    try:
        limited(lambda: binding.settings(action.settings, made), binding.BadSettings)
    except binding.BadSettings as trouble:
        raise Stop(f"--option does not fit the step: {trouble}. Give another value.", 2) from None
    except Failed:  # the step itself tells it, with the plugin's line
        return


def nearest(word: str, known: Iterable[str]) -> str:
    """`` Did you mean design?``, with a space before it; empty when nothing is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=NEAR)
    return f" Did you mean {close[0]}?" if close else ""


def _known(has_no: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            there = f"There are: {', '.join(known)}." if known else "There are none."
            raise Stop(f"{has_no} {name or 'without a name'}.{nearest(name, known)} {there}", 2)


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            raw = opened.read(MOST_BYTES + 1)
    except OSError as trouble:
        raise Stop(f"{file}: {(trouble.strerror or type(trouble).__name__).lower()}.", 2) from None
    if len(raw) > MOST_BYTES:
        raise Stop(f"{file} holds more than {MOST_BYTES:,} bytes, so it is some other file.", 2)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as trouble:
        raise Stop(f"{file} holds no JSON: {trouble}.", 2) from None


def _value(spec: FieldSpec, text: str) -> Any:
    if spec.kind not in ("lines", "table") or text[:1] not in ("[", "{"):
        return text
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as trouble:
        raise Stop(f"--option {spec.name} is not readable as JSON: {trouble}.", 2) from None
