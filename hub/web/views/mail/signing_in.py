"""The way to the provider's own sign-in page and back, for a mailbox.

What the person typed travels sealed with the state and is kept only when they come back signed in, with that very address:
until then the mailbox stays as it was. Where the customer's administrator must allow the app first, that is written down, and
the old way goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from hub.addons import changes as addons
from hub.addons import diagnosis, installed
from hub.addons.models import Connection
from hub.addons.oauth import approval, exchanging, hosted, reads, starting, wording
from hub.addons.oauth.starting import Returned
from hub.addons.writing import Freed, own
from hub.core.auth import OAuth2
from hub.core.mail import is_address
from hub.db.errors import Invalid, NotFound, Problem, Refused
from hub.dispatch.grants import Client, Tokens, allowed
from hub.mail.mailboxes import changes, offers
from hub.mail.mailboxes.changes import Left, Options
from hub.mail.mailboxes.offers import Offer
from hub.web.entry import enter_account
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may, require
from hub.web.views.addons import signing_in as vendors
from hub.web.views.mail import showing
from hub.web.views.mail.given import read, wanted_of
from hub.web.views.mail.going import let_go
from hub.web.views.mail.showing import Typed
from hub.web.views.mail.whose import Page, page_of

# --- the way out --------------------------------------------------------------------------------------------------


@sensitive_variables()
def sign_in(request: HubRequest, page: Page) -> HttpResponse:
    """Send the browser to the provider's page, with what was typed kept until it comes back."""
    if request.method != "POST":
        return redirect(page.url())
    page.require_typing()
    given = read(request, page)
    offer = given.offer
    if offer is None or not offer.signs_in:
        raise NotFound(_("This provider has no page to sign in at."))
    found = hosted.check_first(offer.info, given.given)
    field = offers.account_field(offer)
    wrong = dict(found.by_field)
    if not given.options["enabled"]:
        wrong["enabled"] = _("Tick this first; without it the mailbox is not used.")
    try:
        changes.check(offer, given.given, wanted_of(given.options))
    except Invalid as problem:
        wrong |= problem.fields
    if field and not is_address(str(given.given.get(field, ""))):
        wrong.setdefault(field, _("Type the address you sign in with."))
    if wrong:
        shown = Typed(offer, False, given.given, given.options, wrong)
        return showing.draw(page, shown, status=422)
    asked = (offers.READ,) if given.options["read_mail"] and offer.reading_apart else ()
    return lead_on(page, offer, {**found.clean}, asked, given.options)


