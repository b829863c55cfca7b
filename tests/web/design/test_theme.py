"""An account's colours are checked before they reach a style element."""

import pytest

from hub.web.design.theme import contrast, readable_ink, theme_css


def test_a_colour_arrives_with_the_ink_that_reads_on_it() -> None:
    assert theme_css({"accent": "#2f6f4f"}) == ":root{--account-accent:#2f6f4f;--account-accent-ink:#ffffff;}"


@pytest.mark.parametrize(
    "value", ["red", "#fff", "#2f6f4f;}body{display:none", "</style><script>alert(1)</script>", "#2f6f4f\n"]
)
def test_what_is_not_a_plain_colour_never_reaches_the_page(value: str) -> None:
    assert theme_css({"accent": value}) == ""


def test_an_unknown_name_never_reaches_the_page() -> None:
    assert theme_css({"x:red;}*{--y": "#2f6f4f"}) == ""


@pytest.mark.parametrize("background", ["#000000", "#777777", "#ffffff", "#ffd400", "#4950d0", "#c42534"])
def test_the_ink_reads_on_any_colour(background: str) -> None:
    assert contrast(readable_ink(background), background) >= 4.5  # WCAG 2, AA for text
