"""Whether what a step was told to use is the account's own: a colleague, a plan, a sales cycle, a tag.

A form can be bent to name what belongs to somebody else, and what was chosen last month may be gone today. The engine
refuses such an id when the step runs; here it is said while the person who can choose another is looking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.contacts import lists
from hub.core.settings import FieldSpec
from hub.db.scoping import id_in
from hub.plans.models import Plan, PlanKind
from hub.steps.email import ASSIGNED
from hub.users import reads as users
from hub.users.models import User


def strangers(account: Account, fields: Iterable[FieldSpec], options: Mapping[str, Any]) -> dict[str, str]:
    """Field → sentence, for each chosen id that is none of the account's."""
    found = {}
    for spec in fields:
        own = _OWN.get(spec.source) if spec.kind == "choice" else None
        chosen = options.get(spec.name)
        if own is not None and chosen not in (None, "") and str(chosen) not in own(account):
            found[spec.name] = _archived(account, spec, chosen) or _(
                "This is gone, or never was this account's. Choose another."
            )
    return found


def _archived(account: Account, spec: FieldSpec, chosen: Any) -> str:
    """A plan that was put away can be brought back, so it is called by its name."""
    id_ = id_in(str(chosen)) if spec.source == "plan" else None
    rows = Plan.objects.filter(account=account, kind=PlanKind.PLAN, pk=id_ or 0)
    name = rows.values_list("name", flat=True).first() if id_ else None
    return _("The plan “{name}” is archived. Restore it, or choose another.").format(name=name) if name else ""


def _users(account: Account) -> set[str]:
    people = users.users_of(account).filter(state__in=(User.State.ACTIVE, User.State.INVITED))
    return _texts(people.values_list("pk", flat=True))


def _plans(account: Account) -> set[str]:
    rows = Plan.objects.filter(account=account, kind=PlanKind.PLAN, archived_at__isnull=True)
    return _texts(rows.values_list("pk", flat=True))


def _texts(ids: Iterable[int]) -> set[str]:
    return {str(id_) for id_ in ids}


_OWN: dict[str, Callable[[Account], set[str]]] = {
    "user": _users,
    "plan": _plans,
    "sales_cycle": lambda account: _texts(one.id for one in lists.sales_cycles(account)),
    "lead_source": lambda account: _texts(one.id for one in lists.lead_sources(account)),
    "mailbox": lambda account: _users(account) | {ASSIGNED},
    "tag": lambda account: _texts(one.id for one in lists.tags(account)),
}
