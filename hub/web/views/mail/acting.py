"""What is done to a mailbox besides saving: *Test SMTP send*, the test, *Disconnect*."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from hub.addons import diagnosis, self_mail
from hub.addons.oauth import changes as sign_ins
from hub.core import redact
from hub.core.outcomes import Outcome, Verdict
from hub.db.errors import NotFound
from hub.mail import loading
from hub.mail.mailboxes import changes
from hub.web.entry import page as entry
from hub.web.nudge import nudge
from hub.web.request import HubRequest
from hub.web.views.mail import signing_in
from hub.web.views.mail.going import let_go
from hub.web.views.mail.whose import Page


def test_mail(request: HubRequest, page: Page) -> HttpResponse:
    """*Test SMTP send*: a mail from the mailbox to itself, with the sender that people will see."""
    offer, connection, row = page.current, page.connection, page.row
    if request.method != "POST" or offer is None or connection is None or row is None:
        return redirect(page.url())
    if not row.enabled:
        messages.warning(request, _("The mailbox is switched off, so nothing was sent. Switch it on, then try again."))
        return redirect(page.url())
    name = loading.name_of(row, request.account)
    outcome = self_mail.send(connection, offer.info, offer.mailer, by=request.actor, name=name)
    _tell_mailed(request, row.address, name, outcome)
    return redirect(page.url())


def _tell_mailed(request: HubRequest, address: str, name: str, outcome: Outcome) -> None:
    if outcome.verdict is Verdict.DONE:
        words = _("A test mail went out to %(address)s. Its sender is %(name)s <%(address)s>.")
        messages.success(request, words % {"address": address, "name": name})
    else:
        messages.warning(request, _("No test mail was confirmed. %(why)s") % {"why": redact.text(outcome.sentence())})


def test(request: HubRequest, page: Page) -> HttpResponse:
    """Whether the provider still lets the hub in. What waited goes on when it does."""
    connection = page.connection
    if request.method != "POST" or connection is None or page.row is None:
        return redirect(page.url())
    with transaction.atomic():
        sign_ins.try_again(connection)
    seen = diagnosis.examine(connection)
    with transaction.atomic():
        diagnosis.record(connection, seen, by=request.actor)
        let_go(changes.freed(page.row))
    nudge()
    (messages.success if seen.ok else messages.warning)(request, seen.sentence)
    return redirect(page.url())


def disconnect(request: HubRequest, page: Page) -> HttpResponse:
    """What it means; then everything that was entered is wiped, and the vendor is told."""
    if page.connection is None:
        return redirect(page.url())
    if request.method != "POST":
        given = {"page": page, "here": page.url(), "act": page.url("disconnect"), "mailbox": page.row}
        return render(request, "web/settings/email_disconnect.html", given)
    page.require_typing()
    return do_disconnect(page)


@sensitive_variables()
def do_disconnect(page: Page) -> HttpResponse:
    """Wipe it, tell the vendor, and let go what may leave by another way now."""
    request = page.request
    with transaction.atomic():
        row = changes.prepare(request.account, page.user_id)
        left = changes.disconnect(row, by=request.actor)
        let_go(changes.freed(row))
    nudge()
    messages.success(request, _("Disconnected. Everything that was entered is wiped."))
    signing_in.end_at_vendor(request, left)
    return redirect(page.url())


@entry("connection.edit")
def stop_waiting(request: HubRequest) -> HttpResponse:
    """Give up a sign-in at another provider that waits for an administrator."""
    if request.method != "POST":
        return redirect("settings:email", account_id=request.account.pk)
    addon = request.POST.get("addon", "")
    if not addon:
        raise NotFound
    changes.give_up_waiting(request.account, request.user.pk, addon, by=request.actor)
    messages.success(request, _("Forgotten. The mailbox stays by the provider that it has."))
    return redirect("settings:email", account_id=request.account.pk)
