"""An account with a team, and the shortest way to a contact. Hub modules are imported late: Django is set up after this file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def account(db: None) -> Any:
    from hub.accounts import changes as accounts
    from tests.contacts.door import ANN

    return accounts.create("Provo", by=ANN, values={"country": "US"})


@pytest.fixture
def enterprise(db: None) -> Any:
    from hub.accounts import changes as accounts
    from hub.accounts.models import Account
    from tests.contacts.door import ANN

    return accounts.create("Enterprise", by=ANN, kind=Account.Kind.ENTERPRISE, values={"country": "US"})


@pytest.fixture
def user(account: Any) -> Callable[..., Any]:
    """Make a user with a grant at the account."""
    from hub.db import clock
    from hub.users.models import Grant, User

    def make(name: str, state: str = "active", at: Any = None, template: str = "standard") -> User:
        values = {"first_name": name.title(), "email": f"{name}@example.com", "state": state}
        made = User.objects.create(username=name, created_at=clock.now(), **values)
        Grant.objects.create(user=made, account=at or account, template=template, created_at=clock.now())
        return made

    return make


@pytest.fixture
def contact(account: Any) -> Callable[..., Any]:
    """Take a contact in through the door, by plain fields and fields of ``Incoming``."""
    from hub.contacts.incoming import Incoming
    from hub.contacts.intake import intake
    from hub.contacts.models import Contact
    from tests.contacts.door import ANN, CSV

    def make(at: Any = None, **values: Any) -> Contact:
        described = {name: values.pop(name) for name in list(values) if name in Incoming.__dataclass_fields__}
        came = intake(at or account, Incoming(values, **described), by=ANN, policy=CSV)
        return Contact.objects.get(pk=came.contact_id)

    return make
