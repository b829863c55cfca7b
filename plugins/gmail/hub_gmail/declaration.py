"""The add-on: whose mailbox it is, how its owner signs in, and what Google is asked to allow."""

from __future__ import annotations

from hub.core import AddOn, Consent, MailAccount, OAuth2, Rate, Secret

SEND = "https://www.googleapis.com/auth/gmail.send"
"""Sending and nothing else. Google calls it *sensitive*; whatever reads mail is *restricted*, and asks for a security assessment
of the app every year. So reading is asked for apart, and only of those who want it."""

READ = "https://www.googleapis.com/auth/gmail.readonly"
"""Reading: the answers, and the look into *Sent* after a lost answer."""

WHO = ("openid", "https://www.googleapis.com/auth/userinfo.email")
"""Whose account it is. The second is the name under which Google grants what is asked for as ``email``."""


class Account(MailAccount):
    """Whose mailbox it is. There is no password: the owner signs in at Google."""

    access_token: Secret


addon = AddOn(
    "gmail",
    title="Gmail",
    summary="Sends the mails of your plans from your own Gmail or Google Workspace address, and reads the answers.",
    base_url="https://gmail.googleapis.com",
    settings=Account,
    auth=OAuth2(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        revoke_url="https://oauth2.googleapis.com/revoke",
        scopes=(*WHO, SEND),
        # Without the first Google gives no refresh token, and without the second none to somebody who signs in again.
        parameters=(("access_type", "offline"), ("prompt", "consent")),
        issuer="https://accounts.google.com",
        audience="user",
        account_field="address",
        consents=(
            Consent(
                "read",
                "Read the answers",
                (READ,),
                "Answers then show in the contact's history, and a mail whose fate is not known is looked up in Sent.",
            ),
        ),
        rotates=False,
        success="Success: Congratulations, token for your gmail is generated successfully.",
    ),
    # Under every limit that is told: 500 mails a day for a private account and 2,000 for Workspace leave no room for bursts.
    rate=Rate(20, per="minute", burst=5),
    aliases=("Google", "Google Mail", "Google Workspace", "G Suite", "googlemail"),
    help=(
        "Type the e-mail address of your Google account and save; then press Sign in and choose that same account. It may have "
        "any domain.",
        "Allow the hub to send mail on your behalf. Reading the answers is asked for apart, if you want it.",
        "What goes out lies in your Sent folder: Gmail files it by itself.",
    ),
    links={"What you have allowed at Google": "https://myaccount.google.com/permissions"},
    logo="mail",
)
