"""Trying again what failed or was given up in a window of time: choose, see the numbers, start, watch."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.addons.models import Manifest
from hub.db.errors import Invalid, NotFound
from hub.db.scoping import id_in
from hub.engine.replaying import actors, changes, selecting
from hub.engine.replaying.models import Replay
from hub.engine.replaying.selecting import Numbers, Window
from hub.plans.zones import moment_of, zone_of
from hub.web.design.progress import Progress
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.contacts.finding import person_id
from hub.web.views.plans.finding import visible_plans
from hub.web.views.plans.step_fields import Drawn
from hub.web.views.runs import seeing
from hub.web.views.runs.causes import words_for
from hub.web.views.runs.deciding import SEND_WORD

State = Replay.State

FIELDS = ("kind", "since", "until", "addon", "plan", "code")

LOOKS = {
    State.RUNNING: ("info", "loader"), State.DONE: ("success", "circle-check"), State.CANCELLED: ("neutral", "ban"),
    State.FAILED: ("danger", "circle-x"),
}  # fmt: skip
"""Tone and icon of each state."""


@page("runs.resolve")
def replay(request: HubRequest) -> HttpResponse:
    """Ask what is meant and say how many that are; then begin."""
    given = _given(request)
    window, errors = _window(request, given)
    numbers = selecting.numbers(request.account.pk, window, seeing.scope(request)) if not errors else None
    if request.method == "POST" and numbers is not None:
        return _start(request, window, numbers)
    return render(
        request, "web/runs/replay.html", _context(request, given, errors, numbers), status=422 if errors else 200
    )


@page("runs.view")
def replay_page(request: HubRequest, replay_id: int) -> HttpResponse:
    """How far one is, and what became of it."""
    row = _row(request, replay_id)
    running = row.state == State.RUNNING
    poll_url = request.path + "?part=progress"
    asks = bool(request.htmx) and request.GET.get("part") == "progress"
    if asks and not running:
        answer = HttpResponse()
        answer["HX-Redirect"] = request.path
        return answer
    tone, icon = LOOKS[State(row.state)]
    given: dict[str, Any] = {
        "row": row, "running": running, "poll_url": poll_url, "tone": tone, "icon": icon, "left": row.left.items(),
        "cancel_url": reverse("runs:cancel_replay", args=[row.account_id, row.pk]) if may(request, "runs.resolve") else "",
        "job": Progress(row.seen, row.asked, row.created_at, row.ended_at or request.now, _("steps"), finished=not running),
        "not_reached": max(0, row.asked - row.seen),
    }  # fmt: skip
    return render(request, "web/runs/replay_progress.html" if asks else "web/runs/replayed.html", given)


@page("runs.resolve")
def cancel(request: HubRequest, replay_id: int) -> HttpResponse:
    """Stop after the portion at hand."""
    row = _row(request, replay_id)
    if request.method == "POST":
        changes.cancel(request.account, row.pk, by=request.actor)
        messages.info(request, _("Stopped. What is scheduled again stays so."))
    return redirect("runs:replayed", account_id=request.account.pk, replay_id=row.pk)


def _row(request: HubRequest, replay_id: int) -> Replay:
    """Whoever sees all contacts sees all replays; others see those they started themselves."""
    row = changes.get(request.account, replay_id)
    if request.viewer.sees != "all" and row.owner_id != person_id(request):
        raise NotFound
    return row


def _start(request: HubRequest, window: Window, numbers: Numbers) -> HttpResponse:
    if numbers.costly and request.POST.get("word", "").strip() != SEND_WORD:
        raise Invalid({"word": _("Type %(word)s to try again what costs money.") % {"word": SEND_WORD}})
    row = changes.start(
        request.account, window, token=request.POST.get("token", "")[:64] or secrets.token_hex(16), by=request.actor,
        reason=request.POST.get("reason", ""), scope=seeing.scope(request),
    )  # fmt: skip
    actors.ring(row.pk, row.portion)
    return redirect("runs:replayed", account_id=request.account.pk, replay_id=row.pk)


def _given(request: HubRequest) -> dict[str, str]:
    source = request.POST if request.method == "POST" else request.GET
    return {name: source.get(name, "").strip()[:100] for name in FIELDS}


def _window(request: HubRequest, given: Mapping[str, str]) -> tuple[Window, dict[str, str]]:
    """What was chosen, and what of it cannot be read. What nobody can have chosen from the lists counts as nothing chosen."""
    errors: dict[str, str] = {}
    moments = {name: _moment(request, given[name]) for name in ("since", "until")}
    for name, moment in moments.items():
        if given[name] and moment is None:
            errors[name] = _("This is not a moment.")
    kind = given["kind"] if given["kind"] in selecting.KINDS else ""
    plan = id_in(given["plan"])
    return Window(kind, moments["since"], moments["until"], given["addon"][:40], plan, given["code"][:60]), errors


def _moment(request: HubRequest, text: str) -> datetime | None:
    """By the account's clock, as a browser writes it: ``2026-03-02T10:00``."""
    return moment_of(text, zone_of(request.account.time_zone))


def _context(
    request: HubRequest, given: Mapping[str, str], errors: Mapping[str, str], numbers: Numbers | None
) -> dict[str, Any]:
    cause = words_for(given["code"]).title if given["code"] else ""
    return {
        "given": given, "form": Drawn(_fields(request), given, errors), "numbers": numbers, "cause": cause,
        "token": secrets.token_hex(16), "word": SEND_WORD if numbers and numbers.costly else "",
        "reason": Drawn({"reason": _reason()}, {}, {}),
    }  # fmt: skip


def _fields(request: HubRequest) -> dict[str, forms.Field]:
    plans = [(str(pk), name) for pk, name in visible_plans(request).values_list("pk", "name")[:200]]
    addons = Manifest.objects.order_by("title").values_list("addon", "title")
    kinds = [("failed", _("Failed")), ("review", _("Given up, waits for a person"))]
    return {
        "kind": _choice(_("What became of them"), _("Failed, and given up"), kinds),
        "addon": _choice(_("Add-on"), _("All"), addons), "plan": _choice(_("Plan"), _("All"), plans),
        "since": _wall_clock(_("From")), "until": _wall_clock(_("To")),
    }  # fmt: skip


def _choice(label: str, all_: str, choices: Iterable[tuple[str, str]]) -> forms.Field:
    return forms.ChoiceField(label=label, choices=[("", all_), *choices], required=False)


def _wall_clock(label: str) -> forms.Field:
    return forms.CharField(label=label, required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))


def _reason() -> forms.Field:
    box = forms.Textarea(attrs={"rows": 2, "maxlength": 2_000})
    return forms.CharField(label=_("Reason"), required=False, help_text=_("Kept in the audit log."), widget=box)
