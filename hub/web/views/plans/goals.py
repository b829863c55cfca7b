"""What ends a draft's plan early for a contact, and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from hub.plans import named, rules
from hub.plans.models import Plan, PlanVersion
from hub.plans.rules import MOST_STOPS, PlanRules, StopRule
from hub.web.design.links import Link
from hub.web.design.widgets import SearchSelect
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.plans import choices, draft_rules, finding
from hub.web.views.plans.finding import url
from hub.web.views.plans.step_fields import Drawn

KINDS = (
    ("", gettext_lazy("Nothing")),
    ("tag", gettext_lazy("has the tag")),
    ("sales_cycle", gettext_lazy("is at the stage")),
    ("field", gettext_lazy("has in the field")),
)
EMPTY_ROWS = 2

MAIL = ("on_reply", "on_auto_reply", "on_bounce")
"""What of an e-mail may end a plan: boxes to be ticked."""

Row = dict[str, str]


class StopRows(forms.Widget):
    """Rows of a condition and whether it is a goal, posted as ``stops.kind``, ``stops.name``, ``stops.value``, ``stops.goal``."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self.names = names

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows = [*(value or ()), *({"kind": "", "name": "", "value": "", "goal": "1"} for _row in range(EMPTY_ROWS))]
        given = {
            "name": name,
            "rows": rows[:MOST_STOPS],
            "kinds": KINDS,
            "known": self.names,
            "id": (attrs or {}).get("id", ""),
        }
        return render_to_string("web/plans/stop_rows.html", given)

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-1" if id_ else id_


@page("plans.view")
def goals(request: HubRequest, plan_id: int) -> HttpResponse:
    """Show and save them. What another tab saved meanwhile is shown and not overwritten unasked."""
    plan, draft = draft_rules.opened(request, plan_id)
    if draft is None:
        return redirect(url("edit", plan))
    if request.method == "POST":
        return _save(request, plan, draft)
    said = rules.read(draft.rules)
    return _draw(request, plan, draft, [_row(rule) for rule in said.stops], str(said.next_plan or ""), _ticked(said))


def _save(request: HubRequest, plan: Plan, draft: PlanVersion) -> HttpResponse:
    rows, after = _posted(request.POST), request.POST.get("next_plan", "").strip()[:19]
    stored = rules.read(draft.rules)
    mail = {name: name in request.POST for name in MAIL} if "mail" in request.POST else _ticked(stored)
    offered = {value for value, _label in _plans(request, stored)}
    found, wrong = _read(rows)
    errors = {"stops": wrong} if wrong else {}
    if after and after not in offered:
        errors["next_plan"] = _("Choose a plan from the list.")
    if errors:
        return _draw(request, plan, draft, rows, after, mail, errors=errors, status=422)
    said = stored.model_copy(update={"stops": found, "next_plan": int(after) if after else None, **mail})
    if draft_rules.changed_elsewhere(request, stored, said):
        return _draw(request, plan, draft, rows, after, mail, conflict=rules.words(stored), status=409)
    return draft_rules.kept(request, draft, said, _("Goals and the next plan are saved in the draft."))


def _ticked(said: PlanRules) -> dict[str, bool]:
    return {name: getattr(said, name) for name in MAIL}


def _row(rule: StopRule) -> Row:
    goal = "1" if rule.goal else ""
    return {"kind": rule.when.kind, "name": rule.when.name, "value": getattr(rule.when, "value", ""), "goal": goal}


def _posted(post: Any) -> list[Row]:
    columns = [
        [text.strip()[:300] for text in post.getlist(f"stops.{name}")] for name in ("kind", "name", "value", "goal")
    ]
    rows = [dict(zip(("kind", "name", "value", "goal"), row, strict=True)) for row in zip(*columns, strict=False)]
    return [row for row in rows if row["kind"] or row["name"] or row["value"]][:MOST_STOPS]


def _read(rows: Sequence[Row]) -> tuple[tuple[StopRule, ...], str]:
    found: list[StopRule] = []
    for number, row in enumerate(rows, 1):
        when = {"kind": row["kind"], "name": row["name"]} | ({"value": row["value"]} if row["kind"] == "field" else {})
        try:
            found.append(StopRule.model_validate({"when": when, "goal": row["goal"] == "1"}))
        except ValidationError:
            return (), _("Row {n}: choose what is looked at, and enter its name.").format(n=number)
    return tuple(found), ""


def _draw(
    request: HubRequest, plan: Plan, draft: PlanVersion, rows: Sequence[Row], after: str,
    mail: dict[str, bool], *, errors: dict[str, str] | None = None, conflict: Any = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    fields: dict[str, forms.Field] = {
        "stops": forms.Field(
            label=_("The plan ends for a contact who"), required=False, widget=StopRows(named.known(plan.account)),
            help_text=_("Looked at before each step starts. Rows without a name are left out."),
        ),
        "on_reply": forms.BooleanField(label=_("It ends when the contact answers an e-mail of it"), required=False),
        "on_auto_reply": forms.BooleanField(
            label=_("It ends when their mail program answers by itself"), required=False,
            help_text=_("Out of office and the like. Mostly the contact is back before the plan is over."),
        ),
        "on_bounce": forms.BooleanField(label=_("It ends when an e-mail of it cannot be delivered"), required=False),
        "next_plan": forms.CharField(
            label=_("Afterwards"), required=False,
            widget=SearchSelect(choices=[("", _("Nothing: the plan is over")), *_plans(request, rules.read(draft.rules))]),
            help_text=_("Whoever came to the end of this plan is put on that one. Whoever was stopped is not."),
        ),
    }  # fmt: skip
    form = Drawn(fields, {"stops": rows, "next_plan": after, **mail}, errors or {})
    form.mostly_optional = True  # type: ignore[attr-defined]
    given = {
        "plan": plan, "draft": draft, "conflict": conflict, "base": draft_rules.base(rules.read(draft.rules)), "form": form,
        "trail": finding.trail(plan, Link(_("Edit"), url("edit", plan)), Link(_("Goals"), "")),
    }  # fmt: skip
    return render(request, "web/plans/goals.html", given, status=status)


def _plans(request: HubRequest, stored: PlanRules) -> list[tuple[str, str]]:
    """The plans this person sees, and the one that is stored: somebody else's private plan is kept, and not named."""
    seen = choices.of(request, "plan")
    kept = str(stored.next_plan or "")
    hidden = [(kept, _("A plan you do not see"))] if kept and kept not in {value for value, _label in seen} else []
    return [*seen, *hidden]
