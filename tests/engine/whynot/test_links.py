"""Each link of the chain, where the engine really stood: what it says, when it goes on, and the row behind it; then the past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.accounts.calendars import Span
from hub.addons import changes as addons
from hub.audit.actor import Actor
from hub.audit.changes import forget_before
from hub.contacts.models import Contact
from hub.dispatch import gate
from hub.dispatch.gate import Hold
from hub.engine.archiving import working as archiving
from hub.engine.whynot import asking, chain, earlier, wording
from hub.engine.whynot.link import Answer, Link, Verdict
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.plans import changes as plans
from hub.plans import enrollment, stopping, versions
from hub.plans.models import Plan, PlanStep, StepRun
from hub.web.views.runs.causes import CAUSES
from tests.engine.world import CARD, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Actor.person(1, "Ada Admin")
DAYS = {"kind": "after", "amount": 2, "unit": "days"}


@pytest.fixture
def world() -> Iterator[World]:
    with make_world([CARD, CARD], timings=[{"kind": "immediately"}, DAYS]) as made:
        Plan.objects.update(name="Welcome")
        made.plan.refresh_from_db()
        yield made


def ask(world: World, contact: Contact | int, position: int = 0, at: datetime | None = None) -> Answer:
    row = contact if isinstance(contact, Contact) else Contact.objects.get(pk=contact)
    step = PlanStep.objects.filter(version__plan=world.plan, position=position).latest("version__number")
    return asking.why(row, world.plan, step.key, world.clock.now(), at)


def stop(answer: Answer) -> Link:
    assert answer.stop is not None
    return answer.stop


def test_every_rule_of_the_gate_and_every_cause_has_its_words() -> None:
    keys = {link.key for link in _links_of_nothing()}

    assert {key for key in keys if key.startswith("gate.")} <= set(wording.GATE)
    assert {f"gate.{rule.__name__.strip('_')}" for rule in gate.RULES} <= set(wording.GATE)
    assert keys - set(wording.GATE) <= set(wording.TITLES)
    unworded = {str(code) for code in Hold} - set(wording.TURNS) - set(CAUSES)
    assert not unworded, "say in wording.TURNS or in the inbox's CAUSES who acts and what next"


def _links_of_nothing() -> list[Link]:
    """The links of a plan that nobody was ever put on: all but the first two are not reached."""
    from uuid import uuid4

    from hub.engine.whynot.facts import Facts, PlanFacts
    from hub.engine.whynot.link import Subject

    now = datetime(2026, 3, 2)
    subject = Subject(1, 1, "Ada", 1, "Welcome", uuid4(), "Step 1")
    return list(chain.walk(Facts(subject, now, now, PlanFacts())))


def test_a_contact_that_was_never_put_on_the_plan_is_told_what_would_be_in_the_way(world: World) -> None:
    [fresh] = world.contacts(1)
    [old] = world.contacts(1, archived_at=world.clock.now())

    assert (stop(ask(world, fresh)).key, stop(ask(world, fresh)).code) == ("on_it", "never")
    assert stop(ask(world, old)).code == "contact_archived"

    with transaction.atomic():
        plans.archive(world.plan, by=ADA)
    world.plan.refresh_from_db()
    archived = stop(ask(world, fresh))
    assert (archived.key, archived.code) == ("plan", "plan_archived")
    assert [(row.sentence, row.who) for row in archived.evidence] == [("Archived", "Ada Admin")]


def test_who_was_left_out_is_told_who_was_put_on_the_plan_last_and_what_could_not_be_done(world: World) -> None:
    world.enroll(1)
    [left_out] = world.contacts(1)
    told = {"text": "The plan “Welcome” is still a draft.", "step": "Next plan", "plan": "Before"}
    history.add(NewNote(world.account.pk, left_out.pk, "step.change_failed", told, at=world.clock.now()))

    found = stop(ask(world, left_out))

    assert found.sentence.endswith(
        "Contacts were last put on it on Mon 2 Mar 2026 by The hub, and this one was not among them."
    )
    assert [row.kind for row in found.evidence] == ["note"]


def test_who_was_taken_off_the_plan_is_told_by_whom_and_why(world: World) -> None:
    [run] = world.enroll(1)
    world.work()  # the first step is done, the second waits
    with transaction.atomic():
        stopping.stop(world.account, [run.enrollment_id], reason="They moved away", by=ADA)

    first, second = ask(world, run.contact_id, 0), ask(world, run.contact_id, 1)

    assert (stop(first).key, stop(first).code) == ("not_over", "done")
    assert stop(second).sentence == "It was stopped. Ada Admin took the contact off the plan. They moved away"
    assert stop(second).evidence[0].who == "Ada Admin"


def test_who_started_before_a_step_was_added_stays_without_it(world: World) -> None:
    [run] = world.enroll(1)
    with transaction.atomic():
        draft = versions.draft_for_editing(world.plan, by=ADA)
        more = {"action_type": "steps.note", "name": "A third", "options": {"text": "Hi"}}
        from hub.plans import drafting

        draft = versions.save_draft(
            draft, draft.revision, [*drafting.steps_of(draft), drafting.StepDraft(**more)], by=ADA
        )
        versions.make_ready(draft, draft.revision, by=ADA)

    told = stop(ask(world, run.contact_id, 2))

    assert (told.key, told.sentence) == (
        "in_version",
        "The contact is on version 1 of the plan, which has no such step.",
    )


def test_a_step_that_waits_for_its_time_and_its_plans_sleep_is_told_when_it_starts(world: World) -> None:
    [run] = world.enroll(1)
    world.work()
    with transaction.atomic():
        plans.put_to_sleep(world.plan, [Span(first=date(2026, 3, 4), last=date(2026, 3, 5), name="Moving")], by=ADA)
    world.plan.refresh_from_db()

    told = stop(ask(world, run.contact_id, 1))

    assert (told.key, told.verdict) == ("due", Verdict.WAITS)
    assert told.until == datetime(2026, 3, 6, tzinfo=told.until.tzinfo if told.until else None)
    assert told.sentence == "It is not due yet. The plan sleeps Wed 4 Mar 2026 – Thu 5 Mar 2026 (Moving)."
    later = ask(world, run.contact_id, 1, at=world.clock.now() + timedelta(days=3))
    assert (stop(later).key, later.tense) == ("gate.hours", "future")
    assert ask(world, run.contact_id, 1, at=world.clock.now() + timedelta(days=4)).starts


def test_what_is_held_says_what_else_would_hold_it_and_goes_on_when_the_causes_are_gone(world: World) -> None:
    [run] = world.enroll(1)
    with transaction.atomic():
        accounts.pause(world.account, by=ADA)
    world.work()
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=ADA)

    held = stop(ask(world, run.contact_id))
    assert (held.key, held.code) == ("held", Hold.ACCOUNT_PAUSED)
    assert held.sentence.startswith("The account is paused. Besides: PostPigeon is switched off")
    assert [row.kind for row in held.evidence] == ["audit", "note"]

    with transaction.atomic():
        accounts.unpause(world.account, by=ADA)
        addons.enable(world.account, "postpigeon", by=ADA)
    free = stop(ask(world, run.contact_id))
    assert (free.code, free.verdict) == ("lets_go", Verdict.WAITS)


def test_a_worker_that_has_it_is_named_and_so_is_one_that_is_gone(world: World) -> None:
    [run] = world.enroll(1)
    StepRun.objects.filter(pk=run.pk).update(state="claimed", worker_no=world.worker.no)
    assert (
        stop(ask(world, run.contact_id)).sentence == f"Worker {world.worker.no} has taken it and sends it in a moment."
    )

    StepRun.objects.filter(pk=run.pk).update(worker_no=999_999)
    gone = stop(ask(world, run.contact_id))
    assert (gone.code, gone.verdict) == ("worker_gone", Verdict.UNDER_WAY)


def test_the_guard_against_circles_is_told_to_who_is_off_the_plan(world: World) -> None:
    [run] = world.enroll(1)
    for _ in range(4):
        with transaction.atomic():
            stopping.stop(world.account, [run.enrollment_id], reason="", by=ADA)
            enrollment.enroll(world.plan, [run.contact_id], by=ADA, now=world.clock.now())
        run = StepRun.objects.filter(contact_id=run.contact_id).latest("created_at", "enrollment_id")
    with transaction.atomic():
        stopping.stop(world.account, [run.enrollment_id], reason="", by=ADA)

    assert "round in circles" in stop(ask(world, run.contact_id)).sentence


# --- moments gone by -------------------------------------------------------------------------------------------------


def back(world: World, **span: float) -> datetime:
    return world.clock.now() - timedelta(**span)


def test_yesterday_is_told_from_notes_and_the_audit_log(world: World) -> None:
    [run] = world.enroll(1)
    with transaction.atomic():
        accounts.pause(world.account, by=ADA)
    world.work()
    world.clock.advance(hours=5)
    with transaction.atomic():
        accounts.unpause(world.account, by=ADA)
    from hub.engine import release

    release.sweep()
    world.work()
    world.clock.advance(days=1)

    then = ask(world, run.contact_id, at=back(world, days=1, hours=2))
    done = ask(world, run.contact_id, at=back(world, hours=1))
    before = ask(world, run.contact_id, at=back(world, days=9))

    assert then.tense == "past"
    assert (stop(then).key, stop(then).code) == ("held", Hold.ACCOUNT_PAUSED)
    assert stop(then).evidence
    assert (stop(done).key, stop(done).verdict) == ("not_over", Verdict.OVER)
    assert stop(before).code == "never"


def test_what_was_switched_off_before_the_step_came_up_is_found_in_the_audit_log(world: World) -> None:
    [run] = world.enroll(1)
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=ADA)
    world.clock.advance(hours=1)

    told = ask(world, run.contact_id, at=back(world, minutes=30))

    assert (stop(told).key, stop(told).code) == ("gate.addon", Hold.ADDON_OFF)
    assert stop(told).sentence == "It was shut: switched off, by Ada Admin."


def test_a_step_that_was_moved_to_the_archive_is_told_as_it_ended(world: World) -> None:
    [run] = world.enroll(1)
    world.work()
    world.clock.advance(days=3)
    world.work()  # the second step, and the end of the plan
    world.clock.advance(days=200)
    archiving.portion()

    now = ask(world, run.contact_id, 1)
    then, before = (ask(world, run.contact_id, 1, at=back(world, days=days)) for days in (100, 201))

    assert (stop(now).key, stop(now).sentence.partition(".")[0]) == ("not_over", "It was done")
    assert now.subject.run_id is not None
    assert (stop(then).key, stop(then).code) == ("not_over", "done")
    assert before.starts
    assert before.links[-1].verdict is Verdict.NOT_KEPT


def test_what_is_not_kept_any_more_is_said(world: World) -> None:
    [run] = world.enroll(1)
    world.clock.advance(days=40)
    with transaction.atomic():
        forget_before(world.clock.now() - timedelta(days=5), by=ADA, account_id=world.account.pk)
        plans.put_to_sleep(world.plan, [Span(first=date(2026, 9, 1), last=date(2026, 9, 1))], by=ADA)

    told = ask(world, run.contact_id, at=back(world, days=39))

    assert told.starts
    assert [link.key for link in told.links if link.verdict is Verdict.NOT_KEPT] == ["rest"]
    assert [sentence.split(" ")[0:3] for sentence in told.caveats] == [
        ["The", "audit", "log"], ["The", "calendar", "or"], ["What", "went", "over"],
    ]  # fmt: skip


def test_the_chain_takes_its_rules_from_where_the_worker_has_them() -> None:
    """No copy: the titles are looked up by the functions' own names."""
    told: Any = [link.key for link in _links_of_nothing()]
    at = told.index("gate.ended")

    assert told[: len(earlier.RULES)] == [rule.__name__.strip("_") for rule in earlier.RULES]
    assert told[at : at + len(gate.RULES)] == [f"gate.{rule.__name__.strip('_')}" for rule in gate.RULES]
