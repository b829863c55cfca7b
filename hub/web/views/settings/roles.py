"""What the people pages share: which roles one may give here, how far they reach, and the form for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from hub.db.errors import Refused
from hub.users import giving, roles
from hub.users.facts import Circumstances
from hub.users.models import Grant
from hub.web.forms import StoredForm, choosing
from hub.web.request import HubRequest

SEES: dict[str, Any] = {
    "own": gettext_lazy("sees contacts assigned to them"),
    "team": gettext_lazy("sees the team's contacts"),
    "all": gettext_lazy("sees all contacts"),
}


REACHES = (
    (Grant.Reach.HERE, gettext_lazy("This account only")),
    (Grant.Reach.CHILDREN, gettext_lazy("This account and those directly beneath")),
    (Grant.Reach.SUBTREE, gettext_lazy("This account and everything beneath")),
)


class RoleForm(StoredForm):
    """Role and reach."""

    template = forms.ChoiceField(label=gettext_lazy("Role"))
    reach = forms.ChoiceField(
        label=gettext_lazy("Works in"),
        choices=REACHES,
        initial=Grant.Reach.HERE,
    )

    def __init__(self, *args: Any, request: HubRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choosing(self, "template").choices = to_give(request)
        reaching = request.principal.effective.reaching(request.place, request.now)
        choosing(self, "reach").choices = [
            (reach, label)
            for reach, label in REACHES
            if any(giving.covers(one, request.place, reach) for one in reaching)
        ]


def to_give(request: HubRequest) -> list[tuple[str, str]]:
    """The roles this person may give here, each with what its people see."""
    return [
        (one.name, f"{one.label} – {SEES[one.visibility]}")
        for one in roles.assignable()
        if _can_give(request, one.name)
    ]


def check_giving(request: HubRequest, template: str, reach: str = Grant.Reach.HERE) -> None:
    """Raises `Refused` when this person may not give this role with this reach here."""
    giving.check(request.principal, request.place, template, reach=reach, at=Circumstances(request.now, request.via))


def _can_give(request: HubRequest, template: str) -> bool:
    try:
        check_giving(request, template)
    except Refused:
        return False
    return True