def lead_on(
    page: Page,
    offer: Offer,
    settings: Mapping[str, Any],
    consents: Iterable[str] = (),
    options: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A page of our own that leads on: the content security policy lets no form be redirected to a stranger."""
    request = page.request
    already = reads.standing(page.connection).consents if _same_account(page, offer, settings) else ()
    address = starting.begin(
        request.account, offer.info, hosted.client_of(offer.info, settings), session_key=vendors.session_key_of(request),
        user_id=request.user.pk, redirect_uri=vendors.redirect_uri_of(request), consents={*already, *consents},
        account_name=hosted.account_name(offer.info, settings), for_mailbox=True, owner=page.user_id, settings=settings,
        options=options,
    )  # fmt: skip
    given = {"offer": offer, "address": address, "host": urlsplit(address).hostname, "verb": showing.verb_of(offer),
             "here": page.url()}  # fmt: skip
    return render(request, "web/settings/email_sign_in.html", given)


def _same_account(page: Page, offer: Offer, settings: Mapping[str, Any]) -> bool:
    if page.connection is None or page.connection.addon != offer.info.name or page.row is None:
        return False
    return str(settings.get(offers.account_field(offer), "")).casefold() == page.row.address.casefold()


# --- the way back -------------------------------------------------------------------------------------------------


@sensitive_variables()
def back(request: HubRequest, returned: Returned, given: Mapping[str, str]) -> HttpResponse:
    """Somebody comes back from the provider's page, for a mailbox."""
    _enter(request, returned)
    page = page_of(request, returned.owner)
    request.home = page.url()  # type: ignore[attr-defined]  # where the page of a problem leads
    offer = next((one for one in page.offers if one.info.name == returned.addon and one.signs_in), None)
    if offer is None:
        raise Problem(_("This provider may not be used here any more. Nobody was signed in."), code="not_available")
    settings = dict(returned.settings)
    client = hosted.client_of(offer.info, settings)
    _look_for_approval(page, offer, client, given, settings)
    name = hosted.account_name(offer.info, settings)
    tokens = vendors.tokens_of(offer.info, client, given, returned, name)
    connection = _keep(page, offer, settings, tokens)
    vendors.tell_signed_in(request, offer.info, tokens, returned)
    _take_over(page, offer, connection, returned, tokens)
    return redirect(page.url())


def _enter(request: HubRequest, returned: Returned) -> None:
    if returned.owner is not None and returned.owner != request.user.pk:
        raise wording.strange_state()
    enter_account(request, returned.account_id, "connection.edit" if returned.owner is not None else "addons.edit")
    if returned.owner is None:
        require(request, "secrets.edit")
    if request.principal.shown:
        raise Refused(_("A mailbox is its owner's alone."), reason="acting_as.never")


def _look_for_approval(
    page: Page, offer: Offer, client: Client, given: Mapping[str, str], settings: Mapping[str, Any]
) -> None:
    """Where the customer's administrator must allow the app first, that is written down before it is told. The mailbox stays by
    the way it has; without one it waits by this one.

    Raises:
        Problem: it is so.
    """
    starting.check_issuer(offer.info, given)
    if not approval.needed(offer.info, given.get("error", ""), given.get("error_description", "")):
        return
    request = page.request
    with transaction.atomic():
        row = changes.prepare(request.account, page.user_id)
        connection = own(request.account, offer.info.name, page.user_id)
        if connection.pk != row.connection_id:  # so that it need not be typed again
            saved = addons.save_settings(
                request.account, offer.info.name, settings, by=request.actor, user=page.user_id
            )
            connection = saved.connection
        approval.wait(connection, offer.info, client, by=request.actor)
        if row.connection_id is None:
            connection.refresh_from_db()
            changes.adopt(row, offer, connection, by=request.actor)
    raise approval.problem(offer.info, client)


def _keep(page: Page, offer: Offer, settings: Mapping[str, Any], tokens: Tokens) -> Connection:
    request = page.request
    with transaction.atomic():
        return changes.keep_sign_in(request.account, page.user_id, offer, settings, tokens, by=request.actor)


def _take_over(page: Page, offer: Offer, connection: Connection, returned: Returned, tokens: Tokens) -> None:
    """The new way is tried, and only what works takes the old one's place; without an old one it may be mended later."""
    request, seen = page.request, diagnosis.examine(connection)
    left, first = None, page.connection is None or page.connection.pk == connection.pk
    with transaction.atomic():
        diagnosis.record(connection, seen, by=request.actor)
        row = changes.prepare(request.account, page.user_id)
        if seen.ok or first:
            left = changes.adopt(row, offer, connection, by=request.actor, default=may(request, "addons.edit"))
            let_go(_as_chosen(row, offer, returned, tokens, request))
    nudge()
    end_at_vendor(request, left)
    (messages.success if seen.ok else messages.warning)(request, seen.sentence)
    if not (seen.ok or first):
        messages.warning(request, _("The mailbox stays by the provider that it had."))


def _as_chosen(row: Any, offer: Offer, returned: Returned, tokens: Tokens, request: HubRequest) -> Freed:
    """What was chosen on the way out; it is read only where the provider allowed it, if it is asked for that apart."""
    auth = offer.info.auth
    assert isinstance(auth, OAuth2)
    allowed_apart = offers.READ in returned.consents and offers.READ in allowed(auth.consents, tokens.scopes)
    wanted = Options(True, row.read_mail or allowed_apart, row.sender_name, row.daily_cap, row.files_as_links)
    if returned.options:
        wanted = wanted_of(returned.options)
        may_be_read = allowed_apart or row.read_mail or not offer.reading_apart
        wanted = replace(wanted, read_mail=wanted.read_mail and may_be_read)
    return changes.set_options(row, offer, wanted, by=request.actor)


# --- signing out --------------------------------------------------------------------------------------------------


def end_at_vendor(request: HubRequest, left: Left | None) -> None:
    """Ask the vendor to end a sign-in that was wiped here. Best effort: what it does not confirm is told."""
    plugin = installed.plugin(left.addon) if left is not None else None
    if left is None or left.tokens is None or plugin is None or not isinstance(plugin.info.auth, OAuth2):
        return
    title = {"title": plugin.info.title}
    try:
        ended = exchanging.revoke(plugin.info, hosted.client_of(plugin.info, left.settings), left.tokens)
    except Problem:
        ended = False
    if ended is False:
        words = _("%(title)s did not confirm that the old sign-in has ended; end the access in its own settings too.")
        messages.warning(request, words % title)
    elif ended is None:
        words = _("%(title)s offers no way to end a sign-in from here; take the access back in its own settings.")
        messages.info(request, words % title)
