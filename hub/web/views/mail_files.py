"""The link of a file in a mail: anybody who has it may fetch the file, to keep and not to open in our name."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpResponse
from django.urls import path

from hub.core.mail_mime import plain_name
from hub.db import scope
from hub.mail.files import links, reads
from hub.users.declare import PUBLIC
from hub.web.entry import page
from hub.web.request import HubRequest


@page(PUBLIC, account=False)
def fetch(request: HubRequest, token: str) -> HttpResponse:
    """The file, as something to be saved."""
    row = reads.by_link(links.read(token))
    scope.enter(row.account_id, row.account.path, row.account.ancestor_ids)
    answer = HttpResponse(bytes(row.content), content_type="application/octet-stream")
    name = quote(row.name, safe="")
    answer["Content-Disposition"] = f"attachment; filename=\"{plain_name(row.name)}\"; filename*=UTF-8''{name}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store, private"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Robots-Tag"] = "noindex"
    return answer


app_name = "mail_files"
urlpatterns = [path("mail/file/<str:token>", fetch, name="fetch")]
