"""What must never be, in whatever case.

Some rules are about the run (what the hub wrote down against what the vendor did), some about the plugin (what it asked for,
returned, raised, logged). Each finding is a sentence for the plugin's author.
"""

from __future__ import annotations

import base64
import json
from asyncio import CancelledError
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from hub.core import whereabouts
from hub.core.errors import VendorFault
from hub.core.outcomes import Already, NotSent, Outcome, Sent, Unknown, Verdict
from hub.dispatch import story
from hub.dispatch.classify import Wire
from hub.dispatch.ledger import Settlement
from hub.dispatch.states import State
from hub.testing.ledger import Run
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.spy import MOST_CALLS, Asked, Turn
from hub.testing.proofs.watch import Watch
from hub.testing.routes import collection_of, pattern

LONGEST_TURN = 3.0
"""Real seconds one of the plugin's functions may take beside its calls. They have milliseconds of work; a busy machine holds up
honest code for a second now and then."""

AT_REST = (State.DONE, State.FAILED, State.REVIEW, State.HELD)


def of_the_run(scene: Scene) -> Iterator[str]:
    """The promise of the hub: never twice, nothing lost, nothing said that is not so."""
    run, effects, shape = scene.run, scene.effects, scene.shape
    if effects > 1:
        yield f"The vendor acted {effects} times for one step.{_advice(scene)}"
    if run.state not in AT_REST:
        yield f"The step is left {run.state}; each must come to an end, or to a person."
    if run.state is State.DONE and shape.write is not None and effects == 0:
        yield f"The step is reported done and the vendor did nothing.{kept_apart(scene)}"
    if run.state is State.FAILED and run.open_attempts:
        yield "The step is reported failed while an attempt may still have arrived."
    if run.state is State.FAILED and effects:
        yield "The step is reported failed and the vendor did it."
    if run.state is State.DONE and run.reference in shape.others:
        yield f"The reference {run.reference} is that of an earlier step: the look-up found somebody else's thing."
    undeclared = {name for turn in scene.tries for name in _undeclared(turn, scene)}
    if undeclared:
        yield f"The action asks for {', '.join(sorted(undeclared))}; declare it: changes=[…]."
    if run.code == "plugin":
        yield f"The hub had to blame the plugin: {run.sentence}"


def kept_apart(scene: Scene) -> str:
    """A hint where the look-up reads a list to which no call ever puts anything, and nobody says otherwise; else nothing."""
    written = {collection_of(one.path) for one in scene.bench.plain.info.endpoints if one.writes}
    turns = [turn for turn in scene.bench.turns if turn.what == "look-up"]
    read = [collection_of(asked.endpoint.path) for turn in turns for asked in turn.asked]
    if not read or written & set(read) or answers_look_ups(scene):
        return ""
    return (f" No call of yours writes to {read[0]}, which the look-up reads; the simulated vendor keeps each path apart. Use "
            "one path, or say in simulation.py, with respond(call), what is shown there.")  # fmt: skip


def answers_look_ups(scene: Scene) -> bool:
    """Whether the simulation itself answered what a look-up asked, by its ``respond``."""
    paths = [asked.endpoint.path for turn in scene.bench.turns if turn.what == "look-up" for asked in turn.asked]
    own = [path for method, path in scene.bench.vendor.responded if method == "GET"]
    return any(pattern(path).fullmatch(one) for path in paths for one in own)


def _undeclared(turn: Turn, scene: Scene) -> list[str]:
    wanted = getattr(turn.returned, "changes", ())
    changes = wanted if isinstance(wanted, tuple | list) else ()
    return [type(change).__name__ for change in changes if not isinstance(change, scene.shape.action.changes)]


def _advice(scene: Scene) -> str:
    if not scene.shape.repeatable:
        return ""
    return (" Its effect is declared repeatable; if the vendor knows a thing again by some fields, say so in simulation.py: "
            "UPSERTS = {path: fields}.")  # fmt: skip


