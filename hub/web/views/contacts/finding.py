"""Which contact, with whose eyes, and may they: the questions that every page of contacts asks first."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from hub.contacts import reads
from hub.contacts.models import Contact
from hub.contacts.query import ContactQuery
from hub.contacts.visibility import Viewer, viewer_of
from hub.imports import reads as imports
from hub.plans import reads as plans
from hub.plans.models import Plan
from hub.plans.visibility import Viewer as PlanViewer
from hub.plans.visibility import viewer_of as plan_viewer_of
from hub.plans.visibility import visible
from hub.users import reads as users
from hub.users.facts import Record
from hub.web.design.links import Link
from hub.web.request import HubRequest, may, require


def find(request: HubRequest, contact_id: Any, permission: str = "contacts.view") -> Contact:
    """The contact of this address. Raises ``NotFound`` for a missing, a foreign and an invisible one; ``Refused``."""
    contact = reads.get(request.account, request.viewer, contact_id)
    require(request, permission, record_of(request, contact))
    return contact


def may_with(request: HubRequest, contact: Contact, permission: str) -> bool:
    """Whether to show what needs this permission for this contact."""
    return may(request, permission, record_of(request, contact))


def record_of(request: HubRequest, contact: Contact) -> Record:
    """The contact as the permission checks see it. Contacts of nobody are the team's."""
    owner = contact.assigned_user_id
    in_team = owner is None or owner in users.team_ids(request.account)
    return Record("contact", owner_id=str(owner) if owner else None, in_team=in_team)


def viewer_for(request: HubRequest, permission: str) -> Viewer:
    """Whose contacts a change may reach: visibility can be narrower for doing than for seeing."""
    return viewer_of(request.principal, request.place, now=request.now, permission=permission)


def brought(request: HubRequest, query: ContactQuery) -> reads.Brought:
    """What the reads of contacts need beside a query that names a plan or an import.

    Nobody is on a plan, or came with an import, that this person may not know of.
    """
    found: dict[str, Any] = {}
    if query.on_plan is not None:
        known = visible(Plan.objects.filter(account=request.account, pk=query.on_plan), plan_eyes(request))
        found["on_plan"] = plans.contact_ids(query.on_plan) if known.exists() else ()
    if query.of_import is not None:
        seen = knows_imports(request)
        found["of_import"] = imports.contact_ids(request.account, query.of_import) if seen else ()
    return found


def knows_imports(request: HubRequest) -> bool:
    """Whether this person may look at the account's imports."""
    return sees_all(request) and may(request, "contacts.import")


def sees_all(request: HubRequest) -> bool:
    """Whether this person sees every contact of the account, also where an import is compared with them."""
    return request.viewer.sees == "all" and viewer_for(request, "contacts.import").sees == "all"


def plan_eyes(request: HubRequest) -> PlanViewer:
    """Whose private plans this person knows of."""
    return plan_viewer_of(request.principal, request.place, now=request.now)


def person_id(request: HubRequest) -> int:
    """The user whose rights count: the person shown, while somebody acts as another."""
    return int(request.principal.effective.id)


def id_from(text: Any) -> int | None:
    """A positive number that can be an id, or None for anything else."""
    digits = str(text or "").strip()
    usable = digits.isascii() and digits.isdigit() and len(digits) < 19
    return int(digits) or None if usable else None


def url(name: str, *args: Any) -> str:
    """The address of a page; empty where this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def trail(request: HubRequest, *more: Link) -> list[Link]:
    """The way here: contacts, then what follows."""
    return [Link(_("Contacts"), reverse("contacts:list", args=[request.account.pk])), *more]


def trail_of(request: HubRequest, contact: Contact, *more: Link) -> list[Link]:
    """The way to a page of one contact."""
    here = Link(contact.label, reverse("contacts:page", args=[request.account.pk, contact.pk]))
    return trail(request, here, *more)
