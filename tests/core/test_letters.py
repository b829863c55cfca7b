"""A letter from plain bytes: what a mailer with an API of its own hands the hub."""

from __future__ import annotations

from hub.core import Letter
from hub.core.mail_post import LONGEST_LETTER


def test_a_letter_is_made_from_plain_bytes_whatever_they_are() -> None:
    raw = bytes(range(256))

    letter = Letter.of(raw, id="l-1", thread="c-1", sent_ids=("<a@b.example>",))

    assert (letter.raw, letter.size, letter.cut) == (raw, 256, False)
    assert (letter.id, letter.thread, letter.sent_ids) == ("l-1", "c-1", ("<a@b.example>",))
    assert Letter.model_validate_json(letter.model_dump_json()) == letter


def test_what_is_longer_than_the_hub_reads_is_cut_and_says_so() -> None:
    letter = Letter.of(b"x" * (LONGEST_LETTER + 1), id="l-1", size=7_000_000)

    assert (len(letter.raw), letter.size, letter.cut) == (LONGEST_LETTER, 7_000_000, True)
