"""Gmail: conformance."""

from __future__ import annotations

from hub_gmail import addon

from hub.testing import conformance

TestGmail = conformance(addon)
