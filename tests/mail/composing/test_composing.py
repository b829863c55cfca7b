"""From a step and its contact to the message: two bodies, footer and headers, whoever it goes to."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from hub.core.facts import Account, Contact
from hub.core.mail import Message
from hub.core.outcomes import Rejected
from hub.dispatch import binding
from hub.mail.composing import About, Sender, compose
from hub.mail.footer import Footer
from hub.steps.email import Email

ANN = Contact(id="7", first_name='Ann <b>"', email="ann@crm.test")
ENGINES = Account(id="1", company="Engines", address1="1 Main St", office_phone="555")
WAY = "https://hub.test/mail/stop/x"


def made(contact: Contact = ANN, **options: Any) -> Any:
    step, _empty = binding.step(
        Email, {"subject": "Hi", **options}, binding.supply_of(contact, ENGINES, lambda wanted: ())
    )
    about = About("<a@hub.test>", "loop", Footer.of(ENGINES, WAY))
    return compose(step, contact, Sender("ada@engines.test", "Ada Engines"), about)


def mail(**options: Any) -> Message:
    message = made(**options)
    assert isinstance(message, Message)
    return message


def header(message: Message, name: str) -> str:
    return dict(message.headers).get(name, "")


def test_formatted_text_goes_out_as_html_and_as_the_text_made_from_it() -> None:
    message = mail(
        html="<div>Dear {{client.firstName}},<br>see <a href='https://engines.test'>us</a></div><script>x</script>"
    )

    assert message.text.startswith('Dear Ann <b>",\nsee us (https://engines.test)\n\n-- \nEngines\n1 Main St\n')
    assert 'Dear Ann &lt;b&gt;",<br>see <a href="https://engines.test">us</a>' in message.html
    assert "<script" not in message.html
    assert f'<a href="{WAY}">Unsubscribe</a>' in message.html


def test_plain_text_goes_out_alone_and_as_it_was_written() -> None:
    message = mail(text="Name: {{client.firstName}} ||", kind="personal")

    assert (message.text, message.html) == ('Name: Ann <b>" ||', "")


def test_marketing_bears_the_footer_and_one_click() -> None:
    message = mail(text="Offer")

    assert message.text == f"Offer\n\n-- \nEngines\n1 Main St\nPhone: 555\n\nTo get no more of these e-mails: {WAY}\n"
    assert header(message, "List-Unsubscribe") == f"<{WAY}>"
    assert header(message, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert header(message, "Auto-Submitted") == "auto-generated"


@pytest.mark.parametrize(
    "options", [{"kind": "personal"}, {"to": "crew@partner.test"}, {"kind": "marketing", "to": "c@d.test"}]
)
def test_what_is_personal_or_for_somebody_else_bears_neither(options: dict[str, str]) -> None:
    message = mail(text="x", html="<p>Job for {{client.firstName}}</p>", **options)

    assert "unsubscribe" not in (message.text + message.html).lower()
    assert "Engines" not in message.text
    assert header(message, "List-Unsubscribe") == ""
    assert header(message, "X-Hub-Loop") == "loop"


def test_a_contact_who_is_left_out_gets_nothing_and_needs_no_address() -> None:
    message = made(Contact(id="7", first_name="Bo"), text="{{client.firstName}}", to="crew@partner.test")

    assert message.to == ("crew@partner.test",)
    assert isinstance(made(Contact(id="7"), text="x"), Rejected)
    assert Email.leaves_out({"to": " crew@partner.test "})
    assert not Email.leaves_out({"to": "", "subject": "x"})


def test_answers_go_where_the_step_says() -> None:
    assert mail(text="x", reply_to="desk@engines.test").reply_to == "desk@engines.test"
    assert mail(text="x").reply_to == ""


@pytest.mark.parametrize(
    "breaks", ["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\r\n\r\n", "\t\n "]
)
def test_a_subject_stays_one_line_whatever_its_tokens_hold(breaks: str) -> None:
    contact = ANN.model_copy(update={"first_name": f"Ann{breaks}Bcc: eve@evil.test"})

    message = made(contact, subject="Hi {{client.firstName}}", text="x")

    assert message.subject == "Hi Ann Bcc: eve@evil.test"


@pytest.mark.parametrize(
    "options", [{"text": "x", "to": "no address"}, {"text": "x", "to": "a@b.test, c@d.test"},
                {"text": "x", "reply_to": "a@b\r\nBcc: x@y.z"},
                {}, {"html": "  "}, {"html": "x" * 200_001}, {"text": "x", "kind": "spam"}],
)  # fmt: skip
def test_what_no_mail_can_be_made_of_is_refused_when_the_step_is_saved(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Email.model_validate({"subject": "Hi", **options})
