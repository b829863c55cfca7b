"""Numbers, lists, what a contact is on, and what switching an add-on off would hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.contacts.models import Contact
from hub.db import clock
from hub.db.errors import NotFound
from hub.plans import changes, drafting, enrollment, impact, reads, stopping, versions, visibility
from hub.plans.models import Enrollment, Plan, StepRun
from hub.plans.reads import Numbers
from hub.plans.visibility import EVERYTHING, Viewer
from hub.users.models import User
from tests.plans.company import ADA, FRIDAY, after, card_step, contact, draft_of, make_plan, note_step


def enrol(plan: Plan, *people: Contact) -> None:
    enrollment.enroll(plan, [person.pk for person in people], by=ADA)


class TestNumbers:
    @pytest.mark.parametrize("named", [True, False], ids=["few steps", "many steps"])
    def test_each_state_is_counted_where_it_belongs(
        self, account: Account, named: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reads, "FEW_STEPS", 500 if named else 1)
        plan = make_plan(account)
        states = ["scheduled", "claimed", "held", "review", "failed", "done"]
        enrol(plan, *(contact(account, f"N{n}") for n in range(len(states))))
        for run, state in zip(StepRun.objects.all(), states, strict=True):
            closed_at = clock.now() if state in ("done", "failed") else None
            StepRun.objects.filter(pk=run.pk).update(state=state, closed_at=closed_at)

        (line,) = reads.lines(reads.plans(account, EVERYTHING))

        assert line.numbers == Numbers(running=6, waiting=2, held=1, review=1, failed=1)
        assert (line.ready, line.draft, line.steps) == (1, None, 2)

    def test_a_step_is_counted_over_all_versions(self, account: Account) -> None:
        plan = make_plan(account)
        enrol(plan, contact(account, "Old"))
        draft = draft_of(plan)
        versions.save_draft(draft, 0, drafting.steps_of(draft)[:1], by=ADA)
        versions.make_ready(draft, 1, by=ADA)
        enrol(plan, contact(account, "New"))

        numbers = reads.step_numbers(plan)

        (key,) = [step.key for step in drafting.steps_of(draft)]
        assert numbers == {key: Numbers(waiting=2)}
        assert [(version.number, version.running) for version in reads.versions_of(plan)] == [(2, 1), (1, 1)]  # type: ignore[attr-defined]

    def test_a_hundred_plans_cost_as_many_queries_as_one(
        self, account: Account, django_assert_num_queries: object
    ) -> None:
        for n in range(5):
            make_plan(account, name=f"Plan {n}")

        with django_assert_num_queries(5):  # type: ignore[operator]
            assert len(reads.lines(reads.plans(account, EVERYTHING))) == 5


class TestWhoSeesWhat:
    @pytest.fixture
    def secret(self, account: Account) -> Plan:
        owner = User.objects.create(username="olga", created_at=FRIDAY)
        return changes.create_plan(account, "Secret", by=ADA, visibility="private", owner=owner)

    def test_a_private_plan_is_its_owners(self, account: Account, secret: Plan) -> None:
        make_plan(account, name="Open")

        def seen(viewer: Viewer) -> list[str]:
            return [plan.name for plan in reads.plans(account, viewer)]

        assert seen(Viewer(secret.owner_id)) == ["Open", "Secret"]
        assert seen(Viewer(secret.owner_id + 1)) == ["Open"]
        assert seen(Viewer()) == ["Open"]
        assert seen(visibility.EVERYTHING) == ["Open", "Secret"]

    def test_an_invisible_a_foreign_and_a_missing_plan_look_alike(
        self, account: Account, elsewhere: Account, secret: Plan
    ) -> None:
        foreign = make_plan(elsewhere, note_step())

        for plan_id in (secret.pk, foreign.pk, 10**6, "x"):
            with pytest.raises(NotFound):
                reads.get(account, Viewer(), plan_id)
        assert reads.get(account, Viewer(secret.owner_id), secret.pk) == secret


def test_the_list_is_searched_and_archived_plans_stand_apart(account: Account) -> None:
    for name in ("Birthday", "Welcome", "Old welcome"):
        plan = make_plan(account, name=name)
    changes.archive(plan, by=ADA)

    assert [plan.name for plan in reads.plans(account, EVERYTHING, search="wel")] == ["Welcome"]
    assert [plan.name for plan in reads.plans(account, EVERYTHING, archived=True)] == ["Old welcome"]


class TestAContactsEnrollments:
    def test_steps_done_and_to_come_are_told_in_order(self, account: Account) -> None:
        plan, cleo = make_plan(account), contact(account)
        enrol(plan, cleo)
        StepRun.objects.update(state="done", closed_at=clock.now())

        (line,) = reads.enrollments_of(account, cleo.pk)

        assert [(step.name, step.state) for step in line.steps] == [("Say hello", "done"), ("Post a card", "to_come")]
        assert line.steps[1].timing == "2 days after the previous step"
        assert (line.done, line.next) == (1, None)

    def test_after_stopping_the_rest_is_not_reached(self, account: Account) -> None:
        plan, cleo = make_plan(account), contact(account)
        enrol(plan, cleo)
        stopping.stop(account, [Enrollment.objects.get().pk], reason="", by=ADA)

        (line,) = reads.enrollments_of(account, cleo.pk)

        assert [step.state for step in line.steps] == ["cancelled", "not_reached"]

    def test_the_newest_comes_first_on_the_version_it_runs_on(
        self, account: Account, friday: clock.VirtualClock
    ) -> None:
        cleo = contact(account)
        first = make_plan(account, note_step(), name="First")
        enrol(first, cleo)
        friday.advance(timedelta(days=1))
        enrol(make_plan(account, note_step(timing=after(3)), name="Second"), cleo)

        lines = reads.enrollments_of(account, cleo.pk)

        assert [line.plan.name for line in lines] == ["Second", "First"]
        assert lines[0].next is not None
        assert lines[0].next.due_at == clock.now() + timedelta(days=3)

    def test_another_account_is_told_nothing(self, account: Account, elsewhere: Account) -> None:
        cleo = contact(account)
        enrol(make_plan(account), cleo)

        assert reads.enrollments_of(elsewhere, cleo.pk) == []


def test_contacts_on_a_plan_can_be_filtered_for(account: Account) -> None:
    plan, cleo = make_plan(account), contact(account)
    contact(account, "Dora")
    enrol(plan, cleo)

    assert list(Contact.objects.filter(pk__in=reads.contact_ids(plan))) == [cleo]


class TestSwitchingAnAddOnOff:
    def test_everything_that_would_be_held_is_listed(self, account: Account) -> None:
        plan = make_plan(account, card_step(), note_step())
        make_plan(account, note_step(), name="Untouched")
        enrol(plan, contact(account), contact(account, "Dora"))

        found = impact.of_switch_off(account, "post")

        (item,) = found.plans
        assert (item.plan, item.steps, item.enrollments, item.waiting) == (plan, ("Post a card",), 2, 2)
        assert (found.accounts, found.steps, found.enrollments, found.waiting) == (1, 1, 2, 2)

    def test_contacts_on_an_older_version_count(self, account: Account) -> None:
        plan = make_plan(account, card_step())
        enrol(plan, contact(account))
        draft = draft_of(plan)
        versions.save_draft(draft, 0, [note_step()], by=ADA)
        versions.make_ready(draft, 1, by=ADA)

        (item,) = impact.of_switch_off(account, "post").plans

        assert (item.steps, item.enrollments, item.waiting) == (("Post a card",), 1, 1)

    def test_a_version_nobody_is_on_any_more_does_not(self, account: Account) -> None:
        plan = make_plan(account, card_step())
        draft = draft_of(plan)
        versions.save_draft(draft, 0, [note_step()], by=ADA)
        versions.make_ready(draft, 1, by=ADA)

        assert not impact.of_switch_off(account, "post")

    def test_a_step_that_waits_for_a_person_counts_though_its_contact_was_stopped(self, account: Account) -> None:
        plan = make_plan(account, card_step())
        enrol(plan, contact(account))
        StepRun.objects.update(state="review")
        stopping.stop(account, [Enrollment.objects.get().pk], reason="", by=ADA)
        draft = draft_of(plan)
        versions.save_draft(draft, 0, [note_step()], by=ADA)
        versions.make_ready(draft, 1, by=ADA)

        (item,) = impact.of_switch_off(account, "post").plans

        assert (item.steps, item.enrollments, item.waiting) == (("Post a card",), 0, 1)

    def test_accounts_beneath_that_borrow_it_are_listed_and_those_with_a_key_of_their_own_are_not(
        self, account: Account, elsewhere: Account
    ) -> None:
        branch, other = (accounts.create(name, by=ADA, parent=account) for name in ("Branch", "Other"))
        for place, borrows in ((account, False), (branch, True), (other, False), (elsewhere, False)):
            kept = {"enabled": True, "borrows": borrows, "shared": place == account, "changed_at": clock.now()}
            Connection.objects.update_or_create(account=place, addon="post", defaults=kept)
        for place in (branch, other, elsewhere):
            plan = changes.create_plan(place, "Cards", by=ADA)
            versions.save_draft(draft_of(plan), 0, [card_step()], by=ADA)

        found = impact.of_switch_off(account, "post")

        assert [item.account for item in found.plans] == [branch]
