"""The page behind *Unsubscribe* in a mail: anybody may open it, and only its button, or a mail program's own, does anything.

It is asked by mail programs, too, which send a POST of their own (RFC 8058): no cookie, no token of a form. The link itself is
the proof, and it can do nothing but take one contact off.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from hub.accounts import reads as accounts
from hub.contacts.models import Contact
from hub.db import scope
from hub.mail.unsubscribing import changes, links
from hub.users.declare import PUBLIC
from hub.web.entry import page
from hub.web.request import HubRequest


@csrf_exempt
@page(PUBLIC, account=False)
def stop(request: HubRequest, token: str) -> HttpResponse:
    """Ask, or do it."""
    if token == links.SAMPLE:
        return render(request, "web/unsubscribing/sample.html")
    who = links.read(token)
    account = accounts.get(who.account_id)
    scope.enter(account.pk, account.path, account.ancestor_ids)
    if request.method == "POST":
        contact = changes.unsubscribe(who, request.ip)
    else:
        contact = changes.contact_of(who)
    context = {
        "sender": account.company or account.name, "address": _partly(contact), "done": request.method == "POST",
        "already": not contact.email_ok, "phone": account.office_phone or account.phone,
    }  # fmt: skip
    return render(request, "web/unsubscribing/page.html", context)


def _partly(contact: Contact) -> str:
    """The address as its owner knows it again, and nobody else: a mail is passed on with its link."""
    local, at, domain = contact.email.strip().rpartition("@")
    return f"{local[:1]}•••{at}{domain}" if local else ""


app_name = "unsubscribing"
urlpatterns = [path("mail/stop/<str:token>", stop, name="stop")]
