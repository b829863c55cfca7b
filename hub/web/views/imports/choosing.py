"""The mapping screen: what each column is, with values out of the file, and what everybody in the file gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from hub.contacts import lists
from hub.db.errors import Conflict, Invalid
from hub.imports import actors, changes, files, mapping, reader
from hub.imports.models import Import
from hub.imports.options import Options
from hub.plans import reads as plans
from hub.users import reads as users
from hub.users.models import User
from hub.web.design.links import Link
from hub.web.design.widgets import SearchSelect, Toggle
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest, may, require
from hub.web.views.contacts.finding import id_from, plan_eyes
from hub.web.views.contacts.locking import explained
from hub.web.views.imports.finding import find, stages, trail, url

SAMPLES = 3
"""Values shown of each column: enough to recognise it."""

SAID = (("", gettext_lazy("The file says nothing")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))
ASSIGNED = "assigned_user"
"""The target by which rows say whose contacts they are."""

EXISTING = (
    ("update", gettext_lazy("Update them: what the file knows replaces what is here")),
    ("keep", gettext_lazy("Leave them as they are")),
    ("new", gettext_lazy("Add everybody as new, even if that makes doubles")),
)


@dataclass(frozen=True)
class ColumnRow:
    """One column of the file on the screen."""

    number: int
    name: str
    samples: tuple[str, ...]
    target: str
    error: str = ""
    own: bool = False
    """Whether the account has a custom field of this name already."""

    @property
    def new_field(self) -> str:
        """The target that makes a custom field of the column's name."""
        return mapping.CUSTOM + self.name[:60]


class OptionsForm(StoredForm):
    """What everybody in the file gets."""

    mostly_optional = True
    existing = forms.ChoiceField(
        label=gettext_lazy("Contacts that are here already"),
        choices=EXISTING,
        widget=forms.RadioSelect,
        initial="update",
    )
    tags = forms.CharField(label=gettext_lazy("Tags for all"), required=False, max_length=600,
                           help_text=gettext_lazy("Separate several by commas."))  # fmt: skip
    consent_source = forms.CharField(label=gettext_lazy("Where they agreed"), required=False, max_length=60)
    make_lead_sources = forms.BooleanField(
        label=gettext_lazy("Make lead sources that are in the file only"), required=False, widget=Toggle(),
        help_text=gettext_lazy("Otherwise they wait on a list until somebody places them."),
    )  # fmt: skip

    def __init__(self, request: HubRequest, data: Any = None, options: Options | None = None) -> None:
        super().__init__(data)
        in_force = lists.of(request.account)
        sources = sorted((one for one in in_force.sources.values() if not one.hidden), key=lambda one: one.key)
        self._choice("lead_source_id", _("Lead source"), [(str(one.id), one.name) for one in sources])
        self._choice("sales_cycle_id", _("Sales cycle"), [(str(one.id), one.name) for one in in_force.cycles.values()])
        self._choice("assigned_user_id", _("Assign to"), _people(request), _("Nobody"))
        self._choice("plan_id", _("Put them on a plan afterwards"), _ready_plans(request), _("No plan"))
        for name, label in (
            ("email_ok", _("May be e-mailed")),
            ("sms_ok", _("May be texted")),
            ("call_ok", _("May be called")),
        ):
            self.fields[name] = forms.ChoiceField(label=label, choices=SAID, required=False)
        if told := explained(in_force, "lead_sources"):
            self.fields["make_lead_sources"].disabled = True
            self.fields["make_lead_sources"].help_text = told
        if options is not None:
            self.initial = _initial(options)

    def _choice(self, name: str, label: str, choices: list[tuple[str, str]], none: str = "") -> None:
        given = [("", none or _("As in the file")), *choices]
        self.fields[name] = forms.ChoiceField(label=label, choices=given, required=False, widget=SearchSelect())

    def options(self) -> Options:
        """The choices as the import keeps them. Raises ``Invalid``."""
        data = self.cleaned_data
        ids = {
            name: id_from(data[name]) for name in ("lead_source_id", "sales_cycle_id", "assigned_user_id", "plan_id")
        }
        ways = {name: {"yes": True, "no": False}.get(data[name]) for name in ("email_ok", "sms_ok", "call_ok")}
        tags = tuple(" ".join(tag.split()) for tag in data["tags"].split(",") if tag.strip())
        rest = {name: data[name] for name in ("existing", "make_lead_sources", "consent_source")}
        try:
            return Options.model_validate({**ids, **ways, **rest, "tags": tags})
        except ValidationError:
            raise Invalid({"tags": _("Twenty tags at most.")}) from None


