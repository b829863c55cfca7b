"""A plan for one contact on a virtual clock: the whole plan on a page of its own, and one step while it is typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from hub.accounts import calendars
from hub.db.errors import NotFound
from hub.mail.plain import text_of
from hub.plans import arrival, drafting, moments, preview, rules, sleeping, whereabouts
from hub.plans.checking import PlanProblems, parse, shape
from hub.plans.drafting import StepDraft
from hub.plans.endings import Ending
from hub.plans.models import Plan, PlanVersion
from hub.plans.preview import StepPreview
from hub.plans.readable import Line
from hub.plans.zones import on_the_clock, zone_of
from hub.web.design.links import Choice, Link
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.plans import choices, finding, kinds, people, step_form, step_typed, supposing
from hub.web.views.plans.finding import url
from hub.web.views.plans.kinds import Kind

CLOCK = "%Y-%m-%dT%H:%M"
"""How a browser writes a date and time."""


@dataclass(frozen=True)
class Shown:
    """One step of the preview with its looks, values of lists told by their labels."""

    number: int
    step: StepPreview
    kind: Kind

    @property
    def when(self) -> str:
        return self.step.timing[:1].upper() + self.step.timing[1:]


@page("plans.view")
def preview_page(request: HubRequest, plan_id: int) -> HttpResponse:
    """The whole plan for one contact, from a moment one chooses."""
    plan = finding.find(request, plan_id)
    version = _version(request, plan)
    if version is None:
        return redirect(url("page", plan))
    if request.GET.get("contact"):
        people.choose(request, request.GET["contact"])
    who = people.chosen(request)
    start, trouble = _start(request, plan)
    asked = supposing.asked(drafting.steps_of(version), request.GET)
    return render(request, "web/plans/preview.html", {
        "plan": plan, "version": version, "who": who, "start": start,
        "start_typed": start.astimezone(_zone(plan)).strftime(CLOCK),
        "trouble": trouble, "trail": finding.trail(plan, Link(_("Preview"), "")),
        "versions": [each for each in (finding.ready_of(plan), finding.draft_of(plan)) if each],
        "here": quote(request.get_full_path(), safe=""), "asked": asked,
        **_played(request, plan, version, who, start, supposing.supposed(asked)),
    })  # fmt: skip


def _played(
    request: HubRequest,
    plan: Plan,
    version: PlanVersion,
    who: people.Somebody,
    start: datetime,
    supposed: Mapping[str, Ending],
) -> dict[str, Any]:
    if who.row is not None:
        whole = preview.of(version, who.row, start, supposed=supposed)
        steps, problems, ends = whole.steps, whole.problems, whole.ends_at
    else:
        drafts = drafting.steps_of(version)
        steps = preview.of_drafts(plan.account, who.facts, drafts, start, **_setting(plan, version), supposed=supposed)
        problems, ends = (), preview.ends_at(steps, start)
    known = kinds.kinds_of(plan.account, [step.action_type for step in steps])
    shown = [_shown(request, n, step, known[step.action_type]) for n, step in enumerate(steps, 1)]
    return {
        "steps": shown, "problems": problems, "ends": ends, "troubles": sum(not one.ok for one in steps),
        "clock": _whose_clock(plan, version, who),
    }  # fmt: skip


def _whose_clock(plan: Plan, version: PlanVersion, who: people.Somebody) -> str:
    """A sentence on the contact's clock, where times depend on it."""
    if not moments.asks_who(None, rules.read(version.rules), calendars.of(plan.account)):
        return ""
    zone = whereabouts.of_facts(who.facts).zone
    if zone is None:
        return _("It is not known in which time zone {name} is, so the account's counts.").format(name=who.name)
    return _("{name}'s time zone is taken to be {zone}. Times are shown in the account's.").format(
        name=who.name, zone=zone.key
    )


def _setting(plan: Plan, version: PlanVersion) -> dict[str, Any]:
    """What holds for every step: the version's rules, and when the plan sleeps."""
    return {"rules": rules.read(version.rules), "sleeps": sleeping.read(plan.sleeps)}


def _shown(request: HubRequest, number: int, step: StepPreview, kind: Kind) -> Shown:
    return Shown(number, replace(step, fields=tuple(labelled(request, kind, step.fields))), kind)


def labelled(request: HubRequest, kind: Kind, fields: tuple[Line, ...]) -> list[Line]:
    """Fields without the empty ones, with the names of what was chosen from lists instead of ids."""
    specs = {spec.name: spec for spec in kind.action.fields} if kind.action else {}
    names = kinds.labels(kind)
    told = []
    for one in fields:
        spec = specs.get(one.name)
        if not one.text:
            continue
        if spec and spec.kind == "choice":
            names[one.name] = dict(choices.of(request, spec.source))
        if spec and spec.kind == "rich":
            one = replace(one, text=text_of(one.text))
        if spec and spec.kind == "choices":
            known = dict(choices.of(request, spec.source))
            one = replace(one, text="\n".join(known.get(line, line) for line in one.text.splitlines()))
        label = names.get(one.name, {}).get(one.text, "")
        told.append(replace(one, text=f"{label} ({one.text})" if label else one.text))
    return told


