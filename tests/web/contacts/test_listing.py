"""The list: what an address asks for, what is shown of it, and one thing done to many with the number first."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.contacts import changes, list_changes
from hub.contacts.models import Contact, SavedFilter
from hub.contacts.visibility import EVERYTHING
from hub.plans import enrollment
from hub.users import changes as users
from tests.plans.company import contact, make_plan
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cleo(denver: Any) -> Contact:
    return known(denver, "Cleo")


@pytest.fixture
def sam(denver: Any) -> Contact:
    return known(denver, "Sam")


def known(denver: Any, name: str, **values: Any) -> Contact:
    return contact(denver, name, search_text=name.lower(), name_key=name.lower(), **values)


def shown(browser: Any, denver: Any, **query: str) -> str:
    answer = browser.get(f"/a/{denver.pk}/contacts", query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def names_in(page: str) -> set[str]:
    return {name for name in ("Cleo", "Sam", "Dora", "Mia") if name in page}


def act(browser: Any, denver: Any, name: str, **given: Any) -> Any:
    return browser.post(f"/a/{denver.pk}/contacts/act", {"act": name, **given})


def test_an_empty_account_leads_to_the_first_contact(denver: Any, browser: Any) -> None:
    page = shown(browser, denver)

    assert "No contacts yet" in page
    assert f"/a/{denver.pk}/contacts/import" in page
    assert f"/a/{denver.pk}/contacts/new" in page


def test_each_filter_narrows(denver: Any, browser: Any, admin: Any, cleo: Contact, sam: Contact) -> None:
    web = list_changes.add_lead_source(denver, "Web", by=SYSTEM)
    trial = list_changes.add_sales_cycle(denver, "Trial", by=SYSTEM)
    changes.set_lead_source_many(denver, EVERYTHING, [cleo.pk], web.pk, by=SYSTEM)
    changes.set_sales_cycle(denver, EVERYTHING, cleo.pk, trial.pk, by=SYSTEM)
    changes.assign(denver, EVERYTHING, cleo.pk, admin.pk, by=SYSTEM)
    changes.add_tags(denver, EVERYTHING, cleo.pk, ["gold"], by=SYSTEM)
    tag = cleo.contact_tags.get().tag_id
    Contact.objects.filter(pk=sam.pk).update(zip="")
    plan = make_plan(denver)
    enrollment.enroll(plan, [cleo.pk], by=SYSTEM)
    filters = {
        "source": web.pk, "cycle": trial.pk, "user": admin.pk, "tag": tag, "plan": plan.pk, "address": "yes", "q": "cle",
    }  # fmt: skip

    for name, value in filters.items():
        assert names_in(shown(browser, denver, **{name: str(value)})) == {"Cleo"}, name
    assert names_in(shown(browser, denver, user="none")) == {"Sam"}
    assert names_in(shown(browser, denver, address="no")) == {"Sam"}


def test_archived_contacts_are_shown_when_asked_for(denver: Any, browser: Any, cleo: Contact, sam: Contact) -> None:
    changes.archive(denver, EVERYTHING, sam.pk, by=SYSTEM)

    assert names_in(shown(browser, denver)) == {"Cleo"}
    assert names_in(shown(browser, denver, archived="yes")) == {"Sam"}
    assert names_in(shown(browser, denver, archived="any")) == {"Cleo", "Sam"}


@pytest.mark.parametrize(
    "query",
    [
        {"source": "x"}, {"tag": "9" * 30}, {"plan": "-1"}, {"plan": "999999"}, {"sort": "password"}, {"user": "0"},
        {"q": "a" * 5_000}, {"archived": "maybe"}, {"address": "\u2603"}, {"q": "%_\\'\"--"},
    ],
)  # fmt: skip
def test_an_address_that_makes_no_sense_breaks_nothing(denver: Any, browser: Any, cleo: Contact, query: Any) -> None:
    assert browser.get(f"/a/{denver.pk}/contacts", query).status_code == 200


def test_a_broken_cursor_is_told(denver: Any, browser: Any, cleo: Contact) -> None:
    assert browser.get(f"/a/{denver.pk}/contacts", {"cursor": "zzz"}).status_code == 422


def test_pages_follow_each_other_by_cursor(denver: Any, browser: Any) -> None:
    for number in range(53):
        contact(denver, f"Person{number:02}", name_key=f"person{number:02}")

    first = browser.get(f"/a/{denver.pk}/contacts", {"sort": "name"})
    following = browser.get(f"/a/{denver.pk}/contacts", {"sort": "name", "cursor": first.context["page"].next})

    assert [row.contact.first_name for row in following.context["rows"]] == ["Person50", "Person51", "Person52"]
    assert first.context["page"].total == 53


def test_the_second_page_leads_back_to_the_first(denver: Any, browser: Any) -> None:
    for number in range(53):
        contact(denver, f"Person{number:02}", name_key=f"person{number:02}")
    first = browser.get(f"/a/{denver.pk}/contacts", {"sort": "name"})
    second = browser.get(f"/a/{denver.pk}/contacts", {"sort": "name", "cursor": first.context["page"].next})
    link = re.search(r'href="(\?[^"]*)"[^>]* rel="prev"', second.content.decode())

    assert link
    back = browser.get(f"/a/{denver.pk}/contacts" + html.unescape(link[1]))
    assert [row.contact.pk for row in back.context["rows"]] == [row.contact.pk for row in first.context["rows"]]
    assert 'rel="prev"' not in back.content.decode()


def test_htmx_gets_only_what_a_search_changes(denver: Any, browser: Any, cleo: Contact) -> None:
    part = browser.get(f"/a/{denver.pk}/contacts", {"q": "cleo"}, headers={"HX-Request": "true"}).content.decode()
    back = browser.get(
        f"/a/{denver.pk}/contacts", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    ).content.decode()

    assert '<div id="contacts"' in part
    assert "<html" not in part
    assert "<html" in back


def test_a_search_brings_the_menu_anew_so_that_the_export_is_of_what_is_shown(
    denver: Any, browser: Any, cleo: Contact
) -> None:
    part = browser.get(f"/a/{denver.pk}/contacts", {"q": "cleo"}, headers={"HX-Request": "true"}).content.decode()

    assert 'id="contacts-more" hx-swap-oob="true"' in part
    assert f'action="/a/{denver.pk}/contacts/export?q=cleo"' in part


def test_a_user_who_left_is_marked(denver: Any, browser: Any, cleo: Contact) -> None:
    gone = make_user(denver, "standard", "gone")
    changes.assign(denver, EVERYTHING, cleo.pk, gone.pk, by=SYSTEM)
    users.archive(gone, denver, by=SYSTEM)

    assert "This user is archived. Assign the contact to somebody else." in shown(browser, denver)
    assert "This user is archived." in browser.get(f"/a/{denver.pk}/contacts/{cleo.pk}").content.decode()


def test_assigning_asks_first_and_then_says_what_it_did(
    denver: Any, browser: Any, admin: Any, cleo: Contact, sam: Contact
) -> None:
    given = {"ids": [cleo.pk, sam.pk], "choice": str(admin.pk)}

    asked = act(browser, denver, "assign", **given)
    assert "This concerns 2 contacts." in asked.content.decode()
    assert not Contact.objects.filter(assigned_user=admin).exists()

    done = act(browser, denver, "assign", **given, confirmed="1")
    assert done.url == f"/a/{denver.pk}/contacts"
    assert Contact.objects.filter(assigned_user=admin).count() == 2
    assert "2 contacts changed." in browser.get(done.url).content.decode()


def test_all_that_match_is_the_filter_and_nobody_else(denver: Any, browser: Any, cleo: Contact, sam: Contact) -> None:
    plan = make_plan(denver)
    enrollment.enroll(plan, [cleo.pk], by=SYSTEM)
    given = {"all_matching": "1", "plan": str(plan.pk), "choice": "on plan"}

    asked = act(browser, denver, "tag", **given)
    act(browser, denver, "tag", **given, confirmed="1")

    assert "This concerns 1 contact." in asked.content.decode()
    assert (cleo.contact_tags.count(), sam.contact_tags.count()) == (1, 0)


def test_a_selection_by_plan_goes_on_to_another_plan(denver: Any, browser: Any, cleo: Contact, sam: Contact) -> None:
    first, second = make_plan(denver), make_plan(denver, name="Second")
    enrollment.enroll(first, [cleo.pk], by=SYSTEM)

    chosen = act(browser, denver, "plan", all_matching="1", plan=str(first.pk)).url
    choose = browser.get(chosen).content.decode()
    counted = browser.get(f"/a/{denver.pk}/plans/{second.pk}/enroll", {"chosen": chosen.partition("chosen=")[2]})

    assert "Put 1 contact on which plan?" in choose
    assert "1 contact would start" in counted.content.decode()


def test_archiving_many_and_back(denver: Any, browser: Any, cleo: Contact, sam: Contact) -> None:
    act(browser, denver, "archive", ids=[cleo.pk, sam.pk], confirmed="1")
    assert Contact.objects.filter(archived_at=None).count() == 0

    act(browser, denver, "restore", all_matching="1", archived="yes", confirmed="1")
    assert Contact.objects.filter(archived_at=None).count() == 2


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"act": "tag"}, 400), ({"act": "dance", "ids": ["1"]}, 400), ({"act": "tag", "ids": ["x", "-1"]}, 400),
        ({"act": "assign", "ids": ["987654321"], "confirmed": "1"}, 400), ({}, 400),
        ({"act": "export", "ids": ["x"]}, 400), ({"act": "plan", "ids": ["9" * 40]}, 400),
    ],
)  # fmt: skip
def test_an_act_without_sense_is_told(denver: Any, browser: Any, cleo: Contact, given: Any, status: int) -> None:
    assert browser.post(f"/a/{denver.pk}/contacts/act", given).status_code == status


@pytest.mark.parametrize("choice", ["987654321", "x", "1e9"])
def test_a_choice_that_is_not_offered_changes_nobody(denver: Any, browser: Any, cleo: Contact, choice: str) -> None:
    for name in ("assign", "cycle", "source", "untag"):
        answer = act(browser, denver, name, ids=[cleo.pk], choice=choice, confirmed="1")
        assert answer.status_code == 422, name
    assert not AuditRow.objects.filter(verb__in=["assigned", "sales_cycle_set"]).exists()


def test_a_salesperson_assigns_nobody(denver: Any, hers: Any, sally: Any) -> None:
    mine = known(denver, "Mia", assigned_user=sally)

    page = hers.get(f"/a/{denver.pk}/contacts").content.decode()

    assert 'value="assign"' not in page
    assert act(hers, denver, "assign", ids=[mine.pk], confirmed="1").status_code == 403
    assert act(hers, denver, "archive", ids=[mine.pk], confirmed="1").status_code == 403


def test_the_export_is_a_file_that_no_spreadsheet_takes_for_a_formula(denver: Any, browser: Any) -> None:
    known(denver, "Cleo", company="=1+1")

    answer = browser.post(f"/a/{denver.pk}/contacts/export?q=cleo")
    text = b"".join(answer.streaming_content).decode()

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "'=1+1" in text
    assert AuditRow.objects.filter(verb="exported").exists()
    assert browser.get(f"/a/{denver.pk}/contacts/export").status_code == 302


def test_a_filter_is_saved_found_and_forgotten(denver: Any, browser: Any, cleo: Contact) -> None:
    saved = browser.post(f"/a/{denver.pk}/contacts/filters?q=cleo&address=yes", {"name": " Gold  "})

    assert saved.url == f"/a/{denver.pk}/contacts?q=cleo&address=yes"
    page = browser.get(saved.url).content.decode()
    assert "?q=cleo&amp;address=yes" in page
    row = SavedFilter.objects.get(name="Gold")
    browser.post(f"/a/{denver.pk}/contacts/filters/{row.pk}/forget")
    assert not SavedFilter.objects.exists()


def test_a_filter_without_a_name_is_told(denver: Any, browser: Any) -> None:
    answer = browser.post(f"/a/{denver.pk}/contacts/filters?q=cleo", {"name": " "})

    assert answer.status_code == 422
    assert "A name has 1 to 60 characters." in answer.content.decode()
