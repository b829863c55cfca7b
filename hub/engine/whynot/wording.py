"""The words of the chain: what each link asks, what it says when it passes, who acts and what next. Tables."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from hub.dispatch.gate import ENDS_PLAN, Hold
from hub.dispatch.states import State
from hub.engine.whynot.facts import Guarded, On, Run

Text = str | Promise

TITLES: dict[str, Text] = {
    "plan": lazy("Does the plan take contacts?"),
    "on_it": lazy("Was the contact put on it?"),
    "in_version": lazy("Is the step in the contact's version?"),
    "not_over": lazy("Is the step still to come?"),
    "still_on": lazy("Is the contact still on the plan?"),
    "before": lazy("Are the steps before it closed?"),
    "hands": lazy("Is it in nobody's hands?"),
    "held": lazy("Is it free to go?"),
    "alone": lazy("Does it go alone?"),
    "due": lazy("Has its time come?"),
    "again": lazy("May it be sent once more?"),
    "signed_in": lazy("Is somebody signed in at the vendor?"),
    "fits": lazy("Do the step's settings fit?"),
    "repeat": lazy("Is it new to the contact?"),
    "budget": lazy("Does the limit on costly steps have room?"),
    "turn": lazy("Is it its turn by the vendor's rate?"),
}
"""What each link asks."""

GATE: dict[str, tuple[Text, Text]] = {
    "gate.ended": (lazy("Is the contact to get it still?"), lazy("On the plan, not archived, no goal reached.")),
    "gate.account": (lazy("Is the account active?"), lazy("Neither paused nor locked.")),
    "gate.account_lock": (lazy("Is the account open?"), lazy("Not locked.")),
    "gate.plugin": (lazy("Is there a plugin for it?"), lazy("An installed plugin carries it out.")),
    "gate.addon": (lazy("Is the add-on on?"), lazy("Available here, switched on, its settings complete.")),
    "gate.connection": (
        lazy("Does the vendor take the connection?"),
        lazy("No refusal, and no wish to be left alone."),
    ),
    "gate.lateness": (lazy("Is it in time?"), lazy("Not later than it may be.")),
    "gate.hours": (lazy("Is this within its hours?"), lazy("Hours, holidays, quiet hours and sleep let it start.")),
    "gate.meant": (lazy("Is it meant for the contact?"), lazy("Its condition is met.")),
    "gate.wanted": (lazy("Does the contact want it?"), lazy("Nobody has unsubscribed from its kind.")),
    "gate.enough": (lazy("Has the contact room for it today?"), lazy("The contact has not had its e-mails of today.")),
    "gate.screened": (
        lazy("May its links leave?"),
        lazy("Nothing in it leads away, or the account is not new any more."),
    ),
    "gate.contact": (lazy("Has the contact what it needs?"), lazy("Nothing is lacking.")),
    "gate.resting": (lazy("Does the vendor answer properly?"), lazy("The connection is not resting.")),
}
"""Title of each of the gate's rules, and what is said when it has nothing against it."""


COSTLY: dict[str, tuple[Text, Text]] = {
    "repeat": (lazy("The contact was not sent the same lately."), lazy("Asked of costly steps only.")),
    "budget": (lazy("There is room for it."), lazy("Asked of costly steps only.")),
}
"""What is said of a step that costs money, or may, and of one that does not, when the guards have nothing against it."""


@dataclass(frozen=True)
class Turn:
    """Whose turn it is at a cause of this room's own, and what they can do."""

    who: Text
    next: Text


NOBODY, YOU, ADMIN, OPERATOR = lazy("Nobody: it goes on by itself"), lazy("You"), lazy("An admin"), lazy("An operator")
OVER = lazy("Nobody: it is over")

