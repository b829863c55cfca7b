"""The forms of the mappings page. They draw; what was chosen is judged by :mod:`hub.addons.mappings.changes`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from hub.addons.mappings.ours import Shelf
from hub.addons.mappings.rules import MANY, WORDS, Line, trouble
from hub.addons.options import OptionList
from hub.core.manifest import MappingManifest
from hub.web.design.widgets import SearchSelect

Pairs = list[tuple[str, str]]


class _Drawn(forms.Form):
    """A form that shows what it is given. ``errors`` of the room stand beside its fields."""

    use_required_attribute = False
    mostly_optional = True

    def __init__(self, fields: Mapping[str, forms.Field], values: Mapping[str, Any], auto_id: str) -> None:
        super().__init__(initial=dict(values), auto_id=auto_id)
        self.fields.update(fields)

    def show(self, errors: Mapping[str, str]) -> None:
        """Put sentences beside the fields they are about."""
        self._errors = forms.utils.ErrorDict(
            {name: forms.utils.ErrorList([text]) for name, text in errors.items() if name in self.fields}
        )


def row_form(
    table: MappingManifest,
    listed: OptionList,
    shelf: Shelf,
    mapped: Iterable[str],
    *,
    number: int,
    title: str,
    refresh_url: str,
    given: Mapping[str, str] | None = None,
) -> _Drawn:
    """*Add mapping*: the vendor's choices on the left, ours on the right.

    Args:
        mapped: choices that have a row already; they are not offered again where there may be one only.
        number: of the card, so that the fields of several cards are told apart.
        title: of the add-on.
        given: what was posted, when it was refused.
    """
    values = dict(given or {})
    taken = set() if table.many else set(mapped)
    left = [(value, label) for value, label in listed.entries if value not in taken]
    chosen = values.get("choice", "")
    if chosen and chosen not in dict(left):
        left.append((chosen, values.get("label") or chosen))
    widget = SearchSelect(
        choices=[("", _("Choose one")), *left], refresh_url=refresh_url, loaded_at=listed.loaded_at,
        problem=listed.problem, typed_name="typed", typed_label_name="typed_label",
    )  # fmt: skip
    right = SearchSelect(choices=[("", _("Choose one")), *offered(shelf)])
    fields = {
        "choice": forms.CharField(label=_("Choice at %(title)s") % {"title": title}, widget=widget),
        "key": forms.CharField(label=str(WORDS[table.right]).capitalize(), widget=right),
    }
    return _Drawn(fields, values, f"mapping-{number}-%s")


def default_form(
    kind: str, rights: Sequence[str], shelves: Mapping[str, Shelf], lines: Sequence[Line], *, number: int
) -> _Drawn:
    """Where records of a kind go that no row decides: one of each sort, or boxes and one more where several may be."""
    fields: dict[str, forms.Field] = {}
    values: dict[str, Any] = {}
    for right in rights:
        standing = [one for one in lines if one.right == right and one.choice == kind]
        label = str(WORDS[right]).capitalize()
        if right not in MANY:
            pairs = _with(offered(shelves[right]), standing, shelves[right])
            fields[right] = forms.CharField(label=label, required=False, widget=_select(pairs, _("None")))
            values[right] = standing[0].key if standing else ""
            continue
        if standing:
            kept = _with([], standing, shelves[right])
            boxes = forms.CheckboxSelectMultiple(choices=kept)
            fields[right] = forms.MultipleChoiceField(label=label, required=False, widget=boxes, choices=kept)
            values[right] = [one.key for one in standing]
        there = {one.key for one in standing}
        more = [pair for pair in offered(shelves[right]) if pair[0] not in there]
        words = _("One more %(thing)s") % {"thing": WORDS[right]} if standing else label
        fields[f"{right}_more"] = forms.CharField(label=words, required=False, widget=_select(more, _("None")))
    return _Drawn(fields, values, f"defaults-{number}-%s")


def _select(pairs: Pairs, nothing: str) -> SearchSelect:
    return SearchSelect(choices=[("", nothing), *pairs])


def offered(shelf: Shelf) -> Pairs:
    """What can be chosen of ours."""
    return [(thing.key, thing.name) for thing in shelf.usable()]


def _with(pairs: Pairs, lines: Iterable[Line], shelf: Shelf) -> Pairs:
    """What stands is always among the choices; what has gone says so."""
    known = {key for key, _name in pairs}
    return pairs + [
        (one.key, _("%(name)s (gone)") % {"name": one.name} if trouble(one, shelf) else one.name)
        for one in lines
        if one.key not in known
    ]
