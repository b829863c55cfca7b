"""The chain of a moment that has gone by, from the rows that are still there: notes, attempts, audit rows.

A run's row says how it stands now and not how it stood, so its story is read backwards. Switches are known from the audit log.
Hours are reckoned by the same pure function, on the calendar and the contact as they are today; where the calendar was changed
since, that is said. What no row tells is *not kept*, and never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.audit import wording as audit_wording
from hub.audit.models import AuditRow
from hub.contacts import facts as contact_facts
from hub.core import facts as core
from hub.dispatch.gate import Hold
from hub.engine import traces
from hub.engine.archiving.models import ArchivedRun
from hub.engine.models import Attempt
from hub.engine.release import BY_GUARDS
from hub.engine.whynot import wording
from hub.engine.whynot.link import Answer, Evidence, Link, Subject, Verdict
from hub.history import reads as history
from hub.history import wording as notes
from hub.history.models import Note
from hub.plans import opening
from hub.plans.models import CLOSED, Enrollment, Plan, PlanStep, StepRun

WAITED = {"step.held": "held", "step.review": "hands", "step.unknown": "hands"}
"""A note after which the step did not go on by its time alone, and the link that it speaks of."""


def answer(subject: Subject, plan: Plan, account: Account, now: datetime, at: datetime) -> Answer:
    """What stood in the way then, as far as rows tell."""
    enrolled = _enrolled(plan, subject.contact_id, at)
    run = _run(enrolled, subject, at) if enrolled else None
    moved = _archived(enrolled, subject, at) if enrolled and run is None else None
    about = replace(subject, run_id=(run.pk if run else None) or (moved.pk if moved else None))
    links = _placed(about, enrolled, run or moved, at)
    if moved is not None:
        links += _of_the_archive(moved, at)
    if run is not None and links[-1].verdict is Verdict.PASSED:
        links = [
            *links,
            *_of_the_run(about, run, at),
            *_switches(about, account, at),
            *_hours(about, run, plan, account, at),
        ]
        links.append(Link("rest", _("And the rest?"), Verdict.NOT_KEPT, _REST))
    return Answer(about, at, "past", tuple(_cut(links)), None, tuple(_caveats(about, account, now, at)))


_REST = (
    "The vendor's rate, the connection's health, and what was true of the contact then are not kept moment by moment. What was "
    "tried stands on the step's page."
)


def _cut(links: Sequence[Link]) -> list[Link]:
    """After the first link that does not pass, the others are not reached."""
    told: list[Link] = []
    for link in links:
        stopped = any(one.verdict not in (Verdict.PASSED, Verdict.NOT_KEPT) for one in told)
        told.append(Link(link.key, link.title, Verdict.NOT_REACHED) if stopped else link)
    return told


# --- on the plan, and the step's run ---------------------------------------------------------------------------------


def _enrolled(plan: Plan, contact_id: int, at: datetime) -> Enrollment | None:
    rows = Enrollment.objects.filter(plan=plan, contact_id=contact_id, started_at__lte=at)
    return rows.order_by("-occurrence").first()


def _run(enrolled: Enrollment, subject: Subject, at: datetime) -> StepRun | None:
    rows = StepRun.objects.filter(enrollment=enrolled, plan_step__key=subject.step_key, created_at__lte=at)
    return rows.select_related("plan_step__version").order_by("-created_at").first()


def _archived(enrolled: Enrollment, subject: Subject, at: datetime) -> ArchivedRun | None:
    """The same from the archive: how it ended is kept there, and its attempts, but no row that could be asked about hours."""
    steps = PlanStep.objects.filter(version=enrolled.version_id, key=subject.step_key).values("pk")
    rows = ArchivedRun.objects.filter(enrollment_id=enrolled.pk, plan_step_id__in=steps, created_at__lte=at)
    return rows.order_by("-created_at").first()


def _of_the_archive(moved: ArchivedRun, at: datetime) -> list[Link]:
    over = Link("not_over", wording.title("not_over"), sentence=_("It had not come to its end."))
    if moved.closed_at <= at:
        said = _("It had come to its end: {state}.").format(state=StepRun.State(moved.state).label)
        return [replace(over, verdict=Verdict.OVER, code=moved.state, sentence=said)]
    told = _("It came to its end later. What was tried until then stands in the archive, on the step's page.")
    return [over, Link("rest", _("And the rest?"), Verdict.NOT_KEPT, told)]


def _placed(subject: Subject, enrolled: Enrollment | None, run: object, at: datetime) -> list[Link]:
    """On the plan then, and its turn among the steps."""
    on_it = Link("on_it", wording.title("on_it"), sentence=_("The contact was on the plan."))
    if enrolled is None:
        said = _("{contact} was not on the plan then.").format(contact=subject.contact)
        return [replace(on_it, verdict=Verdict.STOPS, code="never", sentence=said)]
    if run is not None:
        return [on_it, replace(_before(), sentence=_("The steps before it were closed."))]
    if enrolled.ended_at is not None and enrolled.ended_at <= at:
        said = _("The plan had ended for the contact. {why}").format(why=enrolled.end_reason).strip()
        off = Link("still_on", wording.title("still_on"), Verdict.OVER, said, f"plan_{enrolled.state}")
        return [on_it, off]
    open_then = _open_then(enrolled, at)
    name = open_then.plan_step.name if open_then else "?"
    said = _("The step “{name}” came first, and was not closed.").format(name=name)
    return [on_it, replace(_before(), verdict=Verdict.STOPS, code="before", sentence=said)]


def _before() -> Link:
    return Link("before", wording.title("before"))


def _open_then(enrolled: Enrollment, at: datetime) -> StepRun | None:
    rows = StepRun.objects.filter(Q(closed_at=None) | Q(closed_at__gt=at), enrollment=enrolled, created_at__lte=at)
    return rows.select_related("plan_step").order_by("seq").first()


def _of_the_run(subject: Subject, run: StepRun, at: datetime) -> list[Link]:
    """How the run stood: closed, under way, held or before a person, or waiting for its time."""
    story = [note for note in history.of_run(subject.account_id, subject.contact_id, run.pk) if note.at <= at]
    last = story[0] if story else None
    over = Link("not_over", wording.title("not_over"), sentence=_("It had not come to its end."))
    if run.closed_at is not None and run.closed_at <= at and run.state in CLOSED:
        code = run.hold_reason if run.hold_reason in wording.TURNS else run.state
        said = _("It had come to its end: {state}.").format(state=run.get_state_display())
        return [replace(over, verdict=Verdict.OVER, code=code, sentence=said, evidence=_of(last))]
    out = Attempt.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at), run_id=run.pk, intent_at__lte=at).first()
    hands = Link("hands", wording.title("hands"), sentence=_("Nobody had it in hand, as far as notes tell."))
    if out is not None and (last is None or last.kind not in WAITED):
        said = _("Attempt {n} was on its way to the vendor.").format(n=out.n)
        return [over, replace(hands, verdict=Verdict.UNDER_WAY, code="sending", sentence=said)]
    if last is not None and last.kind in WAITED:
        return [over, *_waited(last, hands)]
    return [over, hands, _due(run, last, at)]


def _waited(note: Note, hands: Link) -> list[Link]:
    code = str(note.data.get("reason", "")) if isinstance(note.data, dict) else ""
    said = " ".join(part for part in (notes.sentence(note), notes.detail(note)) if part)
    key = WAITED[note.kind]
    by_itself = note.kind == "step.unknown" or code in BY_GUARDS
    verdict = Verdict.WAITS if by_itself else Verdict.STOPS
    waited = Link(key, wording.title(key), verdict, said, code or "looking_up", evidence=_of(note))
    return [waited] if key == "hands" else [hands, waited]


def _due(run: StepRun, last: Note | None, at: datetime) -> Link:
    """What was tried had its time moved, so the time in the row is only told of a run that nothing has moved since."""
    link = Link("due", wording.title("due"), sentence=_("Its time had come."), evidence=_of(last))
    if run.due_at is not None and run.due_at > at:
        said = _("It was not due yet, by the time that stands in it now.")
        if last is not None:
            said = f"{said} {notes.sentence(last)} {notes.detail(last)}".strip()
        return replace(link, verdict=Verdict.WAITS, code="not_due", sentence=said, until=run.due_at)
    return link


def _of(note: Note | None) -> tuple[Evidence, ...]:
    if note is None:
        return ()
    return (Evidence("note", str(note.pk), notes.sentence(note), note.at, note.actor_label),)


# --- switches, by the audit log --------------------------------------------------------------------------------------


def _switches(subject: Subject, account: Account, at: datetime) -> list[Link]:
    """The account's switch and the add-on's, as the last word of the audit log before that moment has it."""
    itself, addon = ("account", str(account.pk)), ("addon", subject.addon)
    return [
        _switch("gate.account", account.pk, itself, {"paused": str(Hold.ACCOUNT_PAUSED)}, ("unpaused",), at),
        _lock(account, at),
        _switch("gate.addon", account.pk, addon, {"switched_off": str(Hold.ADDON_OFF)}, ("switched_on",), at),
    ]


def _lock(account: Account, at: datetime) -> Link:
    """Its own lock, or the nearest one above: each shuts all that lies beneath."""
    shut = {"login_locked": str(Hold.ACCOUNT_LOCKED)}
    links = [
        _switch("gate.account_lock", one, ("account", str(one)), shut, ("login_unlocked",), at)
        for one in (account.pk, *reversed(account.ancestor_ids))
    ]
    return next((link for link in links if link.verdict is Verdict.STOPS), links[0])


def _switch(
    key: str, account_id: int, thing: tuple[str, str], shut: dict[str, str], opened: tuple[str, ...], at: datetime
) -> Link:
    rows = AuditRow.objects.filter(account_id=account_id, object_kind=thing[0], object_id=thing[1])
    row = rows.filter(verb__in=(*shut, *opened), at__lte=at).order_by("-id").first()
    link = Link(key, wording.title(key), sentence=_("Nothing in the audit log was against it."))
    if row is None:
        return link
    found = Evidence("audit", str(row.pk), audit_wording.what(row.verb).capitalize(), row.at, row.actor_label)
    if row.verb not in shut:
        return replace(link, evidence=(found,))
    said = _("It was shut: {deed}, by {who}.").format(deed=found.sentence.lower(), who=row.actor_label)
    return replace(link, verdict=Verdict.STOPS, code=shut[row.verb], sentence=said, evidence=(found,))


# --- hours, by the same pure function --------------------------------------------------------------------------------


def _hours(subject: Subject, run: StepRun, plan: Plan, account: Account, at: datetime) -> list[Link]:
    step: PlanStep = run.plan_step
    person = contact_facts.of({subject.contact_id}).get(subject.contact_id) or core.Contact(id=str(subject.contact_id))
    found = opening.of(step.action_type, step.hours, step.version.rules, plan.sleeps, account, person, at)
    link = Link("gate.hours", wording.title("gate.hours"), sentence=wording.passed("gate.hours"))
    if found is None:
        return [link]
    return [replace(link, verdict=Verdict.WAITS, code=str(Hold.HOURS), sentence=found.why, until=found.at)]


# --- what is not known any more --------------------------------------------------------------------------------------


def _caveats(subject: Subject, account: Account, now: datetime, at: datetime) -> list[str]:
    told = list[str]()
    rows = AuditRow.objects.filter(account_id=account.pk)
    gone = rows.filter(object_kind="audit", verb="forgotten").order_by("-id").first()
    before = str(gone.data.get("before", ""))[:10] if gone and isinstance(gone.data, dict) else ""
    if before and before >= at.isoformat()[:10]:
        told.append(
            _("The audit log keeps nothing from before {day}, so switches of then are not known.").format(day=before)
        )
    changed = rows.filter(object_kind="account", verb="calendar_set", at__gt=at).exists()
    changed = (
        changed
        or rows.filter(object_kind="plan", object_id=str(subject.plan_id), verb="sleeps_saved", at__gt=at).exists()
    )
    if changed:
        told.append(_("The calendar or the plan's sleep was changed since; hours are reckoned as they are today."))
    if at < now - traces.KEPT:
        told.append(_("What went over the wire is kept for {n} days only.").format(n=traces.KEPT.days))
    return told
