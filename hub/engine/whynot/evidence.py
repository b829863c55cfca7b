"""The rows behind a link: who paused the account, which note said that the step waits, who took the contact off the plan.

Looked for only for the link that decides. Nothing is found where retention has taken the row; the answer stands without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.accounts import reads as accounts
from hub.audit import wording as audit_wording
from hub.audit.models import AuditRow
from hub.dispatch.gate import Hold
from hub.engine.whynot.link import Evidence, Link, Subject
from hub.history import reads as history
from hub.history import wording
from hub.history.models import Note

CAUSES: dict[str, tuple[str, tuple[str, ...]]] = {
    Hold.ACCOUNT_PAUSED: ("account", ("paused",)),
    Hold.ACCOUNT_LOCKED: ("account", ("login_locked",)),
    Hold.ADDON_OFF: ("addon", ("switched_off", "no_longer_lent")),
    Hold.ADDON_UNAVAILABLE: ("addon", ("withdrawn",)),
    Hold.SETTINGS: ("addon", ("settings_saved",)),
    Hold.CONNECTION: ("addon", ("health_changed",)),
    Hold.BREAKER: ("addon", ("rest_began",)),
    Hold.BUDGET: ("account", ("budget_set",)),
    Hold.HOURS: ("plan", ("sleeps_saved", "rules_saved")),
    "plan_archived": ("plan", ("archived",)),
    "plan_not_ready": ("plan", ("created",)),
    "not_in_version": ("plan", ("made_ready",)),
}
"""Cause → the kind of thing, and the deeds that bring it about: the newest such audit row stands behind it."""


def behind(subject: Subject, link: Link) -> tuple[Evidence, ...]:
    """The newest audit row that brought the cause about, and the newest note of the step itself."""
    return (*_audit(subject, link.code), *_notes(subject, link))


def _audit(subject: Subject, code: str) -> Iterable[Evidence]:
    kind, verbs = CAUSES.get(code, ("", ()))
    if not kind:
        return _decision(subject)
    where = accounts.locked_at_account(subject.account_id) if code == Hold.ACCOUNT_LOCKED else subject.account_id
    ids = {"account": where, "addon": subject.addon, "plan": subject.plan_id}
    rows = AuditRow.objects.filter(account_id=where, object_kind=kind, object_id=str(ids[kind]), verb__in=verbs)
    return _told(rows.order_by("-id")[:1])


def _decision(subject: Subject) -> Iterable[Evidence]:
    """What a person decided about the step."""
    if subject.run_id is None:
        return ()
    rows = AuditRow.objects.filter(account_id=subject.account_id, object_kind="step_run", object_id=str(subject.run_id))
    return _told(rows.order_by("-id")[:1])


def _told(rows: Iterable[AuditRow]) -> list[Evidence]:
    return [
        Evidence("audit", str(row.pk), audit_wording.what(row.verb).capitalize(), row.at, row.actor_label)
        for row in rows
    ]


def _notes(subject: Subject, link: Link) -> list[Evidence]:
    if link.key in ("still_on", "not_over") and link.code.startswith(("plan_", "cancelled")):
        found = _of_plan(subject)
    elif link.code == "never":
        found = _refused(subject)
    elif subject.run_id is not None:
        found = history.of_run(subject.account_id, subject.contact_id, subject.run_id)[:1]
    else:
        found = []
    return [Evidence("note", str(note.pk), wording.sentence(note), note.at, note.actor_label) for note in found]


def _refused(subject: Subject) -> Sequence[Note]:
    """A plan or a step wanted to put the contact on this plan and could not."""
    rows = Note.objects.filter(account_id=subject.account_id, contact_id=subject.contact_id, kind="step.change_failed")
    return list(rows.filter(data__text__icontains=subject.plan).order_by("-at", "-id")[:1])


def _of_plan(subject: Subject) -> Sequence[Note]:
    rows = Note.objects.filter(account_id=subject.account_id, contact_id=subject.contact_id)
    rows = rows.filter(kind__in=("plan.stopped", "plan.finished"), data__plan_id=subject.plan_id)
    return list(rows.order_by("-at", "-id")[:1])
