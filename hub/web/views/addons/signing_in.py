"""Signing in at the vendor: the button, the way back, and signing out again.

The way out and the way back are two requests with the vendor's page between them. What ties them together is the state
(:mod:`hub.addons.oauth.starting`); the vendor is asked between two transactions, never inside of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from hub.addons import connections, diagnosis, installed
from hub.addons import wording as addon_wording
from hub.addons.catalog import Entry
from hub.addons.models import Connection
from hub.addons.oauth import approval, changes, exchanging, hosted, reads, starting, wording
from hub.addons.oauth.starting import CALLBACK, Returned
from hub.core.addon import AddOnInfo
from hub.core.auth import Consent, OAuth2
from hub.core.settings import fields_of
from hub.db.errors import Problem
from hub.dispatch import grants
from hub.dispatch.grants import Client, Tokens
from hub.engine import release
from hub.plans import impact
from hub.web.entry import enter_account, page, recognise
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may, require
from hub.web.views.addons import finding

LOOPBACK = ("localhost", "127.0.0.1", "::1")

ANSWERS = ("state", "code", "error", "error_description", "iss")
"""What a vendor may send somebody back with. Nothing else is looked at."""


# --- what the add-on's page shows ---------------------------------------------------------------------------------


def card(request: HubRequest, found: Entry) -> Mapping[str, object] | None:
    """The part of the add-on's page about signing in; None for an add-on that does not."""
    if found.manifest.credential != OAuth2.__name__:
        return None
    return {
        "standing": reads.standing(found.connection),
        "allowed": may(request, "addons.edit") and may(request, "secrets.edit"),
        "missing": _missing(found),
        "redirect_uri": redirect_uri_of(request) if _has_base(request) else "",
        "consents": _consents(found),
    }


def _consents(found: Entry) -> tuple[Consent, ...]:
    """What may be allowed on top."""
    auth = hosted.auth_of(found.manifest.name)
    return auth.consents if auth else ()


def _missing(found: Entry) -> str:
    """Why nobody can sign in yet; empty when somebody can."""
    try:
        info = _info(found)
        _client(info, found.connection)
    except Problem as problem:
        return problem.sentence
    return wording.no_account_yet(_account_label(info)) if _lacks_account(info, found.connection) else ""


def _lacks_account(info: AddOnInfo, connection: Connection | None) -> bool:
    """The form must say whose account it is, and does not yet."""
    assert isinstance(info.auth, OAuth2)
    return bool(info.auth.account_field) and not _account_name(info, connection)


def _account_label(info: AddOnInfo) -> str:
    assert isinstance(info.auth, OAuth2)
    return {spec.name: spec.label for spec in fields_of(info.settings)}[info.auth.account_field]


# --- the way out --------------------------------------------------------------------------------------------------


@page("addons.edit")
def sign_in(request: HubRequest, addon: str) -> HttpResponse:
    """Send the browser to the vendor's page.

    By a page of our own that leads on: the content security policy lets no form be redirected to a stranger.
    """
    found = finding.entry(request, addon)
    if request.method != "POST":
        return redirect("addons:page", account_id=request.account.pk, addon=addon)
    require(request, "secrets.edit")
    info, connection = _info(found), finding.connection(request, addon)
    if _lacks_account(info, connection):
        return redirect("addons:page", account_id=request.account.pk, addon=addon)
    # Whoever signs in again keeps what was allowed on top, and may ask for more.
    consents = {*reads.standing(connection).consents, request.POST.get("consent", "")}
    address = starting.begin(
        request.account, info, _client(info, connection), session_key=session_key_of(request), user_id=request.user.pk,
        redirect_uri=redirect_uri_of(request), consents=consents, account_name=_account_name(info, connection),
    )  # fmt: skip
    host = urlsplit(address).hostname
    return render(request, "web/addons/sign_in.html", {"entry": found, "address": address, "host": host})


