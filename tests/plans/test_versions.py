"""The life of a plan's text: drafted, checked, made ready, edited again, without anybody losing anything."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.audit.models import AuditRow
from hub.contacts.models import CustomField
from hub.db import clock
from hub.db.errors import Conflict, Invalid
from hub.plans import changes, drafting, enrollment, versions
from hub.plans.checking import PlanProblems
from hub.plans.models import Enrollment, Plan, PlanVersion
from hub.users.models import User
from tests.plans.company import ADA, BEN, FRIDAY, after, card_step, contact, draft_of, make_plan, note_step


@pytest.fixture
def plan(account: Account) -> Plan:
    return changes.create_plan(account, "Welcome", by=ADA)


def names(version: PlanVersion) -> list[str]:
    return [step.name for step in drafting.steps_of(version)]


def problems(caught: pytest.ExceptionInfo[PlanProblems]) -> dict[str, str]:
    return {problem.path: problem.sentence for problem in caught.value.problems}


class TestPlans:
    def test_a_new_plan_has_an_empty_draft(self, plan: Plan) -> None:
        draft = plan.versions.get()

        assert (draft.number, draft.state, draft.revision, draft.made_by) == (1, "draft", 0, "Ada Admin")
        assert AuditRow.objects.filter(verb="created", object_kind="plan", object_id=str(plan.pk)).exists()

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"name": "  "}, "name"),
            ({"name": "x" * 121}, "name"),
            ({"visibility": "private"}, "owner"),
            ({"visibility": "secret"}, "visibility"),
            ({"reenrollment": "sometimes"}, "reenrollment"),
            ({"account_id": 1}, "account_id"),
        ],
    )
    def test_what_makes_no_sense_is_refused_beside_its_field(
        self, plan: Plan, values: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(Invalid) as caught:
            changes.edit_plan(plan, values, by=ADA)

        assert list(caught.value.fields) == [field]

    def test_a_private_plan_has_an_owner(self, plan: Plan) -> None:
        ben = User.objects.create(username="ben", created_at=FRIDAY)

        changes.edit_plan(plan, {"visibility": "private", "owner": ben}, by=ADA)

        plan.refresh_from_db()
        assert (plan.visibility, plan.owner) == ("private", ben)
        assert AuditRow.objects.get(verb="edited").data == {
            "changed": {"visibility": ["public", "private"], "owner": [None, ben.pk]}
        }

    def test_archiving_leaves_running_contacts_alone(self, account: Account) -> None:
        plan = make_plan(account)
        enrollment.enroll(plan, [contact(account).pk], by=ADA)

        assert changes.archive(plan, by=ADA)
        assert not changes.archive(plan, by=ADA)
        assert Enrollment.objects.get().state == "running"
        assert changes.restore(plan, by=ADA)

    def test_a_copy_has_the_same_steps_under_keys_of_its_own(self, account: Account, elsewhere: Account) -> None:
        plan = make_plan(account)

        copy = changes.copy_plan(plan, by=BEN, into=elsewhere)

        assert (copy.name, copy.account) == ("Copy of Welcome", elsewhere)
        mine, theirs = drafting.steps_of(plan.versions.get()), drafting.steps_of(copy.versions.get())
        assert [step.model_dump(exclude={"key"}) for step in mine] == [
            step.model_dump(exclude={"key"}) for step in theirs
        ]
        assert not {step.key for step in mine} & {step.key for step in theirs}
        assert copy.versions.get().state == "draft"


class TestSavingADraft:
    def test_steps_are_kept_in_the_order_given(self, plan: Plan) -> None:
        draft = versions.save_draft(draft_of(plan), 0, [note_step("A"), card_step("B"), note_step("C")], by=BEN)

        assert names(draft) == ["A", "B", "C"]
        assert (draft.revision, draft.saved_by, draft.saved_at) == (1, "Ben Builder", FRIDAY)

    def test_a_step_keeps_its_key_when_it_is_moved_and_edited(self, plan: Plan) -> None:
        draft = versions.save_draft(draft_of(plan), 0, [note_step("A"), card_step("B")], by=BEN)
        first, second = drafting.steps_of(draft)

        moved = drafting.moved([first, second], second.key, 0)
        renamed = drafting.put(moved, first.model_copy(update={"name": "A, renamed"}))
        versions.save_draft(draft, 1, renamed, by=BEN)

        assert [(step.name, step.key) for step in drafting.steps_of(draft)] == [
            ("B", second.key),
            ("A, renamed", first.key),
        ]
        assert drafting.without(renamed, second.key) == [renamed[1]]

    def test_of_two_tabs_the_second_is_told_who_saved_and_when(self, plan: Plan, friday: clock.VirtualClock) -> None:
        draft = draft_of(plan)
        friday.advance(minutes=5)
        versions.save_draft(draft, 0, [note_step("Ben's")], by=BEN)

        with pytest.raises(versions.DraftChanged) as caught:
            versions.save_draft(draft, 0, [note_step("Ada's")], by=ADA)

        assert (caught.value.saved_by, caught.value.saved_at, caught.value.revision) == ("Ben Builder", clock.now(), 1)
        assert "Ben Builder saved this plan at 17:05" in caught.value.what
        assert names(draft) == ["Ben's"]

        versions.save_draft(draft, caught.value.revision, [note_step("Both")], by=ADA)
        assert names(draft) == ["Both"]

    def test_a_double_click_saves_once(self, plan: Plan) -> None:
        draft = draft_of(plan)
        steps = [note_step("A", key=str(uuid4()))]

        first = versions.save_draft(draft, 0, steps, by=BEN)
        second = versions.save_draft(draft, 0, steps, by=BEN)

        assert (first.revision, second.revision) == (1, 1)

    def test_an_unknown_token_is_refused_by_its_name(self, plan: Plan) -> None:
        draft = draft_of(plan)

        with pytest.raises(PlanProblems) as caught:
            versions.save_draft(draft, 0, [note_step(), note_step(options={"text": "Hi {{client.firstNam}}"})], by=BEN)

        assert problems(caught) == {
            "steps.2.options.text": "There is no token {{client.firstNam}}. Did you mean {{client.firstName}}?"
        }
        assert names(draft) == []

    def test_a_token_of_nobody_is_taken_for_the_contacts_own(self, plan: Plan) -> None:
        """``account.firstName`` is the branch's own person, and would put the wrong name into the letter."""
        with pytest.raises(PlanProblems) as caught:
            versions.save_draft(draft_of(plan), 0, [note_step(options={"text": "{{contact.first_nam}}"})], by=BEN)

        assert problems(caught) == {
            "steps.1.options.text": "There is no token {{contact.first_nam}}. Did you mean {{client.firstName}}?"
        }

    def test_a_custom_field_is_a_token(self, plan: Plan) -> None:
        CustomField.objects.create(account=plan.account, label="Shoe size", key="shoe size", created_at=FRIDAY)

        draft = versions.save_draft(
            draft_of(plan), 0, [note_step(options={"text": "{{client.custom.Shoe size}}"})], by=BEN
        )

        assert names(draft) == ["Say hello"]

    def test_a_token_that_went_away_does_not_stop_the_mending_of_another_step(self, plan: Plan) -> None:
        field = CustomField.objects.create(account=plan.account, label="Size", key="size", created_at=FRIDAY)
        draft = versions.save_draft(draft_of(plan), 0, [note_step(options={"text": "{{client.custom.Size}}"})], by=BEN)
        (step,) = drafting.steps_of(draft)
        field.delete()

        versions.save_draft(draft, 1, [step, note_step("New")], by=BEN)

        assert names(draft) == ["Say hello", "New"]
        with pytest.raises(PlanProblems):
            versions.save_draft(draft, 2, [step.model_copy(update={"name": "Edited"})], by=BEN)

    def test_a_draft_may_be_unfinished(self, plan: Plan) -> None:
        assert names(versions.save_draft(draft_of(plan), 0, [card_step(options={})], by=BEN)) == ["Post a card"]

    def test_every_step_that_is_none_is_pointed_out_at_once(self, plan: Plan) -> None:
        wrong = [
            note_step(""),
            note_step(timing=after(-1)),
            {"name": "Nothing"},
            note_step(action_type="hello"),
            note_step(timing=after(1, "hours", at="9:00")),
            note_step(late_hours=0),
        ]

        with pytest.raises(PlanProblems) as caught:
            versions.save_draft(draft_of(plan), 0, wrong, by=BEN)

        assert list(problems(caught)) == [
            "steps.1.name", "steps.2.timing.amount", "steps.3.action_type", "steps.4.action_type", "steps.5.timing",
            "steps.6.late_hours",
        ]  # fmt: skip

    def test_the_same_step_twice_is_refused(self, plan: Plan) -> None:
        step = note_step(key=str(uuid4()))

        with pytest.raises(PlanProblems, match="some steps need another look"):
            versions.save_draft(draft_of(plan), 0, [step, step], by=BEN)


