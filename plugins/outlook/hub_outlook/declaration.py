"""Graph's side of it: what Microsoft is asked to allow, what Graph bears, and what an admin is told."""

from __future__ import annotations

from hub.core import AddOn, NeedsAdmin
from hub_outlook import microsoft

RESOURCE = "https://graph.microsoft.com"
"""Whom the token is for; no server of SMTP or IMAP takes it (2026-11)."""

PERMISSIONS = (f"{RESOURCE}/Mail.Send", f"{RESOURCE}/Mail.Read", f"{RESOURCE}/User.Read")
"""Send; look sent mail up and read answers; know whose mailbox it is. ``Mail.ReadWrite`` is not asked for: nothing in the mailbox
is changed."""

addon = AddOn(
    "outlook",
    title="Outlook",
    summary="Sends the mails of your plans from your Outlook or Microsoft 365 mailbox, and reads the answers.",
    base_url=f"{RESOURCE}/v1.0",
    settings=microsoft.Account,
    auth=microsoft.sign_in(*PERMISSIONS),
    rate=microsoft.RATE,
    # Graph takes four requests at a time for one mailbox and app (2026-11). One is kept for reading.
    at_once=3,
    # The mailbox itself is not there, for Graph at least: nothing that a contact could mend.
    errors={404: NeedsAdmin},
    aliases=("Outlook via OAuth2", "Microsoft", "Microsoft 365", "Office 365", "Hotmail", "Exchange Online"),
    help=(
        "Type your e-mail address, save, and press Sign in. Microsoft asks which account; choose the one with this address, "
        "and allow what the page lists.",
        "Microsoft may say that it needs the approval of your administrator. Many organisations let only an administrator "
        "allow an app that reads mail. Send your administrator the link of the hub's own page, and sign in again once it is "
        "allowed; the steps wait meanwhile.",
        microsoft.PDF,
    ),
    links=microsoft.LINKS,
    logo="mail",
)
