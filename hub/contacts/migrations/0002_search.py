"""Indexes for finding a piece of a name, an address or a number anywhere in it.

SQLite reads a narrow covering index instead of the wide rows. PostgreSQL gets a trigram index where the extension may be
had; where not, the same query reads the account's rows.
"""

from typing import Any

from django.db import migrations, transaction
from django.db.utils import DatabaseError


def make(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        schema_editor.execute("CREATE INDEX contact_search ON contacts_contact (account_id, search_text)")
        return
    try:
        with transaction.atomic(using=connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            schema_editor.execute(
                "CREATE INDEX contact_search ON contacts_contact USING gin (search_text gin_trgm_ops)"
            )
    except DatabaseError:
        pass  # not shipped or not allowed here: slower beyond a few hundred thousand contacts, and never wrong


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP INDEX IF EXISTS contact_search")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