TURNS: dict[str, Turn] = {
    "plan_archived": Turn(lazy("Who may edit plans"), lazy("Restore the plan, then put the contact on it.")),
    "plan_not_ready": Turn(lazy("Who may edit plans"), lazy("Make the plan ready, then put the contact on it.")),
    "never": Turn(
        YOU, lazy("Put the contact on the plan, or see to the filter or the import that should have done so.")
    ),
    "been": Turn(YOU, lazy("This plan takes a contact once. Change that under its name and rules, or use a copy.")),
    "contact_archived": Turn(YOU, lazy("Restore the contact, then put it on the plan.")),
    "not_started": Turn(NOBODY, lazy("Contacts start a few at a time; this one starts in its turn.")),
    "not_in_version": Turn(
        YOU, lazy("Contacts stay on the version they started with. Put the contact on the plan anew for the new steps.")
    ),
    "plan_finished": Turn(OVER, lazy("Put the contact on the plan again, if it is meant to get it.")),
    "plan_stopped": Turn(OVER, lazy("Put the contact on the plan again, if it is meant to go on.")),
    "before": Turn(
        lazy("Whoever the step before waits for"), lazy("See that step: this one follows when it is closed.")
    ),
    "stranded": Turn(OPERATOR, lazy("Run hub doctor, and report this with the address of the page.")),
    "looking_up": Turn(NOBODY, lazy("The vendor is asked again; if it cannot tell, a person is asked.")),
    "sending": Turn(NOBODY, lazy("The worker writes down what the vendor answers.")),
    "taken": Turn(NOBODY, lazy("The worker sends it in a moment.")),
    "worker_gone": Turn(NOBODY, lazy("It is taken from the worker that is gone, within half a minute.")),
    "lets_go": Turn(NOBODY, lazy("It is let go within seconds, in order.")),
    "alone": Turn(NOBODY, lazy("It goes when the other is closed.")),
    "not_due": Turn(NOBODY, lazy("It is taken up when its time comes.")),
    "rate": Turn(NOBODY, lazy("It goes when the vendor's rate has room.")),
    "retries": Turn(NOBODY, lazy("It goes when those before it were tried again.")),
    "hours": Turn(NOBODY, lazy("It goes when its hours begin. Hours stand in the plan, quiet hours in the calendar.")),
    "link_screening": Turn(
        lazy("Who may edit plans, or an operator"), lazy("Take the link out of the step, or have the screening lifted.")
    ),
    "contact_share": Turn(
        NOBODY,
        lazy(
            "It goes on the account's next day. The number stands under Settings, Email (SMTP & IMAP), All mailboxes."
        ),
    ),
    "daily_cap": Turn(
        NOBODY,
        lazy(
            "It goes on the account's next day. The limit stands with the mailbox, under Settings, Email (SMTP & IMAP)."
        ),
    ),
    "done": Turn(OVER, lazy("What came of it stands on the step's page.")),
    "skipped": Turn(OVER, lazy("The plan went on with the next step.")),
    "cancelled": Turn(OVER, lazy("Put the contact on the plan again, if it is meant to get it.")),
    "not_meant": Turn(OVER, lazy("The plan means this step for others. Who it is for stands in the step.")),
    "archived": Turn(OVER, lazy("Restore the contact, then put it on the plan again.")),
    ENDS_PLAN: Turn(OVER, lazy("Goals stand in the plan, under Edit, Goals.")),
    "retried": Turn(OVER, lazy("It was tried again; the new try is a step of its own.")),
    "left": Turn(OVER, lazy("Somebody left it as failed.")),
    "starts": Turn(NOBODY, lazy("A worker takes it up.")),
}
"""Causes of this room, and those that need nobody. What people mend is worded by the inbox (``hub.web.views.runs.causes``)."""

_NEVER: dict[str, str] = {"archived": "contact_archived", "been": "been"}


def title(key: str) -> str:
    """What a link asks. A rule of the gate that nobody has worded yet is called by its name."""
    found = TITLES.get(key) or (GATE[key][0] if key in GATE else key.partition(".")[2].replace("_", " ").capitalize())
    return str(found)


def passed(key: str) -> str:
    """What a rule of the gate says when it has nothing against it."""
    return str(GATE[key][1]) if key in GATE else _("Nothing against it.")


_UNTIL: dict[str, Text] = {
    Hold.BREAKER: lazy("The vendor is tried again"),
    Hold.BUDGET: lazy("It goes on, at the earliest"),
}


def until(code: str) -> str:
    """What comes at the moment that a link names."""
    return str(_UNTIL.get(code, lazy("It goes on")))


def passed_by_cost(key: str, costs: bool | None) -> str:
    """What a guard of costly steps says when it has nothing against it."""
    costly, free = COSTLY[key]
    return str(free if costs is False else costly)


def if_costly(guards: Guarded, sentence: str) -> str:
    """What a guard says, with its doubt where nobody knows yet whether the step costs money."""
    if guards.costs:
        return sentence
    return _("Whether this step costs money is known when it makes its call. If it does: {why}").format(why=sentence)


def never_on(standing: str) -> str:
    """Why a contact is not on a plan, as a code."""
    return _NEVER.get(standing, "never")


def never(code: str, contact: str) -> str:
    """The same in a sentence."""
    told = {
        "contact_archived": _("{contact} was never put on the plan, and is archived."),
        "been": _("{contact} is not on the plan, and it takes a contact only once."),
    }
    return told.get(code, _("{contact} was never put on the plan.")).format(contact=contact)


def state(code: str) -> str:
    """A step's state in the middle of a sentence."""
    words = {
        State.SCHEDULED: _("it waits for its time"), State.HELD: _("it is held"), State.CLAIMED: _("it is about to be sent"),
        State.CALLING: _("it is being sent"), State.UNKNOWN: _("it is being looked up"), State.REVIEW: _("it waits for a person"),
    }  # fmt: skip
    return words.get(State(code), code)


def in_hand(run: Run) -> tuple[str, str]:
    """A worker has it: the code and the sentence."""
    if not run.worker_lives:
        return "worker_gone", _("Worker {no} had it and is gone.").format(no=run.worker)
    if run.state == State.CALLING:
        return "sending", _("Worker {no} is sending it right now.").format(no=run.worker)
    return "taken", _("Worker {no} has taken it and sends it in a moment.").format(no=run.worker)


def end_code(run: Run) -> str:
    """How a closed run ended, as a code that words are found by."""
    if run.hold_reason and run.state in (State.FAILED, State.CANCELLED, State.SKIPPED):
        return run.hold_reason if run.hold_reason != "stopped" else "cancelled"
    return {State.FAILED: "rejected"}.get(State(run.state), run.state)


def ended(run: Run, on: On | None) -> str:
    """How a closed run ended, in a sentence with its reason."""
    words = {
        State.DONE: _("It was done."), State.FAILED: _("It failed."), State.SKIPPED: _("It was skipped."),
        State.CANCELLED: _("It was stopped."),
    }  # fmt: skip
    why = run.hold_detail or run.result
    if run.state == State.CANCELLED and on is not None and on.state == "stopped":
        why = _("{who} took the contact off the plan.").format(who=on.ended_by or _("Somebody"))
        why = f"{why} {on.reason}".strip()
    return f"{words[State(run.state)]} {why}".strip()
