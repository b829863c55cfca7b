"""Gmail and Google Workspace: sends a person's mail through the Gmail API, and reads the answers where that is allowed too.

The story in order: ``declaration`` says whose mailbox it is and what Google is asked to allow, ``endpoints`` is the one table of
Google's calls, ``refusals`` tells what Google means when it says no, ``checking`` is the connection test, and ``sending`` and
``reading`` are the mailer.
"""

from hub.core import Mailer
from hub_gmail.checking import whose
from hub_gmail.declaration import addon
from hub_gmail.endpoints import LARGEST, SETTLE
from hub_gmail.reading import read
from hub_gmail.sending import find, send

addon.check(whose)
mailer = addon.mailer(
    Mailer(
        "gmail.mail",
        "E-mail (Gmail)",
        send,
        find,
        read=read,
        settle=SETTLE,
        largest=LARGEST,
        domains=("gmail.com", "googlemail.com"),
        replaces=("smtp.gmail.com", "smtp.googlemail.com"),
        # Google Workspace: aspmx.l.google.com and its alternatives, older ones at googlemail.com, since 2023 smtp.google.com.
        exchangers=("google.com", "googlemail.com"),
    )
)

__all__ = ["addon", "mailer"]
