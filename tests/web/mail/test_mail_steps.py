"""An e-mail step where it is written: what it would say, what keeps it back, a test to oneself, and files added on the spot."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.contacts.models import Contact
from hub.mail import rehearsing
from hub.mail.files import changes as files
from hub.mail.models import MailFile, SentMail
from hub.mail.suppressing import changes as suppressing
from hub.plans.models import StepRun
from hub.testing import mail_faults
from hub.users.models import User
from tests.support.mailboxes import OUTLOOK, Mailboxes, mailbox_world, shown
from tests.web.plans.world import address, contact, draft_steps, inputs, posted, step_address

pytestmark = pytest.mark.django_db(transaction=True)

PDF = b"%PDF-1.4 prices"
WRITTEN = {"option_subject": "Welcome {{client.firstName}}", "option_html": "<div>Dear <b>{{client.firstName}}</b></div>",
           "option_text": "", "option_kind": "marketing"}  # fmt: skip
HTMX = {"HX-Request": "true"}


@pytest.fixture
def world(settings: Any) -> Iterator[Mailboxes]:
    with mailbox_world(settings) as made:
        made.account.company, made.account.office_phone = "Engines Ltd", "+1 303 555 0100"
        made.account.save()
        yield made


@pytest.fixture
def browser(world: Mailboxes, enter: Callable[[User], Client]) -> Client:
    return enter(world.ada)


@pytest.fixture
def plan(world: Mailboxes) -> Any:
    from tests.plans.company import draft_of, make_plan

    options = {"subject": "Welcome {{client.firstName}}", "html": "<div>Dear <b>{{client.firstName}}</b></div>"}
    with transaction.atomic():
        made = make_plan(world.account, {"action_type": "mail.send", "name": "Welcome", "options": options})
        draft_of(made)
    return made


def mail_form(plan: Any, **more: Any) -> dict[str, Any]:
    """The form of the plan's step as a browser sends it."""
    return posted(draft_steps(plan)[0].key, type="mail.send", name="Welcome", **WRITTEN) | more


def base_of(browser: Client, plan: Any) -> str:
    """What the form says of the step that it was drawn for."""
    return inputs(browser.get(step_address(plan, draft_steps(plan)[0])))["base"]


def live(browser: Client, plan: Any, **more: Any) -> str:
    return shown(browser.post(address(plan, "/edit/try"), mail_form(plan, **more), headers=HTMX))


def to_me(browser: Client, plan: Any, **more: Any) -> str:
    return shown(browser.post(address(plan, "/edit/to-me"), mail_form(plan, **more), headers=HTMX))


# --- what it would say --------------------------------------------------------------------------------------------


def test_the_preview_shows_the_mail_as_it_would_leave(world: Mailboxes, browser: Client, plan: Any) -> None:
    world.logs_in(browser)
    contact(world.account, "Cleo")
    row = files.add(world.account, "Prices.pdf", PDF, by=SYSTEM)

    page = live(browser, plan, option_files=[str(row.uid)], option_reply_to="desk@engines.example")

    assert "From Ada Engines Ltd <ada@icloud.com>" in page
    assert "To cleo@example.com" in page
    assert "Answers go to desk@engines.example" in page
    assert "Subject Welcome Cleo" in page
    assert "Text Dear Cleo" in page
    assert "Footer Engines Ltd Phone: +1 303 555 0100 To get no more of these e-mails: https://hub.acme.example" in page
    assert "Attached Prices.pdf (1 kB)" in page
    assert "mail/stop/sample" in page

    whole = shown(browser.get(address(plan, "/preview")))
    assert "From Ada Engines Ltd <ada@icloud.com>" in whole
    personal = live(browser, plan, option_kind="personal", option_files=[str(row.uid)], option_files_as="as links")
    assert "Footer" not in personal
    assert "Given as a link Prices.pdf (1 kB)" in personal
    assert "https://hub.acme.example/mail/file/…" in personal


def test_the_preview_says_that_it_would_be_passed_over_and_why(world: Mailboxes, browser: Client, plan: Any) -> None:
    world.logs_in(browser)
    cleo = contact(world.account, "Cleo")
    suppressing.add_by_hand(world.account, "cleo@example.com", by=SYSTEM)

    page = live(browser, plan)
    test = shown(browser.get(step_address(plan, draft_steps(plan)[0]) + "/test"))

    assert "Passed over: cleo@example.com gets no more marketing mail of this account (entered by hand)." in page
    assert "It would be passed over" in test
    assert "Send it now" not in test
    assert "Passed over" not in live(browser, plan, option_kind="personal")
    Contact.objects.filter(pk=cleo.pk).update(email_ok=False)
    assert "Passed over: The contact wants no marketing mail." in live(browser, plan)


