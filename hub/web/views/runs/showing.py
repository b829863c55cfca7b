"""One run: its story from enrolment to end, and its raw truth one click away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.addons import connections
from hub.contacts import reads as contacts
from hub.core import redact
from hub.db.errors import NotFound
from hub.engine import reads, reference, traces
from hub.engine.guards import costing
from hub.engine.models import Attempt
from hub.plans import secrets
from hub.plans.models import StepRun
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.templatetags.ui_showing import draw_moment
from hub.web.views.runs import seeing, wording
from hub.web.views.runs.archived import archived_page
from hub.web.views.runs.causes import mend_url, words_for
from hub.web.views.runs.deciding import acts_for

OUTCOMES = {
    "": ("loader", "info"), "acted": ("circle-check", "success"), "refused": ("circle-x", "danger"),
    "not_sent": ("cloud-off", "warning"), "unclear": ("circle-question-mark", "warning"),
    "given_up": ("ban", "neutral"), "none": ("circle", "neutral"),
}  # fmt: skip
"""Icon and tone of an attempt's outcome."""


EFFECTS = {
    "repeatable": gettext_lazy("sent again: twice is the same as once"),
    "keyed": gettext_lazy("sent again with the same key, which the vendor knows"),
    "lookup": gettext_lazy("looked up at the vendor"),
    "blind": gettext_lazy("a person decides"),
}
"""What an unclear answer leads to, by effect class."""


@dataclass(frozen=True)
class Moment:
    """One thing that happened to the run."""

    title: str
    at: datetime
    icon: str
    tone: str = "neutral"
    text: str = ""


@page("runs.view")
def run_page(request: HubRequest, run_id: UUID) -> HttpResponse:
    """The page of one run, in the archive where it was moved there."""
    try:
        run = seeing.run(request, run_id)
    except NotFound:
        return archived_page(request, run_id)
    attempts = reads.attempts(run.pk)
    words = words_for(run.hold_reason, run.addon)
    decide = reverse("runs:decide", args=[request.account.pk, run.pk])
    refused = run.state == StepRun.State.FAILED and run.hold_reason not in reads.SETTLED
    waits = refused or run.state in (StepRun.State.HELD, StepRun.State.REVIEW)
    context = {
        "run": run,
        "contact": contacts.labels(request.account, request.viewer, {run.contact_id}).get(run.contact_id, ""),
        "story": _newest_first(_story(run, attempts)),
        "facts": _facts(run, attempts),
        "attempts": [(attempt, _facts_of_attempt(attempt)) for attempt in attempts],
        "words": words if waits else None,
        "tone": "danger" if refused else "warning",
        "mend_url": mend_url(words, request.account.pk, run.addon) if waits else "",
        "acts": [(f"{decide}?act={act}", label, icon) for act, label, icon in acts_for(request, run)],
        "capsule": _capsule(request, run),
        "request_text": _request(run, attempts[0].pk) if attempts and may(request, "runs.resolve") else "",
    }
    return render(request, "web/runs/page.html", context)


def _newest_first(story: Iterator[Moment]) -> list[Moment]:
    """Of two that happened at the same time, the one that followed stands above."""
    numbered = sorted(enumerate(story), key=lambda pair: (pair[1].at, pair[0]), reverse=True)
    return [moment for _number, moment in numbered]


def _story(run: StepRun, attempts: Any) -> Iterator[Moment]:
    yield Moment(_("Scheduled"), run.created_at, "clock")
    for attempt in attempts:
        yield Moment(_("Attempt %(n)s written down, then sent") % {"n": attempt.n}, attempt.intent_at, "send", "info")
        if attempt.ended_at:
            icon, tone = OUTCOMES.get(attempt.outcome, OUTCOMES["none"])
            yield Moment(wording.outcome(attempt.outcome), attempt.ended_at, icon, tone, attempt.detail)
    if run.held_at:
        yield Moment(
            str(words_for(run.hold_reason, run.addon).title), run.held_at, "circle-pause", "warning", run.hold_detail
        )
    if run.closed_at:
        done = run.state == StepRun.State.DONE
        text = run.hold_detail or _text(run)
        yield Moment(run.get_state_display(), run.closed_at, "flag", "success" if done else "neutral", text)


def _text(run: StepRun) -> str:
    return str(run.result.get("text", "")) if isinstance(run.result, dict) else ""


def _facts(run: StepRun, attempts: Sequence[Attempt]) -> list[tuple[str, object]]:
    kept = run.result if isinstance(run.result, dict) else {}
    return [
        (_("Action"), wording.action(run.action_type)),
        (_("Due"), _when(run.due_at)),
        (_("Reference at the vendor"), reference.at_the_vendor(run, (attempt.key for attempt in attempts))),
        (_("Vendor's own id"), kept.get("reference", "")),
        (_("Attempts"), run.attempts),
        (_("Of these unclear"), run.open_attempts),
        (_("After an unclear answer"), EFFECTS.get(run.effect_class or "", _unsent(run))),
        (_("Costs money"), _cost(run)),
        (_("Empty tokens"), ", ".join(kept.get("empty_tokens", []))),
    ]


def _cost(run: StepRun) -> str:
    """Before its call is made only the add-on's declarations can tell; what was never sent has cost nothing."""
    costs = costing.costs(run)
    if costs is False or run.effect_class:
        return _("yes") if costs else _("no")
    if run.closed_at:
        return _("its call would have; nothing was sent") if costs else _unsent(run)
    return _("yes, once it is sent") if costs else _("that shows when it is sent")


def _unsent(run: StepRun) -> str:
    return _("nothing was sent") if run.closed_at else _("nothing was sent yet")


def _when(moment: datetime | None) -> str:
    return draw_moment(moment, "full") if moment else ""


def _facts_of_attempt(attempt: Attempt) -> list[tuple[str, object]]:
    return [
        (_("Outcome"), wording.outcome(attempt.outcome) if attempt.outcome else _("out")),
        (_("Verdict"), attempt.verdict),
        (_("HTTP status"), attempt.http_status),
        (_("Vendor's own id"), attempt.vendor_id),
        (_("Plugin version"), attempt.plugin_version),
        (_("Digest of the request"), attempt.request_digest[:16]),
        (_("Not later than"), _when(attempt.not_after)),
    ]


def _request(run: StepRun, attempt_id: int) -> str:
    """The frozen request without its credential, as it left. It holds the contact's data, so only those who decide see it."""
    row = Attempt.objects.get(pk=attempt_id)
    if row.request is None:
        return ""
    connections.know_secrets(run.account_id, run.addon)
    secrets.know(run)
    data = row.request.read()
    head = f"{data['method']} {redact.text(data['url'].partition('?')[0])}"
    key = row.effect.get("header")  # it is put in with the credential, when the bytes are frozen already
    headers = [*data["headers"], *([(key, row.key)] if key else [])]
    fields = "\n".join(f"{name}: {value}" for name, value in headers)
    return redact.text(f"{head}\n{fields}\n\n{_pretty(data['content'])}")


def _capsule(request: HubRequest, run: StepRun) -> str:
    """The command that makes a test of what went wrong; empty where nothing is kept, or for who does not decide about it."""
    sad = run.state in (StepRun.State.FAILED, StepRun.State.REVIEW)
    return f"hub capsule {run.pk}" if sad and may(request, "runs.resolve") and traces.any_of(run.pk) else ""


def _pretty(content: str) -> str:
    try:
        return json.dumps(json.loads(content.encode("latin-1")), indent=2, ensure_ascii=False)
    except ValueError:
        return content[:10_000]
