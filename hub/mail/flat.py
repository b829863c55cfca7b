"""Values in a text that a program reads. Pure.

An e-mail to somebody else whose author closes each value with a double bar goes to a parser, as Zapier's: it finds a value by the
signs around it. There a value that holds a line break or a double bar would move what follows it, so it is flattened, and the
contact's history says of which values that was done.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from hub.core.mail_parser import END, flat
from hub.core.tokens import Template, names, render
from hub.steps.email import Email


def flattened(step: Email, text: str) -> Email:
    """The step with its values flattened, where a program reads it; else as it is.

    Args:
        text: its plain text as the author wrote it, for in the step its tokens are filled.
    """
    if not step.to:
        return step
    given, html = _values(step), step.html
    values = {name: flat(value) for name, value in given.items()}
    update: dict[str, object] = {}
    if END in text:
        update["text"] = render(text.strip(), values).text
    if END in html.text:
        update["html"] = html.bind(values)
    return step.model_copy(update=update) if update else step


def changed(step: Email, text: str) -> tuple[str, ...]:
    """The tokens whose values were flattened, as their author wrote them."""
    if not step.to:
        return ()
    given = _values(step)
    read = [one for one in (text, step.html.text) if END in one]
    wanted = dict.fromkeys(name for one in read for name in names(one))
    return tuple(name for name in wanted if flat(given.get(name, "")) != given.get(name, "").strip())


def warning(tokens: tuple[str, ...]) -> str:
    """A sentence for the history."""
    return _("Line breaks and double bars were taken out of: {tokens}.").format(tokens=", ".join(tokens))


def _values(step: Email) -> Mapping[str, str]:
    """What the step's tokens are filled from; the HTML has it with it, for it fills its own."""
    html: Template = step.html
    return html.values
