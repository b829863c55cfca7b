"""Clone mapping to sub-accounts: what it would do in each, then all of it at once; and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.accounts import reads as tree
from hub.accounts.models import Account
from hub.addons.catalog import Entry
from hub.addons.mappings import passing_on, reads
from hub.addons.mappings.cloning import Choice, Preview
from hub.addons.mappings.passing_on import Undoing
from hub.db.errors import Conflict, Problem
from hub.db.scoping import id_in
from hub.users import guard
from hub.users import reads as users
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.addons import finding
from hub.web.views.addons.tabs import tabs

CHANGING = "addons.edit"
"""What a person needs in the account above, and in each account that gets the mappings."""


@page(CHANGING)
def pass_on(request: HubRequest, addon: str) -> HttpResponse:
    """The preview; and, posted, the deed."""
    found = finding.entry(request, addon)
    reach = "subtree" if (request.POST or request.GET).get("reach") == "subtree" else "children"
    rows, left_out = _beneath(request, reach)
    if request.method != "POST":
        return _preview(request, found, reach, rows, left_out)
    try:
        clone = passing_on.pass_on(
            request.account, found.manifest, rows, _refuses(request),
            choices=_choices(request, rows), seen=request.POST.get("seen", ""), by=request.actor,
        )  # fmt: skip
    except Conflict as conflict:
        return _preview(request, found, reach, rows, left_out, conflict=str(conflict), status=409)
    if clone is None:
        messages.info(request, _("There was nothing to do: these accounts have all that they can have."))
    else:
        words = ngettext(
            "The mapping is now in %(n)d account. You can take that back here as a whole.",
            "The mapping is now in %(n)d accounts. You can take that back here as a whole.",
            len(clone.done),
        )
        messages.success(request, words % {"n": len(clone.done)})
    return redirect("addons:mappings", account_id=request.account.pk, addon=addon)


@page(CHANGING)
def take_back(request: HubRequest, addon: str) -> HttpResponse:
    """What taking the last one back would do; and, posted, the deed."""
    found = finding.entry(request, addon)
    if request.method != "POST":
        clone = reads.last_clone(request.account, addon)
        done = passing_on.undoing(clone) if clone else []
        context = {"entry": found, "clone": clone, "accounts": done, "stays": _stay(done), "goes": _go(done)}
        return render(request, "web/addons/mappings_take_back.html", context)
    clone_id = id_in(request.POST.get("clone", "")) or 0
    done = passing_on.undo(request.account, addon, clone_id, _refuses(request), by=request.actor)
    words = _("Taken back as a whole.")
    if stays := _stay(done):
        told = ngettext(
            "Taken back. %(n)d row stays, because somebody has changed it since.",
            "Taken back. %(n)d rows stay, because somebody has changed them since.", stays,
        )  # fmt: skip
        words = told % {"n": stays}
    messages.success(request, words)
    return redirect("addons:mappings", account_id=request.account.pk, addon=addon)


def _preview(
    request: HubRequest,
    found: Entry,
    reach: str,
    rows: list[Account],
    left_out: int,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    problem = ""
    try:
        seen = passing_on.preview(request.account, found.manifest, rows, _refuses(request))
    except Problem as refused:
        seen, problem = Preview(), refused.sentence
    lines = reads.lines(request.account, found.manifest.name)
    context = {
        "entry": found, "manifest": found.manifest, "state": finding.code(found), "reach": reach, "preview": seen,
        "left_out": left_out, "conflict": conflict, "problem": problem, "lines": lines,
        "tabs": tabs(request, found.manifest, "mappings"), "deeper": _is_deeper(request.account),
    }  # fmt: skip
    return render(request, "web/addons/mappings_pass_on.html", context, status=status)


def _beneath(request: HubRequest, reach: str) -> tuple[list[Account], int]:
    """The accounts beneath that this person reaches, parents first; and how many there are that they do not."""
    account = request.account
    all_ = tree.children(account) if reach == "children" else tree.subtree(account).exclude(pk=account.pk)
    ids = list(all_.values_list("pk", flat=True))
    reached = list(users.reachable_accounts(request.principal, request.now).filter(pk__in=ids))
    return reached, len(ids) - len(reached)


def _is_deeper(account: Account) -> bool:
    """Whether there is anything beneath the accounts directly beneath."""
    return tree.subtree(account).filter(depth__gt=account.depth + 1).exists()


def _refuses(request: HubRequest) -> Callable[[Account], str]:
    """Why this person may not change mappings in an account; the nine checks are asked for each."""

    def why(account: Account) -> str:
        try:
            guard.check(request.principal, "account.enter", account, via=request.via)
            guard.check(request.principal, CHANGING, account, via=request.via)
        except Problem as refused:
            return refused.sentence
        return ""

    return why


def _choices(request: HubRequest, rows: list[Account]) -> dict[int, Choice]:
    """What happens in each account's conflicts: the same everywhere, or as chosen for each."""
    for_all = request.POST.get("all", "")
    return {row.pk: _choice(for_all or request.POST.get(f"choice-{row.pk}", "")) for row in rows}


def _choice(word: Any) -> Choice:
    return "take" if word == "take" else "keep"


def _stay(done: list[Undoing]) -> int:
    return sum(one.stays for one in done)


def _go(done: list[Undoing]) -> int:
    return sum(len(one.goes) for one in done)
