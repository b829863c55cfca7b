"""Whatever a program or a person beneath sends: no list that an account above has locked grows, changes or loses anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.test_v2 import Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program
    from tests.support.people import Tree

pytestmark = pytest.mark.django_db

SUBJECTS = ("lead_sources", "sales_cycle", "contact_deletion", "tags", "custom_fields")
NEW = {"lead_source": "New source", "custom": {"New field": "x"}, "tags": ["New tag"]}


def rows_of(account: Any) -> list[Any]:
    """The account's lists, and whom it has."""
    from hub.contacts.models import Contact, CustomField, LeadSource, SalesCycle, Tag

    kept = [list(table.objects.filter(account=account).order_by("pk").values()) for table in (LeadSource, SalesCycle)]
    kept += [list(table.objects.filter(account=account).order_by("pk").values()) for table in (Tag, CustomField)]
    return [*kept, set(Contact.objects.filter(account=account, archived_at__isnull=False).values_list("pk", flat=True))]


@pytest.fixture(params=[True, False], ids=["locked", "free"])
def locked(request: pytest.FixtureRequest, tree: Tree, ann: Any) -> bool:
    """Whether an account above has locked everything. What is sent must change something where it has not."""
    if request.param:
        lock_all(tree)
    return bool(request.param)


def lock_all(tree: Tree) -> None:
    from hub.accounts import changes as accounts
    from hub.audit.actor import SYSTEM

    for subject in SUBJECTS:
        accounts.lock(tree.e1, subject, reach="subtree", by=SYSTEM)


def changed(before: list[Any], after: list[Any]) -> list[bool]:
    """Which of the lists."""
    return [one != other for one, other in zip(before, after, strict=True)]


@pytest.fixture
def ann(tree: Tree) -> Any:
    """A contact of an account beneath, which has lists of its own."""
    from hub.audit.actor import SYSTEM
    from hub.contacts import list_changes
    from hub.contacts.incoming import Incoming, Policy
    from hub.contacts.intake import intake
    from hub.contacts.models import Contact

    list_changes.add_sales_cycle(tree.a1, "Own stage", by=SYSTEM)
    person = Incoming(
        {"first_name": "Ann", "email": "ann@example.com"}, lead_source="Own", tags=("own",), custom={"Own": "1"}
    )
    taken = intake(tree.a1, person, by=SYSTEM, policy=Policy(source="hand", make_custom_fields=True))
    return Contact.objects.get(pk=taken.contact_id)


def test_no_call_changes_a_locked_list(tree: Tree, ann: Any, keys_of: Callable[..., Program], *, locked: bool) -> None:
    before, program = rows_of(tree.a1), keys_of(tree.a1, tree.e1)
    old = Caller(program, "json")
    at, named = (
        f"/api/contacts/{ann.pk}",
        {"client_id": ann.pk, "firstName": "Ann", "lastName": "Lee", "email": "n@example.com"},
    )
    answers = [
        program.post("/api/contacts", {"last_name": "Lee", **NEW}),
        program.post("/api/contacts", {"email": "ann@example.com", **NEW}),
        program.patch(at, {"custom": {"New field": "x"}}),
        program.patch(at, {"sales_cycle_id": before[1][0]["id"]}),
        program.post(f"{at}/tags", {"add": ["New tag"]}),
        program.delete(at),
        old.post("create_client", **named, tags="New tag", lead_source="New source", new_field="x"),
        old.post("update_client_by_id", **named, tags="New tag", new_field="x"),
        old.delete("delete_client_by_id", client_id=ann.pk),
    ]

    assert max(answer.status_code for answer in answers) < 500
    # The stages of the sales cycle are changed on pages only; nobody is at one that is not in force.
    assert changed(before, rows_of(tree.a1)) == [not locked, False, not locked, not locked, not locked]
    ann.refresh_from_db()
    assert (ann.sales_cycle_id is None) is locked


def test_no_page_changes_a_locked_list(tree: Tree, ann: Any, *, locked: bool) -> None:
    from django.test import Client

    from tests.support.people import make_user

    browser, at = Client(), f"/a/{tree.a1.pk}"
    browser.force_login(make_user(tree.a1, "owner", "olga"))
    before = rows_of(tree.a1)
    source, stage, tag = (before[list_][0]["id"] for list_ in range(3))
    lists, all_ = f"{at}/settings/lists", {"all_matching": "1", "confirmed": "1"}
    answers = [
        browser.post(f"{lists}/lead-sources", {"name": "New"}),
        *(browser.post(f"{lists}/lead-sources/{source}", {"name": "New", "act": act}) for act in ("hide", "rename")),
        browser.post(f"{lists}/sales-cycle", {"name": "New"}),
        browser.post(f"{lists}/sales-cycle/{stage}", {"name": "New", "act": "rename"}),
        browser.post(f"{lists}/sales-cycle/{stage}/remove", {"confirmed": "1"}),
        browser.post(f"{lists}/tags/add", {"name": "New"}),
        browser.post(f"{lists}/tags/{tag}", {"name": "Other"}),
        browser.post(f"{lists}/tags/{tag}/remove"),
        browser.post(f"{at}/contacts/new", {"first_name": "Bo", "tags": "New tag"}),
        browser.post(f"{at}/contacts/act", {**all_, "act": "tag", "choice": "Another tag"}),
        browser.post(f"{at}/contacts/act", {**all_, "act": "archive"}),
        browser.post(f"{at}/contacts/{ann.pk}/archive"),
    ]

    assert max(answer.status_code for answer in answers) < 500
    assert changed(before, rows_of(tree.a1)) == [not locked, not locked, not locked, False, not locked]


def test_no_import_changes_a_locked_list_nor_takes_back_what_it_brought(tree: Tree, ann: Any) -> None:
    from hub.accounts import changes as accounts
    from hub.audit.actor import SYSTEM
    from hub.contacts.models import Contact
    from hub.db.errors import Refused
    from hub.imports import changes as imports
    from hub.imports import pages
    from hub.imports.models import Import
    from hub.imports.options import Options

    lock_all(tree)
    content = b"Email,Lead source,Sales cycle,Tags,Shoe size\nbo@example.com,New source,New stage,New tag,42\n"
    before = rows_of(tree.a1)
    row = imports.receive(tree.a1, "people.csv", [content], by=SYSTEM)
    columns = ["email", "lead_source", "sales_cycle", "tags", "custom:Shoe size"]
    imports.save_choices(tree.a1, row.pk, columns, Options(tags=("Another",)), by=SYSTEM)
    imports.start(tree.a1, row.pk, by=SYSTEM)
    page: int | None = Import.objects.get(pk=row.pk).page
    while page is not None:
        page = pages.run(row.pk, page)

    with pytest.raises(Refused):
        imports.undo(tree.a1, row.pk, by=SYSTEM)

    assert Contact.objects.filter(account=tree.a1, email="bo@example.com", archived_at=None).exists()
    assert rows_of(tree.a1) == before
    accounts.unlock(tree.e1, "contact_deletion", by=SYSTEM)
    assert imports.undo(tree.a1, row.pk, by=SYSTEM).changed == 1
