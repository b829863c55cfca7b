"""Runs and the inbox: what steps did, what waits and why, and what a person decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.db import transaction
from django.test import Client

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.audit.changes import record
from hub.audit.models import AuditRow
from hub.contacts.models import Contact
from hub.db import installation
from hub.db.models import Installation
from hub.engine import doubt
from hub.history.models import Note
from hub.plans import changes as plans
from hub.plans.models import Plan, StepRun
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def at(world: World, more: str = "") -> str:
    return f"/a/{world.account.pk}/runs{more}"


def breaks(request: httpx.Request) -> httpx.Response:
    """The answer is lost, and nothing was done."""
    raise httpx.ReadError("gone", request=request)


def unclear(world: World) -> StepRun:
    """A run that came to a person because nobody knows whether it happened."""
    [run] = world.enroll(1)
    world.vendor.answers = [breaks]
    world.work()
    for _ in range(3):
        world.clock.advance(minutes=10)
        world.work()
    run.refresh_from_db()
    assert run.state == "review"
    return run


def test_the_list_shows_what_steps_did(world: World, enter: Enter) -> None:
    world.enroll(3)
    world.work()
    browser = enter(make_user(world.account, "owner"))

    page = browser.get(at(world)).content.decode()

    assert page.count("Card id-") == 3
    assert "Ada0" in page


def test_filters_narrow_the_list_and_nonsense_in_them_is_no_error(world: World, enter: Enter) -> None:
    world.enroll(1)
    world.work()
    browser = enter(make_user(world.account, "owner"))

    assert "Card id-1" in browser.get(at(world, "?state=done")).content.decode()
    assert "Card id-1" not in browser.get(at(world, "?state=held")).content.decode()
    for nonsense in ("?state=%00", "?plan=abc", "?contact=" + "9" * 40, "?addon=%F0%9F%98%80", "?cursor=xx"):
        assert browser.get(at(world, nonsense)).status_code in (200, 400, 422)


def test_the_filters_tell_of_no_plan_and_no_number_that_is_not_this_persons_to_know(world: World, enter: Enter) -> None:
    hers, another = world.enroll(2)
    StepRun.objects.filter(pk__in=(hers.pk, another.pk)).update(state="review", hold_reason="unclear")
    owner, sally = make_user(world.account, "owner"), make_user(world.account, "sales")
    Contact.objects.filter(pk=hers.contact_id).update(assigned_user=sally)
    with transaction.atomic():
        plans.create_plan(world.account, "Our secret", visibility="private", owner=owner, by=SYSTEM)

    pages = [enter(one).get(at(world)).content.decode() for one in (owner, sally)]

    assert ["Our secret" in page for page in pages] == [True, False]
    assert [re.findall(r"\((\d+)\)\s*</option>", page) for page in pages] == [["2"], ["1"]]


def test_runs_of_a_private_plan_are_for_who_may_know_of_it(world: World, enter: Enter) -> None:
    [run] = world.enroll(1)
    StepRun.objects.filter(pk=run.pk).update(state="review", hold_reason="unclear")
    owner, sally, hers = (
        make_user(world.account, "owner"),
        make_user(world.account, "standard"),
        make_user(world.account),
    )
    Plan.objects.filter(pk=world.plan.pk).update(name="Our secret", visibility="private", owner=hers)

    for user, knows in ((owner, True), (hers, True), (sally, False)):
        browser = enter(user)
        pages = [browser.get(at(world, place)) for place in ("", f"/{run.pk}")]
        assert ["Our secret" in page.content.decode() for page in pages] == [knows] * 2, user
        assert pages[1].status_code == (200 if knows else 404)
        assert ("Nothing waits" in browser.get(at(world, "/inbox")).content.decode()) != knows


def test_a_runs_page_tells_its_story_and_shows_the_request_without_the_key(world: World, enter: Enter) -> None:
    [run] = world.enroll(1)
    world.work()
    browser = enter(make_user(world.account, "owner"))

    page = browser.get(at(world, f"/{run.pk}")).content.decode()

    assert "The vendor did it" in page
    assert "id-1" in page
    assert "api.postpigeon.example/v2/cards" in page
    assert "pigeon-key-123456" not in page


def test_a_run_that_a_lost_hub_may_have_sent_shows_the_reference_that_it_would_bear(world: World, enter: Enter) -> None:
    tried, before = unclear(world), installation.ref()
    [run] = world.enroll(1)
    with transaction.atomic():
        record("restored", "installation", "another1", by=SYSTEM, data={"was": before})
        doubt.begin(world.clock.now(), world.clock.now())
        Installation.objects.update(ref="another1")
    installation.ref.cache_clear()
    browser = enter(make_user(world.account, "owner"))

    try:
        pages = {one.pk: browser.get(at(world, f"/{one.pk}")).content.decode() for one in (run, tried)}
    finally:
        Installation.objects.update(ref=before)
        installation.ref.cache_clear()

    assert {pk: f"hub-{before}-{pk.hex}-0" in page for pk, page in pages.items()} == {run.pk: True, tried.pk: True}
    assert all("another1" not in page for page in pages.values())


def test_a_failed_runs_page_has_the_command_for_the_plugins_author(world: World, enter: Enter) -> None:
    run = unclear(world)
    [fine] = world.enroll(1)
    world.work()
    owner, reader = enter(make_user(world.account, "owner")), enter(make_user(world.account, "standard"))

    assert f"hub capsule {run.pk}</code>" in owner.get(at(world, f"/{run.pk}")).content.decode()
    assert "hub capsule" not in owner.get(at(world, f"/{fine.pk}")).content.decode()  # what went well makes no capsule
    seen = reader.get(at(world, f"/{run.pk}"))
    assert (seen.status_code, "hub capsule" in seen.content.decode()) == (200, False)


def test_what_is_unclear_waits_in_the_inbox_until_somebody_says_that_it_happened(world: World, enter: Enter) -> None:
    run = unclear(world)
    browser = enter(make_user(world.account, "owner"))
    assert "It is not known whether it happened" in browser.get(at(world, "/inbox")).content.decode()

    asked = browser.get(at(world, f"/{run.pk}/decide?act=done"))
    done = browser.post(at(world, f"/{run.pk}/decide"), {"act": "done", "reason": "Seen at the vendor"})

    assert asked.status_code == 200
    assert done.status_code == 302
    run.refresh_from_db()
    assert run.state == "done"
    assert world.vendor.cards == []
    assert Note.objects.filter(run_id=run.pk, kind="step.resolved").exists()
    assert AuditRow.objects.filter(verb="resolved_done").exists()
    assert "Nothing waits" in browser.get(at(world, "/inbox")).content.decode()


def test_an_unclear_step_cannot_be_retried_as_if_nothing_had_happened(world: World, enter: Enter) -> None:
    run = unclear(world)
    browser = enter(make_user(world.account, "owner"))

    answer = browser.post(at(world, f"/{run.pk}/decide"), {"act": "retry"})

    assert answer.status_code == 400
    run.refresh_from_db()
    assert run.state == "review"


def test_sending_again_needs_a_reason_and_goes_out_under_a_new_reference(world: World, enter: Enter) -> None:
    run = unclear(world)
    browser = enter(make_user(world.account, "owner"))

    refused = browser.post(at(world, f"/{run.pk}/decide"), {"act": "send_again", "reason": " "})
    assert refused.status_code == 422
    browser.post(at(world, f"/{run.pk}/decide"), {"act": "send_again", "reason": "The vendor has nothing"})
    world.work()

    run.refresh_from_db()
    assert run.state == "done"
    assert [card["ref"].rsplit("-", 1)[1] for card in world.vendor.cards] == ["1"]


def test_two_people_who_decide_at_once_do_not_both_succeed(world: World, enter: Enter) -> None:
    run = unclear(world)
    first, second = (enter(make_user(world.account, "admin")) for _ in range(2))

    assert first.post(at(world, f"/{run.pk}/decide"), {"act": "skip"}).status_code == 302
    assert second.post(at(world, f"/{run.pk}/decide"), {"act": "done"}).status_code == 400

    run.refresh_from_db()
    assert run.state == "skipped"


def test_all_of_a_cause_are_decided_at_once_with_the_number_first(world: World, enter: Enter) -> None:
    world.enroll(3, line1="")
    world.work()
    Contact.objects.update(line1="1 High St")
    browser = enter(make_user(world.account, "owner"))
    about = "code=missing&type=postpigeon.mail_card&state=failed"
    assert "This changes 3 steps" in browser.get(at(world, f"/inbox/decide?act=retry&{about}")).content.decode()

    browser.post(
        at(world, "/inbox/decide"),
        {"act": "retry", "code": "missing", "type": "postpigeon.mail_card", "state": "failed"},
    )
    world.work()

    assert len(world.vendor.cards) == 3
    assert world.vendor.sent_twice() == []
    assert "Nothing waits" in browser.get(at(world, "/inbox")).content.decode()


def test_a_salesperson_sees_only_runs_of_their_own_contacts(world: World, enter: Enter) -> None:
    runs = world.enroll(2)
    world.work()
    seller = make_user(world.account, "sales")
    Contact.objects.filter(pk=runs[0].contact_id).update(assigned_user=seller)
    browser = enter(seller)

    page = browser.get(at(world)).content.decode()

    assert "Ada0" in page
    assert "Ada1" not in page
    assert browser.get(at(world, f"/{runs[1].pk}")).status_code == 404
    assert browser.post(at(world, f"/{runs[0].pk}/decide"), {"act": "skip"}).status_code in (403, 404)


def test_a_run_of_another_account_is_not_found(world: World, enter: Enter) -> None:
    from tests.support.people import make_account

    [run] = world.enroll(1)
    elsewhere = make_account("Elsewhere")
    browser = enter(make_user(elsewhere, "owner"))

    assert browser.get(f"/a/{elsewhere.pk}/runs/{run.pk}").status_code == 404
    assert browser.post(f"/a/{elsewhere.pk}/runs/{run.pk}/decide", {"act": "skip"}).status_code == 404


def number_on_the_rail(browser: Client, world: World) -> str:
    """What the Runs entry of the rail says, on any page; empty when it says nothing."""
    page = browser.get(f"/a/{world.account.pk}/runs").content.decode()
    found = re.search(r'title="Yours">\s*([\d,]+)\s*<', page)
    return found[1] if found else ""


def test_the_badge_counts_what_waits_for_whoever_looks(world: World, enter: Enter) -> None:
    refused = world.enroll(2, line1="")
    world.work()
    unclear(world)
    seller = make_user(world.account, "sales")
    Contact.objects.filter(pk=refused[0].contact_id).update(assigned_user=seller)

    owner = enter(make_user(world.account, "owner"))

    assert number_on_the_rail(owner, world) == "3"  # two to mend, one to decide
    assert len(re.findall(r">\s*Yours\s*<", owner.get(at(world, "/inbox")).content.decode())) == 2
    assert number_on_the_rail(enter(seller), world) == ""  # who may not decide is waited for by nothing


def test_steps_held_until_their_cause_is_gone_wait_for_nobody(world: World, enter: Enter) -> None:
    world.enroll(2)
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=SYSTEM)
    world.work()
    browser = enter(make_user(world.account, "owner"))

    assert "The add-on is off" in browser.get(at(world, "/inbox")).content.decode()
    assert number_on_the_rail(browser, world) == ""


def test_a_failed_step_is_left_and_no_longer_asked_about(world: World, enter: Enter) -> None:
    [run] = world.enroll(1, line1="")
    world.work()
    browser = enter(make_user(world.account, "owner"))
    asked = browser.get(at(world, f"/{run.pk}/decide?act=leave")).content.decode()
    assert "The step stays failed and leaves the inbox." in asked

    browser.post(at(world, f"/{run.pk}/decide"), {"act": "leave"})
    again = browser.post(at(world, f"/{run.pk}/decide"), {"act": "leave"})

    run.refresh_from_db()
    assert (run.state, run.hold_reason) == ("failed", "left")
    assert again.status_code == 400
    assert number_on_the_rail(browser, world) == ""
    assert "Nothing waits" in browser.get(at(world, "/inbox")).content.decode()
    assert Note.objects.filter(run_id=run.pk, kind="step.left").exists()
    assert AuditRow.objects.filter(verb="left_as_failed").exists()
    assert "act=retry" in browser.get(at(world, f"/{run.pk}")).content.decode()


def test_the_inbox_leads_to_the_steps_of_that_cause_and_no_others(world: World, enter: Enter) -> None:
    world.enroll(1, line1="")
    world.work()
    other = unclear(world)
    browser = enter(make_user(world.account, "owner"))

    page = browser.get(at(world, "?state=failed&code=missing")).content.decode()

    assert "code=missing" in browser.get(at(world, "/inbox")).content.decode()
    assert "Reason" in page
    assert str(other.pk) not in page
