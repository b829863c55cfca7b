"""Whose mailbox is whose: one's own, the account's, and the admins' list of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from hub.addons.models import Connection
from hub.audit.models import AuditRow
from hub.mail.mailboxes import reads, telling
from hub.mail.models import Mailbox
from hub.notifications.models import Notification
from hub.users.models import User
from tests.support.mailboxes import GMAIL, ICLOUD, PASSWORD, Mailboxes, mailbox_world, shown
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world(settings: Any) -> Iterator[Mailboxes]:
    with mailbox_world(settings) as made:
        yield made


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(user_id=user.pk).order_by("pk").values_list("kind", flat=True))


def test_each_person_has_their_own_and_sees_nothing_of_anothers(world: Mailboxes, enter: Enter) -> None:
    world.logs_in(enter(world.ada))
    grace = enter(world.grace)

    before = shown(grace.get(world.at()))
    world.logs_in(grace, "grace@icloud.com")

    assert "ada@icloud.com" not in before
    assert world.box(world.grace).address == "grace@icloud.com"
    assert world.box(world.ada).address == "ada@icloud.com"
    assert "ada@icloud.com" not in shown(grace.get(world.at()))


def test_a_standard_user_finds_the_way_and_neither_the_accounts_nor_the_list(world: Mailboxes, enter: Enter) -> None:
    grace = enter(world.grace)

    page = grace.get(world.at()).content.decode()

    assert f'href="{world.at()}"' in page
    assert grace.get(world.at(own=True)).status_code == 403
    assert grace.get(world.at("all")).status_code == 403
    assert grace.post(world.at("all/fall-back")).status_code == 403


def test_only_somebody_in_charge_becomes_the_default_by_being_first(world: Mailboxes, enter: Enter) -> None:
    world.logs_in(enter(world.grace), "grace@icloud.com")
    assert not world.box(world.grace).is_default

    world.logs_in(enter(world.ada))

    assert world.box(world.ada).is_default


def test_the_accounts_own_mailbox_is_the_connection_of_its_add_ons_page(world: Mailboxes, enter: Enter) -> None:
    browser = enter(world.ada)

    answer = world.logs_in(browser, "office@icloud.com", own=True)

    row = Connection.objects.get()
    assert "Logged in" in shown(answer)
    assert (row.user, row.enabled, row.complete) == (None, True, True)
    assert world.box(None).connection == row
    addon = browser.get(f"/a/{world.account.pk}/add-ons/smtp_custom").content.decode()
    assert "office@icloud.com" in addon
    assert PASSWORD not in addon


def test_by_the_add_ons_page_a_stored_password_goes_to_no_other_server_either(world: Mailboxes, enter: Enter) -> None:
    browser = enter(world.ada)
    world.logs_in(browser, "office@icloud.com", own=True)
    page, settings = f"/a/{world.account.pk}/add-ons/smtp_custom", world.box(None).connection.settings
    kept = {f"settings.{name}": str(value) for name, value in settings.items() if value is not False}
    elsewhere = {**kept, "settings.provider": "Custom", "settings.smtp_host": "mail.thief.example"}

    named = browser.post(f"{page}/settings", {**kept, "settings.sender_name": "The office"})
    refused = browser.post(f"{page}/settings", elsewhere)
    connection = world.box(None).connection

    assert named.status_code == 302
    assert refused.status_code == 422
    assert "Enter the password again" in shown(refused)
    assert (connection.settings["sender_name"], connection.settings["provider"]) == ("The office", settings["provider"])

    assert browser.post(f"{page}/settings", {**elsewhere, "settings.password": "another-1234"}).status_code == 302


def test_the_accounts_own_can_be_signed_in_to_and_comes_back_to_its_page(world: Mailboxes, enter: Enter) -> None:
    answer = world.signs_in(enter(world.ada), GMAIL, "office@gmail.com", own=True)

    assert answer.redirect_chain[-1][0] == world.at(own=True)
    assert world.box(None).connection.user is None


def test_an_admin_sees_the_list_switches_off_and_chooses_the_default(world: Mailboxes, enter: Enter) -> None:
    world.logs_in(enter(world.grace), "grace@icloud.com")
    browser = enter(world.ada)
    world.logs_in(browser)
    theirs = world.box(world.grace)

    page = browser.get(world.at("all"))
    browser.post(world.at("all/default"), {"mailbox": theirs.pk})
    browser.post(world.at("all/switch-off"), {"mailbox": theirs.pk})

    for words in ("grace@icloud.com", "ada@icloud.com", "Grace", "E-mail (SMTP and IMAP)", "Connected"):
        assert words in shown(page)
    assert PASSWORD not in page.content.decode()
    theirs.refresh_from_db()
    assert (theirs.is_default, theirs.enabled) == (True, False)
    assert not world.box(world.ada).is_default
    verbs = AuditRow.objects.filter(object_kind="mailbox", object_id=str(theirs.pk)).values_list("verb", flat=True)
    assert {"mailbox_connected", "made_default", "mailbox_changed"} <= set(verbs)


def test_a_mailbox_of_another_account_is_not_found(world: Mailboxes, enter: Enter) -> None:
    other = make_account("Elsewhere")
    foreign = Mailbox.objects.create(account=other, changed_at=world.clock.now())

    answer = enter(world.ada).post(world.at("all/switch-off"), {"mailbox": foreign.pk})

    assert answer.status_code == 404


def test_the_account_chooses_what_happens_when_a_mailbox_is_broken(world: Mailboxes, enter: Enter) -> None:
    browser = enter(world.ada)

    browser.post(world.at("all/fall-back"), {"falls_back": "on"})
    on = reads.falls_back(world.account)
    browser.post(world.at("all/fall-back"), {})

    assert on
    assert not reads.falls_back(world.account)


def test_the_account_chooses_how_many_e_mails_one_contact_gets(world: Mailboxes, enter: Enter) -> None:
    browser = enter(world.ada)
    assert 'value="10"' in browser.get(world.at("all")).content.decode()

    browser.post(world.at("all/share"), {"most_a_day": "3"})
    wrong = browser.post(world.at("all/share"), {"most_a_day": "lots"})

    assert reads.most_a_day(world.account) == 3
    assert (wrong.status_code, "Enter a number from 1 to 100." in shown(wrong)) == (422, True)
    assert AuditRow.objects.filter(verb="mail_habits_changed").count() == 1


def test_nobody_touches_a_mailbox_while_logged_in_as_its_owner(world: Mailboxes, enter: Enter) -> None:
    browser = enter(world.ada)
    browser.post(f"/a/{world.account.pk}/settings/users/{world.grace.pk}/log-in-as")

    assert browser.get(world.at()).status_code == 403
    assert browser.post(world.at("save"), world.typed(ICLOUD, address="x@icloud.com")).status_code == 403


def test_a_sign_in_begun_by_one_person_is_not_taken_back_by_another(world: Mailboxes, enter: Enter) -> None:
    ada, eve = enter(world.ada), enter(make_user(world.account, "standard", "eve"))
    way_out = world.leads_to(ada, GMAIL, "ada@gmail.com")

    answer = world.comes_back(eve, GMAIL, way_out, "ada@gmail.com")

    assert answer.status_code == 400
    assert not Connection.objects.exclude(settings={}).exists()


# --- telling ------------------------------------------------------------------------------------------------------


def test_the_owner_is_told_once_and_then_daily_at_most(world: Mailboxes, enter: Enter) -> None:
    from hub.addons import health
    from hub.audit.actor import SYSTEM

    world.logs_in(enter(world.grace), "grace@icloud.com")
    with transaction.atomic():
        health.set_health(world.box(world.grace).connection_id, "needs_admin", "535", by=SYSTEM)

    first, again = telling.remind(), telling.remind()
    world.clock.advance(hours=25)
    daily = telling.remind()

    assert (first, again, daily) == (1, 0, 1)
    assert told(world.grace) == ["mailbox.refused", "mailbox.refused"]
    assert told(world.ada) == []


def test_a_refused_renewal_tells_the_owner_and_nobody_in_charge(world: Mailboxes, enter: Enter) -> None:
    from hub.addons.oauth import keeping
    from hub.dispatch.grants import NoToken, Trouble

    world.signs_in(enter(world.grace), GMAIL, "grace@gmail.com")
    row = world.box(world.grace).connection

    keeper = keeping.SqlKeeper(row.pk, "Gmail")
    keeper.begin(row.grant.version)
    keeper.fail(row.grant.version, NoToken(Trouble.SIGN_IN, "invalid_grant"))

    assert told(world.grace) == ["mailbox.needs_sign_in"]
    assert told(world.ada) == []
    assert telling.remind() == 0
    page = shown(enter(world.grace).get(world.at()))
    assert "Needs a new sign-in" in page
    assert "The sign-in does not hold any more, so its e-mails wait. Sign in again" in page
