"""Settings → Lists → Tags: every tag with how many contacts have it; one alone, to be renamed, merged with another, removed.

Plans and mappings name tags by what they are called, and saved filters show what has one; so what uses a tag is told before it is
changed. The rules are those of ``hub.contacts.tag_changes``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hub.accounts import reads as accounts
from hub.addons import catalog
from hub.addons.mappings import reads as mappings
from hub.contacts import filters, lists, tag_changes, tagging
from hub.contacts.models import Tag
from hub.db import scoping
from hub.db.errors import Conflict, Invalid
from hub.db.scoping import id_in
from hub.plans import tag_uses
from hub.plans.models import Plan
from hub.plans.visibility import visible
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.contacts.finding import plan_eyes
from hub.web.views.contacts.locking import explained
from hub.web.views.settings.tabs import tabs

COLUMNS = (Column(gettext_lazy("Tag")), Column(gettext_lazy("Contacts"), kind="number"))


@dataclass(frozen=True)
class Line:
    """A tag, and how many contacts have it."""

    tag: Tag
    contacts: int


@dataclass(frozen=True)
class Uses:
    """What names a tag.

    Attributes:
        hidden: plans that this person does not see.
        addons: name and title of those with a mapping to it.
        filters: saved filters by it, everybody's.
        beneath: accounts beneath may put on tags of this list only.
    """

    plans: Sequence[Plan]
    hidden: int
    addons: Sequence[tuple[str, str]]
    filters: int
    beneath: bool

    @property
    def named(self) -> int:
        """Plans that name it."""
        return len(self.plans) + self.hidden

    def __bool__(self) -> bool:
        return bool(self.named or self.addons or self.filters or self.beneath)


def lines(found: Sequence[Tag]) -> list[Line]:
    """Tags with their contacts, counted in one query."""
    counts = tagging.contacts_of(tag.pk for tag in found)
    return [Line(tag, counts.get(tag.pk, 0)) for tag in found]


@page("account.view")
def show_tags(request: HubRequest) -> HttpResponse:
    """All of them, page by page, or those that are looked for."""
    text = request.GET.get("q", "").strip()[: tag_changes.LONGEST]
    found, in_force = tagging.page(request.account, text, request.GET.get("cursor")), lists.of(request.account)
    context = {
        "lines": lines(found.rows), "page": CursorPage.of(found), "columns": COLUMNS, "query": text,
        "told": explained(in_force, "tags"), "may_edit": may_change(request, in_force), "tabs": tabs(request, "lists"),
    }  # fmt: skip
    return render(request, "web/settings/tags.html", context)


def may_change(request: HubRequest, in_force: lists.Lists) -> bool:
    """Whether this person may change the tags here and now."""
    return may(request, "tags.edit") and in_force.locked("tags") is None


@page("tags.edit")
def add_tag(request: HubRequest) -> HttpResponse:
    """One more, that nobody has yet."""
    if request.method == "POST":
        try:
            tag_changes.add_tag(request.account, request.POST.get("name", ""), by=request.actor)
        except (Invalid, Conflict) as problem:
            messages.error(request, problem.fields["name"])
        else:
            messages.success(request, _("Added."))
    return _back(request)


@page("tags.edit")
def change_tag(request: HubRequest, tag_id: int) -> HttpResponse:
    """One alone, with what uses it; posted, it is called something else."""
    tag = scoping.get(Tag.objects.all(), request.account, tag_id)
    if request.method != "POST":
        shown = {"may_look": may(request, "contacts.view"), "longest": tag_changes.LONGEST}
        return render(request, "web/settings/tag.html", _context(request, tag) | shown)
    name = request.POST.get("name", "")
    try:
        tag_changes.rename_tag(request.account, tag.pk, name, by=request.actor)
    except Invalid as problem:
        messages.error(request, problem.fields["name"])
        return redirect("settings:change_tag", account_id=request.account.pk, tag_id=tag.pk)
    except Conflict:
        (other,) = tagging.existing_by_key(request.account.pk, [name]).values()
        return redirect(f"{reverse('settings:merge_tag', args=[request.account.pk, tag.pk])}?into={other}")
    messages.success(request, _("Saved."))
    return _back(request)


@page("tags.edit")
def merge_tag(request: HubRequest, tag_id: int) -> HttpResponse:
    """Ask whether a tag shall become one with the tag ``into``, then do it."""
    tag = scoping.get(Tag.objects.all(), request.account, tag_id)
    given = request.POST if request.method == "POST" else request.GET
    if "into" not in given:
        return redirect("settings:change_tag", account_id=request.account.pk, tag_id=tag.pk)
    into = scoping.get(Tag.objects.all(), request.account, id_in(given["into"]) or 0)
    if request.method != "POST":
        return render(request, "web/settings/tag_away.html", _context(request, tag) | {"into": into})
    had = tag_changes.merge_tag(request.account, tag.pk, into.pk, by=request.actor)
    told = ngettext("%(count)s contact has “%(into)s” now.", "%(count)s contacts have “%(into)s” now.", had)
    messages.success(request, told % {"count": had, "into": into.name})
    return _back(request)


@page("tags.edit")
def remove_tag(request: HubRequest, tag_id: int) -> HttpResponse:
    """Ask, with what uses it; then take it off every contact and the list."""
    tag = scoping.get(Tag.objects.all(), request.account, tag_id)
    if request.method != "POST":
        return render(request, "web/settings/tag_away.html", _context(request, tag))
    had = tag_changes.delete_tag(request.account, tag.pk, by=request.actor)
    told = ngettext("Removed. %(count)s contact had it.", "Removed. %(count)s contacts had it.", had)
    messages.success(request, told % {"count": had})
    return _back(request)


def _context(request: HubRequest, tag: Tag) -> dict[str, object]:
    had = tagging.contacts_of([tag.pk]).get(tag.pk, 0)
    return {"tag": tag, "contacts": had, "uses": _uses(request, tag), "tabs": tabs(request, "lists")}


def _uses(request: HubRequest, tag: Tag) -> Uses:
    found = tag_uses.of(request.account, tag)
    seen = set(visible(Plan.objects.filter(pk__in=[plan.pk for plan in found]), plan_eyes(request)))
    addons = mappings.naming(request.account, "tag", tag.key)
    titles = catalog.titles(addons)
    return Uses(
        plans=[plan for plan in found if plan in seen],
        hidden=len(found) - len(seen),
        addons=[(addon, titles.get(addon, addon)) for addon in addons],
        filters=len(filters.naming_tag(request.account, tag.pk)),
        beneath=accounts.own_locks(request.account).filter(subject="tags").exists(),
    )


def _back(request: HubRequest) -> HttpResponse:
    return redirect("settings:tags", account_id=request.account.pk)


_TAGS = "a/<int:account_id>/settings/lists/tags"
urlpatterns = [
    path(_TAGS, show_tags, name="tags"),
    path(f"{_TAGS}/add", add_tag, name="add_tag"),
    path(f"{_TAGS}/<int:tag_id>", change_tag, name="change_tag"),
    path(f"{_TAGS}/<int:tag_id>/merge", merge_tag, name="merge_tag"),
    path(f"{_TAGS}/<int:tag_id>/remove", remove_tag, name="remove_tag"),
]
