"""One contact's story as lines of a timeline: what is to come, what waits and why, and what happened, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from hub.core.durations import lead_time
from hub.engine.archiving import reads as archive
from hub.engine.models import Attempt
from hub.history import wording
from hub.history.models import Note
from hub.mail.models import IncomingMail
from hub.mail.reading import cleaning
from hub.mail.reading import reads as mail
from hub.plans import actions, arrival, expecting, moments, sleeping, whereabouts
from hub.plans.loading import LoadedStep, LoadedVersion, load_versions
from hub.plans.models import CLOSED, StepRun
from hub.plans.reads import EnrollmentLine
from hub.plans.whereabouts import NOBODY
from hub.web.request import HubRequest, may
from hub.web.views.contacts.finding import url
from hub.web.views.runs.causes import mend_url, words_for

TONES = {"good": "success", "bad": "danger", "warn": "warning", "neutral": "neutral"}
ICONS = {
    "step.done": "circle-check", "step.failed": "circle-x", "step.held": "circle-pause", "step.released": "play",
    "step.retrying": "rotate-cw", "step.unknown": "circle-question-mark", "step.review": "circle-alert",
    "step.skipped": "skip-forward", "step.cancelled": "ban", "step.resolved": "user-check",
    "plan.started": "list-plus", "plan.finished": "flag", "plan.stopped": "ban", "plan.moved": "arrow-right-left",
    "contact.created": "user-plus", "contact.updated": "pencil", "contact.assigned": "user-check",
    "contact.unassigned": "user-x", "contact.sales_cycle": "route", "contact.lead_source": "megaphone",
    "contact.tagged": "tag", "contact.untagged": "tag", "contact.consent": "shield-check",
    "contact.archived": "archive", "contact.restored": "archive-restore",
    "note.written": "sticky-note", "mail.sent": "mail", "mail.received": "mail-open", "mail.bounced": "mail-x",
    "mail.auto": "mail-open", "mail.late": "clock",
}  # fmt: skip
"""Kind of note → icon; the others have a dot."""


@dataclass(frozen=True)
class Told:
    """Something that happened."""

    note: Note
    sentence: str
    detail: str
    icon: str
    tone: str
    truth_url: str = ""
    letter_html: SafeString | str = ""
    hint: str = ""


@dataclass(frozen=True)
class Day:
    """What happened on one day of the account's zone."""

    label: date
    lines: list[Told]


@dataclass(frozen=True)
class Coming:
    """A step that waits, is under way, or will come. ``at`` is None when nobody can say yet, ``meant`` for whom it is."""

    name: str
    plan: str
    at: datetime | None
    run: StepRun | None = None
    arrives: str = ""
    title: str = ""
    fix_url: str = ""
    fix_label: Any = ""
    truth_url: str = ""
    meant: str = ""

    @property
    def held(self) -> bool:
        """Whether it waits for more than its time."""
        return self.run is not None and self.run.state in (StepRun.State.HELD, StepRun.State.REVIEW)


def days(request: HubRequest, notes: Iterable[Note], zone: ZoneInfo) -> list[Day]:
    """The notes by day, in their order."""
    notes = list(notes)
    found: list[Day] = []
    seen = _with_truth(request, notes)
    letters = _letters(request, notes)
    for note in notes:
        day = note.at.astimezone(zone).date()
        if not found or found[-1].label != day:
            found.append(Day(day, []))
        letter = letters.get(_letter_id(note) or 0)
        found[-1].lines.append(_told(note, seen.get(note.run_id, "") if note.run_id else "", letter))
    return found


