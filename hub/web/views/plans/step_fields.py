"""A plugin's fields as form fields: one Django field for each :class:`~hub.core.settings.FieldSpec`, whatever its kind.

The forms made here only *draw*: what was typed is judged by the plugin's own model, and the sentences come back as ``errors``.
So a form is filled with any values at all, whole or broken, and shows them as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms.utils import ErrorDict, ErrorList
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hub.addons.forms import Field
from hub.addons.typed import Table
from hub.core.settings import FieldSpec
from hub.core.tokens import Token
from hub.web.design.widgets import RichTextarea, SearchSelect, SecretInput, Toggle, TokenInput, TokenTextarea

EMPTY_ROWS = 3
"""Rows of a table that stand ready to be filled; saving brings more."""

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Surroundings:
    """What fields need to know beyond their own specification.

    Attributes:
        tokens: what may be put into texts.
        choices: the account's own things for a source: ``user``, ``plan``, …
        refresh_url: the address that draws a live list's field again, by the field's name.
    """

    tokens: Sequence[Token] = ()
    choices: Callable[[str], Pairs] = field(default=lambda source: ())
    refresh_url: Callable[[str], str] = field(default=lambda name: "")


class Drawn(forms.Form):
    """A form that shows values and errors it is given. Inputs are named ``prefix + field``, as ``typed.from_post`` reads them."""

    use_required_attribute = False  # an unfinished draft may be saved

    def __init__(
        self, fields: Mapping[str, forms.Field], values: Mapping[str, Any], errors: Mapping[str, str], prefix: str = ""
    ) -> None:
        super().__init__(initial=dict(values), prefix=prefix)
        self.fields.update(fields)
        told = {name if name in fields else NON_FIELD_ERRORS: text for name, text in errors.items() if text}
        self._errors = ErrorDict({name: ErrorList([text]) for name, text in told.items()})

    def add_prefix(self, field_name: str) -> str:
        return f"{self.prefix}{field_name}" if self.prefix else field_name


class NameValueTable(forms.Widget):
    """Rows of a name and a value, posted as ``field.name`` and ``field.value`` once a row."""

    def __init__(self, *, tokens: Pairs = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs)
        self.tokens = tokens

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = list(value.rows if isinstance(value, Table) else value.items()) if isinstance(value, Mapping) else []
        rows += [("", "")] * EMPTY_ROWS
        given = {"name": name, "rows": rows, "id": (attrs or {}).get("id", ""), "tokens": self.tokens}
        return render_to_string("web/plans/name_value.html", given)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-1" if id_ else id_


def form_of(fields: Sequence[Field], around: Surroundings, prefix: str) -> Drawn:
    """The form of a step's own settings."""
    made = {one.spec.name: make(one, around, prefix) for one in fields}
    values = {one.spec.name: _shown(one) for one in fields}
    errors = {one.spec.name: one.error for one in fields}
    return Drawn(made, values, errors, prefix)


def make(one: Field, around: Surroundings, prefix: str) -> forms.Field:
    """One form field."""
    spec = one.spec
    widget = _WIDGETS.get(spec.kind, _text)(one, around, f"{prefix}{spec.name}")
    if spec.kind == "toggle":
        return forms.BooleanField(label=spec.label, required=False, help_text=_help(spec), widget=widget)
    if spec.kind == "choices":
        return forms.MultipleChoiceField(
            label=spec.label,
            required=False,
            help_text=_help(spec),
            widget=widget,
            choices=widget.choices,  # type: ignore[attr-defined]
        )
    chosen_anyway = spec.kind == "literal" and spec.default is not None
    required = spec.required or chosen_anyway
    return forms.CharField(label=spec.label, required=required, help_text=_help(spec), widget=widget)


def _help(spec: FieldSpec) -> str:
    if not spec.href:
        return spec.help
    link = '{} <a href="{}" target="_blank" rel="noopener noreferrer">{}</a>'
    return format_html(link, spec.help, spec.href, _("Open the vendor's page"))


def _shown(one: Field) -> Any:
    if one.spec.kind == "lines" and isinstance(one.value, list | tuple):
        return "\n".join(str(line) for line in one.value)
    if one.spec.kind == "number" and isinstance(one.value, float) and one.value.is_integer():
        return int(one.value)
    return one.value


