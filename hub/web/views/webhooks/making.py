"""Making one, and giving it another secret: the secret is shown in the answer itself, once, and kept nowhere else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.accounts import reads as accounts
from hub.db.errors import Invalid
from hub.events import kinds
from hub.hooks import changes, reads
from hub.hooks.models import Endpoint
from hub.users import reads as people
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest
from hub.web.views.settings.tabs import tabs


class HookForm(StoredForm):
    """Where to, and what of."""

    url = forms.CharField(
        label=gettext_lazy("URL"), max_length=2_000,
        help_text=gettext_lazy("Begins with https:// and is public. It is kept as a secret: many addresses are keys."),
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False,
                           help_text=gettext_lazy("What you call it: “Our CRM”."))  # fmt: skip
    events = forms.MultipleChoiceField(label=gettext_lazy("Events"), widget=forms.CheckboxSelectMultiple)
    subtree = forms.BooleanField(label=gettext_lazy("Also the accounts beneath this one"), required=False)

    def __init__(self, *args: Any, beneath: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        events: Any = self.fields["events"]
        events.choices = [(kind.name, _(kind.title)) for kind in kinds.KINDS.values()]
        if not beneath:
            del self.fields["subtree"]


@page("webhooks.make")
def new(request: HubRequest) -> HttpResponse:
    """Ask, make it, and show its secret."""
    form = HookForm(request.POST if request.method == "POST" else None, beneath=_may_hear_beneath(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            row = changes.subscribe(
                request.account, given["url"], given["events"], by=request.actor, name=given["name"],
                subtree=given.get("subtree", False),
            )  # fmt: skip
        except Invalid as problem:
            show_errors(form, problem)
        else:
            return _show_secret(request, row, changes.secret_of(row), _("The webhook is made"))
    context = {"form": form, "tabs": tabs(request, "webhooks"), "kinds": kinds.KINDS.values()}
    return render(request, "web/webhooks/new.html", context, status=422 if form.errors else 200)


@page("webhooks.make")
def rotate(request: HubRequest, hook_id: int) -> HttpResponse:
    """Another secret; the one before it signs beside it for a day."""
    row = reads.get(request.account, hook_id)
    if request.method != "POST":
        return redirect("settings:webhook", account_id=request.account.pk, hook_id=row.pk)
    return _show_secret(request, row, changes.rotate(row, by=request.actor), _("There is a new secret"))


def _show_secret(request: HubRequest, row: Endpoint, secret: str, title: str) -> HttpResponse:
    context = {"hook": row, "secret": secret, "title": title, "tabs": tabs(request, "webhooks")}
    answer = render(request, "web/webhooks/secret.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _may_hear_beneath(request: HubRequest) -> bool:
    """Whether there are accounts beneath, and this person reaches all of them."""
    beneath = accounts.subtree(request.account).exclude(pk=request.account.pk)
    reached = people.reachable_accounts(request.principal, request.now).values_list("pk", flat=True)
    return beneath.exists() and not beneath.exclude(pk__in=list(reached)).exists()
