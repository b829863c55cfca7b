"""What the kit proves of a mailer for which the hub speaks SMTP: the table of ``docs/mailers.md``, alone and in pairs.

A mailer of presets has no code that could be wrong, and its data can: a port without TLS, a domain of two providers, a promise
that the provider files what it sends. A mailer with code of its own can do what any action can. Both are played here, once for a
mailbox in which sent mail can be looked up and once for one in which it cannot.

A mailer that speaks to its provider's API is an action like all others, and is proved like them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote

from hub.core.facts import Contact
from hub.core.mail_mime import message_id
from hub.dispatch.post.said import Stage
from hub.dispatch.states import State
from hub.testing import mail_faults as faults
from hub.testing.kit import ADA
from hub.testing.mail_faults import MailFault
from hub.testing.mail_settings import MailboxOf, files_something, mailboxes
from hub.testing.proofs import crashes, expected, judge, purity, rules, steps
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, Unproved, unless
from hub.testing.proofs.expected import DONE_LATER, End
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.shape import Shape

HELD = End(State.HELD, State.HELD, 0, "the account's admin's")
FAILED = End(State.FAILED, State.FAILED, 0, "whoever looks after the contact")

STRANGE: Mapping[str, str] = {
    "is no address": "ask at the desk",
    "has a line break in it": "ada@example.com\r\nBcc: eve@example.com",
    "ends the envelope": "ada@example.com> NOTIFY=NEVER",
    "names two people": "ada@example.com, eve@example.com",
}
"""What an address field may hold, and no mail may be sent to."""

BREAKS = Contact(
    id="4", first_name="Ada\r\nBcc: eve@example.com\r\n\r\nX", last_name="Lo\nve", email="ada@example.com",
    company="A\x00B\u2028C",
)  # fmt: skip
"""A contact whose facts would begin headers of their own, if anybody let them."""


@dataclass(frozen=True)
class _At:
    """A mailer's step at one mailbox."""

    shape: Shape
    box: MailboxOf

    def case(self, words: str, badge: Badge, story: Callable[[Bench, _At], None], **more: bool) -> Case:
        return Case(f"{self.shape.name} at {self.box.name}: {words}", badge, lambda bench: story(bench, self), **more)


def cases(bench: Bench, shape: Shape) -> Iterator[Case]:
    """Everything about one mailer's step."""
    boxes = mailboxes(bench.plain)
    if boxes and not files_something(bench.plain):
        yield Case(f"{shape.name}: a lost answer needs no person", Badge.ALONE, _asks_a_person, for_grade=True)
    for n, box in enumerate(boxes):
        at = _at(bench, shape, box)
        if n == 0:
            yield from purity.cases(at.shape)
        yield from _plain(at)
        yield from _singles(at)
        yield from _deaths(at)
        yield from _pairs(at)
        yield from _secrets(at)


def _at(bench: Bench, shape: Shape, box: MailboxOf) -> _At:
    """The step with what its effect truly is at this mailbox, found out by a rehearsal."""
    shape = replace(shape, settings=box.settings)
    scene = Scene(bench, shape).go()
    written = scene.run.tries[-1].effect if scene.run.tries else None
    write = replace(shape.write, effect=written) if shape.write and written else shape.write
    return _At(replace(shape, write=write), box)


# --- a clean run ---------------------------------------------------------------------------------------------------


def _plain(at: _At) -> Iterator[Case]:
    yield at.case("a clean run", Badge.CLEAN, _clean)
    yield at.case("a contact with odd letters", Badge.CLEAN, _as_any(partial(steps._any_contact, contact=steps.ODD)))
    yield at.case("the message comes twice", Badge.ONE_CALL, _as_any(steps._redelivered))
    yield at.case("facts with line breaks begin no headers", Badge.CLEAN, _no_injection)
    for words, address in STRANGE.items() if _to_the_contact(at.shape) else ():
        yield at.case(f"an address that {words}", Badge.FAULTS, partial(_strange_address, address=address))


def _to_the_contact(shape: Shape) -> bool:
    """A mail step that needs no address of the contact goes to somebody else, such as a parser's mailbox."""
    return "email" in shape.action.needs


def _clean(bench: Bench, at: _At) -> None:
    scene = Scene(bench, at.shape).go()
    judge.honest(scene)
    judge.stands(scene, State.DONE, "After one clean try")
    judge.acted(scene, 1)
    _in_order(bench, scene)


