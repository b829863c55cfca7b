"""The dashboard, the bell and the profile."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from hub.accounts import changes as accounts
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.db import clock
from hub.history.changes import NewNote, add
from hub.notifications.changes import NewNotification, tell_many
from hub.notifications.models import Notification
from hub.plans.models import Enrollment, Plan, PlanStep, PlanVersion, StepRun
from tests.support.people import Tree, make_user

pytestmark = pytest.mark.django_db


class Work:
    """A plan of one step in an account, and steps in any state."""

    def __init__(self, account) -> None:
        self.account, self.now = account, clock.now()
        self.plan = Plan.objects.create(account=account, name="Welcome", created_at=self.now)
        self.version = PlanVersion.objects.create(
            plan=self.plan, number=1, state="ready", made_at=self.now, saved_at=self.now
        )
        self.step = PlanStep.objects.create(version=self.version, position=0, action_type="note.write", name="Hello")

    def contact(self, name: str, assigned_to=None) -> Contact:
        made = {"created_at": self.now, "updated_at": self.now, "search_text": name.casefold()}
        return Contact.objects.create(account=self.account, first_name=name, assigned_user=assigned_to, **made)

    def run(self, contact: Contact, state: str, **more) -> StepRun:
        enrollment = Enrollment.objects.create(
            account=self.account, plan=self.plan, version=self.version, contact_id=contact.pk, started_at=self.now,
            occurrence=Enrollment.objects.filter(contact_id=contact.pk).count() + 1,
            state="running" if not Enrollment.objects.filter(contact_id=contact.pk).exists() else "finished",
        )  # fmt: skip
        return StepRun.objects.create(
            account=self.account, enrollment=enrollment, contact_id=contact.pk, plan_step=self.step, seq=0,
            action_type="note.write", addon="note", state=state, effect_key=uuid.uuid4().hex, created_at=self.now, **more,
        )  # fmt: skip


def test_an_account_at_its_beginning_is_led_to_the_first_step(tree: Tree, enter) -> None:
    text = enter(make_user(tree.a, "owner")).get(f"/a/{tree.a.pk}/").content.decode()

    assert "Four steps to a plan that runs by itself" in text
    assert "Switch an add-on on" in text


def test_what_was_done_what_comes_and_what_waits_is_counted(tree: Tree, enter) -> None:
    work = Work(tree.a)
    mary = work.contact("Mary")
    work.run(mary, "done", closed_at=work.now)
    work.run(mary, "failed", closed_at=work.now)
    work.run(mary, "done", closed_at=work.now - timedelta(days=3))
    work.run(mary, "done", closed_at=work.now - timedelta(days=30))
    work.run(mary, "scheduled", due_at=work.now + timedelta(hours=2))
    work.run(mary, "scheduled", due_at=work.now + timedelta(days=9))
    work.run(mary, "held", hold_reason="account_paused", held_at=work.now - timedelta(hours=5))
    work.run(mary, "review", hold_reason="unclear", held_at=work.now)

    answer = enter(make_user(tree.a, "owner")).get(f"/a/{tree.a.pk}/")

    told = answer.context
    assert (told["week_done"], told["week_failed"], told["today"].done) == (2, 1, 1)
    assert told["soon"] == 1
    assert (told["held_count"], told["decide_count"]) == (1, 1)
    assert [one.contact for one in told["coming"]] == ["Mary"]
    assert "Account paused" in answer.content.decode()


def test_a_salesperson_sees_the_numbers_of_their_own_contacts(tree: Tree, enter) -> None:
    work, sales = Work(tree.a), make_user(tree.a, "sales")
    soon = work.now + timedelta(hours=1)
    work.run(work.contact("Mine", sales), "scheduled", due_at=soon)
    work.run(work.contact("Of others"), "scheduled", due_at=soon)

    answer = enter(sales).get(f"/a/{tree.a.pk}/")

    assert answer.context["soon"] == 1
    assert "Mine" in answer.content.decode()
    assert "Of others" not in answer.content.decode()


def test_the_latest_lead_to_their_contacts(tree: Tree, enter) -> None:
    work = Work(tree.a)
    mary = work.contact("Mary")
    work.run(mary, "done", closed_at=work.now)
    add(NewNote(tree.a.pk, mary.pk, "step.done", {"step": "Mug"}))

    text = enter(make_user(tree.a, "owner")).get(f"/a/{tree.a.pk}/").content.decode()

    assert f'<a href="/a/{tree.a.pk}/contacts/{mary.pk}">Mary</a>' in text


def test_the_numbers_of_plans_are_those_of_the_contacts_one_sees(tree: Tree, enter) -> None:
    work, sales = Work(tree.a), make_user(tree.a, "sales")
    work.run(work.contact("Mary", sales), "held", hold_reason="account_paused", held_at=work.now)
    for name in ("Ann", "Bob"):
        work.run(work.contact(name), "held", hold_reason="account_paused", held_at=work.now)

    def numbers(user) -> list[tuple[int, int]]:
        browser = enter(user)
        [(_, shown)] = browser.get(f"/a/{tree.a.pk}/").context["plans"]
        [line] = browser.get(f"/a/{tree.a.pk}/plans").context["lines"]
        return [(each.running, each.held) for each in (shown, line.numbers)]

    assert numbers(sales) == [(1, 1), (1, 1)]
    assert numbers(make_user(tree.a, "owner")) == [(3, 3), (3, 3)]


def test_a_paused_account_says_what_that_means(tree: Tree, enter) -> None:
    accounts.pause(tree.a, by=SYSTEM)

    text = enter(make_user(tree.a, "owner")).get(f"/a/{tree.a.pk}/").content.decode()

    assert "This account is paused" in text
    assert "Set active" in text


class TestSearch:
    def test_finds_contacts_and_plans(self, tree: Tree, enter) -> None:
        work = Work(tree.a)
        work.contact("Welda")

        text = enter(make_user(tree.a, "owner")).get(f"/a/{tree.a.pk}/search", {"q": "wel"}).content.decode()

        assert "Welda" in text
        assert f"/a/{tree.a.pk}/plans/{work.plan.pk}" in text

    def test_shows_nobody_what_is_not_theirs(self, tree: Tree, enter) -> None:
        Work(tree.b).contact("Welda")
        Work(tree.a).contact("Welfare of others")

        text = enter(make_user(tree.a, "sales")).get(f"/a/{tree.a.pk}/search", {"q": "welf"}).content.decode()

        assert "Nothing matches" in text

    @pytest.mark.parametrize("typed", ["", "  ", "%", "'; DROP", "ü" * 5000, "🧁", "\\"])
    def test_answers_whatever_is_typed(self, tree: Tree, enter, typed: str) -> None:
        assert enter(make_user(tree.a, "owner")).get(f"/a/{tree.a.pk}/search", {"q": typed}).status_code == 200


class TestBell:
    def tell(self, user, account, **more) -> Notification:
        tell_many([NewNotification(account.pk, user.pk, "step.failed", {"step": "Mug", "contact": "Mary"}, **more)])
        return Notification.objects.latest("id")

    def test_counts_lists_and_marks(self, tree: Tree, enter) -> None:
        user = make_user(tree.a, "owner")
        told = self.tell(user, tree.a, url="/accounts")
        browser = enter(user)
        assert "Notifications: 1 unread" in browser.get(f"/a/{tree.a.pk}/").content.decode()
        assert "“Mug” failed for Mary" in browser.get(f"/a/{tree.a.pk}/notifications").content.decode()

        answer = browser.post(f"/a/{tree.a.pk}/notifications/read", {"id": told.pk})

        assert answer.url == "/accounts"
        told.refresh_from_db()
        assert told.read_at is not None

    def test_keeps_others_out(self, tree: Tree, enter) -> None:
        told = self.tell(make_user(tree.a, "owner"), tree.a)

        for sent in (str(told.pk), "x", "²", "9" * 40, ""):
            enter(make_user(tree.a)).post(f"/a/{tree.a.pk}/notifications/read", {"id": sent})

        told.refresh_from_db()
        assert told.read_at is None

    def test_is_not_marked_by_somebody_acting_as_its_owner(self, tree: Tree, enter) -> None:
        admin, user = make_user(tree.a, "admin"), make_user(tree.a)
        told = self.tell(user, tree.a)
        browser = enter(admin)
        browser.post(f"/a/{tree.a.pk}/settings/users/{user.pk}/log-in-as")

        browser.post(f"/a/{tree.a.pk}/notifications/read")

        told.refresh_from_db()
        assert told.read_at is None


class TestProfile:
    def test_changes_the_persons_own_name(self, tree: Tree, enter) -> None:
        user = make_user(tree.a)

        enter(user).post(f"/a/{tree.a.pk}/profile", {"first_name": "Ada", "last_name": "Lovelace", "email": "not one"})
        user.refresh_from_db()
        assert user.first_name != "Ada"

        enter(user).post(
            f"/a/{tree.a.pk}/profile", {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}
        )
        user.refresh_from_db()
        assert user.label == "Ada Lovelace"

    def test_chooses_the_first_page_after_signing_in(self, tree: Tree, enter) -> None:
        browser = enter(make_user(tree.a))
        browser.post(f"/a/{tree.a.pk}/profile", {"first_name": "Ada", "landing_page": "plans"})
        assert browser.get("/").url == f"/a/{tree.a.pk}/plans"

        assert browser.post(f"/a/{tree.a.pk}/profile", {"landing_page": "nowhere"}).status_code == 422

    def test_ends_a_session_elsewhere_without_showing_its_key(self, tree: Tree, enter) -> None:
        user = make_user(tree.a)
        here, there = enter(user), enter(user)
        shown = here.get(f"/a/{tree.a.pk}/profile")
        other = next(one for one in shown.context["sessions"] if not one.here)
        assert other.session.session_key not in shown.content.decode()

        here.post(f"/a/{tree.a.pk}/profile/sessions", {"mark": other.mark})

        assert there.get(f"/a/{tree.a.pk}/").url.startswith("/sign-in")
        assert here.get(f"/a/{tree.a.pk}/").status_code == 200
        assert here.post(f"/a/{tree.a.pk}/profile/sessions", {"mark": "made up"}).status_code == 404

    def test_keeps_the_colours_chosen(self, tree: Tree, enter) -> None:
        browser = enter(make_user(tree.a))

        browser.post(f"/a/{tree.a.pk}/profile/colours", {"theme": "dark"})

        assert 'data-theme="dark"' in browser.get(f"/a/{tree.a.pk}/").content.decode()
