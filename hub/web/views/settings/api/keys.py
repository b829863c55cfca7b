"""Settings → API: the Web Key of each account, the access token where an enterprise is (R083–R087).

Keys are shown masked. Showing one is a POST, written to the audit log, and the answer is kept nowhere. A sub-account is told
whom to ask for the access token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.db.errors import NotFound
from hub.users import reads as people
from hub.users.keys import changes, reads
from hub.users.keys.making import WORDS, Kind
from hub.users.keys.models import ApiKey
from hub.web.entry import page
from hub.web.request import HubRequest, may, require
from hub.web.views.settings.tabs import tabs

TITLES: dict[Kind, tuple[str | Promise, str | Promise]] = {
    "web_key": (gettext_lazy("Web Key"), gettext_lazy("Picks this account. Sent as the header X-Web-Key.")),
    "access_token": (
        gettext_lazy("X-Access-Token"),
        gettext_lazy("Proves the enterprise, for the Web Keys of this account and of all beneath it."),
    ),
}
"""What each key is called, and what it is for."""

USUAL_GRACE = 7


@dataclass(frozen=True)
class Line:
    """One kind of key: the current one, and those that still have their grace."""

    kind: Kind
    title: str | Promise
    use: str | Promise
    current: ApiKey | None
    old: list[ApiKey]
    masked: str
    shown: str = ""


@page("account.view")
def api(request: HubRequest) -> HttpResponse:
    """The keys masked, the API users, and where the calls are described."""
    return _draw(request)


@page("account.view")
def make_key(request: HubRequest, kind: str) -> HttpResponse:
    """The account's first key of a kind."""
    which = _kind(request, kind, "secrets.edit")
    if request.method == "POST":
        changes.make_key(request.account, which, by=request.actor)
        messages.success(request, _("The key is made. Show it to copy it."))
    return redirect("settings:api", account_id=request.account.pk)


@page("account.view")
def reveal_key(request: HubRequest, kind: str) -> HttpResponse:
    """The key in plain text, on this answer only."""
    which = _kind(request, kind, "secrets.reveal")
    if request.method != "POST":
        return redirect("settings:api", account_id=request.account.pk)
    return _draw(request, {which: changes.reveal(request.account, which, by=request.actor)})


@page("account.view")
def rotate_key(request: HubRequest, kind: str) -> HttpResponse:
    """A new key; the old one works for as many days as were chosen."""
    which = _kind(request, kind, "secrets.edit")
    if request.method == "POST":
        days = _days(request.POST.get("grace", ""))
        changes.rotate(request.account, which, days, by=request.actor)
        messages.success(request, _told_of_grace(days))
    return redirect("settings:api", account_id=request.account.pk)


@page("account.view")
def end_grace(request: HubRequest, kind: str) -> HttpResponse:
    """Old keys stop now."""
    which = _kind(request, kind, "secrets.edit")
    if request.method == "POST":
        changes.end_grace(request.account, which, by=request.actor)
        messages.success(request, _("The old key no longer works."))
    return redirect("settings:api", account_id=request.account.pk)


@page("account.edit")
def set_duplicate_check(request: HubRequest) -> HttpResponse:
    """Whether `create_client` refuses somebody who is there already."""
    if request.method == "POST":
        on = request.POST.get("on") == "1"
        changes.set_duplicate_check(request.account, on, by=request.actor)
        messages.success(request, _("Clients who are there already are refused.") if on else _("No client is refused."))
    return redirect("settings:api", account_id=request.account.pk)


def _kind(request: HubRequest, kind: str, permission: str) -> Kind:
    """The kind of key that the address names, where this person may do that with it."""
    if kind not in TITLES:
        raise NotFound
    which: Kind = kind
    require(request, permission)
    if which == "access_token":
        require(request, "access_token.view")
    return which


def _draw(request: HubRequest, shown: dict[Kind, str] | None = None) -> HttpResponse:
    has_token = request.place.enterprise
    kinds: list[Kind] = ["web_key"]
    if has_token and may(request, "access_token.view"):
        kinds.append("access_token")
    users = list(reads.users_of(request.account))
    secrets = reads.secrets_of(users, request.now)
    given: dict[str, Any] = {
        "lines": [_line(request, kind, (shown or {}).get(kind, "")) for kind in kinds],
        "ask": None if has_token else _whom_to_ask(request.account),
        "users": [(user, secrets.get(user.pk, []), reads.grant_of(user)) for user in users],
        "duplicate_check": reads.checks_duplicates(request.account),
        "usual_grace": USUAL_GRACE, "longest_grace": changes.LONGEST_GRACE,
        "tabs": tabs(request, "api"),
    }  # fmt: skip
    return render(request, "web/settings/api.html", given)


def _line(request: HubRequest, kind: Kind, shown: str) -> Line:
    title, use = TITLES[kind]
    found = reads.keys_of(request.account, kind, request.now)
    current = next((row for row in found if row.ends_at is None), None)
    masked = f"{WORDS[kind]}••••••••{current.ending}" if current else ""
    return Line(kind, title, use, current, [row for row in found if row.ends_at], masked, shown)


def _whom_to_ask(account: Account) -> dict[str, str]:
    """The enterprise above, and its owner by name."""
    above = accounts.get(account.ancestor_ids[0])
    owner = people.owner_of(above)
    return {"enterprise": above.name, "owner": owner.label if owner else ""}


def _days(text: str) -> int:
    """As typed; what is no number is one that the room refuses."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def _told_of_grace(days: int) -> str:
    if not days:
        return _("The new key is in force. The old one no longer works.")
    return _("The new key is in force. The old one works for %(days)s more days.") % {"days": days}


_KEY = "a/<int:account_id>/settings/api/key/<slug:kind>"

urlpatterns = [
    path("a/<int:account_id>/settings/api", api, name="api"),
    path(f"{_KEY}/make", make_key, name="make_key"),
    path(f"{_KEY}/reveal", reveal_key, name="reveal_key"),
    path(f"{_KEY}/rotate", rotate_key, name="rotate_key"),
    path(f"{_KEY}/end", end_grace, name="end_grace"),
    path("a/<int:account_id>/settings/api/duplicates", set_duplicate_check, name="set_duplicate_check"),
]