def test_the_preview_says_who_must_act_where_nobody_carries_it(world: Mailboxes, browser: Client, plan: Any) -> None:
    contact(world.account, "Cleo", email="")

    page = live(browser, plan)

    assert (
        "This account has no mailbox that sends its e-mails. An admin can connect one under Settings, Email (SMTP & IMAP)"
        in page
    )
    assert "The contact lacks" in page
    assert "Subject Welcome Cleo" in page
    assert "From" not in page


def test_a_pdf_that_the_provider_may_refuse_becomes_a_link_by_one_click(
    world: Mailboxes, browser: Client, plan: Any, settings: Any
) -> None:
    world.signs_in(browser, OUTLOOK, "ada@contoso.example")
    contact(world.account, "Cleo")
    row = files.add(world.account, "Prices.pdf", PDF, by=SYSTEM)
    attached = {"option_files": [str(row.uid)], "option_files_as": "attached"}

    answer = browser.post(address(plan, "/edit/try"), mail_form(plan, **attached), headers=HTMX)
    advised = live(browser, plan, option_files=[str(row.uid)], option_files_as="as advised")

    assert "Outlook may refuse some PDF files" in shown(answer)
    assert 'name="option_files_as" value="as links"' in answer.content.decode()
    assert "may refuse" not in advised
    assert "Given as a link Prices.pdf" in advised

    clicked = mail_form(plan, base=base_of(browser, plan), **attached | {"option_files_as": ["attached", "as links"]})
    browser.post(step_address(plan, draft_steps(plan)[0]), clicked)
    assert draft_steps(plan)[0].options["files_as"] == "as links"

    settings.HUB_PUBLIC_URL = ""
    page = browser.post(address(plan, "/edit/try"), mail_form(plan, **attached), headers=HTMX).content.decode()
    assert "It cannot be given as a link" in html.unescape(page)
    assert 'name="option_files_as"' not in page


# --- a test to oneself --------------------------------------------------------------------------------------------


def test_a_test_goes_to_its_writer_alone_and_counts_nowhere(world: Mailboxes, browser: Client, plan: Any) -> None:
    world.logs_in(browser)
    box = world.box(world.ada)
    box.daily_cap = 1
    box.save()
    cleo = contact(world.account, "Cleo")

    told = [to_me(browser, plan, option_subject="Now {{client.firstName}}") for _ in range(2)]

    (mail, _again) = world.post.outbox
    assert told[0] == "Sent to ada@example.com from ada@icloud.com. It says what Cleo would read."
    assert (mail.sender, mail.to, mail.subject) == ("ada@icloud.com", ("ada@example.com",), "Test: Now Cleo")
    text = mail.parsed.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "Dear Cleo" in text
    assert "https://hub.acme.example/mail/stop/sample" in text
    assert mail.parsed["List-Unsubscribe"] is None
    assert not StepRun.objects.exists()
    assert not SentMail.objects.exists()
    assert AuditRow.objects.filter(verb="test_mail", account_id=world.account.pk).count() == 2
    assert "option_subject" not in draft_steps(plan)[0].options
    assert draft_steps(plan)[0].options["subject"] == "Welcome {{client.firstName}}"

    out = Client().post("/mail/stop/sample")
    cleo.refresh_from_db()
    assert "nobody is taken off any list" in shown(out)
    assert cleo.email_ok


def test_what_is_sent_is_what_was_shown_also_where_somebody_new_comes_in_meanwhile(
    world: Mailboxes, browser: Client, plan: Any
) -> None:
    world.logs_in(browser)
    contact(world.account, "Cleo")
    shown_first = live(browser, plan)
    contact(world.account, "Dora")

    told = to_me(browser, plan)

    assert "for Cleo" in shown_first
    assert "It says what Cleo would read." in told
    assert world.post.outbox[0].subject == "Test: Welcome Cleo"


def test_without_a_script_the_stored_step_is_sent_from_the_page_of_its_test(
    world: Mailboxes, browser: Client, plan: Any
) -> None:
    world.logs_in(browser)
    contact(world.account, "Cleo")
    step = draft_steps(plan)[0]
    page = browser.get(step_address(plan, step) + "/test").content.decode()

    answer = browser.post(address(plan, "/edit/to-me"), {"key": str(step.key)}, follow=True)

    assert f'action="{address(plan, "/edit/to-me")}"' in page
    assert "Sent to ada@example.com from ada@icloud.com." in shown(answer)
    assert world.post.outbox[0].subject == "Test: Welcome Cleo"


