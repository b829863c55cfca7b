"""What was typed on the page of a mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from hub.addons import typed
from hub.db.errors import Invalid
from hub.mail.mailboxes import offers
from hub.mail.mailboxes.changes import Options
from hub.web.request import HubRequest
from hub.web.views.mail import showing
from hub.web.views.mail.showing import DETECT, PREFIX, Typed
from hub.web.views.mail.whose import Page


def read(request: HubRequest, page: Page) -> Typed:
    """What was typed."""
    key = request.POST.get("provider", "")
    offer = offers.by_key(page.offers, key)
    fields = [one.spec for one in showing.specs(page, Typed(offer))] if offer else []
    given = typed.from_post(fields, request.POST, PREFIX) if offer else _address(request)
    options = {
        "enabled": "enabled" in request.POST, "read_mail": "read_mail" in request.POST,
        "sender_name": request.POST.get("sender_name", "").strip(), "daily_cap": request.POST.get("daily_cap", "").strip(),
        "files": request.POST.get("files", ""),
    }  # fmt: skip
    return Typed(offer, key == DETECT, given, options)


def _address(request: HubRequest) -> dict[str, str]:
    return {"address": request.POST.get(f"{PREFIX}address", "").strip()}


def wanted_of(options: Mapping[str, Any]) -> Options:
    """The options as they were typed.

    Raises:
        Invalid: the limit is no number.
    """
    cap = str(options["daily_cap"])
    if cap and not (cap.isascii() and cap.isdigit() and len(cap) < 10):
        raise Invalid({"daily_cap": _("Enter a whole number, or nothing.")})
    return Options(
        options["enabled"], options["read_mail"], options["sender_name"], int(cap) if cap else None,
        showing.FILES.get(options["files"]),
    )  # fmt: skip
