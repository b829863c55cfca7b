"""The Mappings tab in the browser: filling it, what is told, cloning to the accounts beneath, and the page without the plugin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons import installed
from hub.addons.mappings import reads
from hub.addons.models import Connection, OptionsCache
from hub.contacts.models import LeadSource
from hub.core.registry import from_objects
from hub.plans.models import Plan
from hub.users import changes as users
from hub.users.models import Grant, User
from tests.addons.mappings import world
from tests.addons.mappings.world import ADA
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db

Enter = Callable[[User], Client]


@pytest.fixture
def acme() -> Iterator[Account]:
    """An enterprise with the gym, lead sources and a plan."""
    with installed.use(world.registry()):
        account = make_account("Acme")
        world.switched_on(account)
        for name in ("Web", "Friends"):
            world.source(account, name)
        world.plan(account, "Welcome")
        yield account


@pytest.fixture
def boulder(acme: Account) -> Account:
    """A branch with a lead source and a plan of the same name."""
    account = world.branch(acme, "Boulder")
    world.source(account, "Web")
    world.plan(account, "Welcome")
    return account


@pytest.fixture
def ada(acme: Account, enter: Enter) -> Client:
    """The owner, who reaches the branches."""
    return enter(make_user(acme, "owner", reach="subtree"))


def at(account: Account, more: str = "") -> str:
    return f"/a/{account.pk}/add-ons/gym/mappings{more}"


def key(account: Account, name: str) -> str:
    model: Any = LeadSource if LeadSource.objects.filter(account=account, name=name) else Plan
    return str(model.objects.get(account=account, name=name).pk)


def add(browser: Client, account: Account, choice: str = "t1", name: str = "Web", **more: Any) -> Any:
    headers = more.pop("headers", None)
    given = {"mapping": "gym.sources", "choice": choice, "key": key(account, name), **more}
    return browser.post(at(account, "/add"), given, headers=headers)


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_tab_lists_the_vendor_s_choices_and_tells_which_have_no_mapping(acme: Account, ada: Client) -> None:
    page = ada.get(at(acme))

    assert "Types and lead sources" in text(page)
    assert "3 choices have no mapping: Trial, Walk-in, Guest pass." in text(page)
    assert f'href="{at(acme)}"' in ada.get(f"/a/{acme.pk}/add-ons/gym").content.decode()


def test_settings_have_a_tab_for_it_while_the_add_on_is_on_here(ada: Client, acme: Account, boulder: Account) -> None:
    tab = f'href="{at(acme)}"'
    assert "Gym Integration" in (page := ada.get(f"/a/{acme.pk}/settings/account").content.decode())
    assert tab in page
    Connection.objects.filter(account=acme).update(enabled=False)

    assert "Gym Integration" not in ada.get(f"/a/{acme.pk}/settings/account").content.decode()


def test_a_row_is_added_and_removed_by_plain_posts(acme: Account, ada: Client) -> None:
    ada.get(at(acme))  # reads the list

    assert add(ada, acme).status_code == 302
    page = text(ada.get(at(acme)))
    assert "“Trial” now stands for “Web”." in page
    assert "2 choices have no mapping: Walk-in, Guest pass." in page
    (line,) = reads.lines(acme, "gym")

    assert ada.post(at(acme, "/remove"), {"row": line.id}).status_code == 302
    assert reads.lines(acme, "gym") == []


def test_htmx_gets_the_cards_anew_with_a_toast(acme: Account, ada: Client) -> None:
    answer = add(ada, acme, headers={"HX-Request": "true"})

    assert answer.content.decode().lstrip().startswith('<div class="split" id="mappings">')
    assert "now stands for" in answer["HX-Trigger"]


def test_what_is_refused_stands_beside_its_field_and_what_was_chosen_is_still_chosen(
    acme: Account, ada: Client
) -> None:
    ada.get(at(acme))
    add(ada, acme)

    answer = add(ada, acme, name="Friends")

    assert answer.status_code == 422
    assert "“Trial” has a lead source already: Web. Remove that mapping first." in text(answer)
    assert f'<option value="{key(acme, "Friends")}" selected>' in answer.content.decode()
    assert len(reads.lines(acme, "gym")) == 1


def test_a_choice_that_is_not_listed_is_typed_in_with_its_name(acme: Account, ada: Client) -> None:
    add(ada, acme, choice="", typed=" t9 ", typed_label="Open day")

    (line,) = reads.lines(acme, "gym")
    assert (line.choice, line.label) == ("t9", "Open day")


def test_a_list_that_could_not_be_loaded_says_so_and_leaves_the_typed_way(acme: Account, ada: Client) -> None:
    async def broken(vendor: Any) -> Any:
        raise RuntimeError("boom")

    plugin = world.gym_plugin()
    plugin._options["types"] = broken
    with installed.use(from_objects({"gym": plugin})):
        page = text(ada.get(at(acme)))

    assert "Not in the list? Type it in" in page
    assert "The list could not be loaded" in page


def test_the_refresh_reads_the_list_anew(acme: Account, ada: Client) -> None:
    ada.get(at(acme))
    OptionsCache.objects.update(data=[["t1", "Old name"]])

    answer = ada.get(at(acme, "/list/1"))

    assert "Walk-in" in answer.content.decode()
    assert ada.get(at(acme, "/list/7")).status_code == 404


def test_clients_get_a_source_and_plans_of_their_own_by_default(acme: Account, ada: Client) -> None:
    given = {"kind": "client", "lead_source": key(acme, "Friends"), "plan_more": key(acme, "Welcome")}

    ada.post(at(acme, "/defaults"), given)

    assert {line.name for line in reads.lines(acme, "gym")} == {"Friends", "Welcome"}
    ada.post(at(acme, "/defaults"), {"kind": "client", "lead_source": key(acme, "Web")})
    assert {line.name for line in reads.lines(acme, "gym")} == {"Web"}


def test_a_default_that_is_not_the_account_s_is_refused_beside_its_field(acme: Account, ada: Client) -> None:
    answer = ada.post(at(acme, "/defaults"), {"kind": "client", "lead_source": "999999"})

    assert answer.status_code == 422
    assert "This is gone, or never was this account's." in text(answer).replace("&#x27;", "'")


def test_skipping_what_is_not_mapped_is_switched(acme: Account, ada: Client) -> None:
    ada.post(at(acme, "/skip"), {"skip": "1"})

    assert "Records without a mapping are left out" in text(ada.get(at(acme)))


def test_a_row_whose_source_is_hidden_says_so_and_what_to_do(acme: Account, ada: Client) -> None:
    add(ada, acme)
    LeadSource.objects.filter(account=acme).update(hidden=True)

    assert "The lead source “Web” is hidden. Show it again, or map to another." in text(ada.get(at(acme)))


def test_where_the_list_is_locked_the_page_says_by_whom_and_who_can_change_it(
    acme: Account, boulder: Account, ada: Client
) -> None:
    world.switched_on(boulder)
    accounts.lock(acme, "lead_sources", by=ADA)

    page = text(ada.get(at(boulder)))

    assert "Acme has locked this list: lead source" in page
    assert "An admin of Acme can add one, or unlock the list." in page


def test_the_page_stands_when_the_plugin_is_gone(acme: Account, ada: Client) -> None:
    ada.get(at(acme))
    add(ada, acme)

    with installed.use(from_objects({})):
        page = text(ada.get(at(acme)))

    assert "Trial → Web" in page
    assert "The plugin is not running, so the list cannot be read." in page


def test_whoever_may_only_look_sees_rows_and_no_button(acme: Account, ada: Client, enter: Enter) -> None:
    add(ada, acme)
    person = make_user(acme, "sales")
    Grant.objects.filter(user=person).update(extra=["addons.view"])
    watcher = enter(person)

    page = watcher.get(at(acme))

    assert "→ Web" in text(page)
    assert "Add mapping" not in text(page)
    assert add(watcher, acme, choice="t2").status_code == 403
    assert watcher.get(at(acme, "/pass-on")).status_code == 403


def test_a_foreign_row_and_a_missing_one_get_the_same_answer(acme: Account, boulder: Account, ada: Client) -> None:
    world.switched_on(boulder)
    add(ada, acme)
    (line,) = reads.lines(acme, "gym")

    foreign = ada.post(at(boulder, "/remove"), {"row": line.id})
    missing = ada.post(at(boulder, "/remove"), {"row": 999999})

    assert (foreign.status_code, text(foreign)[:200]) == (404, text(missing)[:200])
    assert len(reads.lines(acme, "gym")) == 1


# --- cloning ------------------------------------------------------------------------------------------------------


def seen(answer: Any) -> str:
    found = re.search(r'name="seen" value="(\w+)"', answer.content.decode())
    assert found
    return found[1]


def test_cloning_shows_first_what_happens_and_then_does_it_and_takes_it_back(
    acme: Account, boulder: Account, ada: Client
) -> None:
    ada.get(at(acme))
    add(ada, acme)
    add(ada, acme, "t2", "Friends")

    preview = ada.get(at(acme, "/pass-on"))
    assert "Boulder" in text(preview)
    assert "There is no lead source “Friends” there." in text(preview)
    assert reads.lines(boulder, "gym") == []

    ada.post(at(acme, "/pass-on"), {"seen": seen(preview)})
    assert [line.name for line in reads.lines(boulder, "gym")] == ["Web"]
    assert "Last cloned to 1 account" in text(ada.get(at(acme)))

    asked = ada.get(at(acme, "/take-back"))
    (clone,) = re.findall(r'name="clone" value="(\d+)"', asked.content.decode())
    ada.post(at(acme, "/take-back"), {"clone": clone})
    assert reads.lines(boulder, "gym") == []
    assert ada.post(at(acme, "/take-back"), {"clone": clone}).status_code == 404


def test_leaving_out_what_is_not_mapped_is_cloned_and_taken_back_with_the_rows(
    acme: Account, boulder: Account, ada: Client
) -> None:
    ada.get(at(acme))
    add(ada, acme)
    ada.post(at(acme, "/skip"), {"skip": "1"})

    preview = ada.get(at(acme, "/pass-on"))
    assert re.search(r"Records without a mapping</strong>\s+→\s+left out of imports", preview.content.decode())
    ada.post(at(acme, "/pass-on"), {"seen": seen(preview)})
    assert reads.skipping([boulder.pk], "gym") == {boulder.pk}

    asked = ada.get(at(acme, "/take-back"))
    assert "records without a mapping are brought in again" in text(asked)
    (clone,) = re.findall(r'name="clone" value="(\d+)"', asked.content.decode())
    ada.post(at(acme, "/take-back"), {"clone": clone})
    assert reads.skipping([boulder.pk], "gym") == set()


@pytest.mark.parametrize(("chosen", "left"), [({"all": "take"}, "Web"), ({"all": "keep"}, "Mailing"), ({}, "Mailing")])
def test_in_a_conflict_somebody_chooses(
    acme: Account, boulder: Account, ada: Client, chosen: dict[str, str], left: str
) -> None:
    world.switched_on(boulder)
    world.source(boulder, "Mailing")
    add(ada, acme)
    add(ada, boulder, name="Mailing")

    preview = ada.get(at(acme, "/pass-on"))
    assert "There it stands for Mailing." in text(preview)
    ada.post(at(acme, "/pass-on"), {"seen": seen(preview), **chosen})

    assert [line.name for line in reads.lines(boulder, "gym")] == [left]


def test_an_old_preview_does_nothing_and_shows_the_new_one(acme: Account, boulder: Account, ada: Client) -> None:
    add(ada, acme)

    answer = ada.post(at(acme, "/pass-on"), {"seen": "0" * 32})

    assert answer.status_code == 409
    assert "Something has changed in these accounts since you looked" in text(answer)
    assert reads.lines(boulder, "gym") == []


def test_only_accounts_the_person_reaches_are_shown_and_written(acme: Account, boulder: Account, enter: Enter) -> None:
    local = enter(make_user(acme, "admin"))
    add(local, acme)

    preview = local.get(at(acme, "/pass-on"))

    assert "1 account is left out, because you do not reach it." in text(preview)
    assert "Boulder" not in re.sub(
        r"(?s)<nav.*?</nav>|<aside.*?</aside>", "", text(preview).split("Clone mapping", 1)[1]
    )
    local.post(at(acme, "/pass-on"), {"seen": "0" * 32})
    assert reads.lines(boulder, "gym") == []


def test_where_the_person_may_look_and_not_change_the_account_is_named_with_the_reason(
    acme: Account, boulder: Account, enter: Enter
) -> None:
    person = make_user(acme, "admin")
    users.give(person, boulder, "sales", by=ADA)
    browser = enter(person)
    add(browser, acme)

    preview = browser.get(at(acme, "/pass-on"))

    assert "You may not switch add-ons on and off and change their settings." in text(preview)
    browser.post(at(acme, "/pass-on"), {"seen": seen(preview)})
    assert reads.lines(boulder, "gym") == []


def test_a_locked_account_is_named_and_left_alone(acme: Account, boulder: Account, ada: Client) -> None:
    add(ada, acme)
    accounts.lock_login(boulder, by=ADA)

    preview = ada.get(at(acme, "/pass-on"))

    assert "There is nothing to do" in text(preview)
    ada.post(at(acme, "/pass-on"), {"seen": seen(preview)})
    assert reads.lines(boulder, "gym") == []


def test_the_whole_subtree_is_a_choice_where_there_is_one(acme: Account, boulder: Account, ada: Client) -> None:
    below = world.branch(boulder, "Pearl Street")
    world.source(below, "Web")
    add(ada, acme)

    near = ada.get(at(acme, "/pass-on"))
    far = ada.get(at(acme, "/pass-on?reach=subtree"))

    assert ("Pearl Street" in text(near).split("Nothing has been done yet")[1], "Pearl Street" in text(far)) == (
        False,
        True,
    )
    ada.post(at(acme, "/pass-on"), {"seen": seen(far), "reach": "subtree"})
    assert [line.name for line in reads.lines(below, "gym")] == ["Web"]
