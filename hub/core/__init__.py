"""The contract between the hub and its plugins: everything an add-on may touch.

Start with :class:`AddOn`. The story of one step: the host finds who claims the step's action type, checks what the action
``needs``, fills the tokens of its settings, and calls it with a :class:`Vendor`, the step and the :class:`Contact`. The action
makes its calls and returns an outcome (:class:`Sent`, :class:`Rejected`, …); the host decides from its verdict what happens next.

This package imports nothing else of the hub, and needs neither a database nor a broker.
"""

from hub.core.actions import Action
from hub.core.addon import CONTRACT, AddOn, AddOnInfo
from hub.core.auth import Auth, Basic, Consent, HeaderKey, MailboxLogin, NoAuth, OAuth2, QueryKey
from hub.core.changes import (
    AddTags,
    AssignUser,
    Change,
    LinkContact,
    Notify,
    RemoveTags,
    SetSalesCycle,
    StartPlan,
    WriteNote,
)
from hub.core.effects import Effect, EffectClass, keyed, once, repeatable
from hub.core.endpoints import Answer, Bytes, Endpoint, Rate, RawAnswer, RawRequest
from hub.core.errors import (
    DeclarationError,
    HubError,
    Refused,
    Stopped,
    Unclear,
    UnknownToken,
    Unreachable,
    VendorFault,
)
from hub.core.facts import Account, Address, Contact, User
from hub.core.hookspecs import hookimpl, hookspec
from hub.core.mail import Attachment, Mailer, MailPreset, Message
from hub.core.mail_form import MailAccount, Mailbox, mailbox_form
from hub.core.mail_post import Cursor, Letter, Letters
from hub.core.outcomes import (
    Already,
    Broken,
    CannotTell,
    Done,
    Finding,
    NeedsAdmin,
    NotSent,
    Outcome,
    Rejected,
    Sent,
    Unknown,
    Verdict,
    Wait,
)
from hub.core.records import Event, HmacSha256, Mapping, Page, Record, Trigger, Webhook
from hub.core.settings import Choice, Help, Lines, Long, Options, Rich, Sealed, Secret, Settings, Verbatim
from hub.core.tokens import Template, Token, TokenSet
from hub.core.vendor import Vendor

__all__ = [
    "CONTRACT", "Account", "Action", "AddOn", "AddOnInfo", "AddTags", "Address", "Already", "Answer", "AssignUser",
    "Attachment", "Auth", "Basic", "Broken", "Bytes", "CannotTell", "Change", "Choice", "Consent", "Contact",
    "Cursor", "DeclarationError", "Done", "Effect", "EffectClass", "Endpoint", "Event", "Finding", "HeaderKey",
    "Help", "HmacSha256", "HubError", "Letter", "Letters", "Lines", "LinkContact", "Long", "MailAccount",
    "MailPreset", "Mailbox", "MailboxLogin", "Mailer", "Mapping", "Message", "NeedsAdmin", "NoAuth", "NotSent",
    "Notify", "OAuth2", "Options", "Outcome", "Page", "QueryKey", "Rate", "RawAnswer", "RawRequest", "Record",
    "Refused", "Rejected", "RemoveTags", "Rich", "Sealed", "Secret", "Sent", "SetSalesCycle", "Settings", "StartPlan",
    "Stopped", "Template", "Token", "TokenSet", "Trigger", "Unclear", "Unknown", "UnknownToken", "Unreachable", "User",
    "Vendor", "VendorFault", "Verbatim", "Verdict", "Wait", "Webhook", "WriteNote", "hookimpl", "hookspec", "keyed",
    "mailbox_form", "once", "repeatable",
]  # fmt: skip
