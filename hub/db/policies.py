"""Row-level security on PostgreSQL: which rows of each table belong to which account.

Every table with tenants' rows has two policies. The house (the role that owns the tables: engine, ticker, migrations) sees
everything, which costs it nothing: a policy of ``true`` is gone once a statement is planned. The tenants' role, which a request
becomes in :mod:`hub.db.scope`, sees what the table below says. The tables are forced, so that nobody passes as their owner.

A large table compares its own ``account_id`` with one value; only for rows of other accounts the tree is asked, once a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from hub.db import scope

_HERE = "account_id = (SELECT nullif(current_setting('hub.account', true), '')::bigint)"
_BENEATH = (
    "account_id IN (SELECT id FROM accounts_account"
    " WHERE starts_with(path, nullif(current_setting('hub.tree', true), '')))"
)
_ABOVE = "account_id = ANY ((SELECT string_to_array(current_setting('hub.above', true), ',')::bigint[])::bigint[])"

OWN = f"{_HERE} OR {_BENEATH}"
INHERITED = f"{OWN} OR {_ABOVE}"
OR_ONES_OWN_ACT = (
    f"{OWN} OR (account_id IS NULL AND actor_id = (SELECT nullif(current_setting('hub.actor', true), '')))"
)


def _of(column: str, *parents: str, key: str = "id") -> str:
    """Rows that belong to a row of another table, whose own policy decides."""
    return " OR ".join(f"EXISTS (SELECT 1 FROM {parent} AS p WHERE p.{key} = {column})" for parent in parents)


POLICIES: dict[str, str] = {
    "audit_auditrow": OR_ONES_OWN_ACT,  # changing one's own password belongs to no account
    **dict.fromkeys(
        ("history_note", "notifications_notification", "notifications_staffmail", "events_event", "events_listening"),
        OWN,
    ),
    **dict.fromkeys(("users_apiuser", "users_apihabits"), OWN),
    **dict.fromkeys(("contacts_contact", "contacts_externalid", "contacts_unmatched", "contacts_savedfilter"), OWN),
    **dict.fromkeys(("contacts_leadsource", "contacts_salescycle", "contacts_tag", "contacts_customfield"), INHERITED),
    "contacts_contacttag": _of("contact_id", "contacts_contact"),
    "contacts_bulkchange": OWN,
    "contacts_bulkportion": _of("of_id", "contacts_bulkchange"),
    **dict.fromkeys(("addons_accountmappings", "addons_mappingclone", "addons_driftseen", "addons_oauthstate"), OWN),
    "addons_mappingrow": _of("of_id", "addons_accountmappings"),
    **dict.fromkeys(("addons_availability", "addons_budget"), INHERITED),
    "addons_connection": f"{OWN} OR (user_id IS NULL AND {_ABOVE})",  # a person's own is lent to nobody
    **dict.fromkeys(("addons_oauthgrant", "addons_optionscache"), _of("connection_id", "addons_connection")),
    **dict.fromkeys(("plans_plan", "plans_enrollmentbatch", "plans_enrollment", "plans_steprun"), OWN),
    "plans_planversion": _of("plan_id", "plans_plan"),
    "plans_planstep": _of("version_id", "plans_planversion"),
    **dict.fromkeys(("silence_watched", "silence_shutday"), OWN),
    **dict.fromkeys(("silence_tally", "silence_silence"), _of("watched_id", "silence_watched")),
    **dict.fromkeys(("hooks_endpoint", "hooks_message"), OWN),
    "hooks_delivery": _of("endpoint_id", "hooks_endpoint"),
    "hooks_try": _of("delivery_id", "hooks_delivery"),
    **dict.fromkeys(
        ("mail_mailbox", "mail_mailhabits", "mail_sentmail", "mail_incomingmail", "mail_suppression", "mail_mailfile"),
        OWN,
    ),
    "mail_refusedfiles": OWN,
    "mail_mailday": _of("mailbox_id", "mail_mailbox"),
    **dict.fromkeys(("engine_archivedrun", "engine_archivedcount", "engine_spent", "engine_replay"), OWN),
    **dict.fromkeys(
        ("engine_attempt", "engine_trace", "engine_leave"), _of("run_id", "plans_steprun", "engine_archivedrun")
    ),
    "engine_doubt": _of("enrollment_id", "plans_enrollment"),
    "imports_import": OWN,
    "imports_importschedule": OWN,
    **dict.fromkeys(("imports_importpage", "imports_importrow"), _of("of_id", "imports_import")),
    "arrivals_arrival": OWN,
    "arrivals_entrance": _of("connection_id", "addons_connection"),
    "api_keptanswer": OWN,
}
"""Table → what a tenant sees of it."""

FREE: dict[str, str] = {
    "accounts_account": "the tree itself: the policies ask it, and the door looks for the account in it",
    "accounts_switch": "asked by the door: is this account, or one above it, locked or paused",
    "accounts_lock": "asked by the door: what is locked from above",
    "users_grant": "asked by the door: what does this person hold; and what else, before their password is changed",
    "users_apikey": "asked by the door: whose secret is this",
    "users_session": "asked by the door: who has signed in",
    "users_user": "a person belongs to no account; their grants do",
    "engine_breaker": "one for each connection, also for lent ones; names nobody",
    "engine_retries": "one for each connection, also for lent ones; names nobody",
    "silence_mark": "how far the alarm has read; one row of the house",
}
"""Tables that name an account, a person or something of theirs, and have no policy: why."""


def apply() -> None:
    """Make the tenants' role and every policy, as often as one likes. Run by ``hub migrate`` as the tables' owner."""
    name = scope.tenant_role()
    role = connection.ops.quote_name(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {role} NOLOGIN NOBYPASSRLS")
        if not _may_become(cursor, name):
            cursor.execute(f"GRANT {role} TO CURRENT_USER")
        for statement in _statements(role):
            cursor.execute(statement)


def _may_become(cursor: Any, role: str) -> bool:
    """Whether the house may be the tenants' role for a while. From PostgreSQL 16 on, being a member is not enough."""
    cursor.execute("SHOW server_version_num")
    (version,) = cursor.fetchone()
    cursor.execute("SELECT pg_has_role(%s, %s)", [role, "SET" if int(version) >= 160_000 else "MEMBER"])
    return bool(cursor.fetchone()[0])


def _statements(role: str) -> Iterator[str]:
    yield f"GRANT USAGE ON SCHEMA public TO {role}"
    yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    yield f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}"
    for table, rule in POLICIES.items():
        yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
        yield f"DROP POLICY IF EXISTS hub_house ON {table}"
        yield f"CREATE POLICY hub_house ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)"
        yield f"DROP POLICY IF EXISTS hub_tenant ON {table}"
        yield f"CREATE POLICY hub_tenant ON {table} TO {role} USING ({rule})"


def unguarded() -> list[str]:
    """Tables whose policy is not in force in this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid AND polname = 'hub_tenant'"
            " WHERE relrowsecurity AND relforcerowsecurity"
        )
        return sorted(POLICIES.keys() - {str(name) for (name,) in cursor.fetchall()})


def bypasses() -> str:
    """Why the tenants' role would not be kept within bounds; empty: it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = %s", [scope.tenant_role()])
        row = cursor.fetchone()
        if row is None:
            return f"there is no role {scope.tenant_role()}"
        return f"the role {scope.tenant_role()} passes every policy" if row[0] else ""
