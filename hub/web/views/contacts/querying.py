"""What an address of a list of contacts asks for becomes a query, and a query becomes an address again.

What cannot be read filters nothing: an old bookmark shows more than it did, never an error. But what is *done* to all that match
is refused then. A list that offers fewer filters names those it reads (``names``); the others it does not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from hub.contacts import lists
from hub.contacts.query import Archived, ContactQuery, Sort
from hub.db.errors import Problem
from hub.imports import reads as imports
from hub.plans import reads as plans
from hub.users import reads as users
from hub.web.design.links import Choice, Filter
from hub.web.design.moments import moment
from hub.web.request import HubRequest
from hub.web.views.contacts.finding import id_from, knows_imports, plan_eyes

NARROWING = ("q", "source", "cycle", "tag", "user", "address", "plan", "import", "archived")
"""Parameters that say which contacts; the page keeps them when it hands a selection on."""

PARAMETERS = (*NARROWING, "sort")

ARCHIVED: Mapping[str, Archived] = {"yes": "yes", "any": "any"}

SORTS: Mapping[str, Sort] = {
    "name": "name",
    "-name": "-name",
    "added": "oldest",
    "-added": "newest",
    "-changed": "updated",
}
"""What the heads of the table send → the orders that have an index."""

NOBODY = "none"


def query_of(given: Any, names: Iterable[str] = PARAMETERS) -> ContactQuery:
    """The query that an address or a form describes."""
    given = {name: given.get(name) for name in names if given.get(name)}
    try:
        return ContactQuery(
            text=str(given.get("q", "")).strip()[:200],
            lead_sources=_one(given.get("source")),
            sales_cycles=_one(given.get("cycle")),
            tags=_one(given.get("tag")),
            assigned=_one(given.get("user")),
            unassigned=given.get("user") == NOBODY,
            has_address={"yes": True, "no": False}.get(given.get("address", "")),
            archived=ARCHIVED.get(given.get("archived", ""), "no"),
            on_plan=id_from(given.get("plan")),
            of_import=id_from(given.get("import")),
            sort=SORTS.get(given.get("sort", ""), "newest"),
        )
    except ValidationError:
        return ContactQuery()


def parameters_of(query: ContactQuery) -> dict[str, str]:
    """The parameters under which the list shows this query again; defaults left out."""
    one = {
        "q": query.text,
        "source": _first(query.lead_sources),
        "cycle": _first(query.sales_cycles),
        "tag": _first(query.tags),
        "user": NOBODY if query.unassigned else _first(query.assigned),
        "address": {True: "yes", False: "no", None: ""}[query.has_address],
        "plan": str(query.on_plan or ""),
        "import": str(query.of_import or ""),
        "archived": "" if query.archived == "no" else query.archived,
        "sort": next((name for name, order in SORTS.items() if order == query.sort and order != "newest"), ""),
    }
    return {name: value for name, value in one.items() if value}


def address_of(query: ContactQuery) -> str:
    """The same as a query string, with its question mark."""
    return "?" + urlencode(parameters_of(query))


def kept(given: Any, names: Iterable[str] = PARAMETERS) -> list[tuple[str, str]]:
    """The parameters in force, for hidden fields."""
    return [(name, str(given[name])[:200]) for name in names if given.get(name)]


def marked(given: Any, names: Iterable[str] = PARAMETERS) -> ContactQuery:
    """What was marked: every contact of the query, or those ids. Raises ``Problem`` when nothing was."""
    return _whole(given, tuple(names)) if given.get("all_matching") else these(given.getlist("ids"))


def these(texts: Iterable[str]) -> ContactQuery:
    """The contacts with these ids, archived ones too. Raises ``Problem`` when there is none among them."""
    ids = sorted({id_ for text in texts if (id_ := id_from(text))})
    if not ids:
        raise Problem(_("No contact was marked."), next=_("Mark at least one contact, then try again."), code="nobody")
    try:
        return ContactQuery(among=tuple(ids), archived="any")
    except ValidationError:
        what = _("Too many contacts were marked one by one.")
        raise Problem(what, next=_("Use the filter and take all that match.")) from None


def _whole(given: Any, names: tuple[str, ...]) -> ContactQuery:
    """Everything that matches. A filter that cannot be read must not widen it to more than was seen."""
    query = query_of(given, names)
    understood = parameters_of(query)
    narrowing = [name for name in NARROWING if name in names]
    lost = [name for name in narrowing if str(given.get(name, "")).strip() not in ("", "no") and name not in understood]
    if lost:
        what = _("A filter of this list cannot be read any more, so it is not certain which contacts are meant.")
        raise Problem(what, next=_("Load the list again, then mark them anew."), code="filter_unreadable")
    return query


def filters(request: HubRequest, given: Mapping[str, Any], names: Iterable[str] = NARROWING) -> list[Filter]:
    """The dropdowns above the list. A list that is empty in this account has none, and who sees only their own picks nobody."""
    in_force = lists.of(request.account)
    sources = sorted(in_force.sources.values(), key=lambda one: one.key)
    made = [
        ("cycle", _("Sales cycle"), [Choice(str(one.id), one.name) for one in in_force.cycles.values()]),
        ("source", _("Lead source"), [Choice(str(one.id), one.name) for one in sources]),
        ("user", _("Assigned to"), _people(request)),
        ("tag", _("Tag"), [Choice(str(one.id), one.name) for one in lists.tags(request.account)]),
        ("plan", _("On plan"), _plans(request)),
        ("import", _("From import"), _imports(request, id_from(given.get("import")))),
        ("address", _("Postal address"), [Choice("yes", _("Complete")), Choice("no", _("Incomplete"))]),
        ("archived", _("Archived"), [Choice("yes", _("Only these")), Choice("any", _("These too"))]),
    ]
    shown = [one for one in made if one[0] in names and one[2]]
    return [Filter(name, label, tuple(choices), given.get(name, "")) for name, label, choices in shown]


def _people(request: HubRequest) -> list[Choice]:
    if request.viewer.sees == "own":
        return []
    people = users.users_of(request.account)
    return [Choice(NOBODY, _("Nobody")), *(Choice(str(one.pk), one.label) for one in people)]


def _plans(request: HubRequest) -> list[Choice]:
    rows = plans.plans(request.account, plan_eyes(request)).values_list("pk", "name")[:200]
    return [Choice(str(pk), name) for pk, name in rows]


def _imports(request: HubRequest, chosen: int | None) -> list[Choice]:
    """The latest that brought contacts, and the one that is chosen, by the day on which they began."""
    if not knows_imports(request):
        return []
    zone = timezone.get_current_timezone()
    return [
        Choice(str(one.pk), f"{one.name} · {moment(one.started_at, zone, request.now, 'full').text}")
        for one in imports.begun(request.account, chosen)
        if one.started_at
    ]


def _one(text: Any) -> tuple[int, ...]:
    id_ = id_from(text)
    return (id_,) if id_ else ()


def _first(ids: tuple[int, ...]) -> str:
    return str(ids[0]) if ids else ""
