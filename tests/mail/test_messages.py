"""A message as bytes: seven bits, CRLF, one header each, the same every time, and nothing smuggled in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.core import Attachment, Message
from hub.core.mail import is_address, one_line
from hub.core.mail_mime import LONGEST, Unwritable, as_bytes, ascii_address, message_id, needs_utf8, plain_name

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REF = "hub-kit-" + "a" * 32 + "-0"


def message(**changes: Any) -> Message:
    usual = {
        "message_id": message_id(REF, "ada@x.test"), "sender": "ada@x.test", "to": ("bea@y.test",),
        "subject": "Hello", "text": "Hi",
    }  # fmt: skip
    return Message(**{**usual, **changes})


def read(raw: bytes) -> Any:
    return message_from_bytes(raw, policy=default)


@settings(deadline=None)  # two cores are shared by many
@given(st.text(max_size=300), st.text(max_size=500), st.text(max_size=80))
def test_whatever_people_write_comes_out_as_it_went_in(subject: str, text: str, name: str) -> None:
    subject, name = one_line(subject), one_line(name)

    raw = as_bytes(message(subject=subject, text=text, sender_name=name), NOON)

    assert raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert [len(read(raw).get_all(header)) for header in ("From", "To", "Subject", "Message-ID", "Date")] == [1] * 5
    assert read(raw)["To"] == "bea@y.test"
    assert "=?" in subject or read(raw)["Subject"].split() == subject.split()
    assert lines(read(raw).get_content()) == lines(text.replace("\x00", ""))


def lines(text: str) -> list[str]:
    """Without what is between and after them: a mail ends with a line's end, whether or not its author wrote one."""
    return re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))


def test_letters_of_every_script_survive() -> None:
    raw = as_bytes(message(subject="Grüße 名字 😀", text="Zoë\n.\nEnde", sender_name='O\'Ñoño "X" <b>, Ltd'), NOON)

    assert read(raw)["Subject"] == "Grüße 名字 😀"
    assert read(raw).get_content().replace("\r\n", "\n") == "Zoë\n.\nEnde\n"
    assert read(raw)["From"].addresses[0].display_name == 'O\'Ñoño "X" <b>, Ltd'


def test_the_same_message_makes_the_same_bytes_with_text_and_html() -> None:
    made = [as_bytes(message(html="<p>Hi</p>", text="Hi"), NOON) for _ in range(2)]

    assert made[0] == made[1]
    assert [part.get_content_type() for part in read(made[0]).iter_parts()] == ["text/plain", "text/html"]


def test_a_long_id_stays_one_plain_word() -> None:
    long = message_id("r" * 64, "ada@" + "d" * 60 + ".example.com")

    assert f"Message-ID: {long}\r\n".encode() in as_bytes(message(message_id=long), NOON)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Hi\r\nBcc: eve@z.test"},
        {"subject": "Hi\nthere"},
        {"sender_name": "Ada\r\nBcc: eve@z.test"},
        {"to": ("bea@y.test\r\nBcc: eve@z.test",)},
        {"to": ("bea@y.test, eve@z.test",)},
        {"to": ("<bea@y.test>",)},
        {"to": ("bea@y.test> SIZE=1",)},
        {"to": ("no address",)},
        {"sender": "ada"},
        {"reply_to": "x y@z.test"},
        {"message_id": "<a@b>\r\nBcc: eve@z.test"},
        {"message_id": "no brackets"},
        {"headers": (("Bcc", "eve@z.test"),)},
        {"headers": (("X-Y", "a\r\nBcc: eve@z.test"),)},
        {"headers": (("X Y", "a"),)},
        {"headers": (("content-type", "text/html"),)},
        {"subject": "half a pair \ud800"},
    ],
)
def test_nothing_is_smuggled_into_a_header(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        message(**change)


def test_other_headers_are_let_through_as_they_are() -> None:
    link = "<https://hub.example/u/" + "a" * 200 + ">"
    raw = as_bytes(message(headers=(("List-Unsubscribe", link),)), NOON)

    assert f"List-Unsubscribe: {link}\r\n".encode() in raw


def test_a_domain_is_written_as_the_name_servers_know_it() -> None:
    assert ascii_address("ada@bücher.example") == "ada@xn--bcher-kva.example"
    assert not needs_utf8(message(to=("ada@bücher.example",)))
    assert needs_utf8(message(to=("zoë@x.test",)))
    with pytest.raises(Unwritable):
        ascii_address("ada@" + "ü" * 70 + ".example")


def test_a_mail_that_no_provider_takes_is_refused_here() -> None:
    with pytest.raises(Unwritable, match="larger than 25 MB"):
        as_bytes(message(text="x" * LONGEST), NOON)


@pytest.mark.parametrize("text", ["ada@x.test", "a.b+c@x.test", "ünï@x.test"])
def test_addresses_that_can_be_written_to(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", ["", "ada", "@x", "ada@", "a b@x.test", "a@b@c", "a" * 250 + "@x.test", "a@x.test\n"])
def test_and_ones_that_cannot(text: str) -> None:
    assert not is_address(text)


def test_a_file_goes_with_it_under_a_name_that_every_reader_shows() -> None:
    pdf = Attachment.of("Müller – Angebot.pdf", "application/pdf", b"%PDF\n\x00\xff")

    raw = as_bytes(message(html="<p>Hi</p>", attachments=(pdf,)), NOON)

    (part,) = read(raw).iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("Muller  Angebot.pdf", "application/pdf")
    assert part.get_content() == b"%PDF\n\x00\xff"
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert raw == as_bytes(
        Message.model_validate_json(message(html="<p>Hi</p>", attachments=(pdf,)).model_dump_json()), NOON
    )


@pytest.mark.parametrize(
    ("name", "plain"),
    [("名字", "file"), (".pdf", "file.pdf"), ("x" * 300 + ".docx", "x" * 40 + ".docx"), ("a\r\nb.pdf", "a b.pdf"),
     ('q"; x=.pdf', "q x.pdf")],
)  # fmt: skip
def test_a_file_s_name_is_short_and_plain(name: str, plain: str) -> None:
    assert plain_name(one_line(name)) == plain


@pytest.mark.parametrize("kind", ["pdf", "message/rfc822", "multipart/mixed", "a/b\r\nBcc: x", "A/B"])
def test_a_file_s_kind_is_a_media_type(kind: str) -> None:
    with pytest.raises(ValidationError):
        Attachment.of("a.pdf", kind, b"")
