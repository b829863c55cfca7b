"""The admins' list: whose mailboxes there are, how each stands, which is the default; and what happens when one is broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.addons import catalog
from hub.addons.writing import Freed
from hub.audit.actor import Actor
from hub.db.errors import Invalid, NotFound
from hub.db.scoping import id_in
from hub.mail import platform
from hub.mail.mailboxes import changes, reads
from hub.mail.models import Mailbox
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may
from hub.web.views.mail.going import let_go, saved_words
from hub.web.views.mail.showing import BADGES
from hub.web.views.mail.whose import sections
from hub.web.views.plans.step_fields import Drawn
from hub.web.views.settings.tabs import tabs

MOST = 500
"""Mailboxes on the page."""


@page("addons.view")
def mailboxes(request: HubRequest) -> HttpResponse:
    """The list. Secrets stand on no page, and a person's provider says nothing of theirs here but how it stands."""
    return _draw(request, _share(reads.most_a_day(request.account)))


def _draw(request: HubRequest, share: Drawn, status: int = 200) -> HttpResponse:
    rows = reads.of(request.account)[:MOST]
    titles = catalog.titles(row.mailer.partition(".")[0] for row in rows)
    shown = [
        (row, titles.get(row.mailer.partition(".")[0], row.mailer), BADGES.get(reads.standing(row).code))
        for row in rows
    ]
    context = {
        "rows": shown, "editable": may(request, "addons.edit"), "falls_back": reads.falls_back(request.account),
        "has_platform": platform.way() is not None, "has_default": any(row.is_default for row in rows),
        "sections": sections(request, "email_all"), "tabs": tabs(request, "email"), "share": share,
    }  # fmt: skip
    return render(request, "web/settings/email_all.html", context, status=status)


@page("addons.edit")
def switch_off(request: HubRequest) -> HttpResponse:
    """Nothing leaves by it any more, until somebody switches it on again."""
    return _act(request, changes.switch_off, _("Switched off. Its e-mails wait until it is switched on again."))


@page("addons.edit")
def default(request: HubRequest) -> HttpResponse:
    """It carries the mail that names nobody."""
    if request.method == "POST" and not request.POST.get("mailbox"):
        return _said(
            request, changes.no_default(request.account, by=request.actor), _("There is no default mailbox now.")
        )
    return _act(request, changes.make_default, _("It is the account's default now."))


@page("addons.edit")
def fall_back(request: HubRequest) -> HttpResponse:
    """Whether what a broken mailbox would hold leaves by the platform's sender instead."""
    if request.method != "POST":
        return redirect("settings:email_all", account_id=request.account.pk)
    freed = changes.fall_back(request.account, "falls_back" in request.POST, by=request.actor)
    return _said(request, freed, "")


@page("addons.edit")
def share(request: HubRequest) -> HttpResponse:
    """How many e-mails one contact gets in a day."""
    if request.method != "POST":
        return redirect("settings:email_all", account_id=request.account.pk)
    typed = request.POST.get("most_a_day", "").strip()[:9]
    number = int(typed) if typed.isascii() and typed.isdigit() else 0
    try:
        freed = changes.set_most_a_day(request.account, number, by=request.actor)
    except Invalid as problem:
        return _draw(request, _share(typed, problem.fields), status=422)
    return _said(request, freed, "")


def _share(value: int | str, errors: Mapping[str, str] | None = None) -> Drawn:
    number = forms.CharField(
        label=_("E-mails that one contact gets in a day, at most"),
        widget=forms.NumberInput(attrs={"min": 1, "max": changes.MOST_A_CONTACT}),
        help_text=_("Counted from midnight to midnight over all plans and mailboxes of the account."),
    )
    return Drawn({"most_a_day": number}, {"most_a_day": str(value)}, dict(errors or {}))


def _act(request: HubRequest, change: Callable[..., Freed], words: str) -> HttpResponse:
    if request.method != "POST":
        return redirect("settings:email_all", account_id=request.account.pk)
    actor: Actor = request.actor
    return _said(request, change(_row(request), by=actor), words)


def _row(request: HubRequest) -> Mailbox:
    """The mailbox that the form names, of this account.

    Raises:
        NotFound: there is none.
    """
    rows = Mailbox.objects.select_for_update(of=("self",)).select_related("user", "connection")
    row = rows.filter(account=request.account, pk=id_in(request.POST.get("mailbox", "")) or 0).first()
    if row is None:
        raise NotFound
    return row


def _said(request: HubRequest, freed: Freed, words: str) -> HttpResponse:
    released = let_go(freed)
    nudge()
    messages.success(request, words or saved_words(released))
    return redirect("settings:email_all", account_id=request.account.pk)
