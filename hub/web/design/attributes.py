"""HTML attributes handed through template tags: `hx_post="/x"` in a tag becomes `hx-post="/x"` in the page."""

from collections.abc import Mapping

from django.forms.utils import flatatt
from django.utils.safestring import SafeString, mark_safe


def html_attributes(given: Mapping[str, object]) -> SafeString:
    """Return `given` as escaped HTML attributes with a leading space; `None` and `False` leave one out."""
    return flatatt({_html_name(name): value for name, value in given.items() if value not in (None, False)})


def _html_name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def one_of(value: str, allowed: tuple[str, ...], what: str) -> str:
    """Return `value` if `allowed` holds it; otherwise raise `ValueError` naming what was expected.

    A misspelt tone should stop the page's author, not show a grey button to an admin.
    """
    if value not in allowed:
        raise ValueError(f"{what} must be one of {', '.join(allowed)}; got {value!r}.")
    return value


def trimmed(drawn: str) -> str:
    """Return a block's drawn content without the space around it; what was safe stays safe (`str.strip` forgets it)."""
    text = drawn.strip()
    return mark_safe(text) if isinstance(drawn, SafeString) else text
