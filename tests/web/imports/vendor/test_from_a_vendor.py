"""Importing what an add-on's vendor has, as a person does it: warn, dry run, import, look on, timetable, undo."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub.accounts.models import Account
from hub.contacts.models import Contact
from hub.db import clock
from hub.imports.models import Import, ImportSchedule
from tests.imports.vendor.gym import TRIGGER, Desk, Spot, crowd
from tests.support.people import make_account, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tables")]


def at(account: Account, more: str = "") -> str:
    return f"/a/{account.pk}/add-ons/gym/import{more}"


def page_of(row: Import, more: str = "") -> str:
    return f"/a/{row.account_id}/imports/{row.pk}{more}"


def begun(browser: Any, account: Account, **more: str) -> Import:
    answer = browser.post(at(account, "/start"), {"trigger": TRIGGER, "anyway": "1", **more})
    row = Import.objects.latest("pk")
    assert answer["Location"] == page_of(row)
    return row


def test_from_the_warning_to_the_report(browser: Any, on: Account, desk: Desk, bell: Any) -> None:
    desk.people = [*crowd(3, type="guest"), {"id": "x", "email": "no address"}]
    tab = browser.get(at(on)).content.decode()
    assert "never" in tab
    assert "Import now" in tab

    warned = browser.post(at(on, "/start"), {"trigger": TRIGGER}).content.decode()
    assert "Nothing is mapped yet" in warned
    assert not Import.objects.exists()

    row = bell.go(begun(browser, on))
    report = browser.get(page_of(row)).content.decode()
    assert "Gym: People" in report
    assert "guest" in report
    assert "Not usable" in report
    assert "no address" in b"".join(browser.get(page_of(row, "/problems.csv"))).decode()
    assert "3 new, 1 not usable." in browser.get(at(on)).content.decode()


def test_a_dry_run_needs_no_warning_and_leads_to_the_import(browser: Any, on: Account, desk: Desk, bell: Any) -> None:
    desk.people = crowd(2)
    browser.post(at(on, "/start"), {"trigger": TRIGGER, "dry": "1"})
    row = bell.go(Import.objects.get())

    shown = browser.get(page_of(row)).content.decode()
    assert "Nothing is imported yet" in shown
    assert "Would be new" in shown
    assert not Contact.objects.exists()

    bell.go(begun(browser, on))
    assert Contact.objects.count() == 2


def test_the_report_says_since_when_on_the_account_s_own_clock(
    browser: Any, on: Account, desk: Desk, bell: Any
) -> None:
    desk.people = crowd(1)
    bell.go(begun(browser, on))
    row = bell.go(begun(browser, on))
    Account.objects.update(time_zone="America/Denver")
    Import.objects.filter(pk=row.pk).update(since="2026-03-02T06:30:00Z")

    report = browser.get(page_of(row)).content.decode()

    (since,) = re.findall(r"What changed since <time [^>]*>([^<]*)</time>", report)
    assert since == "1 Mar, 23:30"


def test_the_progress_comes_by_itself_until_it_is_done(browser: Any, on: Account, desk: Desk, bell: Any) -> None:
    desk.people = crowd(5)
    desk.fails = {1: [httpx.Response(503)]}
    row = bell.go(begun(browser, on))

    part = browser.get(page_of(row, "?part=progress"), headers={"HX-Request": "true"}).content.decode()
    assert "2 records" in part
    assert "Waiting" in part
    assert "An import waits" in browser.get(at(on)).content.decode()

    Import.objects.update(state="done")
    assert browser.get(page_of(row, "?part=progress"), headers={"HX-Request": "true"})["HX-Redirect"] == page_of(row)


def test_a_second_start_is_told_of_the_first(browser: Any, on: Account) -> None:
    begun(browser, on)

    answer = browser.post(at(on, "/start"), {"trigger": TRIGGER, "anyway": "1"})

    assert answer.status_code == 409
    assert "Another import is at work" in answer.content.decode()


def test_the_timetable_is_offered_after_the_first_success(browser: Any, on: Account, bell: Any) -> None:
    assert "Import once by hand" in browser.get(at(on)).content.decode()
    bell.go(begun(browser, on))

    answer = browser.post(at(on, "/timetable"), {"trigger": TRIGGER, "on": "on", "every_minutes": "15"})

    kept = ImportSchedule.objects.get()
    assert (answer.status_code, kept.on, kept.every_minutes) == (302, True, 15)
    assert kept.next_at is not None
    assert kept.next_at > clock.now() + timedelta(minutes=14)
    assert browser.post(at(on, "/timetable"), {"trigger": TRIGGER, "on": "on", "every_minutes": "7"}).status_code == 422


def test_what_an_import_may_change_of_known_contacts_is_chosen_and_shown(browser: Any, on: Account) -> None:
    answer = browser.post(at(on, "/known"), {"trigger": TRIGGER, "overwrites": ["email", "phones"]})
    page = browser.get(at(on)).content.decode()

    assert answer.status_code == 302
    assert ImportSchedule.objects.get().overwrites == ["email", "phones"]
    ticked = [line for line in re.findall(r"<input[^>]*name=\"overwrites\"[^>]*>", page) if "checked" in line]
    assert [re.findall(r'value="(\w+)"', line) for line in ticked] == [["email"], ["phones"]]
    assert browser.post(at(on, "/known"), {"trigger": TRIGGER, "overwrites": ["whiteboard"]}).status_code == 422


def test_cancelled_and_gone_on_with_and_undone(
    browser: Any, on: Account, desk: Desk, bell: Any, django_capture_on_commit_callbacks: Any
) -> None:
    desk.people = crowd(3)
    row = begun(browser, on)
    browser.post(page_of(row, "/cancel"))
    assert "Go on" in browser.get(page_of(row)).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        browser.post(page_of(row, "/resume"))
    bell.go()
    row.refresh_from_db()
    assert row.state == "done"

    assert "Plans that this import started" in browser.get(page_of(row, "/undo")).content.decode()
    browser.post(page_of(row, "/undo"))
    assert Contact.objects.filter(archived_at=None).count() == 0


def test_somebody_who_sees_only_some_contacts_is_kept_out(on: Account, enter: Any) -> None:
    sam = enter(make_user(on, "standard", "sam"))

    assert sam.get(at(on)).status_code == 403
    assert sam.post(at(on, "/start"), {"trigger": TRIGGER}).status_code == 403
    assert sam.post(at(on, "/timetable"), {"trigger": TRIGGER}).status_code == 403
    assert sam.post(at(on, "/known"), {"trigger": TRIGGER}).status_code == 403
    assert not Import.objects.exists()


def test_an_addon_that_brings_nothing_has_no_such_page(browser: Any, on: Account) -> None:
    assert browser.get(f"/a/{on.pk}/add-ons/desk/import").status_code == 404
    assert browser.get(f"/a/{on.pk}/add-ons/none/import").status_code == 404


def test_another_accounts_import_is_not_found(browser: Any, on: Account, enter: Any) -> None:
    row = begun(browser, on)
    other = make_account("Boise")
    stranger = enter(make_user(other, "admin", "eve"))

    assert stranger.get(page_of(row)).status_code == 404
    assert stranger.get(f"/a/{other.pk}/imports/{row.pk}").status_code == 404


def test_an_import_of_a_vendor_has_no_columns(browser: Any, on: Account) -> None:
    row = begun(browser, on, dry="1")
    Import.objects.update(state="checked")

    assert browser.get(page_of(row, "/columns"))["Location"] == page_of(row)
    assert browser.post(page_of(row, "/start")).status_code == 404


def test_where_something_is_mapped_it_begins_at_once(
    browser: Any, on: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.imports.vendor import pages
    from tests.imports.vendor.gym import Tables

    monkeypatch.setattr(pages.reading, "of", lambda account, addon: Tables({"guest": Spot(mapped=True)}))

    assert browser.post(at(on, "/start"), {"trigger": TRIGGER}).status_code == 302
    assert Import.objects.count() == 1
