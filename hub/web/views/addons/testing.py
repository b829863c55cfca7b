"""The Test button and the live lists: both ask the vendor while a person waits, and hold no transaction meanwhile."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.addons import diagnosis, forms, options
from hub.addons.diagnosis import Diagnosis, Mark
from hub.addons.oauth import changes as sign_ins
from hub.db.errors import NotFound
from hub.engine import release
from hub.web.design.links import Stage
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest
from hub.web.views.addons import finding
from hub.web.views.addons.showing import PREFIX
from hub.web.views.plans.step_fields import Surroundings, form_of

STATES = {Mark.DONE: "done", Mark.FAILED: "failed", Mark.WARNED: "warned", Mark.WAITING: "todo"}


@page("addons.edit", atomic=False)
def test(request: HubRequest, addon: str) -> HttpResponse:
    """Name, port, TLS, sign-in, permission, sample: how far it goes, and whose turn it is."""
    if request.method != "POST":
        return redirect("addons:page", account_id=request.account.pk, addon=addon)
    found, connection = finding.entry(request, addon), finding.connection(request, addon)
    with transaction.atomic():
        sign_ins.try_again(connection)
    seen = diagnosis.examine(connection)
    with transaction.atomic():
        freed = diagnosis.record(connection, seen, by=request.actor)
        if freed.account_ids:
            release.of_account(freed.account_ids, addon)
            nudge()
    template = "web/addons/tested.html" if request.htmx else "web/addons/test.html"
    context = {
        "entry": found,
        "seen": seen,
        "stages": _stages(seen),
        "state": finding.code(finding.entry(request, addon)),
    }
    return render(request, template, context)


def _stages(seen: Diagnosis) -> list[Stage]:
    return [Stage(one.label, STATES[one.state], one.note) for one in seen.stages]


@page("addons.edit", atomic=False)
def live_list(request: HubRequest, addon: str, name: str) -> HttpResponse:
    """One dropdown, read anew from the vendor: the field's own HTML."""
    found, connection = finding.entry(request, addon), finding.connection(request, addon)
    spec = next((one for one in found.manifest.fields if one.name == name and one.kind == "options"), None)
    if spec is None:
        raise NotFound(_("There is no such list."))
    options.load(connection, spec.source, refresh=True)
    fields = [one for one in forms.settings_form(found.manifest, connection) if one.spec.name == name]
    form = form_of(fields, Surroundings(refresh_url=lambda _name: request.path), PREFIX)
    return render(request, "web/addons/field.html", {"form": form, "name": name})
