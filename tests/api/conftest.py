"""Programs at the door: a tree of accounts, its keys, and a caller for each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.accounts.models import Account
    from tests.support.people import Tree


@dataclass
class Program:
    """Calls the API as a program does: `program.post("/api/contacts", {"last_name": "Lee"})`."""

    headers: dict[str, str] = field(default_factory=dict)
    address: str = "192.0.2.7"

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PATCH", path, body, headers)

    def delete(self, path: str, **query: Any) -> Any:
        return self.call("DELETE", path, query=query)

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, query: Any = None
    ) -> Any:
        from django.test import Client

        given = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        return Client().generic(
            method, path, data, content_type="application/json", headers={**self.headers, **given},
            query_params=query or None, REMOTE_ADDR=self.address,
        )  # fmt: skip


@pytest.fixture
def tree(db: None) -> Tree:
    from tests.support.people import make_tree

    return make_tree()


@pytest.fixture
def keys_of(db: None) -> Callable[..., Program]:
    """A caller with an account's Web Key, and the access token of it or of the enterprise named."""

    def made(account: Account, enterprise: Account | None = None) -> Program:
        from django.db import transaction

        from hub.audit.actor import SYSTEM
        from hub.users.keys import changes

        with transaction.atomic():
            token = changes.make_key(enterprise or account, "access_token", by=SYSTEM).secret
            web_key = changes.make_key(account, "web_key", by=SYSTEM).secret
        return Program({"X-Access-Token": token.reveal(), "X-Web-Key": web_key.reveal()})

    return made


@pytest.fixture
def api_user(db: None) -> Callable[..., Program]:
    """A caller with the secret of an API user who was granted these endpoints."""

    import hub.api.urls  # noqa: F401  # as a serving process has them: then the endpoints are known

    def made(account: Account, *endpoints: str, addresses: tuple[str, ...] = ("192.0.2.0/24",), **more: Any) -> Program:
        from hub.audit.actor import SYSTEM
        from hub.users.keys import changes

        names = [f"endpoint.{name}" for name in endpoints]
        _user, secret = changes.create_user(account, "Robot", names, addresses, by=SYSTEM, **more)
        return Program({"Authorization": f"Bearer {secret}"})

    return made


@pytest.fixture
def denver(db: None) -> Any:
    """An account of its own, with two add-ons on."""
    from hub.addons import installed
    from hub.plans import loading
    from tests.plans import company

    loading.forget()
    with installed.use(company.build_registry()) as registry:
        yield company.open_denver(registry)
    loading.forget()


@pytest.fixture
def plan(denver: Any) -> Any:
    """A plan of one step that is ready."""
    from tests.plans import company

    return company.make_plan(denver, company.note_step("A line"))
