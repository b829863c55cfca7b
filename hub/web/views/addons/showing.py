"""One add-on's page: switch, settings, test, health, what uses it, what was done to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from hub.accounts.models import Account
from hub.addons import asking, changes, connections, forms, grades, self_mail, typed, unclear
from hub.addons.catalog import Entry
from hub.addons.models import Connection
from hub.audit import reads as audit
from hub.audit import wording
from hub.audit.models import AuditRow
from hub.core.settings import FieldSpec
from hub.db.errors import Conflict, Invalid
from hub.engine import reads as runs
from hub.engine import release
from hub.engine.guards import probing
from hub.plans import impact
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest, may, require
from hub.web.views import silence
from hub.web.views.addons import drifting, finding, signing_in
from hub.web.views.addons.tabs import tabs
from hub.web.views.plans import choices
from hub.web.views.plans.step_fields import Drawn, Surroundings, form_of

PREFIX = "settings."
MOST_CHILDREN = 50


@page("addons.view")
def addon_page(request: HubRequest, addon: str) -> HttpResponse:
    """The page."""
    return _draw(request, finding.entry(request, addon))


@sensitive_post_parameters()
@page("addons.edit")
def save(request: HubRequest, addon: str) -> HttpResponse:
    """Keep the settings. What is wrong stands beside its field, and nothing that was typed is lost (but secrets)."""
    found = finding.entry(request, addon)
    if request.method != "POST":
        return redirect("addons:page", account_id=request.account.pk, addon=addon)
    fields = forms.fields_of(found.manifest)
    given = typed.from_post(fields, request.POST, PREFIX)
    if any(_is_secret(spec) and given.get(spec.name) for spec in fields):
        require(request, "secrets.edit")
    try:
        saved = changes.save_settings(request.account, addon, given, by=request.actor, version=_version(request))
    except Invalid as problem:
        return _draw(request, found, given, problem.fields, status=422)
    except Conflict as conflict:
        return _draw(request, finding.entry(request, addon), given, conflict=str(conflict), status=409)
    released = release.of_account(saved.freed.account_ids, addon) if saved.freed.account_ids else 0
    nudge()
    messages.success(request, _saved_words(saved.credential_replaced, released))
    return redirect("addons:page", account_id=request.account.pk, addon=addon)


def _saved_words(replaced: bool, released: int) -> str:
    words = _("Saved. Test the new key now.") if replaced else _("Saved.")
    return f"{words} {_('%(n)d waiting steps go on.') % {'n': released}}" if released else words


def _version(request: HubRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _is_secret(spec: FieldSpec) -> bool:
    return spec.kind == "secret"


def _draw(
    request: HubRequest,
    found: Entry,
    given: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    addon = found.manifest.name
    below = impact.of_switch_off(request.account, addon)
    differing, ends = drifting.items(request, found.manifest)
    context = {
        "entry": found,
        "manifest": found.manifest,
        "connection": found.connection,
        "state": finding.code(found),
        "why_not": found.state.sentence_here if may(request, "addons.edit") else found.state.sentence,
        "conflict": conflict,
        "form": _form(request, found, given, errors),
        "editable": may(request, "addons.edit") and found.state.reason != "plugin_missing",
        "impact": below,
        "resting": probing.resting(request.account.pk, addon),
        "held": runs.held_by([request.account.pk], addon),
        "silence": silence.of_addon(request, addon, found.manifest.title),
        "activity": [(row, wording.what(row.verb).capitalize()) for row in _deeds(request, addon)],
        "children": _children(request, addon),
        "lendable": _lendable(found.connection),
        "about": _about(found),
        "sign_in": signing_in.card(request, found),
        "sends_mail": found.connection is not None
        and self_mail.mailer_of(asking.info_of(found.connection)) is not None,
        "kinds": [(action, unclear.words(found.manifest, action)) for action in found.manifest.actions],
        "drift": differing,
        "ends": ends,
        "tabs": tabs(request, found.manifest, "page"),
    }
    return render(request, "web/addons/page.html", context, status=status)


def _form(
    request: HubRequest, found: Entry, given: Mapping[str, Any] | None, errors: Mapping[str, str] | None
) -> Drawn | None:
    if not forms.fields_of(found.manifest):
        return None
    fields = forms.settings_form(found.manifest, found.connection, given, errors)
    around = Surroundings(choices=lambda source: choices.of(request, source), refresh_url=_refresh(request, found))
    return form_of(fields, around, PREFIX)


def _refresh(request: HubRequest, found: Entry) -> Any:
    def url(name: str) -> str:
        if found.connection is None:
            return ""
        return reverse("addons:list_field", args=[request.account.pk, found.manifest.name, name])

    return url


def _children(request: HubRequest, addon: str) -> list[tuple[Account, Any]]:
    """The accounts directly beneath, and how the add-on stands there."""
    rows = list(Account.objects.filter(parent=request.account).order_by("name")[:MOST_CHILDREN])
    states = connections.states_for((row.pk, addon) for row in rows)
    return [(row, states[row.pk, addon]) for row in rows]


def _about(found: Entry) -> list[tuple[str, object]]:
    manifest = found.manifest
    return [
        (_("Package"), manifest.distribution), (_("Version"), manifest.version), (_("Grade"), _grade(found)),
        (_("Earlier names"), ", ".join(manifest.aliases)), (_("Speaks to"), ", ".join(manifest.hosts)),
        (_("Vendor's limit"), manifest.rate),
        (_("Calls at the same time"), manifest.at_once or ""),
    ]  # fmt: skip


def _grade(found: Entry) -> str:
    """What the author's kit found out about this code, and what that means."""
    grade = grades.of([found.manifest]).get(found.manifest.name)
    if grade is None:
        return _("never checked; an operator runs hub check")
    if grade.outdated:
        return _("%(grade)s, of version %(version)s; other code is installed now, so it counts no more") % {
            "grade": grade.word, "version": grade.version,
        }  # fmt: skip
    lacking = _(" Not earned yet: %(badges)s.") % {"badges": ", ".join(badge for badge, _case in grade.missing)}
    return f"{grade.word}. {grade.means}{lacking if grade.missing else ''}"


def _deeds(request: HubRequest, addon: str) -> list[AuditRow]:
    """What was done to the add-on here lately."""
    return audit.of_object(request.account.pk, "addon", addon, size=10).rows


def _lendable(connection: Connection | None) -> bool:
    return bool(connection and connection.complete and not connection.borrows)
