"""What the hook reference must have a heading for, read off the code: exact signatures, section by section."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, get_args

import hub.core
from hub.core import auth, changes, effects, hookspecs, outcomes
from hub.core.actions import Action
from hub.core.addon import ActionHandle, AddOn, AddOnInfo
from hub.core.endpoints import Bytes, Endpoint, Rate, RawAnswer, RawRequest
from hub.core.errors import DeclarationError, HubError
from hub.core.facts import NEEDS, Account, Address, Contact, User
from hub.core.mail import Attachment, Mailer, MailPreset, Message
from hub.core.mail_form import MailAccount, Mailbox, mailbox_form
from hub.core.mail_post import Cursor, Letter, Letters
from hub.core.outcomes import Outcome, Verdict
from hub.core.records import Event, HmacSha256, Page, Record, Trigger, Webhook
from hub.core.records import Mapping as ChoiceMapping
from hub.core.settings import Choice, FieldKind, Help, Long, Options, Rich, Sealed, Verbatim
from hub.core.tokens import Template, Token, TokenSet
from hub.core.vendor import Vendor

ADDON_METHODS = (
    "get", "post", "put", "patch", "delete", "open", "check", "options", "action", "trigger", "webhook", "event", "mapping",
    "mailer", "tokens",
)  # fmt: skip
ENDPOINT_ARGUMENTS = ("encode", "success", "errors", "deadline", "attested", "headers", "max_body", "refusal", "plain")
"""What ``addon.get`` and the others take besides path, body, answer and effect."""
PLAIN = (
    "Answer", "Auth", "CONTRACT", "Change", "EffectClass", "Finding", "Lines", "Outcome", "Secret", "Settings", "Vendor",
    "Verdict", "hookimpl", "hookspec",
)  # fmt: skip
"""Names of the front page that are bases, vocabularies, types or marks: nobody calls them with arguments."""

ALIASES = (
    "ActionHandle", "Check", "ChoiceMapping", "Encode", "Errors", "Find", "LeadTime", "OptionsList", "Pull", "Read", "Run",
    "Send", "Tls",
)  # fmt: skip
"""Types that the signatures name and the front page does not give out."""


def headings() -> dict[str, set[str]]:
    """Section → headings."""
    return {
        "The hooks": {call(hook) for hook in hooks()},
        "`AddOn`": {str(part) for part in parameters(AddOn.__init__)},
        "Declaring": {call(getattr(AddOn, name), f"addon.{name}") for name in ADDON_METHODS}
        | {call(ActionHandle.reconcile, "action.reconcile")},
        "Endpoint arguments": {field for field in ENDPOINT_ARGUMENTS if field in {f.name for f in fields(Endpoint)}},
        "Effects": {call(function) for function in (effects.repeatable, effects.keyed, effects.once)},
        "Verdicts": {str(verdict) for verdict in Verdict},
        "Outcomes": {made(class_) for class_ in concrete(outcomes, Outcome)},
        "Changes": {model(class_) for class_ in concrete(changes, changes._Change)},
        "Settings field kinds": set(get_args(FieldKind)),
        "Credentials": {made(class_) for class_ in (*credentials(), auth.Consent)},
        "Needs": set(NEEDS),
        "Facts": {model(class_) for class_ in (Contact, Address, User, Account)},
        "Values": {made(class_) for class_ in (Rate, HmacSha256, Token, TokenSet, Mailer, MailPreset)}
        | {model(class_) for class_ in (Page, Record, Bytes)},
        "`vendor`": {call(Vendor.__call__, "vendor")},
        "Mail": {model(class_) for class_ in (Message, Attachment, Letter, Letters, Cursor, MailAccount, Mailbox)}
        | {call(mailbox_form)},
        "Marks of a field": {
            made(class_) for class_ in (Choice, Help, Long, Options, Rich, Sealed, Template, Verbatim)
        },
        "Errors": errors(),
        "What the short way makes": {
            made(class_)
            for class_ in (
                Action,
                AddOnInfo,
                effects.Effect,
                Endpoint,
                RawRequest,
                Event,
                ChoiceMapping,
                Trigger,
                Webhook,
            )
        }
        | {model(RawAnswer)},
        "Names without arguments": set(PLAIN),
        "Names in the signatures": set(ALIASES),
    }


def errors() -> set[str]:
    """Everything on the front page that is raised."""
    found = [getattr(hub.core, name) for name in hub.core.__all__]
    raised = [class_ for class_ in found if isinstance(class_, type) and issubclass(class_, Exception)]
    return {class_.__name__ if class_ in (HubError, DeclarationError) else made(class_) for class_ in raised}


def hooks() -> list[Callable[..., Any]]:
    """The hook specifications."""
    return [value for name, value in vars(hookspecs).items() if name.startswith("hub_")]


def concrete(module: Any, root: type) -> list[type]:
    """The public classes of a module under a root."""
    return [
        value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, root) and value is not root and not name.startswith("_")
    ]


def credentials() -> list[type]:
    """Every kind of credential."""
    return [
        value
        for value in vars(auth).values()
        if isinstance(value, type) and hasattr(value, "sign") and value is not auth.Auth
    ]


def parameters(function: Callable[..., Any]) -> list[str]:
    """The arguments, each as it would be written."""
    return [tidy(str(part)) for name, part in inspect.signature(function).parameters.items() if name != "self"]


def call(function: Callable[..., Any], name: str = "") -> str:
    """A function's heading."""
    signature = inspect.signature(function)
    kept = [part for part in signature.parameters.values() if part.name != "self"]
    return tidy((name or function.__name__) + str(signature.replace(parameters=kept)))


def made(class_: type) -> str:
    """A dataclass's heading."""
    return tidy(class_.__name__ + str(inspect.signature(class_))).removesuffix(" -> None")


def model(class_: Any) -> str:
    """A pydantic model's heading: it takes its fields by name only."""
    names: Mapping[str, Any] = class_.model_fields
    shown = [name for name in names if name != "kind" or class_ is Record]  # a change's kind is its class
    return f"{class_.__name__}(*, {', '.join(shown)})"


def tidy(text: str) -> str:
    """Signatures as people write them: no quotes around types, no package names, no class for its name."""
    text = re.sub(r"\b(hub\.core\.\w+|collections\.abc|typing|datetime|builtins)\.", "", text)
    text = re.sub(r"<class '(?:[\w.]+\.)?(\w+)'>", r"\1", text)
    text = re.sub(r"<factory>", "…", text)
    text = re.sub(r"(: |-> )'([^']+)'", r"\1\2", text)
    return re.sub(r'(: )"([^"]+)"', r"\1\2", text)
