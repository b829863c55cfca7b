"""Everything that can be permitted, as data: ``area.verb``, and the sentence that completes "You may not …".

Pages (``page.…``) and API endpoints (``endpoint.…``) are permissions like the rest, so that one mechanism answers for all
of them. A plugin registers its own with ``register``. What is special about a permission stands beside it: which lock above
can close it, which limit can stop it, whether only operators in the portal use it, whether it is never done as another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

ENDPOINT = "endpoint."
"""What the names of API endpoints begin with."""

NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True)
class Permission:
    """One thing that can be permitted."""

    name: str
    does: str
    """Completes "You may not …" and "… may …"."""
    lock: str = ""
    """The lock subject that closes it for accounts beneath."""
    limits: tuple[str, ...] = ()
    """The limits that can stop it; see ``checks.LIMITS``."""
    portal: bool = False
    """Used by operators in the portal; works while the account is locked."""
    dispatch: bool = False
    """Reaches the outside world; held while the account is paused."""
    enterprise: bool = False
    """Exists at enterprise accounts only."""
    never_as: bool = False
    """Never done while logged in as another."""
    copies: bool = False
    """Makes a copy of one's own, so it is allowed on what is shared from above."""


def _reading() -> Iterable[Permission]:
    yield Permission("account.enter", "sign in to this account")
    yield Permission("account.view", "see the account's settings")
    yield Permission("contacts.view", "see contacts")
    yield Permission("contacts.export", "export contacts")
    yield Permission("plans.view", "see action plans")
    yield Permission("plans.view_private", "see private plans of others")
    yield Permission("runs.view", "see what steps did")
    yield Permission("history.view", "read a contact's history")
    yield Permission("addons.view", "see the add-ons")
    yield Permission("users.view", "see the users of the account")
    yield Permission("audit.view", "read who changed what")
    yield Permission("billing.view", "see billing")
    yield Permission("partials.view", "see leads that are not complete")
    yield Permission("enterprise.view", "see the enterprise settings", enterprise=True)
    yield Permission("access_token.view", "see the access token", enterprise=True)


def _contacts() -> Iterable[Permission]:
    yield Permission("contacts.create", "add contacts")
    yield Permission("contacts.edit", "edit contacts")
    yield Permission("contacts.delete", "delete contacts", lock="contact_deletion")
    yield Permission("contacts.assign", "assign contacts to users")
    yield Permission("contacts.import", "import contacts")
    yield Permission("notes.write", "write notes")
    yield Permission("filters.save", "save filters")
    yield Permission("orders.enter", "enter orders")
    yield Permission("calls.use", "use the call center", limits=("credits",), dispatch=True)
    yield Permission("messages.send", "send messages", limits=("daily_sending", "link_screening"), dispatch=True)


def _plans() -> Iterable[Permission]:
    yield Permission("plans.use", "put contacts on plans")
    yield Permission("plans.edit", "edit action plans", lock="action_plans")
    yield Permission("plans.create_own", "make plans of one's own", lock="action_plans")
    yield Permission("runs.resolve", "retry, skip or settle steps that need a person")
    yield Permission("runs.send_again", "send again what may have been sent")
    yield Permission("runs.spend", "let a step go that may be paid for twice")
    yield Permission("spending.edit", "change what the account may spend")


def _settings() -> Iterable[Permission]:
    yield Permission("account.edit", "change the account's settings")
    yield Permission("account.pause", "pause the account or set it going")
    yield Permission("brand.edit", "change logo and colours", lock="brand")
    yield Permission("lead_sources.edit", "add or change lead sources", lock="lead_sources")
    yield Permission("sales_cycle.edit", "change the sales cycle", lock="sales_cycle")
    yield Permission("tags.edit", "add or change tags", lock="tags")
    yield Permission("custom_fields.edit", "change custom fields", lock="custom_fields")
    yield Permission("proposal_template.edit", "change the proposal template", lock="proposal_template")
    yield Permission("bid_types.edit", "change bid types")
    yield Permission("bid_types.duplicate", "make a copy of a bid type", copies=True)
    yield Permission("hosted_pages.edit", "design hosted pages")
    yield Permission("locks.edit", "lock settings for accounts beneath")
    yield Permission("subaccounts.create", "open accounts beneath this one", limits=("plan",))
    yield Permission("addons.use", "use the add-ons that are on")
    yield Permission("addons.edit", "switch add-ons on and off and change their settings")
    yield Permission("suppressions.view", "see who gets no marketing mail")
    yield Permission("suppressions.edit", "change who gets no marketing mail")
    yield Permission("webhooks.view", "see which systems are told of events, and what they were told")
    yield Permission("webhooks.edit", "switch webhooks on and off and send again what they were told")
    yield Permission("webhooks.make", "have other systems told of events", never_as=True)
    yield Permission("secrets.edit", "enter keys and passwords of add-ons", never_as=True)
    yield Permission("secrets.reveal", "have a key shown once", never_as=True)


