"""Letters as strangers write them, read without a fall. Each test is named after the report it comes from, where there is one."""

from __future__ import annotations

import random
import time

import pytest

from hub.mail.reading import cleaning, parsing, quoting
from tests.mail.reading.letters import raw


@pytest.mark.parametrize("id_", ["<>", "<[..]@..>", "no brackets", ""])
def test_chatwoot_c2_a_letter_without_a_usable_message_id_gets_one_from_its_bytes(id_: str) -> None:
    content = raw(id_=id_) if id_ else raw(id_="")

    first, again, other = parsing.read(content), parsing.read(content), parsing.read(content + b" ")

    assert first.message_id == again.message_id
    assert id_ == "<[..]@..>" or first.message_id != other.message_id
    assert first.text.startswith("Yes")


def test_chatwoot_7286_an_empty_in_reply_to_names_nothing() -> None:
    mail = parsing.read(raw(In_Reply_To="", References=" <> "))

    assert (mail.in_reply_to, mail.references) == ((), ())


def test_references_are_read_from_the_newest_to_the_oldest() -> None:
    mail = parsing.read(raw(References="<1@a>\r\n <2@a> <3@a>"))

    assert mail.references == ("<3@a>", "<2@a>", "<1@a>")


def test_an_unknown_charset_is_read_as_far_as_it_can_be() -> None:
    content = raw().replace(b"utf-8", b"klingon-8")

    assert parsing.read(content).text.strip() == "Yes, please stop."


def test_a_subject_in_coded_words_is_read_and_one_in_raw_letters_too() -> None:
    assert parsing.read(raw(subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=")).subject == "Grüße"
    assert parsing.read(raw(subject="Grüße")).subject == "Grüße"
    assert parsing.read(raw(subject="=?nonsense?b?###?=")).subject != ""


@pytest.mark.parametrize(
    "line", [b"Content-Type: message/rfc822", b'Content-Type: multipart/mixed; boundary ="1"\r\n\r\n--1']
)
def test_letters_within_letters_without_end_are_read_by_the_outer_head(line: bytes) -> None:
    content = b"From: bea@y.test\r\nSubject: deep\r\nMessage-ID: <d@y.test>\r\n" + (line + b"\r\n\r\n") * 5_000

    mail = parsing.read(content)

    assert (mail.subject, mail.message_id, mail.text) == ("deep", "<d@y.test>", "")


def test_a_thousand_nested_parts_cost_no_time() -> None:
    head, body = b"From: bea@y.test\r\nSubject: deep\r\nMessage-ID: <d@y.test>\r\n", b""
    for number in range(1_000):
        body += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
    begun = time.process_time()

    mail = parsing.read(head + body + b"Content-Type: text/plain\r\n\r\nhello\r\n")

    assert (mail.subject, mail.message_id) == ("deep", "<d@y.test>")
    assert time.process_time() - begun < 1


@pytest.mark.parametrize("parameter", [b";a=b", b"; name*0=a"])
def test_a_header_of_half_a_million_parameters_costs_no_time(parameter: bytes) -> None:
    letter = b"From: a@b.test\r\nContent-Type: text/plain" + parameter * 120_000 + b"\r\n\r\nstill read"
    begun = time.process_time()

    read = parsing.read(letter)

    assert (read.sender, read.text) == ("a@b.test", "still read")
    assert time.process_time() - begun < 0.5


def test_a_letter_within_a_letter_is_not_taken_for_what_was_written() -> None:
    content = (
        b"From: bea@y.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822"
        b"\r\n\r\nSubject: x\r\n\r\nnot this\r\n--b\r\nContent-Type: text/plain\r\n\r\nthis\r\n--b--\r\n"
    )

    assert parsing.read(content).text.strip() == "this"


def test_bytes_of_any_kind_are_read_without_a_fall() -> None:
    lot = random.Random(7)
    good = raw(References="<1@a> <2@a>", In_Reply_To="<1@a>", Date="Mon, 2 Mar 2026 09:00:00 +0000")

    for _ in range(150):
        content = bytearray(good)
        for _ in range(lot.randrange(1, 30)):
            content[lot.randrange(len(content))] = lot.randrange(256)
        assert parsing.read(bytes(content)).message_id


def test_a_very_long_id_fits_and_is_always_shortened_to_the_same() -> None:
    long = f"<{'x' * 600}@y.test>"

    mail = parsing.read(raw(In_Reply_To=long))

    assert mail.in_reply_to == (parsing.short_id(long),)
    assert len(mail.in_reply_to[0]) <= parsing.LONGEST_ID


# --- what is new ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("Yes.\n\nOn Mon, Mar 2, 2026 at 9:00 AM Ada <ada@crm.test> wrote:\n> Hello\n", "Yes."),
        ("Danke!\n\nAm 02.03.2026 um 09:00 schrieb Ada <ada@crm.test>:\n> Hallo\n", "Danke!"),
        ("Top\n\n-----Original Message-----\nFrom: Ada\nSent: Monday\nTo: B\nSubject: x\n\nHello", "Top"),
        ("Nothing is quoted.", "Nothing is quoted."),
    ],
)
def test_what_is_quoted_is_left_out(text: str, new: str) -> None:
    assert quoting.new_in(text) == new


def test_an_html_letter_is_read_as_text_up_to_what_it_quotes() -> None:
    quoted = "<div class='gmail_quote'>On Monday Ada wrote<blockquote>Hello</blockquote></div>"
    html = f"<style>p{{}}</style><p>Please <b>stop</b>.</p>{quoted}"

    assert quoting.new_in("", html) == "Please stop."


@pytest.mark.parametrize("text", ["On " + "x" * 40_000, "From: a\n" * 20_000, "<" * 50_000, "> " * 60_000])
def test_a_hostile_text_is_cut_before_it_costs_time(text: str) -> None:
    begun = time.process_time()

    quoting.new_in(text)
    quoting.new_in("", text)

    assert time.process_time() - begun < 1.5


def test_html_loads_nothing_and_does_nothing() -> None:
    said = cleaning.clean(
        "<p onclick=x() style='background:url(http://t/x)'>Hi<img src=http://t/p.gif><script>x()</script>"
        "<a href=javascript:x()>a</a><a href=https://y.test>b</a><form><input></form><iframe src=//t></iframe></p>"
    )

    for word in ("img", "script", "onclick", "style", "javascript", "form", "iframe", "http://t"):
        assert word not in said
    assert 'href="https://y.test"' in said
    assert "noopener noreferrer nofollow" in said


def test_tags_left_open_are_not_multiplied_by_the_paragraphs_after_them() -> None:
    bomb = "<p>" + "".join(f"<b a{number}>" for number in range(1_500)) + "</p>" + "<p>x" * 1_500

    assert len(cleaning.clean(bomb)) < 10 * len(bomb)
    assert quoting.new_in("", bomb).startswith("x")


def test_among_more_tags_than_anybody_writes_none_is_opened_again() -> None:
    alike = "<p>" + "<b><i><u><s><em><code><small><strong>" * 3 + "</p>" + "<p>x" * 20_000

    assert len(cleaning.clean(alike)) < 3 * len(alike)


def test_bold_with_a_style_stays_bold() -> None:
    assert cleaning.clean('<p>a <b style="color:red">b</b> <strong class=x>c</strong></p>') == (
        "<p>a <b>b</b> <strong>c</strong></p>"
    )


def test_html_turns_no_reading_direction_by_numbers() -> None:
    assert cleaning.clean("<p>a&#x202e;b&#8238;c&#x2066;d</p>") == "<p>abcd</p>"
