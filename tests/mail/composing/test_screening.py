"""Links that lead away from us, whatever they are dressed up as; and what is none (R309)."""

from __future__ import annotations

import time

import pytest

from hub.core.mail import Attachment, Message
from hub.mail import screening

OURS = {"hub.test"}

DISGUISES = [
    "https://evil.com", "http://evil.com/x", "HTTPS://EVIL.COM", "ftp://evil.com", "hxxps://evil.com", "evil.com",
    "Evil.Com", "EVIL.COM",
    "www.evil.com", "sub.evil.co.uk", "evil.com/path", "evil.com:8080", "evil.com?x=1", "(evil.com)", "evil.com.",
    "evil.com,", "<evil.com>",
    "evil[.]com", "evil(.)com", "evil (dot) com", "evil [dot] com", "evil{dot}com", "evil . com", "evil\u3002com",
    "evil\uff0ecom",
    "evil\uff61com", "ev\u200bil.com", "ev\u00adil.com", "e\u2060vil.com", "\u202eevil.com",
    "\uff45\uff56\uff49\uff4c.\uff43\uff4f\uff4d",
    "evil%2ecom/x", "evil%252ecom/x", "evil&#46;com", "&#104;ttps://evil.com", "//evil.com/x", "\\\\evil.com\\x",
    "http:\\\\evil.com",
    "https:evil.com", "https:/evil.com", "http://user@evil.com", "https://hub.test@evil.com/x", "https://hub.test.evil.com/",
    "https://evil.com#hub.test", "https://evil.com/?hub.test", "10.0.0.1/x", "http://2130706433/", "http://[::1]/",
    "xn--80ak6aa92e.com",
    "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "b\u00fccher.de", "\u4f8b\u5b50.\u4e2d\u56fd", "bit.ly/abc",
    "t.me/joinus",
    "wa.me/123", "javascript:alert(1)", "data:text/html,x", "whatsapp://send?text=x", "market://details?id=x",
    "intent://x#Intent",
    "file://evil.com/x", "look:https://evil.com", "a,https://evil.com", "evil.com\tnow", "line\nevil.com\nline", "www.evil.pdf",
    "evil.zip", "evil.shop", "readme.md/x", "x.evil.example.com", "go to evil.com!", "\u201cevil.com\u201d", "*evil.com*",
    "_evil.com_",
]  # fmt: skip

HARMLESS = [
    "", "Thanks.See you", "Mr. Smith", "at 10.30 a.m.", "4.99", "1.000.000,00", "e.g. this", "i.e. that", "price.pdf",
    "see report.docx",
    "v1.2.3", "ada@crm.test", "ada.lovelace@crm.test", "so ... on", "What?Yes", "call 555.0100", "U.S. and U.K.",
    "12.11.2026", "and/or", "24/7",
    "https://hub.test/p/abc", "hub.test/p/abc",
]  # fmt: skip


def mail(**said: object) -> Message:
    return Message(message_id="<a@hub.test>", sender="a@b.test", to=("c@d.test",), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize("written", DISGUISES)
def test_a_link_is_found_under_its_disguise(written: str) -> None:
    for said in (
        {"text": f"Look {written} now"},
        {"subject": " ".join(written.split())},
        {"html": f"<p>Look {written.replace('<', '&lt;')} now</p>"},
    ):
        if "subject" in said and any(ord(sign) < 32 or sign in "\u2028\u2029" for sign in written):
            continue
        assert screening.external(mail(**said), OURS), said


@pytest.mark.parametrize("written", HARMLESS)
def test_what_is_no_link_lets_the_mail_go(written: str) -> None:
    assert screening.external(mail(text=f"Look: {written}", html=f"<p>Look: {written}</p>"), OURS) == ()


@pytest.mark.parametrize(
    "html", ['<a href="https://evil.com">hub.test</a>', '<a href="evil.com">x</a>', '<a href="//evil.com">x</a>',
     "<p>ev<b>il</b>.com</p>",
             '<a href="https:&#47;&#47;evil.com">x</a>', '<img src="https://evil.com/x.gif">',
             '<a href="https://hub.test@evil.com">x</a>'],
)  # fmt: skip
def test_it_is_the_address_behind_a_link_that_counts(html: str) -> None:
    assert screening.external(mail(html=html), OURS)


def test_mail_and_telephone_links_and_our_own_pages_lead_nowhere_else() -> None:
    html = '<a href="mailto:ada@crm.test">write</a> <a href="tel:+15550100">call</a> <a href="https://hub.test/p/x">page</a>'

    assert screening.external(mail(html=html), OURS) == ()


def test_a_file_that_may_hold_links_counts_as_one_and_a_picture_does_not() -> None:
    pdf, picture = Attachment.of("a.pdf", "application/pdf", b"%PDF"), Attachment.of("a.png", "image/png", b"x")
    text = Attachment.of("a.txt", "text/plain", b"see evil.com")

    assert screening.external(mail(attachments=(pdf,)), OURS) == ("application/pdf",)
    assert screening.external(mail(attachments=(picture,)), OURS) == ()
    assert screening.external(mail(attachments=(text,)), OURS) == ("evil.com",)


def test_a_long_text_is_read_in_time() -> None:
    assert screening.external(mail(text="a." * 200_000 + "-" * 200_000), OURS) == ()


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\u00a0", "\u2028", " \u200b"])
def test_blanks_cost_no_time_however_many_they_are_and_hide_nothing(blank: str) -> None:
    begun = time.process_time()

    assert screening.external(mail(text=f"evil{blank * 200_000}(dot){blank * 3}com"), OURS) == ("evil.com",)

    assert time.process_time() - begun < 2
