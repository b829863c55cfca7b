"""An account's own colours: checked, made readable, and handed to the page as `--account-*` custom properties."""

import re

_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")
DARK_INK, LIGHT_INK = "#000000", "#ffffff"
"""Pure black and white: one of them reaches 4.5 : 1 (WCAG 2, AA) on every colour; softer inks do not."""


def theme_css(colours: dict[str, str]) -> str:
    """Return a CSS rule that maps an account's colours on: `{"accent": "#2f6f4f"}` → `--account-accent`.

    With each colour comes the ink that reads on it (`--account-accent-ink`). Names other than accent, brand and
    highlight, and values that are not `#rrggbb`, are left out: this text goes into a style element as it is.
    """
    lines = [
        f"--account-{name}:{value};--account-{name}-ink:{readable_ink(value)};"
        for name, value in colours.items()
        if name in ("accent", "brand", "highlight") and _HEX.match(value)
    ]
    return f":root{{{''.join(lines)}}}" if lines else ""


def readable_ink(background: str) -> str:
    """Return the ink, dark or light, that contrasts more with `background` (`#rrggbb`)."""
    return max((LIGHT_INK, DARK_INK), key=lambda ink: contrast(ink, background))


def contrast(one: str, other: str) -> float:
    """Return the WCAG 2 contrast ratio of two `#rrggbb` colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
