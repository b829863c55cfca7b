"""A stranger's code under a time limit: what it says, what it raises, and what it never comes to."""

from __future__ import annotations

import sys
import threading

import pytest

from hub.core.guard import Failed, guarded, limited


def test_an_answer_and_a_meant_error_come_through_as_they_are() -> None:
    def refuses() -> int:
        raise KeyError("the field")

    assert limited(lambda: 7, KeyError) == 7
    assert limited(lambda: None) is None
    with pytest.raises(KeyError, match="the field"):
        limited(refuses, KeyError)


@pytest.mark.parametrize(
    ("stranger", "kind"), [(lambda: sys.exit(3), "SystemExit"), (lambda: 1 / 0, "ZeroDivisionError")]
)
def test_anything_else_it_raises_is_named_and_its_words_are_not(stranger, kind: str) -> None:
    with pytest.raises(Failed) as failed:
        limited(stranger)

    assert (failed.value.kind, str(failed.value)) == (kind, f"failed with {kind}")


def test_one_that_does_not_end_is_left_behind() -> None:
    with pytest.raises(Failed, match=r"did not end within 0\.1 seconds") as failed:
        limited(lambda: threading.Event().wait(60), seconds=0.1)

    assert failed.value.kind == ""


def test_an_error_that_cannot_even_say_what_it_is_ends_at_once() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    def stumbles() -> None:
        raise Mute

    assert guarded(stumbles, seconds=30).reason.startswith("Mute")
