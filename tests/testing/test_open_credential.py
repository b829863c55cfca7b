"""A key that was not declared as a secret is the first thing an author is told, whatever else follows from it."""

from __future__ import annotations

from pathlib import Path

from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings
from tests.testing.mutants import postpigeon
from tests.testing.planting import Mutant, planted

OPEN = "    api_key: str\n"
"""The key in the open, and beside it a secret that has nothing to do with the credential."""


def said(tmp_path: Path, beside: str) -> dict[str, str]:
    """Case → the first finding, of those about the settings and the key."""
    bug = Mutant("", "    api_key: Secret\n", OPEN + beside)
    with planted(postpigeon.PACKAGE, bug, tmp_path) as addon, Bench(addon) as bench:
        asked = [case for case in cases_of(bench) if case.name.startswith(("settings:", "check:"))]
        return {case.name: found[0] for case in asked if (found := findings(case, bench))}


def test_every_case_about_the_key_names_the_cause_and_not_what_follows(tmp_path: Path) -> None:
    told = said(tmp_path, "    signing: Secret\n")

    about_the_key = (
        "settings: the credential is stored as a secret",
        "check: a wrong key",
        "check: a key that may not",
    )
    assert set(about_the_key) <= set(told)
    for name in about_the_key:
        assert told[name].startswith("The credential is made of api_key, and nothing of it is a Secret."), name


def test_the_cause_comes_first_where_nothing_is_a_secret(tmp_path: Path) -> None:
    assert next(iter(said(tmp_path, "").values())).startswith("The credential is made of api_key")
