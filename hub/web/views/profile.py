"""One's own profile: name and address, the colours of the pages, and where one is signed in.

It stands in the frame of the account one came from; what it changes belongs to the person, wherever they work.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.db.errors import Invalid, NotFound, Refused
from hub.users import changes, reads
from hub.users.models import Session
from hub.web.browsers import in_words
from hub.web.context import THEMES
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest

LANDING_PAGES = (
    ("", gettext_lazy("Dashboard")),
    ("contacts", gettext_lazy("Contacts")),
    ("plans", gettext_lazy("Plans")),
    ("runs", gettext_lazy("Runs")),
)
A_YEAR = 365 * 24 * 60 * 60


class ProfileForm(StoredForm):
    """What one may change about oneself. The user name stays: others know one by it."""

    mostly_optional = True

    first_name = forms.CharField(label=gettext_lazy("First name"), max_length=60, required=False)
    last_name = forms.CharField(label=gettext_lazy("Last name"), max_length=60, required=False)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    landing_page = forms.ChoiceField(
        label=gettext_lazy("First page after signing in"), choices=LANDING_PAGES, required=False
    )


@dataclass(frozen=True)
class SignedIn:
    """One browser. `mark` names it in a form: the key itself is as good as a password and stays on the server."""

    session: Session
    browser: str
    mark: str
    here: bool


@page("profile.edit")
def profile(request: HubRequest) -> HttpResponse:
    """Look, and change one's name and address."""
    _oneself_only(request)
    user = request.user
    initial = {name: getattr(user, name) for name in ProfileForm.base_fields}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            changes.edit(user, form.cleaned_data, by=request.actor)
        except Invalid as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("Saved."))
            return _back(request)
    context = {"form": form, "sessions": _sessions(request), **_choices()}
    return render(request, "web/profile/page.html", context, status=422 if form.errors else 200)


@page("account.enter")
def colours(request: HubRequest) -> HttpResponse:
    """Light, dark, or as the system: a cookie of this browser."""
    response = _back(request)
    chosen = request.POST.get("theme", "")
    if request.method == "POST" and chosen in THEMES:
        response.set_cookie("hub_theme", chosen, max_age=A_YEAR, samesite="Lax")
    elif request.method == "POST":
        response.delete_cookie("hub_theme", samesite="Lax")
    return response


@page("profile.edit")
def end_session(request: HubRequest) -> HttpResponse:
    """Sign out of one other browser, or (`mark` empty) of all others."""
    _oneself_only(request)
    if request.method == "POST":
        mark = request.POST.get("mark", "")
        ended = [one for one in _sessions(request) if not one.here and mark in ("", one.mark)]
        if mark and not ended:
            raise NotFound
        for one in ended:
            changes.end_session(request.user, one.session.session_key, by=request.actor)
        messages.success(request, _("You are signed out there."))
    return _back(request)


def _oneself_only(request: HubRequest) -> None:
    if request.principal.shown:
        raise Refused(
            _("A profile is its owner's alone."), next=_("Be yourself again to see your own."), reason="acting_as.never"
        )


def _sessions(request: HubRequest) -> list[SignedIn]:
    here = request.session.session_key
    found = reads.sessions_of(request.user)
    return [SignedIn(one, in_words(one.browser), _mark(one.session_key), one.session_key == here) for one in found]


def _mark(session_key: str) -> str:
    return hashlib.sha256(b"hub session:" + session_key.encode()).hexdigest()[:24]


def _choices() -> dict[str, Any]:
    return {"themes": [("", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]}


def _back(request: HubRequest) -> HttpResponse:
    return redirect("profile:page", account_id=request.account.pk)


app_name = "profile"
urlpatterns = [
    path("a/<int:account_id>/profile", profile, name="page"),
    path("a/<int:account_id>/profile/colours", colours, name="colours"),
    path("a/<int:account_id>/profile/sessions", end_session, name="end_session"),
]
