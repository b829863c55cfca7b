"""The error inbox: what waits, grouped by cause, because the members of a cause are mended by one act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hub.addons import catalog
from hub.addons.models import Manifest
from hub.engine import reads
from hub.engine.reads import DECIDED, Cause
from hub.web.entry import page
from hub.web.request import HubRequest, may, require
from hub.web.views import silence
from hub.web.views.runs import seeing
from hub.web.views.runs.causes import ACTS, Text, Words, mend_url, mine, words_for
from hub.web.views.runs.deciding import ONE_BY_ONE
from hub.web.views.runs.listing import replay_url, tabs


@dataclass(frozen=True)
class Group:
    """One cause ready to draw."""

    cause: Cause
    words: Words
    addon: str
    step: str
    mend_url: str
    list_url: str
    mine: bool
    acts: tuple[tuple[str, Text, str], ...]
    """Address, label and icon of what can be done to all of it."""

    @property
    def oldest(self) -> datetime | None:
        return self.cause.oldest


@page("runs.view")
def inbox(request: HubRequest) -> HttpResponse:
    """What a person must decide, what is held and why, and what failed."""
    require(request, "page.runs")
    titles = dict(Manifest.objects.values_list("addon", "title"))
    yours = mine(request)
    groups = [_group(request, cause, titles, yours) for cause in reads.inbox(request.account.pk, seeing.scope(request))]
    context = {
        "to_decide": [group for group in groups if _is_decided(group.cause)],
        "held": [group for group in groups if group.cause.state == "held" and not _is_decided(group.cause)],
        "failed": [group for group in groups if group.cause.state == "failed"],
        "tabs": tabs(request, "inbox"),
        "quiet": silence.lasting(request),
        "replay_url": replay_url(request),
    }
    return render(request, "web/runs/inbox.html", context)


def _is_decided(cause: Cause) -> bool:
    """Whether a person must say how it goes on; some causes hold, but do not go by themselves."""
    return cause.state == "review" or cause.code in DECIDED


def _group(request: HubRequest, cause: Cause, titles: dict[str, str], yours: Sequence[str]) -> Group:
    words, account_id = words_for(cause.code, cause.addon), request.account.pk
    about = {"code": cause.code, "type": cause.action_type, "state": cause.state}
    decide = reverse("runs:decide_many", args=[account_id])
    listed = (
        reverse("runs:list", args=[account_id])
        + "?"
        + urlencode({"state": cause.state, "addon": cause.addon, "code": cause.code})
    )
    acts = tuple((f"{decide}?{urlencode({'act': act, **about})}", *ACTS[act]) for act in _bulk_acts(words, cause))
    addon = titles.get(cause.addon, cause.addon)
    mend = mend_url(words, account_id, cause.addon)
    action = catalog.action(cause.action_type)
    return Group(
        cause,
        words,
        addon,
        action.title if action else cause.action_type,
        mend,
        listed,
        cause.code in yours and (cause.state == "failed" or _is_decided(cause)),
        acts if may(request, "runs.resolve") else (),
    )


def _bulk_acts(words: Words, cause: Cause) -> tuple[str, ...]:
    """What can be done to all of a cause at once. What needs more than a look is decided one at a time."""
    if cause.state == "failed":
        return ("retry", "leave")
    return tuple(act for act in words.acts if act not in ONE_BY_ONE)
