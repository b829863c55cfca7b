"""A step that came to grief, as one file that anybody can run: ``pytest that_file.py``.

``hub capsule RUN`` writes it. In it is what the plugin was given (contact, step, settings without secrets), what it said to the
vendor and what the vendor answered, and when. :meth:`Capsule.replay` plays it through the dispatcher that runs in production, on
the memory ledger, with the clock at the time of then; so it comes to the same end on another machine, until the plugin is mended.

Everybody's data stays at home: :func:`with_a_stand_in` puts Ada in the contact's place, in the facts and in every call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, quote_plus

from hub.core.facts import Account, Contact
from hub.core.registry import Registry
from hub.dispatch import story
from hub.dispatch.states import State
from hub.testing.kit import Kit
from hub.testing.playing import Player
from hub.testing.runs import Attempt, Run

Tries = Sequence[Mapping[str, Any]]

MOST_TRIES = 6
"""The last ones; what went before is in their standing."""


@dataclass(frozen=True, slots=True)
class End:
    """How a step ended.

    Attributes:
        state: where it stands.
        code: by which the inbox groups it.
        verdict: whose turn it is.
        sentence: what people were told.
    """

    state: str
    code: str
    verdict: str
    sentence: str


class Capsule:
    """One step's last tries. ``text`` is what :func:`write` put into the file."""

    def __init__(self, text: str) -> None:
        self.tries: Tries = json.loads(text)["tries"]

    @property
    def end(self) -> End:
        """How it ended then."""
        return End(**{name: self.tries[-1]["ended"][name] for name in ("state", "code", "verdict", "sentence")})

    def replay(self, addon: Any) -> End:
        """Play every try and say how the last one ended.

        Raises:
            Unplayed: the plugin now says something else to the vendor.
        """
        ends = [_play(addon, one) for one in self.tries]
        return ends[-1]


def _play(addon: Any, told: Mapping[str, Any]) -> End:
    """One try, as the hub made it: the same standing, the same facts, the same time."""
    player = Player(told["traffic"])
    with Kit(addon, settings=told["settings"], outside=player) as kit:
        kit.clock.set(datetime.fromisoformat(told["at"]))
        run = kit.ledger.add(
            told["action"], Contact.model_validate(told["contact"]), account=Account.model_validate(told["account"]),
            options=told["step"], settings=told["settings"],
        )  # fmt: skip
        _as_it_stood(run, told, kit.registry, kit.clock.now())
        kit.again(run)
        player.finish()
    return End(str(run.state), str(run.code), run.verdict, run.sentence)


def _as_it_stood(run: Run, told: Mapping[str, Any], registry: Registry, now: datetime) -> None:
    """Put the run where it was before this try."""
    run.ref, run.due_at, run.next_check_at = told["ref"], now, now
    run.state = State.UNKNOWN if told["kind"] == "check" else State.SCHEDULED
    standing = dict(told["standing"])
    for name in ("attempts", "open_attempts", "crashes", "checks", "not_found"):
        setattr(run, name, standing.get(name, 0))
    for name in ("since", "unknown_at"):
        setattr(run, name, datetime.fromisoformat(standing[name]) if name in standing else None)
    if told["open"]:
        run.tries.append(_open_attempt(run, told["open"], registry, now))


def _open_attempt(run: Run, told: Mapping[str, Any], registry: Registry, now: datetime) -> Attempt:
    claim, effect = registry.claim(run.action_type), story.effect_of(told["effect"])
    reconciles = claim is not None and claim.action.reconcile is not None
    return Attempt(
        1, story.request_of(told["request"]), effect, effect.effect_class(reconciles=reconciles), run.ref, now,
        deadline=effect.max_processing, outcome="unclear", sender_gone=True,
    )  # fmt: skip


# --- a stand-in for the contact -----------------------------------------------------------------------------------


@dataclass
class _StandIn:
    """Whose values become whose. Longer ones first, so that a full name goes before a first name."""

    values: dict[str, str] = field(default_factory=dict)

    def learn(self, real: Any, stand_in: str) -> None:
        text = str(real or "").strip()
        if len(text) < 2 or text == stand_in:
            return
        small = str.lower if "@" in text else str  # "will" and "may" are more than names
        for made in (str, str.upper, small, quote, quote_plus, _digits):
            if len(made(text)) > 1:
                self.values.setdefault(made(text), made(stand_in))

    def put(self, data: Any) -> Any:
        if isinstance(data, str):
            return self._pattern().sub(lambda found: self.values[found.group()], data) if self.values else data
        if isinstance(data, Mapping):
            return {name: self.put(part) for name, part in data.items()}
        return [self.put(part) for part in data] if isinstance(data, list | tuple) else data

    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self.values, key=len, reverse=True)
        return re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in longest_first))


def _digits(text: str) -> str:
    """A phone number as some vendors want it; nothing of what is no number."""
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) > 6 else ""


_NAMES = {
    "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "phone_cell": "+15550100",
    "phone_home": "+15550101", "phone_work": "+15550102", "phone": "+15550103", "office_phone": "+15550104",
    "company": "Example Ltd", "whiteboard": "a note", "line1": "1 Example Street", "line2": "Floor 1",
    "external_id": "external-1", "linked_id": "linked-1",
    "website": "https://www.example.com", "address1": "2 Example Street", "address2": "Floor 2",
    "address3": "Example Yard",
}  # fmt: skip
"""Field → its value from now on. Town, state, post code and country stay: alone they are nobody, and plugins check them."""


def with_a_stand_in(tries: Tries) -> Tries:
    """The same story about Ada. Her values stand in the facts, and in every call wherever the contact's stood."""
    stand_in = _StandIn()
    for told in tries:
        for name, value in _personal(told):
            stand_in.learn(value, name)
    parts = ("contact", "account", "open", "traffic", "ended")
    return [{name: stand_in.put(part) if name in parts else part for name, part in told.items()} for told in tries]


def _personal(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Stand-in → what it stands for."""
    contact = told["contact"]
    people = (contact, contact.get("address", {}), contact.get("assigned_user") or {}, told["account"])
    for who, prefix in zip(people, ("", "", "Staff ", "Account "), strict=True):
        for name, stand_in in _NAMES.items():
            if name in who:
                yield _for(prefix, stand_in), who[name]
    for number, value in enumerate(contact.get("custom", {}).values(), 1):
        yield f"custom {number}", value


def _for(prefix: str, stand_in: str) -> str:
    """Other people get other values, where that can be done without making them another kind of value."""
    if not prefix or stand_in.startswith(("+", "http")):
        return stand_in
    return f"{prefix.strip().lower()}.{stand_in}" if "@" in stand_in else f"{prefix}{stand_in}"
