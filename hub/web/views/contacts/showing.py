"""One contact: who it is, how to reach it, the plans it is on, and its whole story on one timeline."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.contacts import changes, lists, reads
from hub.contacts.models import Contact
from hub.db.errors import Invalid
from hub.history import reads as history
from hub.history.wording import GROUPS
from hub.plans import reads as plans
from hub.plans.models import Plan
from hub.plans.reads import EnrollmentLine
from hub.plans.visibility import visible
from hub.plans.zones import zone_of
from hub.users.models import User
from hub.web.answers import toast
from hub.web.design.links import Link
from hub.web.design.tables import CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.templatetags.ui_showing import draw_moment
from hub.web.views.contacts import story
from hub.web.views.contacts.finding import find, may_with, plan_eyes, trail

NOTES_A_PAGE = 30


@page("contacts.view")
def contact_page(request: HubRequest, contact_id: int) -> HttpResponse:
    """The page."""
    return _draw(request, find(request, contact_id))


@page("contacts.view")
def write_note(request: HubRequest, contact_id: int) -> HttpResponse:
    """A note in somebody's own words, at the top of the story."""
    contact = find(request, contact_id, "notes.write")
    if request.method == "POST":
        try:
            changes.write_note(
                request.account, request.viewer, contact.pk, request.POST.get("text", ""), by=request.actor
            )
        except Invalid as problem:
            return _draw(request, contact, " ".join(problem.fields.values()))
        if not request.htmx:
            messages.success(request, _("The note was written."))
            return redirect("contacts:page", account_id=request.account.pk, contact_id=contact.pk)
        return toast(_draw(request, contact), _("The note was written."))
    return redirect("contacts:page", account_id=request.account.pk, contact_id=contact.pk)


def _draw(request: HubRequest, contact: Contact, note_error: str = "") -> HttpResponse:
    lines = plans.enrollments_of(request.account, contact.pk)
    given = _story(request, contact, lines) | {
        "contact": contact,
        "left": _has_left(contact.assigned_user),
        "tags": reads.tags_of([contact.pk]).get(contact.pk, []),
        "reach": _reach(contact), "address": _address(contact), "consent": _consent(contact), "facts": _facts(contact),
        "enrollments": _enrollments(request, lines),
        "rights": _rights(request, contact),
        "trail": trail(request, Link(contact.label, "")),
        "note_error": note_error, "note_text": request.POST.get("text", "") if note_error else "",
    }  # fmt: skip
    return render(request, "web/contacts/page.html", given, status=422 if note_error else 200)


def _story(request: HubRequest, contact: Contact, lines: list[EnrollmentLine]) -> dict[str, Any]:
    """The timeline, whole or of one kind; what is to come stands on its first page."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in GROUPS else ""
    cursor = request.GET.get("cursor") or None
    zone = zone_of(request.account.time_zone)
    allowed = may_with(request, contact, "history.view")
    told: Any = history.timeline(request.account.pk, contact.pk, [kind] if kind else None, cursor, NOTES_A_PAGE)
    return {
        "may_read": allowed,
        "days": story.days(request, told.rows, zone) if allowed else [],
        "coming": story.coming(request, lines, zone)
        if allowed and told.previous is None and kind in ("", "step")
        else [],
        "kinds": [Link(_("Everything"), "?", current=not kind), *_kind_links(kind)],
        "kind": kind,
        "story_page": CursorPage.of(told) if told.next or told.previous else None,
    }


def _kind_links(kind: str) -> list[Link]:
    return [Link(_(label), f"?kind={name}", current=name == kind) for name, label in GROUPS.items()]


def _enrollments(request: HubRequest, lines: list[EnrollmentLine]) -> list[dict[str, Any]]:
    """What the contact is and was on, with how far it came; a private plan of somebody else is named and no more."""
    known = set(visible(Plan.objects.filter(pk__in=[line.plan.pk for line in lines]), plan_eyes(request))
                .values_list("pk", flat=True))  # fmt: skip
    return [{"line": line, "known": line.plan.pk in known, "count": len(line.steps)} for line in lines]


def _rights(request: HubRequest, contact: Contact) -> dict[str, bool]:
    words = {"edit": "contacts.edit", "archive": "contacts.delete", "note": "notes.write", "plan": "plans.use"}
    rights = {word: may_with(request, contact, permission) for word, permission in words.items()}
    # A lock from above hides nothing: the page behind the button says who holds it.
    locked = lists.of(request.account).locked("contact_deletion") is not None
    return rights | {"archive": rights["archive"] or (locked and may(request, "contacts.edit"))}


def _has_left(user: User | None) -> bool:
    return user is not None and user.state == User.State.ARCHIVED


def _reach(contact: Contact) -> list[tuple[str, str, str, str]]:
    """Icon, label, text and address of every way to reach them."""
    ways = [("mail", _("E-mail"), contact.email, "mailto:")]
    ways += [
        ("smartphone", _("Cell phone"), contact.phone_cell, "tel:"),
        ("phone", _("Home phone"), contact.phone_home, "tel:"),
        ("phone", _("Work phone"), contact.phone_work, "tel:"),
    ]
    return [(icon, label, text, scheme + text) for icon, label, text, scheme in ways if text]


def _address(contact: Contact) -> list[str]:
    """The lines of the postal address that there are."""
    city = f"{contact.city}," if contact.city and contact.state else contact.city
    town = " ".join(part for part in (city, contact.state, contact.zip) if part)
    return [line for line in (contact.line1, contact.line2, town, contact.country) if line]


def _consent(contact: Contact) -> list[tuple[str, bool]]:
    return [(_("E-mail"), contact.email_ok), (_("Text"), contact.sms_ok), (_("Call"), contact.call_ok)]


def _facts(contact: Contact) -> list[tuple[str, Any]]:
    """The rest, for the column at the side; custom fields last."""
    size = "" if contact.deal_size is None else f"{contact.deal_size:,}"
    return [
        (_("Company"), contact.company),
        (_("Lead source"), contact.lead_source.name if contact.lead_source else ""),
        (_("Deal size"), size),
        (_("External id"), contact.external_id),
        (_("Added"), draw_moment(contact.created_at, "date")),
        *((label, str(value)) for label, value in contact.custom.items()),
    ]
