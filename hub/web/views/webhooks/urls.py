"""The addresses of the webhooks' pages, as `hub.web.views.settings` takes them in."""

from __future__ import annotations

from django.urls import path

from hub.web.views.webhooks import acting, making, showing

_ONE = "a/<int:account_id>/settings/webhooks/<int:hook_id>"

urlpatterns = [
    path("a/<int:account_id>/settings/webhooks", showing.listing, name="webhooks"),
    path("a/<int:account_id>/settings/webhooks/new", making.new, name="new_webhook"),
    path(_ONE, showing.one, name="webhook"),
    path(f"{_ONE}/deliveries/<int:delivery_id>", showing.delivery, name="webhook_delivery"),
    path(f"{_ONE}/try", acting.try_out, name="try_webhook"),
    path(f"{_ONE}/switch", acting.switch, name="switch_webhook"),
    path(f"{_ONE}/replay", acting.replay, name="replay_webhook"),
    path(f"{_ONE}/rotate", making.rotate, name="rotate_webhook"),
    path(f"{_ONE}/remove", acting.remove, name="remove_webhook"),
]
