"""PostgreSQL only: room in the pages of step runs, and keys compared byte by byte.

A run's row is rewritten a few times on its way (lease renewed, claimed, called, closed). With a tenth of each page free the new
row version stays on its page, and a renewal that touches no indexed column touches no index either. The effect key is hex:
the rules of a language for sorting it would only cost time.
"""

from typing import Any

from django.db import migrations

STATEMENTS = [
    "ALTER TABLE plans_steprun SET (fillfactor = 90)",
    "ALTER TABLE plans_enrollment SET (fillfactor = 95)",
    'ALTER TABLE plans_steprun ALTER COLUMN effect_key TYPE varchar(64) COLLATE "C"',
]


def tune(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in STATEMENTS:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial")]
    operations = [migrations.RunPython(tune, migrations.RunPython.noop)]
