"""The life of a plan's text: one draft is edited, made ready, and retired by the next.

A ready version never changes. Whoever edits gets a new draft made from it; contacts that are on the plan stay on the version
they started with, so nobody need fear to edit a live plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import steps as addon_steps
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Conflict
from hub.plans import afterwards, checking, drafting, named, rules, secrets
from hub.plans.checking import PlanProblems, Readiness, StepChecker, StepProblem
from hub.plans.drafting import StepDraft
from hub.plans.models import Plan, PlanStep, PlanVersion
from hub.plans.rules import PlanRules

Given = Iterable[StepDraft | Mapping[str, Any]]


class DraftChanged(Conflict):
    """Somebody saved the draft since this tab read it. Says who and when; this tab's steps are still in this tab."""

    def __init__(self, version: PlanVersion) -> None:
        self.saved_by, self.saved_at, self.revision = version.saved_by, version.saved_at, version.revision
        super().__init__(
            _("{who} saved this plan at {when:%H:%M} on {when:%d %B %Y} (UTC), after you opened it.").format(
                who=version.saved_by or _("Somebody"), when=version.saved_at
            ),
            next=_("Nothing of yours is lost: it is still on this page. Compare the two, then save again."),
            code="plan_changed",
        )


def draft_for_editing(plan: Plan, *, by: Actor) -> PlanVersion:
    """The plan's draft, made from its ready version when there is none. Two editors at once get the same one."""
    plan = _locked(plan)
    found = plan.versions.filter(state=PlanVersion.State.DRAFT).first()
    if found is not None:
        return found
    ready = plan.versions.filter(state=PlanVersion.State.READY).first()
    said = rules.read(ready.rules) if ready else rules.NONE
    return new_draft(plan, drafting.steps_of(ready) if ready else [], by=by, said=said)


def new_draft(plan: Plan, steps: Sequence[StepDraft], *, by: Actor, said: PlanRules = rules.NONE) -> PlanVersion:
    """A draft with the next number, its steps, and what it ``said`` of all of them. The plan must have none."""
    now = clock.now()
    last = plan.versions.aggregate(last=Max("number"))["last"] or 0
    version = PlanVersion.objects.create(
        plan=plan, number=last + 1, rules=rules.dump(said), made_by=by.label[:200], made_at=now,
        saved_by=by.label[:200], saved_at=now,
    )  # fmt: skip
    write_steps(version, steps)
    record("draft_made", "plan", plan.pk, by=by, account_id=plan.account_id, data={"version": version.number})
    return version


def save_draft(version: PlanVersion, revision: int, steps: Given, *, by: Actor) -> PlanVersion:
    """Replace the steps of a draft, in the order given.

    Args:
        revision: the draft's revision as the editor read it.

    Raises:
        DraftChanged: somebody saved meanwhile. The same steps again are no conflict: a double click saves once.
        Conflict: it is a draft no more.
        PlanProblems: some steps are none, or hold unknown tokens; nothing was saved.
    """
    row = _locked_draft(version)
    drafts = checking.parse(steps)
    stored = drafting.steps_of(row)
    if row.revision != revision:
        if stored == drafts:
            return row
        raise DraftChanged(row)
    # A step that is stored already may hold a token that has gone since; that must not stop the mending of another one.
    problems = [one for one in checking.shape(row.plan.account, drafts) if drafts[one.position - 1] not in stored]
    if problems:
        raise PlanProblems(problems, _("The plan was not saved: some texts hold tokens that do not exist."))
    _save(row, drafts, by)
    return row


def save_rules(version: PlanVersion, revision: int, said: PlanRules, *, by: Actor) -> PlanVersion:
    """Replace what the draft says of all of its steps: hours, and whose clock.

    Raises:
        DraftChanged, Conflict: as for :func:`save_draft`.
    """
    row = _locked_draft(version)
    if rules.read(row.rules) == said:
        return row
    if row.revision != revision:
        raise DraftChanged(row)
    row.rules, row.revision = rules.dump(said), row.revision + 1
    row.saved_by, row.saved_at = by.label[:200], clock.now()
    row.save(update_fields=["rules", "revision", "saved_by", "saved_at"])
    data = {"version": row.number, "revision": row.revision, "rules": dict(rules.words(said))}
    record("rules_saved", "plan", row.plan_id, by=by, account_id=row.plan.account_id, data=data)
    return row


