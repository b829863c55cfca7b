"""Filling the tables: what may stand, who is told why not, and that everything is written down."""

from __future__ import annotations

from typing import Any

import pytest

from hub.addons.mappings import changes, reads
from hub.audit.models import AuditRow
from hub.contacts import tag_changes
from hub.contacts.models import LeadSource
from hub.db.errors import Invalid, NotFound
from tests.addons.mappings import world
from tests.addons.mappings.world import ADA

pytestmark = pytest.mark.django_db


def key(account: Any, name: str) -> str:
    return str(LeadSource.objects.get(account=account, name=name).pk)


def add(account: Any, choice: str, key: str, label: str = "") -> Any:
    return changes.add(account, world.manifest(), "gym.sources", choice, key, label=label, by=ADA)


def test_a_row_is_kept_with_both_names_and_the_deed_with_who_did_it(acme: Any) -> None:
    row = add(acme, "t1", key(acme, "Web"), "Trial")

    assert (row.label, row.name, row.by) == ("Trial", "Web", "Ada Admin")
    (deed,) = AuditRow.objects.filter(verb="mapping_added")
    assert (deed.account_id, deed.data["choice"], deed.data["name"]) == (acme.pk, "Trial", "Web")


def test_one_type_to_two_sources_is_refused_with_what_to_do(acme: Any) -> None:
    add(acme, "t1", key(acme, "Web"), "Trial")

    with pytest.raises(Invalid) as refused:
        add(acme, "t1", key(acme, "Friends"), "Trial")

    assert refused.value.fields["choice"] == "“Trial” has a lead source already: Web. Remove that mapping first."


def test_the_same_row_twice_is_refused(acme: Any) -> None:
    add(acme, "t1", key(acme, "Web"), "Trial")

    with pytest.raises(Invalid) as refused:
        add(acme, "t1", key(acme, "Web"), "Trial")

    assert refused.value.fields["key"] == "“Trial” stands for this already."


@pytest.mark.parametrize("foreign", ["another account's", "0", "999999", "²", "", "x" * 500])
def test_what_is_not_the_account_s_is_refused_whatever_was_posted(acme: Any, foreign: str) -> None:
    stranger = world.branch(acme, "Boulder")
    theirs = world.source(stranger, "Theirs")

    with pytest.raises(Invalid) as refused:
        add(acme, "t1", str(theirs.pk) if "another" in foreign else foreign)

    assert list(refused.value.fields) == ["key"]


def test_a_hidden_source_is_called_by_its_name(acme: Any) -> None:
    LeadSource.objects.filter(name="Web").update(hidden=True)

    with pytest.raises(Invalid) as refused:
        add(acme, "t1", key(acme, "Web"))

    assert "“Web” is hidden. Show it again" in refused.value.fields["key"]


def test_where_the_list_is_locked_from_above_its_entries_count_and_others_are_refused_by_name(acme: Any) -> None:
    from hub.accounts import changes as accounts

    below = world.branch(acme, "Boulder")
    accounts.lock(acme, "lead_sources", by=ADA)

    row = add(below, "t1", key(acme, "Web"))
    assert row.name == "Web"
    with pytest.raises(Invalid) as refused:
        add(below, "t2", "999999")
    assert refused.value.fields["key"] == "Acme has locked this list, and this is not on it."


def test_a_tag_of_the_branchs_own_is_mapped_to_by_nobody_while_tags_are_locked_from_above(acme: Any) -> None:
    from hub.accounts import changes as accounts
    from hub.addons.mappings import ours

    below = world.branch(acme, "Boulder")
    for account, name in ((acme, "Vip"), (below, "Own"), (below, "VIP")):
        tag_changes.add_tag(account, name, by=ADA)
    accounts.lock(acme, "tags", by=ADA)

    shelf = ours.of(below, ["tag"])["tag"]

    assert [shelf.holds(name) for name in ("vip", "own", "new")] == [True, False, False]
    assert shelf.things["own"].trouble is ours.Trouble.LOCKED


@pytest.mark.parametrize("mapping", ["gym.nothing", "", "sources"])
def test_a_mapping_that_is_not_declared_is_not_there(acme: Any, mapping: str) -> None:
    with pytest.raises(NotFound):
        changes.add(acme, world.manifest(), mapping, "t1", key(acme, "Web"), by=ADA)


def test_a_choice_of_nothing_and_one_too_long_are_refused(acme: Any) -> None:
    for choice in ("", "   ", "x" * 301):
        with pytest.raises(Invalid) as refused:
            add(acme, choice, key(acme, "Web"))
        assert list(refused.value.fields) == ["choice"]


def test_a_row_is_removed_in_its_own_account_only(acme: Any) -> None:
    row = add(acme, "t1", key(acme, "Web"))
    below = world.branch(acme, "Boulder")

    with pytest.raises(NotFound):
        changes.remove(below, "gym", row.pk, by=ADA)
    changes.remove(acme, "gym", row.pk, by=ADA)

    assert reads.lines(acme, "gym") == []
    assert AuditRow.objects.filter(verb="mapping_removed", account_id=acme.pk).count() == 1


def test_defaults_are_set_and_taken_away_and_a_second_saving_of_the_same_is_none(acme: Any) -> None:
    wanted = {"lead_source": [key(acme, "Web")], "plan": []}

    assert changes.set_defaults(acme, world.manifest(), "client", wanted, by=ADA)
    assert not changes.set_defaults(acme, world.manifest(), "client", wanted, by=ADA)
    assert changes.set_defaults(acme, world.manifest(), "client", {"lead_source": []}, by=ADA)

    assert reads.lines(acme, "gym") == []
    assert AuditRow.objects.filter(verb="mapping_defaults_set").count() == 2


def test_two_default_sources_are_refused_and_a_kind_that_is_not_declared_is_not_there(acme: Any) -> None:
    both = [key(acme, "Web"), key(acme, "Friends")]

    with pytest.raises(Invalid) as refused:
        changes.set_defaults(acme, world.manifest(), "client", {"lead_source": both}, by=ADA)
    assert refused.value.fields == {"lead_source": "Choose one only."}
    with pytest.raises(NotFound):
        changes.set_defaults(acme, world.manifest(), "robot", {}, by=ADA)


def test_a_default_that_has_gone_does_not_hinder_saving_another(acme: Any) -> None:
    web = key(acme, "Web")
    changes.set_defaults(acme, world.manifest(), "client", {"lead_source": [web]}, by=ADA)
    LeadSource.objects.filter(pk=web).update(hidden=True)
    plan = str(world.plan(acme, "Farewell").pk)

    changes.set_defaults(acme, world.manifest(), "client", {"lead_source": [web], "plan": [plan]}, by=ADA)

    assert {line.name for line in reads.lines(acme, "gym")} == {"Web", "Farewell"}
