"""Settings → Email (SMTP & IMAP): a person connects a mailbox, tests it, lets it be read, and disconnects it."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from hub.addons.models import Connection, OAuthGrant
from hub.testing import mail_faults
from hub.users.models import User
from tests.support.mailboxes import CUSTOM, GMAIL, ICLOUD, OUTLOOK, PASSWORD, Mailboxes, mailbox_world, shown
from tests.support.name_server import name_server

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world(settings: Any) -> Iterator[Mailboxes]:
    with mailbox_world(settings) as made:
        yield made


@pytest.fixture
def browser(world: Mailboxes, enter: Enter) -> Client:
    return enter(world.ada)


# --- passwords ----------------------------------------------------------------------------------------------------


def test_the_page_offers_each_provider_once_and_no_old_way(world: Mailboxes, browser: Client) -> None:
    page = browser.get(world.at()).content.decode()

    for title in ("Gmail", "Outlook via OAuth2", "iCloud", "Yahoo", "Custom"):
        assert page.count(f">{title}</option>") == 1
    assert "OLD" not in page
    assert "Enable SMTP and IMAP" in page


def test_a_preset_needs_address_and_password_and_logs_in_before_anything_is_kept(
    world: Mailboxes, browser: Client
) -> None:
    fields = shown(browser.get(world.at("fields"), {"provider": ICLOUD}))

    answer = world.logs_in(browser)

    assert "SMTP host" not in fields
    assert "Logged in: The connection to E-mail (SMTP and IMAP) works." in shown(answer)
    box = world.box(world.ada)
    assert (box.address, box.mailer, box.enabled, box.is_default) == ("ada@icloud.com", "smtp_custom.mail", True, True)
    assert (box.connection.user, box.connection.health) == (world.ada, "ok")
    assert "Connected" in shown(answer)
    assert PASSWORD not in answer.content.decode()


def test_a_refused_password_keeps_nothing_and_stands_with_the_servers_words(world: Mailboxes, browser: Client) -> None:
    world.post.fail(mail_faults.wrong_password().at("sign-in"))

    answer = world.logs_in(browser)

    assert answer.status_code == 422
    assert "refuses the user name or the password" in shown(answer)
    assert "Nothing was saved." in shown(answer)
    assert 'value="ada@icloud.com"' in answer.content.decode()
    assert not Connection.objects.exists()


def test_another_provider_takes_the_old_ones_place_only_when_it_works(world: Mailboxes, browser: Client) -> None:
    world.logs_in(browser)
    before = world.box(world.ada).connection
    custom = {"address": "ada@engines.example", "password": "other-secret", "smtp_host": "smtp.engines.example",
              "imap_host": "imap.engines.example", "smtp_port": 587, "smtp_tls": "starttls", "imap_port": 993,
              "imap_tls": "implicit"}  # fmt: skip

    world.post.fail(mail_faults.wrong_password().at("sign-in"))
    refused = browser.post(world.at("save"), world.typed(CUSTOM, **custom))
    kept = world.box(world.ada)
    answer = browser.post(world.at("save"), world.typed(CUSTOM, **custom), follow=True)

    assert "the mailbox stays as it was" in shown(refused)
    assert (kept.address, kept.connection) == ("ada@icloud.com", before)
    assert "Logged in" in shown(answer)
    assert world.box(world.ada).address == "ada@engines.example"


def test_a_stored_password_never_goes_to_another_server(world: Mailboxes, browser: Client) -> None:
    world.logs_in(browser)
    elsewhere = {"address": "ada@icloud.com", "smtp_host": "smtp.evil.example", "smtp_port": 587, "smtp_tls": "starttls",
                 "imap_port": 993, "imap_tls": "implicit"}  # fmt: skip

    before = world.post.calls.count("sign-in")
    answer = browser.post(world.at("save"), world.typed(CUSTOM, **elsewhere))

    assert answer.status_code == 422
    assert world.post.calls.count("sign-in") == before
    assert world.box(world.ada).connection.settings["provider"] == "iCloud"


def test_the_provider_is_found_out_from_the_address(world: Mailboxes, browser: Client) -> None:
    def told(address: str) -> str:
        answer = browser.post(world.at("save"), {"provider": "detect", "show": "1", "settings.address": address})
        return answer.content.decode()

    assert f'value="{ICLOUD}" selected' in told("ada@me.com")
    assert f'value="{GMAIL}" selected' in told("ada@gmail.com")
    assert f'value="{OUTLOOK}" selected' in told("ada@hotmail.com")
    assert "Nobody we know has addresses at engines.example" in told("ada@engines.example")


def test_an_own_domain_is_found_out_by_who_takes_its_mail_in(world: Mailboxes, browser: Client, settings: Any) -> None:
    hosts = {"club.example": [(1, "aspmx.l.google.com")], "firm.example": [(0, "firm-example.mail.protection.outlook.com")],
             "own.example": [(10, "mx.own.example")]}  # fmt: skip
    with name_server(hosts) as at:
        settings.HUB_DNS_SERVERS = (at,)

        def told(address: str) -> str:
            typed = {"provider": "detect", "show": "1", "settings.address": address}
            return html.unescape(browser.post(world.at("save"), typed).content.decode())

        club, firm, own, none = (told(f"ada@{name}.example") for name in ("club", "firm", "own", "none"))

    assert f'value="{GMAIL}" selected' in club
    assert "The mail of club.example is with Gmail, as its MX record says." in club
    assert 'value="ada@club.example"' in club
    assert f'value="{OUTLOOK}" selected' in firm
    assert "The mail of own.example is taken in by mx.own.example" in own
    assert "Nobody we know has addresses at none.example" in none


def test_without_a_script_the_fields_of_the_chosen_provider_come_and_nothing_is_kept(
    world: Mailboxes, browser: Client
) -> None:
    answer = browser.post(world.at("save"), world.typed(CUSTOM, show="1", sender_name="Ada of Engines"))

    assert "SMTP host" in shown(answer)
    assert 'value="Ada of Engines"' in answer.content.decode()
    assert not Connection.objects.exists()


def test_its_owner_says_how_files_go_and_the_page_holds_it(world: Mailboxes, browser: Client) -> None:
    world.logs_in(browser, files="links")
    links = world.box(world.ada).files_as_links
    page = browser.get(world.at()).content.decode()
    world.logs_in(browser, files="attached")
    attached = world.box(world.ada).files_as_links
    world.logs_in(browser, files="")

    assert (links, attached, world.box(world.ada).files_as_links) == (True, False, None)
    assert '<option value="links" selected>' in page


def test_nothing_is_carried_while_the_box_is_not_ticked(world: Mailboxes, browser: Client) -> None:
    world.logs_in(browser)
    given = world.typed(ICLOUD, address="ada@icloud.com")
    del given["enabled"]

    answer = browser.post(world.at("save"), given, follow=True)

    box = world.box(world.ada)
    assert (box.enabled, box.connection.enabled) == (False, False)
    assert "The mailbox is switched off, so its e-mails wait." in shown(answer)
    assert "so nothing was sent" in shown(browser.post(world.at("test-mail"), follow=True))


def test_an_address_stays_when_another_provider_is_chosen_and_goes_when_one_is_left(
    world: Mailboxes, browser: Client
) -> None:
    def included() -> bool:
        return "hx-include" in browser.get(world.at()).content.decode()

    before = included()
    fields = browser.get(world.at("fields"), {"provider": ICLOUD, "settings.address": "ada@me.com"}).content.decode()
    world.logs_in(browser)

    assert before
    assert 'value="ada@me.com"' in fields
    assert not included()


def test_without_the_tick_nobody_is_sent_away_to_sign_in(world: Mailboxes, browser: Client) -> None:
    given = world.typed(GMAIL, address="ada@gmail.com")
    del given["enabled"]

    answer = browser.post(world.at("sign-in"), given)

    assert answer.status_code == 422
    assert "Tick this first; without it the mailbox is not used." in shown(answer)


# --- signing in ---------------------------------------------------------------------------------------------------


def test_gmail_is_signed_in_to_and_says_so_in_the_words_of_old(world: Mailboxes, browser: Client) -> None:
    page = shown(browser.get(world.at("fields"), {"provider": GMAIL}))

    answer = world.signs_in(browser, GMAIL, "ada@gmail.com")

    assert "Sign in with Google" in page
    said = shown(answer)
    assert answer.redirect_chain[-1][0] == world.at()
    assert "Success: Congratulations, token for your gmail is generated successfully." in said
    assert "Signed in as ada@gmail.com" in said
    box = world.box(world.ada)
    assert (box.address, box.mailer, box.connection.user, box.read_mail) == ("ada@gmail.com", GMAIL, world.ada, False)
    for secret in world.google.authorization.given:
        assert secret not in answer.content.decode()


def test_another_google_account_than_the_typed_one_is_told_and_nothing_is_stored(
    world: Mailboxes, browser: Client
) -> None:
    answer = world.signs_in(browser, GMAIL, "ada@gmail.com", who="eve@gmail.com")

    assert answer.status_code == 400
    assert "You signed in to Gmail as eve@gmail.com, and the form here says ada@gmail.com." in shown(answer)
    assert not OAuthGrant.objects.exists()
    assert not Connection.objects.filter(settings__has_key="address").exists()


def test_the_test_shows_the_persons_own_address_and_name_as_sender(world: Mailboxes, browser: Client) -> None:
    world.signs_in(browser, GMAIL, "ada@gmail.com")

    answer = browser.post(world.at("test-mail"), follow=True)

    (sent,) = world.google.box("ada@gmail.com").sent
    assert b"ada@gmail.com" in sent.raw.split(b"\r\n\r\n")[0]
    assert "A test mail went out to ada@gmail.com. Its sender is Ada" in shown(answer)


def test_reading_asks_google_once_more_and_is_on_only_when_that_was_allowed(world: Mailboxes, browser: Client) -> None:
    world.signs_in(browser, GMAIL, "ada@gmail.com")
    wanted = world.typed(GMAIL, address="ada@gmail.com", read_mail="on")

    out = browser.post(world.at("save"), wanted)
    before = world.box(world.ada).read_mail
    answer = world.comes_back(browser, GMAIL, world.led(out), "ada@gmail.com")

    assert not before
    assert world.box(world.ada).read_mail
    assert "Nothing has been read yet; the first look comes soon." in shown(answer)


def test_what_is_chosen_before_the_way_out_is_kept_on_the_way_back(world: Mailboxes, browser: Client) -> None:
    chosen = {"read_mail": "on", "sender_name": "Ada of Acme", "daily_cap": "150"}

    world.signs_in(browser, OUTLOOK, "ada@outlook.com", **chosen)

    box = world.box(world.ada)
    assert (box.read_mail, box.sender_name, box.daily_cap) == (True, "Ada of Acme", 150)


def test_what_may_not_be_chosen_is_told_before_the_way_out(world: Mailboxes, browser: Client) -> None:
    wanted = world.typed(OUTLOOK, address="ada@outlook.com", daily_cap="many", sender_name="A" * 500)

    answer = browser.post(world.at("sign-in"), wanted)

    assert answer.status_code == 422
    assert "Enter a whole number, or nothing." in shown(answer)


def test_outlook_is_signed_in_to_and_warns_of_pdf_files(world: Mailboxes, browser: Client) -> None:
    page = shown(browser.get(world.at("fields"), {"provider": OUTLOOK}))

    answer = world.signs_in(browser, OUTLOOK, "ada@contoso.example")

    assert "Sign in with Microsoft" in page
    assert "may refuse some PDF attachments" in page
    assert "Outlook is connected." in shown(answer)
    assert world.box(world.ada).address == "ada@contoso.example"


def test_an_administrators_word_is_waited_for_and_the_old_mailbox_goes_on(world: Mailboxes, browser: Client) -> None:
    world.logs_in(browser)

    told = world.signs_in(browser, OUTLOOK, "ada@contoso.example", decision="approval")
    page = shown(browser.get(world.at()))

    assert "lets only an administrator of your organisation allow" in shown(told)
    assert world.box(world.ada).address == "ada@icloud.com"
    assert "Another provider waits for your administrator" in page
    assert "its owner signs in under Settings, Email (SMTP & IMAP)" in html.unescape(page)
    browser.post(world.at("waiting"), {"addon": "outlook"})
    assert "Another provider waits" not in shown(browser.get(world.at()))


def test_without_a_mailbox_the_page_says_that_it_waits_for_the_administrator(world: Mailboxes, browser: Client) -> None:
    world.signs_in(browser, OUTLOOK, "ada@contoso.example", decision="approval")

    page = shown(browser.get(world.at()))

    assert "Waits for your administrator" in page
    assert "adminconsent" in page


def test_a_sign_in_at_a_new_provider_wipes_the_password_of_the_old_one(world: Mailboxes, browser: Client) -> None:
    world.logs_in(browser)
    old = world.box(world.ada).connection

    world.signs_in(browser, GMAIL, "ada@gmail.com")

    old.refresh_from_db()
    assert (old.settings, old.secrets, old.enabled) == ({}, None, False)
    assert world.box(world.ada).connection.addon == "gmail"


# --- OLD and NEW --------------------------------------------------------------------------------------------------


def test_whoever_is_on_the_old_gmail_way_sees_both_and_keeps_the_old_until_the_new_works(
    world: Mailboxes, browser: Client
) -> None:
    old = {"address": "ada@gmail.com", "password": PASSWORD, "smtp_host": "smtp.gmail.com", "smtp_port": 587,
           "smtp_tls": "starttls", "imap_host": "imap.gmail.com", "imap_port": 993, "imap_tls": "implicit"}  # fmt: skip
    browser.post(world.at("save"), world.typed(CUSTOM, **old))

    page = browser.get(world.at()).content.decode()
    denied = world.signs_in(browser, GMAIL, "ada@gmail.com", decision="deny")
    still = world.box(world.ada)
    world.signs_in(browser, GMAIL, "ada@gmail.com")

    assert ">Gmail OLD</option>" in page
    assert ">Gmail NEW</option>" in page
    assert ">Gmail</option>" not in page
    assert "you did not allow it" in shown(denied)
    assert (still.mailer, still.connection.secrets is not None) == ("smtp_custom.mail", True)
    assert world.box(world.ada).mailer == GMAIL
    assert "OLD" not in browser.get(world.at()).content.decode()


# --- disconnecting ------------------------------------------------------------------------------------------------


def test_disconnect_wipes_everything_and_ends_the_sign_in_at_the_vendor(world: Mailboxes, browser: Client) -> None:
    world.signs_in(browser, GMAIL, "ada@gmail.com")
    asked = browser.get(world.at("disconnect"))

    answer = browser.post(world.at("disconnect"), follow=True)

    assert "Everything that was entered is wiped" in shown(asked)
    assert "Disconnected." in shown(answer)
    assert world.google.authorization.alive == 0
    assert not OAuthGrant.objects.exclude(tokens__isnull=True).exists()
    row = Connection.objects.get(addon="gmail")
    assert (row.settings, row.secrets, row.enabled) == ({}, None, False)
    assert world.box(world.ada).connection is None


def test_the_manual_way_works_too_untick_choose_custom_empty_every_field_and_save(
    world: Mailboxes, browser: Client
) -> None:
    world.logs_in(browser)
    shown_empty = browser.get(world.at("fields"), {"provider": CUSTOM}).content.decode()
    given = world.typed(CUSTOM, address="", password="", smtp_host="", imap_host="", smtp_port=587, imap_port=993)
    del given["enabled"]

    answer = browser.post(world.at("save"), given, follow=True)

    assert "icloud" not in shown_empty
    assert "Disconnected." in shown(answer)
    assert Connection.objects.get(addon="smtp_custom").secrets is None
