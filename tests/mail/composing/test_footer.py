"""The footer of marketing mail, and the headers by which mail programs show a button of their own."""

from __future__ import annotations

from hub.core.facts import Account
from hub.mail import footer
from hub.mail.footer import Footer
from hub.mail.plain import text_of

ENGINES = Account(
    id="1",
    company="Engines & Sons",
    office_phone="+1 555 0100",
    phone="+1 555 0199",
    address1="1 Main St",
    address2="Utrecht",
)
WAY = "https://hub.test/mail/stop/abc"


def test_it_tells_company_address_office_phone_and_the_way_out() -> None:
    text = Footer.of(ENGINES, WAY).text()

    assert (
        text
        == f"-- \nEngines & Sons\n1 Main St\nUtrecht\nPhone: +1 555 0100\n\nTo get no more of these e-mails: {WAY}\n"
    )


def test_the_html_tells_the_same_and_escapes_it() -> None:
    html = Footer.of(ENGINES, WAY).html()

    assert "Engines &amp; Sons<br>1 Main St, Utrecht<br>Phone: +1 555 0100" in html
    assert f"Unsubscribe ({WAY})" in text_of(html)


def test_without_a_public_address_one_answers() -> None:
    said = Footer.of(Account(id="1"), "").text()

    assert said == "-- \nTo get no more of these e-mails, answer this one and say so.\n"
    assert "href" not in Footer.of(Account(id="1"), "").html()


def test_one_click_is_announced_with_both_ways() -> None:
    assert footer.headers(WAY, "mailto:ada@crm.test?subject=unsubscribe") == (
        ("List-Unsubscribe", f"<{WAY}>, <mailto:ada@crm.test?subject=unsubscribe>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )


def test_one_click_is_not_promised_where_it_could_be_read_on_the_way() -> None:
    assert footer.headers("http://127.0.0.1:8000/mail/stop/abc") == (
        ("List-Unsubscribe", "<http://127.0.0.1:8000/mail/stop/abc>"),
    )
    assert footer.headers("") == ()
