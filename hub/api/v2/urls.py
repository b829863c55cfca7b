"""Every call of API 2.0 under its address; whatever else stands under the prefix is no call."""

from __future__ import annotations

from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from hub.api.v2 import clients, door, emails, lists, notes
from hub.users import declare

CALLS = (clients, emails, lists, notes)
"""Imported for their calls, which write themselves into the door's list."""

urlpatterns = [
    *door.urlpatterns,
    re_path(r"^v2/api(?:/.*)?$", csrf_exempt(declare.route(declare.PUBLIC)(door.nowhere))),
]
