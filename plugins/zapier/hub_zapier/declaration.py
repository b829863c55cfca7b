"""What Zapier is to an admin: no key, for each Zap has an address of its own."""

from __future__ import annotations

from hub.core import AddOn, Rate

addon = AddOn(
    "zapier",
    title="Zapier",
    summary="Starts a Zap as a step of an action plan, with the contact's facts.",
    # One hook takes about 30 requests a second, all hooks of a Zapier account 10,000 in five minutes. We stay below both.
    rate=Rate(25, per="second", burst=25),
    aliases=("Zap", "Catch Hook", "Email Parser"),
    logo="zap",
    help=(
        "From the hub into Zapier, by webhook: make a Zap whose trigger is Webhooks by Zapier, Catch Hook, and copy its Custom "
        "Webhook URL. Add a step Send to Zapier to a plan, paste the URL, name the fields, put a test contact on the plan, and "
        "look into the contact's history: it says status: success. Then press Test in Zapier.",
        "From the hub into Zapier, by e-mail: make a mailbox at Zapier's e-mail parser, its name in small letters. Switch E-mail "
        "(SMTP and IMAP) on, and add its step Zapier parser e-mail to a plan: mailbox, and a heading and a token for each line.",
        "From Zapier into the hub: choose the hub's app in Zapier, the highest version. It asks for the Web Key and the X Access "
        "Token, which stand under Settings, API; what it shows at first are dummy keys, to be replaced. A sub-account sees no "
        "access token: ask your corporate team for it.",
        "Zapier helps with Zaps, triggers, parser templates and your Zapier plan. We help with keys, plan steps, what a step "
        "sent and what came back.",
    ),
    links={"Zapier's help": "https://help.zapier.com", "Zapier's e-mail parser": "https://parser.zapier.com"},
)
