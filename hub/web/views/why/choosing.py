"""What is asked about, from the address: a run, or a contact, a plan and a step, and a moment; and what is still to be chosen.

What this person may not see is not found, whichever way they came.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from hub.accounts.calendars import FIRST_YEAR, LAST_YEAR
from hub.contacts.models import Contact
from hub.db.errors import NotFound
from hub.plans import reads as plan_reads
from hub.plans.loading import LoadedStep, load_versions
from hub.plans.models import Enrollment, Plan, PlanStep, PlanVersion
from hub.plans.zones import on_the_clock, zone_of
from hub.web.request import HubRequest
from hub.web.views.contacts import finding as contacts
from hub.web.views.plans import finding as plans
from hub.web.views.plans import people
from hub.web.views.runs import seeing

CLOCK = "%Y-%m-%dT%H:%M"
PLANS_SHOWN = 50


@dataclass(frozen=True)
class Asked:
    """What the address names so far.

    Attributes:
        at: the moment; None is now. ``typed`` is what was typed for it and ``trouble`` what is wrong with that.
    """

    contact: Contact | None = None
    plan: Plan | None = None
    step: UUID | None = None
    at: datetime | None = None
    typed: str = ""
    trouble: str = ""

    @property
    def whole(self) -> bool:
        """Whether there is an answer."""
        return self.contact is not None and self.plan is not None and self.step is not None

    def query(self) -> dict[str, str]:
        """The same for an address."""
        named = {
            "contact": self.contact.pk if self.contact else "", "plan": self.plan.pk if self.plan else "",
            "step": self.step or "", "at": self.typed,
        }  # fmt: skip
        return {name: str(value) for name, value in named.items() if value}


@dataclass(frozen=True)
class Pick:
    """Something that can be chosen next."""

    label: str
    href: str
    note: str = ""


def asked(request: HubRequest) -> Asked:
    """Read the address. Raises ``NotFound`` for what is not there, or not this person's to see; ``Refused``."""
    at, trouble = _moment(request)
    typed = request.GET.get("at", "")[:16] if not trouble else ""
    found = replace(_named(request), at=at, typed=typed, trouble=trouble)
    steps = _steps(found) if found.plan and found.step is None and found.contact else []
    return replace(found, step=steps[0].key) if len(steps) == 1 else found


def _named(request: HubRequest) -> Asked:
    if given := request.GET.get("run", ""):
        return _of_run(request, given)
    contact, plan = contacts.id_from(request.GET.get("contact")), contacts.id_from(request.GET.get("plan"))
    return Asked(
        contacts.find(request, contact) if contact else None,
        plans.find(request, plan) if plan else None,
        _uuid(request.GET["step"]) if plan and request.GET.get("step") else None,
    )


def _of_run(request: HubRequest, given: str) -> Asked:
    run = seeing.run(request, _uuid(given))
    plan = plans.find(request, run.enrollment.plan_id)
    return Asked(contacts.find(request, run.contact_id), plan, run.plan_step.key)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such step.") from None


def _moment(request: HubRequest) -> tuple[datetime | None, str]:
    """The moment asked about, on the account's clock, and what is wrong with what was typed."""
    typed = request.GET.get("at", "")
    if not typed:
        return None, ""
    try:
        wall = datetime.strptime(typed[:16], CLOCK)
    except ValueError:
        return None, _("This is not a date and time; the answer is about now.")
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        return None, _("This date is too far away; the answer is about now.")
    return on_the_clock(wall.date(), wall.time(), zone_of(request.account.time_zone)), ""


# --- what is still to be chosen --------------------------------------------------------------------------------------


def url(request: HubRequest, found: Asked, **more: object) -> str:
    """The page's address with what is chosen so far."""
    query = {**found.query(), **{name: str(value) for name, value in more.items()}}
    return f"{reverse('why:page', args=[request.account.pk])}?{urlencode(query)}"


def contacts_to_pick(request: HubRequest, found: Asked, search: str) -> list[Pick]:
    """Contacts that a text finds; the newest for an empty one."""
    return [Pick(one.label, url(request, found, contact=one.pk), one.email) for one in people.search(request, search)]


def plans_to_pick(request: HubRequest, found: Asked) -> list[Pick]:
    """The plans this person may know of: those the contact is or was on first."""
    known = list(plans.visible_plans(request)[:PLANS_SHOWN])
    mine = _standing(found.contact, known) if found.contact else {}
    known.sort(key=lambda plan: plan.pk not in mine)
    return [Pick(plan.name, url(request, found, plan=plan.pk), mine.get(plan.pk, "")) for plan in known]


def _standing(contact: Contact, known: Iterable[Plan]) -> dict[int, str]:
    rows = Enrollment.objects.filter(contact_id=contact.pk, plan__in=list(known)).order_by("occurrence")
    return {row.plan_id: row.get_state_display() for row in rows}


def steps_to_pick(request: HubRequest, found: Asked) -> list[Pick]:
    """The steps of the plan: of the contact's own version where they are on it."""
    return [Pick(f"{step.seq + 1}. {step.name}", url(request, found, step=step.key)) for step in _steps(found)]


def _steps(found: Asked) -> list[LoadedStep]:
    version = _version(found)
    return list(load_versions([version])[version].steps) if version else []


def _version(found: Asked) -> int | None:
    assert found.plan is not None
    rows = Enrollment.objects.filter(plan=found.plan, contact_id=found.contact.pk if found.contact else 0)
    own = rows.order_by("-occurrence").values_list("version_id", flat=True).first()
    if own is not None:
        return int(own)
    source = [one for one in plan_reads.versions_of(found.plan) if one.state == PlanVersion.State.READY]
    newest = source or plan_reads.versions_of(found.plan)
    return newest[0].pk if newest else None


def step_name(found: Asked) -> str:
    """What the step is called."""
    if found.step is None:
        return ""
    rows = PlanStep.objects.filter(version__plan=found.plan, key=found.step).order_by("-version__number")
    return rows.values_list("name", flat=True).first() or ""