def _people() -> Iterable[Permission]:
    yield Permission("profile.edit", "change one's own profile")
    yield Permission("connection.edit", "change one's own e-mail connection", never_as=True)
    yield Permission("password.change", "change one's own password", never_as=True)
    yield Permission("users.create", "add users", limits=("seats", "staff_allowance"))
    yield Permission("users.edit", "edit users")
    yield Permission("users.change_role", "change what a user may do")
    yield Permission("users.archive", "archive and restore users")
    yield Permission("users.set_password", "set a user's password", never_as=True)
    yield Permission("login_as.use", "log in as another user", never_as=True)
    yield Permission("owner.transfer", "hand the account to another owner", never_as=True)
    yield Permission("api_users.create", "make API users", never_as=True)
    yield Permission("credits.allocate", "give credits to users", never_as=True)
    yield Permission("billing.edit", "change billing", never_as=True)


def _portal() -> Iterable[Permission]:
    for name, does in (
        ("portal.view", "see accounts in the portal"),
        ("portal.lock", "lock accounts"),
        ("portal.unlock", "unlock accounts"),
        ("portal.plan", "change an account's subscription"),
        ("portal.tags", "tag accounts"),
        ("portal.notes", "write the operators' notes"),
        ("portal.links", "lift the screening of links"),
        ("portal.nickname", "change an account's nickname"),
        ("portal.template", "make an account a template"),
        ("portal.reset_password", "reset the owner's password"),
        ("portal.staff", "see an account's staff"),
        ("portal.open_account", "open new accounts"),
        ("portal.edit_operators", "manage operators"),
        ("portal.assign", "assign accounts to operators"),
        ("portal.flag_secure", "mark accounts as secure"),
        ("addons.offer", "make add-ons available to an account"),
        ("platform.view", "see how the installation is doing"),
    ):
        yield Permission(name, does, portal=True)


def _pages() -> Iterable[Permission]:
    for page, words in (
        ("dashboard", "dashboard"),
        ("contacts", "contacts"),
        ("plans", "plans"),
        ("runs", "runs"),
        ("addons", "add-ons"),
        ("account", "account settings"),
        ("users", "users"),
        ("profile", "own profile"),
        ("team_members", "team members"),
        ("call_centers", "call centers"),
        ("call_center", "call center"),
        ("customer_service", "customer service"),
        ("order_entry", "order entry"),
        ("order_details", "order details"),
        ("affiliate_report", "affiliate report"),
        ("hosted_pages", "hosted pages"),
        ("billing", "billing"),
    ):
        yield Permission(f"page.{page}", f"open the {words} page")
    yield Permission("page.enterprise_settings", "open the enterprise settings page", enterprise=True)


def _system() -> Iterable[Permission]:
    yield Permission("system.operate", "operate the installation from its command line")
    yield Permission("system.dispatch", "carry out steps that are due", dispatch=True)
    yield Permission("system.import", "carry on an import that was started")
    yield Permission("system.bulk", "carry on a bulk change of contacts that was started")
    yield Permission("system.housekeeping", "tidy up, watch and remind")


_known: dict[str, Permission] = {
    permission.name: permission
    for group in (_reading, _contacts, _plans, _settings, _people, _portal, _pages, _system)
    for permission in group()
}


def register(permission: Permission) -> Permission:
    """Add a permission, for a plugin or the API. The same one twice is fine; a second meaning is refused."""
    if not NAME.fullmatch(permission.name):
        raise ValueError(f"{permission.name!r} is not of the form area.verb")
    known = _known.setdefault(permission.name, permission)
    if known != permission:
        raise ValueError(f"{permission.name} is registered already, with another meaning")
    return known


def register_endpoint(name: str, does: str, lock: str = "") -> Permission:
    """The permission of an API endpoint: ``register_endpoint("contacts.create", …)`` makes ``endpoint.contacts.create``."""
    return register(Permission(f"{ENDPOINT}{name}", does, lock=lock))


def get(name: str) -> Permission:
    """The permission of this name; ``KeyError`` is a mistake in our code, never a person's."""
    return _known[name]


def exists(name: str) -> bool:
    """Whether a permission of this name is known."""
    return name in _known


def every() -> list[Permission]:
    """All of them, by name."""
    return [_known[name] for name in sorted(_known)]


for _name, _does in (
    ("contacts.read", "read contacts by API"),
    ("contacts.create", "add contacts by API"),
    ("contacts.edit", "edit contacts by API"),
    ("plans.read", "read plans by API"),
    ("plans.enroll", "put contacts on plans by API"),
    ("runs.read", "read step runs by API"),
):
    register_endpoint(_name, _does)
