"""The Test button and the live lists: both ask the vendor while a person waits, and hold no transaction meanwhile."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.addons import asking, diagnosis, forms, options, self_mail
from hub.addons.diagnosis import Diagnosis, Mark
from hub.addons.oauth import changes as sign_ins
from hub.core import redact
from hub.core.outcomes import Outcome, Verdict
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


@page("addons.edit", atomic=False)
def test_mail(request: HubRequest, addon: str) -> HttpResponse:
    """*Test SMTP Send*: a mail from the mailbox to itself."""
    found, connection = finding.entry(request, addon), finding.connection(request, addon)
    info = asking.info_of(connection)
    mailer = self_mail.mailer_of(info)
    if info is None or mailer is None:
        raise NotFound(_("This add-on sends no mail."))
    if request.method == "POST" and not found.enabled:
        messages.warning(request, _("%(title)s is switched off, so nothing was sent. Switch it on, then try again.")
                         % {"title": found.manifest.title})  # fmt: skip
    elif request.method == "POST":
        _tell_mailed(request, found.manifest.title, str(connection.settings.get("address", "")),
                     self_mail.send(connection, info, mailer, by=request.actor))  # fmt: skip
    return redirect("addons:page", account_id=request.account.pk, addon=addon)


def _tell_mailed(request: HubRequest, title: str, address: str, outcome: Outcome) -> None:
    shown = {"address": address, "title": title}
    if outcome.verdict is Verdict.DONE:
        messages.success(request, _("A test mail went out to %(address)s, with %(address)s as its sender.") % shown)
    else:
        messages.warning(request, _("No test mail was confirmed. %(why)s") % {"why": redact.text(outcome.sentence())})


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