def of_the_plugin(turns: Iterable[Turn]) -> Iterator[str]:
    """What a plugin's functions may not do, although the hub protects itself from it."""
    for turn in turns:
        yield from _calls(turn)
        yield from _words(turn)
        if turn.seconds > LONGEST_TURN:
            yield f"The {turn.what} took {turn.seconds:.1f} s of real time beside its calls."


def _calls(turn: Turn) -> Iterator[str]:
    if len(turn.writes) > 1:
        yield f"The {turn.what} asked for {len(turn.writes)} irreversible calls; one is allowed, and the hub does the retrying."
    if turn.writes and turn.what != "action":
        yield f"The {turn.what} asked for {turn.writes[0].endpoint.label}; it may only read."
    failed: set[tuple[str, str]] = set()
    for asked in turn.asked:
        call = (asked.endpoint.label, asked.words)
        if call in failed:
            yield f"The {turn.what} repeats {asked.endpoint.label} after it failed; leave retrying to the hub."
        if asked.error is not None:
            failed.add(call)
    first = next((n for n, asked in enumerate(turn.asked) if asked.endpoint.writes), None)
    wire = turn.wire.wire if turn.wire else Wire.NONE
    if first is not None and wire in (Wire.ACTED, Wire.UNCLEAR) and len(turn.asked) > first + 1:
        yield f"The {turn.what} goes on calling after its irreversible call, which must come last."


def _words(turn: Turn) -> Iterator[str]:
    if len(turn.asked) > MOST_CALLS:
        yield (f"The {turn.what} asked for {turn.asked[-1].endpoint.label} and others more than {MOST_CALLS} times and does "
               "not come to its end. Does it hand the next page's pointer on to the next call?")  # fmt: skip
    elif isinstance(turn.error, CancelledError):
        yield f"The {turn.what} did not come back in time."
    elif turn.error is not None and not isinstance(turn.error, VendorFault):
        yield f"The {turn.what} raised {whereabouts.told(turn.error)}"
    wire = turn.wire.wire if turn.wire else Wire.NONE
    if turn.what == "action" and isinstance(turn.returned, Sent) and wire is not Wire.ACTED:
        yield f"The action returned Sent, and the vendor had not answered that it did it ({wire})."
    clear = isinstance(turn.returned, Outcome) and not isinstance(turn.returned, Sent | Unknown)
    if turn.what == "action" and clear and wire is Wire.UNCLEAR:
        yield f"The action returned {type(turn.returned).__name__} after a call nobody knows the end of; let the error through."
    yield from _hurry(turn)
    swallowed = [asked for asked in turn.asked if asked.error is not None]
    if turn.what == "look-up" and isinstance(turn.returned, NotSent | Sent | Already) and swallowed:
        kind = type(turn.returned).__name__
        yield f"The look-up returned {kind} although {swallowed[0].endpoint.label} failed; let the error through."
    if turn.what == "trigger" and turn.error is None and any(map(_is_no_end, swallowed)):
        yield (f"The trigger went on after {swallowed[0].endpoint.label} had failed, as if there were nothing more; let the "
               "error through, and the import goes on later from its last cursor.")  # fmt: skip


def _hurry(turn: Turn) -> Iterator[str]:
    """A vendor that only asks to come again later is no reason to give a step up, or to send an admin to look."""
    later = [asked for asked in turn.asked if _verdict(asked.error) is Verdict.WAIT]
    said = turn.returned if isinstance(turn.returned, Outcome) else getattr(turn.error, "outcome", None)
    if (
        turn.what == "action"
        and later
        and isinstance(said, Outcome)
        and said.verdict in (Verdict.REJECTED, Verdict.ADMIN)
    ):
        yield (f"The action made {type(said).__name__} of a call that only had to come later ({later[0].endpoint.label}); let "
               "the error through, and the hub comes back in time.")  # fmt: skip


def _is_no_end(asked: Asked) -> bool:
    """A trouble that cannot be read as an end of the list, as a 404 for a page behind the last may be."""
    return _verdict(asked.error) is not Verdict.REJECTED


