"""Choosing contacts on a plan's own page: what the address says becomes a query, what is marked becomes a selection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from hub.contacts import lists
from hub.contacts.query import ContactQuery
from hub.db.errors import Problem
from hub.db.scoping import LARGEST_ID
from hub.users import reads as users
from hub.web.design.links import Choice, Filter
from hub.web.request import HubRequest

FILTERS = ("source", "cycle", "tag", "user", "address")


def query_of(given: Any) -> ContactQuery:
    """The query that an address or a form describes. What cannot be read filters nothing."""
    try:
        return ContactQuery(
            text=given.get("q", "").strip()[:200],
            lead_sources=_ids(given.get("source")),
            sales_cycles=_ids(given.get("cycle")),
            tags=_ids(given.get("tag")),
            assigned=() if given.get("user") == "none" else _ids(given.get("user")),
            unassigned=given.get("user") == "none",
            has_address={"yes": True, "no": False}.get(given.get("address", "")),
        )
    except ValidationError:
        return ContactQuery()


def marked(given: Any) -> ContactQuery:
    """What was marked: every contact of the query, or those ids. Raises ``Problem`` when nothing was marked."""
    if given.get("all_matching"):
        return _whole(given)
    return these(given.getlist("ids"))


def _whole(given: Any) -> ContactQuery:
    """Everything that matches. A filter that cannot be read must not put more people on a plan than were seen."""
    if any(given.get(name) and query_of({name: given[name]}) == ContactQuery() for name in FILTERS):
        what = _("A filter of this list cannot be read any more, so it is not certain which contacts are meant.")
        raise Problem(what, next=_("Load the list again, then mark them anew."), code="filter_unreadable")
    return query_of(given)


def these(texts: Iterable[str]) -> ContactQuery:
    """The contacts with these ids. Raises ``Problem`` when there is none among them."""
    ids = sorted({id_ for text in texts for id_ in _ids(text)})
    if not ids:
        raise Problem(_("No contact was marked."), next=_("Mark at least one contact, then try again."), code="nobody")
    try:
        return ContactQuery(among=tuple(ids), archived="any")
    except ValidationError:
        what = _("Too many contacts were marked one by one.")
        raise Problem(what, next=_("Use the filter and mark all that match.")) from None


def filters(request: HubRequest, given: Any) -> list[Filter]:
    """The dropdowns above the list; a list that is empty in this account has none."""
    account = request.account
    people = [Choice("none", _("Nobody")), *(Choice(str(one.pk), one.label) for one in users.users_of(account))]
    made = [
        ("source", _("Lead source"), [Choice(str(one.id), one.name) for one in lists.lead_sources(account)]),
        ("cycle", _("Sales cycle"), [Choice(str(one.id), one.name) for one in lists.sales_cycles(account)]),
        ("tag", _("Tag"), [Choice(str(one.id), one.name) for one in lists.tags(account)]),
        ("user", _("Assigned to"), people if request.viewer.sees != "own" else []),
        ("address", _("Postal address"), [Choice("yes", _("Complete")), Choice("no", _("Incomplete"))]),
    ]
    return [Filter(name, label, tuple(choices), given.get(name, "")) for name, label, choices in made if choices]


def _ids(text: str | None) -> tuple[int, ...]:
    digits = (text or "").strip()
    usable = digits.isascii() and digits.isdigit() and len(digits) < 19
    return (int(digits),) if usable and 0 < int(digits) <= LARGEST_ID else ()
