"""The add-on: a form, a sign-in, Microsoft's two mail servers. Everything else is the hub's."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import AddOn, Help, MailAccount, Mailer, MailPreset, OAuth2, Rate, Secret

SIGN_IN = "https://login.microsoftonline.com/common/oauth2/v2.0"

APPROVAL = "https://login.microsoftonline.com/organizations/adminconsent?client_id={client_id}"

NEEDS_APPROVAL = ("AADSTS90093", "AADSTS90094", "AADSTS900941", "AADSTS65001", "AADSTS90008")
"""Microsoft's numbers for *not by this user*: organisations that let only an administrator allow an app that reaches mail count
SMTP and IMAP in (since 2025-11)."""

RESOURCE = "https://outlook.office.com"
"""Whom the token is for: Exchange's mail servers, and nothing of Graph."""

SCOPES = (
    f"{RESOURCE}/SMTP.Send", f"{RESOURCE}/IMAP.AccessAsUser.All", "offline_access", "openid", "profile", "email",
)  # fmt: skip
"""Send; read the answers and look sent mail up; stay signed in; and have Microsoft say who signed in."""

EXCHANGE = MailPreset(
    "exchange", "Outlook by SMTP", "smtp.office365.com", 587, "outlook.office365.com", 993,
    # Exchange puts a copy of what it takes by SMTP into Sent Items (2026-11). It may write a Message-ID of its own over ours, and
    # keeps ours in a header: the hub looks for both.
    files_sent=True,
)  # fmt: skip


class Account(MailAccount):
    """Whose mailbox it is. The token is the hub's to fill in."""

    access_token: Annotated[Secret, Help("Made when somebody signs in at Microsoft.")] = Field(
        title="Sign-in at Microsoft"
    )


addon = AddOn(
    "outlook_smtp",
    title="Outlook by SMTP",
    summary="Sends the mails of your plans from your Outlook mailbox where your organisation keeps Microsoft Graph shut.",
    settings=Account,
    auth=OAuth2(
        authorize_url=f"{SIGN_IN}/authorize",
        token_url=f"{SIGN_IN}/token",
        scopes=SCOPES,
        audience="user",
        account_field="address",
        claims=("preferred_username", "email"),
        success="Outlook is connected.",
        approval_url=APPROVAL,
        approval_words=NEEDS_APPROVAL,
        parameters=(("prompt", "select_account"),),
    ),
    # A mailbox sends at most 30 mails a minute (secondary); we stay below it.
    rate=Rate(25, per="minute", burst=5),
    # Exchange takes three submissions at a time for one mailbox (2026-11); two leave room for a person's own mail program.
    at_once=2,
    aliases=("SMTP AUTH for Microsoft 365", "Exchange Online by SMTP"),
    help=(
        "First try Outlook via OAuth2. Take this one where your administrator does not allow Microsoft Graph.",
        "An administrator must leave authenticated SMTP on for the mailbox, and IMAP for reading the answers.",
        "Some PDF files do not get through Microsoft's servers. Give a link to the file in the mail instead of attaching it.",
    ),
    links={"Apps that have access to your account": "https://myapps.microsoft.com"},
    logo="mail",
)

mailer = addon.mailer(
    Mailer("outlook_smtp.mail", "E-mail (Outlook by SMTP)", presets=(EXCHANGE,), as_links=("application/pdf",))
)
