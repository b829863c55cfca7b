"""*Save Settings*: what was typed is tried at the provider first, outside of any transaction, and kept only when it works.

The seeds' own way to switch a mailbox off for good works as well: nothing ticked, *Custom* chosen, every field empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from hub.addons import diagnosis
from hub.addons.diagnosis import Diagnosis
from hub.addons.models import Connection
from hub.core.mail import is_address
from hub.core.settings import secret_names
from hub.db.errors import Invalid
from hub.mail.mailboxes import changes, exchangers, offers, reads, trying
from hub.mail.mailboxes.offers import Offer
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may
from hub.web.views.mail import acting, showing, signing_in
from hub.web.views.mail.given import read, wanted_of
from hub.web.views.mail.going import let_go, saved_words
from hub.web.views.mail.showing import Typed
from hub.web.views.mail.whose import Page


@sensitive_variables()
def save(request: HubRequest, page: Page) -> HttpResponse:
    """Keep the provider and the options; or show the fields of the provider that was chosen."""
    if request.method != "POST":
        return redirect(page.url())
    page.require_typing()
    given = read(request, page)
    if "show" in request.POST or given.detecting:
        return _show(page, given)
    if _everything_is_empty(given):
        return _empty(page)
    if given.offer is None:
        return _with_options(page, given)
    if given.offer.signs_in:
        return _signed_in(page, given)
    return _with_password(page, given)


def _show(page: Page, given: Typed) -> HttpResponse:
    """Without a script: the fields of what was chosen. What was typed stays, except for secrets."""
    if not given.detecting:
        return showing.draw(page, given)
    address = str(given.given.get("address", ""))
    if not is_address(address):
        return showing.draw(page, _refused(given, {"address": _("This is not an e-mail address.")}), status=422)
    known = offers.by_address(page.offers, address)
    if known is not None:
        return showing.draw(page, _as(given, known))
    hosts = exchangers.of(address)
    hosted = offers.by_exchangers(page.offers, hosts)
    if hosted is not None:
        words = _("The mail of %(domain)s is with %(title)s, as its MX record says.")
        messages.info(page.request, words % {"domain": _domain(address), "title": hosted.title})
        return showing.draw(page, _as(given, hosted))
    return showing.draw(page, _refused(given, {"address": _nobody(_domain(address), hosts)}), status=422)


def _nobody(domain: str, hosts: Sequence[str]) -> str:
    """What to do where no provider that may be chosen has the address."""
    if not hosts:
        return _(
            "Nobody we know has addresses at %(domain)s. Choose your provider from the list, or Custom with its servers."
        ) % {"domain": domain}
    return _(
        "The mail of %(domain)s is taken in by %(host)s, and nobody in the list has servers there. Ask who runs your mail for "
        "the names of its servers, and choose Custom."
    ) % {"domain": domain, "host": hosts[0]}


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _as(given: Typed, offer: Offer) -> Typed:
    return Typed(offer, False, given.given, given.options)


def _refused(given: Typed, errors: dict[str, str], problem: str = "", following: str = "") -> Typed:
    return Typed(given.offer, given.detecting, given.given, given.options, errors, problem, following)


# --- the three ways ------------------------------------------------------------------------------------------------


def _everything_is_empty(given: Typed) -> bool:
    """Nothing ticked, *Custom* chosen, every text empty: the seeds' way to disconnect."""
    if given.options["enabled"] or given.offer is None or not given.offer.custom:
        return False
    hidden = secret_names(given.offer.info.settings)
    texts = [
        one for name, one in given.given.items() if name in hidden or name in ("address", "smtp_host", "imap_host")
    ]
    return not any(str(one or "").strip() for one in texts)


def _empty(page: Page) -> HttpResponse:
    if page.row is None or page.connection is None:
        messages.info(page.request, _("No mailbox is connected. Tick “Enable SMTP and IMAP” to connect one."))
        return redirect(page.url())
    return acting.do_disconnect(page)


