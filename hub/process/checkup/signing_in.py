"""Mail and OAuth 2: settings that add-ons lean on, and sign-ins and connections that stopped working."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count

from hub.addons import installed
from hub.addons.models import Connection, OAuthGrant
from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.core.mail_action import signs_in
from hub.core.outcomes import Outcome
from hub.core.settings import fields_of
from hub.db import clock
from hub.dispatch import calls
from hub.dispatch.grant_moves import WORKS
from hub.mail import platform as mail_platform
from hub.plans.models import PlanStep, PlanVersion
from hub.plans.senders import SEND
from hub.process.checkup.finding import ADMIN, Finding, bad, ok, warn

HURT = (Connection.Health.NEEDS_ADMIN, Connection.Health.NEEDS_SIGN_IN, Connection.Health.FAILING)


def variables() -> Iterator[Finding]:
    """Variables that name add-ons name installed ones, and whoever signs in can come back to us."""
    known = installed.registry().plugins.keys()
    for variable, named in (
        ("HUB_OAUTH_CLIENTS", settings.HUB_OAUTH_CLIENTS),
        ("HUB_VENDOR_URLS", {name.removesuffix(".oauth") for name in settings.HUB_VENDOR_URLS}),
    ):
        for name in sorted(set(named) - set(known)):
            yield warn(
                "settings", f"{variable} names {name}, and no such add-on is loaded.", "see that it is spelt right."
            )
    used = {
        info.name: info for info in _signing_in() if Connection.objects.filter(addon=info.name, enabled=True).exists()
    }
    if used and not settings.HUB_PUBLIC_URL:
        yield bad(
            "sign-in", f"{', '.join(used)} is signed in to at the vendor, who must know where to send people back to.",
            "set HUB_PUBLIC_URL to the address at which people reach the hub.",
        )  # fmt: skip
    for name, info in used.items():
        if _lends_an_app(info) and name not in settings.HUB_OAUTH_CLIENTS:
            yield bad("sign-in", f"{name} signs in with an app of the installation's, and none is named.",
                      f"register one at the vendor, and add {name}=ID:SECRET to HUB_OAUTH_CLIENTS.")  # fmt: skip


def grants() -> Iterator[Finding]:
    """Sign-ins at vendors that somebody must renew by hand."""
    rows = OAuthGrant.objects.exclude(state__in=[str(state) for state in WORKS]).order_by()
    found = list(rows.values_list("connection__addon").annotate(n=Count("pk")))
    for addon, number in found:
        yield warn("sign-in", f"{number} sign-ins at {addon} no longer work; steps wait.",
                   "sign in again under Add-Ons.", ADMIN)  # fmt: skip
    if not found and OAuthGrant.objects.exists():
        yield ok("sign-ins", "every sign-in at a vendor works.")


def mailers() -> Iterator[Finding]:
    """Mailboxes that accounts send from."""
    rows = Connection.objects.filter(addon__in=_mailers(), enabled=True)
    hurt = rows.filter(health__in=HURT).count()
    if hurt:
        yield warn("mail", f"{hurt} mailboxes refuse us or cannot be reached; their e-mails wait.",
                   "open the add-on's page and press Test.", ADMIN)  # fmt: skip
    elif rows.exists():
        yield ok("mail", f"{rows.count()} mailboxes are connected.")
    if not settings.HUB_PUBLIC_URL and _writes():
        yield warn("mail", "HUB_PUBLIC_URL is not set, so marketing e-mails have no link to unsubscribe; files have none either.",
                   "set it to the https address at which people reach the hub.")  # fmt: skip


def _writes() -> bool:
    """Whether a plan that contacts can be put on sends e-mails that need a way out."""
    ready = PlanStep.objects.filter(action_type=SEND, version__state=PlanVersion.State.READY)
    rows = ready.values_list("options", flat=True).iterator()
    return any(options.get("kind", "marketing") == "marketing" and not options.get("to") for options in rows)


def platform() -> Iterator[Finding]:
    """The platform's own sender: whether it takes us."""
    way = mail_platform.way()
    if way is None:
        return
    said = calls.ask(installed.outside(), way.plugin.info, way.settings, signs_in, clock.now())
    if isinstance(said, Outcome):
        yield bad("mail", f"the server of HUB_MAIL_URL does not take us: {said.sentence()}",
                  "correct HUB_MAIL_URL; a server in your own network must stand in HUB_EGRESS_ALLOWED, too.")  # fmt: skip
    else:
        yield ok("mail", f"the platform's sender takes us: {said}.")


def _mailers() -> list[str]:
    return [name for name, plugin in installed.registry().plugins.items() if plugin.info.mailers]


def _signing_in() -> list[AddOnInfo]:
    return [plugin.info for plugin in installed.registry().plugins.values() if isinstance(plugin.info.auth, OAuth2)]


def _lends_an_app(info: AddOnInfo) -> bool:
    """Whether the installation's app signs in, for the add-on's form has no field for an account's own."""
    auth = info.auth
    return isinstance(auth, OAuth2) and auth.client_field not in {spec.name for spec in fields_of(info.settings)}
