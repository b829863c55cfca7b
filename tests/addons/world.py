"""Who and what the stories of this folder are about."""

from __future__ import annotations

from hub.audit.actor import Actor

ADMIN = Actor.person(7, "Ada Admin")
SETTINGS = {"api_key": "pigeon-key-0001", "studio": "s1"}
