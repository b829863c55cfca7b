"""Role templates as data: what a grant of each template permits before anybody adjusts it.

Roles are not nested sets: an owner may not use the call center that a standard user works in all day (C5). So each template
is spelt out from small groups, and nothing anywhere says "the owner may everything". A naming profile may give a template
another label and switch single permissions on (C21, C22); the engine knows no profile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Names = frozenset[str]


def _names(text: str) -> Names:
    return frozenset(text.split())


SELF = _names("account.enter profile.edit connection.edit password.change page.dashboard page.profile")
READ = _names("contacts.view history.view plans.view runs.view page.contacts page.plans page.runs")
WORK = _names(
    "contacts.create contacts.edit contacts.assign notes.write filters.save plans.use messages.send addons.use"
)
CONTACTS_ALL = _names("contacts.delete contacts.import contacts.export")
PLANS_ALL = _names("plans.view_private plans.edit plans.create_own runs.resolve runs.send_again runs.spend")
SETTINGS = _names(
    "account.view account.edit account.pause brand.edit lead_sources.edit sales_cycle.edit tags.edit custom_fields.edit "
    "proposal_template.edit bid_types.edit bid_types.duplicate hosted_pages.edit locks.edit subaccounts.create audit.view "
    "spending.edit enterprise.view access_token.view page.account page.enterprise_settings page.hosted_pages page.call_centers"
)
ADDONS_ALL = _names("addons.view addons.edit addons.use secrets.edit secrets.reveal page.addons")
SUPPRESSED = _names("suppressions.view suppressions.edit")
WEBHOOKS = _names("webhooks.view webhooks.edit webhooks.make")
USERS_ALL = _names(
    "users.view users.create users.edit users.change_role users.archive users.set_password login_as.use "
    "api_users.create page.users page.team_members"
)
BILLING = _names("billing.view billing.edit credits.allocate page.billing")
CALLS = _names("calls.use page.call_center")
SERVICE = _names("page.customer_service contacts.edit notes.write plans.use")
PORTAL = _names(
    "portal.view portal.lock portal.unlock portal.plan portal.tags portal.notes portal.links portal.nickname "
    "portal.template portal.reset_password portal.staff addons.offer login_as.use profile.edit password.change"
)
PORTAL_ADMIN = _names(
    "portal.open_account portal.edit_operators portal.assign portal.flag_secure platform.view audit.view"
)
ADMIN = SELF | READ | WORK | CONTACTS_ALL | PLANS_ALL | SETTINGS | ADDONS_ALL | SUPPRESSED | WEBHOOKS | USERS_ALL


@dataclass(frozen=True)
class Template:
    """One row of the table in the permission paper."""

    name: str
    label: str
    covers: str
    """The names it goes by in the systems people come from."""
    permissions: Names
    visibility: str = "all"
    rank: int = 10
    """Whom one may edit and log in as: only people of a lower rank."""
    operator: bool = False
    assignable: bool = True
    """Whether an account's own people can give it to somebody."""
    machine: bool = False
    """For API users and plugins: never for a person."""


