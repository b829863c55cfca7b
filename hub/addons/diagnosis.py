"""The Test button: not *yes* or *no*, but how far it went and whose turn it is.

Six questions in order: is there such a **name**, does the **port** answer, does **TLS** hold, does the vendor know the key
(**sign-in**), may the key do what the add-on needs (**permission**), and what does it see (**sample**). It stops at the first red
line, for what comes after it cannot be known. What it found becomes the connection's health.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.addons import asking, connections, installed, probe, wording
from hub.addons.health import set_health
from hub.addons.models import Connection
from hub.addons.writing import Freed
from hub.audit.actor import Actor
from hub.core import redact
from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.core.outcomes import NeedsAdmin, Outcome, Verdict
from hub.dispatch.plain import clean

LONGEST = 300
"""Characters of what a plugin's check says: it names whose key it is."""


class Mark(StrEnum):
    """How a line reads, in the words of the design system."""

    DONE = "done"
    FAILED = "failed"
    WARNED = "warned"
    WAITING = "waiting"
    """Not reached."""


STAGES = ("name", "port", "tls", "sign_in", "permission", "sample")

LABELS = {
    "name": gettext_lazy("Name"), "port": gettext_lazy("Port"), "tls": gettext_lazy("TLS"), "sign_in": gettext_lazy("Sign-in"),
    "permission": gettext_lazy("Permission"), "sample": gettext_lazy("Sample"),
}  # fmt: skip

Health = Connection.Health


