"""Putting contacts on a plan: counted first, done once, and told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.accounts.models import Account
from hub.audit.models import AuditRow
from hub.contacts.models import Contact, ExternalId
from hub.core import facts
from hub.db import clock, dialect
from hub.db.errors import Conflict
from hub.history.models import Note
from hub.plans import actions, changes, effect_key, enrollment, moments, scheduling
from hub.plans.enrollment import Counts
from hub.plans.loading import load_versions
from hub.plans.models import Enrollment, EnrollmentBatch, Plan, PlanVersion, StepRun
from tests.plans.company import ADA, BEN, FRIDAY, after, card_step, contact, make_plan, note_step, push_step


def everybody(account: Account) -> object:
    return Contact.objects.filter(account=account)


def test_one_contact_is_put_on_a_plan(account: Account) -> None:
    plan, cleo = make_plan(account), contact(account)

    report = enrollment.enroll(plan, [cleo.pk], by=ADA)

    assert (report.enrolled, report.skipped, report.refused) == (1, {}, 0)
    row = Enrollment.objects.get()
    assert (row.contact_id, row.plan, row.occurrence, row.state) == (cleo.pk, plan, 1, "running")
    assert (row.started_at, row.started_by) == (FRIDAY, "Ada Admin")
    run = StepRun.objects.get()
    assert (run.enrollment, run.contact_id, run.seq, run.state, run.due_at) == (row, cleo.pk, 0, "scheduled", FRIDAY)
    assert (run.action_type, run.addon, run.fence, run.attempts) == ("desk.note", "desk", 0, 0)


def test_only_the_first_step_is_written(account: Account) -> None:
    plan = make_plan(account, *(note_step(f"Step {n}") for n in range(5)))

    enrollment.enroll(plan, [contact(account).pk], by=ADA)

    assert StepRun.objects.count() == 1


def test_the_first_step_waits_as_its_timing_says(account: Account) -> None:
    plan = make_plan(account, note_step(timing=after(1, "business_days", at="9:00")))

    report = enrollment.enroll(plan, [contact(account).pk], by=ADA)

    monday_nine = FRIDAY.replace(day=23, hour=16)  # Denver is seven hours behind
    assert StepRun.objects.get().due_at == monday_nine
    assert report.first_due == monday_nine.isoformat()


def test_statement_and_function_write_the_same_first_run(account: Account) -> None:
    plan, cleo = make_plan(account), contact(account)
    enrollment.enroll(plan, [cleo.pk], by=ADA)
    row = StepRun.objects.get()

    version = load_versions([plan.versions.get().pk])[plan.versions.get().pk]
    (computed,) = scheduling.first_runs(
        version, [(row.enrollment_id, cleo.pk)], FRIDAY, moments.clock_of(account, version.rules)
    )

    expected = computed.row()
    same = [field.attname for field in StepRun._meta.fields if field.attname != "id"]
    assert {name: getattr(row, name) for name in same} == {name: getattr(expected, name) for name in same}


def test_everybody_selected_is_told_in_their_history_and_once_in_the_audit(account: Account) -> None:
    plan = make_plan(account)
    people = [contact(account, name) for name in ("Cleo", "Dora", "Emil")]

    enrollment.enroll(plan, everybody(account), by=ADA)

    notes = Note.objects.filter(kind="plan.started")
    assert sorted(notes.values_list("contact_id", flat=True)) == [person.pk for person in people]
    assert {(note.data["plan"], note.actor_label, note.at) for note in notes} == {("Welcome", "Ada Admin", FRIDAY)}
    assert set(notes.values_list("enrollment_id", flat=True)) == set(Enrollment.objects.values_list("pk", flat=True))
    audit = AuditRow.objects.get(verb="enrolled")
    assert (audit.object_id, audit.data["enrolled"]) == (str(plan.pk), 3)


class TestCountingFirst:
    def test_each_kind_of_contact_is_counted(self, account: Account, elsewhere: Account) -> None:
        plan = make_plan(account)
        running = contact(account, "Running")
        enrollment.enroll(plan, [running.pk], by=ADA)
        finished = contact(account, "Finished")
        enrollment.enroll(plan, [finished.pk], by=ADA)
        Enrollment.objects.filter(contact_id=finished.pk).update(state="finished", ended_at=clock.now())
        archived = contact(account, "Archived", archived_at=clock.now())
        homeless = contact(account, "Homeless", line1="")
        new = contact(account, "New")
        stranger = contact(elsewhere, "Stranger")
        selected = [row.pk for row in (running, finished, archived, homeless, new, stranger)] + [10**12]

        counts = enrollment.count(plan, selected)

        assert counts == Counts(
            selected=5, new=2, again=1, running=1, archived=1, unknown=2,
            lacking={"first_name": 0, "address": 1}, incomplete=1,
        )  # fmt: skip
        assert counts.starting == 3
        assert counts.lacking_words == {"a complete postal address": 1}

    def test_counting_changes_nothing(self, account: Account) -> None:
        plan = make_plan(account)
        contact(account)

        enrollment.count(plan, everybody(account))

        assert not Enrollment.objects.exists()
        assert not EnrollmentBatch.objects.exists()

    def test_nobody_selected_is_all_noughts(self, account: Account) -> None:
        assert enrollment.count(make_plan(account), []).selected == 0

    @pytest.mark.parametrize(
        "blank",
        [
            {},
            {"first_name": " "},
            {"line1": ""},
            {"city": " "},
            {"state": ""},
            {"zip": ""},
            {"line2": "", "country": ""},
            {"email": ""},
            {"phone_cell": "", "phone_home": "", "phone_work": "1"},
            {"phone_cell": "1"},
            {"company": "Gym", "last_name": "Fox"},
        ],
    )
    def test_what_a_contact_lacks_is_what_the_gate_will_say(
        self, account: Account, blank: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan, cleo = make_plan(account), contact(account)
        Contact.objects.filter(pk=cleo.pk).update(**blank)
        monkeypatch.setattr(actions, "needs", lambda types: tuple(map(actions.Need, facts.NEEDS)))

        counted = enrollment.count(plan, [cleo.pk])

        expected = [need for need in facts.NEEDS if facts.missing(facts_of(cleo.pk), (need,))]
        assert [need for need, number in counted.lacking.items() if number] == expected

    def test_those_who_lack_something_can_be_left_out(self, account: Account) -> None:
        plan = make_plan(account)
        contact(account, "Homeless", line1="")
        contact(account, "Cleo")

        report = enrollment.enroll(plan, everybody(account), by=ADA, only_complete=True)

        assert (report.enrolled, report.skipped) == (1, {"incomplete": 1})

    def test_who_is_linked_lacks_only_what_the_linked_need(self, account: Account) -> None:
        plan = make_plan(account, push_step(), note_step())
        people = [
            contact(account, name, email=email) for name, email in (("Cleo", ""), ("Dora", ""), ("Emil", "e@x.org"))
        ]
        contact(account, "Fay", company="")
        for person in (people[0], people[2]):
            ExternalId.objects.create(account=account, contact=person, source="club", value=str(person.pk))
        ExternalId.objects.create(account=account, contact=people[1], source="another", value="1")
        Contact.objects.filter(pk=people[2].pk).update(first_name="")

        counts = enrollment.count(plan, everybody(account))
        report = enrollment.enroll(plan, everybody(account), by=ADA, only_complete=True)

        # Dora is not the club's and has no address; Emil is, and has no first name.
        assert (counts.lacking, counts.incomplete) == ({"email": 1, "first_name": 1}, 2)
        assert (report.enrolled, report.skipped) == (2, {"incomplete": 2})


def facts_of(contact_id: int) -> facts.Contact:
    row = Contact.objects.get(pk=contact_id)
    plain = {name: getattr(row, name) for name in ("first_name", "last_name", "email", "company")}
    phones = {name: getattr(row, name) for name in ("phone_cell", "phone_home", "phone_work")}
    address = facts.Address(line1=row.line1, city=row.city, state=row.state, zip=row.zip)
    return facts.Contact(id=str(row.pk), address=address, **plain, **phones)


class TestNobodyIsPutOnTwice:
    def test_a_second_click_starts_nobody(self, account: Account) -> None:
        plan, cleo = make_plan(account), contact(account)

        first = enrollment.enroll(plan, [cleo.pk], by=ADA)
        second = enrollment.enroll(plan, [cleo.pk], by=ADA)

        assert (first.enrolled, second.enrolled, second.skipped) == (1, 0, {"running": 1})
        assert (Enrollment.objects.count(), StepRun.objects.count(), Note.objects.count()) == (1, 1, 1)

    def test_the_same_request_gets_the_same_report(self, account: Account) -> None:
        plan, cleo = make_plan(account), contact(account)

        first = enrollment.enroll(plan, [cleo.pk], by=ADA, token="click-1")
        second = enrollment.enroll(plan, [cleo.pk], by=ADA, token="click-1")

        assert second.repeated
        assert (second.enrolled, second.batch_id, second.first_due) == (1, first.batch_id, first.first_due)
        assert (Enrollment.objects.count(), AuditRow.objects.filter(verb="enrolled").count()) == (1, 1)

    def test_a_token_is_good_for_one_plan(self, account: Account) -> None:
        cleo = contact(account)
        enrollment.enroll(make_plan(account), [cleo.pk], by=ADA, token="click-1")

        with pytest.raises(Conflict):
            enrollment.enroll(make_plan(account, name="Other"), [cleo.pk], by=ADA, token="click-1")

    def test_one_id_twice_is_one_contact(self, account: Account) -> None:
        cleo = contact(account)

        assert enrollment.enroll(make_plan(account), [cleo.pk, cleo.pk], by=ADA).enrolled == 1


class TestComingBack:
    def enrol_and_finish(self, plan: Plan, person: Contact) -> None:
        enrollment.enroll(plan, [person.pk], by=ADA)
        Enrollment.objects.filter(contact_id=person.pk).update(state="finished", ended_at=clock.now())

    def test_never_means_once(self, account: Account) -> None:
        plan, cleo = make_plan(account, reenrollment="never"), contact(account)
        self.enrol_and_finish(plan, cleo)

        assert enrollment.count(plan, [cleo.pk]).been == 1
        assert enrollment.enroll(plan, [cleo.pk], by=ADA).skipped == {"been": 1}

    def test_after_finish_every_step_comes_again(self, account: Account) -> None:
        plan, cleo = make_plan(account), contact(account)
        self.enrol_and_finish(plan, cleo)

        report = enrollment.enroll(plan, [cleo.pk], by=ADA)

        assert report.enrolled == 1
        assert Enrollment.objects.get(state="running").occurrence == 2
        assert StepRun.objects.count() == 2

    def test_always_stops_the_run_before_and_starts_anew(self, account: Account, friday: clock.VirtualClock) -> None:
        plan, cleo = make_plan(account, reenrollment="always"), contact(account)
        enrollment.enroll(plan, [cleo.pk], by=ADA)
        friday.advance(hours=1)

        assert enrollment.count(plan, [cleo.pk]).restart == 1
        report = enrollment.enroll(plan, [cleo.pk], by=BEN)

        assert (report.enrolled, report.restarted) == (1, 1)
        assert list(Enrollment.objects.order_by("occurrence").values_list("state", flat=True)) == ["stopped", "running"]
        assert sorted(StepRun.objects.values_list("state", flat=True)) == ["cancelled", "scheduled"]

    def test_always_does_not_mean_twice_within_minutes(self, account: Account, friday: clock.VirtualClock) -> None:
        plan, cleo = make_plan(account, reenrollment="always"), contact(account)
        enrollment.enroll(plan, [cleo.pk], by=ADA)
        friday.advance(minutes=1)

        assert enrollment.enroll(plan, [cleo.pk], by=BEN).skipped == {"running": 1}


class TestRefusals:
    def test_nobody_is_put_on_a_draft(self, account: Account) -> None:
        plan = changes.create_plan(account, "Unfinished", by=ADA)

        with pytest.raises(Conflict, match="still a draft"):
            enrollment.enroll(plan, [contact(account).pk], by=ADA)

    def test_nobody_is_put_on_an_archived_plan(self, account: Account) -> None:
        plan = make_plan(account)
        changes.archive(plan, by=ADA)

        with pytest.raises(Conflict, match="archived"):
            enrollment.count(plan, [contact(account).pk])

    def test_contacts_of_another_account_are_refused_and_not_touched(
        self, account: Account, elsewhere: Account
    ) -> None:
        plan, stranger = make_plan(account), contact(elsewhere)

        by_id = enrollment.enroll(plan, [stranger.pk], by=ADA)
        by_query = enrollment.enroll(plan, Contact.objects.all(), by=ADA)

        assert (by_id.enrolled, by_id.refused, by_query.enrolled) == (0, 1, 0)
        assert not Enrollment.objects.exists()

    def test_a_query_enrols_only_whom_it_shows(self, account: Account) -> None:
        plan = make_plan(account)
        contact(account, "Cleo")
        contact(account, "Dora")

        report = enrollment.enroll(plan, Contact.objects.filter(account=account, first_name="Dora"), by=ADA)

        assert report.enrolled == 1
        assert Contact.objects.get(pk=Enrollment.objects.get().contact_id).first_name == "Dora"


def test_running_contacts_stay_on_their_version(account: Account) -> None:
    plan, cleo = make_plan(account), contact(account)
    enrollment.enroll(plan, [cleo.pk], by=ADA)
    old = plan.versions.get()

    PlanVersion.objects.filter(pk=old.pk).update(state="retired")

    assert Enrollment.objects.get().version == old


def test_the_key_made_in_sql_is_the_key_made_in_python(account: Account) -> None:
    plan = make_plan(account, card_step("Gruß an {{client.firstName}}"))
    cleo = contact(account)

    enrollment.enroll(plan, [cleo.pk], by=ADA)

    run, step = StepRun.objects.get(), plan.versions.get().steps.get()
    assert run.effect_key == effect_key.of(account.pk, "post.card", cleo.pk, run.enrollment_id, step.key)
    assert dialect.read_uuid(run.id).version == 7
    assert run.due_at - FRIDAY == timedelta(0)
