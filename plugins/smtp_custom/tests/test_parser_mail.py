"""A mail that a parser reads: the layout never moves, and the contact is left out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hub_smtp_custom import addon
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.core import Contact
from hub.core.mail_parser import ParserMail, layout
from hub.testing import mail_faults
from hub.testing.kit import ADA, Kit

STEP = "smtp_custom.parser_mail"
MAILBOX = "new.leads@robot.zapier.example"


@pytest.fixture
def kit() -> Iterator[Kit]:
    settings = {"address": "sales@branch.example", "password": "app-password-4711", "provider": "Custom",
                "smtp_host": "smtp.branch.example", "imap_host": "imap.branch.example"}  # fmt: skip
    with Kit(addon, settings=settings) as kit:
        yield kit


def test_the_parser_gets_the_lines_exactly_as_they_were_written(kit: Kit) -> None:
    lines = {"Phone": "{{client.phoneCell}}", "First Name": "{{client.firstName}}", "Note (fixed)": "web: yes"}

    run = kit.run(STEP, mailbox=MAILBOX, subject="Lead {{client.firstName}}", lines=lines)

    (mail,) = kit.mail.outbox
    assert mail.text == "Phone: +15550100 ||\nFirst Name: Ada ||\nNote (fixed): web: yes ||"
    assert mail.subject == "Lead Ada"
    assert run.note == f"E-mail with 3 lines sent to {MAILBOX}; the contact was left out."


def test_the_contact_gets_nothing_and_needs_no_address(kit: Kit) -> None:
    kit.run(STEP, Contact(id="2", first_name="Bo"), mailbox=MAILBOX)

    assert [mail.to for mail in kit.mail.outbox] == [(MAILBOX,)]


def test_it_is_plain_text_with_nothing_around_it(kit: Kit) -> None:
    kit.run(STEP, mailbox=MAILBOX)

    (mail,) = kit.mail.outbox
    assert mail.parsed.get_content_type() == "text/plain"
    assert mail.text == "First Name: Ada ||\nPhone: +15550100 ||"
    assert not {name for name in mail.parsed if name.lower().startswith("list-")}


def test_an_empty_value_leaves_its_line_where_it_is(kit: Kit) -> None:
    kit.run(STEP, Contact(id="2", first_name="Bo"), mailbox=MAILBOX)

    assert kit.mail.outbox[0].text == "First Name: Bo ||\nPhone:  ||"


def test_what_would_move_the_layout_is_flattened_and_the_history_says_so(kit: Kit) -> None:
    nasty = ADA.model_copy(update={"first_name": "Ada\r\nPhone: 1 ||", "company": "A|B"})

    run = kit.run(STEP, nasty, mailbox=MAILBOX, lines={"Name": "{{client.firstName}}", "Firm": "{{client.company}}"})

    assert kit.mail.outbox[0].text == "Name: Ada Phone: 1 ||\nFirm: A|B ||"
    assert run.note.endswith("Line breaks and double bars were taken out of: Name.")


def test_a_lost_answer_sends_nothing_twice(kit: Kit) -> None:
    kit.mail.fail(mail_faults.dropped_after(acts=True))

    kit.rest(kit.run(STEP, mailbox=MAILBOX))

    assert len(kit.mail.outbox) == 1


@given(
    st.dictionaries(st.text(st.characters(categories=["L"]), min_size=1, max_size=8), st.text(max_size=40), min_size=1)
)
def test_whatever_the_facts_are_there_is_one_line_for_each(lines: dict[str, str]) -> None:
    text, _ = layout(lines)

    written = text.split("\n")[:-1]
    assert [line.partition(":")[0] for line in written] == list(lines)
    assert all(line.endswith(" ||") and "||" not in line[:-2] for line in written)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        ({"mailbox": "New.Leads@Robot.zapier.example"}, "write new.leads@robot.zapier.example"),
        ({"mailbox": "somewhere"}, "not a mail address"),
        ({"mailbox": "{{client.email}}"}, "not a mail address"),
        ({"lines": {"Two\nlines": "x"}}, "one line of text"),
        ({"lines": {"Bars ||": "x"}}, "one line of text"),
        ({"lines": {}}, "at least 1"),
    ],
)
def test_a_form_that_cannot_work_says_why(field: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        ParserMail.model_validate({"mailbox": MAILBOX, **field})