class TestMakingReady:
    def test_every_problem_is_found_at_once_with_its_step_and_field(self, plan: Plan) -> None:
        steps = [card_step(options={}), note_step(action_type="gone.send"), note_step(options={"text": "x", "size": 1})]
        draft = versions.save_draft(draft_of(plan), 0, steps, by=BEN)

        with pytest.raises(PlanProblems) as caught:
            versions.make_ready(draft, 1, by=BEN)

        assert list(problems(caught)) == ["steps.1.options.design", "steps.2", "steps.3.options.size"]
        assert [problem.step for problem in caught.value.problems] == ["Post a card", "Say hello", "Say hello"]
        draft.refresh_from_db()
        assert draft.state == "draft"

    def test_an_add_on_that_is_off_is_a_problem_of_the_step(self, plan: Plan) -> None:
        Connection.objects.update(enabled=False)
        draft = versions.save_draft(draft_of(plan), 0, [card_step()], by=BEN)

        assert [problem.path for problem in versions.review(draft).problems] == ["steps.1"]

    def test_a_plan_needs_a_step(self, plan: Plan) -> None:
        with pytest.raises(PlanProblems, match="not ready yet") as caught:
            versions.make_ready(draft_of(plan), 0, by=BEN)

        assert caught.value.problems[0].sentence == "A plan needs at least one step before it can run."

    def test_a_custom_field_that_was_deleted_meanwhile_is_found(self, plan: Plan) -> None:
        field = CustomField.objects.create(account=plan.account, label="Size", key="size", created_at=FRIDAY)
        draft = versions.save_draft(draft_of(plan), 0, [note_step(options={"text": "{{client.custom.Size}}"})], by=BEN)
        field.delete()

        assert [problem.path for problem in versions.review(draft).problems] == ["steps.1.options.text"]

    def test_what_is_stored_is_what_the_plugin_made_of_it(self, plan: Plan) -> None:
        draft = versions.save_draft(draft_of(plan), 0, [card_step()], by=BEN)

        ready = versions.make_ready(draft, 1, by=BEN)

        (step,) = drafting.steps_of(ready)
        assert step.options == {"design": "Balloons", "greeting": "Hi {{client.firstName}}", "inside": ""}
        assert (ready.state, ready.ready_at) == ("ready", FRIDAY)

    def test_a_stale_tab_cannot_make_ready_what_it_has_not_seen(self, plan: Plan) -> None:
        draft = versions.save_draft(draft_of(plan), 0, [note_step()], by=BEN)

        with pytest.raises(versions.DraftChanged):
            versions.make_ready(draft, 0, by=ADA)

    def test_a_ready_version_never_changes(self, account: Account) -> None:
        ready = make_plan(account).versions.get()

        with pytest.raises(Conflict, match="made ready meanwhile"):
            versions.save_draft(ready, 1, [], by=ADA)
        with pytest.raises(Conflict, match="made ready meanwhile"):
            versions.make_ready(ready, 1, by=ADA)


