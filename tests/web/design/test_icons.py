"""Icons by name: what a plugin names may not exist, and that is found out once."""

from __future__ import annotations

import pytest

from hub.web.design import icons


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    icons.svg.cache_clear()
    icons.known_or.cache_clear()


@pytest.mark.parametrize("name", ["", "no-such-icon"])
def test_who_names_none_that_exists_gets_the_other_and_is_looked_for_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, draw = list[str](), icons.lucide
    monkeypatch.setattr(icons, "lucide", lambda called, **how: asked.append(called) or draw(called, **how))

    assert [icons.known_or(name, "puzzle") for _ in range(3)] == ["puzzle"] * 3
    assert asked == [name]


def test_a_known_icon_keeps_its_name() -> None:
    assert icons.known_or("gift", "puzzle") == "gift"
