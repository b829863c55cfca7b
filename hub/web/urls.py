"""The pages and their addresses: one list per subject, each kept by the module that draws it."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from hub.users.declare import route
from hub.web.views.styleguide import styleguide

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("hub.web.views.accounts")),
    path("", include("hub.web.views.signing")),
    path("", include("hub.web.views.profile")),
    path("", include("hub.web.views.dashboard")),
    path("", include("hub.web.views.search")),
    path("", include("hub.web.views.notifications")),
    path("", include("hub.web.views.settings")),
    path("", include("hub.web.views.contacts")),
    path("", include("hub.web.views.imports")),
    path("", include("hub.web.views.plans")),
    path("", include("hub.web.views.runs")),
    path("", include("hub.web.views.why")),
    path("", include("hub.web.views.silence")),
    path("", include("hub.web.views.addons")),
    path("", include("hub.web.views.incoming")),
    path("", include("hub.web.views.unsubscribing")),
    path("", include("hub.web.views.mail_files")),
    path("", include("hub.web.views.health")),
    path("", include("hub.web.views.reference")),
    path("", include("hub.api.urls")),
    path("styleguide", route("public")(styleguide)),
]

handler400 = "hub.web.views.errors.bad_request"
handler403 = "hub.web.views.errors.denied"
handler404 = "hub.web.views.errors.not_found"
handler500 = "hub.web.views.errors.our_mistake"
