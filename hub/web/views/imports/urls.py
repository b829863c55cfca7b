"""The addresses of the pages of imports: of files, and of what an add-on's vendor has."""

from __future__ import annotations

from django.urls import path

from hub.web.views.imports import choosing, uploading, vendor, working

app_name = "imports"

IMPORTS = "a/<int:account_id>/imports"
IMPORT = f"{IMPORTS}/<int:import_id>"
FROM = "a/<int:account_id>/add-ons/<slug:addon>/import"

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
    path(FROM, vendor.overview, name="vendor"),
    path(f"{FROM}/start", vendor.start, name="vendor_start"),
    path(f"{FROM}/timetable", vendor.schedule, name="vendor_schedule"),
]
