"""From a note's kind and data to a sentence, when somebody looks. Pure.

The table is the whole of it: a kind, the tone it is shown in, and its sentence with names from the data. A name that the
data lacks becomes nothing. A kind that is not in the table, a plugin's say, is told by its own ``text``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

from django.utils.translation import gettext, gettext_noop

Tone = Literal["neutral", "good", "bad", "warn"]


class Told(Protocol):
    """A note, saved or not."""

    kind: str
    data: Any
    actor_label: str


class Words(NamedTuple):
    """How a kind is told."""

    tone: Tone
    sentence: str


N_ = gettext_noop

KINDS: dict[str, Words] = {
    # Steps. data: step (name), plan (name), addon (title), text (the vendor's answer or the reason)
    "step.done": Words("good", N_("Step “%(step)s” was done.")),
    "step.failed": Words("bad", N_("Step “%(step)s” failed.")),
    "step.held": Words("warn", N_("Step “%(step)s” waits.")),
    "step.released": Words("neutral", N_("Step “%(step)s” goes on.")),
    "step.retrying": Words("warn", N_("Step “%(step)s” did not work yet and will be tried again.")),
    "step.unknown": Words("warn", N_("It is not known whether step “%(step)s” was done. The hub is finding out.")),
    "step.review": Words("bad", N_("Step “%(step)s” needs a person: it is not known whether it was done.")),
    "step.change_failed": Words("warn", N_("Step “%(step)s” was done, but a change it asked for could not be made.")),
    "step.resolved": Words("neutral", N_("%(actor)s settled step “%(step)s”.")),
    "step.skipped": Words("neutral", N_("Step “%(step)s” was skipped.")),
    "step.left": Words("neutral", N_("%(actor)s left step “%(step)s” as failed.")),
    "step.cancelled": Words("neutral", N_("Step “%(step)s” was cancelled.")),
    # Plans. data: plan (name), by or reason
    "plan.started": Words("neutral", N_("Put on plan “%(plan)s”.")),
    "plan.finished": Words("good", N_("Plan “%(plan)s” is finished.")),
    "plan.stopped": Words("neutral", N_("Plan “%(plan)s” was stopped.")),
    "plan.moved": Words("neutral", N_("Moved from plan “%(from)s” to plan “%(plan)s”.")),
    # Contacts. data: source (where from), fields (labels), user, sales_cycle, tags, lead_source
    "contact.created": Words("neutral", N_("Contact was added.")),
    "contact.updated": Words("neutral", N_("Changed: %(fields)s.")),
    "contact.assigned": Words("neutral", N_("Assigned to %(user)s.")),
    "contact.unassigned": Words("neutral", N_("Assigned to nobody.")),
    "contact.sales_cycle": Words("neutral", N_("Sales cycle is now “%(sales_cycle)s”.")),
    "contact.lead_source": Words("neutral", N_("Lead source is now “%(lead_source)s”.")),
    "contact.tagged": Words("neutral", N_("Tags added: %(tags)s.")),
    "contact.untagged": Words("neutral", N_("Tags removed: %(tags)s.")),
    "contact.consent": Words("neutral", N_("Consent changed: %(text)s")),
    "contact.archived": Words("neutral", N_("Contact was archived.")),
    "contact.restored": Words("neutral", N_("Contact was restored.")),
    # Notes and mail. data: text, subject
    "note.written": Words("neutral", N_("Note")),
    "mail.asked": Words("neutral", N_("Integration Assignment: %(actor)s asked for the e-mail “%(subject)s”.")),
    "mail.sent": Words("good", N_("E-mail sent: %(subject)s")),
    "mail.received": Words("neutral", N_("E-mail received: %(subject)s")),
    "mail.auto": Words("neutral", N_("Automatic answer received: %(subject)s")),
    "mail.late": Words("warn", N_("E-mail is late: %(subject)s")),
    "mail.bounced": Words("bad", N_("E-mail came back: %(subject)s")),
}

UNSENT = Words(
    "bad", N_("Step “%(step)s” needs a person: it did not come to its end. Nothing was sent that cannot be taken back.")
)
"""A *step.review* whose data say ``unsent``: what failed was the step, and the vendor has nothing to be asked about."""

GROUPS: dict[str, str] = {
    "step": N_("Steps"),
    "plan": N_("Plans"),
    "note": N_("Notes"),
    "mail": N_("E-mail"),
    "contact": N_("Changes"),
}
"""First words of kinds that ``reads.timeline`` filters by, and how the filter calls them."""

GONE: dict[str, str] = {
    "account_paused": N_("The account is active again."),
    "account_locked": N_("The account is no longer locked."),
    "unclaimed": N_("The plugin is back."),
    "addon_unavailable": N_("The add-on is available again."),
    "addon_off": N_("The add-on is on again."),
    "settings_incomplete": N_("The add-on's settings are complete."),
    "connection": N_("The vendor takes the connection again."),
    "store": N_("The hub can write again."),
    "breaker_open": N_("The vendor answers again."),
    "no_budget": N_("The day's limit has room again."),
}
"""Why a step that was held goes on, by the reason that is gone."""

_TOLD_IN_SENTENCE = {"contact.consent"}
_LEFT_OVER = re.compile(r"\s*“”")


def sentence(note: Told) -> str:
    """What happened, in one sentence in the reader's language."""
    words = _words(note)
    if words is None:
        return str(_of(note).get("text", "")).split("\n")[0][:300] or note.kind.replace(".", " ").replace("_", " ")
    told = gettext(words.sentence) % _Values(_of(note) | {"actor": note.actor_label or gettext("Somebody")})
    told = _LEFT_OVER.sub("", told).strip()
    return gettext("Test: %(told)s") % {"told": told} if _of(note).get("test") is True else told


def detail(note: Told) -> str:
    """The text beneath the sentence: the vendor's answer, the reason, the note itself. May be empty, may have lines."""
    data = _of(note)
    if note.kind not in KINDS or note.kind in _TOLD_IN_SENTENCE:
        return ""
    if note.kind == "contact.created" and data.get("source"):
        return gettext("Came from %(source)s.") % {"source": data["source"]}
    gone = GONE.get(str(data.get("reason"))) if note.kind == "step.released" else None
    return str(data.get("text") or (gettext(gone) if gone else ""))


def tone(note: Told) -> Tone:
    """How the line is coloured."""
    words = KINDS.get(note.kind)
    return words.tone if words else "neutral"


def _words(note: Told) -> Words | None:
    return UNSENT if note.kind == "step.review" and _of(note).get("unsent") is True else KINDS.get(note.kind)


def _of(note: Told) -> dict[str, Any]:
    return dict(note.data) if isinstance(note.data, Mapping) else {}


class _Values(dict[str, Any]):
    """Data for the % operator: lists read as enumerations, missing names as nothing."""

    def __missing__(self, name: str) -> str:
        return ""

    def __getitem__(self, name: str) -> Any:
        value = super().get(name, "")
        return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else value