@dataclass(frozen=True, slots=True)
class Stage:
    """One line."""

    name: str
    state: Mark = Mark.WAITING
    note: str = ""

    @property
    def label(self) -> str:
        return str(LABELS[self.name])


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All six lines, and one sentence that says who must act.

    Attributes:
        health: what the connection is worth by this.
    """

    stages: tuple[Stage, ...]
    sentence: str
    health: str = Health.UNKNOWN

    @property
    def ok(self) -> bool:
        return not any(stage.state is Mark.FAILED for stage in self.stages)

    @property
    def first_red(self) -> Stage | None:
        """The line that failed."""
        return next((stage for stage in self.stages if stage.state is Mark.FAILED), None)


def record(connection: Connection, found: Diagnosis, *, by: Actor) -> Freed:
    """Make what was found the connection's health, unless its settings were changed meanwhile. For the edge, which may want
    it in a transaction of its own together with what it does with the answer."""
    if found.health == Health.UNKNOWN:
        return Freed("")
    red = found.first_red
    return set_health(connection.pk, found.health, red.note if red else "", by=by, version=connection.version)


def examine(connection: Connection) -> Diagnosis:
    """Ask all six questions. Writes nothing; takes as long as the vendor takes."""
    info = asking.info_of(connection)
    if info is None:
        return _ended([], _("The plugin is not running. An operator sees why on the plugins page."))
    if connection.borrows:  # what lies here is not what steps go by
        return _ended([], _("This account uses the connection of the account above. It is tested there."))
    if connections.is_sealed_away(connection):
        return _ended([], wording.key_lost())
    if not connection.complete:
        return _ended([], _("The settings are not complete. An admin fills them in and tests again."))
    stages, sentence = _reached(info)
    if sentence:
        return _ended(stages, sentence, Health.FAILING)
    return _signed_in(connection, info, stages)


def by_post(info: AddOnInfo) -> bool:
    """Whether it speaks to mail servers, whose names and certificates only signing in tries."""
    return any(mailer.by_post for mailer in info.mailers)


def _reached(info: AddOnInfo) -> tuple[list[Stage], str]:
    """Name, port and TLS; and a sentence when one of them failed."""
    way_out = installed.outside()
    url = way_out.base_url(info)
    if by_post(info):
        return [Stage(name, Mark.DONE, _("The mail servers are asked with the sign-in.")) for name in STAGES[:3]], ""
    if not url:
        return [Stage(name, Mark.DONE, _("This add-on has no address of its own.")) for name in STAGES[:3]], ""
    found = way_out.run(probe.reach(url, way_out.egress))
    stages = [Stage(name, Mark.DONE, _reached_note(name, found)) for name in found.stages]
    if not found.failed:
        return stages, ""
    stages.append(Stage(found.failed, Mark.FAILED, found.why))
    return stages, _UNREACHED[found.failed].format(title=info.title, why=found.why)


def _reached_note(stage: str, found: probe.Reached) -> str:
    return _("The address does not use TLS.") if stage == "tls" and not found.tls else ""


_UNREACHED = {
    "name": gettext_lazy(
        "{title}'s address cannot be looked up from here ({why}). Your settings are not at fault; an operator looks into it."
    ),
    "port": gettext_lazy("{title} does not answer ({why}). Your settings are not at fault; try again later."),
    "tls": gettext_lazy("{title}'s certificate does not hold ({why}). Nothing was sent; an operator looks into it."),
}


def _signed_in(connection: Connection, info: AddOnInfo, stages: list[Stage]) -> Diagnosis:
    if info.check is None:
        stages.append(Stage("sign_in", Mark.WARNED, _("{title} offers no way to test a key.").format(title=info.title)))
        stages.append(Stage("permission", Mark.WARNED, _("It shows with the first step.")))
        return _sampled(connection, info, stages)
    answer = asking.ask(connection, info, info.check)
    if isinstance(answer, Outcome):
        return _refused(info, stages, answer)
    whose = clean(answer, LONGEST) if isinstance(answer, str) else ""
    stages.append(Stage("sign_in", Mark.DONE, whose))
    stages.append(Stage("permission", Mark.DONE))
    return _sampled(connection, info, stages)


def _refused(info: AddOnInfo, stages: list[Stage], outcome: Outcome) -> Diagnosis:
    """A refused credential is a red sign-in; a refusal that names no credential field means it lacks a right."""
    reason = redact.text(outcome.sentence())
    if isinstance(outcome, NeedsAdmin):
        known = outcome.field and outcome.field not in info.auth.fields and not by_post(info)
        stages += (
            [Stage("sign_in", Mark.DONE), Stage("permission", Mark.FAILED, reason)]
            if known
            else [Stage("sign_in", Mark.FAILED, reason)]
        )
        if isinstance(info.auth, OAuth2) and outcome.field == info.auth.field:
            return _ended(stages, reason, Health.NEEDS_SIGN_IN)
        return _ended(
            stages,
            _("{reason} An admin acts: correct the settings, then test again.").format(reason=reason),
            Health.NEEDS_ADMIN,
        )
    stages.append(Stage("sign_in", Mark.FAILED, reason))
    if outcome.verdict is Verdict.DEVELOPER:
        words = _("{reason} The author of the plugin must mend this; an operator can tell them.")
        return _ended(stages, words.format(reason=reason))
    return _ended(
        stages, _("{reason} Your settings may be right; try again later.").format(reason=reason), Health.FAILING
    )


def _sampled(connection: Connection, info: AddOnInfo, stages: list[Stage]) -> Diagnosis:
    """The first live list, as a proof that there is something to work with."""
    name = next(iter(info.options), "")
    if not name:
        stages.append(Stage("sample", Mark.DONE, _("There is nothing to look at.")))
        return _ended(stages, _works(info), Health.OK)
    answer: Any = asking.ask(connection, info, info.options[name])
    if isinstance(answer, Outcome):
        stages.append(Stage("sample", Mark.FAILED, redact.text(answer.sentence())))
        health = Health.NEEDS_ADMIN if answer.verdict is Verdict.ADMIN else Health.FAILING
        return _ended(stages, _("The key works, but {list} could not be read: {reason}").format(
            list=name, reason=redact.text(answer.sentence())), health)  # fmt: skip
    count = len(answer) if hasattr(answer, "__len__") else 0
    note = _("{count} {list} found.").format(count=count, list=name.replace("_", " "))
    stages.append(Stage("sample", Mark.DONE if count else Mark.WARNED, note))
    return _ended(stages, _works(info), Health.OK)


def _works(info: AddOnInfo) -> str:
    return _("The connection to {title} works.").format(title=info.title)


def _ended(stages: Iterable[Stage], sentence: str, health: str = Health.UNKNOWN) -> Diagnosis:
    reached = {stage.name: stage for stage in stages}
    return Diagnosis(tuple(reached.get(name, Stage(name)) for name in STAGES), sentence, health)