def coming(request: HubRequest, lines: Iterable[EnrollmentLine], zone: ZoneInfo) -> list[Coming]:
    """What is to come on every plan that runs, the next first; what has no time yet at the end."""
    running = [line for line in lines if line.enrollment.state == "running" and line.next and line.next.run]
    versions = load_versions({line.enrollment.version_id for line in running})
    known = actions.manifests(step.action_type for line in running for step in line.steps)
    people = whereabouts.of(line.enrollment.contact_id for line in running)
    found: list[Coming] = []
    for line in running:
        run = line.next.run if line.next else None
        if run is None or run.state in CLOSED:
            continue
        found.append(_waiting(request, line, run, known, zone))
        version = versions[line.enrollment.version_id]
        clock = moments.clock_of(request.account, version.rules, people.get(line.enrollment.contact_id, NOBODY))
        sleeps = sleeping.read(line.plan.sleeps)
        behind = expecting.after(run, version, line.enrollment.started_at, clock, request.now, sleeps)
        found += [
            Coming(one.step.name, line.plan.name, one.at, arrives=_arrival(one.at, known.get(one.step.action_type), zone),
                   title=_title(known, one.step.action_type), meant=_meant(one.step, version))
            for one in behind
        ]  # fmt: skip
    return sorted(found, key=lambda one: (one.at is None, one.at or request.now))


def _waiting(request: HubRequest, line: EnrollmentLine, run: StepRun, known: Any, zone: ZoneInfo) -> Coming:
    name = line.next.name if line.next else ""
    words = words_for(run.hold_reason, run.addon)
    held = run.state in (StepRun.State.HELD, StepRun.State.REVIEW)
    due = None if held else run.due_at
    return Coming(
        name, line.plan.name, run.due_at, run, _arrival(due, known.get(run.action_type), zone), _title(known, run.action_type),
        mend_url(words, request.account.pk, run.addon) if held else "", words.place_label,
        _truth_url(request, run.pk) if run.attempts or held else "",
    )  # fmt: skip


def _meant(step: LoadedStep, version: LoadedVersion) -> str:
    """For whom the plan means a step to come, where not for everybody: it may be passed over."""
    if step.only_if is None:
        return ""
    return step.only_if.told({str(other.key): other.name for other in version.steps})


def _title(known: Any, action_type: str) -> str:
    action = known.get(action_type)
    return str(action.title) if action else action_type


def _arrival(at: datetime | None, action: Any, zone: ZoneInfo) -> str:
    lead = lead_time(action.lead_time) if action and action.lead_time else None
    expected = arrival.window(at, lead, zone) if at else None
    return _("Arrives %(window)s") % {"window": expected} if expected else ""


def _told(note: Note, truth_url: str, letter: IncomingMail | None) -> Told:
    tone = TONES[wording.tone(note)]
    # Cleaned when it came, and once more here: what was let through then may not be good enough today.
    html = mark_safe(cleaning.clean(letter.html)) if letter and letter.html else ""
    icon, hint = ICONS.get(note.kind, "dot"), _hint(note, letter)
    return Told(note, wording.sentence(note), wording.detail(note), icon, tone, truth_url, html, hint)


def _letter_id(note: Note) -> int | None:
    """The letter that a note is about."""
    id_ = note.data.get("mail") if note.kind.startswith("mail.") and isinstance(note.data, dict) else None
    return id_ if isinstance(id_, int) and not isinstance(id_, bool) else None


def _letters(request: HubRequest, notes: Iterable[Note]) -> dict[int, IncomingMail]:
    return mail.of_account(request.account.pk, {id_ for note in notes if (id_ := _letter_id(note))})


def _hint(note: Note, letter: IncomingMail | None) -> str:
    """What a person should know of a letter before they believe it."""
    if letter and isinstance(note.data, dict) and note.data.get("refuted"):
        return _("It could not be verified that {sender} wrote it: the mail server says no. It ended no plan.").format(
            sender=letter.sender
        )
    sender = note.data.get("from") if letter and letter.guessed and isinstance(note.data, dict) else ""
    if sender:
        return _("It came from {sender}, to whom nothing was sent. It ended no plan.").format(sender=sender)
    return _("By its sender and subject it seems to be an answer.") if letter and letter.matched_by == "subject" else ""


def _with_truth(request: HubRequest, notes: list[Note]) -> dict[Any, str]:
    """Run → the page that shows what went over the wire, for runs of which something was tried."""
    runs = {note.run_id for note in notes if note.run_id}
    if not runs:
        return {}
    tried = set(Attempt.objects.filter(run_id__in=runs).values_list("run_id", flat=True))
    tried |= archive.tried(runs - tried)
    return {run: _truth_url(request, run) for run in tried}


def _truth_url(request: HubRequest, run_id: Any) -> str:
    return url("runs:page", request.account.pk, run_id) if may(request, "runs.view") else ""
