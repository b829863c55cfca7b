"""Who am I, and where: what a program asks first to see whether its credentials work (R091)."""

from __future__ import annotations

from typing import Literal

from ninja import Router

from hub.api.door import operation
from hub.api.request import ApiRequest
from hub.api.shapes.base import Named, Outgoing

router = Router()


class Me(Outgoing):
    """Whose credentials these are, and what they may call."""

    kind: Literal["account_keys", "api_user"]
    name: str
    account: Named
    endpoints: list[str]


class AccountOut(Outgoing):
    """The account that the credentials pick."""

    id: int
    name: str
    company: str
    email: str
    phone: str
    website: str
    time_zone: str
    country: str
    enterprise: bool
    paused: bool


@operation(router, "GET", "/me", "me.read", "check credentials by API", answers={200: Me}, tag="You")
def me(request: ApiRequest) -> Me:
    """Whose credentials these are, the account they pick, and the endpoints they may call."""
    granted = {name for grant in request.principal.grants for name in grant.permissions}
    return Me(
        kind="api_user" if request.principal.id.isdigit() else "account_keys",
        name=request.principal.label,
        account=Named(id=request.account.pk, name=request.account.name),
        endpoints=sorted(name.removeprefix("endpoint.") for name in granted if name.startswith("endpoint.")),
    )


@operation(router, "GET", "/account", "account.read", "read the account by API", answers={200: AccountOut}, tag="You")
def read_account(request: ApiRequest) -> AccountOut:
    """The account that the credentials pick."""
    row, place = request.account, request.place
    return AccountOut(
        id=row.pk, name=row.name, company=row.company, email=row.email, phone=row.phone, website=row.website,
        time_zone=row.time_zone, country=row.country, enterprise=place.enterprise, paused=place.paused,
    )  # fmt: skip
