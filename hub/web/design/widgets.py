"""Form widgets Django does not have. Each is a plain Django widget with a `ui_kind` that `{% field %}` reads.

Used without the tag they still work as ordinary inputs, and so they do without JavaScript.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from hub.web.design.badges import Text

_SELECTED = mark_safe(" selected")


class Toggle(forms.CheckboxInput):
    """A switch for something that is on or off at once."""

    ui_kind = "toggle"


class SecretInput(forms.PasswordInput):
    """A write-only secret: says that one is stored and its last four characters (of an address the host), never the value.

    An empty answer means *keep what is stored*; the form's `clean` must treat it so. `tokens` are offered for a new value.
    """

    ui_kind = "secret"

    def __init__(
        self,
        *,
        stored: bool = False,
        last_four: str = "",
        host: str = "",
        tokens: Sequence[tuple[str, Text]] = (),
        attrs: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false", **(attrs or {})}, render_value=False)
        self.stored = stored
        self.last_four = last_four
        self.host = host
        self.tokens = tokens
        if tokens:  # who puts tokens into it must see what they write
            self.input_type = "text"


class SearchSelect(forms.Select):
    """A dropdown with a search box; may be fed by a vendor.

    `refresh_url` reloads the choices (GET, answers the field's own HTML), `loaded_at` is the age of the list, `problem`
    says readably why it could not load, `typed_name` names a second input for a value typed by hand and `typed_label_name`
    a third for what it is called.
    """

    ui_kind = "search_select"

    def __init__(
        self,
        *,
        refresh_url: str = "",
        loaded_at: datetime | None = None,
        problem: Text = "",
        typed_name: str = "",
        typed_label_name: str = "",
        attrs: dict[str, Any] | None = None,
        choices: Sequence[tuple[str, Any]] = (),
    ) -> None:
        super().__init__(attrs={"data-search-select": "", **(attrs or {})}, choices=choices)
        self.refresh_url = refresh_url
        self.loaded_at = loaded_at
        self.problem = problem
        self.typed_name = typed_name
        self.typed_label_name = typed_label_name

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The element as Django draws it, without a template an option: of six hundred time zones each page would feel it."""
        chosen = set(self.format_value(value))
        keyed = [("" if option is None else str(option), label) for option, label in self.choices]
        options = ((key, _SELECTED if key in chosen else "", label) for key, label in keyed)
        drawn = format_html_join("", '<option value="{}"{}>{}</option>', options)
        return format_html(
            "<select{}>{}</select>", flatatt({"name": name} | self.build_attrs(self.attrs, attrs)), drawn
        )


class TokenTextarea(forms.Textarea):
    """A text area that offers tokens to insert at the cursor: pairs of token text and its meaning."""

    ui_kind = "tokens"

    def __init__(self, *, tokens: Sequence[tuple[str, Text]] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs)
        self.tokens = tokens


class RichTextarea(TokenTextarea):
    """Text with formatting, posted as HTML: an editor where scripts run (`static/hub/rich.js`), the HTML itself where not."""

    ui_kind = "rich"

    def __init__(self, *, tokens: Sequence[tuple[str, Text]] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__(tokens=tokens, attrs={"data-rich": "", "spellcheck": "true", **(attrs or {})})


class TokenInput(forms.TextInput):
    """One line of text that offers tokens, as `TokenTextarea` does."""

    ui_kind = "tokens"

    def __init__(self, *, tokens: Sequence[tuple[str, Text]] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs)
        self.tokens = tokens


def ui_kind(widget: forms.Widget) -> str:
    """Return which shape `{% field %}` gives to a widget: its own `ui_kind`, or one derived from its class."""
    own = getattr(widget, "ui_kind", "")
    if own:
        return str(own)
    for kinds, name in _DERIVED:
        if isinstance(widget, kinds):
            return name
    return "input"


_DERIVED: tuple[tuple[tuple[type[forms.Widget], ...], str], ...] = (
    ((forms.HiddenInput, forms.MultipleHiddenInput), "hidden"),
    ((forms.CheckboxSelectMultiple, forms.RadioSelect), "choices"),
    ((forms.CheckboxInput,), "checkbox"),
    ((forms.Select,), "select"),
    ((forms.Textarea,), "textarea"),
    ((forms.FileInput,), "file"),
)
