"""A lock of an account is a lock of all beneath it: each switch says whether one is on it."""

from typing import Any

from django.db import migrations, models


def pass_down(apps: Any, schema_editor: Any) -> None:
    """What was locked before this column came."""
    account, switch = apps.get_model("accounts", "Account"), apps.get_model("accounts", "Switch")
    for path in account.objects.filter(locked_at__isnull=False).values_list("path", flat=True):
        switch.objects.filter(account__path__startswith=path).update(locked=True)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_calendars"),
    ]

    operations = [
        migrations.AddField(
            model_name="switch",
            name="locked",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(pass_down, migrations.RunPython.noop),
    ]
