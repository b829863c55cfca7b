"""What the hub's forms share: texts that the database can keep, and errors of the rooms beside the fields they are about."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hub.db.errors import Invalid
from hub.db.texts import storable


class StoredForm(forms.Form):
    """A form whose texts can be kept. `save_errors` of the rooms are shown by `show_errors`."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and not storable(value):
                self.add_error(name, ValidationError(_("This holds a character that cannot be kept.")))
        return cleaned


def choosing(form: forms.BaseForm, name: str) -> forms.ChoiceField:
    """A form's field as what it is: one of choices, which may depend on who looks."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return field


def show_errors(form: forms.BaseForm, problem: Invalid) -> None:
    """Put what a room found wrong beside the form's fields; what has no field goes on top."""
    for name, sentence in problem.fields.items():
        if name in form.fields:
            form.add_error(name, sentence)
        else:
            form.add_error(None, sentence)
    if not problem.fields:
        form.add_error(None, problem.what)
