"""Looking: the list of those who listen, one of them with its deliveries, one delivery with what was said."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from hub.events import kinds
from hub.hooks import reads
from hub.hooks.judging import Outcome
from hub.hooks.models import Delivery, Endpoint, Try
from hub.web.design.links import Choice, Filter
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.settings.tabs import tabs

N_ = gettext_noop

LISTENERS = (
    Column(gettext_lazy("Receiver")), Column(gettext_lazy("Host")), Column(gettext_lazy("Events")),
    Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("Waiting"), kind="number"), Column(gettext_lazy("Failed"), kind="number"),
)  # fmt: skip
DELIVERIES = (
    Column(gettext_lazy("When")), Column(gettext_lazy("Event")), Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("Answer")), Column(gettext_lazy("Tries"), kind="number"),
)  # fmt: skip

State = Delivery.State

LOOKS = {
    State.WAITING: ("info", "clock"), State.DONE: ("success", "circle-check"), State.FAILED: ("danger", "circle-x"),
    State.SKIPPED: ("neutral", "ban"),
}  # fmt: skip
"""Tone and icon of each state."""

WORDS = {
    Outcome.TAKEN: N_("Taken"), Outcome.REFUSED: N_("Not taken"), Outcome.TOO_MUCH: N_("Too much at once"),
    Outcome.GONE: N_("Wants nothing any more"), Outcome.LOST: N_("No answer"), Outcome.FORBIDDEN: N_("May not be called"),
}  # fmt: skip


@dataclass(frozen=True)
class Listener:
    """An endpoint ready to draw."""

    row: Endpoint
    events: list[str]
    waiting: int
    failed: int


@dataclass(frozen=True)
class Line:
    """A delivery ready to draw."""

    row: Delivery
    title: str
    tone: str
    icon: str
    last: Try | None


@page("webhooks.view")
def listing(request: HubRequest) -> HttpResponse:
    """All of them, newest first."""
    rows = reads.listing(request.account)
    numbers = reads.numbers(rows)
    lines = [_listener(row, numbers.get(row.pk, {})) for row in rows]
    context = {"lines": lines, "columns": LISTENERS, "may_make": may(request, "webhooks.make"),
               "tabs": tabs(request, "webhooks")}  # fmt: skip
    return render(request, "web/webhooks/list.html", context)


def _listener(row: Endpoint, numbers: dict[str, int]) -> Listener:
    titles = [_(kinds.KINDS[name].title) for name in reads.names(row)]
    return Listener(row, titles, numbers.get(State.WAITING, 0), numbers.get(State.FAILED, 0))


@page("webhooks.view")
def one(request: HubRequest, hook_id: int) -> HttpResponse:
    """One, with what was sent to it."""
    return draw(request, reads.get(request.account, hook_id))


def draw(request: HubRequest, row: Endpoint, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of one; ``more`` is what an act on it has to say."""
    state = request.GET.get("state", "")
    state = state if state in State.values else ""
    found = reads.deliveries(row, request.GET.get("cursor"), state)
    last = reads.last_tries(found.rows)
    context = {
        "hook": row, "events": [_(kinds.KINDS[name].title) for name in reads.names(row)], "columns": DELIVERIES,
        "lines": [_line(one, last.get(one.pk)) for one in found.rows], "page": CursorPage.of(found),
        "filters": _filters(state), "filtered": bool(state), "kinds": _kinds(row),
        "waiting": reads.numbers([row]).get(row.pk, {}).get(State.WAITING, 0),
        "may_edit": may(request, "webhooks.edit"), "may_rotate": may(request, "webhooks.make"),
        "tabs": tabs(request, "webhooks"), **more,
    }  # fmt: skip
    return render(request, "web/webhooks/page.html", context, status=status)


@page("webhooks.view")
def delivery(request: HubRequest, hook_id: int, delivery_id: int) -> HttpResponse:
    """What was sent, and each answer."""
    row = reads.get(request.account, hook_id)
    found = reads.delivery(row, delivery_id)
    body = json.dumps(json.loads(found.message.body), indent=2, ensure_ascii=False)
    tries = [(one, _(WORDS[Outcome(one.outcome)])) for one in reads.tries(found)]
    context = {
        "hook": row, "line": _line(found, None), "body": body, "tries": tries,
        "may_edit": may(request, "webhooks.edit"), "tabs": tabs(request, "webhooks"),
    }  # fmt: skip
    return render(request, "web/webhooks/delivery.html", context)


def _line(row: Delivery, last: Try | None) -> Line:
    tone, icon = LOOKS[State(row.state)]
    kind = kinds.KINDS.get(row.message.kind)
    return Line(row, _(kind.title) if kind else row.message.kind, tone, icon, last)


def _kinds(row: Endpoint) -> list[tuple[str, str]]:
    return [(name, _(kinds.KINDS[name].title)) for name in reads.names(row)]


def _filters(state: str) -> tuple[Filter, ...]:
    choices = tuple(Choice(value, _(label)) for value, label in State.choices)
    return (Filter("state", _("State"), choices, state),)