def _verdict(error: BaseException | None) -> Verdict | None:
    return error.outcome.verdict if isinstance(error, VendorFault) else None


def of_the_process(watch: Watch) -> Iterator[str]:
    """What a plugin may not do beside its calls."""
    yield from dict.fromkeys(str(way) for way in watch.ways_out)
    if watch.sleeps:
        yield str(watch.sleeps[0])


# --- secrets -----------------------------------------------------------------------------------------------------


def spellings(secret: str) -> set[str]:
    """The forms in which a secret could get out."""
    raw = secret.encode()
    coded = {base64.b64encode(raw).decode().rstrip("="), base64.urlsafe_b64encode(raw).decode().rstrip("="), raw.hex()}
    return {secret, quote(secret, safe=""), quote(quote(secret, safe=""), safe=""), json.dumps(secret)[1:-1], *coded}


def leaks(secrets: Iterable[str], sinks: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Sinks that show a secret in any of its forms."""
    forms = {form for secret in secrets for form in spellings(secret)}
    for place, value in sinks:
        if any(form in text for text in texts(value) for form in forms):
            yield f"The secret of the connection is in {place}."


def texts(value: Any) -> Iterator[str]:
    """Every text in a value as it stands there: ``repr`` would spell its quotes and backslashes anew."""
    if isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("latin-1")
    elif isinstance(value, BaseModel):
        yield from texts(value.model_dump())
    elif is_dataclass(value) and not isinstance(value, type):
        yield from texts([getattr(value, field.name) for field in fields(value)])
    elif isinstance(value, Mapping):
        yield from texts([part for pair in value.items() for part in pair])
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from texts(item)
    else:
        yield repr(value)


def sinks_of_run(run: Run) -> Iterator[tuple[str, Any]]:
    """What the hub wrote down."""
    yield "the contact's history", run.notes
    yield "the reason shown for the step", run.sentence
    yield "the reference", run.reference
    yield "the changes it asked for", run.changes
    for attempt in run.tries:
        yield "the stored request", attempt.request


def sinks_of_hub(said: Iterable[Settlement]) -> Iterator[tuple[str, Any]]:
    """What the hub concluded, and what it keeps of a try that went wrong."""
    for settlement in said:
        yield "the outcome", settlement.conclusion.outcome if settlement.conclusion else None
        yield "the reason of the move", settlement.move.sentence
        if settlement.tried is not None and settlement.move.to is not State.DONE:
            yield "the trace kept of a try that went wrong", story.of(settlement, settlement.tried)


def sinks_of_plugin(turns: Iterable[Turn]) -> Iterator[tuple[str, Any]]:
    """What the plugin itself hands on, before the host cleans it."""
    for turn in turns:
        yield f"what the {turn.what} returned", turn.returned
        for error in _chain(turn.error):
            yield f"the error the {turn.what} raised", (str(error), error.args)


def sinks_of_log(watch: Watch) -> Iterator[tuple[str, Any]]:
    """What was logged and printed, by the plugin's line that said it; all of it together for a secret in two pieces."""
    said: dict[str, list[str]] = {}
    for line, place in zip(watch.lines, watch.places, strict=True):
        said.setdefault(place, []).append(line)
    named = {place: "\n".join(lines) for place, lines in said.items() if place}
    yield from ((f"the log ({place})", text) for place, text in named.items())
    yield "the log", "\n".join(line for line, place in zip(watch.lines, watch.places, strict=True) if not place)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it. An error may be its own cause: ``raise fault from fault``."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def of_what_gets_out(bench: Bench, watch: Watch, *, echoes: bool) -> Iterator[str]:
    """A secret is found nowhere but in the requests, whatever the case."""
    for run in bench.ledger.runs.values():
        yield from leaks(bench.secrets, sinks_of_run(run))
    yield from leaks(bench.secrets, sinks_of_hub(bench.process.said))
    if not echoes:
        yield from leaks(bench.secrets, sinks_of_plugin(bench.turns))
        yield from leaks(bench.secrets, sinks_of_log(watch))
