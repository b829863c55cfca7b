"""The addresses of the pages of imports. Those that begin one of a vendor are the add-on's."""

from __future__ import annotations

from django.urls import path

from hub.web.views.imports import choosing, uploading, working

app_name = "imports"

IMPORTS = "a/<int:account_id>/imports"
IMPORT = f"{IMPORTS}/<int:import_id>"

urlpatterns = [
    path("a/<int:account_id>/contacts/import", uploading.upload, name="upload"),
    path(IMPORTS, uploading.imports, name="list"),
    path(IMPORT, working.import_page, name="page"),
    path(f"{IMPORT}/columns", choosing.columns, name="columns"),
    path(f"{IMPORT}/start", working.start, name="start"),
    path(f"{IMPORT}/cancel", working.cancel, name="cancel"),
    path(f"{IMPORT}/resume", working.resume, name="resume"),
    path(f"{IMPORT}/undo", working.undo, name="undo"),
    path(f"{IMPORT}/problems.csv", working.problem_rows, name="problems"),
]