def _in_order(bench: Bench, scene: Scene) -> None:
    """One mail, to the contact, from the account, as mail is written."""
    (mail,) = bench.mail.outbox
    if _to_the_contact(scene.shape):
        unless(mail.to == (scene.run.contact.email,), f"The mail went to {mail.to} and not to the contact alone.")
    unless(len(mail.to) == 1, f"The mail went to {len(mail.to)} mailboxes.")
    sender = str(scene.run.settings["address"])
    unless(mail.sender == sender, f"The envelope's sender is {mail.sender} and not the account's address.")
    unless(not re.search(rb"(?<!\r)\n|\r(?!\n)", mail.raw), "The mail holds a bare line feed; some servers refuse it.")
    unless(max(map(len, mail.raw.split(b"\r\n"))) <= 998, "The mail holds a line of more than 998 bytes.")
    for name in ("From", "To", "Subject", "Message-ID", "Date"):
        unless(len(mail.parsed.get_all(name, [])) == 1, f"The mail must have one header {name}.")
    wanted = message_id(scene.run.ref, sender)
    unless(mail.message_id == wanted, f"The Message-ID must follow from the step alone, and is {mail.message_id}.")
    strange = {"bcc", "cc"} & {name.lower() for name in mail.parsed}
    unless(not strange, f"The mail has a header {', '.join(strange)} that nobody asked for.")


def _no_injection(bench: Bench, at: _At) -> None:
    """Tokens put the contact's facts into subject and text."""
    options = {**at.shape.options, "subject": "For {{client.firstName}} {{client.company}}"}
    scene = Scene(bench, replace(at.shape, options=options), contact=BREAKS).go()
    judge.stands(scene, State.DONE, "After one clean try")
    _in_order(bench, scene)


def _strange_address(bench: Bench, at: _At, address: str) -> None:
    scene = Scene(bench, at.shape, contact=ADA.model_copy(update={"email": address})).go().rest()
    judge.ends(scene, FAILED)


# --- one trouble, two troubles -------------------------------------------------------------------------------------


def _singles(at: _At) -> Iterator[Case]:
    table = [(fault, DONE_LATER) for fault in faults.PASSING]
    table += [(fault, HELD) for fault in faults.FOR_ADMIN] + [(fault, FAILED) for fault in faults.FOR_CONTACT]
    table += [(fault, expected._unclear(at.shape, acted=fault.acts)) for fault in faults.ambiguous()]
    for fault, end in table:
        yield at.case(fault.name, Badge.FAULTS, partial(_meets, fault=fault, end=end))
    yield at.case("three tries, one Message-ID", Badge.ONE_CALL, _one_id)


def _meets(bench: Bench, at: _At, fault: MailFault, end: End) -> None:
    scene = Scene(bench, at.shape)
    bench.mail.fail(fault)
    judge.stands(scene.go(), end.first, f"After {fault.name}", end.who)
    judge.ends(scene.rest(), end)
    if end.last is State.HELD:
        judge.ends(scene.mend().rest(), DONE_LATER)


def _one_id(bench: Bench, at: _At) -> None:
    """Another attempt must be the same mail, or nobody could know it again."""
    scene = Scene(bench, at.shape)
    bench.mail.fail(faults.dropped_before(), faults.PASSING[4])
    judge.ends(scene.go().rest(), DONE_LATER)
    found = [re.findall(rb"(?im)^message-id: (.*?)\r\n", attempt.request.content) for attempt in scene.run.tries]
    unless(len(found) == 3, f"It took {len(found)} tries where three were expected.")
    unless(len({tuple(ids) for ids in found}) == 1, "The tries of one step have different Message-IDs.")


def _deaths(at: _At) -> Iterator[Case]:
    for point in (*crashes.BEFORE, *crashes.AFTER, "after_settle"):
        yield at.case(f"killed at {point}", Badge.FAULTS, _as_any(partial(crashes._killed, point=point)))
    yield at.case("thought dead, it comes home with proof", Badge.FAULTS, _as_any(crashes._late_proof))
    if at.box.looks_up:
        yield at.case("Sent lags half the settle time", Badge.PAIRS, partial(_lags, part=0.5))
        yield at.case("Sent lags a little more than the settle time", Badge.PAIRS, partial(_lags, part=1.4))
        if at.shape.effect is not None and not at.shape.effect.strong:
            yield at.case("Sent lags a week", Badge.PAIRS, partial(_lags, part=5_040))
        yield at.case("a lost answer needs no person", Badge.ALONE, _needs_nobody, for_grade=True)


