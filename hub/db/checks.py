"""What must hold before a start: ``hub`` runs these with Django's own checks and refuses to serve on an error."""

from __future__ import annotations

import ipaddress
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security)
def proxies_are_named(**_: Any) -> list[CheckMessage]:
    """A proxy list that trusts everybody would let a caller choose its own address."""
    wrong = [proxy for proxy in settings.HUB_TRUSTED_PROXIES if not _is_narrow_network(proxy)]
    return [
        Error(f"HUB_TRUSTED_PROXIES holds {proxy!r}, which is not the address of a proxy.", id="hub.E001")
        for proxy in wrong
    ]


@register(Tags.security)
def debug_stays_at_home(**_: Any) -> list[CheckMessage]:
    """Debug pages show code and settings; on a public address that is a leak."""
    if settings.DEBUG and settings.HTTPS:
        return [Error("HUB_DEBUG is on while HUB_PUBLIC_URL is a public https address.", id="hub.E002")]
    return []


@register(Tags.security)
def embedded_has_no_redis(**_: Any) -> list[CheckMessage]:
    """SQLite lives on one host; a Redis beside it promises more than it can keep."""
    if settings.HUB_EMBEDDED and settings.HUB_REDIS_URL:
        return [Warning("HUB_REDIS_URL is set with SQLite: keep all processes on this one host.", id="hub.W001")]
    return []


def _is_narrow_network(text: str) -> bool:
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen > 0
    except ValueError:
        return False
