"""What every template finds: the frame around the page, the person's rights as `can`, and the colours they chose.

Each part is made only when a template asks for it, so that a partial for htmx costs no more than it shows.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.engine import storing
from hub.notifications import reads as notifications
from hub.users import reads as people
from hub.users import roles
from hub.web.design.frame import AccountNode, ActingAs, Frame, Person, main_rail
from hub.web.design.links import Link
from hub.web.request import Can, HubRequest, may
from hub.web.views.runs import seeing

THEMES = ("light", "dark")
MOST_ACCOUNTS = 60
"""How many accounts the switcher lists before it asks for a search."""

DEEPEST = 9

SHOWN_OF_ACCOUNT = ("name", "path", "depth", "switch__status", "switch__locked")
"""What the switcher reads: an account has forty columns, and every page shows sixty accounts."""

PLACES: tuple[tuple[str, str, str], ...] = (
    ("dashboard", "dashboard", "page.dashboard"),
    ("contacts", "contacts:list", "page.contacts"),
    ("plans", "plans:list", "page.plans"),
    ("runs", "runs:list", "page.runs"),
    ("addons", "addons:list", "page.addons"),
    ("settings", "settings:home", "account.view"),
)
"""The rail: key, name of the address, permission."""


def frame(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    chosen = request.COOKIES.get("hub_theme", "")
    context: dict[str, Any] = {"theme_choice": chosen if chosen in THEMES else ""}
    if isinstance(getattr(request, "account", None), Account):
        context["frame"] = SimpleLazyObject(lambda: make_frame(request))  # type: ignore[arg-type]
        context["can"] = Can(request)  # type: ignore[arg-type]
        context["account"] = request.account  # type: ignore[attr-defined]
        context["now"] = request.now  # type: ignore[attr-defined]
    return context


def make_frame(request: HubRequest) -> Frame:
    """Everything around the page, for this person in this account."""
    account = request.account
    above = list(accounts.ancestors(account).only("id", "name")) if account.parent_id else []
    return Frame(
        account=node_of(account, current=True),
        person=_person(request),
        rail=_rail(request),
        account_path=tuple(one.name for one in above),
        accounts=nodes(request),
        search_url=reverse("search", args=[account.pk]),
        switch_search_url=reverse("account_tree", args=[account.pk]),
        notifications_url=reverse("notifications:list", args=[account.pk]),
        unread=notifications.unread_count(int(request.principal.effective.id), account.pk),
        acting_as=_acting_as(request),
        theme={"accent": account.header_color} if account.header_color else {},
        store_refuses=storing.refuses(),
    )


def nodes(request: HubRequest, search: str = "") -> tuple[AccountNode, ...]:
    """The accounts the person can switch to, as a tree; with a search those whose name holds it, flat under their depth."""
    rows = _reachable(request)
    if search:
        rows = rows.filter(name__icontains=search[:120])
    found = _as_tree(list(rows[:MOST_ACCOUNTS]))
    top = min((row.depth for row in found), default=0)
    return tuple(_node_in_tree(row, top, request) for row in found)


def node_of(account: Account, depth: int = 0, current: bool = False) -> AccountNode:
    """An account as the switcher shows it."""
    state = "locked" if account.is_locked else "paused" if account.is_paused else "active"
    return AccountNode(account.name, reverse("dashboard", args=[account.pk]), state, min(depth, DEEPEST), current)


def places_of(request: HubRequest) -> dict[str, str]:
    """Addresses of the rail's places that this person may open, by key."""
    wanted = {key: url(name, request.account.pk) for key, name, permission in PLACES if may(request, permission)}
    return {key: found for key, found in wanted.items() if found}


def _as_tree(rows: list[Account]) -> list[Account]:
    """Each account under its parent, brothers and sisters by name."""
    names = {row.pk: row.name.casefold() for row in rows}
    return sorted(rows, key=lambda row: [(names.get(one, ""), one) for one in (*row.ancestor_ids, row.pk)])


def _node_in_tree(row: Account, top: int, request: HubRequest) -> AccountNode:
    current = row.pk == getattr(request, "account", row).pk and hasattr(request, "account")
    return node_of(row, row.depth - top, current)


def _reachable(request: HubRequest) -> Any:
    found = people.reachable_accounts(request.principal, request.now, getattr(request, "account", None))
    return found.only(*SHOWN_OF_ACCOUNT)


def _rail(request: HubRequest) -> tuple[Link, ...]:
    urls = places_of(request)
    counts = {"runs": seeing.waiting(request)} if "runs" in urls else {}
    return main_rail(urls, _section(request), counts)


def _section(request: HubRequest) -> str:
    match = request.resolver_match
    names = [*match.namespaces, match.url_name] if match else []
    here = {"imports": "contacts", "audit": "settings"}
    return next((here.get(name, name) for name in names if name), "")


def url(name: str, *args: object) -> str:
    """The address of a page of another room; empty when that room is not part of this installation."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _person(request: HubRequest) -> Person:
    shown = request.principal.effective
    grants = shown.reaching(request.place, request.now)
    role = max(grants, key=lambda grant: grant.rank).template if grants else ""
    links = (
        Link(_("Your profile"), reverse("profile:page", args=[request.account.pk]), "user"),
        *_mailbox(request),
        Link(_("Switch account"), reverse("choose_account"), "building-2"),
    )
    label = shown.label
    return Person(label, "" if request.principal.shown else request.user.email, roles.label(role), links,
                  reverse("signing:sign_out"))  # fmt: skip


def _mailbox(request: HubRequest) -> tuple[Link, ...]:
    """One's own mailbox is also for those who see nothing else of the settings."""
    if not may(request, "connection.edit"):
        return ()
    return (Link(_("Your mailbox"), reverse("settings:email", args=[request.account.pk]), "mail"),)


def _acting_as(request: HubRequest) -> ActingAs | None:
    shown = request.principal.shown
    return ActingAs(request.principal.label, shown.label, reverse("stop_acting")) if shown else None
