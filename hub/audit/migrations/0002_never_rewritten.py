"""The database itself refuses to rewrite an audit row. Deleting stays possible, for retention."""

from typing import Any

from django.db import migrations

SQLITE = """
CREATE TRIGGER audit_never_rewritten BEFORE UPDATE ON audit_auditrow
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END
"""

POSTGRES = [
    """
    CREATE FUNCTION audit_refuse_update() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit rows are never changed' USING ERRCODE = 'restrict_violation'; END $$
    """,
    """
    CREATE TRIGGER audit_never_rewritten BEFORE UPDATE ON audit_auditrow
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_update()
    """,
]


def make(apps: Any, schema_editor: Any) -> None:
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else [SQLITE]:
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_never_rewritten ON audit_auditrow")
        schema_editor.execute("DROP FUNCTION audit_refuse_update()")
    else:
        schema_editor.execute("DROP TRIGGER audit_never_rewritten")


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