def session_key_of(request: HubRequest) -> str:
    key: str | None = request.session.session_key
    if not key:
        raise wording.left_meanwhile()
    return key


def redirect_uri_of(request: HttpRequest) -> str:
    """Made from the installation's own setting. Without one only this very machine can be come back to.

    Raises:
        Problem: the hub does not know where it is reached.
    """
    if settings.HUB_PUBLIC_URL:
        return settings.HUB_PUBLIC_URL + CALLBACK
    if not _has_base(request):
        raise Problem(
            _("The hub does not know its own public address, so a vendor could not send you back."),
            _("An operator sets HUB_PUBLIC_URL."),
            _("Then sign in."),
            code="oauth.no_base",
        )
    return request.build_absolute_uri(CALLBACK)


def _has_base(request: HttpRequest) -> bool:
    return bool(settings.HUB_PUBLIC_URL) or urlsplit(f"//{request.get_host()}").hostname in LOOPBACK


# --- the way back -------------------------------------------------------------------------------------------------


@page("public", account=False, atomic=False)
@sensitive_variables()
def callback(request: HubRequest) -> HttpResponse:
    """Somebody comes back from a vendor's page, or says so. Public, for whoever's session has ended is told just that; the state
    and the permissions of its account are asked before anything else."""
    if request.method != "GET":
        return redirect("/")
    if not request.user.is_authenticated:
        raise wording.left_meanwhile()
    if request.user.must_change_password:
        return redirect("signing:change_password")
    recognise(request)
    given = answers_of(request)
    returned = starting.take(given.get("state", ""), session_key=session_key_of(request), user_id=request.user.pk)
    if returned.for_mailbox:
        from hub.web.views.mail import signing_in as mailboxes  # it stands on this module

        return mailboxes.back(request, returned, given)
    enter_account(request, returned.account_id, "addons.edit")
    require(request, "secrets.edit")
    here = reverse("addons:page", args=[request.account.pk, returned.addon])
    request.home = here  # type: ignore[attr-defined]  # where the page of a problem leads
    found, connection = finding.entry(request, returned.addon), finding.connection(request, returned.addon)
    info = _info(found)
    name, client = _account_name(info, connection), _client(info, connection)
    look_for_approval(request, info, connection, client, given)
    tokens = tokens_of(info, client, given, returned, name)
    _keep(request, connection, tokens, name)
    tell_signed_in(request, info, tokens, returned)
    _test(request, returned.addon)
    return redirect(here)


def look_for_approval(
    request: HubRequest, info: AddOnInfo, connection: Connection, client: Client, given: Mapping[str, str]
) -> None:
    """Where the customer's administrator must allow the app first, that is written down before it is told.

    Raises:
        Problem: it is so.
    """
    starting.check_issuer(info, given)
    if approval.needed(info, given.get("error", ""), given.get("error_description", "")):
        with transaction.atomic():
            approval.wait(connection, info, client, by=request.actor)
        raise approval.problem(info, client)


def tell_signed_in(request: HubRequest, info: AddOnInfo, tokens: Tokens, returned: Returned) -> None:
    """That it went well; and what was asked for on top and not allowed."""
    assert isinstance(info.auth, OAuth2)
    messages.success(
        request, _(info.auth.success) if info.auth.success else _("Signed in to %(title)s.") % {"title": info.title}
    )
    granted = grants.allowed(info.auth.consents, tokens.scopes)
    lacking = [one.title for one in info.auth.consents if one.name in returned.consents and one.name not in granted]
    if lacking:
        messages.warning(request, wording.not_allowed(info.title, ", ".join(lacking)))


def answers_of(request: HttpRequest) -> dict[str, str]:
    """What the vendor says. A parameter that stands there twice says nothing (RFC 6749, 3.1)."""
    lists = {name: request.GET.getlist(name) for name in ANSWERS}
    if any(len(values) > 1 for values in lists.values()):
        raise wording.strange_state()
    return {name: values[0] for name, values in lists.items() if values}


