"""What the kit proves of a mailer's own limit: what is larger leaves nothing behind, and what fits leaves.

``Mailer(largest=…)`` decides which files are given as a link instead. A mailer that promises more than its provider takes loses
mails to a refusal, and one that checks nothing hands over what comes back as a bounce.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from hub.core.mail import Attachment, Mailer, Message
from hub.core.mail_mime import LONGEST
from hub.core.outcomes import Rejected
from hub.dispatch.live import DryRun
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless

PLAYED = 5 * 1024 * 1024
"""Bytes: the kit writes no larger mails than this, for each costs time."""

SPARE = 16 * 1024
"""Bytes of a mail's head, its text, and what its files begin and end with."""


def cases(bench: Bench) -> Iterator[Case]:
    """Of every mailer that sends by code of its own and says how much it takes."""
    for mailer in (one for one in bench.plain.mailers if one.send is not None and one.largest):
        name, most = mailer.name.partition(".")[2], min(mailer.largest, LONGEST)
        if most <= PLAYED:
            story = partial(_too_large, mailer=mailer, most=most)
            yield Case(f"{name}: a mail that is larger than it takes", Badge.FAULTS, story)
        fits = partial(_fits, mailer=mailer, most=min(most, PLAYED))
        yield Case(f"{name}: a mail with files that it takes", Badge.CLEAN, fits)


def message_of(bench: Bench, size: int) -> Message:
    """A mail whose files make it about this large when it is written."""
    content = b"\0" * max(1, (size - SPARE) * 57 // 78)  # a line of base64 holds 57 bytes and is 78 long
    return Message(
        message_id="<kit-size@kit.test>", sender=str(bench.settings["address"]), to=("ada@example.com",), subject="Files",
        text="With a file.", attachments=(Attachment.of("offer.bin", "application/octet-stream", content),),
    )  # fmt: skip


def _asked(bench: Bench, mailer: Mailer, size: int) -> Any:
    """What the mailer does with it; its sending is stopped before it leaves."""
    send, message = mailer.send, message_of(bench, size)
    assert send is not None
    return bench.ask(lambda vendor: send(vendor, message))


def _too_large(bench: Bench, mailer: Mailer, most: int) -> None:
    said = _asked(bench, mailer, most + 4 * SPARE)
    unless(not isinstance(said, DryRun), f"A mail of more than {most:,} bytes (largest=) would have left.")
    unless(
        isinstance(said, Rejected), f"A mail that is too large is rejected, so that files become links; it is {said!r}."
    )


def _fits(bench: Bench, mailer: Mailer, most: int) -> None:
    said = _asked(bench, mailer, most - SPARE)
    unless(isinstance(said, DryRun), f"A mail of fewer than {most:,} bytes (largest=) does not leave: {said!r}")
