"""The author's page: troubles, steps, deliveries and imports at the press of a button, and what came of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.core import redact
from hub.db.errors import NotFound
from hub.plans.models import StepRun
from hub.web.dev import bench as benches
from hub.web.dev import firing
from hub.web.dev.bench import FAULTS, Bench
from hub.web.entry import page
from hub.web.request import HubRequest

LOOPBACK = frozenset({"127.0.0.1", "::1"})
MOST_SHOWN = 12

UNDER_WAY = frozenset({
    StepRun.State.SCHEDULED, StepRun.State.CLAIMED, StepRun.State.CALLING, StepRun.State.UNKNOWN,
})  # fmt: skip
"""States that change by themselves: while one is shown, the page looks again."""

LABELS = {
    "trouble": gettext_lazy("Trouble at the vendor"), "step": gettext_lazy("Carry out a step"),
    "delivery": gettext_lazy("Deliver a webhook"), "import": gettext_lazy("Bring records in"),
    "plugin": gettext_lazy("Your code"),
}  # fmt: skip
"""What came to something → the heading it stands under."""


@page("signed_in", account=False)
def enter(request: HubRequest) -> HttpResponse:
    """The short address leads to the page in its account."""
    return redirect("dev_page", account_id=_bench(request).account_id)


@page("account.enter")
def show(request: HubRequest) -> HttpResponse:
    """The page."""
    bench = _bench(request)
    context = {
        "bench": bench,
        "info": bench.plugin.info,
        **_to_fire(bench, request.GET.get("payload", "")),
        **_happened(bench),
    }
    return render(request, "web/dev/page.html", context)


def _to_fire(bench: Bench, chosen: str) -> dict[str, Any]:
    """What the left side offers."""
    payloads, source = bench.payloads, bench.plugin.source
    return {
        "lead": _("%(package)s, in development") % {"package": f"{source.distribution} {source.version}"},
        "faults": list(FAULTS), "waiting": [fault.name for fault in bench.simulator.waiting], "payloads": list(payloads),
        "chosen": chosen, "body": payloads.get(chosen) or next(iter(payloads.values()), ""),
    }  # fmt: skip


def _happened(bench: Bench) -> dict[str, Any]:
    """What the right side tells, and whether it is still going on."""
    runs = list(StepRun.objects.filter(account_id=bench.account_id).order_by("-created_at")[:MOST_SHOWN])
    latest = slice(None, -MOST_SHOWN - 1, -1)
    return {
        "runs": runs, "live": any(run.state in UNDER_WAY for run in runs),
        "told": [(LABELS.get(what, what), words) for what, words in bench.told], "calls": bench.simulator.calls[latest],
        "effects": [(one, redact.text(str(one.body))) for one in bench.simulator.effects[latest]],
    }  # fmt: skip


@page("account.enter", atomic=False)
def fire(request: HubRequest) -> HttpResponse:
    """Do what a button says, keep what came of it, and show the page again."""
    bench = _bench(request)
    if request.method == "POST":
        what = request.POST.get("what", "")
        bench.told.appendleft((what, redact.text(_fired(request, bench, what))))
    return redirect("dev_page", account_id=bench.account_id)


def _fired(request: HubRequest, bench: Bench, what: str) -> str:
    given = request.POST
    if what == "trouble":
        return firing.arm(bench, given.get("fault", ""), given.get("on", "any"))
    if what == "step":
        return firing.carry_out(bench, given.get("action", ""), request.actor)
    if what == "delivery" and bench.webhooks:
        return firing.deliver(bench, given.get("body", ""), given.get("how", "signed"))
    if what == "import":
        return firing.bring_in(bench, given.get("trigger", ""))
    return _("There is no such button.")


def _bench(request: HubRequest) -> Bench:
    """Raises :class:`NotFound` in every hub but an author's, and for everybody who does not sit at it."""
    found = benches.current()
    if found is None or request.ip not in LOOPBACK:
        raise NotFound(_("There is no such page."))
    return found
