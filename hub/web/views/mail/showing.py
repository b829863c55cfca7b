"""The page of a mailbox: how it stands, its provider with the fields that one asks for, and what its owner chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hub.addons import catalog
from hub.addons import forms as addon_forms
from hub.addons.forms import Field
from hub.addons.oauth import hosted
from hub.core.auth import OAuth2
from hub.db.errors import Problem
from hub.mail import loading
from hub.mail.mailboxes import offers, reads
from hub.mail.mailboxes.changes import MOST_A_DAY
from hub.mail.mailboxes.offers import Offer
from hub.mail.mailboxes.reads import Standing
from hub.mail.models import Mailbox
from hub.web.design.widgets import Toggle
from hub.web.request import HubRequest
from hub.web.views.mail.whose import ACCOUNT, MINE, Page, sections
from hub.web.views.plans.step_fields import Drawn, Surroundings, form_of
from hub.web.views.settings.tabs import tabs

PREFIX = "settings."
DETECT = "detect"
"""The entry of the drop-down that finds the provider out from the address."""

FILES = {"attached": False, "links": True}
"""How files go, as the form says it; anything else is as the provider's mailer advises."""

BADGES = {
    reads.OFF: (_("Off"), "neutral", "power-off"),
    reads.WORKS: (_("Connected"), "success", "circle-check"),
    reads.UNTRIED: (_("Not tested yet"), "neutral", "circle-question-mark"),
    reads.FAILING: (_("The provider does not answer"), "warning", "cloud-off"),
    reads.NEEDS_SIGN_IN: (_("Needs a new sign-in"), "danger", "key-round"),
    reads.REFUSED: (_("Refused"), "danger", "circle-x"),
    reads.WAITING: (_("Waits for your administrator"), "warning", "hourglass"),
    reads.CLOSED: (_("Not available here"), "danger", "circle-x"),
    reads.LEFT: (_("Its owner has left"), "warning", "user-x"),
}
"""How a mailbox stands → word, tone, icon."""


@dataclass(frozen=True)
class Typed:
    """What was typed and could not be kept, and why.

    Attributes:
        offer: the provider that was chosen.
        given: the fields of its form.
        options: the owner's own choices.
        problem: what came of trying it, and ``next`` what to do.
    """

    offer: Offer | None = None
    detecting: bool = False
    given: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    next: str = ""


def mailbox(request: HubRequest, page: Page) -> HttpResponse:
    """The page."""
    return draw(page)


def fields(request: HubRequest, page: Page) -> HttpResponse:
    """The fields of the provider that was chosen just now: a part of the page."""
    key, address = request.GET.get("provider", ""), request.GET.get(f"{PREFIX}address", "").strip()
    given = {"address": address} if address else {}
    typed = Typed(offers.by_key(page.offers, key), detecting=key == DETECT, given=given)
    return render(request, "web/settings/email_fields.html", _chosen(page, typed))


def draw(page: Page, typed: Typed | None = None, status: int = 200) -> HttpResponse:
    """The page, with what was typed."""
    request, stands = page.request, reads.standing(page.row)
    typed = typed or Typed(page.current, detecting=page.current is None and page.connection is None)
    context = {
        **_chosen(page, typed),
        "mailbox": page.row,
        "stands": stands,
        "badge": BADGES.get(stands.code),
        "callout": callout(page, stands),
        "current": page.current,
        "sender": _sender(page),
        "waiting": reads.waiting_elsewhere(request.account, page.user_id, page.row),
        "options": _options(page, typed, stands),
        "sections": sections(request, MINE if page.user_id is not None else ACCOUNT),
        "tabs": tabs(request, "email"),
    }
    return render(request, "web/settings/email.html", context, status=status)


def _chosen(page: Page, typed: Typed) -> dict[str, Any]:
    """The drop-down and what belongs to the entry that is chosen in it."""
    offer = typed.offer
    return {
        "page": page, "urls": Urls(page), "typed": typed, "offer": offer, "offers": page.offers, "detect": DETECT,
        "form": form_for(page, typed), "provider": _drop_down(page, typed), "help": _help(offer),
        "missing": _missing(offer) if offer else "",
        "pdf": bool(offer and offer.mailer.as_links), "verb": verb_of(offer),
        "again": offer is not None and page.current is not None and offer.key == page.current.key,
    }  # fmt: skip


def _drop_down(page: Page, typed: Typed) -> Any:
    """The providers, as a field; with a script the fields of another one come at once."""
    chosen = DETECT if typed.detecting else typed.offer.key if typed.offer else ""
    pairs = [("", _("Choose one")), (DETECT, _("Find out from the address")), *((o.key, o.title) for o in page.offers)]
    script = {"hx-get": page.url("fields"), "hx-target": "#provider-fields", "hx-trigger": "change"}
    # An address that was typed stays; that of the provider one leaves is not for the new one.
    if page.connection is None:
        script["hx-include"] = "#provider-fields [type=text], #provider-fields [type=email]"
    field = forms.ChoiceField(label=_("Provider"), choices=pairs, widget=forms.Select(choices=pairs, attrs=script))
    return Drawn({"provider": field}, {"provider": chosen}, {})["provider"]


