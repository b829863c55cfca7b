"""Test this step: one step of the plan is sent to one contact, now, as often as one likes, and nobody is put on the plan.

It goes through the engine like every other step (:mod:`hub.plans.lone`), so what works here works in the plan. The first page
shows for whom, what would be sent and what stands in the way, and asks plainly where money may be spent; the second shows what
became of it while one looks.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.addons import installed
from hub.contacts import reads as contacts
from hub.db.errors import Conflict, Invalid, NotFound
from hub.engine import reads, review
from hub.plans import drafting, lateness, lone, preview
from hub.plans.checking import shape
from hub.plans.drafting import StepDraft
from hub.plans.models import Plan, PlanKind, StepRun
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may, require
from hub.web.views.plans import finding, kinds, people
from hub.web.views.plans.finding import url
from hub.web.views.plans.kinds import Kind
from hub.web.views.plans.previewing import labelled
from hub.web.views.runs import seeing
from hub.web.views.runs.causes import words_for

State = StepRun.State
TONES = {State.DONE: "success", State.FAILED: "danger", State.HELD: "warning", State.REVIEW: "warning"}


@page("plans.view")
def test(request: HubRequest, plan_id: int, key: UUID) -> HttpResponse:
    """For whom, and what would be sent; or send it."""
    plan = finding.find_for_editing(request, plan_id)
    step = _step(plan, key)
    kind = kinds.kind_of(request.account, step.action_type)
    if not kind.can_be_tried:
        raise Conflict(
            _("This step sends nothing to anybody outside, so there is nothing to test."),
            next=_("Its live preview shows what it would do."),
        )
    if request.method == "POST":
        return redirect(url("tested", plan, key, _send(request, plan, step, kind)))
    who = people.chosen(request)
    played = _played(request, plan, step, kind, who)
    return render(request, "web/plans/test.html", {
        "plan": plan, "one": step, "kind": kind, "who": who, "step": replace(played, problems=()),
        "stops": list(dict.fromkeys(_stops(request, plan, step, who, played))), "costs": _may_cost(step),
        "may_send": may(request, "plans.use", finding.record_of(plan)), "token": secrets.token_urlsafe(18),
        "here": quote(request.get_full_path(), safe=""), "trail": _trail(plan, key, step.name),
    })  # fmt: skip


@page("plans.view")
def tested(request: HubRequest, plan_id: int, key: UUID, run_id: UUID) -> HttpResponse:
    """What became of a test, drawn anew while it is under way; or stop one that waits."""
    plan = finding.find_for_editing(request, plan_id)
    run = seeing.run(request, run_id)
    if run.kind != PlanKind.TEST or run.plan_step.key != key:
        raise NotFound
    if request.method == "POST":
        require(request, "plans.use", finding.record_of(plan))
        review.skip(request.account.pk, run.pk, by=request.actor, reason=_("The test was stopped."))
        return redirect(url("tested", plan, key, run.pk))
    held = run.state in (State.HELD, State.REVIEW)
    return render(request, "web/plans/tested.html", {
        "plan": plan, "run": run, "kind": kinds.kind_of(request.account, run.action_type),
        "name": contacts.labels(request.account, request.viewer, {run.contact_id}).get(run.contact_id, ""),
        "said": _said(run), "attempts": reads.attempts(run.pk), "words": words_for(run.hold_reason, run.addon) if held else None,
        "live": run.closed_at is None and run.state != State.REVIEW, "waits": run.state in (State.HELD, State.SCHEDULED),
        "tone": TONES.get(State(run.state), "info"), "trail": _trail(plan, key, run.plan_step.name),
    })  # fmt: skip


def _step(plan: Plan, key: UUID) -> StepDraft:
    """The step as it stands in the draft; without a draft, as new contacts get it."""
    version = finding.draft_of(plan) or finding.ready_of(plan)
    found = next((step for step in drafting.steps_of(version) if step.key == key), None) if version else None
    if found is None:
        raise NotFound(_("This step is not in the plan any more. Somebody may have removed it."))
    return found


def _played(request: HubRequest, plan: Plan, step: StepDraft, kind: Kind, who: people.Somebody) -> preview.StepPreview:
    person = who.facts.model_copy(update={"action_plan": plan.name})
    played = preview.of_drafts(plan.account, person, [lone.bare(step, PlanKind.TEST)], request.now)[0]
    return replace(played, fields=tuple(labelled(request, kind, played.fields)))


def _stops(
    request: HubRequest, plan: Plan, step: StepDraft, who: people.Somebody, played: preview.StepPreview
) -> Iterator[str]:
    """Sentences for what stands in the way."""
    if who.row is None:
        yield _("Choose a contact: a test is really sent, so it cannot go to a made-up one.")
    elif who.row.archived_at is not None:
        yield _("The contact is archived, so nothing is sent.")
    if request.place.paused:
        yield _("The account is paused. An admin can set it active.")
    if played.skips:
        yield _("It would be passed over: {why}").format(why=played.skips)
    yield from played.problems
    yield from (problem.sentence for problem in shape(plan.account, [step]))


def _may_cost(step: StepDraft) -> bool:
    return lateness.may_cost(installed.registry().claim(step.action_type))


def _send(request: HubRequest, plan: Plan, step: StepDraft, kind: Kind) -> UUID:
    """Start the test; the same form posted twice starts one. Raises ``Refused``, ``Invalid`` or ``Conflict``."""
    require(request, "plans.use", finding.record_of(plan))
    row = people.choose(request, request.POST.get("contact", ""))
    if _may_cost(step) and request.POST.get("sure") != "1":
        raise Invalid({"sure": _("Say that it may be paid for. Nothing was sent.")})
    who = people.chosen(request)
    for why in _stops(request, plan, step, who, _played(request, plan, step, kind, who)):
        raise Conflict(why, next=_("Nothing was sent. Mend it and test again."), code="test_not_sent")
    given = request.POST.get("token", "")
    token = f"{request.user.pk}-{given}"[:50] if given else ""
    run_id = lone.start(
        request.account, step, row.pk, kind=PlanKind.TEST, plan_name=plan.name, by=request.actor, now=request.now,
        token=token,
    )  # fmt: skip
    nudge()
    return run_id


def _said(run: StepRun) -> str:
    """The outcome's own words, or why it waits."""
    kept = run.result if isinstance(run.result, dict) else {}
    return run.hold_detail or str(kept.get("text", ""))


def _trail(plan: Plan, key: UUID, name: str) -> list[Link]:
    return finding.trail(plan, Link(name, url("step", plan, key)), Link(_("Test"), ""))
