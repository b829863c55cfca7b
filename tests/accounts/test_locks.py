"""How far a lock reaches. The tree: 1 → 2 → 4, 1 → 3."""

from __future__ import annotations

import pytest

from hub.accounts.locks import SUBJECTS, LockFact, locked_by

TREE = {1: (), 2: (1,), 3: (1,), 4: (1, 2)}


@pytest.mark.parametrize(
    ("reach", "at", "bound"),
    [
        ("children", 1, [2, 3]),
        ("subtree", 1, [2, 3, 4]),
        ("children", 2, [4]),
        ("subtree", 3, []),
    ],
)
def test_a_lock_binds_beneath_and_never_beside_or_itself(reach: str, at: int, bound: list[int]) -> None:
    lock = LockFact(at, "tags", reach)  # type: ignore[arg-type]

    assert [account for account, above in TREE.items() if locked_by("tags", [lock], above)] == bound


def test_the_lock_nearest_the_root_speaks() -> None:
    locks = [LockFact(2, "tags", "subtree", "Branch"), LockFact(1, "tags", "subtree", "Root")]

    lock = locked_by("tags", locks, (1, 2))

    assert lock is not None
    assert lock.account_name == "Root"


def test_another_subject_is_not_locked() -> None:
    assert locked_by("brand", [LockFact(1, "tags", "subtree")], (1,)) is None


def test_reaches_are_as_the_requirements_say() -> None:
    assert SUBJECTS["sales_cycle"].reach == "children"
    assert {SUBJECTS[name].reach for name in ("brand", "lead_sources", "proposal_template", "contact_deletion")} == {
        "subtree"
    }
