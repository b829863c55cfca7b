"""What a person decides about steps that wait: one at a time, or all of a cause, counts first."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hub.db.errors import Invalid, Problem
from hub.dispatch.gate import Hold
from hub.engine import review
from hub.engine.reads import RunQuery
from hub.engine.replaying import again
from hub.plans.models import StepRun
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may, require
from hub.web.views.runs import seeing
from hub.web.views.runs.causes import ACTS, MEANINGS, Text, words_for

MOST = 5_000
"""Runs that one decision changes; what is left is decided by pressing again."""

SEND_WORD = "SEND"
"""What must be typed before something that costs money is sent a second time."""


WHY = {
    "send_again": gettext_lazy("Say why it is right to send it again; it is kept in the audit log."),
    "allow": gettext_lazy("Say why it is meant a second time; it is kept in the audit log."),
}
WHY_IT_COST = gettext_lazy("This costs money. Say how you know, or why; it is kept in the audit log.")


@page("runs.resolve")
def decide(request: HubRequest, run_id: UUID) -> HttpResponse:
    """Ask before, then do, one act on one run."""
    run = seeing.run(request, run_id)
    act = _act(request, [act for act, _label, _icon in acts_for(request, run)])
    costly = _costs(StepRun.objects.filter(pk=run.pk))
    word = SEND_WORD if act in SENDS_AGAIN and costly else ""
    if request.method != "POST":
        return render(request, "web/runs/decide.html", {"run": run, "word": word, **_question(act, 1, costly)})
    if word and request.POST.get("word", "").strip() != word:
        raise Invalid({"word": _("Type %(word)s to send it again.") % {"word": word}})
    _carry_out(request, run, act, _reason(request, act, costly))
    nudge()
    messages.success(request, _("Step “%(step)s”: %(what)s.") % {"step": run.plan_step.name, "what": _past(act)})
    return redirect("runs:page", account_id=request.account.pk, run_id=run.pk)


NEEDS = {"send_again": "runs.send_again", "allow": "runs.spend"}
"""Acts that need more than ``runs.resolve``. They are done one at a time, with a reason."""

SENDS_AGAIN = ("send_again", "allow")
"""Acts after which the contact may have the same thing twice. They always want a reason, and the word where it costs money."""

SETTLES = ("done", "not_done", "skip")
"""Acts by which a person says what became of a step. Of a step that costs money they want a reason, of many as of one."""

COSTLY = Q(costly=True) | Q(hold_reason__in=(Hold.REPEAT, Hold.BUDGET))
"""What the intent wrote down as costly, and what is held before its intent because it is."""

ONE_BY_ONE = {*NEEDS, "again"}
"""Acts that are not done to all of a cause at once. Whole windows are followed up by a replay, which knows each step's class."""


@page("runs.resolve")
def decide_many(request: HubRequest) -> HttpResponse:
    """The same for all runs of a cause. Runs that moved on meanwhile are left as they are and counted."""
    rows = _of_cause(request)
    act = _act(request, [act for act in ACTS if act not in ONE_BY_ONE])
    ids = list(rows.order_by("created_at").values_list("pk", flat=True)[:MOST])
    if request.method != "POST":
        context = {"code": request.GET.get("code", ""), "type": request.GET.get("type", ""),
                   "state": request.GET.get("state", ""), **_question(act, len(ids), _costs(rows))}  # fmt: skip
        return render(request, "web/runs/decide_many.html", context)
    reason = _reason(request, act, _costs(rows))
    decided = review.many(request.account.pk, ids, act, by=request.actor, reason=reason)
    nudge()
    done = ngettext("%(n)d step: %(what)s.", "%(n)d steps: %(what)s.", decided.changed)
    messages.success(request, done % {"n": decided.changed, "what": _past(act)})
    for sentence, number in decided.left.items():
        messages.warning(request, _("%(n)d left as they are: %(why)s") % {"n": number, "why": sentence})
    return redirect("runs:inbox", account_id=request.account.pk)


def acts_for(request: HubRequest, run: StepRun) -> list[tuple[str, Text, str]]:
    """What this person may do with this run now: act, label, icon."""
    if not may(request, "runs.resolve"):
        return []
    return [(act, *ACTS[act]) for act in _possible(run) if act not in NEEDS or may(request, NEEDS[act])]


def _possible(run: StepRun) -> tuple[str, ...]:
    if run.state == StepRun.State.FAILED:
        settled = {"retried": (), "left": ("retry",)}
        return settled.get(run.hold_reason, ("retry", "leave"))
    if run.state == StepRun.State.DONE:
        return () if run.hold_reason == review.RETRIED else ("send_again",)
    if run.state == StepRun.State.UNKNOWN:
        return ("done", "not_done")
    if run.state == StepRun.State.SCHEDULED:
        return ("skip",)
    if run.state not in (StepRun.State.REVIEW, StepRun.State.HELD):
        return ()
    acts = words_for(run.hold_reason).acts
    never = {"retry" if run.open_attempts else "", "" if again.can_follow_up(run) else "again"}
    return tuple(act for act in acts if act not in never)


def _carry_out(request: HubRequest, run: StepRun, act: str, reason: str) -> None:
    account_id, by = request.account.pk, request.actor
    if act == "send_again":
        require(request, "runs.send_again")
        review.send_again(account_id, run.pk, reason, by=by)
    elif act == "again":
        again.again(account_id, run.pk, by=by)
    elif act == "allow":
        require(request, "runs.spend")
        review.allow(account_id, run.pk, reason, by=by)
    else:
        review.one(account_id, run.pk, act, by=by, reason=reason)


def _costs(rows: QuerySet[StepRun]) -> bool:
    return rows.filter(COSTLY).exists()


def _reason(request: HubRequest, act: str, costly: bool) -> str:
    reason: str = request.POST.get("reason", "")[:2000]
    if _wants_reason(act, costly) and not reason.strip():
        raise Invalid({"reason": str(WHY.get(act, WHY_IT_COST))})
    return reason


def _wants_reason(act: str, costly: bool) -> bool:
    return act in SENDS_AGAIN or (act in SETTLES and costly)


def _act(request: HubRequest, allowed: list[str]) -> str:
    act = request.POST.get("act") or request.GET.get("act", "")
    if act not in allowed:
        raise Problem(
            _("This cannot be done with the step as it stands now."), next=_("Go back and load the page again.")
        )
    return act


def _of_cause(request: HubRequest) -> QuerySet[StepRun]:
    """The runs of one group of the inbox that this person may see."""
    given = request.POST if request.method == "POST" else request.GET
    state = given.get("state", "")
    states = (state,) if state in (StepRun.State.REVIEW, StepRun.State.HELD, StepRun.State.FAILED) else ()
    query = RunQuery(states=states, code=given.get("code", "")[:60], action_type=given.get("type", "")[:100])
    rows = seeing.runs(request, query)
    return rows if states else rows.none()


def _question(act: str, number: int, costly: bool) -> dict[str, object]:
    label, icon = ACTS[act]
    return {"act": act, "label": label, "icon": icon, "meaning": MEANINGS[act], "number": number,
            "asks_reason": act in (*SENDS_AGAIN, *SETTLES), "wants_reason": _wants_reason(act, costly)}  # fmt: skip


def _past(act: str) -> str:
    return {
        "retry": _("scheduled again"), "again": _("followed up"), "skip": _("skipped"), "done": _("noted as done"),
        "not_done": _("noted as not done"), "send_again": _("scheduled to be sent again"), "run_now": _("starts now"),
        "leave": _("left as failed"), "allow": _("scheduled to be sent all the same"),
    }[act]  # fmt: skip
