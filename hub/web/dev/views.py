"""The author's page: troubles, steps, deliveries and imports at the press of a button, and what came of them."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

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


@page("signed_in", account=False)
def enter(request: HubRequest) -> HttpResponse:
    """The short address leads to the page in its account."""
    return redirect("dev_page", account_id=_bench(request).account_id)


@page("account.enter")
def show(request: HubRequest) -> HttpResponse:
    """The page."""
    bench = _bench(request)
    runs = StepRun.objects.filter(account_id=bench.account_id).select_related("plan_step").order_by("-created_at")
    payloads = bench.payloads
    chosen = request.GET.get("payload", "")
    source, simulator = bench.plugin.source, bench.simulator
    context = {
        "bench": bench, "info": bench.plugin.info, "lead": f"{source.distribution} {source.version}, in development",
        "faults": list(FAULTS), "waiting": [fault.name for fault in simulator.waiting], "payloads": list(payloads),
        "chosen": chosen, "body": payloads.get(chosen) or next(iter(payloads.values()), ""), "runs": runs[:MOST_SHOWN],
        "calls": simulator.calls[: -MOST_SHOWN - 1 : -1], "told": list(bench.told),
        "effects": [(one, redact.text(str(one.body))) for one in simulator.effects[: -MOST_SHOWN - 1 : -1]],
    }  # fmt: skip
    return render(request, "web/dev/page.html", context)


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
    return "There is no such button."


def _bench(request: HubRequest) -> Bench:
    """Raises :class:`NotFound` in every hub but an author's, and for everybody who does not sit at it."""
    found = benches.current()
    if found is None or request.ip not in LOOPBACK:
        raise NotFound("There is no such page.")
    return found
