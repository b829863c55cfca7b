"""Settings → Lists → Tags: what uses a tag is told before it is renamed, put together with another, or removed."""

from __future__ import annotations

from typing import Any

import pytest

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons.mappings.models import AccountMappings, MappingRow
from hub.audit.actor import SYSTEM
from hub.contacts import filters, tag_changes, tagging
from hub.contacts.models import Contact, Tag
from hub.contacts.query import ContactQuery
from hub.db import clock
from hub.plans.models import Plan, PlanStep, PlanVersion
from tests.support.people import Tree, make_user

pytestmark = pytest.mark.django_db


def at(account: Account, more: object = "") -> str:
    return f"/a/{account.pk}/settings/lists/tags{f'/{more}' if more else ''}"


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def tagged(account: Account, name: str, number: int = 0) -> Tag:
    tag, now = tag_changes.add_tag(account, name, by=SYSTEM), clock.now()
    made = [Contact(account=account, first_name=f"P{n}", created_at=now, updated_at=now) for n in range(number)]
    tagging.link((one.pk, tag.pk) for one in Contact.objects.bulk_create(made))
    return tag


def names(account: Account) -> list[str]:
    return list(Tag.objects.filter(account=account).order_by("key").values_list("name", flat=True))


def test_a_tag_is_added_renamed_and_removed_after_asking(tree: Tree, enter: Any) -> None:
    browser = enter(make_user(tree.a, "admin"))
    assert "There are no tags yet" in text(browser.get(at(tree.a)))
    tag = tagged(tree.a, "Prospekt", 2)

    browser.post(at(tree.a, "add"), {"name": "VIP"})
    twice = text(browser.post(at(tree.a, "add"), {"name": "vip"}, follow=True))
    listed = text(browser.get(f"/a/{tree.a.pk}/settings/lists"))
    alone = text(browser.get(at(tree.a, tag.pk)))
    browser.post(at(tree.a, tag.pk), {"name": "Prospect"})

    assert "This is taken." in twice
    assert (">Prospekt</a>" in listed, "2 contacts" in listed) == (True, True)
    assert ('value="Prospekt"' in alone, "2 contacts have it." in alone) == (True, True)
    assert "Where it is used" not in alone
    assert names(tree.a) == ["Prospect", "VIP"]

    asked = text(browser.get(at(tree.a, f"{tag.pk}/remove")))
    assert ("Remove “Prospect”?" in asked, "2 contacts have it, and lose it." in asked) == (True, True)
    assert names(tree.a) == ["Prospect", "VIP"]

    told = text(browser.post(at(tree.a, f"{tag.pk}/remove"), follow=True))

    assert "Removed. 2 contacts had it." in told
    assert names(tree.a) == ["VIP"]


def test_a_bad_name_is_said_and_nothing_is_kept(tree: Tree, enter: Any) -> None:
    tag = tagged(tree.a, "VIP")

    told = text(enter(make_user(tree.a, "admin")).post(at(tree.a, tag.pk), {"name": " "}, follow=True))

    assert "A name has 1 to 60 characters." in told
    assert names(tree.a) == ["VIP"]


def test_another_tags_name_leads_to_the_question_whether_both_become_one(tree: Tree, enter: Any) -> None:
    slip, right = tagged(tree.a, "Prospekt", 2), tagged(tree.a, "Prospect", 1)
    browser = enter(make_user(tree.a, "admin"))

    asked = browser.post(at(tree.a, slip.pk), {"name": "PROSPECT"}, follow=True)

    assert asked.redirect_chain == [(f"{at(tree.a, slip.pk)}/merge?into={right.pk}", 302)]
    assert "There is “Prospect” already" in text(asked)
    assert "whoever has “Prospekt” gets “Prospect”" in text(asked)
    assert names(tree.a) == ["Prospect", "Prospekt"]

    told = text(browser.post(f"{at(tree.a, slip.pk)}/merge", {"into": right.pk}, follow=True))

    assert "2 contacts have “Prospect” now." in told
    assert tagging.contacts_of([slip.pk, right.pk]) == {right.pk: 3}
    assert names(tree.a) == ["Prospect"]


def naming_plan(account: Account, name: str, owner: Any = None) -> None:
    """A plan with a step that is only for those with the tag "vip"."""
    whose = {"visibility": "private", "owner": owner} if owner else {}
    plan = Plan.objects.create(account=account, name=name, created_at=clock.now(), **whose)
    version = PlanVersion.objects.create(plan=plan, number=1, made_at=clock.now(), saved_at=clock.now())
    only_if = {"when": {"kind": "tag", "name": "vip"}}
    PlanStep.objects.create(version=version, position=0, action_type="steps.note", name="Hi", only_if=only_if)


