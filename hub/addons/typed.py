"""What a person typed, held against a plugin's own model: pure, and the same for a connection's settings and a step's options.

The model decides; this module only puts its verdicts into words beside the field they belong to. A required text that is left
empty counts as missing, which pydantic would let pass.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext as _
from pydantic import ValidationError

from hub.addons import installed
from hub.core import tokens
from hub.core.errors import UnknownToken, Unreachable
from hub.core.guard import Failed, limited
from hub.core.settings import FieldSpec, Settings, fields_of
from hub.dispatch.apart.process import ProcessEnded
from hub.dispatch.endings import LONGEST_REASON
from hub.dispatch.plain import clean

APART = (Unreachable, ProcessEnded)
"""What befalls the check of a plugin that runs in a process of its own."""

Values = Mapping[str, Any]
Problem = tuple[str, str]
"""A field's name (empty: the whole form) and a sentence."""

CUSTOM = "client.custom."


@dataclass(frozen=True, slots=True)
class Typed:
    """The outcome: ``clean`` is what may be stored, as JSON; empty unless there are no problems."""

    problems: tuple[Problem, ...] = ()
    clean: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def by_field(self) -> dict[str, str]:
        """The first sentence of each field."""
        return dict(reversed(self.problems))


class Table(dict[str, str]):
    """A table of names and values as it was typed, row by row: a name that stands there twice is two rows, but one entry."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        self.rows = [(name.strip(), value) for name, value in rows if name.strip() or value.strip()]
        super().__init__((name, value) for name, value in self.rows if name)

    @property
    def problem(self) -> str:
        """What would be lost if only the entries were kept; empty when nothing would."""
        names = [name for name, _value in self.rows]
        twice = list(dict.fromkeys(name for name in names if name and names.count(name) > 1))
        if twice:
            return _("{names} stands here twice. Keep one row of each name.").format(names=", ".join(twice))
        return "" if all(names) else _("A row has a value and no name. Give it one, or empty the row.")


def unclear_tables(values: Values) -> list[Problem]:
    """Tables of which a row would be lost silently: field and sentence."""
    tables = ((name, value) for name, value in values.items() if isinstance(value, Table))
    return [(name, table.problem) for name, table in tables if table.problem]


def check(model: type[Settings], values: Values, *, step: bool = False, known: Collection[str] | None = None) -> Typed:
    """Hold values against a settings model.

    Args:
        step: the model is an action's; its texts may hold tokens.
        known: the tokens that exist; None leaves the texts alone.
    """
    specs = {spec.name: spec for spec in fields_of(model, step=step)}
    given = {name: _emptied(specs.get(name), value) for name, value in values.items()}
    given = {name: value for name, value in given.items() if value is not _LEFT_OUT}
    problems = [
        *_missing(specs.values(), given),
        *unclear_tables(given),
        *_unknown_tokens(specs.values(), given, known),
    ]
    clean, refused = _validated(model, given)
    told = {name for name, _sentence in problems}
    problems += [(name, sentence) for name, sentence in refused if name not in told]
    return Typed(tuple(problems), {} if problems else clean)


_LEFT_OUT = object()
_TEXTS = ("text", "long", "template", "rich", "secret", "options", "choice")


def _emptied(spec: FieldSpec | None, value: Any) -> Any:
    """An empty box means *nothing* where a number or a choice was asked for, and an empty text where a text was."""
    blank = value is None or (isinstance(value, str) and not value.strip())
    if spec is None or not blank:
        return value
    if spec.required or spec.kind not in _TEXTS or spec.default is None:
        return _LEFT_OUT
    return "" if isinstance(spec.default, str) else _LEFT_OUT


def _missing(specs: Iterable[FieldSpec], given: Values) -> list[Problem]:
    return [(spec.name, _empty_words(spec)) for spec in specs if spec.required and spec.name not in given]


def _empty_words(spec: FieldSpec) -> str:
    if spec.kind in ("options", "choice", "literal"):
        return _("Choose one.")
    return _("Fill this in.")


def _unknown_tokens(specs: Iterable[FieldSpec], given: Values, known: Collection[str] | None) -> list[Problem]:
    if known is None:
        return []
    problems = []
    for spec in specs:
        if spec.tokens:
            unknown = list(
                dict.fromkeys(name for text in texts(given.get(spec.name)) for name in _strange(text, known))
            )
            if unknown:
                problems.append((spec.name, _token_words(unknown)))
    return problems


def _strange(text: str, known: Collection[str]) -> list[str]:
    try:
        tokens.check(text, known)
    except UnknownToken as trouble:
        return trouble.names
    return []


def _token_words(names: Sequence[str]) -> str:
    listed = ", ".join("{{" + name + "}}" for name in names)
    return _("There is no token {tokens}. Choose one from the list of tokens.").format(tokens=listed)


def texts(value: Any) -> Iterable[str]:
    """Every text inside a value: itself, or those of a list or table."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (str(part) for pair in value.items() for part in pair)
    elif isinstance(value, list | tuple):
        yield from (str(part) for part in value)


def _validated(model: type[Settings], given: Values) -> tuple[dict[str, Any], list[Problem]]:
    try:
        return limited(lambda: model.model_validate(given).model_dump(mode="json"), ValidationError, *APART), []
    except ValidationError as trouble:
        return {}, [(_field(error), _words(error)) for error in trouble.errors(include_url=False, include_input=False)]
    except Unreachable:
        return {}, [("", _resting(model))]
    except ProcessEnded as trouble:
        return {}, [("", _ended(model, trouble))]
    except Failed as trouble:
        return {}, [("", _failed(model, trouble))]


