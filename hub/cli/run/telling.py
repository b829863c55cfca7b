"""What came of it, printed. Every line passes the redaction, and the credential is masked where it stands, however short."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from hub.cli.run.bench import Bench
from hub.cli.run.dry import Leaving
from hub.cli.saying import complain, count, say
from hub.core import redact
from hub.core.auth import Signed
from hub.core.registry import Plugin
from hub.dispatch.states import State
from hub.testing.ledger import Run

MEANS = {
    State.DONE: "Done",
    State.UNKNOWN: "Not known whether it happened. Look at the vendor for the reference before you try again",
    State.SCHEDULED: "Not now; the hub would try again",
    State.HELD: "The hub would hold the step until somebody acts",
    State.REVIEW: "The hub would put this before a person",
}


@contextmanager
def the_authors_words() -> Iterator[None]:
    """What the dispatcher writes into the log for a plugin's author, said here as complaints: file and line are in it."""
    log, heard = logging.getLogger("hub.dispatch"), _Complaints(logging.WARNING)
    before = log.propagate
    log.addHandler(heard)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(heard)
        log.propagate = before


class _Complaints(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage()
        complain(f"{words[:1].upper()}{words[1:].rstrip('.')}. Its author acts.")


def tell_leaving(found: Leaving, plugin: Plugin) -> int:
    """The request that would have left, as it would have left."""
    for method, path in found.calls:
        _say(f"# {method} {path} was answered by the simulator of {plugin.info.title}")
    if found.request is None:
        said = found.outcome.sentence() if found.outcome else ""
        _say(f"# No write: the action ended with {type(found.outcome).__name__}. {said}".rstrip())
        return 0
    _say("# This request would leave. Nothing has left.")
    for line in lines(found.request, found.signature):
        _say(line)
    return 0


def lines(request: httpx.Request, signature: Signed) -> list[str]:
    """A request in HTTP's own shape, without its credential."""
    names = {name.lower(): name for name in signature.headers}
    headers = [
        f"{names.get(name.lower(), name)}: {redact.MASK if name.lower() in names else value}"
        for name, value in ((raw.decode("latin-1"), text.decode("latin-1")) for raw, text in request.headers.raw)
    ]
    body = request.content.decode("utf-8", "replace")
    return [f"{request.method} {_without_keys(request.url, signature)}", *headers, *(["", body] if body else [])]


def _without_keys(url: httpx.URL, signature: Signed) -> str:
    if not signature.query:
        return str(url)
    pairs = tuple((name, value) for name, value in url.params.multi_items() if name not in signature.query)
    shown = "&".join([str(httpx.QueryParams(pairs)), *(f"{name}={redact.MASK}" for name in signature.query)]).lstrip(
        "&"
    )
    return f"{url.copy_with(query=None)}?{shown}"


def tell_run(run: Run, bench: Bench) -> int:
    """Where the step stands, and what the vendor saw."""
    if not bench.live:
        for method, path in bench.vendor.calls:
            _say(f"  {method} {path}")
    words = run.note or run.sentence
    _say(f"{MEANS.get(run.state, str(run.state).capitalize())}{': ' + words if words else '.'}")
    if run.reference:
        _say(f"  the vendor's id: {run.reference}")
    _say(f"  our reference: {run.ref}")
    if not bench.live:  # by the vendor's own count, for not every call can carry our reference
        acted = len(bench.vendor.effects) + len(bench.mail.outbox)
        _say(f"  the vendor acted {count(acted, 'time')} for it")
    return 0 if run.state is State.DONE else 1


def _say(line: str) -> None:
    say(redact.text(line))
