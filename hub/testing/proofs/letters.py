"""What the kit proves of a mailer that reads by its provider's own API: the promises that the hub keeps for it by IMAP.

Nobody can play a stranger's mailbox from its declaration: which call lists what arrived, and how a bookmark looks, only its
author knows. So the add-on's ``simulation`` brings two functions. ``arrives(vendor, raw, now, answers="")`` puts a letter into
the mailbox, in the conversation of what was sent under the Message-ID ``answers``; ``bookmarks_end(vendor)`` makes the provider
forget every bookmark that it gave. Everything else is asked of the mailer as the hub asks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from hub.core.mail import Mailer
from hub.core.mail_mime import message_id
from hub.core.mail_post import Cursor, Letter, Letters
from hub.core.outcomes import Broken, NeedsAdmin, Outcome, Verdict
from hub.dispatch.states import State
from hub.testing import faults
from hub.testing.faults import Fault
from hub.testing.kit import ACME, ADA
from hub.testing.ledger import Run
from hub.testing.proofs import rules
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, Unproved, unless
from hub.testing.proofs.shape import Shape

MANY = 45
"""Letters: more than two pages of twenty."""

FEW = 3

MOST_PAGES = 60
"""After which a mailbox of so few letters has no end."""

MOST_ROUNDS = 12
"""Looks after a trouble until everything must have been read."""

FINE = Fault("no trouble", acts=True)
"""The call goes well; so the next trouble is met by the one after it."""

PASSING: tuple[Fault, ...] = (
    faults.refused(), faults.reset(), faults.timeout(), faults.status(500), faults.status(503), faults.too_many("90"),
)  # fmt: skip
"""Troubles of the provider's own, which pass. A letter is bytes, so nobody can tell another page with status 200 from one."""

LETTER = "From: bea@example.com\r\nSubject: Re: Hello\r\nMessage-ID: <{0}@kit.test>\r\n\r\nletter {0}\r\n"


def cases(bench: Bench, shapes: list[Shape]) -> Iterator[Case]:
    """Of every mailer that reads with code of its own."""
    for mailer in (one for one in bench.plain.mailers if one.read is not None):
        name = mailer.name.partition(".")[2]
        if not hasattr(bench.simulation, "arrives") or not hasattr(bench.simulation, "bookmarks_end"):
            yield Case(f"{name}: its reading can be played", Badge.WAYS_IN, _cannot_be_played)
            continue
        yield from _reading(name, mailer)
        shape = next((one for one in shapes if one.action.type == mailer.name and one.write is not None), None)
        if shape is not None:
            story = partial(_conversations, shape=shape, mailer=mailer)
            yield Case(f"{name}: reading: an answer is known by its conversation", Badge.WAYS_IN, story)


def _reading(name: str, mailer: Mailer) -> Iterator[Case]:
    stories = {
        "what lay there before is no news": _silent_first,
        "every letter once, page by page": _every_letter_once,
        "it goes on where any page ended": _from_every_page,
        "a bookmark that has ended": _bookmark_ended,
        "a sign-in that is refused": _refused,
    }
    for words, story in stories.items():
        yield Case(f"{name}: reading: {words}", Badge.WAYS_IN, partial(story, mailer=mailer))
    for fault in PASSING:
        yield Case(f"{name}: reading: {fault.name}", Badge.WAYS_IN, partial(_troubled, mailer=mailer, fault=fault))
    yield Case(
        f"{name}: reading: the vendor repeats the key", Badge.SECRETS, partial(_echoed, mailer=mailer), echoes=True
    )


def _cannot_be_played(bench: Bench) -> None:
    unless(
        False,
        "The mailer reads, and nothing says how a letter comes in at its provider. Write in simulation.py: "
        "arrives(vendor, raw, now, answers='') and bookmarks_end(vendor).",
    )


# --- asking it -----------------------------------------------------------------------------------------------------


@dataclass
class Look:
    """One look into a mailbox.

    Attributes:
        pages: those that came, whatever happened after them.
        said: why it did not come to its end; None where it did.
    """

    pages: list[Letters] = field(default_factory=list)
    said: Outcome | None = None

    @property
    def letters(self) -> list[Letter]:
        return [letter for page in self.pages for letter in page.letters]

    @property
    def raws(self) -> list[bytes]:
        return [bytes(letter.raw) for letter in self.letters]


