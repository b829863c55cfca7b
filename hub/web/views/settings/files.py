"""Settings → Files: what e-mails may bring along."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.db.errors import Invalid
from hub.mail.files import changes, looking, reads
from hub.mail.models import MailFile
from hub.web.design.tables import Column
from hub.web.entry import page
from hub.web.forms import StoredForm, show_errors
from hub.web.request import HubRequest
from hub.web.views.settings.tabs import tabs

COLUMNS = (
    Column(gettext_lazy("Name")), Column(gettext_lazy("Size"), kind="number"), Column(gettext_lazy("Since")),
    Column(gettext_lazy("By")),
)  # fmt: skip


class FileForm(StoredForm):
    """One file more."""

    file = forms.FileField(
        label=gettext_lazy("File"), allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(f".{ending}" for ending in looking.TAKEN)}),
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )  # fmt: skip


@page("plans.edit")
def files(request: HubRequest) -> HttpResponse:
    """The list, and the way to one more."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST" and form.is_valid():
        given: Any = form.cleaned_data["file"]
        try:
            row = changes.add(request.account, given.name or "", given.read(looking.MOST_BYTES + 1), by=request.actor)
        except Invalid as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("“%(name)s” can be chosen in e-mails now.") % {"name": row.name})
            return redirect("settings:files", account_id=request.account.pk)
    context = {
        "form": form, "lines": [(row, looking.size_words(row.size)) for row in reads.listing(request.account)],
        "columns": COLUMNS, "most": looking.size_words(looking.MOST_BYTES), "kinds": ", ".join(looking.TAKEN),
        "tabs": tabs(request, "files"),
    }  # fmt: skip
    return render(request, "web/settings/files.html", context, status=422 if form.errors else 200)


@page("plans.edit")
def take_away(request: HubRequest, file_id: int) -> HttpResponse:
    """Ask, then offer it no more."""
    row: MailFile = reads.get(request.account, file_id)
    if request.method == "POST":
        changes.withdraw(request.account, row.pk, by=request.actor)
        messages.success(request, _("“%(name)s” is offered no more, and its links lead nowhere.") % {"name": row.name})
        return redirect("settings:files", account_id=request.account.pk)
    return render(request, "web/settings/files_away.html", {"row": row, "tabs": tabs(request, "files")})


BASE = "a/<int:account_id>/settings/files"
urlpatterns = [path(BASE, files, name="files"), path(f"{BASE}/<int:file_id>/away", take_away, name="file_away")]
