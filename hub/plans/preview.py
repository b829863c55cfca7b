"""A plan for one contact on a virtual clock: when each step would run, what exactly it would send, what is missing.

Nothing is written and nothing is sent. Times, texts and needs come from the very functions that the engine uses, so the preview
cannot promise what the engine does not keep. Each step is taken to close at the moment it is due; a vendor that is slow or a
person who is asked makes the later ones later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from pydantic import SecretStr

from hub.accounts.calendars import Span, day_words
from hub.accounts.models import Account
from hub.addons import connections, installed
from hub.addons.connections import ConnectionState
from hub.contacts import facts as contact_facts
from hub.contacts.models import Contact
from hub.core import facts, redact
from hub.core.errors import Unreachable
from hub.core.guard import Failed, limited
from hub.core.registry import Claim, Registry
from hub.core.settings import FieldSpec, Settings, fields_of
from hub.core.tokens import Template, TokenSet
from hub.dispatch import binding
from hub.plans import arrival, conditions, endings, lateness, moments, secrets, senders, sleeping, timing, whereabouts
from hub.plans.arrival import Window
from hub.plans.drafting import StepDraft
from hub.plans.endings import Earlier, Ending
from hub.plans.facts import account_facts
from hub.plans.loading import LoadedStep, load_versions
from hub.plans.models import PlanVersion
from hub.plans.moments import Clock, Stop
from hub.plans.rules import NONE, PlanRules, stopped_by
from hub.plans.senders import Letter, Line, Written

HIDDEN = "••••"
NOTHING_SUPPOSED: Mapping[str, Ending] = {}


@dataclass(frozen=True, slots=True)
class StepPreview:
    """One step.

    Attributes:
        due_at: by its timing and the allowed hours. ``runs_at`` is later where the step before closes only then.
        local: ``runs_at`` in the account's time zone.
        waits: sentences for what makes it run later than its timing says.
        skips: why it would be passed over, as the contact is now; then nothing else is told of it.
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
    starts_at: datetime
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
    ends = steps[-1].runs_at if steps else now
    problems = (*_overall(account, contact), *_ended(loaded.rules, person))
    return Preview(steps, now, ends, account.time_zone, problems)


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
        for step, stop in zip(steps, stops, strict=True):
            told = self._step(step, stop, Earlier(ended, names))
            yield told
            ended |= self._ends(told)

    def _ends(self, told: StepPreview) -> dict[str, Ending]:
        """How the step ends, as far as anybody can say: passed over, or as it is supposed to."""
        if told.skips:
            return {told.key: endings.SKIPPED}
        return {told.key: self.supposed[told.key]} if told.key in self.supposed else {}

    def _step(self, step: LoadedStep, stop: Stop, earlier: Earlier) -> StepPreview:
        claim, letter = self.registry.claim(step.action_type), self.letters.get(str(step.key))
        state = letter.state if letter else self.states[self.account.pk, step.addon]
        depends = conditions.both_ways(step.only_if, earlier)
        skips = "" if depends else conditions.why_not(step.only_if, self.contact, earlier)
        skips = skips or (letter.skips if letter else "")
        filled, trouble, empty = (None, (), ()) if skips else self._filled(step, claim)
        told = _told(filled, letter)
        problems = () if skips else (*self._stops(step, claim, state), *_late(step, stop), *trouble, *told.problems)
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
            fields=told.lines,
            arrival=None if skips else self._arrival(claim, stop.runs),
            skips=skips,
            depends=depends,
            waits=moments.why_not(step, self.clock, stop.timed, self.sleeps) if stop.runs > stop.timed else (),
            problems=problems,
            warnings=()
            if skips
            else (
                *_gone_by(step, stop, self.enrolled),
                *self._arrives_late(step, claim, stop),
                *_empty(empty),
                *told.warnings,
            ),
            link_instead=told.link_instead,
        )

    def _arrives_late(self, step: LoadedStep, claim: Claim | None, stop: Stop) -> Iterator[str]:
        """What must be there by a day, and will not be: it is too late, or longer on the way than the step says."""
        window = self._arrival(claim, stop.runs)
        by = moments.arrives_by(step, self.clock, stop.timed)
        latest = window.latest if window else stop.runs.astimezone(self.clock.account).date()
        if by is not None and latest > by:
            yield _("It would arrive after {day}, by which it is meant to be there.").format(day=day_words(by))

    def _arrival(self, claim: Claim | None, runs_at: datetime) -> Window | None:
        if claim is None:
            return None
        working = self.clock.calendar.is_working_day
        return arrival.window(runs_at, claim.action.lead_time, self.clock.account, working)

    def _stops(self, step: LoadedStep, claim: Claim | None, state: ConnectionState) -> Iterator[str]:
        if not state.active:
            yield state.sentence
        elif claim is None:
            yield _("No installed plugin claims this kind of step, so it would wait.")
        if claim is not None:
            lacks = moments.lacks(step.timing, self.clock.person)
            needs = claim.action.needs_of(self._as_known_at(step.addon), step.options)
            for lacking in (*facts.missing(self.contact, needs), *lacks):
                yield _("The contact lacks {what}, so this step would fail.").format(what=lacking)

    def _as_known_at(self, addon: str) -> facts.Contact:
        """The contact with the id under which the vendor knows it, if it does."""
        links = [value for (_id, name), value in self.links.items() if name == addon]
        return self.contact.model_copy(update={"linked_id": links[0]}) if links else self.contact

    def _filled(
        self, step: LoadedStep, claim: Claim | None
    ) -> tuple[Settings | None, tuple[str, ...], tuple[str, ...]]:
        """The settings as they would be sent, what is wrong with them, and the tokens that are empty."""
        if claim is None:
            return None, (), ()
        told = account_facts(self.account)
        try:
            given = step.settings()
            values = self._values(given, told)
            filled, empty = limited(
                lambda: binding.step(claim.action.settings, given, lambda _wanted: values),
                binding.BadSettings,
                Unreachable,
            )
        except secrets.KeyLost as lost:
            return None, (lost.sentence,), ()
        except binding.BadSettings as trouble:
            return None, (_("The step's settings need another look: {what}.").format(what=trouble),), ()
        except Unreachable:
            return None, (_resting(claim.plugin.info.title),), ()
        except Resting as trouble:
            return None, (_resting(str(trouble)),), ()
        except TokensFailed as trouble:
            return None, (_tokens_failed(trouble),), ()
        except Failed as trouble:
            return None, (_settings_failed(claim, trouble),), ()
        return filled, (), empty

    def _values(self, given: Mapping[str, Any], told: facts.Account) -> dict[str, str]:
        """The house's tokens, and those of each plugin that this step names. A plugin may do anything, and the page is drawn."""
        values = binding.values(self.contact, told)
        for group in self.registry.token_sets(binding.token_names(given)):
            try:
                values |= limited(partial(binding.values, self.contact, told, (group,)), Unreachable)
            except Unreachable:
                raise Resting(_whose(group, self.registry)) from None
            except Failed as trouble:
                raise TokensFailed(_whose(group, self.registry), trouble) from None
        return values


