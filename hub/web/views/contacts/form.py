"""A contact as a form, and the form as what the rooms take: plain fields, the account's lists, consent, custom fields.

What a value may be is said by ``hub.contacts``; the lengths here only help while typing.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.contacts import lists, reads
from hub.contacts.incoming import LABELS, TEXT_FIELDS, Consent, Incoming
from hub.contacts.models import Contact
from hub.users import reads as users
from hub.users.models import User
from hub.web.countries import countries
from hub.web.design.widgets import SearchSelect, Toggle
from hub.web.forms import StoredForm
from hub.web.request import HubRequest, may
from hub.web.views.contacts.finding import id_from
from hub.web.views.contacts.locking import explained

_HINTS: dict[str, dict[str, str]] = {
    "first_name": {"autocomplete": "off"},
    "email": {"inputmode": "email", "autocomplete": "off"},
    "phone_cell": {"inputmode": "tel"},
    "phone_home": {"inputmode": "tel"},
    "phone_work": {"inputmode": "tel"},
}
_WAYS = (
    ("email_ok", gettext_lazy("May be e-mailed")),
    ("sms_ok", gettext_lazy("May be texted")),
    ("call_ok", gettext_lazy("May be called by the hub")),
)
CUSTOM = "custom_"


class ContactForm(StoredForm):
    """One contact. ``contact`` is None for a new one."""

    mostly_optional = True
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    tags_shown = forms.CharField(required=False, widget=forms.HiddenInput)
    """As they were when the form was drawn: tags have no version, and who saves takes off only what they saw."""

    def __init__(self, request: HubRequest, contact: Contact | None, data: Any = None) -> None:
        super().__init__(data)
        self.contact, self.request = contact, request
        self.in_force = lists.of(request.account)
        self.labels = _labels(request, contact)
        self._plain_fields()
        self._list_fields()
        self._consent_fields()
        for number, label in enumerate(self.labels):
            self.fields[f"{CUSTOM}{number}"] = forms.CharField(label=label, max_length=2_000, required=False)
        self.initial = self._values()

    # --- drawing ---

    @property
    def custom(self) -> list[Any]:
        """The custom fields, to be drawn."""
        return [self[f"{CUSTOM}{number}"] for number in range(len(self.labels))]

    def _plain_fields(self) -> None:
        for name, longest in TEXT_FIELDS.items():
            area = name == "whiteboard"
            widget = forms.Textarea(attrs={"rows": 3}) if area else forms.TextInput(attrs=_HINTS.get(name, {}))
            self.fields[name] = forms.CharField(
                label=_(LABELS[name]), max_length=longest, required=False, widget=widget
            )
        self.fields["country"].widget = SearchSelect(choices=_countries(self.contact))
        self.fields["whiteboard"].help_text = _("What everybody who opens this contact should read first.")
        self.fields["deal_size"] = forms.CharField(
            label=_(LABELS["deal_size"]), max_length=30, required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )  # fmt: skip

    def _list_fields(self) -> None:
        sources = sorted(self.in_force.sources.values(), key=lambda one: one.key)
        now = self.contact.lead_source_id if self.contact else None
        shown = [(str(one.id), one.name) for one in sources if not one.hidden or one.id == now]
        self._choice("lead_source", shown, explained(self.in_force, "lead_sources"))
        stages = [(str(one.id), one.name) for one in self.in_force.cycles.values()]
        self._choice("sales_cycle", _with_present(stages, self.contact and self.contact.sales_cycle),
                     explained(self.in_force, "sales_cycle"))  # fmt: skip
        if may(self.request, "contacts.assign"):
            self._choice("assigned_user", _people(self.request, self.contact), "", _("Nobody"))
        told = explained(self.in_force, "tags") or _("Separate several by commas.")
        self.fields["tags"] = forms.CharField(label=_("Tags"), max_length=2_000, required=False, help_text=told)

    def _choice(self, name: str, choices: list[tuple[str, str]], told: str, none: str = "") -> None:
        given = [("", none or _("None")), *choices]
        self.fields[name] = forms.ChoiceField(
            label=_(LABELS[name]), choices=given, required=False, help_text=told, widget=SearchSelect()
        )

    def _consent_fields(self) -> None:
        for name, label in _WAYS:
            self.fields[name] = forms.BooleanField(label=label, required=False, widget=Toggle())
        self.fields["consent_source"] = forms.CharField(
            label=_("Where they said so"), max_length=60, required=False,
            help_text=_("For example: signed form of 3 May, by phone. Kept with the day."),
        )  # fmt: skip

    def _values(self) -> dict[str, Any]:
        one = self.contact
        if one is None:
            return {"email_ok": True}
        values: dict[str, Any] = {name: getattr(one, name) for name in (*TEXT_FIELDS, *(name for name, _l in _WAYS))}
        values |= {"version": one.version, "deal_size": "" if one.deal_size is None else f"{one.deal_size:f}"}
        for name in ("lead_source", "sales_cycle", "assigned_user"):
            values[name] = str(getattr(one, f"{name}_id") or "")
        values["tags"] = ", ".join(tag.name for tag in reads.tags_of([one.pk]).get(one.pk, ()))
        values["tags_shown"] = values["tags"]
        values["consent_source"] = one.consent_source
        return values | {f"{CUSTOM}{n}": one.custom.get(label, "") for n, label in enumerate(self.labels)}

    # --- reading ---

    @property
    def plain(self) -> dict[str, Any]:
        """What ``changes.edit`` takes: of the fields that were sent."""
        sent = {name: self.cleaned_data[name] for name in (*TEXT_FIELDS, "deal_size") if name in self.data}
        return sent | {"custom": self.custom_values}

    @property
    def custom_values(self) -> dict[str, str]:
        """Label → value, of the fields that were sent."""
        names = {f"{CUSTOM}{number}": label for number, label in enumerate(self.labels)}
        return {label: self.cleaned_data[name] for name, label in names.items() if name in self.data}

    @property
    def tag_names(self) -> list[str]:
        return _names(self.cleaned_data["tags"])

    @property
    def shown_tags(self) -> list[str] | None:
        """Those that the form was drawn with; None where it does not say."""
        return _names(self.cleaned_data["tags_shown"]) if "tags_shown" in self.data else None

    @property
    def consent(self) -> Consent:
        ways = {name.removesuffix("_ok"): self.cleaned_data[name] for name, _label in _WAYS}
        return Consent(**ways, source=self.cleaned_data["consent_source"] or _("by hand"))

    def chosen(self, name: str) -> int | None:
        """The id chosen in one of the lists."""
        return id_from(self.cleaned_data.get(name))

    def incoming(self) -> Incoming:
        """A new contact, for the door."""
        plain = {name: self.cleaned_data[name] for name in TEXT_FIELDS}
        return Incoming(
            plain, deal_size=self.cleaned_data["deal_size"], tags=tuple(self.tag_names), custom=self.custom_values,
            consent=self.consent,
        )  # fmt: skip


def _names(text: str) -> list[str]:
    return [" ".join(name.split()) for name in text.split(",") if name.strip()]


def _labels(request: HubRequest, contact: Contact | None) -> list[str]:
    """The account's custom fields, then those that only this contact has from elsewhere."""
    labels = lists.custom_labels(request.account)
    return labels + [label for label in (contact.custom if contact else ()) if label not in labels]


def _countries(contact: Contact | None) -> list[tuple[str, str]]:
    known = [("", _("None")), *countries()]
    now = contact.country if contact else ""
    return known if now in dict(known) else [*known, (now, now)]


def _people(request: HubRequest, contact: Contact | None) -> list[tuple[str, str]]:
    people = users.users_of(request.account).filter(state__in=(User.State.ACTIVE, User.State.INVITED))
    found = [(str(one.pk), one.label) for one in people]
    now = contact.assigned_user if contact else None
    if now and str(now.pk) not in dict(found):
        found.append((str(now.pk), _("%(name)s (left)") % {"name": now.label}))
    return found


def _with_present(choices: list[tuple[str, str]], now: Any) -> list[tuple[str, str]]:
    """A stage that is no longer in the list in force stays choosable for the contact that stands there."""
    return choices if now is None or str(now.pk) in dict(choices) else [*choices, (str(now.pk), now.name)]
