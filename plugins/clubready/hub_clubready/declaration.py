"""Who the vendor is, what an admin needs to know, and what an account must fill in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hub.core import AddOn, Help, QueryKey, Rate, Secret, Settings

DateFormat = Literal["YYYY-MM-DD", "MM/DD/YYYY"]
"""How ClubReady wants dates. Public code disagrees, so an account may choose."""


class Account(Settings):
    """One store's key, and below it what ClubReady's public papers do not tell for sure."""

    api_key: Annotated[
        Secret,
        Help(
            "ClubReady's support gives it out, after an agreement is signed. It belongs to the club, not to a person."
        ),
    ] = Field(title="API key")
    store_id: Annotated[
        int, Help("At ClubReady: the number before the dash, under the profile picture in the top corner.")
    ] = Field(title="Store ID", ge=1)
    chain_id: Annotated[
        int | None, Help("Only where ClubReady's support says that this key needs it; leave it empty otherwise.")
    ] = Field(default=None, title="Chain ID", ge=1)
    date_format: Annotated[
        DateFormat, Help("Assumed. Change it only if imports after the first bring nobody although people were added.")
    ] = Field(default="YYYY-MM-DD", title="How ClubReady reads dates")
    prospect_types: Annotated[
        str,
        Help(
            "Assumed: the last word of the address at which ClubReady lists a store's prospect types. Change it only if "
            "the list cannot be read, to the word that ClubReady's support names."
        ),
    ] = Field(default="prospecttypes", title="Address of the prospect types", pattern=r"^[A-Za-z0-9_-]{1,60}$")


addon = AddOn(
    "clubready",
    title="ClubReady",
    summary="Brings a club's prospects and clients in, and pushes contacts to the club as new prospects.",
    base_url="https://www.clubready.com/api/current",
    settings=Account,
    # Attested: the key rides in the query string of every call, also of a POST. Whole addresses are therefore secret.
    auth=QueryKey({"ApiKey": "api_key"}),
    # ClubReady publishes no limit. Two calls a second for one store is what we allow ourselves.
    rate=Rate(2, per="second"),
    logo="dumbbell",
    help=(
        "You need an API key of ClubReady's and the number of your store. ClubReady's support gives out the key after an "
        "agreement is signed; the hub cannot ask for it in your name.",
        "Each store has its own key and its own Store ID, and its own prospect types. Press Test after pasting: the answer "
        "tells a wrong key, a wrong store and a key that may do too little apart.",
        "Then match prospect types with lead sources and action plans, and import. To send contacts the other way, put the "
        "step ClubReady – New User Push into a plan.",
    ),
    links={"Open ClubReady": "https://www.clubready.com"},
)