@page("contacts.import")
def columns(request: HubRequest, import_id: int) -> HttpResponse:
    """Show the choices; a POST keeps them and begins the dry run, or (``then=save``) only keeps them."""
    row = find(request, import_id)
    if row.kind != Import.Kind.CSV or row.state not in (Import.State.MAPPING, Import.State.CHECKED):
        return redirect(url("page", row))
    if request.method != "POST":
        given = Options.model_validate(row.options)
        return _draw(request, row, OptionsForm(request, options=given), _allowed(request, row.mapping["columns"]))
    form = OptionsForm(request, request.POST)
    targets = _targets(row, request.POST)
    errors: dict[str, str] = {}
    if form.is_valid():
        try:
            return _keep(request, row, targets, form.options())
        except Invalid as problem:
            errors = dict(problem.fields)
            show_errors(form, Invalid({name: text for name, text in errors.items() if not name.startswith("column_")}))
        except Conflict as problem:
            form.add_error(None, problem.sentence)
    return _draw(request, row, form, targets, errors)


def _keep(request: HubRequest, row: Import, targets: Sequence[str], options: Options) -> HttpResponse:
    require_all(request, targets, options)
    if options.plan_id is not None:
        plans.get(request.account, plan_eyes(request), options.plan_id)
    changes.save_choices(request.account, row.pk, targets, options, by=request.actor)
    begun = changes.check(request.account, row.pk, by=request.actor)
    actors.ring(begun.pk, begun.page)
    return redirect(url("page", row))


def require_all(request: HubRequest, targets: Sequence[str], options: Options) -> None:
    """Raises ``Refused`` where these choices do something that this person may not."""
    if options.plan_id is not None:
        require(request, "plans.use")
    if options.assigned_user_id is not None or ASSIGNED in targets:
        require(request, "contacts.assign")


def _targets(row: Import, post: Any) -> list[str]:
    """What each column is to be; a column that was not sent is left out."""
    return [post.get(f"column_{number}", "") for number in range(len(row.header))]


def _draw(
    request: HubRequest, row: Import, form: OptionsForm, targets: Sequence[str], errors: dict[str, str] | None = None
) -> HttpResponse:
    errors = errors or {}
    shown, choices = samples(row), _choices(request)
    known = {value for value, _label in choices}
    rows = [
        ColumnRow(
            number, name, shown[number], targets[number], errors.get(f"column_{number}", ""),
            mapping.CUSTOM + name[:60] in known,
        )
        for number, name in enumerate(row.header)
    ]  # fmt: skip
    given = {
        "row": row, "form": form, "rows": rows, "choices": choices, "mapping_error": errors.get("mapping", ""),
        "used": sum(1 for target in targets if target), "stages": stages(row),
        "trail": trail(request, Link(row.name, "")), "column_errors": [one for one in rows if one.error],
        "fields_locked": explained(lists.of(request.account), "custom_fields"), "may_plan": may(request, "plans.use"),
        "may_assign": may(request, "contacts.assign"),
    }  # fmt: skip
    return render(request, "web/imports/columns.html", given, status=422 if errors or form.errors else 200)


def samples(row: Import) -> list[tuple[str, ...]]:
    """The first few values of each column that are not empty; none when the file is gone."""
    found: list[list[str]] = [[] for _name in row.header]
    for one in _first_rows(row):
        for column, cell in zip(found, one.cells or (), strict=False):
            if cell.strip() and len(column) < SAMPLES:
                column.append(cell.strip()[:60])
    return [tuple(column) for column in found]


def _first_rows(row: Import) -> list[reader.Row]:
    start = row.mapping["start"]
    try:
        with files.path_of(row.file).open("rb") as file:
            return list(islice(reader.read(file, start["offset"], start["line"], row.delimiter, len(row.header)), 40))
    except FileNotFoundError:
        return []


def _choices(request: HubRequest) -> list[tuple[str, str]]:
    own = [(mapping.CUSTOM + label, label) for label in lists.custom_labels(request.account)]
    targets = _allowed(request, list(mapping.TARGETS))
    return [*((name, _(mapping.TARGETS[name])) for name in targets if name), *own]


def _allowed(request: HubRequest, targets: Sequence[str]) -> list[str]:
    """Without the one that this person may not choose: a column that was guessed to be it is left out."""
    assigns = may(request, "contacts.assign")
    return [target if assigns or target != ASSIGNED else mapping.IGNORE for target in targets]


def _people(request: HubRequest) -> list[tuple[str, str]]:
    people = users.users_of(request.account).filter(state__in=(User.State.ACTIVE, User.State.INVITED))
    return [(str(one.pk), one.label) for one in people]


def _ready_plans(request: HubRequest) -> list[tuple[str, str]]:
    rows = plans.plans(request.account, plan_eyes(request)).filter(versions__state="ready")
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def _initial(options: Options) -> dict[str, Any]:
    words = {True: "yes", False: "no", None: ""}
    plain = options.model_dump()
    ways = {name: words[plain[name]] for name in ("email_ok", "sms_ok", "call_ok")}
    ids = {name: str(plain[name] or "") for name in ("lead_source_id", "sales_cycle_id", "assigned_user_id", "plan_id")}
    return plain | ways | ids | {"tags": ", ".join(options.tags)}
