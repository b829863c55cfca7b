"""Contacts from a file, as a person does it: upload, columns, check, import, report, undo."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from hub.accounts import changes as accounts
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.imports import files, pages, upload
from hub.imports.models import Import
from hub.plans.models import Enrollment
from hub.users.models import Grant
from hub.web.views.imports import working
from tests.imports.journey import run
from tests.plans.company import make_plan
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db

PEOPLE = "First name,E-mail,Shoe size\nCleo,cleo@example.com,38\nSam,sam@example.com,41\nBroken,not an address,40\n"


def sent(browser: Any, account: Any, content: str | bytes = PEOPLE, name: str = "people.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return browser.post(f"/a/{account.pk}/contacts/import", {"file": SimpleUploadedFile(name, raw, "text/csv")})


def uploaded(browser: Any, account: Any, content: str = PEOPLE) -> Import:
    assert sent(browser, account, content).status_code == 302
    return Import.objects.latest("pk")


def at(row: Import, more: str = "") -> str:
    return f"/a/{row.account_id}/imports/{row.pk}{more}"


def chosen(row: Import, **more: str) -> dict[str, str]:
    columns = {f"column_{n}": target for n, target in enumerate(row.mapping["columns"])}
    return {**columns, "existing": "update", "make_lead_sources": "on", **more}


def checked(browser: Any, row: Import, **more: str) -> Import:
    assert browser.post(at(row, "/columns"), chosen(row, **more)).status_code == 302
    return run(row)


def imported(browser: Any, row: Import, **more: str) -> Import:
    checked(browser, row, **more)
    browser.post(at(row, "/start"))
    return run(row)


def test_from_the_file_to_the_report(denver: Any, browser: Any) -> None:
    row = uploaded(browser, denver)

    columns = browser.get(at(row, "/columns")).content.decode()
    assert "About 3 rows, 3 columns." in columns
    assert "cleo@example.com" in columns
    assert "New custom field “Shoe size”" in columns

    checked(browser, row, column_2="custom:Shoe size")
    page = browser.get(at(row)).content.decode()
    assert "Would be new" in page
    assert "Import 2 rows" in page
    assert "Line 4" in page
    assert not Contact.objects.exists()

    browser.post(at(row, "/start"))
    run(row)
    done = browser.get(at(row)).content.decode()
    assert "See the contacts" in done
    assert Contact.objects.get(first_name="Cleo").custom == {"Shoe size": "38"}
    assert Contact.objects.count() == 2
    assert "people.csv" in browser.get(f"/a/{denver.pk}/imports").content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04 a workbook", "This is an Excel workbook or a ZIP archive, not a CSV file."),
        (b"%PDF-1.7", "This is a PDF, not a CSV file."),
        (b"<!doctype html><p>", "This is a web page or an XML file, not a CSV file."),
        (b"", "The file is empty."),
        (b"\x00\x01\x02" * 500, "This file holds data that is not text."),
    ],
)
def test_what_is_no_csv_file_is_named(denver: Any, browser: Any, content: bytes, words: str) -> None:
    answer = sent(browser, denver, content, "people.csv")

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Import.objects.exists()
    assert list(files.folder().iterdir()) == []


def test_a_file_that_is_too_large_is_told_and_leaves_nothing(denver: Any, browser: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(upload, "MOST_BYTES", 1024)

    answer = sent(browser, denver, "a,b\n" + "1,2\n" * 1_000)

    assert answer.status_code == 422
    assert "This file is larger than" in answer.content.decode()
    assert list(files.folder().iterdir()) == []


def test_an_upload_without_a_file_is_told(denver: Any, browser: Any) -> None:
    answer = browser.post(f"/a/{denver.pk}/contacts/import")

    assert answer.status_code == 422
    assert "Choose a file first." in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"column_0": "", "column_1": "", "column_2": ""}, "Choose a column for at least a name"),
        ({"column_2": "email"}, "another column is that already"),
        ({"column_2": "password"}, "cannot become that"),
        ({"column_2": "custom:{x}"}, "cannot become that"),
        ({"existing": "burn"}, "burn is not one of the available choices"),
        ({"tags": "x" * 61}, "A tag has 1 to 60 characters."),
        ({"tags": ",".join(f"t{n}" for n in range(30))}, "Twenty tags at most."),
        ({"plan_id": "987654321"}, "is not one of the available choices"),
    ],
)
def test_choices_that_cannot_be_are_told_and_kept_on_the_screen(
    denver: Any, browser: Any, given: Any, words: str
) -> None:
    row = uploaded(browser, denver)

    answer = browser.post(at(row, "/columns"), chosen(row, **given))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "mapping"


def test_everybody_gets_what_was_chosen_and_goes_on_the_plan(denver: Any, browser: Any, admin: Any) -> None:
    plan = make_plan(denver)
    row = uploaded(browser, denver)
    more = {"tags": "gold", "assigned_user_id": str(admin.pk), "plan_id": str(plan.pk), "sms_ok": "yes"}

    checked(browser, row, **more)
    asked = browser.get(at(row)).content.decode()
    browser.post(at(row, "/start"))
    run(row)

    assert "up to 2 contacts are put on “Welcome”" in asked
    assert Enrollment.objects.filter(plan=plan).count() == 2
    assert {one.assigned_user for one in Contact.objects.all()} == {admin}
    assert all(one.sms_ok and one.contact_tags.count() == 1 for one in Contact.objects.all())
    assert "Put on the plan" in browser.get(at(row)).content.decode()


def test_progress_is_asked_for_and_ends_with_the_page(denver: Any, browser: Any) -> None:
    row = uploaded(browser, denver)
    browser.post(at(row, "/columns"), chosen(row))

    working = browser.get(at(row), {"part": "progress"}, headers={"HX-Request": "true"})
    run(row)
    ended = browser.get(at(row), {"part": "progress"}, headers={"HX-Request": "true"})

    assert "Checking the file" in working.content.decode()
    assert "<html" not in working.content.decode()
    assert ended["HX-Redirect"] == at(row)


def test_progress_goes_by_bytes_for_a_stray_quotation_mark_misleads_a_count_of_rows(
    denver: Any, browser: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    rows = [f"Person{n:02},person{n:02}@example.com" for n in range(40)]
    rows[3] = 'Stray" quote,one@example.com.'
    row = uploaded(browser, denver, "First name,E-mail\n" + "\n".join(rows) + "\n")
    browser.post(at(row, "/columns"), chosen(row))

    run(row, most=2)
    job = browser.get(at(row)).context["job"]

    assert row.rows_estimate < 30
    assert job.done == 20
    assert 38 <= job.total <= 42


def test_cancelling_keeps_what_came_in_and_goes_on_later(denver: Any, browser: Any) -> None:
    row = uploaded(browser, denver)
    checked(browser, row)
    browser.post(at(row, "/start"))

    browser.post(at(row, "/cancel"))
    page = browser.get(at(row)).content.decode()
    assert "What was imported up to there stays." in page
    browser.post(at(row, "/resume"))
    run(row)

    assert Contact.objects.count() == 2


def test_a_cancelled_check_goes_back_to_the_columns(denver: Any, browser: Any) -> None:
    row = uploaded(browser, denver)
    browser.post(at(row, "/columns"), chosen(row))

    answer = browser.post(at(row, "/cancel"))

    assert answer.url == at(row, "/columns")
    assert browser.get(answer.url).status_code == 200


def test_an_import_is_undone(denver: Any, browser: Any) -> None:
    row = imported(browser, uploaded(browser, denver))

    asked = browser.get(at(row, "/undo")).content.decode()
    browser.post(at(row, "/undo"))

    assert "2 contacts were made by this import." in asked
    assert Contact.objects.filter(archived_at=None).count() == 0
    assert browser.get(at(row)).status_code == 200


def test_an_import_is_undone_a_portion_at_a_time(denver: Any, browser: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(working, "PORTION", 3)
    people = "\n".join(f"Person{n},p{n}@example.com" for n in range(7))
    row = imported(browser, uploaded(browser, denver, f"First name,E-mail\n{people}\n"))
    Contact.objects.filter(first_name="Person4").update(version=2)

    told = browser.post(at(row, "/undo"), follow=True).content.decode()

    assert "6 contacts were archived." in told
    assert [one.first_name for one in Contact.objects.filter(archived_at=None)] == ["Person4"]
    row.refresh_from_db()
    assert (row.state, row.counts["undone"], row.counts["left"]) == ("undone", 6, 1)


def test_the_problem_rows_are_a_file(denver: Any, browser: Any) -> None:
    row = imported(browser, uploaded(browser, denver))

    answer = browser.get(at(row, "/problems.csv"))
    text = b"".join(answer.streaming_content).decode()

    assert "attachment" in answer["Content-Disposition"]
    assert "not an address" in text
    assert text.count("\n") == 2


@pytest.mark.parametrize("deed", ["start", "cancel", "resume", "undo", "columns"])
def test_a_stale_tab_is_told_and_changes_nothing(denver: Any, browser: Any, deed: str) -> None:
    row = imported(browser, uploaded(browser, denver))
    browser.post(at(row, "/undo"))

    answer = browser.post(at(row, f"/{deed}"), chosen(row))

    assert answer.status_code in (302, 409)
    row.refresh_from_db()
    assert row.state == "undone"


def test_two_imports_at_once_are_not_possible_and_say_so(denver: Any, browser: Any) -> None:
    first, second = uploaded(browser, denver), uploaded(browser, denver)
    browser.post(at(first, "/columns"), chosen(first))

    answer = browser.post(at(second, "/columns"), chosen(second))

    assert answer.status_code == 422
    assert "Another import is at work" in answer.content.decode()


def test_a_file_that_is_gone_from_the_disk_breaks_no_page(denver: Any, browser: Any) -> None:
    row = uploaded(browser, denver)
    files.remove(row.file)

    assert browser.get(at(row, "/columns")).status_code == 200
    checked(browser, row)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "The uploaded file is gone" in browser.get(at(row)).content.decode()


def test_a_lock_from_above_takes_new_custom_fields_away(enter: Any) -> None:
    above = make_account("Head office")
    branch = make_account("Branch", above)
    accounts.lock(above, "custom_fields", by=SYSTEM)
    browser = enter(make_user(branch, "admin"))

    page = browser.get(at(uploaded(browser, branch), "/columns")).content.decode()

    assert "New custom field" not in page
    assert "Head office keeps the custom fields" in page


def test_whoever_may_not_use_plans_starts_none_by_import(denver: Any, browser: Any, admin: Any) -> None:
    plan = make_plan(denver)
    row = uploaded(browser, denver)
    Grant.objects.filter(user=admin).update(withdrawn=["plans.use"])

    answer = browser.post(at(row, "/columns"), chosen(row, plan_id=str(plan.pk)))

    assert answer.status_code == 403
    row.refresh_from_db()
    assert row.state == "mapping"


def test_whoever_may_not_assign_contacts_assigns_none_by_a_column(denver: Any, browser: Any, admin: Any) -> None:
    row = uploaded(browser, denver, "Name,E-mail,Owner\nCleo,cleo@example.com,ada@example.com\n")
    Grant.objects.filter(user=admin).update(withdrawn=["contacts.assign"])

    shown = browser.get(at(row, "/columns"))
    answer = browser.post(at(row, "/columns"), chosen(row))
    begun = browser.post(at(row, "/start"))

    assert [one.target for one in shown.context["rows"]] == ["full_name", "email", ""]
    assert "assigned_user" not in dict(shown.context["choices"])
    assert (answer.status_code, begun.status_code) == (403, 403)
    row.refresh_from_db()
    assert row.state == "mapping"
    assert checked(browser, row, column_2="").state == "checked"


@pytest.mark.parametrize("more", ["", "/columns", "/start", "/cancel", "/resume", "/undo", "/problems.csv"])
def test_a_foreign_import_is_a_missing_one(denver: Any, browser: Any, enter: Any, more: str) -> None:
    elsewhere = make_account("Elsewhere")
    row = uploaded(enter(make_user(elsewhere, "admin")), elsewhere)

    for method in (browser.get, browser.post):
        assert method(f"/a/{denver.pk}/imports/{row.pk}{more}").status_code == 404
        assert method(f"/a/{denver.pk}/imports/{'9' * 30}{more}").status_code == 404
