"""The page: the question, the answer with who acts and what next, and the chain like a proof."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.engine.whynot import asking
from hub.engine.whynot.link import Answer, Evidence, Link, Verdict
from hub.web.design.links import Choice
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.runs.causes import mend_url
from hub.web.views.why import choosing, telling
from hub.web.views.why.choosing import Asked
from hub.web.views.why.telling import Told

OFFERED = 8
"""Contacts offered while none is chosen."""


@dataclass(frozen=True)
class Row:
    """One link ready to draw."""

    link: Link
    word: str
    tone: str
    icon: str

    @property
    def future(self) -> bool:
        """Not reached: drawn as what is to come."""
        return self.link.verdict is Verdict.NOT_REACHED


@page("runs.view")
def why_page(request: HubRequest) -> HttpResponse:
    """The answer, or what is still to be chosen."""
    found = choosing.asked(request)
    if not found.whole:
        return render(request, "web/why/choose.html", _to_choose(request, found))
    return render(request, "web/why/page.html", _answered(request, found))


def _to_choose(request: HubRequest, found: Asked) -> dict[str, Any]:
    search = request.GET.get("q", "")[:200]
    context: dict[str, Any] = {"asked": found, "query": search, "chosen": _chosen(request, found)}
    context["keep"] = [Choice(name, value) for name, value in found.query().items()]
    if found.contact is None:
        return context | {"what": "contact", "picks": choosing.contacts_to_pick(request, found, search)}
    if found.plan is None:
        return context | {"what": "plan", "picks": choosing.plans_to_pick(request, found)}
    return context | {"what": "step", "picks": choosing.steps_to_pick(request, found)}


def _chosen(request: HubRequest, found: Asked) -> list[tuple[str, str]]:
    """What is chosen already: a name and the address of its page."""
    here, chosen = request.account.pk, list[tuple[str, str]]()
    if found.contact:
        chosen.append((found.contact.label, reverse("contacts:page", args=[here, found.contact.pk])))
    if found.plan:
        chosen.append((found.plan.name, reverse("plans:page", args=[here, found.plan.pk])))
    if found.step:
        chosen.append((choosing.step_name(found), ""))
    return chosen


def _answered(request: HubRequest, found: Asked) -> dict[str, Any]:
    assert found.contact is not None
    assert found.plan is not None
    assert found.step is not None
    answer = asking.why(found.contact, found.plan, found.step, request.now, found.at)
    said = telling.told(answer)
    return {
        "asked": found,
        "answer": answer,
        "said": said,
        "rows": [_row(link) for link in answer.links],
        "mend": _mend(request, answer, said),
        "behind": _behind(request, found, answer),
        "evidence": [(one, _address(request, answer, one)) for one in answer.stop.evidence] if answer.stop else [],
        "run_url": reverse("runs:page", args=[request.account.pk, answer.subject.run_id]) if answer.subject.run_id else "",
        "others": _others(request, found),
    }  # fmt: skip


def _row(link: Link) -> Row:
    return Row(link, telling.word(link), telling.TONES[link.verdict], telling.ICONS[link.verdict])


def _mend(request: HubRequest, answer: Answer, said: Told) -> tuple[str, Any] | None:
    """Where the cause is taken away: address and label."""
    if said.words is None:
        return None
    address = mend_url(said.words, request.account.pk, answer.subject.addon)
    return (address, said.words.place_label) if address else None


def _behind(request: HubRequest, found: Asked, answer: Answer) -> dict[str, Any] | None:
    """The step in front, told in short, with its own page."""
    if answer.behind is None:
        return None
    key = answer.behind.subject.step_key
    return {"said": telling.told(answer.behind), "step": answer.behind.subject.step,
            "href": choosing.url(request, found, step=key)}  # fmt: skip


def _address(request: HubRequest, answer: Answer, one: Evidence) -> str:
    """Where the row behind a link is shown, for who may see it."""
    if one.kind == "audit":
        return reverse("settings:audit", args=[request.account.pk]) if may(request, "audit.view") else ""
    if one.kind == "note" and may(request, "history.view"):
        return f"{reverse('contacts:page', args=[request.account.pk, answer.subject.contact_id])}?kind="
    return ""


def _others(request: HubRequest, found: Asked) -> Iterable[tuple[str, str]]:
    """The same question about something else."""
    return [
        (_("Another contact"), choosing.url(request, Asked(plan=found.plan, step=found.step))),
        (_("Another step"), choosing.url(request, Asked(contact=found.contact, plan=found.plan))),
        (_("Another plan"), choosing.url(request, Asked(contact=found.contact))),
    ]
