"""Which plan an address means, and what this person may do with it.

A private plan of another does not exist for whoever may not see it. *Edit* is either ``plans.edit``, for every plan of the
account, or ``plans.create_own``, for one's own.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.contacts import reads as contacts
from hub.contacts.models import Contact
from hub.contacts.query import ContactQuery
from hub.db.errors import Conflict
from hub.plans import reads
from hub.plans.models import Plan, PlanVersion
from hub.plans.visibility import Viewer, viewer_of
from hub.users.facts import Record
from hub.web.design.links import Link
from hub.web.request import HubRequest, may, require


def record_of(plan: Plan) -> Record:
    """The plan as the permission checks see it."""
    owner = str(plan.owner_id) if plan.owner_id else None
    return Record("plan", owner_id=owner, private=plan.visibility == Plan.Visibility.PRIVATE)


def eyes(request: HubRequest) -> Viewer:
    """Whose private plans this person sees."""
    return viewer_of(request.principal, request.place, now=request.now)


def visible_plans(request: HubRequest, *, search: str = "", archived: bool = False) -> QuerySet[Plan]:
    """The account's plans that this person may know of, by name."""
    return reads.plans(request.account, eyes(request), search=search, archived=archived)


def name_of(request: HubRequest, plan_id: int | None) -> str:
    """What a plan is called, as far as this person may know of it."""
    return reads.name_of(request.account, eyes(request), plan_id)


def find(request: HubRequest, plan_id: int, permission: str = "plans.view") -> Plan:
    """The plan of this address. Raises ``NotFound`` or ``Refused``."""
    plan = reads.get(request.account, eyes(request), plan_id)
    require(request, permission, record_of(plan))
    return plan


def find_for_editing(request: HubRequest, plan_id: int) -> Plan:
    """The plan, if this person may change it. Raises ``NotFound`` or ``Refused``."""
    plan = find(request, plan_id)
    require(request, editing_permission(request, plan), record_of(plan))
    return plan


def may_edit(request: HubRequest, plan: Plan) -> bool:
    """Whether to show what changes this plan."""
    return may(request, editing_permission(request, plan), record_of(plan))


def editing_permission(request: HubRequest, plan: Plan) -> str:
    """Which permission lets this person change this plan."""
    mine = plan.owner_id is not None and plan.owner_id == person_id(request)
    return "plans.create_own" if mine and not may(request, "plans.edit") else "plans.edit"


def may_create(request: HubRequest) -> bool:
    """Whether this person makes plans here."""
    return may(request, "plans.create_own") or may(request, "plans.edit")


def seen(request: HubRequest) -> QuerySet[Contact] | None:
    """The contacts whose numbers this person is told: None for those of everybody."""
    if request.viewer.sees == "all":
        return None
    return contacts.selection(request.account, request.viewer, ContactQuery(archived="any"))


def person_id(request: HubRequest) -> int | None:
    """The user whose rights count: the person shown, while somebody acts as another."""
    id_ = request.principal.effective.id
    return int(id_) if id_.isdigit() else None


def draft_of(plan: Plan) -> PlanVersion | None:
    """The draft, if there is one."""
    return plan.versions.filter(state=PlanVersion.State.DRAFT).first()


def ready_of(plan: Plan) -> PlanVersion | None:
    """The version that new contacts get, if there is one."""
    return plan.versions.filter(state=PlanVersion.State.READY).first()


def need_draft(plan: Plan) -> PlanVersion:
    """The draft that the editor's posts are about. Raises ``Conflict`` when it was discarded or made ready meanwhile."""
    draft = draft_of(plan)
    if draft is None:
        raise Conflict(
            _("This plan has no draft any more: somebody discarded it or made it ready meanwhile."),
            next=_("Open the plan and press Edit: that makes a new draft. What you typed is listed below."),
            code="draft_gone",
        )
    return draft


def trail(plan: Plan, *more: Link) -> list[Link]:
    """The way here: plans, this plan, and the page itself."""
    account = plan.account_id
    here = Link(plan.name, reverse("plans:page", args=[account, plan.pk]))
    return [Link(_("Plans"), reverse("plans:list", args=[account])), here, *more]


def url(name: str, plan: Plan, *more: Any) -> str:
    """The address of one of this plan's pages."""
    return reverse(f"plans:{name}", args=[plan.account_id, plan.pk, *more])