def look(bench: Bench, mailer: Mailer, cursor: Cursor | None, most: int = MOST_PAGES, **settings: Any) -> Look:
    """Ask for what came since the cursor, at most so many pages."""
    seen = Look()

    async def read(vendor: Any) -> str:
        assert mailer.read is not None
        pages = mailer.read(vendor, cursor)
        async for page in pages:
            unless(isinstance(page, Letters), f"Reading yielded {type(page).__name__}; yield pages of Letters.")
            seen.pages.append(page)
            if len(seen.pages) >= most:
                await pages.aclose()  # type: ignore[attr-defined]  # it is a generator
                break
        return "read"

    said = bench.ask(read, **settings)
    seen.said = said if isinstance(said, Outcome) else None
    return seen


def _whole(bench: Bench, mailer: Mailer, cursor: Cursor | None) -> Look:
    """A look that must come to its end."""
    seen = look(bench, mailer, cursor)
    unless(seen.said is None, f"The mailbox could not be read: {seen.said!r}")
    unless(seen.pages, "Reading yielded no page; an empty one says from where to go on.")
    unless(len(seen.pages) < MOST_PAGES, "Reading does not come to its end. Does it hand the next page's pointer on?")
    return seen


def _begun(bench: Bench, mailer: Mailer) -> Cursor:
    return _whole(bench, mailer, None).pages[-1].cursor


def _arrive(bench: Bench, number: int) -> list[bytes]:
    """Letters come in, a second after the other."""
    raws = [LETTER.format(n).encode() for n in range(number)]
    for raw in raws:
        bench.clock.advance(seconds=1)
        bench.simulation.arrives(bench.vendor, raw, bench.clock.now())
    bench.clock.advance(seconds=1)
    return raws


# --- the stories ---------------------------------------------------------------------------------------------------


def _silent_first(bench: Bench, mailer: Mailer) -> None:
    _arrive(bench, FEW)
    bench.clock.advance(days=2)
    seen = _whole(bench, mailer, None)
    unless(not seen.letters, "Letters that lay in the mailbox before were taken for news.")
    after = _whole(bench, mailer, seen.pages[-1].cursor)
    unless(not after.letters, "The second look took what lay there before for news.")


def _every_letter_once(bench: Bench, mailer: Mailer) -> None:
    start = _begun(bench, mailer)
    raws = _arrive(bench, MANY)
    seen = _whole(bench, mailer, start)
    unless(
        seen.raws == raws, f"Of {MANY} letters {len(set(seen.raws) & set(raws))} were read, {len(seen.raws)} in all."
    )
    unless(len({letter.id for letter in seen.letters}) == MANY, "Letters must bear the provider's own ids.")
    unless(not any(page.reset for page in seen.pages), "A page says *reset* although its bookmark was good.")
    unless(not seen.pages[-1].more, "The last page says that there are more.")
    again = _whole(bench, mailer, seen.pages[-1].cursor)
    unless(not again.letters, "The last page's cursor brings letters that were read.")


def _from_every_page(bench: Bench, mailer: Mailer) -> None:
    """The hub keeps a page and its cursor, and may die before the next."""
    cursor = _begun(bench, mailer)
    raws = _arrive(bench, MANY)
    found: list[bytes] = []
    for _ in range(MOST_PAGES):
        seen = look(bench, mailer, cursor, most=1)
        unless(
            seen.said is None and seen.pages, f"The mailbox could not be read on from a page's cursor: {seen.said!r}"
        )
        found += seen.raws
        cursor = seen.pages[0].cursor
        if not seen.pages[0].more:
            break
    lost = len(set(raws) - set(found))
    unless(not lost, f"{lost} of {MANY} letters are lost when reading stops after a page and goes on from its cursor.")


def _bookmark_ended(bench: Bench, mailer: Mailer) -> None:
    start = _begun(bench, mailer)
    raws = _arrive(bench, MANY)
    bench.simulation.bookmarks_end(bench.vendor)
    seen = _whole(bench, mailer, start)
    unless(set(seen.raws) >= set(raws), "The bookmark had ended, and letters that came since were not read.")
    silent = [page for page in seen.pages if page.letters and not page.reset]
    unless(not silent, "The bookmark had ended, and a page does not say reset: its letters may be known already.")
    unless(not _whole(bench, mailer, seen.pages[-1].cursor).letters, "The new cursor does not hold.")
    _stopped_while_beginning_anew(bench, mailer, start, raws)


