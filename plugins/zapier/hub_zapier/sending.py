"""The step: post the contact's facts to a Zap.

Zapier answers *success* as soon as it has taken them, also where no Zap listens or it is paused; so *done* means taken. With
Silent Mode the answer is empty, and as good. Nobody can ask Zapier later what it took. What stays unclear is sent again with the
same ``webhook-id`` unless the step says to ask a person: that is what a webhook does everywhere in the hub. Zapier itself does
not look at the id; a Zap that must not run twice for one step can, by the field that ``reference`` names.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator

from hub.core import (
    Contact,
    Help,
    RawAnswer,
    RawRequest,
    Refused,
    Rejected,
    Secret,
    Sent,
    Settings,
    Vendor,
    keyed,
    once,
    redact,
)  # fmt: skip
from hub.core.endpoints import Errors
from hub_zapier import address
from hub_zapier.declaration import addon

NOTED = 1_024
"""Characters of Zapier's answer that go into the history."""

GONE = Rejected(
    "Zapier does not know this address; the Zap may have been deleted. Copy the Custom Webhook URL anew and paste it into "
    "the step.",
    field="url",
)

NO: Errors = {
    **dict.fromkeys((300, 301, 302, 303, 304, 307, 308), Rejected),
    **{status: Rejected for status in range(400, 500) if status not in (408, 425, 429)},
}
"""Asking again would not help. 408, 425 and every 5xx are unclear, 429 waits."""


again = addon.open(keyed("webhook-id", "48h"), errors=NO)
once_only = addon.open(once(), errors=NO)


class Zap(Settings):
    """Which Zap, and what it is told."""

    url: Annotated[
        Secret,
        Help(
            "In Zapier: trigger Webhooks by Zapier, Catch Hook, Custom Webhook URL. Each Zap has its own; it is kept like a key."
        ),
    ] = Field(title="Custom Webhook URL")
    fields: Annotated[
        dict[str, str],
        Help(
            "Name and value of each fact. Tokens such as {{client.firstName}} are filled in; an empty one is an empty text."
        ),
    ] = Field(title="Fields", min_length=1, max_length=200)
    reference: Annotated[
        str,
        Help(
            "May be left empty. A field of this name is the same for every attempt of a step, so a Zap can tell a repeat."
        ),
    ] = Field(default="", title="Field for the step's reference", max_length=100)
    when_unclear: Annotated[
        Literal["try again", "ask a person"],
        Help(
            "When an answer is lost, the Zap may have started. Try again may start it a second time; a person can look first."
        ),
    ] = Field(default="try again", title="When no clear answer comes")

    @field_validator("url")
    @classmethod
    def _catch_hook(cls, url: SecretStr) -> SecretStr:
        trouble = address.why_not(url.get_secret_value())
        if trouble:
            raise ValueError(trouble)
        return url


@addon.action(
    "send",
    Zap,
    title="Send to Zapier",
    advice="Put a test contact on the plan and look into its history: it says status: success. Then test the trigger in Zapier. "
    "Zapier says success also while the Zap is off, so switch it on.",
    icon="zap",
)
async def send(vendor: Vendor, step: Zap, contact: Contact) -> Sent:
    """Hand the facts over."""
    hook = hook_of(step)
    endpoint = again if step.when_unclear == "try again" else once_only
    try:
        answer = await vendor(endpoint, request(hook, step, vendor.ref))
    except Refused as fault:
        raise better(fault) from fault
    return Sent(note=noted(answer) + (OLD if hook.legacy else ""))


def hook_of(step: Zap) -> address.Hook:
    """The step's hook, its address known from now on as something that is never shown."""
    hook = address.read(step.url.get_secret_value())
    if hook is None:
        raise Refused(Rejected(address.why_not(step.url.get_secret_value()), field="url"))
    redact.register(hook.url, hook.key)
    return hook


def request(hook: address.Hook, step: Zap, reference: str) -> RawRequest:
    """A JSON object of texts. The reference wins over a field of the same name, for it was asked for."""
    told = {**step.fields, **({step.reference: reference} if step.reference else {})}
    headers = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "integration-hub"}
    if step.when_unclear == "ask a person":  # the other way of sending puts the id in by itself, as its key
        headers["webhook-id"] = reference
    return RawRequest("POST", hook.url, headers, json.dumps(told, ensure_ascii=False).encode())


def better(fault: Refused) -> Refused:
    """The same refusal; an address that is gone is told as such."""
    return Refused(GONE, fault.status) if fault.status in (404, 410) else fault


def noted(answer: RawAnswer) -> str:
    """``Zapier answered 200. status: success``, which is what the users' instructions tell them to look for."""
    if not answer.text.strip():
        return f"Zapier took it and answered {answer.status} with nothing, as in Silent Mode."
    status = _status(answer.text)
    if status:
        return f"Zapier answered {answer.status}. status: {status[:100]}"
    said = " ".join(answer.text[: 4 * NOTED].split())[:NOTED]
    return f"Zapier answered {answer.status}: {said}"


def _status(text: str) -> str:
    try:
        found: Any = json.loads(text)
    except ValueError:
        return ""
    status = found.get("status") if isinstance(found, dict) else None
    return status if isinstance(status, str) else ""


OLD = " The step's address is of Zapier's older kind, which takes fewer calls: make a new Catch Hook and paste its address."