def make_ready(
    version: PlanVersion, revision: int, *, by: Actor, check: StepChecker = addon_steps.check
) -> PlanVersion:
    """From now on, contacts put on the plan get these steps. The version before is retired; who is on it stays on it.

    Raises:
        DraftChanged, Conflict: as for :func:`save_draft`.
        PlanProblems: every problem of every step at once; the draft stays as it is.
    """
    row = _locked_draft(version)
    if row.revision != revision:
        raise DraftChanged(row)
    verdict = review(row, check=check)
    if verdict.problems:
        raise PlanProblems(verdict.problems, _("The plan is not ready yet: some steps need another look."))
    if list(verdict.clean) != drafting.steps_of(row):
        _save(row, verdict.clean, by)
    row.plan.versions.filter(state=PlanVersion.State.READY).update(state=PlanVersion.State.RETIRED)
    row.state, row.ready_at = PlanVersion.State.READY, clock.now()
    row.save(update_fields=["state", "ready_at"])
    data = {"version": row.number, "steps": len(verdict.clean)}
    record("made_ready", "plan", row.plan_id, by=by, account_id=row.plan.account_id, data=data)
    return row


def review(version: PlanVersion, *, check: StepChecker = addon_steps.check) -> Readiness:
    """What :func:`make_ready` would say, without doing it: for the editor's side column."""
    account: Account = version.plan.account
    verdict = checking.readiness(account, drafting.steps_of(version), check)
    said = rules.read(version.rules)
    problems, warnings = afterwards.review(account, said)
    warnings += tuple(StepProblem(0, "", "", "stops", sentence) for sentence in named.of_rules(account, said))
    return replace(verdict, problems=(*problems, *verdict.problems), warnings=(*warnings, *verdict.warnings))


def write_steps(version: PlanVersion, steps: Sequence[StepDraft]) -> None:
    """Store the steps of a version that has none, what is secret of them sealed for it."""
    secret = secrets.fields_of(step.action_type for step in steps)
    PlanStep.objects.bulk_create(
        step.row(version, position, secret[step.action_type]) for position, step in enumerate(steps)
    )


def discard_draft(version: PlanVersion, *, by: Actor) -> None:
    """Throw a draft away and go on with the ready version.

    Raises:
        Conflict: it is no draft any more, or the plan has nothing else.
    """
    row = _locked_draft(version)
    check_not_the_only(row)
    number, plan = row.number, row.plan
    row.steps.all().delete()
    row.delete()
    record("draft_discarded", "plan", plan.pk, by=by, account_id=plan.account_id, data={"version": number})


def check_not_the_only(draft: PlanVersion) -> None:
    """A plan keeps at least one version.

    Raises:
        Conflict: the plan has nothing else.
    """
    if not draft.plan.versions.exclude(pk=draft.pk).exists():
        raise Conflict(
            _("This is the only version of the plan."), next=_("Archive the plan instead."), code="only_version"
        )


def _save(row: PlanVersion, drafts: Sequence[StepDraft], by: Actor) -> None:
    row.steps.all().delete()
    write_steps(row, drafts)
    row.revision += 1
    row.saved_by, row.saved_at = by.label[:200], clock.now()
    row.save(update_fields=["revision", "saved_by", "saved_at"])
    data = {"version": row.number, "revision": row.revision, "steps": len(drafts)}
    record("draft_saved", "plan", row.plan_id, by=by, account_id=row.plan.account_id, data=data)


def _locked(plan: Plan) -> Plan:
    return Plan.objects.select_for_update().get(pk=plan.pk)


def _locked_draft(version: PlanVersion) -> PlanVersion:
    """The draft as it stands now, with its plan's row locked: whoever else changes this plan waits."""
    _locked(version.plan)
    row = PlanVersion.objects.select_related("plan__account").filter(pk=version.pk).first()
    if row is None:
        raise Conflict(
            _("This draft was discarded while you edited it."),
            next=_("Your steps are still on this page. Open the plan again and save them as a new draft."),
            code="draft_gone",
        )
    if row.state != PlanVersion.State.DRAFT:
        raise Conflict(
            _("This version was made ready meanwhile and does not change any more."),
            next=_("Edit the plan again: that makes a new draft from it."),
            code="not_a_draft",
        )
    return row