def _tokens(around: Surroundings) -> list[tuple[str, str]]:
    return [("{{" + token.name + "}}", token.label) for token in around.tokens]


def _text(one: Field, around: Surroundings, name: str) -> forms.Widget:
    attrs = {"maxlength": one.spec.max_length} if one.spec.max_length else {}
    if one.spec.rows > 1:
        return _long(one, around, name)
    return TokenInput(tokens=_tokens(around), attrs=attrs) if one.spec.tokens else forms.TextInput(attrs=attrs)


def _long(one: Field, around: Surroundings, name: str) -> forms.Widget:
    attrs = {"rows": min(max(one.spec.rows, 3), 20)}
    return TokenTextarea(tokens=_tokens(around), attrs=attrs) if one.spec.tokens else forms.Textarea(attrs=attrs)


def _rich(one: Field, around: Surroundings, name: str) -> forms.Widget:
    return RichTextarea(tokens=_tokens(around), attrs={"rows": 12})


def _choices(one: Field, around: Surroundings, name: str) -> forms.Widget:
    chosen = [str(item) for item in one.value or ()]
    pairs = list(around.choices(one.spec.source))
    gone = [(item, _gone(item)) for item in chosen if item not in {value for value, _label in pairs}]
    return forms.CheckboxSelectMultiple(choices=[*pairs, *gone])


def _secret(one: Field, around: Surroundings, name: str) -> forms.Widget:
    tokens = _tokens(around) if one.spec.tokens else ()
    return SecretInput(stored=one.stored, last_four=one.last_four, host=one.host, tokens=tokens)


def _number(one: Field, around: Surroundings, name: str) -> forms.Widget:
    bounds = {"min": one.spec.minimum, "max": one.spec.maximum}
    return forms.NumberInput(attrs={"step": "any"} | {key: f"{at:g}" for key, at in bounds.items() if at is not None})


def _toggle(one: Field, around: Surroundings, name: str) -> forms.Widget:
    return Toggle()


def _lines(one: Field, around: Surroundings, name: str) -> forms.Widget:
    return forms.Textarea(attrs={"rows": 4})


def _table(one: Field, around: Surroundings, name: str) -> forms.Widget:
    return NameValueTable(tokens=_tokens(around) if one.spec.tokens else ())


def _literal(one: Field, around: Surroundings, name: str) -> forms.Widget:
    return forms.Select(choices=_with_current(one.spec.choices, one, _("Choose one")))


def _choice(one: Field, around: Surroundings, name: str) -> forms.Widget:
    return SearchSelect(choices=_with_current(around.choices(one.spec.source), one, _("Choose one")))


def _options(one: Field, around: Surroundings, name: str) -> forms.Widget:
    listed = one.loaded_at is not None  # what no list is there for is in it for all that is known
    return SearchSelect(
        choices=_with_current(one.choices, one, _("Choose one"), listed=listed),
        refresh_url=around.refresh_url(one.spec.name),
        loaded_at=one.loaded_at,
        problem=one.problem,
        typed_name=f"{name}.typed",
    )


def _with_current(pairs: Pairs, one: Field, nothing: str, *, listed: bool = True) -> list[tuple[str, str]]:
    """The choices, with nothing chosen first, and what is stored kept even when the list no longer holds it.

    Unless ``listed``, the list has not come yet, and nothing is said to be missing from it.
    """
    current = "" if one.value is None else str(one.value)
    there = not current or current in {value for value, _label in pairs}
    missing = [] if there else [(current, _gone(current) if listed else current)]
    empty = [("", nothing)] if not (one.spec.kind == "literal" and one.spec.default is not None) else []
    return [*empty, *pairs, *missing]


def _gone(value: str) -> str:
    return _("%(value)s (not in the list)") % {"value": value}


_WIDGETS: dict[str, Callable[[Field, Surroundings, str], forms.Widget]] = {
    "text": _text,
    "long": _long,
    "secret": _secret,
    "options": _options,
    "choice": _choice,
    "literal": _literal,
    "toggle": _toggle,
    "number": _number,
    "template": _text,
    "rich": _rich,
    "choices": _choices,
    "lines": _lines,
    "table": _table,
}