# --- one step while it is typed -----------------------------------------------------------------------------------


@page("plans.view")
def try_step(request: HubRequest, plan_id: int) -> HttpResponse:
    """What the step in the panel would do for the chosen contact, as it is typed at this moment. Nothing is kept."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method != "POST":
        return redirect(url("edit", plan))
    kind = kinds.kind_of(request.account, request.POST.get("type", "")[:100])
    draft = finding.need_draft(plan)
    stored = next((one for one in drafting.steps_of(draft) if str(one.key) == request.POST.get("key")), None)
    typed = step_typed.from_post(request.POST, kind, step_typed.key_of(request.POST.get("key", "")), stored)
    given: dict[str, Any] = {"plan": plan, "kind": kind, "who": people.chosen(request)}
    given["back"] = url("step", plan, stored.key) if stored else url("edit", plan)
    try:
        step = parse([typed.data()])[0]
    except PlanProblems as trouble:
        lines = [f"{problem.sentence}" for problem in trouble.problems]
        return render(request, "web/plans/step_live.html", given | {"unfinished": lines})
    given["to_fill"] = step_typed.to_fill_in(kind, typed)
    return render(request, "web/plans/step_live.html", given | _tried(request, plan, kind, draft, step))


def _tried(request: HubRequest, plan: Plan, kind: Kind, draft: PlanVersion, step: StepDraft) -> dict[str, Any]:
    who = people.chosen(request)
    before = _before(draft, step, request.POST.get("at", ""))
    played = preview.of_drafts(plan.account, who.facts, [*before, step], request.now, **_setting(plan, draft))[-1]
    strangers = [problem.sentence for problem in shape(plan.account, [step])]
    warnings = () if strangers else played.warnings  # an unknown token is empty, too; it is told once
    shown = replace(played, fields=tuple(labelled(request, kind, played.fields)), warnings=warnings)
    return {
        "step": shown,
        "words": shown.timing,
        "strangers": strangers,
        "window": arrival.window(played.runs_at, kind.lead, _zone(plan), calendars.of(plan.account).is_working_day),
    }


def _before(draft: PlanVersion, step: StepDraft, at: str) -> list[StepDraft]:
    """The steps in front of this one, or of the place where it will stand."""
    steps = drafting.steps_of(draft)
    keys = [one.key for one in steps]
    return steps[: keys.index(step.key) if step.key in keys else step_typed.place_of(at, len(steps))]


# --- for whom, and from when --------------------------------------------------------------------------------------


@page("plans.view")
def choose_contact(request: HubRequest, plan_id: int) -> HttpResponse:
    """Search for the contact that previews are drawn for; choosing one goes back to where one came from."""
    plan = finding.find(request, plan_id)
    back = _back(request, plan)
    if request.method == "POST":
        people.choose(request, request.POST.get("contact", ""))
        return redirect(back)
    search = request.GET.get("q", "")[:200]
    given = {"plan": plan, "found": people.search(request, search), "query": search, "next": back}
    given["keep"] = [Choice("next", back)]
    trail = finding.trail(plan, Link(_("Choose a contact"), ""))
    return render(request, "web/plans/choose_contact.html", given | {"trail": trail})


def _back(request: HubRequest, plan: Plan) -> str:
    given = request.POST.get("next") or request.GET.get("next") or ""
    mine = url_has_allowed_host_and_scheme(given, allowed_hosts=None) and given.startswith(url("page", plan))
    return given if mine else url("preview", plan)


@page("plans.view")
def live_field(request: HubRequest, plan_id: int) -> HttpResponse:
    """One field whose list comes from the vendor, drawn anew. It may take as long as the vendor takes, so it is a GET."""
    plan = finding.find_for_editing(request, plan_id)
    kind = kinds.kind_of(request.account, request.GET.get("type", "")[:100])
    name = request.GET.get("field", "")
    value = request.GET.get(step_typed.PREFIX + name, "")
    form = step_form.one_field(request, plan, kind, name, value, request.GET.get("refresh") == "1")
    if form is None:
        raise NotFound
    return render(request, "web/plans/live_field.html", {"bound": form[name]})


def _version(request: HubRequest, plan: Plan) -> PlanVersion | None:
    ready, draft = finding.ready_of(plan), finding.draft_of(plan)
    return draft if (request.GET.get("version") == "draft" and draft) or ready is None else ready


def _start(request: HubRequest, plan: Plan) -> tuple[datetime, str]:
    """When the contact is taken to start, and why that is not what was typed."""
    typed = request.GET.get("start", "")
    if not typed:
        return request.now, ""
    try:
        moment = datetime.strptime(typed[:16], CLOCK)
    except ValueError:
        return request.now, _("This is not a date and time; the plan starts now instead.")
    if not calendars.FIRST_YEAR <= moment.year <= calendars.LAST_YEAR:
        return request.now, _("This date is too far away; the plan starts now instead.")
    return on_the_clock(moment.date(), moment.time(), _zone(plan)), ""


def _zone(plan: Plan) -> Any:
    return zone_of(plan.account.time_zone)
