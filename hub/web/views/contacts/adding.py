"""Taking somebody in by hand. If they seem to be here already, they are shown before a second one is made.

The look goes only as far as the person's own eyes: somebody else's contact is not told of, and no bar to adding one's own.
"""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.contacts import intake, reads
from hub.contacts.incoming import BY_HAND, Existing, Policy
from hub.contacts.models import Contact
from hub.db.errors import Invalid, NotFound
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.forms import show_errors
from hub.web.request import HubRequest, may
from hub.web.views.contacts.finding import person_id, trail
from hub.web.views.contacts.form import ContactForm


@page("contacts.create")
def new(request: HubRequest) -> HttpResponse:
    """The form, and what it makes."""
    form = ContactForm(request, None, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _draw(request, form)
    try:
        twin = None if request.POST.get("anyway") == "1" else _twin(request, form)
        if twin is not None:
            return _draw(request, form, twin)
        made = intake.intake(
            request.account,
            form.incoming(),
            by=request.actor,
            policy=_policy(request, form, "new"),
            known=form.in_force,
        )
    except Invalid as problem:
        show_errors(form, problem)
        return _draw(request, form)
    for warning in made.warnings:
        messages.warning(request, warning)
    messages.success(request, _("The contact was added."))
    if request.viewer.sees == "nothing":
        return redirect("contacts:new", account_id=request.account.pk)
    return redirect("contacts:page", account_id=request.account.pk, contact_id=made.contact_id)


def _twin(request: HubRequest, form: ContactForm) -> Contact | None:
    """The contact that this seems to be, as far as this person sees it. Raises ``Invalid``."""
    policy = _policy(request, form, "keep")
    (answer,) = intake.intake_many(request.account, [form.incoming()], by=request.actor, policy=policy, dry=True)
    if answer.outcome == "broken":
        raise Invalid(answer.problems)
    if answer.outcome == "created" or answer.contact_id is None:
        return None
    try:
        return reads.get(request.account, request.viewer, answer.contact_id)
    except NotFound:
        return None


def _policy(request: HubRequest, form: ContactForm, existing: Existing) -> Policy:
    """Whoever sees only their own contacts, or assigns nobody, gets the new one, so that it does not vanish before their eyes."""
    mine = request.viewer.sees == "own" or not may(request, "contacts.assign")
    assigned = form.chosen("assigned_user")
    return replace(
        BY_HAND, existing=existing, lead_source_id=form.chosen("lead_source"), sales_cycle_id=form.chosen("sales_cycle"),
        assigned_user_id=assigned or (person_id(request) if mine else None),
    )  # fmt: skip


def _draw(request: HubRequest, form: ContactForm, twin: Contact | None = None) -> HttpResponse:
    given = {"form": form, "twin": twin, "trail": trail(request, Link(_("Add a contact"), ""))}
    return render(request, "web/contacts/new.html", given, status=422 if form.errors or twin else 200)
