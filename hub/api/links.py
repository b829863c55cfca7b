"""What follows on what: the OpenAPI description's links, from an answer that names a thing to the calls that take its id.

A program's author sees them in the reference; a test walks them, so that one call's answer feeds the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

NAMED: Mapping[tuple[str, int], Mapping[str, str]] = {
    ("create_contact", 201): {"contact_id": "$response.body#/contact/id"},
    ("create_contact", 200): {"contact_id": "$response.body#/contact/id"},
    ("list_contacts", 200): {"contact_id": "$response.body#/contacts/0/id"},
    ("send_email", 202): {"contact_id": "$request.path.contact_id", "email_id": "$response.body#/id"},
    ("enroll", 201): {"enrollment_id": "$response.body#/enrollment/id"},
    ("enroll", 200): {"enrollment_id": "$response.body#/enrollment/id"},
    ("list_enrollments", 200): {"enrollment_id": "$response.body#/enrollments/0/id"},
    ("subscribe", 201): {"hook_id": "$response.body#/id"},
    ("list_hooks", 200): {"hook_id": "$response.body#/hooks/0/id"},
}
"""Call and status → what the answer names, by the placeholder that takes it."""

_PLACEHOLDER = re.compile(r"{(\w+)}")


def add(paths: dict[str, dict[str, Any]]) -> None:
    """Put them into the description, beside each answer that names something."""
    takes = {operation["operationId"]: _placeholders(path) for path, operation in _operations(paths)}
    for _, operation in _operations(paths):
        for status, answer in operation["responses"].items():
            found = _links(NAMED.get((operation["operationId"], int(status)), {}), takes)
            if found:
                answer["links"] = found


def _links(named: Mapping[str, str], takes: Mapping[str, frozenset[str]]) -> dict[str, dict[str, Any]]:
    """A link to each call that takes the newest thing named, and nothing that is not."""
    if not named:
        return {}
    newest = list(named)[-1]
    return {
        target: {"operationId": target, "parameters": {name: named[name] for name in sorted(wanted)}}
        for target, wanted in takes.items()
        if newest in wanted and wanted <= named.keys()
    }


def _operations(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in paths.items():
        for operation in methods.values():
            yield path, operation


def _placeholders(path: str) -> frozenset[str]:
    return frozenset(_PLACEHOLDER.findall(path))
