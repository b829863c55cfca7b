"""Very many at once at the browser: the number first, then a page that tells how far it is, and a report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.contacts import changes as contact_changes
from hub.contacts.bulk import changes, portions
from hub.contacts.bulk.models import BulkChange, BulkPortion
from hub.contacts.models import Contact, ContactTag
from hub.contacts.visibility import EVERYTHING
from hub.db import clock
from hub.web.views.contacts import acting
from tests.support.people import make_account, make_user
from tests.web.contacts.test_listing import act, known
from tests.web.plans.world import inputs

pytestmark = pytest.mark.django_db

NAMES = ("Cleo", "Sam", "Dora", "Mia", "Ned")


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "AT_ONCE", 3)
    monkeypatch.setattr(changes, "PORTION", 2)


@pytest.fixture
def people(denver: Any) -> list[Contact]:
    return [known(denver, name) for name in NAMES]


def ask(browser: Any, denver: Any, **given: Any) -> dict[str, str]:
    """The form of the question, filled in."""
    return inputs(act(browser, denver, "tag", all_matching="1", **given)) | {"choice": "vip, gold"}


def started(browser: Any, denver: Any) -> BulkChange:
    answer = browser.post(f"/a/{denver.pk}/contacts/act", ask(browser, denver))
    row = BulkChange.objects.latest("pk")
    assert answer.url == f"/a/{denver.pk}/contacts/changes/{row.pk}"
    return row


def work(row: BulkChange, most: int = 99) -> None:
    """What the bell does, so many portions."""
    for _ in range(most):
        row.refresh_from_db()
        if not portions.begin(row.pk, row.portion):
            return
        portions.run(row.pk, row.portion)


def look(browser: Any, row: BulkChange, **kwargs: Any) -> str:
    return str(browser.get(f"/a/{row.account_id}/contacts/changes/{row.pk}", **kwargs).content.decode())


def test_the_question_says_that_so_many_take_a_while(denver: Any, browser: Any, people: Any) -> None:
    page = act(browser, denver, "tag", all_matching="1").content.decode()

    assert "This concerns 5 contacts." in page
    assert "it goes on in the background" in page
    assert "it goes on in the background" not in act(browser, denver, "tag", ids=[people[0].pk]).content.decode()


def test_a_few_are_changed_at_once_with_one_audit_row(denver: Any, browser: Any, people: Any) -> None:
    form = {"ids": [one.pk for one in people[:3]], "choice": "vip", "confirmed": "1"}

    answer = act(browser, denver, "tag", **form)

    assert "3 contacts changed." in browser.get(answer.url).content.decode()
    assert AuditRow.objects.filter(verb="tagged").count() == 1
    assert not BulkChange.objects.exists()


def test_very_many_go_on_by_themselves_and_their_page_tells_how_far(denver: Any, browser: Any, people: Any) -> None:
    row = started(browser, denver)
    assert ContactTag.objects.count() == 0

    work(row, 1)
    page = look(browser, row)
    assert "2 of 5 contacts" in page
    assert 'hx-trigger="every 2s"' in page
    assert '<meta http-equiv="refresh"' in page
    assert "Add tags: 2 of 5 contacts so far" in browser.get(f"/a/{denver.pk}/contacts").content.decode()

    work(row)
    page = look(browser, row)
    assert "vip, gold" in page
    assert "Not reached" not in page
    assert "every 2s" not in page
    assert ContactTag.objects.count() == 10
    assert "so far" not in browser.get(f"/a/{denver.pk}/contacts").content.decode()


def test_htmx_gets_the_progress_and_at_the_end_the_report(denver: Any, browser: Any, people: Any) -> None:
    row = started(browser, denver)
    asked = {"path": f"/a/{denver.pk}/contacts/changes/{row.pk}?part=progress", "headers": {"HX-Request": "true"}}

    part = browser.get(**asked)
    work(row)
    end = browser.get(**asked)

    assert "0 of 5 contacts" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert end["HX-Redirect"] == f"/a/{denver.pk}/contacts/changes/{row.pk}"


def test_pressing_twice_starts_one(denver: Any, browser: Any, people: Any) -> None:
    form = ask(browser, denver)

    first = browser.post(f"/a/{denver.pk}/contacts/act", form)
    second = browser.post(f"/a/{denver.pk}/contacts/act", form)

    assert first.url == second.url
    assert BulkChange.objects.count() == 1


def test_two_tabs_that_ask_the_same_change_nobody_twice(denver: Any, browser: Any, people: Any) -> None:
    first, second = started(browser, denver), started(browser, denver)
    work(first)
    work(second)

    assert (first.changed, second.changed, second.unchanged) == (5, 0, 5)
    assert "Were so already" in look(browser, second)


def test_a_list_that_has_grown_since_the_question_is_asked_about_again(denver: Any, browser: Any, people: Any) -> None:
    form = ask(browser, denver)
    known(denver, "Latecomer")

    again = browser.post(f"/a/{denver.pk}/contacts/act", form)

    assert "The list has grown since you were asked" in again.content.decode()
    assert "This concerns 6 contacts." in again.content.decode()
    assert not BulkChange.objects.exists()
    assert 'value="vip, gold"' in again.content.decode()
    assert browser.post(f"/a/{denver.pk}/contacts/act", inputs(again) | {"choice": "vip"}).status_code == 302


def test_cancelled_it_stops_and_the_report_says_what_stays(denver: Any, browser: Any, people: Any) -> None:
    row = started(browser, denver)
    work(row, 1)

    browser.post(f"/a/{denver.pk}/contacts/changes/{row.pk}/cancel")
    work(row)
    page = look(browser, row)

    assert "Stopped. What was changed up to here stays." in page
    assert "Not reached" in page
    assert Contact.objects.filter(contact_tags__isnull=False).distinct().count() == 2
    twice = browser.post(f"/a/{denver.pk}/contacts/changes/{row.pk}/cancel")
    assert twice.status_code == 409


def test_one_that_could_not_go_on_says_why_and_what_next(denver: Any, browser: Any, people: Any, admin: Any) -> None:
    row = started(browser, denver)
    boss = make_user(denver, "owner", "boss")
    admin.grants.all().delete()
    work(row)

    page = look(_browser_of(boss), row)

    assert "may no longer" in page
    assert "mark the contacts again" in page


def test_one_whose_worker_is_lost_says_that_it_waits(denver: Any, browser: Any, people: Any) -> None:
    row = started(browser, denver)
    BulkChange.objects.update(lease_until=clock.now() - timedelta(seconds=1))

    assert "It waits for a worker and goes on by itself." in look(browser, row)


def test_a_choice_that_cannot_be_starts_nothing(denver: Any, browser: Any, people: Any) -> None:
    for choice in ("", " , ", "x" * 61):
        form = ask(browser, denver) | {"choice": choice}
        assert browser.post(f"/a/{denver.pk}/contacts/act", form).status_code == 422, choice

    assert not BulkChange.objects.exists()
    assert not BulkPortion.objects.exists()


def test_a_salesperson_changes_and_sees_only_what_is_hers(
    denver: Any, browser: Any, hers: Any, sally: Any, people: Any
) -> None:
    admins = started(browser, denver)
    Contact.objects.filter(first_name__in=NAMES[:4]).update(assigned_user=sally)

    row = started(hers, denver)
    contact_changes.assign(denver, EVERYTHING, people[0].pk, None, by=SYSTEM)
    work(row)

    assert (row.asked, row.changed, row.gone) == (4, 3, 1)
    assert "no longer theirs to change" in look(hers, row)
    assert hers.get(f"/a/{denver.pk}/contacts/changes/{admins.pk}").status_code == 404
    assert hers.post(f"/a/{denver.pk}/contacts/changes/{admins.pk}/cancel").status_code == 404
    listed = hers.get(f"/a/{denver.pk}/contacts/changes").context["lines"]
    assert [line.row.pk for line in listed] == [row.pk]
    assert len(browser.get(f"/a/{denver.pk}/contacts/changes").context["lines"]) == 2


def test_who_may_not_do_it_may_not_cancel_it_either(denver: Any, browser: Any, people: Any) -> None:
    form = inputs(act(browser, denver, "assign", all_matching="1"))
    browser.post(f"/a/{denver.pk}/contacts/act", form)
    row = BulkChange.objects.get()
    sees_all = make_user(denver, "standard", "stan")
    sees_all.grants.update(visibility="all", withdrawn=["contacts.assign"])

    answer = _browser_of(sees_all).post(f"/a/{denver.pk}/contacts/changes/{row.pk}/cancel")

    row.refresh_from_db()
    assert (answer.status_code, row.state) == (403, "running")


def test_another_accounts_does_not_exist(denver: Any, browser: Any, people: Any) -> None:
    row = started(browser, denver)
    elsewhere = make_account("Elsewhere")
    stranger = _browser_of(make_user(elsewhere, "owner", "stranger"))

    assert stranger.get(f"/a/{elsewhere.pk}/contacts/changes/{row.pk}").status_code == 404
    assert stranger.get(f"/a/{elsewhere.pk}/contacts/changes").context["lines"] == []
    assert stranger.get(f"/a/{denver.pk}/contacts/changes/{row.pk}").status_code == 404


def test_an_empty_list_of_them_says_what_it_is_for(denver: Any, browser: Any) -> None:
    assert "No bulk changes yet" in browser.get(f"/a/{denver.pk}/contacts/changes").content.decode()


def _browser_of(user: Any) -> Any:
    from django.test import Client

    from tests.support.people import PASSWORD

    browser = Client()
    assert browser.post("/sign-in", {"username": user.username, "password": PASSWORD}).status_code == 302
    return browser
