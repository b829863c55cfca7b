"""The one table of what we believe ClubReady's API looks like, each line marked *attested* or *assumed*.

*Attested* means that ClubReady's own metadata pages or somebody's public code show it (seen 2026-11). A wrong path or field
is put right here and nowhere else.

================================== ========= ======================================================================
call                               mark      source
================================== ========= ======================================================================
POST /users/prospect               attested  ClubReady's metadata page of ``CreateProspectRequest``; its answer: callers
GET  /users/find                   attested  callers; the answer is an object with ``users``, one caller expects a bare list
GET  /users/{user_id}              attested  ``UserAccountInfoRequest``, quoted from ClubReady's partner guide
GET  /club/{store_id}/Users/all    attested  one caller: pages from 1, an empty one ends
GET  /users/date-added             attested  one caller, without the shape of its answer, which is *assumed*
GET  /club/{store_id}/…types       assumed   no path is known; its last word is a setting of the account
================================== ========= ======================================================================

Not built, for nothing attests that it exists: changing a prospect, idempotency keys, webhooks. An older form of the creation
(``POST /v2/{ApiKey}/club/{StoreId}/prospect``) is marked obsolete by ClubReady.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from hub.core import Vendor, once
from hub_clubready.answers import Created, ProspectTypes, Users, Whom, happened
from hub_clubready.declaration import addon

find = addon.get("/users/find", Users, success=happened, plain=True)
everyone = addon.get("/club/{store_id}/Users/all", Users, success=happened, plain=True)
date_added = addon.get("/users/date-added", Users, success=happened, plain=True, attested=False)
user = addon.get("/users/{user_id}", Whom, success=happened, plain=True)
prospect_types = addon.get("/club/{store_id}/{list}", ProspectTypes, success=happened, plain=True, attested=False)


class NewProspect(BaseModel):
    """A prospect in ClubReady's words. Left out: ``DateOfBirth``, on whose format its own page and a caller disagree."""

    model_config = ConfigDict(frozen=True)

    StoreId: int
    FirstName: str
    LastName: str
    Email: str
    SendEmail: Literal["true", "false"]
    Address: str | None = None
    City: str | None = None
    State: str | None = None
    Zip: str | None = None
    Phone: str | None = None
    CellPhone: str | None = None
    WorkPhone: str | None = None
    ProspectTypeId: str | None = None
    Note: str | None = None
    ExternalId: str


# No idempotency key is known, but a prospect can be looked up by e-mail address. How soon it is found is assumed.
create = addon.post(
    "/users/prospect", NewProspect, Created, effect=once(settle="2m"), encode="form", success=happened, plain=True
)


def of_store(vendor: Vendor) -> dict[str, int | None]:
    """Which store is meant, as every call says it."""
    return {"StoreId": vendor.settings.store_id, "ChainId": vendor.settings.chain_id}