class TestEditingALivePlan:
    def test_editing_makes_a_new_draft_and_running_contacts_stay(self, account: Account) -> None:
        plan = make_plan(account)
        old = plan.versions.get()
        enrollment.enroll(plan, [contact(account).pk], by=ADA)

        draft = draft_of(plan)
        assert (draft.number, names(draft)) == (2, names(old))
        assert [step.key for step in drafting.steps_of(draft)] == [step.key for step in drafting.steps_of(old)]
        versions.save_draft(draft, 0, [note_step("Only this")], by=BEN)
        versions.make_ready(draft, 1, by=BEN)

        old.refresh_from_db()
        assert old.state == "retired"
        assert names(old) == ["Say hello", "Post a card"]
        assert Enrollment.objects.get().version == old
        enrollment.enroll(plan, [contact(account, "Dora").pk], by=ADA)
        assert Enrollment.objects.get(version__number=2).version.state == "ready"

    def test_there_is_one_draft_for_everybody(self, account: Account) -> None:
        plan = make_plan(account)

        assert draft_of(plan) == draft_of(plan)

    def test_a_discarded_draft_leaves_the_ready_version(self, account: Account) -> None:
        plan = make_plan(account)
        draft = draft_of(plan)

        versions.discard_draft(draft, by=BEN)

        assert [(row.number, row.state) for row in plan.versions.all()] == [(1, "ready")]
        with pytest.raises(Conflict, match="was discarded"):
            versions.save_draft(draft, 0, [], by=ADA)

    def test_the_only_version_is_not_discarded(self, plan: Plan) -> None:
        with pytest.raises(Conflict, match="only version"):
            versions.discard_draft(draft_of(plan), by=ADA)
