"""*Send it to me*: an e-mail step as it is typed at this moment, or as it stands in the draft, sent to whoever writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.core import redact
from hub.core.mail import is_address
from hub.core.outcomes import Outcome, Verdict
from hub.db.errors import Invalid, NotFound
from hub.mail import rehearsing
from hub.plans import drafting
from hub.plans.checking import PlanProblems, parse, shape
from hub.plans.drafting import StepDraft
from hub.plans.models import Plan
from hub.plans.senders import SEND
from hub.web.entry import page
from hub.web.request import HubRequest, require
from hub.web.views.plans import finding, kinds, people, step_typed
from hub.web.views.plans.finding import url


class NotYet(Exception):
    """There is nothing to send yet; the message says what to do first."""


@page("plans.view", atomic=False)
def to_me(request: HubRequest, plan_id: int) -> HttpResponse:
    """Send it, and say what became of it: in the panel, or on the page of the test."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method != "POST":
        return redirect(url("edit", plan))
    require(request, "plans.use", finding.record_of(plan))
    stored = _stored(plan, request.POST.get("key", ""))
    try:
        step = _typed(request, stored)
        ok, words = _send(request, plan, step)
    except (PlanProblems, NotYet) as trouble:
        ok, words = False, _why(trouble)
    if request.htmx:
        return render(request, "web/plans/to_me.html", {"ok": ok, "words": words})
    (messages.success if ok else messages.warning)(request, words)
    return redirect(url("test", plan, stored.key) if stored else url("edit", plan))


def _stored(plan: Plan, key: str) -> StepDraft | None:
    version = finding.draft_of(plan) or finding.ready_of(plan)
    steps = drafting.steps_of(version) if version else []
    return next((one for one in steps if str(one.key) == key), None)


def _why(trouble: PlanProblems | NotYet) -> str:
    return str(trouble) if isinstance(trouble, NotYet) else " ".join(problem.sentence for problem in trouble.problems)


def _typed(request: HubRequest, stored: StepDraft | None) -> StepDraft:
    """The step as the form holds it; without a form, as it is stored. Raises ``PlanProblems``, ``NotYet`` or a ``Problem``."""
    if "type" not in request.POST:
        if stored is None or stored.action_type != SEND:
            raise NotFound(_("This step is not in the plan any more. Somebody may have removed it."))
        return stored
    if request.POST["type"] != SEND:
        raise Invalid({"type": _("Only an e-mail can be sent to yourself.")})
    kind = kinds.kind_of(request.account, SEND)
    typed = step_typed.from_post(request.POST, kind, step_typed.key_of(request.POST.get("key", "")), stored)
    lacking = step_typed.to_fill_in(kind, typed)
    if lacking:
        raise NotYet(_("Fill in first: {fields}.").format(fields=", ".join(lacking)))
    return parse([typed.data()])[0]


def _send(request: HubRequest, plan: Plan, step: StepDraft) -> tuple[bool, str]:
    """Whether it went out, and a sentence."""
    strange = [problem.sentence for problem in shape(plan.account, [step])]
    if strange:
        return False, " ".join(strange)
    to = request.user.email.strip()
    if not is_address(to):
        return False, _("Your profile has no e-mail address to send it to. Give it one first.")
    who = people.chosen(request)
    person = who.facts.model_copy(update={"action_plan": plan.name})
    options: Mapping[str, Any] = step.options
    return _worded(rehearsing.send(request.account, options, person, to, by=request.actor), who.name)


def _worded(outcome: Outcome, name: str) -> tuple[bool, str]:
    said = redact.text(outcome.sentence())
    if outcome.verdict is not Verdict.DONE:
        return False, _("No test was sent. {why}").format(why=said)
    return True, _("{said} It says what {name} would read.").format(said=said, name=name)
