"""Outlook and Microsoft 365: mail in a person's own name, by Microsoft Graph.

The story in order. ``microsoft`` says how somebody signs in, ``declaration`` what is asked for there and what Graph bears.
``graph`` is what Graph takes and answers; ``refusals`` turns its words into ours. ``sending`` hands over a whole mail and looks
it up in *Sent Items*; ``reading`` follows the Inbox by delta. ``signing_in`` asks Graph whose mailbox it is, for the *Test*
button.

:mod:`hub_outlook.smtp` is the distribution's other add-on: the same mailbox by Microsoft's mail servers.
"""

from hub.core import Mailer
from hub_outlook import microsoft, reading, sending, signing_in
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
        as_links=microsoft.AS_LINKS,
        domains=("outlook.com", "hotmail.com", "live.com", "msn.com"),
        replaces=("smtp.office365.com", "smtp-mail.outlook.com"),
        # Microsoft 365 names a host of each domain; those that sign their answers (DNSSEC) are at mx.microsoft.
        exchangers=("protection.outlook.com", "mx.microsoft"),
    )
)
