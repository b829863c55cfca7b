"""What Graph's words mean to us, and who acts.

Exchange speaks through Graph with error codes of its own, more of them than any page lists. What is not in the table
means what its status means everywhere in the hub.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.core import NeedsAdmin, Outcome, Refused, Rejected, Wait
from hub_outlook.graph import Problem

NOT_ALLOWED = NeedsAdmin(
    "Microsoft does not let the hub into this mailbox. It waits for your administrator: an administrator of your organisation "
    "allows the hub's app, and then somebody signs in again under Add-Ons. Where Graph is to stay shut, take Outlook by SMTP."
)

NO_MAILBOX = NeedsAdmin(
    "Microsoft has no mailbox in the cloud for this account. Sign in with an account that has one; a mailbox on a server of "
    "your own is connected with the add-on E-mail (SMTP and IMAP)."
)

LATER = 3_600.0
"""Seconds. A mailbox's limit is counted over a whole day, so asking every minute helps nobody."""

MEANINGS: Mapping[str, Outcome] = {
    "ErrorSendAsDenied": NeedsAdmin(
        "Microsoft does not let this account send from the address in the form. Type the mailbox's own address, or sign in with "
        "its account.",
        field="address",
    ),
    "ErrorAccessDenied": NOT_ALLOWED,
    "Authorization_RequestDenied": NOT_ALLOWED,
    "MailboxNotEnabledForRESTAPI": NO_MAILBOX,
    "MailboxNotSupportedForRESTAPI": NO_MAILBOX,
    "ErrorInvalidRecipients": Rejected("Outlook does not take the contact's e-mail address.", field="email"),
    "ErrorMessageSizeExceeded": Rejected("The mail is larger than Outlook takes. Give its files as links instead."),
    "ErrorQuotaExceeded": NeedsAdmin(
        "The mailbox at Microsoft is full, so nothing can be sent from it. Make room in it; what waits then goes on."
    ),
    "ErrorExceededMessageLimit": Wait(
        "The mailbox has sent as many mails as Microsoft allows it in a day.", LATER, whole_connection=True
    ),
    "ErrorSubmissionQuotaExceeded": Wait(
        "The mailbox has sent as many mails as Microsoft allows it in a day.", LATER, whole_connection=True
    ),
}  # fmt: skip
"""Exchange's code → our outcome. ``ErrorQuotaExceeded`` and the two after it are *assumed*: users report them, and
no page of Microsoft's that we have read says with which status they come."""


def code_of(fault: Refused) -> str:
    """Exchange's code, or an empty text."""
    return fault.answer.error.code if isinstance(fault.answer, Problem) else ""


def in_our_words(fault: Refused) -> Refused:
    """The same refusal with what it means to an admin; itself where nothing better is known."""
    meaning = MEANINGS.get(code_of(fault))
    return fault if meaning is None else Refused(meaning, fault.status, fault.answer)
