"""Say why a step of a plan does not start for a contact: every decision on the way, like a proof, and who acts.

It says what the page *Why not?* says. Name the step's run; or a contact and a plan, and a step where the plan has several.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hub.cli import named_step
from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.users.declare import command

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hub.contacts.models import Contact
    from hub.engine.whynot.link import Answer
    from hub.plans.models import Plan, PlanStep

MARKS = {"passed": "✓", "stops": "✗", "waits": "…", "under_way": "→", "over": "■", "not_reached": "·", "not_kept": "?"}
"""Before each link: how it stands."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is asked about, and when."""
    named_step.argument(parser, needed=False)
    parser.add_argument("--contact", default="", help="id or e-mail address of a contact")
    parser.add_argument("--plan", default="", help="id or name of a plan")
    parser.add_argument(
        "--step", default="", help="number or name of the step (default: the one that is open, else the first)"
    )
    parser.add_argument("--at", default="", help=f"the moment, {named_step.MOMENT} (default: now)")
    parser.add_argument("--json", action="store_true", help="as JSON")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Find what is meant, ask, and print."""
    from hub.process import start

    if not given.run and not (given.contact and given.plan):
        raise Stop("Name a step's id, or a contact and a plan. See: hub why --help", 2)
    named_step.at_hand()
    start.django()
    start.ready_database(may_migrate=False)
    start.plugins()
    answer = _ask(given)
    say(json.dumps(_data(answer), indent=2, default=str, ensure_ascii=False) if given.json else _text(answer))
    return 0


def _ask(given: argparse.Namespace) -> Answer:
    from hub.db import clock
    from hub.db.errors import NotFound
    from hub.engine.whynot import asking

    contact, plan, key = _of_run(given.run) if given.run else _named(given)
    now = clock.now()
    try:
        return asking.why(
            contact, plan, key, now, named_step.moment(given.at, plan.account.time_zone) if given.at else None
        )
    except NotFound as missing:
        raise Stop(str(missing), 2) from None


def _of_run(word: str) -> tuple[Contact, Plan, UUID]:
    from hub.contacts.models import Contact
    from hub.plans.models import StepRun

    rows = StepRun.objects.select_related("enrollment__plan__account", "plan_step").filter(pk=named_step.step_id(word))
    found = rows.first()
    if found is None:
        raise Stop(f"There is no step {word}.", 2)
    return Contact.objects.get(pk=found.contact_id), found.enrollment.plan, found.plan_step.key


def _named(given: argparse.Namespace) -> tuple[Contact, Plan, UUID]:
    """By id or by name; what fits several is not guessed at."""
    from hub.contacts.models import Contact
    from hub.plans.models import Plan, PlanKind

    plans = Plan.objects.select_related("account").filter(kind=PlanKind.PLAN)
    plan = _one(plans, given.plan, "name", "plan")
    contact = _one(Contact.objects.filter(account_id=plan.account_id), given.contact, "email", "contact")
    return contact, plan, _step(plan, contact, given.step)


def _one(rows: Any, word: str, by: str, what: str) -> Any:
    found = rows.filter(pk=int(word)) if word.isdecimal() and len(word) < 19 else rows.filter(**{f"{by}__iexact": word})
    several = list(found.order_by("pk")[:2])
    if not several:
        raise Stop(f"There is no {what} {word}.", 2)
    if len(several) > 1:
        raise Stop(f"Several are called {word}. Name the {what} by its id.", 2)
    return several[0]


def _step(plan: Plan, contact: Contact, word: str) -> UUID:
    from hub.plans.models import StepRun

    if not word:
        rows = StepRun.objects.filter(enrollment__plan=plan, contact_id=contact.pk).select_related("plan_step")
        newest = rows.filter(closed_at=None).order_by("seq").first() or rows.order_by("-created_at").first()
        if newest is not None:
            return newest.plan_step.key
    steps = _steps(plan, contact)
    fit = {"position": int(word) - 1} if word.isdecimal() and len(word) < 5 else {"name__iexact": word} if word else {}
    found = steps.filter(**fit).first()
    if found is None:
        known = ", ".join(dict.fromkeys(steps.values_list("name", flat=True)[:20])) or "none"
        raise Stop(f"The plan has no step {word}. There are: {known}.", 2)
    return found.key


def _steps(plan: Plan, contact: Contact) -> QuerySet[PlanStep]:
    """Those of the version that the contact is on first, then those that new contacts get, then the newest of all others."""
    from django.db.models import Case, Value, When

    from hub.plans.models import Enrollment, PlanStep, PlanVersion

    on_it = Enrollment.objects.filter(plan=plan, contact_id=contact.pk).order_by("-occurrence")
    own = on_it.values_list("version_id", flat=True).first()
    ready = When(version__state=PlanVersion.State.READY, then=Value(1))
    nearest = Case(When(version_id=own or 0, then=Value(0)), ready, default=Value(2))
    return PlanStep.objects.filter(version__plan=plan).order_by(nearest, "-version__number", "position")


# --- in words --------------------------------------------------------------------------------------------------------


def _text(answer: Answer) -> str:
    from hub.web.views.why import telling

    said, lines = telling.told(answer), list[str]()
    moment = "now" if answer.tense == "now" else _when(answer.at)
    lines += [said.question, f"At: {moment}", ""]
    for link in answer.links:
        lines.append(f" {MARKS[link.verdict]} {link.title}{f'  {link.sentence}' if link.sentence else ''}")
    lines += [
        "",
        f"{said.verdict}: {said.why}",
    ]
    lines += [f"Who: {said.who}"] if said.who else []
    lines += [f"Next: {said.next}"] if said.next else []
    lines += [f"{said.then}: {_when(said.until)}"] if said.until else []
    for one in answer.stop.evidence if answer.stop else ():
        lines.append(
            "Behind it: " + ", ".join(part for part in (one.sentence, one.who, one.at and _when(one.at)) if part)
        )
    if answer.behind is not None:
        before = telling.told(answer.behind)
        lines.append(
            f"The step before, “{answer.behind.subject.step}”: {before.verdict}: {before.why} Who: {before.who}"
        )
    lines += [f"Note: {sentence}" for sentence in answer.caveats]
    return "\n".join(lines)


def _when(moment: datetime) -> str:
    return f"{moment:%a %d %b %Y %H:%M} {moment.tzname()}"


def _data(answer: Answer) -> dict[str, Any]:
    """Everything the answer holds, with the words for people beside it."""
    from hub.web.views.why import telling

    said = telling.told(answer)
    behind = {"behind": _data(answer.behind)} if answer.behind is not None else {}
    words = {"verdict": said.verdict, "why": said.why, "who": said.who, "next": said.next, "until": said.until}
    return {
        "question": said.question, "starts": answer.starts, "code": answer.stop.code if answer.stop else "",
        "at": answer.at.isoformat(), "tense": answer.tense, **words, "subject": asdict(answer.subject),
        "links": [asdict(link) for link in answer.links], "caveats": list(answer.caveats), **behind,
    }  # fmt: skip
