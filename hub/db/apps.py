"""The Django app of the ground floor: one table, and the checks that run before a start."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DbConfig(AppConfig):
    """Registers the maker of the installation row and the start checks."""

    name = "hub.db"
    label = "db"

    def ready(self) -> None:
        from hub.db import checks  # noqa: F401  (registers itself with Django's check framework)
        from hub.db.installation import make_row

        post_migrate.connect(make_row, sender=self, dispatch_uid="hub.db.installation")
