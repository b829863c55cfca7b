"""The add-on: what Microsoft is asked to allow, its two mail servers, and what they bear. Everything else is the hub's."""

from __future__ import annotations

from hub.core import AddOn, Mailer, MailPreset
from hub_outlook import microsoft

RESOURCE = "https://outlook.office.com"
"""Whom the token is for: Exchange's mail servers, and nothing of Graph."""

PERMISSIONS = (f"{RESOURCE}/SMTP.Send", f"{RESOURCE}/IMAP.AccessAsUser.All")
"""Send; read the answers and look sent mail up."""

EXCHANGE = MailPreset(
    "exchange", "Outlook by SMTP", "smtp.office365.com", 587, "outlook.office365.com", 993,
    # Exchange puts a copy of what it takes by SMTP into Sent Items (2026-11). It may write a Message-ID of its own over ours, and
    # keeps ours in a header: the hub looks for both.
    files_sent=True,
)  # fmt: skip

addon = AddOn(
    "outlook_smtp",
    title="Outlook by SMTP",
    summary="Sends the mails of your plans from your Outlook mailbox where your organisation keeps Microsoft Graph shut.",
    settings=microsoft.Account,
    auth=microsoft.sign_in(*PERMISSIONS),
    rate=microsoft.RATE,
    # Exchange takes three submissions at a time for one mailbox (2026-11); two leave room for a person's own mail program.
    at_once=2,
    aliases=("SMTP AUTH for Microsoft 365", "Exchange Online by SMTP"),
    help=(
        "First try Outlook via OAuth2. Take this one where your administrator does not allow Microsoft Graph.",
        "An administrator must leave authenticated SMTP on for the mailbox, and IMAP for reading the answers.",
        microsoft.PDF,
    ),
    links=microsoft.LINKS,
    logo="mail",
)

mailer = addon.mailer(
    Mailer("outlook_smtp.mail", "E-mail (Outlook by SMTP)", presets=(EXCHANGE,), as_links=microsoft.AS_LINKS)
)
