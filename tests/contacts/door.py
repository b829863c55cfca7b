"""Who asks, and how the tests' contacts usually come in."""

from __future__ import annotations

from hub.audit.actor import Actor
from hub.contacts.incoming import Policy

ANN = Actor("person", "1", "Ann Admin")
CSV = Policy(source="csv", told_as="people.csv")
