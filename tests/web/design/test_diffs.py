"""Two texts side by side."""

from hub.web.design.diffs import DiffRow, diff_rows


def test_a_changed_line_stands_beside_what_it_became() -> None:
    assert diff_rows("wait 2 days\nnote", "wait 3 days\nnote") == [
        DiffRow("changed", "wait 2 days", "wait 3 days"),
        DiffRow("same", "note", "note"),
    ]


def test_an_added_and_a_removed_line_have_an_empty_side() -> None:
    assert diff_rows("a", "a\nb") == [DiffRow("same", "a", "a"), DiffRow("added", None, "b")]
    assert diff_rows("a\nb", "b") == [DiffRow("removed", "a", None), DiffRow("same", "b", "b")]


def test_equal_texts_have_only_same_lines() -> None:
    assert {row.kind for row in diff_rows("a\nb\nc", "a\nb\nc")} == {"same"}
