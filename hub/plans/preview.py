"""A plan for one contact on a virtual clock: when each step would run, what exactly it would send, what is missing.

Nothing is written and nothing is sent. Times, texts and needs come from the very functions that the engine uses, so the preview
cannot promise what the engine does not keep. Each step is taken to close at the moment it is due; a vendor that is slow or a
person who is asked makes the later ones later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.calendars import Span
from hub.accounts.models import Account
from hub.addons import connections, installed
from hub.addons.connections import ConnectionState
from hub.contacts import facts as contact_facts
from hub.contacts.models import Contact
from hub.core import facts
from hub.core.registry import Claim, Registry
from hub.core.settings import Settings
from hub.plans import (
    arrival,
    conditions,
    endings,
    filling,
    moments,
    objections,
    readable,
    senders,
    sleeping,
    timing,
    whereabouts,
)
from hub.plans.arrival import Window
from hub.plans.drafting import StepDraft
from hub.plans.endings import Earlier, Ending
from hub.plans.loading import LoadedStep, load_versions
from hub.plans.models import PlanVersion
from hub.plans.moments import Clock, Stop
from hub.plans.readable import Line
from hub.plans.rules import NONE, PlanRules
from hub.plans.senders import Letter, Written

NOTHING_SUPPOSED: Mapping[str, Ending] = {}


@dataclass(frozen=True, slots=True)
class StepPreview:
    """One step.

    Attributes:
        due_at: by its timing and the allowed hours. ``runs_at`` is later where the step before closes only then.
        local: ``runs_at`` in the account's time zone.
        waits: sentences for what makes it run later than its timing says.
        skips: why it would be passed over, as the contact is now; then nothing else is told of it but what holds it before.
        unreached: for an earlier step ends the plan; ``skips`` says which.
        depends: on which earlier step's end it depends whether it runs; then it is told as it would be if it does.
        fields: what would be sent; empty when no running plugin can say.
        arrival: when it is at the contact's door, for what travels by post.
        problems: sentences for what would stop or hold the step.
        warnings: sentences for what would go out, but perhaps not as meant (empty tokens, a date gone by).
        link_instead: a file of an e-mail had better go as a link.
    """

    key: str
    seq: int
    name: str
    action_type: str
    title: str
    timing: str
    due_at: datetime
    runs_at: datetime
    local: datetime
    fields: tuple[Line, ...] = ()
    arrival: Window | None = None
    waits: tuple[str, ...] = ()
    skips: str = ""
    unreached: bool = False
    depends: str = ""
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    link_instead: bool = False

    @property
    def ok(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole plan. ``problems`` are about the contact or the account, not about one step."""

    steps: tuple[StepPreview, ...]
    ends_at: datetime
    time_zone: str
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems and all(step.ok for step in self.steps)


def of(
    version: PlanVersion,
    contact: Contact,
    now: datetime,
    *,
    registry: Registry | None = None,
    supposed: Mapping[str, Ending] = NOTHING_SUPPOSED,
) -> Preview:
    """What would happen if this contact were put on this version (a draft, too) at ``now``.

    Args:
        supposed: step's key → how it is supposed to end. Of all others it is not known, but where they are passed over.
    """
    account = Account.objects.select_related("switch").get(pk=contact.account_id)
    loaded = load_versions([version.pk])[version.pk]
    person = contact_facts.one(contact).model_copy(update={"action_plan": version.plan.name})
    sleeps = sleeping.read(version.plan.sleeps)
    steps = _stage(account, person, loaded.steps, now, registry, loaded.rules, sleeps, supposed)
    ends = ends_at(steps, now)
    problems = tuple(objections.to_the_plan(account, contact, loaded.rules, person))
    return Preview(steps, ends, account.time_zone, problems)


def of_drafts(
    account: Account,
    person: facts.Contact,
    drafts: Sequence[StepDraft],
    now: datetime,
    *,
    registry: Registry | None = None,
    rules: PlanRules = NONE,
    sleeps: Sequence[Span] = (),
    supposed: Mapping[str, Ending] = NOTHING_SUPPOSED,
) -> tuple[StepPreview, ...]:
    """The same for steps that are not stored yet, and for anybody's facts: for the editor while a step is typed."""
    steps = tuple(
        LoadedStep(
            0, one.key, seq, one.action_type, one.name, one.notify, one.timing, one.options, one.late_hours, one.when_late,
            one.hours, one.only_if,
        )
        for seq, one in enumerate(drafts)
    )  # fmt: skip
    return _stage(account, person, steps, now, registry, rules, sleeps, supposed)


def ends_at(steps: Sequence[StepPreview], start: datetime) -> datetime:
    """When the last step that is reached runs."""
    return next((step.runs_at for step in reversed(steps) if not step.unreached), start)


def _stage(
    account: Account,
    person: facts.Contact,
    steps: tuple[LoadedStep, ...],
    now: datetime,
    registry: Registry | None,
    rules: PlanRules,
    sleeps: Sequence[Span],
    supposed: Mapping[str, Ending],
) -> tuple[StepPreview, ...]:
    stage = _Stage(
        account=account,
        clock=moments.clock_of(account, rules, whereabouts.of_facts(person)),
        sleeps=sleeps,
        contact=person,
        registry=registry or installed.registry(),
        states=connections.states_for((account.pk, step.addon) for step in steps),
        letters=senders.letters(account, person, _mails(steps)),
        enrolled=now,
        supposed=supposed,
        links=contact_facts.linked((int(person.id), step.addon) for step in steps if person.id.isdigit()),
    )
    return tuple(stage.play(steps))


