"""The first links: what must be before there is a run that a worker could take up. Pure.

The plan takes the contact, the contact is on it, the step is in the version that the contact is on and has not come to its end,
the contact is still on the plan, and the steps before are closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.utils.translation import gettext as _

from hub.accounts.calendars import day_words
from hub.dispatch.states import CLOSED, State
from hub.engine.whynot import wording
from hub.engine.whynot.facts import Facts, On
from hub.engine.whynot.link import Link, Verdict


def _plan(facts: Facts) -> Link:
    """Whoever is on a plan goes on, so what is true of the plan counts for new contacts only."""
    link, plan = Link("plan", wording.title("plan")), facts.plan
    if facts.on is not None:
        said = _("Archived since; who is on it goes on.") if plan.archived_at else _("The plan is there.")
        return replace(link, sentence=said)
    if plan.archived_at is not None:
        said = _("The plan is archived, so nobody new is put on it.")
        return replace(link, verdict=Verdict.STOPS, code="plan_archived", sentence=said)
    if not plan.ready:
        return replace(link, verdict=Verdict.STOPS, code="plan_not_ready", sentence=_("The plan is still a draft."))
    return replace(link, sentence=_("The plan is ready and takes contacts."))


def _on_it(facts: Facts) -> Link:
    """The contact was put on it."""
    link, on = Link("on_it", wording.title("on_it")), facts.on
    if on is None:
        code = wording.never_on(facts.plan.standing)
        return replace(link, verdict=Verdict.STOPS, code=code, sentence=_never(code, facts))
    if on.started_at > facts.at:
        said = _("The contact's turn to start has not come yet.")
        return replace(link, verdict=Verdict.WAITS, code="not_started", sentence=said, until=on.started_at)
    by = _("Put on the plan by {who}.").format(who=on.started_by) if on.started_by else _("Put on the plan.")
    return replace(link, sentence=by)


def _never(code: str, facts: Facts) -> str:
    """Never put on it: who was, and when, says whether it was the filter."""
    said, plan = wording.never(code, facts.subject.contact), facts.plan
    if plan.last_at is None:
        return said
    last = _("Contacts were last put on it on {day} by {who}, and this one was not among them.")
    return f"{said} {last.format(day=day_words(plan.last_at.date()), who=plan.last_by or _('somebody'))}"


def _in_version(facts: Facts) -> Link:
    """Contacts stay on the version they started with."""
    link, on = Link("in_version", wording.title("in_version")), facts.on
    assert on is not None
    if not on.has_step:
        said = _("The contact is on version {n} of the plan, which has no such step.").format(n=on.version)
        return replace(link, verdict=Verdict.STOPS, code="not_in_version", sentence=said)
    return replace(link, sentence=_("Version {n}, which the contact is on, has the step.").format(n=on.version))


def _not_over(facts: Facts) -> Link:
    """The step has not come to its end."""
    link, run = Link("not_over", wording.title("not_over"), sentence=_("It has not come to its end.")), facts.run
    if run is None or run.state not in CLOSED:
        return link
    said = " ".join(part for part in (wording.ended(run, facts.on), _circling(facts)) if part)
    return replace(link, verdict=Verdict.OVER, code=wording.end_code(run), sentence=said)


def _still_on(facts: Facts) -> Link:
    """The contact is still on the plan. Where there is a run, the gate asks this again."""
    link, on = Link("still_on", wording.title("still_on"), sentence=_("The contact is still on the plan.")), facts.on
    assert on is not None
    if on.state == "running" or facts.run is not None:
        return link
    said = " ".join(part for part in (_off(on), _circling(facts)) if part)
    return replace(link, verdict=Verdict.OVER, code=f"plan_{on.state}", sentence=said)


def _circling(facts: Facts) -> str:
    """Why no plan puts the contact on this one again, where the guard against circles stands in the way."""
    if not facts.plan.circling:
        return ""
    return _("Plans sent the contact round in circles, so no plan puts them on it again until the day is over.")


def _off(on: On) -> str:
    if on.state == "finished":
        return _("The plan came to its end for the contact without this step.")
    said = _("{who} took the contact off the plan.").format(who=on.ended_by or _("Somebody"))
    return f"{said} {on.reason}".strip()


def _before(facts: Facts) -> Link:
    """The steps before it are closed."""
    link, before = Link("before", wording.title("before")), facts.before
    if facts.run is not None:
        return replace(link, sentence=_("The steps before it are closed."))
    if before is None:
        said = _("No step of the plan is open for the contact, and the plan has not ended. This must not be.")
        return replace(link, verdict=Verdict.STOPS, code="stranded", sentence=said)
    said = _("The step “{name}” comes first, and is not closed: {state}.").format(
        name=before.step, state=wording.state(before.state)
    )
    said = f"{said} {before.depends}".strip()
    stuck = before.state in (State.HELD, State.REVIEW)
    return replace(
        link, verdict=Verdict.STOPS if stuck else Verdict.WAITS, code="before", sentence=said, until=before.expected
    )


RULES: tuple[Callable[[Facts], Link], ...] = (_plan, _on_it, _in_version, _not_over, _still_on, _before)
"""In the order in which they are asked."""