class Urls:
    """The page's addresses, by the names of what they do: ``{{ urls.save }}``."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def __getitem__(self, act: str) -> str:
        return self._page.url("" if act == "here" else act)


def form_for(page: Page, typed: Typed) -> Drawn | None:
    """The chosen provider's own fields; with none chosen, the address alone."""
    if typed.offer is None:
        address = forms.EmailField(label=_("E-mail address"), required=True)
        return Drawn({"address": address}, dict(typed.given), dict(typed.errors), PREFIX) if typed.detecting else None
    return form_of(specs(page, typed), Surroundings(), PREFIX)


def specs(page: Page, typed: Typed) -> tuple[Field, ...]:
    """The fields of a provider's form that are asked for here, filled with what is stored where it is the current one."""
    offer = typed.offer
    assert offer is not None
    manifest = catalog.manifest(offer.info.name)
    if manifest is None:
        return ()
    stored = page.connection if page.current is not None and page.current.key == offer.key else None
    found = addon_forms.settings_form(manifest, stored, dict(typed.given), dict(typed.errors))
    return tuple(one for one in found if offer.asks(one.spec.name))


def _help(offer: Offer | None) -> tuple[str, str]:
    """What a person must know of the provider, and where it says more."""
    if offer is None or offer.preset is None:
        return "", ""
    return offer.preset.help, offer.preset.href


def verb_of(offer: Offer | None) -> str:
    """As the button to the provider reads: the vendor's own name is in the add-on's earlier names, if it is another."""
    if offer is None or not offer.signs_in:
        return ""
    return _("Sign in with %(title)s") % {"title": _vendor(offer)}


def _vendor(offer: Offer) -> str:
    """As everybody calls whom they sign in at: the add-on's other name that its sign-in page bears."""
    auth = offer.info.auth
    host = (urlsplit(auth.authorize_url).hostname or "") if isinstance(auth, OAuth2) else ""
    return next((name for name in offer.info.aliases if name.casefold() in host), offer.info.title)


def _missing(offer: Offer) -> str:
    """Why nobody can sign in here at all; empty when somebody can, or need not."""
    if not offer.signs_in:
        return ""
    try:
        hosted.client_of(offer.info, {})
    except Problem as problem:
        return "" if hosted.asks_for_app(offer.info) else problem.sentence
    return ""


def _sender(page: Page) -> str:
    """As people see the sender."""
    address = page.row.address if page.row is not None else ""
    return f"{loading.name_of(page.row, page.request.account)} <{address}>" if address else ""


def _options(page: Page, typed: Typed, stands: Standing) -> Drawn:
    row = page.row
    stored = {
        "enabled": row.enabled if row is not None and row.connection_id else False,
        "read_mail": bool(row and row.read_mail), "sender_name": row.sender_name if row is not None else "",
        "daily_cap": row.daily_cap if row is not None else None,
        "files": next((word for word, way in FILES.items() if row is not None and row.files_as_links is way), ""),
    }  # fmt: skip
    usual = loading.name_of(_nameless(page), page.request.account)
    apart = _("The provider asks you once more to allow it.") if not stands.may_read else ""
    ways = [("", _("As the provider's habits advise")), ("attached", _("Attached")), ("links", _("As links"))]
    made: dict[str, forms.Field] = {
        "enabled": forms.BooleanField(label=_("Enable SMTP and IMAP"), required=False, widget=Toggle()),
        "read_mail": forms.BooleanField(
            label=_("Read email"), required=False, widget=Toggle(),
            help_text=_("Answers of your contacts raise a notification and stand in their history. %(apart)s") % {"apart": apart},
        ),
        "sender_name": forms.CharField(
            label=_("Sender's name"), required=False, help_text=_("Empty: %(usual)s.") % {"usual": usual}
        ),
        "daily_cap": forms.CharField(
            label=_("Mails a day, at most"), required=False, widget=forms.NumberInput(attrs={"min": 1, "max": MOST_A_DAY}),
            help_text=_("Those above it wait until the next day. Empty: no limit."),
        ),
        "files": forms.ChoiceField(
            label=_("Files of e-mails go"), required=False, choices=ways, widget=forms.Select(choices=ways),
            help_text=_("Where a step does not say it. A link works for 90 days."),
        ),
    }  # fmt: skip
    form = Drawn(made, {**stored, **typed.options}, {n: t for n, t in typed.errors.items() if n in made})
    form.mostly_optional = True  # type: ignore[attr-defined]
    return form


def _nameless(page: Page) -> Mailbox | None:
    """The mailbox as if nobody had named its sender."""
    if page.user_id is None:
        return None
    return Mailbox(account=page.request.account, user=page.request.user)


def callout(page: Page, stands: Standing) -> tuple[str, str] | None:
    """What holds its mails, who acts, what next; and what its provider said."""
    words = {
        reads.OFF: _("The mailbox is switched off, so its e-mails wait. Tick “Enable SMTP and IMAP” and save."),
        reads.NEEDS_SIGN_IN: _("The sign-in does not hold any more, so its e-mails wait. Sign in again; they go on in order."),
        reads.REFUSED: _("The provider refuses the hub, so its e-mails wait. Enter the password again, or sign in again."),
        reads.WAITING: _("Your administrator must allow the hub's app first; the e-mails wait until you have signed in then."),
        reads.FAILING: _("The provider does not answer properly. The hub tries again by itself."),
        reads.CLOSED: _("This provider may not be used in this account (any more), so its e-mails wait. Your customer success "
                        "manager can make it available; or choose another one."),
    }  # fmt: skip
    if stands.code not in words:
        return None
    quoted = stands.note if stands.code in (reads.REFUSED, reads.WAITING, reads.FAILING) else ""
    return words[stands.code], quoted
