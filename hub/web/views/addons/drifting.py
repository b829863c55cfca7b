"""What the vendor changed: whoever looks after the plugins sees it on the add-on's page, and sets aside what is known."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hub.addons import drift
from hub.addons.models import Drift
from hub.core.manifest import Manifest as Frozen
from hub.db.errors import NotFound
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.addons import finding

Items = list[tuple[Drift, str]]


def items(request: HubRequest, manifest: Frozen) -> tuple[Items, Items]:
    """The items with their sentences, for those who set the add-on up or see how the installation is doing: of answers, and of
    the plugin's own process."""
    if not (may(request, "addons.edit") or may(request, "platform.view")):
        return [], []
    found = [(item, drift.sentence(item)) for item in drift.waiting(request.account, manifest.name, manifest.version)]
    ends = [pair for pair in found if pair[0].kind in drift.ENDS]
    return [pair for pair in found if pair not in ends], ends


@page("addons.edit")
def seen(request: HubRequest, addon: str) -> HttpResponse:
    """Set items aside, in this account."""
    finding.entry(request, addon)
    if request.method == "POST":
        drift.dismiss(request.account, addon, _ids(request), by=request.actor)
        messages.success(
            request, _("Set aside. It comes back if a new version of the plugin does not declare it either.")
        )
    return redirect("addons:page", account_id=request.account.pk, addon=addon)


def _ids(request: HubRequest) -> list[int]:
    given = request.POST.getlist("item")[: drift.MOST]
    if not all(word.isascii() and word.isdigit() and len(word) < 19 for word in given):
        raise NotFound(_("There is no such item."))
    return [int(word) for word in given]
