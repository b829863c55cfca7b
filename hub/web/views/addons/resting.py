"""A connection that is given a rest because its vendor does not answer properly: a person may have it tried at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hub.engine.guards import probing
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.addons import finding


@page("addons.edit")
def try_now(request: HubRequest, addon: str) -> HttpResponse:
    """The next probe goes within seconds instead of at its time."""
    finding.entry(request, addon)
    if request.method == "POST":
        hurried = probing.try_now(request.account.pk, addon)
        messages.success(
            request, _("It is tried within seconds.") if hurried else _("The connection does not rest any more.")
        )
    return redirect("addons:page", account_id=request.account.pk, addon=addon)
