"""The preview promises; the engine keeps it: random plans, run to their end on a virtual clock, agree to the second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from hub.accounts import calendars
from hub.accounts.calendars import Calendar, ChannelQuiet, Quiet, Span
from hub.audit.actor import SYSTEM
from hub.contacts.models import CustomField
from hub.engine import due
from hub.plans import changes, enrollment, preview, sleeping, timing, versions
from hub.plans.hours import HORIZON, AnyTime, Hours
from hub.plans.models import Plan, StepRun
from hub.plans.rules import PlanRules
from hub.plans.timing import After, Arrive, Immediately, On
from tests.engine.world import MONDAY, World, make_world
from tests.plans.telephone import phone

pytestmark = pytest.mark.django_db(transaction=True)

PLACES = ("America/Denver", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe", "UTC")
PEOPLE = (
    {"country": "US", "state": "NY", "custom": {"Birthday": "2/29/1992"}}, {"country": "US", "state": "HI"},
    {"country": "DE", "state": "", "custom": {"Birthday": "24.12.1990"}},
    {"country": "", "state": "", "phone_cell": "+818012345678"}, {"country": "BR", "state": ""},
)  # fmt: skip


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(more_addons=[phone()]) as made:
        CustomField.objects.create(account=made.account, label="Birthday", key="birthday", created_at=MONDAY)
        yield made


minutes = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
spans = st.tuples(st.integers(0, 400), st.integers(0, 20)).map(
    lambda days: Span(first=MONDAY.date() + timedelta(days[0]), last=MONDAY.date() + timedelta(sum(days)))
)


@st.composite
def windows(draw: st.DrawFn) -> Hours:
    opens, closes = sorted(draw(st.lists(minutes, min_size=2, max_size=2, unique=True)))
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    return Hours(days=tuple(days), opens=opens, closes=closes, holidays=draw(st.booleans()))


@st.composite
def timings(draw: st.DrawFn) -> timing.AnyTiming:
    kind = draw(st.sampled_from(["now", "on", "arrive", "birthday", "minutes", "hours", "days", "business_days"]))
    if kind == "now":
        return Immediately()
    if kind == "on":
        day = MONDAY.date() + timedelta(draw(st.integers(-30, 500)))
        return On(date=day, at=draw(minutes))
    if kind in ("arrive", "birthday"):
        unit = draw(st.sampled_from(["days", "business_days"]))
        day = MONDAY.date() + timedelta(draw(st.integers(-30, 500))) if kind == "arrive" else None
        field = "" if day else "Birthday"
        return Arrive(date=day, field=field, lead=draw(st.integers(0, 10)), unit=unit, at=draw(minutes))
    at = draw(st.none() | minutes) if "days" in kind else None
    since = draw(st.sampled_from(["previous", "enrollment"]))
    return After(amount=draw(st.integers(0, 90)), unit=kind, at=at, since=since)  # type: ignore[arg-type]


steps = st.builds(
    lambda when, hours, unless, kind: {
        "action_type": kind, "name": "Say it", "options": {"text": "Hello"}, "timing": timing.dump(when),
        "hours": hours and hours.model_dump(mode="json"),
        "only_if": None if unless is None else {"when": {"kind": "field", "name": "Birthday"}, "unless": unless},
    },
    timings(), st.none() | st.just(AnyTime()) | windows(), st.none() | st.booleans(),
    st.sampled_from(["steps.note", "phone.call", "phone.text"]),
)  # fmt: skip
rules = st.builds(PlanRules, hours=st.none() | windows(), clock=st.sampled_from(["account", "contact"]))
quiet = st.lists(minutes, min_size=2, max_size=2, unique=True).map(lambda two: Quiet(begins=two[0], ends=two[1]))
channels = st.dictionaries(st.sampled_from(["call", "sms"]), st.none() | quiet, max_size=2).map(
    lambda by: tuple(ChannelQuiet(channel=channel, quiet=own) for channel, own in by.items())
)
calendar = st.builds(
    Calendar, country=st.sampled_from(["", "US", "DE"]), closed=st.lists(spans, max_size=2).map(tuple),
    pauses=st.lists(spans, max_size=1).map(tuple),
    quiet=st.none() | quiet, channels=channels,
)  # fmt: skip


def new_plan(world: World, given_steps: list[dict[str, Any]], says: PlanRules, sleeps: list[Span]) -> Plan:
    plan = changes.create_plan(world.account, "Welcome", by=SYSTEM)
    draft = versions.save_rules(plan.versions.get(), 0, says, by=SYSTEM)
    draft = versions.save_draft(draft, draft.revision, given_steps, by=SYSTEM)
    versions.make_ready(draft, draft.revision, by=SYSTEM)
    Plan.objects.filter(pk=plan.pk).update(sleeps=sleeping.dump(sleeps))
    return Plan.objects.get(pk=plan.pk)


def lived(world: World, contact_id: int) -> list[datetime | None]:
    """Let the plan run to its end, jumping from one due time to the next; when each step was done."""
    for _ in range(100):
        world.work()
        ahead = due.next_due(world.clock.now())
        if ahead is None:
            break
        world.clock.advance(ahead - world.clock.now())
    rows = StepRun.objects.filter(contact_id=contact_id).order_by("seq")
    return list(rows.values_list("closed_at", flat=True))


def waits_for_ever(now: datetime, moments: list[datetime]) -> bool:
    """No moment suits a step's hours, so it is only looked at again and again: at the end of what is looked ahead."""
    return any(after - before >= HORIZON for before, after in pairwise([now, *moments]))


