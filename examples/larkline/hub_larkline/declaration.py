"""Who the vendor is, what an account fills in, and whose key it is."""

from typing import Annotated

from hub.core import AddOn, Answer, Help, NeedsAdmin, OAuth2, Options, Rate, Rejected, Secret, Settings, Vendor


class Connection(Settings):
    """One account's connection. The host signs in and keeps the access token fresh; the plugin only names the fields."""

    client_id: Annotated[str, Help("Larkline: Developers, My apps.", "https://larkline.example/developers")]
    client_secret: Secret
    access_token: Annotated[Secret, Help("The hub fills it in when somebody signs in at Larkline.")]
    webhook_secret: Annotated[Secret, Help("Larkline: Developers, Webhooks. It signs what Larkline sends.")]
    house: Annotated[str, Options("houses"), Help("Invitations are sent in its name.")]


addon = AddOn(
    "larkline",
    title="Larkline",
    summary="Invites guests to events, sends their tickets, and brings guests in.",
    base_url="https://api.larkline.example/v3",
    settings=Connection,
    auth=OAuth2(
        authorize_url="https://larkline.example/oauth/authorize",
        token_url="https://api.larkline.example/oauth/token",
        revoke_url="https://api.larkline.example/oauth/revoke",
        scopes=("guests.read", "guests.write", "tickets.write"),
    ),
    rate=Rate(120, per="minute"),
    # Larkline's papers: 402 is an empty purse, 422 a guest it will not take.
    errors={402: NeedsAdmin, 422: Rejected},
    help=("Register an app at Larkline, paste its id and secret, save, and sign in. Then choose the house that invites.",),
    links={"Open Larkline": "https://larkline.example"},
    logo="ticket",
)


class Me(Answer):
    """Who signed in."""

    name: str


me = addon.get("/me", Me)


@addon.check
async def who_am_i(vendor: Vendor) -> str:
    """Behind the Test button."""
    return (await vendor(me)).name
