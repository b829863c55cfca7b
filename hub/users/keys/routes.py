"""Which calls an endpoint's permission stands for: told by the API as it is built, shown where endpoints are granted."""

from __future__ import annotations

_routes: dict[str, list[str]] = {}


def tell(permission: str, route: str) -> None:
    """``tell("endpoint.contacts.create", "POST /api/contacts")``."""
    known = _routes.setdefault(permission, [])
    if route not in known:
        known.append(route)


def of(permission: str) -> tuple[str, ...]:
    """The calls of an endpoint, as they are written; none for one that only an uninstalled plugin had."""
    return tuple(_routes.get(permission, ()))
