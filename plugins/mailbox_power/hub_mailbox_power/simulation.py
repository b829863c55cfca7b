"""How the simulator plays Mailbox Power: three groups, the upsert rule, and a package without integrations.

Read by ``hub.testing.simulator`` where it is in use; nothing here is the vendor's attested behaviour except the upsert rule.
"""

from __future__ import annotations

from typing import Any

GROUPS = "/api/clienttether/contacts/groups"
CONTACTS = "/api/clienttether/contacts"

SEEDS: dict[str, list[dict[str, Any]]] = {
    GROUPS: [
        {"id": 101, "name": "Welcome gift"},
        {"id": 102, "name": "Birthday card"},
        {"id": 103, "name": "Thank you box"},
    ]
}
"""Path → what is there from the start."""

UPSERT_KEY = ("firstName", "lastName", "street", "city", "state")
"""Attested: all five must match for an update."""


def respond(call: Any) -> tuple[int, Any] | None:
    """Answer what the declaration alone cannot; None leaves the call to the simulator.

    Args:
        call: has ``method``, ``path``, ``body``, ``credential``, ``stored(path)``, ``store(path, item)``.
    """
    if call.credential.startswith("nopackage"):
        return 403, {"message": "Your package does not include third party integrations."}
    if call.method == "GET" and call.path == GROUPS:
        return 200, {"data": call.stored(GROUPS)}
    if call.method == "POST" and call.path == CONTACTS:
        return _added(call)
    return None


def _added(call: Any) -> tuple[int, Any]:
    if str(call.body["groupId"]) not in {str(group["id"]) for group in call.stored(GROUPS)}:
        return 404, {"message": "The group was not found."}
    same = [item for item in call.stored(CONTACTS) if all(item[name] == call.body[name] for name in UPSERT_KEY)]
    item = call.store(CONTACTS, call.body)
    status = "updated" if same else "created"
    return 201, {"success": True, "data": {"contactId": item["id"], "status": status}}
