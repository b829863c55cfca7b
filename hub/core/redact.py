"""Secrets removed by value, at every way out.

A key may sit in a header, in a URL, in a Basic credential or in the vendor's own error text, so it does no good to hide
fields by name. Every secret that is decrypted is registered here, and every sink (note, log, error, notification, audit row,
report, capsule, cassette) passes its text through :func:`text`, which takes out the value itself and every spelling of it that
:mod:`hub.core.secret_forms` knows. Where spellings overlap, all of them go, so that none leaves a recognisable tail of another.

Looking is cheap where there is nothing to find: each spelling has six characters at least, so one of its first three pieces of
four lies at a place that can be divided by three, and only those places are looked at. A long text, such as a page of an
import, is searched for the beginnings themselves while they are few.
"""

from __future__ import annotations

import logging
import re
import threading
import traceback
from collections import Counter, OrderedDict
from collections.abc import Iterable
from typing import Any

from hub.core import nested, secret_forms
from hub.core.secret_forms import SHORTEST

SECRET_NAMES = re.compile(
    r"pass(word|wd)?$|secret|token$|api[_-]?key|authorization|cookie|credential|private[_-]?key|session[_-]?key",
    re.IGNORECASE,
)
"""Names of fields and headers whose value is not shown, known secret or not. Only where there is no value to go by: a name
catches too much and too little."""

MASK = "•••"
"""What stands where a secret stood."""

KEPT = 4_096
"""How many secrets are remembered; the least recently used is forgotten."""

_PIECE = 4
_STRIDE = SHORTEST - _PIECE + 1

_LONG, _FEW = 10_000, 64
"""In so long a text so few beginnings of spellings are found sooner one after the other."""

forms = secret_forms.of


class _Known:
    """The secrets of this process, and an index of their spellings. Readers need no lock: they see each table as it is."""

    def __init__(self) -> None:
        self.secrets: OrderedDict[str, frozenset[str]] = OrderedDict()
        self.pieces: Counter[str] = Counter()
        self.heads: dict[str, tuple[str, ...]] = {}
        self.longest = 0
        self._lock = threading.Lock()

    def add(self, secrets: Iterable[str]) -> None:
        with self._lock:
            for secret in secrets:
                if secret in self.secrets:
                    self.secrets.move_to_end(secret)
                elif len(secret) >= SHORTEST:
                    self._enter(secret, secret_forms.of(secret))
            while len(self.secrets) > KEPT:
                self._leave(self.secrets.popitem(last=False)[1])

    def drop(self, secrets: Iterable[str]) -> None:
        with self._lock:
            for secret in secrets:
                self._leave(self.secrets.pop(secret, frozenset()))

    def _enter(self, secret: str, spellings: frozenset[str]) -> None:
        self.secrets[secret] = spellings
        for form in spellings:
            head = form[:SHORTEST]
            self.heads[head] = tuple(sorted((*self.heads.get(head, ()), form), key=len, reverse=True))
            self.pieces.update(_pieces(form))
            self.longest = max(self.longest, len(form))

    def _leave(self, spellings: frozenset[str]) -> None:
        for form in spellings:
            head = form[:SHORTEST]
            left = list(self.heads[head])
            left.remove(form)  # once: another secret may have the same spelling
            self.heads[head] = tuple(left)
            if not left:
                del self.heads[head]
            self.pieces.subtract(_pieces(form))
            for piece in _pieces(form):
                if self.pieces[piece] <= 0:
                    del self.pieces[piece]


_known = _Known()


def register(*secrets: str) -> None:
    """Remember values that must never be shown. Cheap when they are known already."""
    _known.add(secrets)


def forget(secrets: Iterable[str]) -> None:
    """Forget values, for tests."""
    _known.drop(secrets)


def text(value: str, mask: str = MASK) -> str:
    """The same text without any registered secret."""
    return value if _is_clean(value) else _without(value, _spans(value), len(value), mask)


def cut(value: str, length: int) -> str:
    """The first ``length`` characters without any registered secret, one that would be cut in two included."""
    if len(value) < SHORTEST:  # mostly nothing at all
        return value[:length]
    seen = value[: length + _known.longest]
    if _is_clean(seen):
        return seen[:length]
    return _without(seen, _spans(seen), length, MASK)[:length]


def is_clean(value: str) -> bool:
    """Whether it holds nothing that even resembles a registered secret. Of several texts one can ask together: what is in none of
    them joined is in none of them."""
    return _is_clean(value)


def reach() -> int:
    """The length of the longest spelling of a registered secret: how far one may reach beyond a cut."""
    return _known.longest


def data(value: Any, mask: str = MASK) -> Any:
    """The same structure of dicts, lists and texts without any registered secret."""
    return nested.changed(value, lambda each: text(each, mask))


masked = secret_forms.masked
host_of = secret_forms.host_of


def last_four(secret: str) -> str:
    """What the settings page may show of a secret that is no address. Short secrets show nothing at all."""
    return f"{MASK} {secret[-4:]}" if len(secret) >= 12 else MASK


class LogFilter(logging.Filter):
    """Takes secrets out of a logger's lines and tracebacks, whoever writes them down: the server, a test, a shell."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = text(record.getMessage()), None
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = text("".join(traceback.format_exception(*record.exc_info)).rstrip())
        return True


# --- looking ------------------------------------------------------------------------------------------------------


def _pieces(form: str) -> set[str]:
    return {form[at : at + _PIECE] for at in range(_STRIDE)}


def _is_clean(value: str) -> bool:
    """Whether no piece of a spelling stands where one would have to."""
    pieces = _known.pieces
    if not pieces or len(value) < SHORTEST:
        return True
    if len(value) >= _LONG and len(_known.heads) <= _FEW:
        return not any(head in value for head in tuple(_known.heads))
    return pieces.keys().isdisjoint([value[at : at + _PIECE] for at in range(0, len(value), _STRIDE)])


def _spans(value: str) -> list[tuple[int, int]]:
    """Where spellings stand; those that touch or overlap are one."""
    spans: list[tuple[int, int]] = []
    heads = _known.heads
    for at in range(len(value) - SHORTEST + 1):
        for form in heads.get(value[at : at + SHORTEST], ()):
            if value.startswith(form, at):
                _join(spans, at, at + len(form))
                break
    return spans


def _join(spans: list[tuple[int, int]], begin: int, end: int) -> None:
    if spans and begin <= spans[-1][1]:
        begin, end = spans[-1][0], max(end, spans.pop()[1])
    spans.append((begin, end))


def _without(value: str, spans: Iterable[tuple[int, int]], length: int, mask: str) -> str:
    """The first ``length`` characters with every span masked, one that reaches beyond included."""
    parts, done = [], 0
    for begin, end in spans:
        if begin >= length:
            break
        parts += [value[done:begin], mask]
        done = end
    return "".join([*parts, value[done:length]])
