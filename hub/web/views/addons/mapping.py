"""The *Mappings* tab: a card for each mapping, what happens where nothing is mapped, and the way to the accounts beneath.

Every act is a plain post that comes back to the page; with htmx the cards are drawn anew in their place. The page is drawn from
the manifest, so it is there when the plugin is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import connections, options
from hub.addons.catalog import Entry
from hub.addons.mappings import changes, ours, reads, rules
from hub.addons.mappings.ours import Shelf
from hub.addons.mappings.rules import WORDS, Line
from hub.addons.models import Connection
from hub.addons.options import OptionList
from hub.core.manifest import Manifest, MappingManifest
from hub.db.errors import Invalid, NotFound
from hub.db.scoping import id_in
from hub.web import answers
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.addons import finding, mapping_forms
from hub.web.views.addons.tabs import tabs

NAMED = 6
"""Choices without a mapping that are called by name; the others are counted."""


@dataclass(frozen=True)
class Card:
    """One mapping on the page.

    Attributes:
        rows: each with why it is not followed, if it is not.
        unmapped: labels of the vendor's choices that no row maps; empty as well when the list is not known.
    """

    number: int
    table: MappingManifest
    kinds: tuple[str, ...]
    rows: list[tuple[Line, str]]
    unmapped: list[str]
    right: str
    locked_by: str
    form: Any

    @property
    def named(self) -> str:
        return ", ".join(self.unmapped[:NAMED])

    @property
    def further(self) -> int:
        return max(0, len(self.unmapped) - NAMED)


@page("addons.view")
def mappings(request: HubRequest, addon: str) -> HttpResponse:
    """The page. The vendor is asked for its choices here, outside of any transaction."""
    found = finding.entry(request, addon)
    return render(request, "web/addons/mappings.html", _context(request, found, ask=may(request, "addons.edit")))


@page("addons.edit", atomic=False)
def live_choices(request: HubRequest, addon: str, number: int) -> HttpResponse:
    """The left dropdown of one card, read anew from the vendor: the field's own HTML."""
    found = finding.entry(request, addon)
    if not 0 < number <= len(found.manifest.mappings):
        raise NotFound(_("There is no such list."))
    connection = _connection(found)
    if connection is not None:
        options.load(connection, found.manifest.mappings[number - 1].left, refresh=True)
    card = _context(request, found, ask=False)["cards"][number - 1]
    return render(request, "web/addons/mapping_field.html", {"bound": card.form["choice"]})


@page("addons.edit")
def add(request: HubRequest, addon: str) -> HttpResponse:
    """*Add mapping*."""
    found = finding.entry(request, addon)
    if request.method != "POST":
        return _back(request, addon)
    name, choice, label = request.POST.get("mapping", ""), *_left(request, found)
    key = request.POST.get("key", "")
    try:
        row = changes.add(request.account, found.manifest, name, choice, key, label=label, by=request.actor)
    except Invalid as problem:
        given = {"mapping": name, "choice": choice, "label": label, "key": key}
        return _drawn(request, found, given, problem.fields, status=422)
    words = _("“%(theirs)s” now stands for “%(ours)s”.") % {"theirs": row.label, "ours": row.name}
    return _said(request, found, words)


@page("addons.edit")
def remove(request: HubRequest, addon: str) -> HttpResponse:
    """Take a row away."""
    found = finding.entry(request, addon)
    if request.method != "POST":
        return _back(request, addon)
    row = changes.remove(request.account, addon, id_in(request.POST.get("row", "")) or 0, by=request.actor)
    words = _("Removed: “%(theirs)s” → “%(ours)s”.") % {"theirs": row.label, "ours": row.name}
    return _said(request, found, words)


@page("addons.edit")
def defaults(request: HubRequest, addon: str) -> HttpResponse:
    """Where records of a kind go that no row decides."""
    found = finding.entry(request, addon)
    if request.method != "POST":
        return _back(request, addon)
    manifest, kind = found.manifest, request.POST.get("kind", "")
    wanted = {right: _posted(request, right) for right in rules.decided(manifest)}
    try:
        changes.set_defaults(request.account, manifest, kind, wanted, by=request.actor)
    except Invalid as problem:
        return _drawn(request, found, {"kind": kind}, problem.fields, status=422)
    return _said(request, found, _("Saved."))


@page("addons.edit")
def skip(request: HubRequest, addon: str) -> HttpResponse:
    """Whether an import leaves out what is not mapped."""
    found = finding.entry(request, addon)
    if request.method != "POST":
        return _back(request, addon)
    on = request.POST.get("skip") in ("1", "on")
    changes.set_skip(request.account, addon, on, by=request.actor)
    words = _("Imports now leave out records without a mapping.")
    return _said(request, found, words if on else _("Imports now take in records without a mapping, too."))


# --- what was posted ----------------------------------------------------------------------------------------------


def _left(request: HubRequest, found: Entry) -> tuple[str, str]:
    """The vendor's choice and its name: typed in by hand, or chosen from the list."""
    typed = request.POST.get("typed", "").strip()
    if typed:
        return typed, request.POST.get("typed_label", "").strip() or typed
    chosen = request.POST.get("choice", "").strip()
    table = rules.table_of(found.manifest, request.POST.get("mapping", ""))
    connection = _connection(found)
    listed = options.stored(connection, table.left) if table and connection else OptionList()
    return chosen, listed.labels.get(chosen, chosen)


