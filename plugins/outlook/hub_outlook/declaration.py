"""Who the vendor is, how somebody signs in, and what an account fills in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import AddOn, Help, MailAccount, NeedsAdmin, OAuth2, Rate, Secret

SIGN_IN = "https://login.microsoftonline.com/common/oauth2/v2.0"
"""``common``: work, school and private accounts alike."""

APPROVAL = "https://login.microsoftonline.com/organizations/adminconsent?client_id={client_id}"
"""Where an administrator allows an app for the whole organisation. Attested with an organisation's own name in the middle;
``organizations`` for whichever it is, as at the sign-in, is *assumed*."""

NEEDS_APPROVAL = ("AADSTS90093", "AADSTS90094", "AADSTS900941", "AADSTS65001", "AADSTS90008")
"""Microsoft's numbers for *not by this user*. Many organisations let only an administrator allow an app that reads or sends mail
(since 2025-11)."""

RESOURCE = "https://graph.microsoft.com"
"""A token is for one resource. This one's are for Graph, and no server of SMTP or IMAP takes them (2026-11)."""

SCOPES = (
    f"{RESOURCE}/Mail.Send", f"{RESOURCE}/Mail.Read", f"{RESOURCE}/User.Read", "offline_access", "openid", "profile", "email",
)  # fmt: skip
"""Send; look sent mail up and read answers; know whose mailbox it is; and stay signed in: without ``offline_access`` there is
nothing to renew with. The last three have Microsoft say who signed in. ``Mail.ReadWrite`` is not asked for: nothing in the
mailbox is changed."""


class Account(MailAccount):
    """Whose mailbox it is. The token is the hub's to fill in."""

    access_token: Annotated[Secret, Help("Made when somebody signs in at Microsoft.")] = Field(
        title="Sign-in at Microsoft"
    )


addon = AddOn(
    "outlook",
    title="Outlook",
    summary="Sends the mails of your plans from your Outlook or Microsoft 365 mailbox, and reads the answers.",
    base_url=f"{RESOURCE}/v1.0",
    settings=Account,
    auth=OAuth2(
        authorize_url=f"{SIGN_IN}/authorize",
        token_url=f"{SIGN_IN}/token",
        # No page of Microsoft's that we have read names an address for ending a token; signing out forgets it here.
        scopes=SCOPES,
        audience="user",
        account_field="address",
        claims=("preferred_username", "email"),
        success="Outlook is connected.",
        approval_url=APPROVAL,
        approval_words=NEEDS_APPROVAL,
        # Whoever has a private and a work account is asked which, and not signed in with whatever the browser has.
        parameters=(("prompt", "select_account"),),
    ),
    # A mailbox sends at most 30 mails a minute (secondary); we stay below it.
    rate=Rate(25, per="minute", burst=5),
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
        "Some PDF files do not get through Microsoft's servers. Give a link to the file in the mail instead of attaching it.",
    ),
    links={"Apps that have access to your account": "https://myapps.microsoft.com"},
    logo="mail",
)
