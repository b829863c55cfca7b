"""Where to go after signing in, choosing among accounts, the switcher's search, and the way back from acting as another."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from hub.accounts import reads as places
from hub.accounts.models import Account
from hub.users import guard
from hub.users import reads as people
from hub.users.declare import SIGNED_IN
from hub.users.explain import NO_PAGES
from hub.web import acting, context
from hub.web.entry import ACCOUNT_KEY, page
from hub.web.request import HubRequest

LOOKED_AT = 2
"""To know whether there are several accounts it is enough to fetch two."""


@page(SIGNED_IN, account=False)
def home(request: HubRequest) -> HttpResponse:
    """The account looked at last, the only one, or the choice."""
    reachable = people.reachable_accounts(request.principal, request.now)
    last = request.session.get(ACCOUNT_KEY)
    if last and reachable.filter(pk=last).exists() and _may_enter(request, last):
        return redirect(_landing(request, last))
    found: list[Account] = list(reachable[:LOOKED_AT])
    if not found:
        return no_pages(request, NO_PAGES)
    return redirect(_landing(request, found[0].pk)) if len(found) == 1 else redirect("choose_account")


@page(SIGNED_IN, account=False)
def choose_account(request: HubRequest) -> HttpResponse:
    """Every account within reach, as a tree, with a search."""
    query = request.GET.get("q", "").strip()
    nodes = context.nodes(request, query)
    return render(request, "web/accounts/choose.html", {"nodes": nodes, "query": query})


@page("account.enter")
def account_tree(request: HubRequest) -> HttpResponse:
    """The switcher's search, as a partial; for a browser without scripts the page that says the same."""
    query = request.GET.get("q", "").strip()
    if not request.htmx:
        return redirect(f"{reverse('choose_account')}?{urlencode({'q': query})}")
    nodes = context.nodes(request, query)
    return render(request, "web/components/tree.html", {"accounts": nodes})


@page(SIGNED_IN, account=False, stale_password=True)
def stop_acting(request: HubRequest) -> HttpResponse:
    """Be oneself again, where it began."""
    if request.method != "POST":
        return redirect("home")
    began = acting.stop(request.session, by=request.actor)
    if began is None:
        return redirect("home")
    messages.success(request, _("You are yourself again."))
    return redirect("settings:user", account_id=began[0], user_id=began[1])


def _may_enter(request: HubRequest, account_id: int) -> bool:
    """An account that was locked meanwhile would only send them back to the start."""
    return guard.may(request.principal, "account.enter", places.place(account_id), via=request.via)


def _landing(request: HubRequest, account_id: int) -> str:
    """The page this person wants to see first, if they may open it here; else the dashboard."""
    wanted = request.user.landing_page
    for key, name, permission in context.PLACES:
        if key == wanted and guard.may(request.principal, permission, places.place(account_id), via=request.via):
            return context.url(name, account_id) or reverse("dashboard", args=[account_id])
    return reverse("dashboard", args=[account_id])


def no_pages(request: HubRequest, explanation: str) -> HttpResponse:
    """Signed in, and nothing to open: said once, instead of sending anybody in circles."""
    told = {"sentence": _("No page has been granted to you"), "explanation": explanation}
    return render(request, "web/accounts/no_pages.html", told, status=403)


urlpatterns = [
    path("", home, name="home"),
    path("accounts", choose_account, name="choose_account"),
    path("a/<int:account_id>/accounts", account_tree, name="account_tree"),
    path("acting/stop", stop_acting, name="stop_acting"),
]
