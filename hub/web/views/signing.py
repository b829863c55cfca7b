"""Signing in and out, changing one's password, and the links of invitations and resets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.audit.actor import Actor
from hub.db import clock, counting
from hub.db.errors import Invalid
from hub.users import changes, links, signin
from hub.users.declare import PUBLIC, SIGNED_IN
from hub.web import acting
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest

HOME = "/"


class SignInForm(StoredForm):
    """Name and password. Whether they are right is not the form's to say."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class NewPasswordForm(StoredForm):
    """A new password, twice."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        strip=False,
        help_text=gettext_lazy("At least 8 characters. A sentence is easier to remember than a word."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=gettext_lazy("The same again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ChangePasswordForm(NewPasswordForm):
    """One's own password, with the current one."""

    current = forms.CharField(
        label=gettext_lazy("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ("current", "password", "repeated")


@page(PUBLIC, account=False, atomic=False)
def sign_in(request: HubRequest) -> HttpResponse:
    """The door. Its failures are counted outside of a transaction, so that they stay counted."""
    onward = inside(request.POST.get("next") or request.GET.get("next") or "")
    if request.method != "POST":
        return redirect(onward) if request.user.is_authenticated else _sign_in_page(request, SignInForm(), onward)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, form, onward, status=422)
    given = form.cleaned_data
    answer = signin.attempt(given["username"], given["password"], request.ip, clock.real_now())
    counting.add("hub_sign_ins_total", outcome=answer.reason if isinstance(answer, signin.Refused) else "signed_in")
    if isinstance(answer, signin.Refused):
        return _refused(request, form, onward, answer)
    signin.begin(request, answer, request.ip)
    return redirect("signing:change_password") if answer.must_change_password else redirect(onward)


@page(PUBLIC, account=False)
def sign_out(request: HubRequest) -> HttpResponse:
    """Only a POST signs out: a picture on a strange page must not."""
    if request.method == "POST":
        if request.user.is_authenticated:
            acting.stop(request.session, by=Actor.person(request.user.pk, request.user.label, request.ip))
        signin.end(request)
        messages.success(request, _("You are signed out."))
    return redirect("signing:sign_in")


@page(SIGNED_IN, account=False, stale_password=True)
def change_password(request: HubRequest) -> HttpResponse:
    """One's own password; comes by itself when it must be changed."""
    if request.principal.shown:
        messages.error(request, _("Nobody changes a password in another's name. Be yourself again first."))
        return redirect("home")
    form = ChangePasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return _password_changed(request, form.cleaned_data)
        except Invalid as problem:
            show_errors(form, problem)
    context = {"form": form, "forced": request.user.must_change_password}
    return render(request, "web/signing/change_password.html", context, status=422 if form.errors else 200)


@page(PUBLIC, account=False)
def invitation(request: HubRequest, token: str) -> HttpResponse:
    """The link of an invitation: choose a password once."""
    return _link(request, token, "invitation")


@page(PUBLIC, account=False)
def reset(request: HubRequest, token: str) -> HttpResponse:
    """The link of a reset: choose a new password once."""
    return _link(request, token, "reset")


def inside(target: str) -> str:
    """Where to go after signing in: only ever a page of the hub."""
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None) and target.startswith("/")
    return target if safe else HOME


def _password_changed(request: HubRequest, given: dict[str, Any]) -> HttpResponse:
    user = request.user
    changes.change_own_password(user, given["current"], given["password"], given["repeated"], by=request.actor)
    # All sessions ended with the old password; this browser gets a new one.
    signin.begin(request, signin.SignedIn(user, must_change_password=False), request.ip)
    messages.success(request, _("Your password is changed. You are signed out everywhere else."))
    return redirect(HOME)


def _link(request: HubRequest, token: str, purpose: links.Purpose) -> HttpResponse:
    user = links.read(token, purpose, hold=request.method == "POST")
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        by = Actor.person(user.pk, user.label, request.ip)
        try:
            changes.accept_link(user, form.cleaned_data["password"], form.cleaned_data["repeated"], by=by)
        except Invalid as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("Your password is set. Sign in with it now."))
            return redirect("signing:sign_in")
    context = {"form": form, "person": user, "purpose": purpose}
    return render(request, "web/signing/link.html", context, status=422 if form.errors else 200)


def _refused(request: HubRequest, form: SignInForm, onward: str, answer: signin.Refused) -> HttpResponse:
    form.add_error(None, answer.sentence)
    response = _sign_in_page(request, form, onward, status=429 if answer.retry_after else 401)
    if answer.retry_after:
        response["Retry-After"] = str(answer.retry_after)
    return response


def _sign_in_page(request: HttpRequest, form: SignInForm, onward: str, status: int = 200) -> HttpResponse:
    context = {"form": form, "onward": "" if onward == HOME else onward}
    return render(request, "web/signing/sign_in.html", context, status=status)


app_name = "signing"
urlpatterns = [
    path("sign-in", sign_in, name="sign_in"),
    path("sign-out", sign_out, name="sign_out"),
    path("password", change_password, name="change_password"),
    path("invitation/<str:token>", invitation, name="invitation"),
    path("reset/<str:token>", reset, name="reset"),
]
