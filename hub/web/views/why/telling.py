"""An answer in words: what happens, who acts, what next. The page and ``hub why`` print the same sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from hub.engine.whynot import wording
from hub.engine.whynot.link import Answer, Link, Verdict
from hub.web.views.runs.causes import Words, words_for

TONES = {
    Verdict.PASSED: "success", Verdict.STOPS: "danger", Verdict.WAITS: "warning", Verdict.UNDER_WAY: "info",
    Verdict.OVER: "neutral", Verdict.NOT_REACHED: "neutral", Verdict.NOT_KEPT: "neutral",
}  # fmt: skip
ICONS = {
    Verdict.PASSED: "circle-check", Verdict.STOPS: "circle-x", Verdict.WAITS: "clock", Verdict.UNDER_WAY: "loader",
    Verdict.OVER: "flag", Verdict.NOT_REACHED: "circle", Verdict.NOT_KEPT: "circle-question-mark",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """An answer in words.

    Attributes:
        question: what was asked.
        verdict: the answer in one word or two, and ``why`` in a sentence.
        who, next: whose turn it is and what they can do; empty of a moment gone by, for nobody can act then.
        until: when it goes on by itself, where that is known, and ``then``: what comes at that moment.
        words: of the inbox, where the cause is mended on a page.
    """

    question: str
    verdict: str
    why: str
    who: str
    next: str
    tone: str
    until: datetime | None = None
    then: str = ""
    words: Words | None = None


def told(answer: Answer) -> Told:
    """The answer."""
    subject, stop = answer.subject, answer.stop
    question = _("Why does “{step}” of “{plan}” not start for {contact}?").format(
        step=subject.step, plan=subject.plan, contact=subject.contact
    )
    if stop is None:
        return _starts(answer, question)
    who, following, words = ("", "", None) if answer.tense == "past" else _whose(stop, subject.addon)
    return Told(
        question,
        word(stop),
        stop.sentence,
        who,
        following,
        TONES[stop.verdict],
        stop.until,
        wording.until(stop.code),
        words,
    )


def word(link: Link) -> str:
    """A link's verdict for people."""
    return {
        Verdict.PASSED: _("passed"), Verdict.STOPS: _("Here it stops"), Verdict.WAITS: _("Here it waits"),
        Verdict.UNDER_WAY: _("It is under way"), Verdict.OVER: _("It is over"), Verdict.NOT_REACHED: _("not reached"),
        Verdict.NOT_KEPT: _("not kept"),
    }[link.verdict]  # fmt: skip


def _starts(answer: Answer, question: str) -> Told:
    turn = wording.TURNS["starts"]
    if answer.tense == "past":
        why = _("Nothing that is kept stood in the way then. What was tried stands on the step's page.")
        return Told(question, _("It could start"), why, "", "", "neutral")
    if answer.tense == "future":
        why = _("As things stand now, nothing will be in the way then.")
        return Told(question, _("It starts"), why, str(turn.who), str(turn.next), "success")
    return Told(question, _("It starts"), _("Nothing is in the way."), str(turn.who), str(turn.next), "success")


def _whose(stop: Link, addon: str) -> tuple[str, str, Words | None]:
    """Whose turn it is and what they can do: by this room's table, else by the inbox's."""
    turn = wording.TURNS.get(stop.code)
    if turn is not None:
        return str(turn.who), str(turn.next), None
    words = words_for(stop.code, addon)
    return str(words.who), str(words.next), words