def _resting(model: type[Settings]) -> str:
    """The plugin's process has ended and starts again soon. These settings may be as good as any."""
    sentence = _("These settings of {plugin} cannot be checked at this moment. Try again in a moment.")
    return sentence.format(plugin=_whose(model))


def _ended(model: type[Settings], trouble: ProcessEnded) -> str:
    sentence = _(
        "The process of {plugin} ended while it checked these settings: {why}. The author of the plugin must mend it."
    )
    return sentence.format(plugin=_whose(model), why=clean(str(trouble), LONGEST_REASON))


def _failed(model: type[Settings], trouble: Failed) -> str:
    """A model's own checks are a stranger's code. Which plugin it is, is said, for its author must mend it."""
    if trouble.kind:
        sentence = _(
            "The check of these settings by {plugin} failed with {name}. The author of the plugin must mend it."
        )
    else:
        sentence = _(
            "The check of these settings by {plugin} did not end within {seconds} seconds. The author of the plugin must mend it."
        )
    return sentence.format(plugin=_whose(model), name=trouble.kind, seconds=f"{trouble.seconds:g}")


def _whose(model: type[Settings]) -> str:
    for plugin in installed.registry().plugins.values():
        if model in (plugin.info.settings, *(action.settings for action in plugin.actions)):
            return plugin.info.title
    return _("The plugin")


def _field(error: Any) -> str:
    return str(error["loc"][0]) if error["loc"] else ""


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda ctx: _("Fill this in."),
    "extra_forbidden": lambda ctx: _("This add-on has no such field."),
    "string_type": lambda ctx: _("This must be a text."),
    "int_parsing": lambda ctx: _("Enter a whole number."),
    "int_type": lambda ctx: _("Enter a whole number."),
    "int_from_float": lambda ctx: _("Enter a whole number."),
    "float_parsing": lambda ctx: _("Enter a number."),
    "float_type": lambda ctx: _("Enter a number."),
    "decimal_parsing": lambda ctx: _("Enter a number."),
    "decimal_type": lambda ctx: _("Enter a number."),
    "finite_number": lambda ctx: _("Enter a number."),
    "decimal_max_places": lambda ctx: _("Use at most {most} decimal places.").format(most=ctx.get("decimal_places")),
    "greater_than": lambda ctx: _("Enter more than {least}.").format(least=ctx.get("gt")),
    "less_than": lambda ctx: _("Enter less than {most}.").format(most=ctx.get("lt")),
    "bool_parsing": lambda ctx: _("This is either on or off."),
    "bool_type": lambda ctx: _("This is either on or off."),
    "dict_type": lambda ctx: _("This must be a table of names and values."),
    "list_type": lambda ctx: _("This must be a list, one entry a line."),
    "literal_error": lambda ctx: _("Choose one of {choices}.").format(choices=ctx.get("expected", "")),
    "greater_than_equal": lambda ctx: _("Enter {least} or more.").format(least=ctx.get("ge")),
    "less_than_equal": lambda ctx: _("Enter {most} or less.").format(most=ctx.get("le")),
    "string_too_long": lambda ctx: _("Use at most {most} characters.").format(most=ctx.get("max_length")),
    "string_too_short": lambda ctx: _("Use at least {least} characters.").format(least=ctx.get("min_length")),
    "string_pattern_mismatch": lambda ctx: _("This does not have the form that is expected here."),
    "value_error": lambda ctx: _sentence(str(ctx.get("error", ""))),
}
"""What pydantic found → what a person reads. Everything else is said in pydantic's own words."""


def _words(error: Any) -> str:
    words = _WORDS.get(error["type"])
    return words(error.get("ctx") or {}) if words else _sentence(error["msg"])


def _sentence(text: str) -> str:
    text = text.strip() or _("This value is not accepted.")
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


# --- from a browser's form ---------------------------------------------------------------------------------------


class Posted(Protocol):
    """What Django's QueryDict offers."""

    def get(self, key: str, default: Any = None) -> Any: ...
    def getlist(self, key: str) -> list[Any]: ...
    def __contains__(self, key: Any) -> bool: ...


def from_post(specs: Iterable[FieldSpec], posted: Posted, prefix: str = "") -> dict[str, Any]:
    """Values out of a posted form. Inputs are named ``prefix + field``.

    A table posts ``field.name`` and ``field.value`` once a row; an option's typed-in way out is ``field.typed`` and wins when
    it is filled; a toggle that is off posts nothing.
    """
    return {spec.name: value for spec in specs if (value := _posted(spec, posted, prefix + spec.name)) is not None}


def _posted(spec: FieldSpec, posted: Posted, name: str) -> Any:
    if spec.kind == "toggle":
        return str(posted.get(name, "")).lower() in ("on", "true", "1", "yes")
    if spec.kind == "table":
        names, values = posted.getlist(f"{name}.name"), posted.getlist(f"{name}.value")
        return Table((str(key), str(value)) for key, value in zip(names, values, strict=False))
    if spec.kind == "lines":
        return [line.strip() for part in posted.getlist(name) for line in str(part).splitlines() if line.strip()]
    if spec.kind == "choices":
        return [str(one) for one in posted.getlist(name) if str(one).strip()]
    if spec.kind == "options":
        return (posted.get(f"{name}.typed") or "").strip() or posted.get(name)
    return posted.get(name)
