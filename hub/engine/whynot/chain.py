"""The chain itself: facts in, links out. Pure.

A link is a function of the facts. The gate's rules are not told again here: they are called, one link each, under the titles of
:data:`hub.engine.whynot.wording.GATE`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from hub.dispatch import gate, machine
from hub.dispatch.gate import Do, Hold
from hub.dispatch.states import State
from hub.engine import rates
from hub.engine.release import BY_GUARDS
from hub.engine.whynot import earlier, wording
from hub.engine.whynot.facts import Facts, Going, Run, Work
from hub.engine.whynot.link import Link, Verdict

Rule = Callable[[Facts], Link]

SOON = timedelta(seconds=5)
"""How soon the ticker looks at what is held (``hub.engine.ticker.RELEASE_SECONDS``)."""


def walk(facts: Facts) -> tuple[Link, ...]:
    """Every link in its order. After the first that does not pass, the others are not reached."""
    links = list[Link]()
    for rule in (*earlier.RULES, *_claiming(), *_gate_rules(), *_leaving()):
        stopped = bool(links) and links[-1].verdict is not Verdict.PASSED
        links.append(_unreached(rule) if stopped else rule(facts))
    return tuple(links)


def _claiming() -> tuple[Rule, ...]:
    """What the claiming statement asks."""
    return _hands, _held, _alone, _due


def _leaving() -> tuple[Rule, ...]:
    """What the runner asks, and then, of what costs money first, the intent."""
    return _again, _signed_in, _fits, _repeat, _budget, _turn


def _unreached(rule: Rule) -> Link:
    key = _key(rule)
    return Link(key, wording.title(key), Verdict.NOT_REACHED)


def _key(rule: Rule) -> str:
    return rule.__name__.strip("_")


# --- what the claiming statement asks -------------------------------------------------------------------------------


def _hands(facts: Facts) -> Link:
    """Nobody has the run: no person is asked, no worker holds it, the vendor is not being asked."""
    run = facts.run
    assert run is not None  # the chain came past the step before
    link = Link("hands", wording.title("hands"))
    if run.state == State.REVIEW:
        return replace(link, verdict=Verdict.STOPS, code=run.hold_reason or "review", sentence=run.hold_detail)
    if run.state == State.UNKNOWN:
        said = _("A request left and its answer was lost. The vendor is asked what became of it.")
        return replace(link, verdict=Verdict.WAITS, code="looking_up", sentence=said, until=run.next_check_at)
    if run.state in (State.CLAIMED, State.CALLING):
        code, said = wording.in_hand(run)
        return replace(link, verdict=Verdict.UNDER_WAY, code=code, sentence=said)
    return replace(link, sentence=_("Nobody has it in hand."))


def _held(facts: Facts) -> Link:
    """The run is not held. What is held is not looked at by any worker until it is let go."""
    run = facts.run
    assert run is not None
    link = Link("held", wording.title("held"))
    if run.state != State.HELD:
        return replace(link, sentence=_("It is not held."))
    if run.lets_go and facts.at >= facts.now + SOON:
        return replace(link, sentence=_("It is held now; the cause has gone, so it is let go before then."))
    if run.lets_go:
        said = _("It was held, and the cause has gone: it goes on at the ticker's next look.")
        return replace(link, verdict=Verdict.WAITS, code="lets_go", sentence=said, until=facts.now + SOON)
    return _by_guard(run, run.going, link, facts.at) if run.going else _by_person(run, link)


def _by_person(run: Run, link: Link) -> Link:
    told = " ".join((run.hold_detail, *run.besides)).strip()
    return replace(link, verdict=Verdict.STOPS, code=run.stuck or run.hold_reason, sentence=told)


def _by_guard(run: Run, going: Going, link: Link, at: datetime) -> Link:
    """A guard holds it and lets it go by itself."""
    if going.surely and going.at and going.at <= at:
        return replace(link, sentence=_("It is held now, and let go before then."))
    told = " ".join((going.sentence, *run.besides)).strip()
    verdict = Verdict.WAITS if going.at else Verdict.STOPS
    return replace(link, verdict=verdict, code=run.hold_reason, sentence=told, until=going.at)


def _alone(facts: Facts) -> Link:
    """No other step of the same time on the plan is in flight: the database lets one go at a time."""
    rival = facts.run.rival if facts.run else ""
    link = Link("alone", wording.title("alone"), sentence=_("No other step of the plan is in flight for the contact."))
    if not rival:
        return link
    said = _("The step “{name}” is in flight for the contact; one goes at a time.").format(name=rival)
    return replace(link, verdict=Verdict.WAITS, code="alone", sentence=said)


def _due(facts: Facts) -> Link:
    """Its time has come."""
    run = facts.run
    assert run is not None
    link = Link("due", wording.title("due"), sentence=_("Its time has come."))
    if run.due_at is None or run.due_at > facts.at:
        said = _("It is not due yet.")
        if run.opens and run.due_at and run.opens > run.due_at:
            said = f"{said} {run.opens_why}".strip()
        elif run.hold_detail:  # tried before, or waiting for its hours: the reason stands in the run
            said = f"{said} {run.hold_detail}"
        return replace(link, verdict=Verdict.WAITS, code="not_due", sentence=said, until=run.opens or run.due_at)
    return link


# --- what the gate asks ---------------------------------------------------------------------------------------------


def _gate_rules() -> Iterator[Rule]:
    for rule in gate.RULES:
        yield _gate_link(rule)


def _gate_link(rule: gate.Rule) -> Rule:
    key = f"gate.{rule.__name__.strip('_')}"

    def link(facts: Facts) -> Link:
        said = rule(_work(facts).gate, facts.at)
        found = Link(key, wording.title(key), sentence=wording.passed(key))
        if said is None:
            return found
        verdict = Verdict.WAITS if said.do is Do.WAIT or said.code in BY_GUARDS else Verdict.STOPS
        until = _work(facts).guards.probe_at if said.code == Hold.BREAKER else said.until
        return replace(found, verdict=verdict, code=str(said.code), sentence=said.sentence, until=until)

    link.__name__ = key
    return link


# --- what the runner asks before the request leaves -----------------------------------------------------------------


def _again(facts: Facts) -> Link:
    """An earlier attempt may have arrived: may the request go once more?"""
    work = _work(facts)
    link = Link("again", wording.title("again"), sentence=_("No earlier attempt is open."))
    move = machine.before_call(work.standing, work.effect, facts.at)
    if move is None:
        open_ones = work.standing.open_attempts
        return replace(link, sentence=_("An earlier attempt is open, and may be sent again.")) if open_ones else link
    verdict = Verdict.WAITS if move.to is State.UNKNOWN else Verdict.STOPS
    return replace(link, verdict=verdict, code=move.code, sentence=move.sentence, until=move.next_check_at)


def _signed_in(facts: Facts) -> Link:
    """Where the add-on signs in, there is a token to call with."""
    said = _work(facts).sign_in
    link = Link("signed_in", wording.title("signed_in"), sentence=_("Nothing stands in the way of the sign-in."))
    return replace(link, verdict=Verdict.STOPS, code=str(Hold.CONNECTION), sentence=said) if said else link


def _fits(facts: Facts) -> Link:
    """The step's settings fit the plugin's form, with the contact's tokens filled in."""
    said = _work(facts).unfit
    link = Link("fits", wording.title("fits"), sentence=_("The step's settings fit."))
    return replace(link, verdict=Verdict.STOPS, code="step_settings", sentence=said) if said else link


