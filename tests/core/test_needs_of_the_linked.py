"""What a contact needs whom the vendor knows already: often nothing, and said in the action itself."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core import LinkContact
from hub.core.actions import Action
from hub.core.errors import DeclarationError
from hub.core.facts import Contact
from hub.core.outcomes import Already
from hub.core.settings import Settings


class Nothing(Settings):
    """A step without settings."""


async def push(vendor: Any, step: Any, contact: Any) -> Already:
    return Already()


def action(**more: Any) -> Action:
    return Action("club.push", "Push", Nothing, push, needs=("email",), **more)


def test_whom_the_vendor_knows_needs_what_is_said_of_the_linked() -> None:
    pushing = action(changes=(LinkContact,), needs_linked=())

    assert pushing.needs_of(Contact(id="1")) == ("email",)
    assert pushing.needs_of(Contact(id="1", linked_id="501")) == ()


def test_where_nothing_is_said_of_them_they_need_the_same() -> None:
    assert action().needs_of(Contact(id="1", linked_id="501")) == ("email",)


def test_who_is_told_of_no_link_cannot_ask_for_it() -> None:
    with pytest.raises(DeclarationError, match="changes="):
        action(needs_linked=())
    with pytest.raises(DeclarationError, match="has not"):
        action(changes=(LinkContact,), needs_linked=("nonsense",))