_templates: dict[str, Template] = {
    template.name: template
    for template in (
        Template(
            "owner", "Owner", "Account Owner; Owner; primary admin", ADMIN | BILLING | {"owner.transfer"},
            rank=100, assignable=False,
        ),
        Template("admin", "Admin", "Admin User; Administrator", ADMIN, rank=90),
        Template(
            "manager", "Manager", "Manager",
            SELF | READ | WORK | CALLS | {"plans.edit", "plans.create_own"}, visibility="team", rank=50,
        ),
        Template("standard", "Standard user", "Standard User", SELF | READ | WORK | CALLS),
        Template("sales", "Salesperson", "Salesperson", SELF | READ | WORK - {"contacts.assign"}, visibility="own"),
        Template(
            "member", "Team member", "Team Member",
            SELF | READ | WORK | CALLS | {"plans.create_own", "contacts.delete"}, visibility="own",
        ),
        Template(
            "service_agent", "Customer service agent", "Customer Service Agent", SELF | READ | SERVICE | CALLS,
        ),
        Template(
            "service_admin", "Customer service admin", "Customer Service Admin",
            SELF | READ | SERVICE | CALLS | {"page.call_centers"},
        ),
        Template(
            "sales_agent", "Sales agent", "Sales Agent",
            SELF | READ | CALLS | {"plans.use", "orders.enter", "page.order_entry", "page.customer_service"},
        ),
        Template(
            "lead_agent", "Lead agent", "Lead Agent",
            SELF | READ | SERVICE | CALLS | {"partials.view", "orders.enter", "page.order_entry", "page.order_details"},
            visibility="own",
        ),
        Template("affiliate", "Affiliate", "Affiliate", _names("account.enter page.affiliate_report"), visibility="own"),
        Template(
            "designer", "Page designer", "Page Design Only",
            _names("account.enter password.change hosted_pages.edit page.hosted_pages"),
        ),
        Template("api", "API user", "Api User; Web Key and token", frozenset(), rank=0, machine=True),
        Template("plugin", "Plugin", "", frozenset(), rank=0, machine=True, assignable=False),
        Template(
            "operator", "Operator", "vCita operator", PORTAL | {"account.enter"},
            rank=200, operator=True, assignable=False,
        ),
        Template(
            "operator_admin", "Operator admin", "manages operators", PORTAL | PORTAL_ADMIN | {"account.enter"},
            rank=210, operator=True, assignable=False,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """The words and the few switches of the system people come from."""

    name: str
    labels: dict[str, str] = field(default_factory=dict)
    also: dict[str, Names] = field(default_factory=dict)


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("neutral"),
        Profile(
            "clienttether",
            {"owner": "Account Owner", "admin": "Admin User", "standard": "Standard User", "sales": "Salesperson"},
            {"admin": BILLING},
        ),
        Profile("cliently", {"owner": "Owner", "admin": "Administrator", "manager": "Manager", "member": "Team Member"}),
        Profile(
            "konnektive",
            {
                "admin": "Admin", "service_agent": "Customer Service Agent", "service_admin": "Customer Service Admin",
                "sales_agent": "Sales Agent", "lead_agent": "Lead Agent", "affiliate": "Affiliate", "api": "Api User",
                "designer": "Page Design Only",
            },
        ),
        Profile("vcita", {"owner": "Primary Admin", "admin": "Admin", "standard": "User"}),
    )
}  # fmt: skip


def get(name: str) -> Template:
    """The template of this name. An unknown one (of a plugin that is gone) permits nothing."""
    return _templates.get(name) or Template(name, name, "", frozenset(), rank=0, visibility="own", assignable=False)


def exists(name: str) -> bool:
    """Whether a template of this name is known."""
    return name in _templates


def register(template: Template) -> None:
    """Add a template, for a plugin. A known name is refused."""
    if template.name in _templates:
        raise ValueError(f"there is a role template {template.name} already")
    _templates[template.name] = template


def assignable() -> list[Template]:
    """What an account's own people can give to a person, the mightiest first."""
    templates = [one for one in _templates.values() if one.assignable and not one.machine]
    return sorted(templates, key=lambda one: (-one.rank, one.label))


def resolve(name: str, extra: Iterable[str] = (), withdrawn: Iterable[str] = (), profile: str = "neutral") -> Names:
    """What a grant permits: its template's permissions, the profile's switches, what was added, less what was withdrawn."""
    switched_on = PROFILES[profile].also.get(name, frozenset())
    return (get(name).permissions | switched_on | frozenset(extra)) - frozenset(withdrawn)


def label(name: str, profile: str = "neutral") -> str:
    """What the template is called in an account."""
    return PROFILES[profile].labels.get(name) or get(name).label
