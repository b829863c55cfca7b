"""Whether a planted bug was caught: by the cases that were named, for the reason that was named."""

from __future__ import annotations

import pytest

from hub.core import AddOn, HeaderKey, Settings
from hub.testing.mutants import caught, reasons
from tests.testing.hub_postpigeon import addon as good


class InTheOpen(Settings):
    api_key: str


BAD = AddOn("pigeon", title="Pigeon", base_url="https://p.example", settings=InTheOpen, auth=HeaderKey("K", "api_key"))


def test_a_bug_is_caught_where_it_shows_and_for_its_own_reason() -> None:
    assert caught(BAD, "the credential is stored as a secret", "Secret")
    assert not caught(BAD, "the credential is stored as a secret", "sent twice")
    assert reasons(good, "the credential is stored as a secret") == []


def test_a_case_that_is_not_there_is_no_case_without_findings() -> None:
    with pytest.raises(LookupError, match="No case has 'moonshine' in its name"):
        caught(BAD, "moonshine", "")
