"""Why not? One page for any contact, step of a plan and moment.

``choosing`` finds what is asked about, and offers what is still to be chosen; ``showing`` draws the chain; ``telling`` puts an
answer into words, for the page and for ``hub why`` alike.
"""

from __future__ import annotations

from django.urls import path

from hub.web.views.why import showing

__all__ = ["app_name", "urlpatterns"]

app_name = "why"
urlpatterns = [path("a/<int:account_id>/why", showing.why_page, name="page")]