def tokens_of(
    info: AddOnInfo, client: Client, given: Mapping[str, str], returned: Returned, account_name: str
) -> Tokens:
    starting.check_issuer(info, given)
    if given.get("error"):
        raise wording.said_no(info.title, given["error"], given.get("error_description", ""))
    if not given.get("code"):
        raise wording.no_code(info.title)
    if client.id != returned.client_id:  # the app was changed while somebody was signing in with the other
        raise wording.strange_state()
    return exchanging.tokens_for(info, client, given["code"], returned, account_name)


def _keep(request: HubRequest, connection: Connection, tokens: Tokens, account_name: str) -> None:
    with transaction.atomic():
        freed = changes.sign_in(connection, tokens, by=request.actor, account_name=account_name)
        release.of_account(freed.account_ids, freed.addon)
    nudge()


def _test(request: HubRequest, addon: str) -> None:
    """Whether it works. A form that is not complete yet can be filled in now."""
    connection = finding.connection(request, addon)
    if not connection.complete:
        messages.info(request, _("Choose what is still missing below, save, and test."))
        return
    seen = diagnosis.examine(connection)
    with transaction.atomic():
        freed = diagnosis.record(connection, seen, by=request.actor)
        release.of_account(freed.account_ids, addon)
    (messages.success if seen.ok else messages.warning)(request, seen.sentence)


# --- signing out --------------------------------------------------------------------------------------------------


@page("addons.edit", atomic=False)
@sensitive_variables()
def sign_out(request: HubRequest, addon: str) -> HttpResponse:
    """What would wait; then the tokens are wiped, and the vendor is told."""
    found, connection = finding.entry(request, addon), finding.connection(request, addon)
    if request.method != "POST":
        below = impact.of_switch_off(request.account, addon)
        return render(request, "web/addons/sign_out.html", {"entry": found, "impact": below})
    require(request, "secrets.edit")
    with transaction.atomic():
        tokens = changes.sign_out(connection, found.manifest.title, by=request.actor)
    if tokens is not None:
        _tell_vendor(request, found, connection, tokens)
    return redirect("addons:page", account_id=request.account.pk, addon=addon)


def _tell_vendor(request: HubRequest, found: Entry, connection: Connection, tokens: Tokens) -> None:
    title = {"title": found.manifest.title}
    try:
        info = _info(found)
        ended = exchanging.revoke(info, _client(info, connection), tokens)
    except Problem:
        ended = False
    if ended:
        messages.success(request, _("Signed out of %(title)s, which has ended the sign-in on its side too.") % title)
    elif ended is None:
        words = _(
            "Signed out here: the tokens are wiped. %(title)s offers no way to end it there; look in its own settings."
        )
        messages.success(request, words % title)
    else:
        words = _(
            "Signed out here: the tokens are wiped. %(title)s did not confirm it; end the access in its own settings too."
        )
        messages.warning(request, words % title)


# --- shared by the above ------------------------------------------------------------------------------------------


def _info(found: Entry) -> AddOnInfo:
    plugin = installed.plugin(found.manifest.name)
    if plugin is None or not isinstance(plugin.info.auth, OAuth2):
        raise Problem(
            _("The plugin for %(title)s is not running, so nobody can sign in.") % {"title": found.manifest.title},
            _("An operator sees why on the plugins page."),
            _("Sign in when it is back."),
            code="plugin_missing",
        )
    return plugin.info


def _account_name(info: AddOnInfo, connection: Connection | None) -> str:
    return hosted.account_name(info, connections.known_settings(connection) if connection else {})


def _client(info: AddOnInfo, connection: Connection | None) -> Client:
    if connection is not None and connections.is_sealed_away(connection):
        raise Problem(addon_wording.key_lost(), code="key_lost")
    return hosted.client_of(info, connections.open_settings(connection) if connection else {})
