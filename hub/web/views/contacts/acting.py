"""One thing done to many contacts: what is marked comes here, the number is said first, then one press does it.

A person's permission may reach fewer contacts for doing than for seeing; the count says how many are left out. The query is
asked again when it is carried out, so a contact that was given to somebody else meanwhile stays as it is.
"""

from __future__ import annotations

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

from hub.contacts import changes, lists, reads
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
from hub.web.views.contacts import exporting, querying
from hub.web.views.contacts.finding import PORTION, among, id_from, plan_eyes, trail, viewer_for
from hub.web.views.plans import selection

Text = str | Promise
Rows = QuerySet[Contact]
Ids = list[int]


@dataclass(frozen=True)
class Act:
    """One entry of the bar under the list.

    ``field`` makes what must be chosen first; ``carry_out`` gets the request, the contacts and the choice.
    """

    permission: str
    title: Text
    verb: Text
    icon: str
    says: Text
    carry_out: Callable[[HubRequest, Ids, str], Done]
    field: Callable[[HubRequest], forms.Field] | None = None
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
    if wanted not in ACTS:
        raise Problem(_("There is no such thing to do with contacts."), next=_("Go back to the list and choose again."))
    require(request, ACTS[wanted].permission)
    return _ask_or_do(request, ACTS[wanted], wanted, query)


def _ask_or_do(request: HubRequest, chosen: Act, name: str, query: ContactQuery) -> HttpResponse:
    rows = reads.selection(request.account, viewer_for(request, chosen.permission), query, among(request, query))
    if not rows.exists():
        raise Problem(_("None of these contacts can be changed by you now."), next=_("Go back and mark others."))
    confirmed = request.POST.get("confirmed") == "1"
    form = _form(request, chosen, request.POST if confirmed else None)
    if confirmed and form.is_valid():
        try:
            done = _carry_out(request, chosen, rows, form.cleaned_data.get("choice", ""))
        except Invalid as problem:
            form.add_error("choice" if "choice" in form.fields else None, " ".join(problem.fields.values()))
        else:
            messages.success(request, _told(done))
            return redirect(_back(request))
    return _ask(request, chosen, name, query, rows, form)


def _carry_out(request: HubRequest, chosen: Act, rows: Rows, choice: str) -> Done:
    """A portion at a time, by rising id, each in a transaction of its own. Cut off in between, it can simply be done again."""
    asked = changed = last = 0
    ids = rows.order_by("pk").values_list("pk", flat=True)
    while portion := list(ids.filter(pk__gt=last)[:PORTION]):
        with transaction.atomic():
            done = chosen.carry_out(request, portion, choice)
        asked, changed, last = asked + done.asked, changed + done.changed, portion[-1]
    return Done(asked, changed)


def _ask(request: HubRequest, chosen: Act, name: str, query: ContactQuery, rows: Rows, form: Any) -> HttpResponse:
    meant = reads.count(request.account, request.viewer, rows)
    seen = reads.count(request.account, request.viewer, query, also_among=among(request, query))
    given = {
        "act": chosen, "name": name, "form": form, "number": meant.number, "left": seen.number - meant.number,
        "ids": query.among or (), "all_matching": request.POST.get("all_matching", ""),
        "keep": querying.kept(request.POST), "back": _back(request), "trail": trail(request, Link(chosen.title, "")),
        "example": _examples(request, rows),
    }  # fmt: skip
    return render(request, "web/contacts/act.html", given, status=422 if form.errors else 200)


def _form(request: HubRequest, chosen: Act, data: Any) -> StoredForm:
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


def _assign(request: HubRequest, rows: Ids, choice: str) -> Done:
    return changes.assign_many(request.account, request.viewer, rows, id_from(choice), by=request.actor)


def _cycle(request: HubRequest, rows: Ids, choice: str) -> Done:
    return changes.set_sales_cycle_many(request.account, request.viewer, rows, id_from(choice), by=request.actor)


def _source(request: HubRequest, rows: Ids, choice: str) -> Done:
    return changes.set_lead_source_many(request.account, request.viewer, rows, id_from(choice), by=request.actor)


def _tag(request: HubRequest, rows: Ids, choice: str) -> Done:
    return changes.add_tags_many(request.account, request.viewer, rows, choice.split(","), by=request.actor)


def _untag(request: HubRequest, rows: Ids, choice: str) -> Done:
    return changes.remove_tags_many(request.account, request.viewer, rows, choice.split(","), by=request.actor)


def _archive(request: HubRequest, rows: Ids, _choice: str) -> Done:
    return changes.archive_many(request.account, request.viewer, rows, by=request.actor)


def _restore(request: HubRequest, rows: Ids, _choice: str) -> Done:
    return changes.restore_many(request.account, request.viewer, rows, by=request.actor)


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


ACTS: dict[str, Act] = {
    "assign": Act(
        "contacts.assign", gettext_lazy("Assign contacts"), gettext_lazy("Assign them"), "user-check",
        gettext_lazy("They belong to that user from now on. Salespeople see only their own contacts."), _assign, _user_field,
    ),
    "cycle": Act(
        "contacts.edit", gettext_lazy("Set the sales cycle"), gettext_lazy("Set it"), "route",
        gettext_lazy("Each history says that it was changed, and by whom."), _cycle, _cycle_field,
    ),
    "source": Act(
        "contacts.edit", gettext_lazy("Set the lead source"), gettext_lazy("Set it"), "megaphone",
        gettext_lazy("Each history says that it was changed, and by whom."), _source, _source_field,
    ),
    "tag": Act(
        "contacts.edit", gettext_lazy("Add tags"), gettext_lazy("Add the tags"), "tag",
        gettext_lazy("Contacts that have them already stay as they are."), _tag, _tags_field,
    ),
    "untag": Act(
        "contacts.edit", gettext_lazy("Remove a tag"), gettext_lazy("Remove the tag"), "tag",
        gettext_lazy("Contacts without it stay as they are."), _untag, _untag_field,
    ),
    "archive": Act(
        "contacts.delete", gettext_lazy("Archive contacts"), gettext_lazy("Archive them"), "archive",
        gettext_lazy("They leave the lists, and steps of their plans are not sent. Nothing is deleted; they can be restored."),
        _archive, danger=True,
    ),
    "restore": Act(
        "contacts.edit", gettext_lazy("Restore contacts"), gettext_lazy("Restore them"), "archive-restore",
        gettext_lazy("Archived ones come back to the lists. The others stay as they are."), _restore,
    ),
}  # fmt: skip
"""Name sent by the bar → the act."""
