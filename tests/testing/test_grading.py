"""Grades: computed from what an add-on does, with the failing case behind each badge that is missing."""

from __future__ import annotations

import pytest
from hub_mailbox_power import addon as mailbox_power

from hub.core import AddOn, Answer, MailboxLogin, Mailer, MailPreset, keyed, mailbox_form, once, repeatable
from hub.testing.grading import LEVELS, Earned, Failure, Grade, Level, grade, level_of, report
from hub.testing.proofs import believed
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge
from tests.testing import pigeons

PRESETS = (
    MailPreset(
        "lark", "Lark", "smtp.lark.example", 587, "imap.lark.example", domains=("lark.example",), files_sent=True
    ),
)


def badges(*missing: Badge) -> list[Earned]:
    return [
        Earned(badge, level.word, 1, Failure("a case", badge, ("why",)) if badge in missing else None)
        for level, of_level in LEVELS.items()
        for badge in of_level
    ]


@pytest.mark.parametrize(
    ("missing", "level"),
    [
        ((), Level.PLATINUM),
        ((Badge.ALONE,), Level.GOLD),
        ((Badge.PAPERS,), Level.GOLD),
        ((Badge.SECRETS,), Level.SILVER),
        ((Badge.PAIRS, Badge.ALONE), Level.SILVER),
        ((Badge.FAULTS,), Level.BRONZE),
        ((Badge.CLEAN,), Level.NONE),
        ((Badge.LOADS, Badge.PAPERS), Level.NONE),
    ],
)
def test_a_level_needs_every_badge_of_its_own_and_of_those_below(missing: tuple[Badge, ...], level: Level) -> None:
    assert level_of(badges(*missing)) is level


def test_every_badge_belongs_to_one_level() -> None:
    assert sorted(badge for of_level in LEVELS.values() for badge in of_level) == sorted(Badge)


@pytest.fixture(scope="module")
def of_mailbox_power() -> Grade:
    return grade(mailbox_power)


def test_an_action_nobody_can_look_up_is_conformant_and_stays_below_platinum(of_mailbox_power: Grade) -> None:
    assert of_mailbox_power.level is Level.GOLD
    assert of_mailbox_power.conformant
    assert {failure.badge for failure in of_mailbox_power.failures} == {Badge.ALONE}


def test_the_report_names_the_failing_case_and_what_to_do(of_mailbox_power: Grade) -> None:
    said = report(of_mailbox_power)

    assert said.startswith("mailbox_power: gold\n")
    assert "- platinum  no person needed  3 cases\n" in said
    assert "      add_to_group: a lost answer needs no person\n" in said
    assert "give the action a reconcile, or the call a key" in said
    assert "2 more cases failed" in said


def test_a_plugin_that_does_not_load_has_no_grade_and_a_reason() -> None:
    earned = grade(AddOn("aviary", title="Aviary", contract=99))

    assert earned.level is Level.NONE
    assert not earned.conformant
    assert "contract 99" in report(earned)
    assert report(earned).startswith("aviary: no grade\n")


def test_what_is_not_there_to_prove_is_not_missing() -> None:
    """No actions, no lists, no ways in: nothing to get wrong."""
    earned = grade(AddOn("aviary", title="Aviary"))

    assert all(badge.earned for badge in earned.badges if badge.badge in (Badge.CLEAN, Badge.LISTS, Badge.WAYS_IN))


class Made(Answer):
    id: str


def test_the_report_names_what_the_add_on_believes_of_its_vendor_and_no_case_could_try() -> None:
    """A wrong word here sends twice or loses, and every case is green."""
    addon = AddOn("aviary", title="Aviary", base_url="https://api.aviary.example")
    addon.post("/strong", Made, Made, effect=once("90s", strong=True))
    addon.post("/weak", Made, Made, effect=once("90s"))
    addon.post("/keyed", Made, Made, effect=keyed("Idempotency-Key", "24h"))
    addon.put("/again", Made, Made, effect=repeatable())
    addon.get("/list", Made)

    said = report(grade(addon)).partition("Believed, for only the vendor can tell:\n")[2].splitlines()

    assert said == [
        "  POST /strong: what a look-up does not find 90 seconds later was surely not done (strong=True), and is sent again.",
        "  POST /keyed: the vendor knows a key in Idempotency-Key again for 24 hours.",
        "  PUT /again: sent twice it does no more than once.",
    ]


def test_a_mailer_whose_sent_is_proof_is_believed_too() -> None:
    addon = AddOn("lark", title="Lark", settings=mailbox_form(PRESETS), auth=MailboxLogin())
    addon.mailer(Mailer("lark.mail", "E-mail", presets=PRESETS, strong=True))

    with Bench(addon) as bench:
        (said,) = believed.of(bench.plain)

    assert said == "lark.mail: a mail that Sent does not show after 2m was surely not sent (strong=True)."


@pytest.mark.slow
def test_no_secret_is_in_a_report() -> None:
    """Whatever a plugin says, and however it is found out, the report is a way out too."""
    addon = pigeons.made("blind")

    @addon.action("shout", pigeons.Mail, title="Shout")
    async def shout(vendor, step, contact):  # type: ignore[no-untyped-def]
        raise RuntimeError(vendor.settings.api_key.get_secret_value())

    earned = grade(addon, settings={"api_key": "a-very-secret-key-1"})

    assert earned.level is Level.NONE
    assert "a-very-secret-key-1" not in report(earned) + repr(earned)
