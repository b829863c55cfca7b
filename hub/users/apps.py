"""The Django app of the people."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class UsersConfig(AppConfig):
    """Leaves exactly one permission system in force: ours."""

    name = "hub.users"
    label = "users"

    def ready(self) -> None:
        # Django would write a row for every model and verb; nobody here asks for them.
        post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
