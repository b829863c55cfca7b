"""Which tokens exist in an account, and which of a step's texts hold one that does not.

The table has the house's own tokens, one for each of the account's custom fields, and those of the loaded plugins. Filling
them is :func:`hub.dispatch.binding.values`, for the engine and the preview alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from hub.addons.models import Manifest
from hub.contacts.models import CustomField
from hub.core import nested, tokens
from hub.core.settings import FieldSpec
from hub.core.tokens import Token
from hub.db.scoping import id_of


def table(account: Any) -> tuple[Token, ...]:
    """Every token that texts in this account (a row or an id) may hold."""
    labels = CustomField.objects.filter(account_id=id_of(account)).order_by("label").values_list("label", flat=True)
    return (*tokens.house_tokens(labels), *_of_plugins())


def unknown(options: Mapping[str, Any], fields: Sequence[FieldSpec] | None, known: Iterable[str]) -> dict[str, str]:
    """Field → sentence for every field of a step that holds an unknown token.

    Args:
        fields: the step's form; None when no manifest tells it, and then every text is looked at.
        known: names of the tokens that exist.
    """
    table_ = set(known)
    found = {name: _strangers(options[name], table_) for name in _filled_fields(options, fields)}
    return {name: _sentence(strangers, table_) for name, strangers in found.items() if strangers}


def _of_plugins() -> Iterator[Token]:
    for data in Manifest.objects.filter(loaded=True).order_by("addon").values_list("data", flat=True):
        yield from (Token(name, name) for name in data.get("tokens", ()))


def _filled_fields(options: Mapping[str, Any], fields: Sequence[FieldSpec] | None) -> list[str]:
    if fields is None:
        return list(options)
    return [spec.name for spec in fields if spec.tokens and spec.name in options]


def _strangers(value: Any, known: set[str]) -> list[str]:
    names = (name for text in nested.texts(value) for name in tokens.names(text))
    return [name for name in dict.fromkeys(names) if name not in known]


def _sentence(strangers: list[str], known: set[str]) -> str:
    named = ", ".join(f"{{{{{name}}}}}" for name in strangers)
    near = _nearest(strangers[0], known)
    hint = f" Did you mean {{{{{near}}}}}?" if near else ""
    return f"There is no token {named}.{hint}"


ALIKE = 0.7
"""How like each other two names are, from 0 to 1, before one is offered for the other."""


def _nearest(stranger: str, known: set[str]) -> str:
    """The token that was probably meant, or nothing. Nearly all begin alike (``client.``), so only what follows is compared;
    where no token begins so (``contact.``), the contact's own come first."""
    head, _, tail = stranger.rpartition(".")
    by_owner = sorted(known, key=lambda name: (not name.startswith("client."), name))
    for names in ([name for name in by_owner if name.rpartition(".")[0] == head], by_owner):
        tails = {name.rpartition(".")[2].casefold(): name for name in reversed(names)}
        close = get_close_matches(tail.casefold(), tails, n=1, cutoff=ALIKE)
        if close:
            return tails[close[0]]
    return ""
