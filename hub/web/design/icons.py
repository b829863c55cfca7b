"""Icons through one door: the package behind it (lucide) can change without touching a template."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide


@lru_cache(maxsize=512)
def svg(name: str, size: int = 16, label: str = "") -> SafeString:
    """Return the inline SVG of lucide icon `name`, `size` CSS pixels wide.

    Without a `label` the icon is decoration and hidden from screen readers; with one it is an image of that name.
    Raises `lucide.IconDoesNotExist` for an unknown name.
    """
    spoken = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    drawing = lucide(name, size=size, **{"class": "icon", "focusable": "false", **spoken})
    return mark_safe(drawing)  # the package escapes the label


@lru_cache(maxsize=512)
def known_or(name: str, fallback: str) -> str:
    """`name` if there is an icon of that name, else `fallback`: plugins name their own icons, and may misspell them or have none.

    Remembered, for to see that there is none means reading through the whole package.
    """
    try:
        svg(name)
    except IconDoesNotExist:
        return fallback
    return name
