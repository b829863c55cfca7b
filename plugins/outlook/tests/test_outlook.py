"""Outlook: conformance, what goes over the wire, and what an admin is told."""

from __future__ import annotations

from hub_outlook import addon

from hub.testing import conformance

TestOutlook = conformance(addon)
