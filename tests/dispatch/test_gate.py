"""May this step run now? Each rule, and which one speaks first."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.dispatch.gate import GO, Do, GateFacts, Hold, gate

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(minutes=1)

RULES: list[tuple[str, dict[str, object], Do, str]] = [
    ("stopped by a person", {"cancel_requested": True}, Do.CANCEL, "stopped"),
    ("off the plan", {"enrollment_running": False}, Do.CANCEL, "stopped"),
    ("archived", {"contact_archived": True}, Do.SKIP, "archived"),
    ("its plan ended early", {"ends_plan": "Goal reached."}, Do.CANCEL, "ends_plan"),
    ("locked", {"account_locked": True}, Do.HOLD, Hold.ACCOUNT_LOCKED),
    ("paused", {"account_status": "paused"}, Do.HOLD, Hold.ACCOUNT_PAUSED),
    ("any other status", {"account_status": "closed"}, Do.HOLD, Hold.ACCOUNT_PAUSED),
    ("no plugin", {"claimed": False}, Do.HOLD, Hold.UNCLAIMED),
    ("unavailable", {"addon": "addon_unavailable"}, Do.HOLD, Hold.ADDON_UNAVAILABLE),
    ("off", {"addon": "addon_off", "addon_reason": "Switched off by Ann."}, Do.HOLD, Hold.ADDON_OFF),
    ("refused credential", {"connection_ok": False}, Do.HOLD, Hold.CONNECTION),
    ("told to slow down", {"blocked_until": SOON}, Do.WAIT, Hold.RATE),
    ("too late", {"late_after": NOW - timedelta(seconds=1)}, Do.HOLD, Hold.LATE),
    ("outside of its hours", {"opens_at": SOON, "opens_why": "It is night."}, Do.WAIT, Hold.HOURS),
    ("meant for others", {"not_meant": "Only if the contact has the tag “Joined”."}, Do.SKIP, "not_meant"),
    ("no address", {"missing": ("a complete postal address",)}, Do.REFUSE, "missing"),
    ("enough for today", {"enough_until": SOON}, Do.WAIT, Hold.SHARE),
]
"""In the order in which they speak."""


@pytest.mark.parametrize(("facts", "do", "code"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_each_rule_says_what_and_why(facts: dict[str, object], do: Do, code: str) -> None:
    answer = gate(GateFacts(**facts), NOW)  # type: ignore[arg-type]

    assert (answer.do, answer.code) == (do, code)
    assert answer.sentence.endswith((".", "by Ann."))


def test_nothing_wrong_is_go() -> None:
    assert gate(GateFacts(), NOW) == GO


def test_of_two_rules_the_earlier_one_speaks() -> None:
    for first, second in itertools.pairwise(RULES):
        answer = gate(GateFacts(**{**second[1], **first[1]}), NOW)  # type: ignore[arg-type]
        assert (answer.do, answer.code) == first[2:], f"{first[0]} before {second[0]}"


def test_a_wait_that_is_over_is_no_wait() -> None:
    assert gate(GateFacts(blocked_until=NOW), NOW) == GO
    assert gate(GateFacts(blocked_until=SOON), NOW).until == SOON
    assert gate(GateFacts(late_after=NOW), NOW) == GO


def test_the_doorways_own_words_are_used() -> None:
    assert (
        gate(GateFacts(addon="addon_off", addon_reason="Switched off by Ann."), NOW).sentence == "Switched off by Ann."
    )
    assert gate(GateFacts(claimed=False, unclaimed_reason="It did not load."), NOW).sentence == "It did not load."


def test_an_open_attempt_is_not_judged_by_what_came_later() -> None:
    """Its bytes are frozen: neither a lost address nor lateness changes them. A stop and a pause still count."""
    late = GateFacts(late_after=NOW - timedelta(days=1), missing=("an e-mail address",), open_attempts=1)

    assert gate(late, NOW) == GO
    assert gate(replace(late, cancel_requested=True), NOW).do is Do.CANCEL
    assert gate(replace(late, account_status="paused"), NOW).do is Do.HOLD


def test_what_is_missing_is_named_without_its_article() -> None:
    answer = gate(GateFacts(missing=("a first name", "an e-mail address")), NOW)

    assert answer.sentence == "The contact has no first name and no e-mail address."


def test_a_step_goes_at_the_very_moment_its_hours_begin() -> None:
    assert gate(GateFacts(opens_at=NOW), NOW) == GO
    assert gate(GateFacts(opens_at=SOON), NOW).until == SOON


def test_what_will_be_too_late_when_its_hours_begin_is_too_late_now() -> None:
    facts = GateFacts(late_after=NOW + timedelta(hours=1), opens_at=NOW + timedelta(hours=12))

    assert gate(facts, NOW).code == Hold.LATE


def test_an_unclear_attempt_is_cleared_up_at_any_hour() -> None:
    assert gate(GateFacts(opens_at=SOON, open_attempts=1), NOW) == GO


def test_a_late_step_may_be_skipped_instead_of_asking() -> None:
    late = GateFacts(late_after=NOW - timedelta(seconds=1), late_skips=True)

    answer = gate(late, NOW)

    assert (answer.do, answer.code) == (Do.SKIP, Hold.LATE)


@pytest.mark.parametrize(
    "waits", [{"blocked_until": NOW + timedelta(hours=3)}, {"enough_until": NOW + timedelta(hours=3)}]
)
def test_what_is_to_be_skipped_when_late_is_not_put_off_until_it_is(waits: dict[str, datetime]) -> None:
    facts = GateFacts(late_after=NOW + timedelta(hours=2), late_skips=True, **waits)

    assert gate(facts, NOW).do is Do.SKIP
    assert gate(replace(facts, late_after=NOW + timedelta(hours=4)), NOW).do is Do.WAIT
    assert gate(replace(facts, late_skips=False), NOW).do is Do.WAIT, "a person is asked when it is late"
    assert gate(replace(facts, open_attempts=1), NOW).do is not Do.SKIP