def _stopped_while_beginning_anew(bench: Bench, mailer: Mailer, start: Cursor, raws: list[bytes]) -> None:
    bench.simulation.bookmarks_end(bench.vendor)
    first = look(bench, mailer, start, most=1)
    found = {*first.raws, *_to_the_end(bench, mailer, first.pages[-1].cursor if first.pages else start)}
    lost = len(set(raws) - found)
    unless(
        not lost,
        f"The bookmark had ended, reading began anew and stopped after a page: {lost} of {MANY} letters are lost.",
    )


def _troubled(bench: Bench, mailer: Mailer, fault: Fault) -> None:
    """The trouble meets each call in turn. A provider that is out of order sends nobody to look for a key and loses no letter."""
    for at in range(MOST_ROUNDS):
        bench.begin()
        start = _begun(bench, mailer)
        raws = _arrive(bench, FEW)
        bench.fail(*[FINE] * at, fault)
        seen = look(bench, mailer, start)
        if bench.vendor.waiting:
            return
        _is_passing(seen.said, fault)
        found = set(seen.raws) | set(_to_the_end(bench, mailer, seen.pages[-1].cursor if seen.pages else start))
        lost = len(set(raws) - found)
        unless(not lost, f"{fault.name} at call {at + 1} of a look: {lost} of {FEW} letters are never read.")


def _is_passing(said: Outcome | None, fault: Fault) -> None:
    unless(not isinstance(said, Broken), f"After {fault.name} the reading failed: {said!r}")
    if said is not None:
        unless(said.verdict is Verdict.WAIT, f"A trouble that passes ({fault.name}) is told as {said.verdict}.")
        unless(said.sentence().strip(), "There is no sentence that says what happened.")


def _to_the_end(bench: Bench, mailer: Mailer, cursor: Cursor) -> list[bytes]:
    return _whole(bench, mailer, cursor).raws


def _refused(bench: Bench, mailer: Mailer) -> None:
    start = _begun(bench, mailer)
    bench.fail(*[faults.status(401)] * 3)
    said = look(bench, mailer, start).said
    unless(isinstance(said, NeedsAdmin), f"A sign-in that is refused is a person's matter, and is told as {said!r}.")


def _echoed(bench: Bench, mailer: Mailer) -> None:
    for secret in bench.secrets:
        bench.begin()
        start = _begun(bench, mailer)
        bench.fail(faults.status(401, message=f"the key {secret} is not known"))
        said = look(bench, mailer, start).said
        for sentence in rules.leaks([secret], [("the sentence an admin reads", said)]):
            raise Unproved(sentence)


# --- conversations -------------------------------------------------------------------------------------------------


def _conversations(bench: Bench, shape: Shape, mailer: Mailer) -> None:
    """Two mails, and an answer to each that names neither: by what sending and reading tell, each finds its own."""
    bench.begin(shape.holdings)
    start = _begun(bench, mailer)
    sent = [_sent(bench, shape, number) for number in (1, 2)]
    for id_, _thread in sent:
        bench.clock.advance(seconds=1)
        bench.simulation.arrives(bench.vendor, LETTER.format(len(id_)).encode(), bench.clock.now(), answers=id_)
    bench.clock.advance(seconds=1)
    found = _whole(bench, mailer, start).letters
    unless(len(found) == len(sent), f"Two answers came, and {len(found)} letters were read.")
    for letter, (id_, thread) in zip(found, sent, strict=True):
        mine = _knows(letter, id_, thread)
        others = [other for other in sent if other[0] != id_ and _knows(letter, *other)]
        unless(mine, "An answer that names no mail is not known by its conversation: say it in Sent.thread when the mail is "
                     "taken and in Letter.thread when it is read, or name what was sent in Letter.sent_ids.")  # fmt: skip
        unless(not others, "An answer is taken for one to another mail: two conversations bear one id.")


def _knows(letter: Letter, id_: str, thread: str) -> bool:
    return (thread != "" and letter.thread == thread) or id_ in letter.sent_ids


def _sent(bench: Bench, shape: Shape, number: int) -> tuple[str, str]:
    """The Message-ID of a mail that went out, and the conversation that its mailer told of."""
    run: Run = bench.add(shape.action.type, shape.options, ADA, ACME, number=number, settings=shape.settings)
    bench.deliver(run)
    unless(run.state is State.DONE, f"The mail was not sent: {run.sentence}")
    said = bench.process.said[-1].conclusion
    return message_id(run.ref, str(run.settings["address"])), getattr(said.outcome if said else None, "thread", "")
