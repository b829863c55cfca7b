"""Canaries: the secrets of the connection, planted in the vendor's own words, must come out nowhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from hub.testing import faults
from hub.testing.faults import Fault
from hub.testing.proofs import judge, rules
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, Unproved
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.shape import Shape

STATUSES = (400, 401, 403, 422, 500, 503)
"""Answers whose words go into a sentence for people, or might."""


def cases(bench: Bench, shape: Shape) -> Iterator[Case]:
    """One case a status and spelling."""
    if shape.write is None or not bench.secrets:
        return
    for status in STATUSES:
        story = partial(_echoed, shape=shape, status=status)
        yield Case(f"{shape.name}: {status} that repeats the key", Badge.SECRETS, story, echoes=True)
    yield Case(
        f"{shape.name}: a good answer that repeats the key", Badge.SECRETS, partial(_good, shape=shape), echoes=True
    )


def _said(secret: str) -> list[str]:
    """The vendor's words with the secret in them, spelt in several ways."""
    raw = secret.encode()
    spelt = (secret, quote(secret, safe=""), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode())
    return [f"the credential {word} may not do this" for word in spelt]


def _echoed(bench: Bench, shape: Shape, status: int) -> None:
    for secret in bench.secrets:
        for words in _said(secret):
            _play(bench, shape, Fault(str(status), status, body=json.dumps({"message": words}).encode()))


def _good(bench: Bench, shape: Shape) -> None:
    """Not in an error but in a header, in fields nobody declared, and behind texts for people."""
    for secret in bench.secrets:
        _play(bench, shape, faults.echo(secret))


def _play(bench: Bench, shape: Shape, fault: Fault) -> None:
    scene = Scene(bench, shape).meets(fault.at("write")).go().rest()
    judge.honest(scene)
    for sentence in rules.leaks(bench.secrets, rules.sinks_of_run(scene.run)):
        raise Unproved(f"{sentence} The vendor had repeated it in an answer with status {fault.status or 200}.")