def _mails(steps: Iterable[LoadedStep]) -> dict[str, Mapping[str, Any]]:
    return {str(step.key): step.options for step in steps if step.action_type == senders.SEND}


@dataclass(frozen=True)
class _Stage:
    """Everything the steps of one preview share."""

    account: Account
    clock: Clock
    sleeps: Sequence[Span]
    contact: facts.Contact
    registry: Registry
    states: Mapping[tuple[int, str], ConnectionState]
    letters: Mapping[str, Letter]
    enrolled: datetime
    supposed: Mapping[str, Ending]
    links: Mapping[tuple[int, str], str]

    def play(self, steps: tuple[LoadedStep, ...]) -> Iterator[StepPreview]:
        stops = moments.itinerary(steps, self.clock, enrolled=self.enrolled, sleeps=self.sleeps)
        names = {str(step.key): step.name for step in steps}
        ended: dict[str, Ending] = {}
        left = ""
        for step, stop in zip(steps, stops, strict=True):
            told = self._unreached(step, stop, left) if left else self._step(step, stop, Earlier(ended, names))
            yield told
            ended |= self._ends(told)
            left = left or self._leaves(step, told)

    def _leaves(self, step: LoadedStep, told: StepPreview) -> str:
        """Why no step behind this one is reached, where that is sure."""
        sure = step.leaves and not told.skips and not told.depends
        done = "done" in self.supposed.get(told.key, endings.DONE)
        return _("“{step}” ends this plan first.").format(step=step.name) if sure and done else ""

    def _unreached(self, step: LoadedStep, stop: Stop, left: str) -> StepPreview:
        return replace(self._plain(step, stop), skips=left, unreached=True)

    def _ends(self, told: StepPreview) -> dict[str, Ending]:
        """How the step ends, as far as anybody can say: passed over, or as it is supposed to."""
        if told.skips:
            return {told.key: endings.SKIPPED}
        return {told.key: self.supposed[told.key]} if told.key in self.supposed else {}

    def _step(self, step: LoadedStep, stop: Stop, earlier: Earlier) -> StepPreview:
        claim, letter = self.registry.claim(step.action_type), self.letters.get(str(step.key))
        depends = conditions.both_ways(step.only_if, earlier)
        skips = "" if depends else conditions.why_not(step.only_if, self.contact, earlier)
        plain = replace(
            self._plain(step, stop),
            skips=skips or (letter.skips if letter else ""),
            depends=depends,
            waits=moments.why_not(step, self.clock, stop.timed, self.sleeps) if stop.runs > stop.timed else (),
        )
        if plain.skips:
            return replace(plain, problems=tuple(objections.to_its_being_looked_at(claim, self._state(step, letter))))
        return self._going(plain, step, stop, claim, letter)

    def _state(self, step: LoadedStep, letter: Letter | None) -> ConnectionState:
        """The doorway's answer for whoever carries it."""
        return letter.state if letter else self.states[self.account.pk, step.addon]

    def _plain(self, step: LoadedStep, stop: Stop) -> StepPreview:
        """What is told of every step."""
        claim = self.registry.claim(step.action_type)
        return StepPreview(
            key=str(step.key),
            seq=step.seq,
            name=step.name,
            action_type=step.action_type,
            title=claim.action.title if claim else step.action_type,
            timing=timing.words(step.timing, first=step.seq == 0),
            due_at=stop.due,
            runs_at=stop.runs,
            local=stop.runs.astimezone(self.clock.account),
        )

    def _going(
        self, plain: StepPreview, step: LoadedStep, stop: Stop, claim: Claim | None, letter: Letter | None
    ) -> StepPreview:
        """The same of a step that is not passed over, with what it would send and what stands against it."""
        state = self._state(step, letter)
        filled = filling.fill(step, claim, self.contact, self.account, self.registry)
        told, window = _told(filled.settings, letter), self._arrival(claim, stop.runs)
        return replace(
            plain,
            fields=told.lines,
            arrival=window,
            problems=(
                *objections.to_its_going(step, claim, state, self._as_known_at(step.addon), self.clock),
                *objections.to_its_hour(step, stop),
                *filled.problems,
                *told.problems,
            ),
            warnings=(
                *objections.to_its_date(step, stop, self.enrolled),
                *objections.to_its_arrival(step, self.clock, stop, window.latest if window else plain.local.date()),
                *objections.to_its_text(filled.empty),
                *told.warnings,
            ),
            link_instead=told.link_instead,
        )

    def _arrival(self, claim: Claim | None, runs_at: datetime) -> Window | None:
        if claim is None:
            return None
        working = self.clock.calendar.is_working_day
        return arrival.window(runs_at, claim.action.lead_time, self.clock.account, working)

    def _as_known_at(self, addon: str) -> facts.Contact:
        """The contact with the id under which the vendor knows it, if it does."""
        links = [value for (_id, name), value in self.links.items() if name == addon]
        return self.contact.model_copy(update={"linked_id": links[0]}) if links else self.contact


def _told(filled: Settings | None, letter: Letter | None) -> Written:
    """The step's fields, line by line; an e-mail as it would leave, and what may keep it back."""
    waits = (letter.waits,) if letter and letter.waits else ()
    if filled is None:
        return Written(problems=waits)
    written = letter.write(filled) if letter else Written(tuple(readable.of(filled)))
    return replace(written, problems=(*written.problems, *waits))
