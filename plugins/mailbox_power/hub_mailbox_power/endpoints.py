"""The one table of what we believe Mailbox Power's API looks like, each line marked *attested* or *assumed*.

Mailbox Power publishes no API reference. A line is *attested* where somebody's public code makes the call; everything else is
our own assumption and must be held against the vendor's papers before anyone relies on it. A wrong path or field name is put
right here and nowhere else.

============================================= ========= ==========================================================
call                                          mark      source
============================================= ========= ==========================================================
GET  /api/clienttether/contacts/groups        attested  Pipedream's generated sample for Mailbox Power, seen 2026-11
POST /api/clienttether/contacts               assumed   none; the path follows the one above
============================================= ========= ==========================================================

Not built, for nothing attests that it exists: a look-up of a group's members, campaigns, orders, order status, webhooks.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hub.core import Answer, once
from hub_mailbox_power.declaration import addon

Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
"""Ids come as numbers or as texts; to us they are texts."""


# --- GET /api/clienttether/contacts/groups: the call attested, its answer assumed ---------------------------------


class Group(Answer):
    """One contact group. Which of these spellings the vendor uses is not known, so all are read."""

    id: Text = Field(validation_alias=AliasChoices("id", "groupId", "group_id"))
    name: str = Field(validation_alias=AliasChoices("name", "groupName"))


def _unwrapped(answer: Any) -> Any:
    """A bare list, or one under ``data`` or ``groups``."""
    if isinstance(answer, dict):
        return next((answer[word] for word in ("data", "groups") if isinstance(answer.get(word), list)), answer)
    return answer


Groups = Annotated[list[Group], BeforeValidator(_unwrapped)]

groups = addon.get("/api/clienttether/contacts/groups", Groups)


# --- POST /api/clienttether/contacts: assumed throughout ----------------------------------------------------------


class NewContact(BaseModel):
    """A contact and the group it is put into. The vendor's own text attests that it is an upsert by name and address."""

    model_config = ConfigDict(frozen=True)

    firstName: str
    lastName: str
    company: str = ""
    street: str
    street2: str = ""
    city: str
    state: str
    zip: str
    country: str = ""
    email: str = ""
    phone: str = ""
    groupId: str


class AddedContact(Answer):
    """What became of the contact."""

    contact_id: Text = Field(default="", validation_alias=AliasChoices("contactId", "contact_id", "id"))
    status: str = ""


class Added(Answer):
    """The answer to an addition. Without an id or a *success* there is no proof that anything happened."""

    success: bool | None = None
    data: AddedContact = AddedContact()

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, answer: Any) -> Any:
        """The id may stand beside *success* instead of under *data*."""
        if isinstance(answer, dict) and not isinstance(answer.get("data"), dict):
            return {**answer, "data": answer}
        return answer

    @model_validator(mode="after")
    def _proves_something(self) -> Added:
        if self.success is None and not self.data.contact_id:
            raise ValueError("neither a success nor a contact's id")
        return self


def happened(answer: Added) -> bool:
    """``success: false`` with status 200 is a no."""
    return answer.success is not False


# Never blindly repeated: a second parcel costs money, and no call is known that could look the first one up.
add_contact = addon.post(
    "/api/clienttether/contacts", NewContact, Added, effect=once(costly=True), success=happened, attested=False
)
