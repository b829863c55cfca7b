"""*See the contacts*: the list shows those of one import, by a filter that is seen, paged, exported and acted on."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from hub.contacts.models import Contact
from hub.db import paging
from hub.imports import changes
from hub.imports.models import Import
from tests.imports.journey import ANN
from tests.support.people import make_account, make_user
from tests.web.imports.test_importing import at, imported, uploaded

pytestmark = pytest.mark.django_db

FIRST = "First name,E-mail\nCleo,cleo@example.com\nSam,sam@example.com\n"
SECOND = "First name,E-mail\nSam,sam@example.com\nZoe,zoe@example.com\nMax,max@example.com\n"


@pytest.fixture
def two(denver: Any, browser: Any) -> tuple[Import, Import]:
    """Sam came with the first and was met by the second."""
    return imported(browser, uploaded(browser, denver, FIRST)), imported(browser, uploaded(browser, denver, SECOND))


def see(browser: Any, row: Import) -> tuple[str, str]:
    """Follow the button: the address, and the page behind it."""
    report = html.unescape(browser.get(at(row)).content.decode())
    found = re.search(r'href="(/a/[0-9]+/contacts\?[^"]+)"', report)
    assert found
    assert "See the contacts" in report
    return found[1], browser.get(found[1]).content.decode()


def names(listed: str) -> list[str]:
    return sorted(name for name in ("Cleo", "Sam", "Zoe", "Max") if f">{name}<" in listed)


def test_the_button_leads_to_those_the_import_made_or_met(browser: Any, two: tuple[Import, Import]) -> None:
    address, listed = see(browser, two[1])

    assert names(listed) == ["Max", "Sam", "Zoe"]
    assert "3 contacts" in listed
    # It is seen as a filter, and taken away by “all”.
    assert re.search(rf'<option value="{two[1].pk}" selected>\s*people.csv · ', listed)
    assert re.search(rf'<option value="{two[0].pk}">\s*people.csv · ', listed)
    assert names(browser.get(address.partition("?")[0]).content.decode()) == ["Cleo", "Max", "Sam", "Zoe"]


def test_pages_keep_to_it(denver: Any, browser: Any, two: tuple[Import, Import]) -> None:
    lines = [f"P{n:02},p{n}@example.com\n" for n in range(paging.DEFAULT_SIZE + 1)]
    address, listed = see(browser, imported(browser, uploaded(browser, denver, "First name,E-mail\n" + "".join(lines))))
    following = re.search(r'href="(\?[^"]*cursor=[^"]+)"', html.unescape(listed))
    assert following

    rest = browser.get(address.partition("?")[0] + following[1]).content.decode()

    assert (">P00<" in listed, ">P00<" in rest) == (False, True)
    assert names(rest) == []


def test_what_is_exported_and_done_is_what_is_shown(browser: Any, two: tuple[Import, Import]) -> None:
    address, _ = see(browser, two[1])
    account = two[1].account_id
    exported = browser.post(f"/a/{account}/contacts/export?{address.partition('?')[2]}")
    lines = b"".join(exported).decode().splitlines()
    everybody = {"all_matching": "1", "import": str(two[1].pk)}

    assert sorted(line.partition(",")[0] for line in lines[1:]) == ["Max", "Sam", "Zoe"]
    assert "3 contacts" in browser.post(f"/a/{account}/contacts/act", {"act": "archive", **everybody}).content.decode()
    choosing = browser.post(f"/a/{account}/contacts/act", {"act": "plan", **everybody})["Location"]
    assert "3 contacts" in browser.get(choosing).content.decode()


def test_what_was_undone_is_shown_archived(browser: Any, two: tuple[Import, Import]) -> None:
    changes.undo(two[1].account_id, two[1].pk, by=ANN)

    _, listed = see(browser, two[1])

    assert names(listed) == ["Max", "Sam", "Zoe"]


def test_an_import_that_brought_nobody_offers_no_list(denver: Any, browser: Any) -> None:
    row = imported(browser, uploaded(browser, denver, "First name,E-mail\nAda,no address\n"))

    assert row.counts.get("created", 0) == 0
    assert "See the contacts" not in browser.get(at(row)).content.decode()


def test_a_foreign_import_and_a_missing_one_show_nobody(browser: Any, enter: Any, two: tuple[Import, Import]) -> None:
    boulder = make_account("Boulder")
    stranger = enter(make_user(boulder, "admin", "zed"))
    imported(stranger, uploaded(stranger, boulder, FIRST))

    for row in (two[0].pk, 99_999_999):
        listed = stranger.get(f"/a/{boulder.pk}/contacts?import={row}").content.decode()
        assert "Nobody matches" in listed
        assert names(listed) == []


def test_whoever_sees_only_some_contacts_is_told_of_no_import(
    denver: Any, enter: Any, two: tuple[Import, Import]
) -> None:
    bob = make_user(denver, "standard", "bob")
    Contact.objects.update(assigned_user=bob)  # who sees those that are theirs, and no imports

    listed = enter(bob).get(f"/a/{denver.pk}/contacts?import={two[1].pk}").content.decode()

    assert names(listed) == []
    assert "people.csv" not in listed
