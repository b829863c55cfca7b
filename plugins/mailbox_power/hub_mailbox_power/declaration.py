"""Who the vendor is, what an admin needs to know, and what an account must fill in."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import Field

from hub.core import AddOn, HeaderKey, Help, NeedsAdmin, Rate, Secret, Settings

INVITE_CODE = os.environ.get("HUB_MAILBOX_POWER_INVITE_CODE", "CT2020")
"""What new customers enter when they sign up. An operator with another agreement sets the variable."""

SIGN_UP = "https://www.mailboxpower.com"
WEB_APP = "https://app.mailboxpower.com"


class Account(Settings):
    """One account's key."""

    api_key: Annotated[
        Secret,
        Help("Mailbox Power: Settings icon, Integrations, the ClientTether logo, Generate a new API Key."),
    ] = Field(title="API key")


addon = AddOn(
    "mailbox_power",
    title="Mailbox Power",
    summary="Posts cards and gifts to a contact's door as a step of an action plan.",
    base_url="https://api.rocketnotes.com",
    settings=Account,
    # Attested: the key travels bare, with no scheme word before it.
    auth=HeaderKey("APIKEY", "api_key"),
    # The vendor publishes no limit. One call a second is what we allow ourselves.
    rate=Rate(60, per="minute"),
    errors={402: NeedsAdmin},
    aliases=("Banner Season", "Rocket Notes"),
    logo="gift",
    help=(
        "You need an active Mailbox Power account whose package includes third-party integrations. The hub does not open "
        f"one for you: sign up at Mailbox Power, and enter the invite code {INVITE_CODE} if you are new there.",
        "Get the key at Mailbox Power: click the Settings icon in the top right corner, then Integrations, then the "
        "ClientTether logo, then Generate a new API Key. Paste it here. A new key can be pasted at any time; plans go on.",
        "Tie each contact group to a campaign at Mailbox Power first: the campaign decides what is sent (cards, drinkware, "
        "food, pet gifts, personalised boxes, gift cards and more).",
    ),
    links={"Sign up at Mailbox Power": SIGN_UP, "Open Mailbox Power": WEB_APP},
)
