"""One thing done to many contacts: what is marked comes here, the number is said first, then one press does it.

A person's permission may reach fewer contacts for doing than for seeing; the count says how many are left out. A few are changed
at once. Of more than ``AT_ONCE`` the ids are frozen when the button is pressed, and a bulk change goes on in the background, with
a page of its own (``bulk``). Never are more changed than the question named: when the list has grown since, it is asked again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hub.contacts import actors, lists, many, reads
from hub.contacts.acts import ACTS
from hub.contacts.bulk import changes
from hub.contacts.many import Done
from hub.contacts.models import Contact
from hub.contacts.query import ContactQuery
from hub.db.errors import Invalid, Problem
from hub.plans import reads as plans
from hub.users import reads as users
from hub.users.models import User
from hub.web.design.links import Link
from hub.web.design.widgets import SearchSelect
from hub.web.entry import page
from hub.web.forms import StoredForm
from hub.web.request import HubRequest, require
from hub.web.views.contacts import bulk, exporting, querying
from hub.web.views.contacts.finding import brought, id_from, plan_eyes, trail, viewer_for
from hub.web.views.plans import selection

Text = str | Promise
Rows = QuerySet[Contact]


AT_ONCE = 2_000
"""So many contacts are changed while the person waits, in about a quarter of a second; more become a bulk change."""

EXACTLY = 10_000_000
"""The question before a change names the number, however large."""


@dataclass(frozen=True)
class Way:
    """How an act (``hub.contacts.acts``) is asked for in the bar under the list.

    ``field`` makes what must be chosen first; ``read`` turns its text into the act's choice.
    """

    verb: Text
    icon: str
    says: Text
    field: Callable[[HubRequest], forms.Field] | None = None
    read: Callable[[str], Any] = id_from
    danger: bool = False


@page("contacts.view", atomic=False)
def act(request: HubRequest) -> HttpResponse:
    """First the question with its number; with ``confirmed``, the deed."""
    wanted = request.POST.get("act", "")
    if request.method != "POST":
        return redirect("contacts:list", account_id=request.account.pk)
    if wanted == "export":
        return exporting.answer(request)
    query = querying.marked(request.POST)
    if wanted == "plan":
        require(request, "plans.use")
        if query.on_plan is not None:
            plans.get(request.account, plan_eyes(request), query.on_plan)
        return redirect(selection.hand_over(request, query))
    if wanted not in WAYS:
        raise Problem(_("There is no such thing to do with contacts."), next=_("Go back to the list and choose again."))
    require(request, ACTS[wanted].permission)
    return _ask_or_do(request, wanted, query)


def _ask_or_do(request: HubRequest, name: str, query: ContactQuery) -> HttpResponse:
    rows = reads.selection(request.account, viewer_for(request, ACTS[name].permission), query, brought(request, query))
    number = reads.count(request.account, request.viewer, rows, EXACTLY).number
    if not number:
        raise Problem(_("None of these contacts can be changed by you now."), next=_("Go back and mark others."))
    confirmed = request.POST.get("confirmed") == "1"
    form = _form(request, WAYS[name], request.POST if confirmed else None)
    grown = confirmed and number > (id_from(request.POST.get("number")) or number)
    if confirmed and not grown and form.is_valid():
        try:
            return _do(request, name, rows, number, WAYS[name].read(form.cleaned_data.get("choice", "")))
        except Invalid as problem:
            form.add_error("choice" if "choice" in form.fields else None, " ".join(problem.fields.values()))
    return _ask(request, name, query, rows, form, number, grown)


def _do(request: HubRequest, name: str, rows: Rows, number: int, choice: Any) -> HttpResponse:
    """At once, or as a bulk change whose page comes next. Answering the same question twice starts one."""
    if number > AT_ONCE:
        token = f"web-{request.user.pk}-{request.POST.get('token') or secrets.token_urlsafe(18)}"[:64]
        with transaction.atomic():
            started = changes.start(request.account, rows, name, choice, token=token, by=request.actor)
            actors.ring(started.pk, started.portion)
        return redirect(bulk.address(started))
    with transaction.atomic():
        change = ACTS[name].change(request.account, choice)
        done = many.carry_out(request.account, request.viewer, rows, change, by=request.actor)
    messages.success(request, _told(done))
    return redirect(_back(request))


def _ask(
    request: HubRequest, name: str, query: ContactQuery, rows: Rows, form: Any, number: int, grown: bool
) -> HttpResponse:
    seen = reads.count(request.account, request.viewer, query, EXACTLY, brought(request, query))
    title = _(ACTS[name].title)
    given = {
        "act": WAYS[name], "title": title, "name": name, "form": form, "number": number, "left": seen.number - number,
        "ids": query.among or (), "all_matching": request.POST.get("all_matching", ""), "grown": grown,
        "keep": querying.kept(request.POST), "back": _back(request), "trail": trail(request, Link(title, "")),
        "example": _examples(request, rows), "token": secrets.token_urlsafe(18), "later": number > AT_ONCE,
    }  # fmt: skip
    return render(request, "web/contacts/act.html", given, status=422 if form.errors else 200)


def _form(request: HubRequest, chosen: Way, data: Any) -> StoredForm:
    form = StoredForm(data)
    if chosen.field:
        form.fields["choice"] = chosen.field(request)
    return form


def _examples(request: HubRequest, rows: Rows) -> list[str]:
    """The names of the first few, so that a slip of the filter is seen."""
    ids = list(rows.order_by("-pk").values_list("pk", flat=True)[:5])
    return list(reads.labels(request.account, request.viewer, ids).values())


def _back(request: HubRequest) -> str:
    query = querying.address_of(querying.query_of(request.POST))
    return reverse("contacts:list", args=[request.account.pk]) + (query if len(query) > 1 else "")


def _told(done: Done) -> str:
    told = ngettext("%(n)s contact changed.", "%(n)s contacts changed.", done.changed) % {"n": f"{done.changed:,}"}
    same = done.asked - done.changed
    if same:
        more = ngettext("%(n)s was so already.", "%(n)s were so already.", same)
        told += " " + more % {"n": f"{same:,}"}
    return told


# --- the acts -----------------------------------------------------------------------------------------------------


def _user_field(request: HubRequest) -> forms.Field:
    people = users.users_of(request.account).filter(state__in=(User.State.ACTIVE, User.State.INVITED))
    return _choice(_("Assign to"), [("", _("Nobody")), *((str(one.pk), one.label) for one in people)])


def _cycle_field(request: HubRequest) -> forms.Field:
    stages = lists.sales_cycles(request.account)
    return _choice(_("Sales cycle"), [("", _("None")), *((str(one.id), one.name) for one in stages)])


def _source_field(request: HubRequest) -> forms.Field:
    sources = lists.lead_sources(request.account)
    return _choice(_("Lead source"), [("", _("None")), *((str(one.id), one.name) for one in sources)])


def _tags_field(request: HubRequest) -> forms.Field:
    known = ", ".join(one.name for one in lists.tags(request.account)[:12])
    told = _("Separate several by commas.") + (" " + _("In use: %(tags)s") % {"tags": known} if known else "")
    return forms.CharField(label=_("Tags"), help_text=told, max_length=600)


def _untag_field(request: HubRequest) -> forms.Field:
    return _choice(_("Tag"), [(one.name, one.name) for one in lists.tags(request.account)], required=True)


def _choice(label: str, choices: list[tuple[str, str]], required: bool = False) -> forms.Field:
    return forms.ChoiceField(label=label, choices=choices, required=required, widget=SearchSelect())


def _names(text: str) -> list[str]:
    return text.split(",")


def _nothing(_text: str) -> None:
    return None


WAYS: dict[str, Way] = {
    "assign": Way(
        gettext_lazy("Assign them"), "user-check",
        gettext_lazy("They belong to that user from now on. Salespeople see only their own contacts."), _user_field,
    ),
    "cycle": Way(
        gettext_lazy("Set it"), "route",
        gettext_lazy("Each history says that it was changed, and by whom."), _cycle_field,
    ),
    "source": Way(
        gettext_lazy("Set it"), "megaphone",
        gettext_lazy("Each history says that it was changed, and by whom."), _source_field,
    ),
    "tag": Way(
        gettext_lazy("Add the tags"), "tag",
        gettext_lazy("Contacts that have them already stay as they are."), _tags_field, _names,
    ),
    "untag": Way(
        gettext_lazy("Remove the tag"), "tag", gettext_lazy("Contacts without it stay as they are."), _untag_field, _names,
    ),
    "archive": Way(
        gettext_lazy("Archive them"), "archive",
        gettext_lazy("They leave the lists, and steps of their plans are not sent. Nothing is deleted; they can be restored."),
        read=_nothing, danger=True,
    ),
    "restore": Way(
        gettext_lazy("Restore them"), "archive-restore",
        gettext_lazy("Archived ones come back to the lists. The others stay as they are."), read=_nothing,
    ),
}  # fmt: skip
"""Name of an act, as the bar sends it → how it is asked for."""