def _with_options(page: Page, given: Typed) -> HttpResponse:
    """No provider was chosen: the owner's own choices alone."""
    if page.connection is None:
        wrong = {"enabled": _("Choose a provider first.")} if given.options["enabled"] else {}
        return showing.draw(page, _refused(given, wrong, _("Choose a provider first.")), status=422)
    return _finish(page, given)


def _signed_in(page: Page, given: Typed) -> HttpResponse:
    """At a provider that is signed in to, only the options are saved; another address or provider needs a sign-in."""
    offer = given.offer
    assert offer is not None
    mine = page.current is not None and page.current.key == offer.key
    if not mine or page.connection is None or not trying.same_place(offer, given.given, page.connection):
        words = _("Nothing was saved yet: press “%(verb)s” below, with that address.") % {
            "verb": showing.verb_of(offer)
        }
        return showing.draw(page, _refused(given, {}, words), status=422)
    return _finish(page, given)


@sensitive_variables()
def _with_password(page: Page, given: Typed) -> HttpResponse:
    """Try it, then keep it."""
    offer = given.offer
    assert offer is not None
    if _unchanged(page, given):
        return _finish(page, given)
    try:
        tried = trying.candidate(page.request.account, page.user_id, offer, given.given, page.connection)
    except Invalid as problem:
        return showing.draw(page, _refused(given, dict(problem.fields)), status=422)
    seen = diagnosis.examine(tried)
    if not seen.ok or seen.health != Connection.Health.OK:
        return showing.draw(page, _failed(page, given, seen), status=422)
    return _keep(page, given, tried, seen)


def _unchanged(page: Page, given: Typed) -> bool:
    offer, mine = given.offer, page.current
    if offer is None or mine is None or page.connection is None or mine.key != offer.key:
        return False
    hidden = secret_names(offer.info.settings)
    if any(given.given.get(name) for name in hidden):
        return False
    stored = page.connection.settings
    beside = {name: value for name, value in given.given.items() if name not in hidden}
    return all(str(stored.get(name, "") or "") == str(value or "") for name, value in beside.items())


def _failed(page: Page, given: Typed, seen: Diagnosis) -> Typed:
    kept = _("Nothing was saved; the mailbox stays as it was.") if page.connection else _("Nothing was saved.")
    return _refused(given, {}, seen.sentence, kept)


def _keep(page: Page, given: Typed, tried: Connection, seen: Diagnosis) -> HttpResponse:
    request, offer = page.request, given.offer
    assert offer is not None
    with transaction.atomic():
        row = changes.prepare(request.account, page.user_id)
        connection = changes.keep_tried(request.account, page.user_id, offer, tried, seen, by=request.actor)
        left = changes.adopt(row, offer, connection, by=request.actor, default=may(request, "addons.edit"))
        page.row = row
    signing_in.end_at_vendor(request, left)
    messages.success(request, _("Logged in: %(seen)s") % {"seen": seen.sentence})
    return _finish(page, given)


# --- what the owner chooses ----------------------------------------------------------------------------------------


def _finish(page: Page, given: Typed) -> HttpResponse:
    """Keep the options, and let go what waited. Where reading must be allowed apart, go on to the provider."""
    request, row = page.request, page.row
    assert row is not None
    try:
        wanted = wanted_of(given.options)
        consent = wanted.read_mail and not row.read_mail and _asks_apart(page)
        with transaction.atomic():
            row = changes.prepare(request.account, page.user_id)
            wish = replace(wanted, read_mail=wanted.read_mail and not consent)
            freed = changes.set_options(row, given.offer or page.current, wish, by=request.actor)
            released = let_go(freed)
    except Invalid as problem:
        return showing.draw(page, _refused(given, dict(problem.fields)), status=422)
    nudge()
    if consent and page.current is not None:
        return signing_in.lead_on(
            page, page.current, dict(page.connection.settings if page.connection else {}), (offers.READ,)
        )
    messages.success(request, saved_words(released))
    return redirect(page.url())


def _asks_apart(page: Page) -> bool:
    return not reads.standing(page.row).may_read