def _as_any(story: Callable[[Bench, Shape], None]) -> Callable[[Bench, _At], None]:
    """A story of any action's, told of a mailer's."""
    return lambda bench, at: story(bench, at.shape)


def _lags(bench: Bench, at: _At, part: float) -> None:
    """The mail was taken, the answer lost, and *Sent* shows it late. It must not be sent again."""
    effect = at.shape.effect
    assert effect is not None
    scene = Scene(bench, at.shape)
    bench.mail.fail(faults.lagging(effect.settle.total_seconds() * part))
    scene.go().rest()
    judge.honest(scene)
    judge.acted(scene, 1)
    judge.stands(scene, State.DONE if part < 2 else State.REVIEW, "In the end")


def _needs_nobody(bench: Bench, at: _At) -> None:
    scene = Scene(bench, at.shape)
    bench.mail.fail(faults.dropped_after(acts=True))
    judge.stands(scene.go().rest(), State.DONE, "In the end")
    judge.honest(scene)


def _asks_a_person(bench: Bench) -> None:
    unless(
        False,
        "After a lost answer a person must say whether the mail was sent: none of its providers files what it sends "
        "(files_sent), so nobody can look. Gold is as good as it gets.",
    )


def _pairs(at: _At) -> Iterator[Case]:
    """An ambiguous trouble, and a second on the way back."""
    seconds: list[tuple[str, Callable[[Scene], Any]]] = [
        ("the message comes again", lambda scene: scene.bench.deliver(scene.run, scene.run)),
        ("the sweeper comes by", lambda scene: scene.bench.ledger.sweep()),
        ("the clock jumps a day ahead", lambda scene: scene.bench.clock.advance(days=1)),
        ("the clock jumps an hour back", lambda scene: scene.bench.clock.advance(hours=-1)),
    ]
    if at.box.looks_up:
        seconds += [(f"{fault.name} on look-up", partial(_will, fault=fault)) for fault in faults.ON_LOOK_UP]
        seconds += [("killed during the look-up", lambda scene: scene.dies("before_settle"))]
    for first in faults.ambiguous():
        for words, befalls in seconds:
            story = partial(_pair, first=first, befalls=befalls)
            yield at.case(f"{first.name}, then {words}", Badge.PAIRS, story)


def _will(scene: Scene, fault: MailFault) -> None:
    scene.bench.mail.fail(fault)


def _pair(bench: Bench, at: _At, first: MailFault, befalls: Callable[[Scene], Any]) -> None:
    scene = Scene(bench, at.shape)
    bench.mail.fail(first)
    befalls(scene.go())
    scene.rest()
    if scene.run.state is State.HELD:
        scene.mend().rest()
    judge.ends(scene, expected._unclear(at.shape, acted=first.acts))


# --- secrets -------------------------------------------------------------------------------------------------------


def _secrets(at: _At) -> Iterator[Case]:
    for stage, code in ((Stage.LOGIN, 535), (Stage.RECIPIENT, 550), (Stage.DOT, 554), (Stage.GREETING, 421)):
        story = partial(_echoed, stage=stage, code=code)
        yield at.case(f"{code} at {stage} that repeats the password", Badge.SECRETS, story, echoes=True)


def _echoed(bench: Bench, at: _At, stage: Stage, code: int) -> None:
    secrets = [str(at.box.settings[name]) for name in bench.info.auth.fields if name in bench.secret_names]
    for secret in secrets:
        for words in spelt(secret):
            scene = Scene(bench, at.shape)
            bench.mail.fail(faults.said("echo", stage, code, f"5.7.8 {words} is not for you"))
            scene.go()
            for sentence in rules.leaks(secrets, rules.sinks_of_run(scene.run)):
                raise Unproved(f"{sentence} The server had repeated it.")


def spelt(secret: str) -> list[str]:
    raw = secret.encode()
    return [secret, quote(secret, safe=""), base64.b64encode(raw).decode(), base64.b64encode(b"\0ada\0" + raw).decode()]
