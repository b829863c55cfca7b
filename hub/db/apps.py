"""The Django app of the ground floor: one table, the checks that run before a start, and what each connection begins with."""

from typing import Any

from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class DbConfig(AppConfig):
    """Registers the maker of the installation row, the start checks, the promise that a commit is kept, and the signs of life."""

    name = "hub.db"
    label = "db"

    def ready(self) -> None:
        from hub.db import (
            checks,  # noqa: F401  (registers itself with Django's check framework)
            scope,
        )
        from hub.db.durable import keep_what_is_committed
        from hub.db.installation import make_row
        from hub.db.keepalive import ask_for_signs_of_life

        connection_created.connect(keep_what_is_committed, dispatch_uid="hub.db.durable")
        connection_created.connect(ask_for_signs_of_life, dispatch_uid="hub.db.keepalive")
        post_migrate.connect(make_row, sender=self, dispatch_uid="hub.db.installation")
        post_migrate.connect(_keep_accounts_apart, sender=self, dispatch_uid="hub.db.policies")
        request_finished.connect(scope.leave, dispatch_uid="hub.db.scope")


def _keep_accounts_apart(**_: Any) -> None:
    """The tables' policies, after the tables."""
    from hub.db import policies, scope

    if scope.is_on():
        policies.apply()