def test_what_uses_a_tag_is_told_first(tree: Tree, enter: Any) -> None:
    tag, someone = tagged(tree.a, "VIP"), make_user(tree.a, "sales")
    naming_plan(tree.a, "Welcome")
    sheet = AccountMappings.objects.create(account=tree.a, addon="club")
    MappingRow.objects.create(of=sheet, mapping="m", choice="x", right="tag", key="vip", name="VIP", at=clock.now())
    filters.save(tree.a, someone.pk, "Mine", ContactQuery(tags=(tag.pk,)), by=SYSTEM)
    accounts.lock(tree.a, "tags", by=SYSTEM)
    browser = enter(make_user(tree.a, "admin"))

    for more in (tag.pk, f"{tag.pk}/remove"):
        told = text(browser.get(at(tree.a, more)))
        assert ("1 plan names it:" in told, ">Welcome</a>." in told) == (True, True)
        assert '/add-ons/club/mappings">club</a>.' in told
        assert "1 saved filter shows the contacts that have it." in told
        assert "Accounts beneath may put on tags of this list only." in told


def test_a_plan_that_one_may_not_see_is_counted_and_not_named(
    tree: Tree, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.plans.visibility import Viewer
    from hub.web.views.settings import tags

    tag = tagged(tree.a, "VIP")
    for name in ("Welcome", "Hers alone"):
        naming_plan(tree.a, name, make_user(tree.a, "sales") if name == "Hers alone" else None)
    monkeypatch.setattr(
        tags, "plan_eyes", lambda _request: Viewer()
    )  # of a role that changes tags and sees no private plans

    told = text(enter(make_user(tree.a, "admin")).get(at(tree.a, f"{tag.pk}/remove")))

    assert "2 plans name it:" in told
    assert ">Welcome</a>, 1 that you do not see." in told
    assert "Hers alone" not in told


def test_many_tags_are_searched_and_paged(tree: Tree, enter: Any) -> None:
    Tag.objects.bulk_create([Tag(account=tree.a, name=f"Tag {n:03}", key=f"tag {n:03}") for n in range(600)])
    browser = enter(make_user(tree.a, "admin"))

    page, lists = text(browser.get(at(tree.a))), text(browser.get(f"/a/{tree.a.pk}/settings/lists"))
    found = text(browser.get(at(tree.a) + "?q=TAG+59"))

    assert [page.count(">Tag "), lists.count(">Tag "), found.count(">Tag ")] == [50, 10, 10]
    assert ("cursor=" in page, "All tags" in lists) == (True, True)
    assert "No tag matches" in text(browser.get(at(tree.a) + "?q=nothing"))


def test_locked_from_above_they_are_shown_with_who_may_change_them_and_cannot_be_changed(
    tree: Tree, enter: Any
) -> None:
    tag, other = tagged(tree.a, "VIP", 1), tagged(tree.a, "Other")
    accounts.lock(tree.e1, "tags", by=SYSTEM)
    browser = enter(make_user(tree.a, "owner"))

    for address in (at(tree.a), f"/a/{tree.a.pk}/settings/lists"):
        shown = text(browser.get(address))
        assert "E1 keeps the tags" in shown
        assert ("VIP" in shown, f"tags/{tag.pk}" in shown, "Add tag" in shown) == (True, False, False)
    for more, given in (
        ("add", {"name": "New"}), (tag.pk, {"name": "New"}), (f"{tag.pk}/remove", {}), (f"{tag.pk}/merge", {"into": other.pk}),
    ):  # fmt: skip
        assert browser.post(at(tree.a, more), given).status_code == 403
    assert names(tree.a) == ["Other", "VIP"]


@pytest.mark.parametrize("role", ["standard", "sales"])
def test_only_owner_and_admins_change_them(tree: Tree, enter: Any, role: str) -> None:
    tag = tagged(tree.a, "VIP")
    browser = enter(make_user(tree.a, role))

    assert browser.get(at(tree.a)).status_code == 403
    assert browser.post(at(tree.a, f"{tag.pk}/remove")).status_code == 403
    assert names(tree.a) == ["VIP"]


def test_another_accounts_tag_is_not_found(tree: Tree, enter: Any) -> None:
    theirs, mine = tagged(tree.b, "VIP"), tagged(tree.a, "Mine")
    browser = enter(make_user(tree.a, "owner"))

    for more in (f"{theirs.pk}", f"{theirs.pk}/remove", f"{theirs.pk}/merge", f"{mine.pk}/merge"):
        assert browser.post(at(tree.a, more), {"name": "New", "into": theirs.pk}).status_code == 404
        if more != f"{theirs.pk}/merge":
            assert browser.get(at(tree.a, more) + f"?into={theirs.pk}").status_code == 404
    assert (names(tree.a), names(tree.b)) == (["Mine"], ["VIP"])
