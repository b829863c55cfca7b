"""Tags for forms: a field with its label, help and errors; the summary on top; the bar at the end."""

from collections.abc import Iterable
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from hub.web.design.badges import Text
from hub.web.design.widgets import ui_kind

register = template.Library()


@register.inclusion_tag("web/components/field.html")
def field(
    bound: BoundField, width: str = "", hide_label: bool = False, prefix: str = "", suffix: str = ""
) -> dict[str, Any]:
    """A form field with everything that belongs to it, for every kind of widget.

    A form with `mostly_optional = True` marks no field as optional.
    `width`: empty (full), short or medium. `prefix` and `suffix` stand inside the box ("https://", "days").
    """
    widget = bound.field.widget
    kind = ui_kind(widget)
    return {
        "bound": bound,
        "kind": kind,
        "partial": f"web/components/fields/{_PARTIALS.get(kind, 'plain')}.html",
        "widget": widget,
        "control": bound.as_widget(attrs=_accessible(bound, kind)),
        "width": width,
        "hide_label": hide_label,
        "prefix": prefix,
        "suffix": suffix,
        "label_inside": kind in ("toggle", "checkbox"),
        "optional": not getattr(bound.form, "mostly_optional", False)
        and not bound.field.required
        and kind not in ("toggle", "checkbox", "choices", "hidden"),
    }


_PARTIALS = {
    name: name
    for name in ("toggle", "secret", "search_select", "tokens", "rich", "choices", "checkbox", "select", "file")
}


def _accessible(bound: BoundField, kind: str) -> dict[str, str | bool]:
    described = [f"{bound.auto_id}-help"] if bound.help_text else []
    attrs: dict[str, str | bool] = {}
    if bound.errors:
        described.insert(0, f"{bound.auto_id}-error")
        attrs["aria-invalid"] = "true"
    if described and kind != "choices":
        attrs["aria-describedby"] = " ".join(described)
    return attrs


@register.inclusion_tag("web/components/form_errors.html")
def form_errors(*given: forms.BaseForm | Iterable[forms.BaseForm]) -> dict[str, Any]:
    """What is wrong with one or more forms, on top of them, each line a link to its field; nothing when all is well."""
    all_forms = [form for each in given for form in ([each] if isinstance(each, forms.BaseForm) else each)]
    lines = [line for form in all_forms for line in _error_lines(form)]
    return {"lines": lines, "count": len(lines)}


def _error_lines(form: forms.BaseForm) -> list[tuple[str, Text, str]]:
    general: list[tuple[str, Text, str]] = [("", "", str(error)) for error in form.non_field_errors()]
    by_field: list[tuple[str, Text, str]] = [
        (bound.id_for_label or bound.auto_id, bound.label, str(error)) for bound in form for error in bound.errors
    ]
    return general + by_field


@register.simple_block_tag
def form_section(content: str, title: str, help: str = "", id: str = "") -> SafeString:
    """A part of a long form: its title and a sentence on the left, its fields on the right."""
    return render_to_string(
        "web/components/form_section.html", {"content": content, "title": title, "help": help, "id": id}
    )


@register.inclusion_tag("web/components/save_bar.html")
def save_bar(verb: str, cancel_url: str = "", note: str = "", disabled_reason: str = "") -> dict[str, Any]:
    """The end of a form: the one primary button, a way out, and a note such as when it was saved last."""
    return {"verb": verb, "cancel_url": cancel_url, "note": note, "disabled_reason": disabled_reason}
