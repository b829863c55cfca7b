"""An account whose links are screened sends none that lead away from us (R309): looked at as the mail would leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.accounts import changes as accounts
from hub.audit.actor import SYSTEM
from hub.mail.unsubscribing import links
from tests.mail.room.office import Office

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def new(office: Office, settings: Any) -> Office:
    settings.HUB_PUBLIC_URL = "https://hub.test"
    office.mailbox()
    accounts.screen_links(office.world.account, office.world.clock.now() + timedelta(days=30), by=SYSTEM)
    return office


def test_a_link_waits_until_the_screening_is_over(new: Office) -> None:
    new.plan(html='<p>See <a href="https://evil.test/x">this</a></p>')

    run = new.after(new.enroll())

    assert (run.state, run.hold_reason, new.mail.outbox) == ("scheduled", "link_screening", [])
    assert "evil.test" in run.hold_detail
    assert new.after(run, days=2).state == "scheduled"
    assert new.after(run, days=29).state == "done"


def test_an_operator_lifts_it_and_the_mail_goes_at_its_next_look(new: Office) -> None:
    new.plan(text="Look at evil [dot] com")
    run = new.after(new.enroll())
    assert run.state == "scheduled"

    accounts.screen_links(new.world.account, None, by=SYSTEM)

    assert new.after(run, hours=2).state == "done"


def test_a_link_that_a_token_builds_is_a_link(new: Office) -> None:
    new.plan(text="Hello {{client.company}}")

    run = new.after(new.enroll(company="www.evil.test/x"))

    assert run.hold_reason == "link_screening"


def test_our_own_links_and_what_is_no_link_go(new: Office) -> None:
    new.plan(html='<p>See <a href="https://hub.test/p/1">our page</a>, at 10.30 a.m.</p>')

    run = new.after(new.enroll())

    assert run.state == "done"
    assert "https://hub.test/mail/stop/" in new.mail.outbox[0].parsed["List-Unsubscribe"]


def test_the_way_out_below_a_mail_is_ours_whatever_its_token_looks_like(
    new: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "token", lambda account, contact: "ab.aa.zuV1OwdCAcq2BVkesUqVnq-rwEm6bxmxvQZ-C45JsnY")
    new.plan(text="See you.")

    assert new.after(new.enroll()).state == "done"
    assert "/ab.aa.zuV1OwdCAcq2B" in new.mail.outbox[0].parsed["List-Unsubscribe"]


def test_mail_for_somebody_else_is_screened_too(new: Office) -> None:
    new.plan(text="evil.com", to="crew@partner.test")

    assert new.after(new.enroll("")).hold_reason == "link_screening"
