"""HUB_MAIL_URL, read: what it means, and what is said of one that cannot be used."""

from __future__ import annotations

import pytest

from hub.db.mail_url import BadMailUrl, MailUrl, read


def test_nothing_named_is_nothing() -> None:
    assert read("") is None


def test_the_scheme_says_how_it_becomes_safe_and_the_port_that_goes_with_it() -> None:
    given = read("smtp://robot:se%20cret@smtp.example?from=hub@example.com")
    assert given == MailUrl("smtp.example", 587, "starttls", "robot", "se cret", "hub@example.com")

    given = read("smtps://robot:x@smtp.example:2465?from=hub@example.com")
    assert given is not None
    assert (given.port, given.tls) == (2465, "implicit")


def test_a_user_that_is_an_address_need_not_be_named_twice() -> None:
    given = read("smtp://hub%40example.com:x@smtp.example")
    assert given is not None
    assert given.sender == "hub@example.com"


def test_its_password_is_in_nothing_that_is_printed() -> None:
    assert "cret" not in repr(read("smtp://robot:se%20cret@smtp.example?from=hub@example.com"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://robot:x@smtp.example", "begins with smtp:// or smtps://"),
        ("smtp://robot:x@", "names a host"),
        ("smtp://robot:x@smtp.example:port", "is not an address"),
        ("smtp://smtp.example?from=hub@example.com", "names a user and a password"),
        ("smtp://robot:secret@smtp.example", "from which address"),
        ("smtp://robot:secret@smtp.example?from=hub", "from which address"),
    ],
)
def test_what_cannot_be_used_is_said_without_its_password(text: str, said: str) -> None:
    with pytest.raises(BadMailUrl, match=said) as trouble:
        read(text)

    assert "secret" not in str(trouble.value)
