"""What the parameters of a client mean: which are fields of ours, which are choices, and that all others are custom fields."""

from __future__ import annotations

import uuid
from typing import Any

from hub.api.v2 import codes
from hub.api.v2.codes import Said
from hub.api.v2.parameters import Parameters
from hub.contacts import cleaning, normalising
from hub.contacts.incoming import NOTHING_SAID, Consent
from hub.users import reads as users
from hub.users.models import User

TEXTS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "email": "email",
    "phone": "phone_cell",
    "phoneHome": "phone_home",
    "phoneWork": "phone_work",
    "compName": "company",
    "address": "line1",
    "address2": "line2",
    "city": "city",
    "state": "state",
    "zip": "zip",
    "country": "country",
    "whiteboard": "whiteboard",
}
"""Their name → ours."""

OTHERS = frozenset(
    {"append_whiteboard", "smsok", "deal_size", "tags", "external_id", "client_id", "lead_source_id", "sales_cycle_id",
     "action_plan_id", "assigned_user_id", "limit", "offset"}
)  # fmt: skip
RESERVED = frozenset(TEXTS) | OTHERS
"""Every other name is a custom field."""


def texts(given: Parameters) -> dict[str, str]:
    """The plain fields that were sent, under our names."""
    return {ours: given[theirs] for theirs, ours in TEXTS.items() if theirs in given}


def custom(given: Parameters) -> dict[str, str]:
    """What is no reserved name, as it was sent."""
    return {name: text for name, text in given.items() if name not in RESERVED}


def tags(given: Parameters) -> tuple[str, ...]:
    """A comma list."""
    return tuple(word.strip() for word in given.text("tags").split(",") if word.strip())


def consent(given: Parameters, source: str) -> Consent:
    """`smsok` is 1 or 0. Raises ``Said``."""
    text = given.text("smsok")
    if not text:
        return NOTHING_SAID
    answer = normalising.yes_or_no(text)
    if answer is None:
        raise Said(codes.BAD_REQUEST, "smsok is 1 or 0.")
    return Consent(sms=answer, source=source)


def external_id(given: Parameters) -> str:
    """The client's id in the caller's own system; empty where none was sent. Raises ``Said``."""
    text = normalising.line(given.text("external_id"))
    longest = cleaning.LONGEST["external_id"]
    if len(text) > longest:
        raise Said(codes.BAD_REQUEST, f"external_id is longer than {longest} characters.")
    return text


def user_id(given: Parameters, account: Any) -> int | None:
    """The user whose *ID for API v2* was sent; None where none was. Raises ``Said``."""
    text = given.text("assigned_user_id")
    if not text:
        return None
    try:
        found = users.users_of(account).get(api_v2_id=uuid.UUID(text))
    except (ValueError, User.DoesNotExist):
        raise Said(codes.BAD_REQUEST, "There is no user with this assigned_user_id here.") from None
    return found.pk
