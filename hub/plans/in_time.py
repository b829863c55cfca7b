"""Whether a step that must arrive by a day can: asked before a plan is made ready, while who can mend it is looking."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.contacts import lists
from hub.core.durations import LeadTime, lead_time
from hub.core.manifest import ActionManifest
from hub.plans.timing import AnyTiming, Arrive

Told = list[tuple[str, str]]
"""Field of the timing, and the sentence."""


def review(account: Account, when: AnyTiming, action: ActionManifest | None) -> tuple[Told, Told]:
    """What forbids it, and what may be right all the same."""
    if not isinstance(when, Arrive):
        return [], []
    problems: Told = []
    if when.field and when.field not in lists.custom_labels(account):
        told = _("Contacts have no field “{field}”. Choose another, or make it under Lists.").format(field=when.field)
        problems.append(("field", told))
    needed = lead_time(action.lead_time) if action and action.lead_time else None
    if needed is None or not _shorter(when, needed):
        return problems, []
    told = _("What it sends takes {days}, so it may arrive too late.").format(days=needed)
    return problems, [("lead", told)]


def _shorter(when: Arrive, needed: LeadTime) -> bool:
    """Less than the add-on says; so many calendar days are surely less than as many business days."""
    if when.unit == "days" and needed.business:
        return when.lead < needed.most * 7 / 5
    return when.lead < needed.most
