"""An import from upload to report: page by page, killed and gone on with, cancelled, undone."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.audit.actor import SYSTEM
from hub.contacts import changes as contact_changes
from hub.contacts import list_changes, review
from hub.contacts import reads as contacts
from hub.contacts.models import Contact, LeadSource
from hub.contacts.visibility import EVERYTHING
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound, Refused
from hub.imports import changes, ending, files, pages, reads
from hub.imports.models import Import, ImportRow
from hub.imports.options import Options
from hub.notifications import reads as notifications
from hub.notifications import wording
from tests.imports.journey import ANN, checked, run, whole

pytestmark = pytest.mark.django_db

PEOPLE = "First name,Last name,Email,Cell,Lead source,Tags\n"
Received = Callable[..., Import]


def people(number: int, start: int = 0) -> str:
    return PEOPLE + "".join(
        f"Pat{n},Doe,pat{n}@example.com,801555{n:04d},Web,new;fair\n" for n in range(start, start + number)
    )


def test_a_file_becomes_contacts(received: Received, account: Account) -> None:
    done = whole(received(people(25)), tags=("imported",), sms_ok=True, consent_source="sign-up sheet")

    assert (done.state, done.counts["created"], done.counts["rows"]) == ("done", 25, 25)
    row = Contact.objects.get(first_name="Pat7")
    assert (row.email, row.phone_cell, row.sms_ok, row.consent_source) == (
        "pat7@example.com",
        "+18015550007",
        True,
        "sign-up sheet",
    )
    assert {tag.name for tag in contacts.tags_of([row.pk])[row.pk]} == {"new", "fair", "imported"}
    assert LeadSource.objects.get().name == "Web"


def test_the_same_file_again_changes_nothing(received: Received) -> None:
    whole(received(people(25)))

    again = whole(received(people(25)))

    assert (again.counts.get("created", 0), again.counts["unchanged"]) == (0, 25)
    assert Contact.objects.count() == 25


def test_a_dry_run_tells_what_would_happen_and_does_nothing(received: Received) -> None:
    whole(received(people(3)))
    changed = people(5).replace("Pat1,Doe", "Pat1,Roe") + "only,two\nBad,Row,no address,,,\n"

    row = checked(received(changed))

    assert row.state == "checked"
    assert {name: row.counts[name] for name in ("created", "updated", "unchanged", "broken")} == {
        "created": 2,
        "updated": 1,
        "unchanged": 2,
        "broken": 2,
    }
    assert Contact.objects.count() == 3
    first, second = reads.problems(row).rows
    assert (first.line, first.problem, first.raw) == (7, "The row has 2 columns where the header has 6.", "only,two")
    assert (second.line, second.raw) == (8, "Bad,Row,no address,,,")
    assert second.problem == "E-mail: This is not an e-mail address. “no address”"


def test_after_a_dry_run_the_import_starts_from_the_first_row(received: Received) -> None:
    row = checked(received(people(5) + "only,two\n"))

    done = run(changes.start(row.account_id, row.pk, by=ANN))

    assert (done.counts["created"], done.counts["broken"]) == (5, 1)
    assert ImportRow.objects.count() == 1


def test_broken_rows_never_abort_the_rest(received: Received) -> None:
    bad = [
        b'"never closed,x,,,,\n',
        b"a,b\n",
        b"a,\x00,c,,,\n",
        b"Long," + b"x" * 1_100_000 + b",,,,\n",
        b"E,F,not an address,,,\n",
        b",,,,,\n",
    ]
    good = [f"Pat{n},Doe,pat{n}@example.com,,,\n".encode() for n in range(len(bad) + 1)]
    raw = PEOPLE.encode() + good[0] + b"".join(b + g for b, g in zip(bad, good[1:], strict=True))

    done = whole(received(raw))

    assert (done.state, done.counts["created"], done.counts["broken"]) == ("done", 7, 6)
    assert [one.line for one in reads.problems(done).rows] == [3, 5, 7, 9, 11, 13]


def test_an_import_killed_between_pages_goes_on_where_it_stopped(
    received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    row = received(people(35))
    changes.save_choices(row.account_id, row.pk, row.mapping["columns"], Options(), by=ANN)
    run(changes.start(row.account_id, row.pk, by=ANN), most=2)
    assert Contact.objects.count() == 20

    done = run(row)

    assert (done.state, done.counts["created"], done.counts["rows"]) == ("done", 35, 35)
    assert Contact.objects.count() == 35


def test_a_page_that_falls_in_the_middle_leaves_no_trace_and_is_done_again(
    received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    row = received(people(15))
    row = changes.start(row.account_id, row.pk, by=ANN)
    first = row.page
    real = pages._move_on

    def killed(*_: Any) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(pages, "_move_on", killed)
    assert pages.begin(row.pk, first)
    with pytest.raises(RuntimeError), transaction.atomic():
        pages.run(row.pk, first)
    assert Contact.objects.count() == 0

    monkeypatch.setattr(pages, "_move_on", real)
    assert reads.stuck(clock.now()) == []
    assert reads.stuck(clock.now() + timedelta(minutes=3)) == [(row.pk, first)]
    assert run(row).counts["created"] == 15


def test_a_message_that_comes_twice_does_its_page_once(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    row = received(people(15))
    row = changes.start(row.account_id, row.pk, by=ANN)
    first = row.page
    run(row, most=1)

    assert not pages.begin(row.pk, first)
    assert pages.run(row.pk, first) is None
    assert Contact.objects.count() == 10


def test_a_page_that_fails_every_time_ends_the_import_with_a_sentence(received: Received) -> None:
    row = received(people(5))
    row = changes.start(row.account_id, row.pk, by=ANN)

    tries = [pages.begin(row.pk, row.page) for _ in range(pages.MOST_TRIES + 1)]

    row.refresh_from_db()
    assert tries == [True] * pages.MOST_TRIES + [False]
    assert (row.state, row.problem) == ("failed", "The rows from line 2 on could not be taken in, 5 times over.")


def test_one_import_at_a_time(received: Received, account: Account) -> None:
    one, two = received(people(5)), received(people(5, 5), name="second.csv")
    changes.start(account, one.pk, by=ANN)

    with pytest.raises(Conflict, match=r"people\.csv"):
        changes.start(account, two.pk, by=ANN)

    run(Import.objects.get(pk=one.pk))
    assert run(changes.start(account, two.pk, by=ANN)).state == "done"


def test_cancelling_keeps_what_came_in_and_going_on_brings_the_rest(
    received: Received, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    row = received(people(25))
    run(changes.start(account, row.pk, by=ANN), most=1)

    row = changes.cancel(account, row.pk, by=ANN)
    assert pages.run(row.pk, row.page) is None
    assert (row.state, Contact.objects.count()) == ("cancelled", 10)

    done = run(changes.resume(account, row.pk, by=ANN))
    assert (done.state, done.counts["created"]) == ("done", 25)


def test_undoing_archives_what_was_made_and_leaves_what_somebody_touched(received: Received, account: Account) -> None:
    whole(received(people(2)))
    row = whole(received(people(6)))
    Contact.objects.filter(first_name="Pat5").update(version=2)

    done = changes.undo(account, row.pk, by=ANN)

    assert done.changed == 3
    alive = set(Contact.objects.filter(archived_at=None).values_list("first_name", flat=True))
    assert alive == {"Pat0", "Pat1", "Pat5"}
    with pytest.raises(Conflict):
        changes.undo(account, row.pk, by=ANN)


def test_undoing_takes_those_back_who_stood_in_the_file_twice(received: Received, account: Account) -> None:
    row = whole(received(people(3) + "Pat1,Roe,pat1@example.com,,,\n"))
    assert (row.counts["created"], row.counts["updated"]) == (3, 1)

    assert changes.undo(account, row.pk, by=ANN).changed == 3
    assert not Contact.objects.filter(archived_at=None).exists()


def test_who_stood_in_the_file_again_many_rows_later_is_taken_back_too_unless_somebody_changed_them(
    received: Received, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 2)
    row = whole(received(people(4) + "".join(f"Pat{n},Roe,pat{n}@example.com,,,\n" for n in range(3))))
    pat2 = Contact.objects.get(first_name="Pat2")
    contact_changes.edit(account, EVERYTHING, pat2.pk, {"city": "Orem"}, by=ANN)

    changes.undo(account, row.pk, by=ANN)

    assert list(Contact.objects.filter(archived_at=None).values_list("first_name", flat=True)) == ["Pat2"]


def test_two_files_that_both_count_their_people_from_one_mix_nobody_up(received: Received) -> None:
    header = "Id,Name,Email,Cell\n"
    whole(received(header + "1,Ada Lovelace,ada@example.com,\n2,Bea Roe,bea@example.com,\n3,Cy Poe,,801 555 0003\n"))
    other = (
        header + "1,Max Moe,max@example.com,\n2,Ada Lovelace,ada@example.com,\n3,Cyril Poe,cy@example.com,8015550003\n"
    )

    second = whole(received(other))
    third = whole(received(other))

    assert (second.counts["created"], second.counts["updated"]) == (1, 1)
    assert (third.counts.get("created", 0), third.counts["unchanged"]) == (0, 3)
    people = Contact.objects.order_by("pk").values_list("first_name", "last_name", "email")
    assert list(people) == [
        ("Ada", "Lovelace", "ada@example.com"), ("Bea", "Roe", "bea@example.com"), ("Cyril", "Poe", "cy@example.com"),
        ("Max", "Moe", "max@example.com"),
    ]  # fmt: skip
    (told,) = reads.problems(second).rows
    assert (told.line, told.problem.split(".")[0]) == (2, "The id “1” is another contact's here")


def test_who_has_an_id_in_the_file_may_change_name_or_address_but_not_both_at_once(received: Received) -> None:
    header = "Id,Name,Email\n"
    whole(received(header + "1,Ada Byron,ada@example.com\n2,Bea Roe,bea@example.com\n"))

    again = whole(received(header + "1,Ada Lovelace,ada@example.com\n2,Bea Roe,bea@new.example\n"))

    assert (again.counts.get("created", 0), again.counts["updated"]) == (0, 2)


def test_a_stage_that_was_removed_while_the_import_ran_is_left_out_and_said(
    received: Received, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    stage = list_changes.add_sales_cycle(account, "New", by=ANN)
    row = received(people(15))
    changes.save_choices(account, row.pk, row.mapping["columns"], Options(sales_cycle_id=stage.pk), by=ANN)
    run(changes.start(account, row.pk, by=ANN), most=1)

    list_changes.delete_sales_cycle(account, stage.pk, by=ANN)

    done = run(row)
    connection.check_constraints()
    assert (done.state, done.counts["created"]) == ("done", 15)
    assert done.problem == (
        "The sales cycle that everybody was to get is on no list any more; whoever came without one has none."
    )


def test_a_word_about_consent_that_is_neither_yes_nor_no_is_told(received: Received) -> None:
    header = "First name,Email,Email opt-in\n"
    said = ["Opt-Out", "declined", "", "yes"]

    done = whole(received(header + "".join(f"P{n},p{n}@example.com,{one}\n" for n, one in enumerate(said))))

    assert list(Contact.objects.order_by("first_name").values_list("email_ok", flat=True)) == [False, True, True, True]
    (told,) = reads.problems(done).rows
    assert (told.line, told.outcome) == (3, "warned")
    assert told.problem == "May be e-mailed: “declined” is neither yes nor no. Nothing was recorded."


def test_undoing_is_refused_where_contacts_may_not_be_deleted(received: Received, account: Account) -> None:
    child = accounts.create("Child", by=SYSTEM, parent=account)
    accounts.lock(account, "contact_deletion", by=SYSTEM)
    row = whole(received(people(2), at=child))

    with pytest.raises(Refused):
        changes.undo(child, row.pk, by=ANN)


def test_lead_sources_locked_above_are_not_made_by_an_import(received: Received, account: Account) -> None:
    child = accounts.create("Child", by=SYSTEM, parent=account)
    accounts.lock(account, "lead_sources", by=SYSTEM)

    row = whole(received(people(3), at=child))

    assert LeadSource.objects.count() == 0
    assert [(waits.value, waits.contacts) for waits in review.waiting(child)] == [("Web", 3)]
    assert row.counts["warned"] == 3


def test_progress_is_told_in_rows_percent_and_seconds(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 10)
    row = received(people(40))
    row = run(changes.start(row.account_id, row.pk, by=ANN), most=2)

    told = reads.progress(row, row.started_at + timedelta(seconds=4))

    assert (told.rows, told.estimate, told.working) == (20, 40, True)
    assert 45 <= told.percent <= 52
    assert told.rate == 5.0
    assert told.remaining in (4, 5)
    assert reads.progress(run(row), clock.now()).percent == 100


def test_the_report_is_a_guarded_file(received: Received) -> None:
    row = whole(received(people(1) + "=cmd|x,two\n"))

    report = "".join(reads.problems_csv(row))

    assert "The row has 2 columns" in report
    assert "'=cmd|x" in report


def test_the_report_is_bounded_and_the_count_is_not(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "REPORTED", 10)
    row = whole(received(PEOPLE + "a,b\n" * 50))

    assert row.counts["broken"] == 50
    assert ImportRow.objects.count() == 10


def test_whoever_started_it_is_told(received: Received, account: Account) -> None:
    whole(received(people(2)))

    (told,) = notifications.page(int(ANN.id), account.pk).rows
    assert wording.sentence(told) == "The import of people.csv is done: 2 new."


def test_choices_that_this_account_does_not_have_are_refused(received: Received, account: Account) -> None:
    row = received(people(2))
    columns = row.mapping["columns"]

    for wrong in ({"lead_source_id": 999}, {"sales_cycle_id": 999}, {"plan_id": 999}, {"tags": ("",)}):
        with pytest.raises(Invalid):
            changes.save_choices(account, row.pk, columns, Options(**wrong), by=ANN)
    with pytest.raises(NotFound):
        changes.save_choices(account, row.pk, columns, Options(assigned_user_id=999), by=ANN)
    for strange in (["email"], ["email"] * 6, ["password"] * 6, [""] * 6, ["version", "email", "", "", "", ""]):
        with pytest.raises(Invalid):
            changes.save_choices(account, row.pk, strange, Options(), by=ANN)


def test_custom_columns_become_custom_fields(received: Received) -> None:
    row = received("Name,Shoe size\nAda Lovelace,38\n")

    whole(row, ["full_name", "custom:Shoe size"])

    ada = Contact.objects.get()
    assert (ada.first_name, ada.last_name, ada.custom) == ("Ada", "Lovelace", {"Shoe size": "38"})


def test_a_foreign_import_is_not_found(received: Received) -> None:
    other = accounts.create("Other", by=SYSTEM)

    with pytest.raises(NotFound):
        changes.start(other, received(people(1)).pk, by=ANN)


def test_an_import_whose_file_is_gone_says_so(received: Received) -> None:
    row = received(people(2))
    row = changes.start(row.account_id, row.pk, by=ANN)
    files.remove(row.file)

    assert run(row).problem == "The uploaded file is gone from the hub's disk. Upload it again."


def test_old_files_are_forgotten_and_open_ones_kept(received: Received, imports_folder: Path) -> None:
    old, fresh, waiting = whole(received(people(1))), whole(received(people(1))), received(people(1))
    Import.objects.filter(pk=old.pk).update(ended_at=clock.now() - timedelta(days=31))

    assert changes.forget_files(by=SYSTEM) == 1
    assert {path.name for path in imports_folder.iterdir()} == {fresh.file, waiting.file}


def test_taken_ids_are_the_made_and_the_met_each_once(received: Received, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 2)
    whole(received(people(2)))
    row = whole(received(people(4) + "Pat0,Doe,pat0@example.com,,,\n"))

    assert len(ending.taken_ids(row.pk)) == 4
    assert len(ending.taken_ids(row.pk, matched=False)) == 2


def test_an_export_read_back_changes_nothing(received: Received, account: Account) -> None:
    from hub.contacts import exporting
    from hub.contacts.query import ContactQuery

    whole(received(people(20)))

    exported = "".join(exporting.export(account, EVERYTHING, ContactQuery(), by=ANN))
    again = whole(received(exported.encode()))

    assert again.counts == {"rows": 20, "broken": 0, "unchanged": 20, "warned": 0, "reported": 0}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)  # or PostgreSQL checks all rows at the end, by plans it made for empty tables
def test_forty_thousand_rows_stream_with_flat_memory(account: Account) -> None:
    def chunks() -> Iterator[bytes]:
        yield PEOPLE.encode()
        for start in range(0, 40_000, 500):
            yield people(500, start)[len(PEOPLE) :].encode()

    with transaction.atomic():
        row = changes.receive(account, "many.csv", chunks(), by=ANN)
        row = changes.start(account, row.pk, by=ANN)
    row = run(row, most=10)
    highest_so_far = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB

    done = run(row)

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - highest_so_far
    assert (done.state, done.counts["created"]) == ("done", 40_000)
    assert Contact.objects.count() == 40_000
    assert grown < 96 * 1024, f"four times the rows took {grown // 1024} MiB more"  # SQLite's own page cache is 64 MiB
