"""Changing one contact: its form, which notices a second tab, and putting it away or bringing it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.contacts import changes, lists, reads
from hub.contacts.models import Contact
from hub.contacts.normalising import fold
from hub.db.errors import Conflict, Invalid
from hub.plans import reads as plans
from hub.plans.models import Enrollment
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.forms import show_errors
from hub.web.request import HubRequest
from hub.web.views.contacts.finding import find, trail_of
from hub.web.views.contacts.form import ContactForm
from hub.web.views.contacts.locking import explained


@page("contacts.view")
def edit(request: HubRequest, contact_id: int) -> HttpResponse:
    """The form. Somebody else's change since it was opened is shown beside what was typed, and nothing is kept yet."""
    contact = find(request, contact_id, "contacts.edit")
    form = ContactForm(request, contact, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _draw(request, contact, form, 422 if form.errors else 200)
    try:
        _save(request, contact, form)
    except Conflict as conflict:
        return _meanwhile(request, contact_id, conflict)
    except Invalid as problem:
        _show(form, problem)
        return _draw(request, contact, form, 422)
    messages.success(request, _("Saved."))
    return redirect("contacts:page", account_id=request.account.pk, contact_id=contact.pk)


@page("contacts.view")
def archive(request: HubRequest, contact_id: int) -> HttpResponse:
    """Ask, saying what it means for the plans that run; then put the contact away."""
    contact = find(request, contact_id)
    told = explained(lists.of(request.account), "contact_deletion")
    if request.method == "POST":
        find(request, contact_id, "contacts.delete")
        changes.archive(request.account, request.viewer, contact.pk, by=request.actor)
        messages.success(request, _("%(name)s was archived.") % {"name": contact.label})
        return redirect("contacts:page", account_id=request.account.pk, contact_id=contact.pk)
    if not told:
        find(request, contact_id, "contacts.delete")
    running = [
        line for line in plans.enrollments_of(request.account, contact.pk) if line.enrollment.state == Enrollment.State.RUNNING
    ]  # fmt: skip
    given = {"contact": contact, "running": len(running), "locked": told,
             "trail": trail_of(request, contact, Link(_("Archive"), ""))}  # fmt: skip
    return render(request, "web/contacts/archive.html", given)


@page("contacts.view")
def restore(request: HubRequest, contact_id: int) -> HttpResponse:
    """Bring an archived contact back."""
    contact = find(request, contact_id, "contacts.edit")
    if request.method == "POST":
        changes.restore(request.account, request.viewer, contact.pk, by=request.actor)
        messages.success(request, _("%(name)s is back.") % {"name": contact.label})
    return redirect("contacts:page", account_id=request.account.pk, contact_id=contact.pk)


def _save(request: HubRequest, contact: Contact, form: ContactForm) -> None:
    """Each part by its own change, all in the request's transaction. The first one compares the versions."""
    account, viewer, by, pk = request.account, request.viewer, request.actor, contact.pk
    changes.edit(account, viewer, pk, form.plain, by=by, version=form.cleaned_data["version"])
    if _differs(contact, form, "lead_source"):
        changes.set_lead_source_many(account, viewer, [pk], form.chosen("lead_source"), by=by)
    if _differs(contact, form, "sales_cycle"):
        changes.set_sales_cycle(account, viewer, pk, form.chosen("sales_cycle"), by=by)
    _save_tags(request, contact, form)
    _save_consent(request, contact, form)
    # Last, for it may take the contact out of one's own sight.
    if _differs(contact, form, "assigned_user"):
        find(request, pk, "contacts.assign")
        changes.assign(account, viewer, pk, form.chosen("assigned_user"), by=by)


def _differs(contact: Contact, form: ContactForm, name: str) -> bool:
    return name in form.data and name in form.fields and form.chosen(name) != getattr(contact, f"{name}_id")


def _save_tags(request: HubRequest, contact: Contact, form: ContactForm) -> None:
    """What the person changed about them: a tag that came or went since the form was drawn is not theirs to take back."""
    if "tags" not in form.data:
        return
    had = {fold(tag.name): tag.name for tag in reads.tags_of([contact.pk]).get(contact.pk, ())}
    wanted = {fold(name): name for name in form.tag_names}
    shown = had.keys() if form.shown_tags is None else set(map(fold, form.shown_tags))
    more = [name for key, name in wanted.items() if key not in shown]
    gone = [name for key, name in had.items() if key in shown and key not in wanted]
    if more:
        changes.add_tags(request.account, request.viewer, contact.pk, more, by=request.actor)
    if gone:
        changes.remove_tags(request.account, request.viewer, contact.pk, gone, by=request.actor)


def _save_consent(request: HubRequest, contact: Contact, form: ContactForm) -> None:
    """Only what was changed: a consent keeps the day on which it was given."""
    if "consent_source" not in form.data:
        return
    said = form.consent
    same = (said.email, said.sms, said.call) == (contact.email_ok, contact.sms_ok, contact.call_ok)
    if not (same and form.cleaned_data["consent_source"] == contact.consent_source):
        changes.set_consent(request.account, request.viewer, contact.pk, said, by=request.actor)


def _meanwhile(request: HubRequest, contact_id: int, conflict: Conflict) -> HttpResponse:
    """What was typed, with the present values beside it; saving again is a choice made with open eyes."""
    contact = find(request, contact_id, "contacts.edit")
    data: Any = request.POST.copy()
    data["version"] = str(contact.version)
    form = ContactForm(request, contact, data)
    form.is_valid()
    for name in conflict.fields:
        if name in form.fields:
            form.add_error(
                name, _("Changed meanwhile. It is now: %(value)s") % {"value": getattr(contact, name) or "—"}
            )
    for name, now in _chosen_otherwise(contact, form).items():
        form.add_error(name, _("It is now: %(value)s") % {"value": now})
    return _draw(request, contact, form, 409, conflict)


def _chosen_otherwise(contact: Contact, form: ContactForm) -> dict[str, str]:
    """Field → what is chosen now, where the form says something else: who changed one of these the conflict cannot tell."""
    lists_ = [
        name for name in ("lead_source", "sales_cycle", "assigned_user") if name in form.fields and name in form.data
    ]
    found: dict[str, str] = {
        name: str(getattr(contact, name) or "—")
        for name in lists_
        if form.chosen(name) != getattr(contact, f"{name}_id")
    }
    if "consent_source" in form.data:
        for name in ("email_ok", "sms_ok", "call_ok"):
            if bool(form.cleaned_data.get(name)) != getattr(contact, name):
                found[name] = _("Yes") if getattr(contact, name) else _("No")
    return found


def _show(form: ContactForm, problem: Invalid) -> None:
    """Errors beside their fields; the custom fields' common error on top."""
    show_errors(form, problem)


def _draw(
    request: HubRequest, contact: Contact, form: ContactForm, status: int, conflict: Conflict | None = None
) -> HttpResponse:
    back = reverse("contacts:page", args=[request.account.pk, contact.pk])
    given = {
        "contact": contact, "form": form, "conflict": conflict, "back": back,
        "trail": trail_of(request, contact, Link(_("Edit"), "")),
    }  # fmt: skip
    return render(request, "web/contacts/edit.html", given, status=status)
