"""Settings → Audit log: who changed what, when, from where, and in whose name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _

from hub.audit import reads, wording
from hub.audit.models import AuditRow
from hub.users import reads as people
from hub.users.models import User
from hub.web.design.links import Choice, Filter
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.settings.tabs import tabs

COLUMNS = (Column(_("When")), Column(_("Who")), Column(_("What")), Column(_("Details")), Column(_("From")))
PERIODS = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30)}
PERIOD_LABELS = {"day": _("Last 24 hours"), "week": _("Last 7 days"), "month": _("Last 30 days")}


@dataclass(frozen=True)
class Line:
    """A row ready to draw. `shown` is the person in whose name it was done."""

    row: AuditRow
    what: str
    thing: str
    changes: list[tuple[str, str, str]]
    further: list[tuple[str, str]]
    shown: str


@page("audit.view")
def audit(request: HubRequest) -> HttpResponse:
    """Newest first, page by page."""
    who, kind, period = (request.GET.get(name, "")[:100] for name in ("who", "kind", "period"))
    since = request.now - PERIODS[period] if period in PERIODS else None
    found = reads.search(request.account.pk, who, kind, since, request.GET.get("cursor"))
    context = {
        "lines": _lines(found.rows),
        "page": CursorPage.of(found),
        "columns": COLUMNS,
        "filters": _filters(request, who, kind, period),
        "filtered": bool(who or kind or period),
        "tabs": tabs(request, "audit"),
    }
    return render(request, "web/settings/audit.html", context)


def _lines(rows: list[AuditRow]) -> list[Line]:
    ids = {row.acting_as_id for row in rows} | {row.object_id for row in rows if row.object_kind == "user"}
    people_named = User.objects.filter(pk__in=[int(one) for one in ids if one.isdecimal()])
    names = {str(user.pk): user.label for user in people_named}
    return [_line(row, names) for row in rows]


def _line(row: AuditRow, names: dict[str, str]) -> Line:
    person = names.get(row.object_id) if row.object_kind == "user" else None
    thing = f"{wording.thing(row.object_kind)} {person or wording.name(row.data, row.object_id)}".strip()
    shown = names.get(row.acting_as_id, row.acting_as_id)
    return Line(row, wording.what(row.verb), thing, wording.changes(row.data), wording.further(row.data), shown)


def _filters(request: HubRequest, who: str, kind: str, period: str) -> tuple[Filter, ...]:
    users = tuple(Choice(str(user.pk), user.label) for user in people.users_of(request.account, archived=None))
    kinds = tuple(Choice(name, wording.thing(name).capitalize()) for name in wording.OBJECTS)
    periods = tuple(Choice(name, label) for name, label in PERIOD_LABELS.items())
    return (
        Filter("who", _("Who"), users, who),
        Filter("kind", _("What"), kinds, kind),
        Filter("period", _("When"), periods, period),
    )


urlpatterns = [path("a/<int:account_id>/settings/audit", audit, name="audit")]
