"""What both ways to a Microsoft mailbox share: the sign-in, the form, and what one mailbox bears.

A token of Microsoft's is for one resource, and a page that asks for two is refused (Dolibarr #25888). So each add-on signs in for
itself, at the same page with permissions of its own.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import Help, MailAccount, OAuth2, Rate, Secret

PAGE = "https://login.microsoftonline.com/common/oauth2/v2.0"
"""``common``: work, school and private accounts alike."""

APPROVAL = "https://login.microsoftonline.com/organizations/adminconsent?client_id={client_id}"
"""Where an administrator allows an app for the whole organisation. Attested with an organisation's own name in the middle;
``organizations`` for whichever it is, as at the sign-in, is *assumed*."""

NEEDS_APPROVAL = ("AADSTS90093", "AADSTS90094", "AADSTS900941", "AADSTS65001", "AADSTS90008")
"""Microsoft's numbers for *not by this user*. Many organisations let only an administrator allow an app that reads or sends mail
(since 2025-11); SMTP and IMAP count in."""

WHO = ("offline_access", "openid", "profile", "email")
"""To stay signed in, for without the first there is nothing to renew with, and to have Microsoft say who signed in."""


class Account(MailAccount):
    """Whose mailbox it is. The token is the hub's to fill in."""

    access_token: Annotated[Secret, Help("Made when somebody signs in at Microsoft.")] = Field(
        title="Sign-in at Microsoft"
    )


def sign_in(*permissions: str) -> OAuth2:
    """Microsoft's sign-in for an :class:`Account`, asking for these and for :data:`WHO`."""
    return OAuth2(
        authorize_url=f"{PAGE}/authorize",
        token_url=f"{PAGE}/token",
        # No page of Microsoft's that we have read names an address for ending a token; signing out forgets it here.
        scopes=(*permissions, *WHO),
        audience="user",
        account_field="address",
        claims=("preferred_username", "email"),
        success="Outlook is connected.",
        approval_url=APPROVAL,
        approval_words=NEEDS_APPROVAL,
        # Whoever has a private and a work account is asked which, and not signed in with whatever the browser has.
        parameters=(("prompt", "select_account"),),
    )


RATE = Rate(25, per="minute", burst=5)
"""A mailbox sends at most 30 mails a minute (secondary); we stay below it."""

AS_LINKS = ("application/pdf",)
"""Users report that some PDFs are refused on their way through Microsoft's servers; nobody names one cause."""

PDF = "Some PDF files do not get through Microsoft's servers. Give a link to the file in the mail instead of attaching it."

LINKS = {"Apps that have access to your account": "https://myapps.microsoft.com"}
