"""What ClubReady says, read in all the forms in which it has been seen to say it.

Three things differ from call to call, by the public code that makes them: the casing of keys (``UserId``, ``userId``),
whether a list comes bare or under ``users``, and how a *no* comes: as an HTTP error, as JSON with ``Success: false``, or as
plain text such as ``Unauthorized``, both with status 200. What is none of these is not understood, and a proxy's page never
counts as an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from hub.core import Answer

NO = ("unauthorized", "unauthorised", "not authorized", "forbidden", "access denied", "invalid")
"""How a plain-text *no* begins. Only the first is attested; after any other text nobody knows what happened."""

LONGEST_NO = 200
"""Characters of a plain-text *no*: what is longer is a page."""


def _text(value: Any) -> str:
    """Ids and numbers come as numbers or as texts; to us they are texts. What is neither is not known."""
    known = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value).strip() if known else ""


def _flag(value: Any) -> bool | None:
    """True and false in words, too; anything else says nothing."""
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().casefold())


Text = Annotated[str, BeforeValidator(_text)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]


class Spoken(Answer):
    """Base of every answer: keys are read in any casing, and null is the same as nothing."""

    @model_validator(mode="before")
    @classmethod
    def _in_any_casing(cls, said: Any) -> Any:
        if not isinstance(said, Mapping):
            return said
        names = {str(info.validation_alias or name).casefold(): info.validation_alias or name
                 for name, info in cls.model_fields.items()}  # fmt: skip
        return {names.get(str(key).casefold(), key): value for key, value in said.items() if value is not None}


class Said(Spoken):
    """An answer that may say no although its status is good."""

    success: Flag = Field(default=None, validation_alias="Success")
    message: Text = Field(default="", validation_alias="Message")

    @model_validator(mode="before")
    @classmethod
    def _plain_no(cls, said: Any) -> Any:
        if not isinstance(said, str):
            return said
        words = said.strip()
        if len(words) > LONGEST_NO or not words.casefold().startswith(NO):
            raise ValueError("a text that is no answer")
        return {"Success": False, "Message": words}


def happened(answer: Said) -> bool:
    """``Success: false`` with status 200 is a no."""
    return answer.success is not False


class User(Spoken):
    """Somebody a store knows: a prospect or a client. Only the id is attested for lists; the rest is read where it comes."""

    user_id: Annotated[Text, Field(min_length=1)] = Field(validation_alias="UserId")
    first_name: Text = Field(default="", validation_alias="FirstName")
    last_name: Text = Field(default="", validation_alias="LastName")
    email: Text = Field(default="", validation_alias="Email")
    phone: Text = Field(default="", validation_alias="Phone")
    cell_phone: Text = Field(default="", validation_alias="CellPhone")
    work_phone: Text = Field(default="", validation_alias="WorkPhone")
    address: Text = Field(default="", validation_alias="Address")
    city: Text = Field(default="", validation_alias="City")
    state: Text = Field(default="", validation_alias="State")
    zip: Text = Field(default="", validation_alias="Zip")
    member: Flag = Field(default=None, validation_alias="Member")
    prospect: Flag = Field(default=None, validation_alias="Prospect")
    membership: Text = Field(default="", validation_alias="MembershipTypeName")
    prospect_type_id: Text = Field(default="", validation_alias="ProspectTypeId")
    prospect_type: Text = Field(default="", validation_alias="ProspectTypeName")
    external_id: Text = Field(default="", validation_alias="ExternalUserId")

    @property
    def named(self) -> bool:
        """Whether anything of the name is known."""
        return bool(self.first_name or self.last_name)


def _listed(said: Any) -> Any:
    """A bare list as one under ``users``."""
    return {"users": said} if isinstance(said, list) else said


class Users(Said):
    """Some users. An answer with neither a list nor a *no* is none."""

    users: list[User] = Field(default=[], validation_alias="users")

    @model_validator(mode="before")
    @classmethod
    def _lists_or_refuses(cls, said: Any) -> Any:
        said = _listed(said)
        if isinstance(said, Mapping) and not {"users", "success"} & {str(key).casefold() for key in said}:
            raise ValueError("neither a list of users nor a refusal")
        return said


class Whom(Said, User):
    """One user in full: a bare object without ``Success``."""

    user_id: Text = Field(default="", validation_alias="UserId")

    @model_validator(mode="after")
    def _is_somebody(self) -> Whom:
        if self.success is not False and not self.user_id:
            raise ValueError("neither a user nor a refusal")
        return self


class ProspectType(Spoken):
    """One entry of a store's list."""

    id: Annotated[Text, Field(min_length=1)] = Field(validation_alias="Id")
    name: Text = Field(default="", validation_alias="Name")


class ProspectTypes(Said):
    """A store's prospect types. Assumed: a bare list, or one under any key."""

    types: list[ProspectType] = Field(default=[], validation_alias="types")

    @model_validator(mode="before")
    @classmethod
    def _wherever_the_list_is(cls, said: Any) -> Any:
        if isinstance(said, list):
            return {"types": said}
        found = [value for value in said.values() if isinstance(value, list)] if isinstance(said, Mapping) else []
        if found:
            return {"types": found[0]}
        if isinstance(said, Mapping) and "success" not in {str(key).casefold() for key in said}:
            raise ValueError("neither a list of prospect types nor a refusal")
        return said


class Created(Said):
    """The answer to a new prospect. Without a user's id there is no proof that anything happened."""

    user_id: Text = Field(default="", validation_alias="UserId")

    @model_validator(mode="after")
    def _proves_something(self) -> Created:
        if self.success is not False and not self.user_id:
            raise ValueError("neither a user's id nor a refusal")
        return self
