"""Outlook and Microsoft 365: mail in a person's own name, by Microsoft Graph.

The story in order. ``declaration`` says who the vendor is and how somebody signs in. ``graph`` is what Graph takes and
answers; ``refusals`` turns its words into ours. ``sending`` hands over a whole mail and looks it up in *Sent Items*;
``reading`` follows the Inbox by delta. ``signing_in`` asks Graph whose mailbox it is, for the *Test* button.
"""

from hub.core import Mailer
from hub_outlook import reading, sending, signing_in
from hub_outlook.declaration import addon

__all__ = ["addon", "mailer"]

addon.check(signing_in.whose)

mailer = addon.mailer(
    Mailer(
        "outlook.mail",
        "E-mail (Outlook)",
        sending.send,
        sending.find,
        read=reading.read,
        largest=sending.LARGEST,
        # Users report that some PDFs are refused on their way through Microsoft's servers; nobody names one cause.
        as_links=("application/pdf",),
        domains=("outlook.com", "hotmail.com", "live.com", "msn.com"),
        replaces=("smtp.office365.com", "smtp-mail.outlook.com"),
        # Microsoft 365 names a host of each domain; those that sign their answers (DNSSEC) are at mx.microsoft.
        exchangers=("protection.outlook.com", "mx.microsoft"),
    )
)
