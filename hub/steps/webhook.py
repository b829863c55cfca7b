"""Call an address an admin typed in, with the contact's facts in whatever form it wants.

The address is not a vendor's we know, so little can be promised about it: any 2xx is a success (an empty one too), 429 waits,
other 4xx end the step, and everything unclear is either sent again with the same ``webhook-id`` (the default: a careful receiver
de-duplicates by it) or shown to a person. Many an address is itself a key, as Zapier's are, and which is one nobody can tell: so
each is kept like a key, and only its host is shown.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from hub.core import Contact, Help, Long, RawAnswer, Rejected, Sealed, Sent, Settings, Template, Vendor, keyed, once
from hub.core.endpoints import Errors
from hub.steps import webhook_message as message
from hub.steps.addon import addon

NOTED = 1_024
"""Characters of the receiver's answer that go into the history."""

KEY_HEADER = "webhook-id"
KEY_WINDOW = "48h"
"""How long we count on a receiver to remember the id. Standard Webhooks names no time; senders repeat for a day or two."""

PERMANENT: Errors = {
    # A redirect is not followed: it may lead anywhere, and the receiver did nothing yet.
    **dict.fromkeys((300, 301, 302, 303, 304, 307, 308), Rejected),
    **{status: Rejected for status in range(400, 500) if status not in (408, 425, 429)},
}
"""Asking again would not help. 408, 425 and every 5xx are unclear, 429 waits."""

again = addon.open(keyed(KEY_HEADER, KEY_WINDOW), errors=PERMANENT)
once_only = addon.open(once(), errors=PERMANENT)


class Webhook(Settings):
    """What to send, and where."""

    url: Annotated[
        Template, Sealed(), Help("Begins with https://. Tokens may stand after the host. It is kept like a key.")
    ] = Field(title="URL")
    method: Literal["POST", "PUT", "PATCH", "GET", "DELETE"] = "POST"
    headers: dict[str, str] = Field(default={}, title="Headers", description="May be left empty.", max_length=50)
    payload: Literal["json", "form", "raw"] = Field(
        default="json",
        title="Payload style",
        description="JSON and form are made from the fields; raw is your own text.",
    )
    fields: dict[str, str] = Field(default={}, title="Payload fields", max_length=200)
    body: Annotated[Template, Long(8)] = Field(default=Template(), title="Raw payload")
    body_type: Literal["application/json", "text/plain", "application/xml"] = Field(
        default="application/json", title="Raw payload's type", description="Values of tokens are escaped to fit."
    )
    when_unclear: Literal["try again", "ask a person"] = Field(
        default="try again",
        title="When no clear answer comes",
        description="Try again sends the same webhook-id, by which a careful receiver knows that it has it already.",
    )

    @field_validator("url")
    @classmethod
    def _callable_address(cls, url: Template) -> Template:
        trouble = message.why_not(url.text)
        if trouble:
            raise ValueError(trouble)
        return url

    @field_validator("headers")
    @classmethod
    def _plain_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        trouble = message.why_not_headers(headers)
        if trouble:
            raise ValueError(trouble)
        return headers


@addon.action(
    "webhook",
    Webhook,
    title="Webhook",
    advice="To start a Zap, paste the address of its Catch Hook. Each step has an address of its own.",
    icon="webhook",
)
async def webhook(vendor: Vendor, step: Webhook, contact: Contact) -> Sent:
    """Call it."""
    endpoint = again if step.when_unclear == "try again" else once_only
    return Sent(note=noted(message.host_of(step.url), await vendor(endpoint, message.of(step, vendor))))


def noted(host: str, answer: RawAnswer) -> str:
    """``hooks.zapier.com answered 200: {"status": "success"}``, cut to a size a person may read."""
    said = " ".join(answer.text[: 4 * NOTED].split())[:NOTED]
    return f"{host} answered {answer.status}: {said}" if said else f"{host} answered {answer.status}."