def test_the_engine_does_each_step_at_the_second_that_the_preview_named(world: World) -> None:
    @settings(
        max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    @given(
        st.lists(steps, min_size=1, max_size=4), rules, calendar, st.lists(spans, max_size=2), st.sampled_from(PLACES),
        st.sampled_from(PEOPLE), st.integers(0, 60 * 24 * 40),
    )  # fmt: skip
    def agree(
        given_steps: list[dict[str, Any]], says: PlanRules, shut: Calendar, sleeps: list[Span], place: str,
        person: dict[str, Any], wait: int,
    ) -> None:  # fmt: skip
        world.account.calendar, world.account.time_zone = calendars.dump(shut), place
        world.account.save(update_fields=["calendar", "time_zone"])
        world.clock._now = MONDAY + timedelta(minutes=wait, seconds=7)
        with transaction.atomic():
            plan = new_plan(world, given_steps, says, sleeps)
            (contact,) = world.contacts(1, **person)
        promised = preview.of(plan.versions.get(), contact, world.clock.now())
        assume(not waits_for_ever(world.clock.now(), [step.runs_at for step in promised.steps]))
        with transaction.atomic():
            enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())

        done = lived(world, contact.pk)

        assert done == [step.runs_at for step in promised.steps]

    agree()


def test_a_night_in_which_clocks_change_is_no_exception(world: World) -> None:
    """Half past two on 14 March 2027 does not exist in Denver: the step is promised, and done, at three."""
    world.account.time_zone = "America/Denver"
    world.account.save(update_fields=["time_zone"])
    world.clock._now = datetime.fromisoformat("2027-03-13T10:00:00-07:00").astimezone(MONDAY.tzinfo)
    step = {
        "action_type": "steps.note", "name": "Early", "options": {"text": "Up!"},
        "timing": {"kind": "on", "date": str(date(2027, 3, 14)), "at": "02:30"},
    }  # fmt: skip
    with transaction.atomic():
        plan = new_plan(world, [step], PlanRules(), [])
        (contact,) = world.contacts(1)
        (promised,) = preview.of(plan.versions.get(), contact, world.clock.now()).steps
        enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())

    assert lived(world, contact.pk) == [promised.runs_at]
    assert f"{promised.local:%H:%M}" == "03:00"
