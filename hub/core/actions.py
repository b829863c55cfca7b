"""Actions: kinds of plan step, each claimed by exactly one plugin.

An action is an async function ``(vendor, step, contact) -> Outcome``, its settings model, and what the host must know
before it calls: what a contact needs, how long the post takes, what may be changed in the account.
"""

from __future__ import annotations

import builtins
import inspect
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub.core.changes import LinkContact
from hub.core.channels import check_channel
from hub.core.durations import LeadTime
from hub.core.errors import DeclarationError
from hub.core.facts import NEEDS, Contact
from hub.core.guard import Failed, limited
from hub.core.outcomes import Outcome
from hub.core.settings import Settings

log = logging.getLogger("hub.core")

Run = Callable[..., Awaitable[Outcome]]
"""``async def (vendor, step, contact)``, returning an outcome."""

ACTION_TYPE = re.compile(r"^[a-z][a-z0-9_]{1,39}\.[a-z][a-z0-9_]{1,59}$")


@dataclass(frozen=True)
class Action:
    """One action type.

    Attributes:
        type: ``addon.action``, in small letters.
        title: as it reads in the step editor's list.
        settings: the step's form.
        run: carries the step out.
        needs: what the contact must have, from :data:`hub.core.facts.NEEDS`; checked before any call.
        needs_linked: the same for a contact whom the vendor knows already (``contact.linked_id``), where that is something
            else: an action that finds nothing to do then needs nothing. None is as for everybody.
        lead_time: from the step to the contact's door, for the expected arrival.
        reconcile: asks the vendor whether an unclear attempt happened; same arguments as ``run``.
        changes: the kinds of change (:mod:`hub.core.changes`) it may ask for.
        advice: a sentence the editor shows on top of the form.
        icon: a name from the host's icon set.
        channel: on which way it reaches the contact, from :data:`hub.core.channels.CHANNELS`; accounts give each way quiet
            hours of its own. Empty where it reaches nobody by itself.
    """

    type: str
    title: str
    settings: builtins.type[Settings]
    run: Run
    needs: tuple[str, ...] = ()
    lead_time: LeadTime | None = None
    reconcile: Run | None = None
    changes: tuple[builtins.type[Any], ...] = ()
    advice: str = ""
    icon: str = ""
    channel: str = ""
    needs_linked: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if not ACTION_TYPE.match(self.type):
            raise DeclarationError(f"{self.type!r} is not an action type; write 'addon.action' in small letters")
        unknown = [need for need in (*self.needs, *(self.needs_linked or ())) if need not in NEEDS]
        if unknown:
            raise DeclarationError(f"{self.type} needs {unknown}, which a contact has not; choose from {sorted(NEEDS)}")
        if self.needs_linked is not None and LinkContact not in self.changes:
            raise DeclarationError(
                f"{self.type} says what a linked contact needs; say changes=[LinkContact] to be told of links"
            )
        check_channel(self.channel, self.type)
        if not (isinstance(self.settings, type) and issubclass(self.settings, Settings)):
            raise DeclarationError(f"{self.type}: the step's form must be a class made from Settings")
        for function in (self.run, self.reconcile):
            if function is not None:
                check_signature(function, ("vendor", "step", "contact"), self.type)

    @property
    def addon(self) -> str:
        """The add-on's name, the part before the dot."""
        return self.type.partition(".")[0]

    def needs_of(self, contact: Contact, options: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """What this contact must have, for a step that is filled in with these options."""
        if options is not None and _leaves_out(self.settings, options):
            return ()
        return self.needs if self.needs_linked is None or not contact.linked_id else self.needs_linked

    def with_reconcile(self, function: Run) -> Action:
        """The same action, able to ask the vendor what became of an unclear attempt."""
        return replace(self, reconcile=function)


_never_back: set[type[Settings]] = set()
"""Forms that once did not answer in time. Each further question would leave a thread behind."""


_NOBODY_ELSE = Settings.leaves_out.__func__  # type: ignore[attr-defined]  # of a form that says nothing about it


def _leaves_out(form: type[Settings], options: Mapping[str, Any]) -> bool:
    """A form's word on whom a step is about. A stranger's is asked aside and for a moment only, for whoever asks has others to
    look after, too; where no answer comes, the needs count."""
    if getattr(form.leaves_out, "__func__", None) is _NOBODY_ELSE or form in _never_back:
        return False
    if form.__module__.partition(".")[0] == __name__.partition(".")[0]:
        return form.leaves_out(options)
    try:
        return limited(lambda: bool(form.leaves_out(options)))
    except Failed as trouble:
        if not trouble.kind:
            _never_back.add(form)
        log.warning("%s.leaves_out %s", form.__name__, trouble.for_author)
        return False


def check_signature(function: Callable[..., Any], names: tuple[str, ...], where: str) -> None:
    """Refuse a function the host could not call, while its author is looking.

    Raises:
        DeclarationError: it is not async, or takes other arguments.
    """
    if not inspect.iscoroutinefunction(function):
        raise DeclarationError(f"{where}: {_name(function)} must be an async function")
    _check_arguments(function, names, where)


def check_generator(function: Callable[..., Any], names: tuple[str, ...], where: str) -> None:
    """The same for a function that yields pages.

    Raises:
        DeclarationError: it is not an async generator, or takes other arguments.
    """
    if not inspect.isasyncgenfunction(function):
        raise DeclarationError(f"{where}: {_name(function)} must be an async function that yields pages")
    _check_arguments(function, names, where)


def _check_arguments(function: Callable[..., Any], names: tuple[str, ...], where: str) -> None:
    count = len(names)
    parameters = list(inspect.signature(function).parameters.values())
    fits = len(parameters) == count and all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)
    if not fits:
        raise DeclarationError(f"{where}: {_name(function)} must take ({', '.join(names)})")


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", repr(function))
