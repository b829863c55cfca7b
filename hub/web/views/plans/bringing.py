"""Files that an e-mail brings along, added where it is written: at once with a script, on saving without one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.db.errors import Invalid
from hub.mail.files import changes, looking
from hub.plans.models import Plan
from hub.web.request import HubRequest, may, require
from hub.web.views.plans.kinds import Kind
from hub.web.views.plans.step_fields import Drawn

UPLOAD = "upload"
"""The input's name."""


def field_of(kind: Kind) -> str:
    """The field of this kind of step that names files; empty where none does."""
    specs = kind.action.fields if kind.action else ()
    return next((spec.name for spec in specs if spec.kind == "choices" and spec.source == "file"), "")


def control(request: HubRequest, plan: Plan, kind: Kind) -> Drawn | None:
    """The input for one file more; None where there is none, or this person may add none."""
    if not field_of(kind) or not may(request, "plans.edit"):
        return None
    script = {
        "hx-post": reverse("plans:upload", args=[plan.account_id, plan.pk]), "hx-encoding": "multipart/form-data",
        "hx-trigger": "change", "hx-target": "#step-files", "hx-swap": "outerHTML",
        "accept": ",".join(f".{ending}" for ending in looking.TAKEN),
    }  # fmt: skip
    field = forms.FileField(
        label=_("Add a file"), required=False, widget=forms.FileInput(attrs=script),
        help_text=_("At most {most}; {kinds}.").format(
            most=looking.size_words(looking.MOST_BYTES), kinds=", ".join(looking.TAKEN)
        ),
    )  # fmt: skip
    return Drawn({UPLOAD: field}, {}, {})


def taken(request: HubRequest, kind: Kind, prefix: str) -> tuple[QueryDict, dict[str, str]]:
    """What was posted, with the files that came along kept and chosen; and what is wrong with them, by the path of the field."""
    name, given = field_of(kind), request.FILES.getlist(UPLOAD)
    if not name or not given:
        return request.POST, {}
    require(request, "plans.edit")
    posted = request.POST.copy()
    try:
        for file in given:
            _choose(posted, f"{prefix}{name}", _keep(request, file))
    except Invalid as problem:
        return posted, {f"options.{name}": " ".join(problem.fields.values())}
    return posted, {}


def _keep(request: HubRequest, file: Any) -> str:
    content = file.read(looking.MOST_BYTES + 1)
    return str(changes.add(request.account, file.name or "", content, by=request.actor).uid)


def _choose(posted: QueryDict, name: str, uid: str) -> None:
    if uid not in posted.getlist(name):
        posted.appendlist(name, uid)