def _repeat(facts: Facts) -> Link:
    """The contact was not sent the same costly thing lately."""
    guards = _work(facts).guards
    link = Link("repeat", wording.title("repeat"), sentence=wording.passed_by_cost("repeat", guards.costs))
    if not guards.repeat:
        return link
    said = wording.if_costly(guards, guards.repeat)
    return replace(link, verdict=Verdict.STOPS, code=str(Hold.REPEAT), sentence=said)


def _budget(facts: Facts) -> Link:
    """The account's limits on costly steps have room."""
    guards = _work(facts).guards
    link = Link("budget", wording.title("budget"), sentence=wording.passed_by_cost("budget", guards.costs))
    if not guards.full:
        return link
    verdict = Verdict.WAITS if guards.full_until else Verdict.STOPS
    said = wording.if_costly(guards, guards.full)
    return replace(link, verdict=verdict, code=str(Hold.BUDGET), sentence=said, until=guards.full_until)


def _turn(facts: Facts) -> Link:
    """The connection's rate has room, and a place is free among the calls that may be out."""
    turn, link = _work(facts).turn, Link("turn", wording.title("turn"), sentence=_("The vendor's rate has room."))
    waits = replace(link, verdict=Verdict.WAITS, code=str(Hold.RATE))
    if turn.all_out and facts.at < facts.now + SOON:  # of a later moment, what is out now says nothing
        said = _("{n} calls are out, as many as the vendor allows at the same time. It goes when one of them is over.")
        return replace(waits, sentence=said.format(n=turn.all_out), until=facts.at + rates.TURN)
    if turn.wait is None:
        return link
    said = _("The vendor's rate is used up for the moment.")
    if turn.ahead > 0:
        said = _("The vendor's rate is used up for the moment, and {n} calls stand in line before it.").format(
            n=turn.ahead
        )
    return replace(waits, sentence=said, until=facts.at + turn.wait)


def _work(facts: Facts) -> Work:
    assert facts.work is not None  # loaded wherever a run is open
    return facts.work
