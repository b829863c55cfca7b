"""The addresses of an author's hub: everybody's, and the author's page. `hub dev` names this module; nobody else does."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from hub.web import urls
from hub.web.dev import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("dev", views.enter, name="dev"),
    path("a/<int:account_id>/dev", views.show, name="dev_page"),
    path("a/<int:account_id>/dev/fire", views.fire, name="dev_fire"),
    *urls.urlpatterns,
]

handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