def _posted(request: HubRequest, right: str) -> list[str]:
    more = request.POST.getlist(f"{right}_more")
    return [key for key in (*request.POST.getlist(right), *more) if key][: rules.MOST_ROWS]


# --- answering ----------------------------------------------------------------------------------------------------


def _back(request: HubRequest, addon: str) -> HttpResponse:
    return redirect("addons:mappings", account_id=request.account.pk, addon=addon)


def _said(request: HubRequest, found: Entry, words: str) -> HttpResponse:
    if request.htmx:
        return answers.toast(_drawn(request, found), words)
    messages.success(request, words)
    return _back(request, found.manifest.name)


def _drawn(
    request: HubRequest,
    found: Entry,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The cards for htmx, the page for everybody else. Inside of a transaction, so no vendor is asked."""
    template = "web/addons/mapping_cards.html" if request.htmx else "web/addons/mappings.html"
    context = _context(request, found, ask=False, given=given, errors=errors)
    return render(request, template, context, status=status)


def _context(
    request: HubRequest,
    found: Entry,
    *,
    ask: bool,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    manifest, connection = found.manifest, _connection(found)
    names = {table.left for table in manifest.mappings}
    read = options.load if ask else options.stored
    listed = {name: read(connection, name) if connection else _nobody(manifest) for name in names}
    skips, lines = reads.stored(request.account, manifest.name)
    rights = {*rules.decided(manifest), *(line.right for line in lines), *(table.right for table in manifest.mappings)}
    shelves = ours.of(request.account, rights)
    told = (given or {}, errors or {})
    return {
        "entry": found, "manifest": manifest, "state": finding.code(found), "connection": connection,
        "tabs": tabs(request, manifest, "mappings"),
        "cards": [
            _card(request, manifest, number, table, listed[table.left], lines, shelves[table.right], told)
            for number, table in enumerate(manifest.mappings, 1)
        ],
        "kinds": _kinds(manifest, lines, shelves, told), "skip": skips, "editable": may(request, "addons.edit"),
        "lines": lines, "locks": _locks(shelves), "clone": reads.last_clone(request.account, manifest.name),
        "beneath": Account.objects.filter(parent=request.account).exists(),
    }  # fmt: skip


def _card(
    request: HubRequest, manifest: Manifest, number: int, table: MappingManifest, listed: OptionList,
    lines: list[Line], shelf: Shelf, told: tuple[Mapping[str, str], Mapping[str, str]],
) -> Card:  # fmt: skip
    rows = [line for line in lines if line.mapping == table.name]
    labels = listed.labels
    shown = [(_named(line, labels), rules.trouble(line, shelf)) for line in rows]
    mapped = {line.choice for line in rows}
    given, errors = told if told[0].get("mapping") == table.name else ({}, {})
    url = reverse("addons:mapping_choices", args=[request.account.pk, manifest.name, number])
    form = mapping_forms.row_form(
        table, listed, shelf, mapped, number=number, title=manifest.title, refresh_url=url, given=given
    )
    form.show(errors)
    unmapped = [label for value, label in listed.entries if value not in mapped]
    kinds = tuple(manifest.kinds.get(kind, kind) for kind in table.kinds)
    return Card(number, table, kinds, shown, unmapped, str(WORDS[table.right]), shelf.locked_by, form)


def _named(line: Line, labels: Mapping[str, str]) -> Line:
    """A row as the vendor calls its choice today."""
    label = labels.get(line.choice) or line.label or line.choice
    return Line(line.mapping, line.choice, line.right, line.key, label, line.name, line.id)


def _kinds(
    manifest: Manifest, lines: list[Line], shelves: Mapping[str, Shelf],
    told: tuple[Mapping[str, str], Mapping[str, str]],
) -> list[tuple[str, str, Any]]:  # fmt: skip
    """Each kind of record with its title and the form of its defaults."""
    standing = [line for line in lines if line.is_default]
    found = []
    for number, (kind, title) in enumerate(rules.kinds_of(manifest).items(), 1):
        form = mapping_forms.default_form(kind, rules.decided(manifest), shelves, standing, number=number)
        if told[0].get("kind") == kind and "mapping" not in told[0]:
            form.show({name if name in form.fields else f"{name}_more": text for name, text in told[1].items()})
        found.append((kind, title, form))
    return found


def _locks(shelves: Mapping[str, Shelf]) -> list[tuple[str, str]]:
    """Lists that an account above holds: what, and who may change it."""
    return [(str(WORDS[right]), shelf.locked_by) for right, shelf in sorted(shelves.items()) if shelf.locked_by]


def _connection(found: Entry) -> Connection | None:
    """The connection whose key reads the vendor's lists here: the account's own, or the one it borrows."""
    borrowed = connections.by_id([found.state.connection_id] if found.state.connection_id else [])
    return next(iter(borrowed.values()), found.connection)


def _nobody(manifest: Manifest) -> OptionList:
    words = _("%(title)s has not been set up here yet, so its list cannot be read. You can type the id in by hand.")
    return OptionList(problem=words % {"title": manifest.title})
