"""``conformance(addon)``: a class for pytest with one test for every case the declaration gives.

The cases are found when the test module is imported, so each has its own line in pytest's report and can be asked for by name:
``pytest -k "reset and after and not then"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

import pytest

from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench, NotLoaded
from hub.testing.proofs.carry import carry_out
from hub.testing.proofs.case import Badge, Case, Unproved, unless


def test_class(addon: Any, given: Mapping[str, Any]) -> type:
    """The class. See :func:`hub.testing.conformance` for the arguments."""
    cases, trouble = _found(addon, given)

    class Conformance:
        """What the kit proves of this add-on."""

        bench: ClassVar[Bench | None] = None

        @classmethod
        def setup_class(cls) -> None:
            cls.bench = None if trouble else Bench(addon, **given)

        @classmethod
        def teardown_class(cls) -> None:
            if cls.bench is not None:
                cls.bench.close()

        @pytest.mark.parametrize("case", cases, ids=str)
        def test_it(self, case: Case) -> None:
            __tracebackhide__ = True
            found = _unproved(case, self.bench, trouble)
            if found:  # not where it is caught: pytest would tell it twice, once as the cause of itself
                pytest.fail(found, pytrace=False)

    return Conformance


def _unproved(case: Case, bench: Bench | None, trouble: str) -> str:
    """What the case says against the add-on; empty when nothing."""
    try:
        unless(bench, trouble)
        carry_out(case, cast(Bench, bench))
    except Unproved as unproved:
        return str(unproved)
    return ""


def _found(addon: Any, given: Mapping[str, Any]) -> tuple[list[Case], str]:
    """The cases, without those that decide about the grade only; or one that says why there are none."""
    try:
        with Bench(addon, **given) as bench:
            return [case for case in cases_of(bench) if not case.for_grade], ""
    except NotLoaded as trouble:
        return [Case("the hub loads it", Badge.LOADS, lambda _bench: None)], f"The plugin is not loaded: {trouble}"