def test_what_keeps_a_test_back_is_told_and_nothing_leaves(world: Mailboxes, browser: Client, plan: Any) -> None:
    contact(world.account, "Cleo")
    nobody = to_me(browser, plan)
    world.logs_in(browser)
    world.post.fail(mail_faults.wrong_password())
    refused = to_me(browser, plan)
    empty = to_me(browser, plan, option_subject="")
    strange = to_me(browser, plan, option_subject="{{client.shoe}}")
    User.objects.filter(pk=world.ada.pk).update(email="")
    homeless = to_me(browser, plan)

    assert "No test was sent. This account has no mailbox" in nobody
    assert "No test was sent." in refused
    assert "refuses the user name or the password" in refused
    assert "Fill in first: Subject." in empty
    assert "{{client.shoe}}" in strange
    assert "Your profile has no e-mail address" in homeless
    assert world.post.outbox == []


def test_a_new_accounts_links_are_screened_in_a_test_too(world: Mailboxes, browser: Client, plan: Any) -> None:
    from datetime import timedelta

    world.logs_in(browser)
    contact(world.account, "Cleo")
    world.account.link_screening_until = world.clock.now() + timedelta(days=3)
    world.account.save()

    told = to_me(browser, plan, option_html='<a href="https://elsewhere.example/x">here</a>')

    assert "may not lead to other places yet" in told
    assert "may not lead to other places yet" in live(browser, plan, option_html="Go to https://elsewhere.example")
    assert world.post.outbox == []


def test_tests_are_not_a_way_to_write_to_strangers(
    world: Mailboxes, browser: Client, plan: Any, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.logs_in(browser)
    contact(world.account, "Cleo")
    monkeypatch.setattr(rehearsing, "MOST_AN_HOUR", 1)

    to_me(browser, plan, option_to="stranger@example.com")
    second = to_me(browser, plan)
    world.clock.advance(hours=2)
    third = to_me(enter(world.ada), plan)

    assert "Sent to ada@example.com" in third
    assert "You have sent 1 tests within an hour" in second
    assert [mail.to for mail in world.post.outbox] == [("ada@example.com",)] * 2


# --- files added on the spot --------------------------------------------------------------------------------------


def pdf(name: str = "Prices.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_file_is_added_in_the_step_and_chosen(world: Mailboxes, browser: Client, plan: Any) -> None:
    panel = browser.get(step_address(plan, draft_steps(plan)[0])).content.decode()

    answer = browser.post(address(plan, "/edit/upload"), mail_form(plan, upload=pdf()), headers=HTMX)

    row = MailFile.objects.get()
    assert 'enctype="multipart/form-data"' in panel
    assert 'type="file" name="upload"' in panel
    assert f'value="{row.uid}" id="id_option_files_0" checked' in answer.content.decode()
    assert "step-changed" in answer["HX-Trigger-After-Swap"]
    assert "files" not in draft_steps(plan)[0].options or not draft_steps(plan)[0].options["files"]


def test_without_a_script_it_is_added_when_the_step_is_saved(world: Mailboxes, browser: Client, plan: Any) -> None:
    step = draft_steps(plan)[0]

    browser.post(step_address(plan, step), mail_form(plan, base=base_of(browser, plan), upload=pdf()))

    assert draft_steps(plan)[0].options["files"] == [str(MailFile.objects.get().uid)]


def test_what_is_no_file_for_a_mail_is_refused_beside_its_field(world: Mailboxes, browser: Client, plan: Any) -> None:
    wrong = pdf("Prices.pdf", b"MZ a program")

    at_once = browser.post(address(plan, "/edit/upload"), mail_form(plan, upload=wrong), headers=HTMX)
    wrong.seek(0)
    saved = browser.post(step_address(plan, draft_steps(plan)[0]), mail_form(plan, upload=wrong))

    for answer in (at_once, saved):
        assert "Use a file of one of these kinds" in shown(answer)
    assert saved.status_code == 422
    assert not MailFile.objects.exists()


def test_who_edits_only_their_own_plans_adds_no_files(world: Mailboxes, enter: Any, plan: Any) -> None:
    from tests.support.people import make_user

    sam = make_user(world.account, "member", "sam")
    type(plan).objects.filter(pk=plan.pk).update(owner=sam)
    browser = enter(sam)

    panel = browser.get(step_address(plan, draft_steps(plan)[0]))
    answer = browser.post(address(plan, "/edit/upload"), mail_form(plan, upload=pdf()), headers=HTMX)

    assert panel.status_code == 200
    assert 'name="upload"' not in panel.content.decode()
    assert answer.status_code == 403
    assert not MailFile.objects.exists()
