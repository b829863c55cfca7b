"""Signatures: the paper's own example, every flipped byte, two secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from hub.hooks import signing
from tests.hooks.receiver import Refused, verify

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
UID = UUID("6c0b7c0e-7f3b-4f6e-9d0a-3f4f3b1f5a11")
BODY = b'{"type":"contact.created","timestamp":"2026-03-02T09:00:00.000000Z","data":{"id":"7"}}'


def test_the_example_of_the_paper_comes_out() -> None:
    signed = signing._signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    )

    assert signed == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_whatever_byte_is_flipped_a_receiver_refuses_it() -> None:
    secret = signing.new_secret()
    headers = signing.headers([secret], UID, BODY, AT)
    verify(secret, headers, BODY, AT.timestamp())

    for place in range(len(BODY)):
        changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        with pytest.raises(Refused):
            verify(secret, headers, changed, AT.timestamp())
    for name, value in headers.items():
        for place in range(len(value)):
            other = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
            with pytest.raises(Refused):
                verify(secret, {**headers, name: other}, BODY, AT.timestamp())


@pytest.mark.parametrize("seconds", [-301, 301])
def test_what_was_overheard_is_refused_later(seconds: int) -> None:
    secret = signing.new_secret()
    headers = signing.headers([secret], UID, BODY, AT)

    with pytest.raises(Refused):
        verify(secret, headers, BODY, AT.timestamp() + seconds)


def test_while_a_secret_is_rotated_either_verifies() -> None:
    old, new = signing.new_secret(), signing.new_secret()
    headers = signing.headers([new, old], UID, BODY, AT)

    verify(old, headers, BODY, AT.timestamp())
    verify(new, headers, BODY, AT.timestamp())
    with pytest.raises(Refused):
        verify(signing.new_secret(), headers, BODY, AT.timestamp())
