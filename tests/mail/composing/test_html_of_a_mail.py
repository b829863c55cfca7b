"""HTML of our mails: cleaned on the way in and out, tokens escaped for where they stand, plain text beside it."""

from __future__ import annotations

import pytest

from hub.mail import cleaning
from hub.mail.plain import text_of

BAD = (
    "script", "onerror", "onload", "onclick", "src=", "style", "<form", "data:", "<base", "class=",
)  # fmt: skip


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '<a href="javascript:alert(1)">x</a>',
        "<svg onload=alert(1)>",
        '<div style="background:url(https://spy.test)">x</div>', '<iframe src="https://x.test">',
        '<a href="data:text/html,x">x</a>',
        "<style>*{}</style>", '<form action="https://x.test"><input name=a></form>', '<a href=" java\nscript:alert(1)">x</a>',
        "<base href=https://x.test>", '<math><mi xlink:href="javascript:alert(1)">', '<p class="x" id="y" onclick="z()">x</p>',
    ],
)  # fmt: skip
def test_nothing_that_runs_or_loads_from_elsewhere_is_kept(hostile: str) -> None:
    for kept in (cleaning.tidy(hostile), cleaning.safe(hostile), cleaning.fill(hostile, {})):
        assert not [bad for bad in BAD if bad in kept.lower()]


def test_a_value_is_text_wherever_it_stands() -> None:
    values = {
        "client.firstName": '<b>Ann & "Bo"</b>',
        "client.whiteboard": "one\ntwo",
        "account.website": "javascript:alert(1)",
    }
    written = (
        '<div>Hi {{client.firstName}}: {{client.whiteboard}} <a href="https://x.test/?n={{client.firstName}}">go</a> '
        '<a href="{{account.website}}">us</a></div>'
    )

    filled = cleaning.fill(written, values)

    assert "&lt;b&gt;Ann &amp;" in filled
    assert "<b>" not in filled
    assert "one<br>two" in filled
    assert 'href="https://x.test/?n=%3Cb%3EAnn%20%26%20%22Bo%22%3C%2Fb%3E"' in filled
    assert "javascript" not in filled


def test_a_value_is_put_in_once_and_never_looked_at_again() -> None:
    values = {"client.firstName": "{{account.phone}}", "account.phone": "555"}

    assert cleaning.fill("<p>{{client.firstName}}</p>", values) == "<p>{{account.phone}}</p>"


def test_an_address_without_its_scheme_leads_to_where_it_is_meant() -> None:
    filled = cleaning.fill('<a href="{{account.website}}">us</a>', {"account.website": "engines.test/gym"})

    assert filled == '<a href="https://engines.test/gym">us</a>'


def test_a_token_of_a_custom_field_survives_what_editors_make_of_its_signs() -> None:
    stored = cleaning.tidy("<div>{{client.custom.R&amp;D}} and {{client.custom.Shoe&nbsp;size}}</div>")

    assert stored == "<div>{{client.custom.R&D}} and {{client.custom.Shoe size}}</div>"
    assert (
        cleaning.fill(stored, {"client.custom.R&D": "x<y", "client.custom.Shoe size": "44"})
        == "<div>x&lt;y and 44</div>"
    )


def test_a_tag_hidden_in_a_token_s_name_stays_harmless() -> None:
    assert "<script" not in cleaning.tidy("<p>{{client.custom.&lt;script&gt;}}</p>")


def test_cleaning_twice_changes_nothing() -> None:
    once = cleaning.tidy('<div>a &amp; b<br><a href="https://x.test/?a=1&b=2">c</a></div>')

    assert cleaning.tidy(once) == once


def test_an_editor_s_empty_block_is_empty() -> None:
    assert cleaning.is_empty("<div><br></div>")
    assert cleaning.is_empty("<p>&nbsp;</p>")
    assert not cleaning.is_empty("<p>a</p>")


def test_the_plain_text_reads_like_the_html() -> None:
    html = (
        "<h1>Welcome</h1><div>Dear Ann,<br><br>we have <strong>two</strong> offers:</div>"
        "<ul><li>one</li><li>two<ol><li>first</li><li>second</li></ol></li></ul>"
        '<blockquote>As you said.<br>Twice.</blockquote><div>See <a href="https://engines.test">engines.test</a> or '
        '<a href="https://x.test/a">the offer</a>, <a href="mailto:a@b.test">write</a>.</div><pre>x\n  y</pre>'
    )

    assert text_of(html) == (
        "Welcome\n\nDear Ann,\n\nwe have two offers:\n\n- one\n- two\n  1. first\n  2. second\n\n> As you said.\n> Twice.\n\n"
        "See engines.test or the offer (https://x.test/a), write (a@b.test).\n\nx\n  y\n"
    )


def test_text_as_html_keeps_its_lines_and_signs() -> None:
    assert cleaning.of_text("a < b\n\nc") == "<div>a &lt; b<br><br>c</div>"
    assert text_of(cleaning.of_text("a < b\n\nc")) == "a < b\n\nc\n"


def test_hostile_sizes_are_read_in_time() -> None:
    deep = "<div>" * 20_000 + "x" + "{{" * 20_000

    assert "x" in text_of(cleaning.tidy(deep))


def test_tags_left_open_are_not_multiplied_by_the_paragraphs_after_them() -> None:
    bomb = "<p>" + "".join(f"<b a{number}>" for number in range(1_500)) + "</p>" + "<p>x" * 1_500

    assert len(cleaning.safe(bomb)) < 10 * len(bomb)
    assert len(cleaning.tidy(bomb)) < 10 * len(bomb)