class Resting(Exception):
    """The process of the plugin with this title rests, and the tokens are its."""


class TokensFailed(Exception):
    """The tokens of a plugin could not be had: whose, and why."""

    def __init__(self, title: str, why: Failed) -> None:
        super().__init__(title)
        self.title, self.why = title, why


def _whose(group: TokenSet, registry: Registry) -> str:
    owners = (plugin.info.title for plugin in registry.plugins.values() if group in plugin.tokens)
    return next(owners, _("A plugin"))


def _resting(title: str) -> str:
    """The plugin's own process has ended and starts again soon; that says nothing of these settings."""
    return _("{plugin} cannot be asked about this step at this moment. Try again in a moment.").format(plugin=title)


def _tokens_failed(trouble: TokensFailed) -> str:
    if trouble.why.kind:
        sentence = _("The tokens of {plugin} failed with {name}, so a person would be asked. Its author must mend it.")
    else:
        sentence = _("The tokens of {plugin} did not come within {seconds} seconds. Its author must mend it.")
    return sentence.format(plugin=trouble.title, name=trouble.why.kind, seconds=f"{trouble.why.seconds:g}")


def _settings_failed(claim: Claim, trouble: Failed) -> str:
    title = claim.plugin.info.title
    if trouble.kind:
        sentence = _("The check of the step's settings by {plugin} failed with {name}, so a person would be asked.")
    else:
        sentence = _(
            "The check of the step's settings by {plugin} did not end within {seconds} seconds. Its author must mend it."
        )
    return sentence.format(plugin=title, name=trouble.kind, seconds=f"{trouble.seconds:g}")


def _overall(account: Account, contact: Contact) -> Iterator[str]:
    if account.is_paused:
        yield _("The account is paused: every step would wait until it is set going.")
    if account.is_locked:
        yield _("The account is locked by an operator: every step would wait.")
    if contact.archived_at is not None:
        yield _("The contact is archived and would not be put on the plan.")


def _ended(said: PlanRules, person: facts.Contact) -> Iterator[str]:
    rule = stopped_by(said, person)
    if rule is not None:
        yield _("As the contact is now, the plan would end before its first step. {rule}.").format(rule=rule)


def _late(step: LoadedStep, stop: Stop) -> Iterator[str]:
    if stop.never:
        yield _("It would never start: no moment suits its hours, the calendar and the quiet hours together.")
    hours = lateness.said(step.late_hours, step.when_late)
    if hours is not None and stop.runs > stop.due + timedelta(hours=hours):
        asks = _("It would be later than the {hours} hours it may be, and a person would be asked.")
        skips = _("It would be later than the {hours} hours it may be, and be skipped.")
        yield (skips if lateness.skips(step.late_hours, step.when_late) else asks).format(hours=hours)


def _gone_by(step: LoadedStep, stop: Stop, enrolled: datetime) -> Iterator[str]:
    if isinstance(step.timing, timing.On) and stop.timed < enrolled:
        yield _("The date has gone by; the step would run at once.")


def _empty(tokens: tuple[str, ...]) -> Iterator[str]:
    for name in tokens:
        yield _("{{{{{token}}}}} is empty for this contact.").format(token=name)


def _told(filled: Settings | None, letter: Letter | None) -> Written:
    """The step's fields, line by line; an e-mail as it would leave, and what may keep it back."""
    waits = (letter.waits,) if letter and letter.waits else ()
    if filled is None:
        return Written(problems=waits)
    written = letter.write(filled) if letter else Written(tuple(_lines(filled)))
    return replace(written, problems=(*written.problems, *waits))


def _lines(filled: Settings) -> Iterator[Line]:
    for spec in fields_of(type(filled), step=True):
        long = spec.kind in ("long", "template", "table", "lines", "rich", "choices")
        yield Line(spec.name, spec.label, _text(spec, getattr(filled, spec.name)), long)


def _revealed(value: Any) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _text(spec: FieldSpec, value: Any) -> str:
    if spec.kind == "secret":
        return redact.masked(_revealed(value), HIDDEN) if value else ""
    if isinstance(value, Template):
        return value.render("xml" if spec.kind == "rich" else "plain")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {item}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(str(item) for item in value)
    return "" if value is None else str(value)
