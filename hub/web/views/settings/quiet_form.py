"""Quiet hours as a form: those of every step, and of each way to the contact the same, none, or its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.accounts.calendars import Calendar, Quiet, called
from hub.core.channels import CHANNELS

KINDS = (
    ("", gettext_lazy("As above")),
    ("none", gettext_lazy("At any hour")),
    ("own", gettext_lazy("Quiet hours of their own")),
)
PARTS = ("kind", "begins", "ends")
NAMES = ("begins", "ends", *(f"{channel}_{part}" for channel in CHANNELS for part in PARTS))

Values = Mapping[str, Any]


def values_of(shown: Calendar) -> dict[str, str]:
    """Stored quiet hours as the form shows them."""
    kept = {one.channel: one.quiet for one in shown.channels}
    values = _times("", shown.quiet)
    for channel in CHANNELS:
        own = kept.get(channel)
        kind = "own" if own else "none" if channel in kept else ""
        values |= {f"{channel}_kind": kind, **_times(f"{channel}_", own)}
    return values


def _times(prefix: str, quiet: Quiet | None) -> dict[str, str]:
    begins, ends = (f"{quiet.begins:%H:%M}", f"{quiet.ends:%H:%M}") if quiet else ("", "")
    return {f"{prefix}begins": begins, f"{prefix}ends": ends}


def data_of(typed: Values) -> dict[str, Any]:
    """Plain data for :class:`Calendar`: what says nothing is left out."""
    data: dict[str, Any] = {}
    if typed["begins"] or typed["ends"]:
        data["quiet"] = {name: typed[name] for name in ("begins", "ends")}
    channels = [_channel(channel, typed) for channel in CHANNELS if typed[f"{channel}_kind"] in ("none", "own")]
    return data | ({"channels": channels} if channels else {})


def _channel(channel: str, typed: Values) -> dict[str, Any]:
    if typed[f"{channel}_kind"] == "none":
        return {"channel": channel}
    return {"channel": channel, "quiet": {name: typed[f"{channel}_{name}"] for name in ("begins", "ends")}}


def told(error: Any, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Field and sentence for one of pydantic's errors; None when it is about something else."""
    where = error["loc"]
    if where[:1] == ("quiet",):
        prefix = ""
    elif where[:1] == ("channels",) and len(where) > 1:
        prefix = f"{data['channels'][where[1]]['channel']}_"
    else:
        return None
    if error["type"] == "value_error" and where[-1] not in ("begins", "ends"):
        return f"{prefix}ends", _("Quiet hours begin and end at different times.")
    if prefix:
        return f"{prefix}{where[-1]}", _("Enter a time of day, such as 21:00.")
    return str(where[-1]), _("Enter a time of day, such as 21:00, or leave both empty.")


def fields() -> dict[str, forms.Field]:
    """The form's fields."""
    found: dict[str, forms.Field] = {"begins": _clock(_("From")), "ends": _clock(_("Until"))}
    for channel in CHANNELS:
        name = called(channel)
        label = name[:1].upper() + name[1:]
        found[f"{channel}_kind"] = forms.ChoiceField(label=label, choices=KINDS, required=False)
        found[f"{channel}_begins"] = _clock(_("Quiet from"))
        found[f"{channel}_ends"] = _clock(_("Quiet until"))
    return found


def _clock(label: str) -> forms.Field:
    return forms.CharField(label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}))


def ways(form: forms.Form) -> list[dict[str, Any]]:
    """The fields of each way together, for the template."""
    return [{part: form[f"{channel}_{part}"] for part in PARTS} for channel in CHANNELS]
