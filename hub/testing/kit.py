"""One plugin on the bench: the production dispatcher, a ledger in memory, a clock that stands still, and the vendor simulated.

::

    kit = Kit(addon)
    run = kit.run("postpigeon.mail_card", campaign="c1")
    assert run.note == "Card id-1 is queued"
    assert kit.vendor.stored("/cards")[0]["to"] == run.contact.first_name
    kit.close()
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, TypeVar

from hub.core.auth import OAuth2
from hub.core.egress import Egress
from hub.core.facts import Account, Address, Contact, User
from hub.core.records import Trigger
from hub.core.registry import Plugin, Registry, from_objects
from hub.core.settings import fields_of
from hub.dispatch import calls
from hub.dispatch.batch import dispatch
from hub.dispatch.outside import Outside
from hub.dispatch.pulling import Start, pull
from hub.dispatch.runner import Runner
from hub.dispatch.states import State
from hub.testing.ledger import MemoryLedger, Run, VirtualClock
from hub.testing.made_up import value_of
from hub.testing.mail import MailServer
from hub.testing.mail_settings import mailboxes
from hub.testing.sign_ins import MemorySignIn
from hub.testing.simulator import Simulator, simulation_of
from hub.testing.simulator_fronts import maker
from hub.testing.stores import MemoryImport

T = TypeVar("T")

ADA = Contact(
    id="1", first_name="Ada", last_name="Lovelace", email="ada@example.com", phone_cell="+15550100", company="Analytical Engines",
    address=Address(line1="12 St James's Square", city="London", state="LDN", zip="SW1Y 4JH", country="GB"),
    assigned_user=User(id="7", first_name="Charles", last_name="Babbage", email="charles@example.com"),
)  # fmt: skip
"""A contact who has everything an action may need."""

ACME = Account(id="1", company="Acme", email="office@example.com", phone="+15550111")


def contact(**changes: Any) -> Contact:
    """A contact who has everything, with these facts instead: ``contact(first_name="Bea", email="")``.

    Raises:
        ValueError: a contact has no such fact; the message names those there are.
    """
    _known(changes, Contact.model_fields, "A contact has no fact")
    return ADA.model_copy(update=changes)


def account(**changes: Any) -> Account:
    """An account, with these facts instead: ``account(time_zone="America/New_York")``.

    Raises:
        ValueError: an account has no such fact; the message names those there are.
    """
    _known(changes, Account.model_fields, "An account has no fact")
    return ACME.model_copy(update=changes)


MOST_ROUNDS = 50
"""A run that is not at rest after this many tries and look-ups never will be."""


class Kit:
    """See the module's docstring. Use it as a context, or ``close`` it.

    Args:
        addon: the add-on, or a module with the hooks.
        vendor: a simulator; one is grown from the declaration when none is given.
        settings: of the connection; made up from the form when none are given.
        outside: another way out than the simulator's: the real one, or a recording played again. The kit closes it.

    Attributes:
        account: whose steps they are; set another to try one.
        outside: the way out that its calls take.
        mail: the mail server in memory: what was sent, what lies in the mailbox, its next troubles.
        vendor: the simulator: what it holds, how often it acted, its next troubles.
        clock: the time, which passes when told.

    Raises:
        ValueError: the plugin does not load; the message says why.
    """

    def __init__(
        self,
        addon: Any,
        vendor: Simulator | None = None,
        settings: Mapping[str, Any] | None = None,
        outside: Outside | None = None,
    ) -> None:
        self.registry: Registry = from_objects({"it": addon})
        if not self.registry.plugins:
            raise ValueError(self.registry.troubles[0].sentence)
        self.plugin: Plugin = next(iter(self.registry.plugins.values()))
        self.settings = dict(self._own_settings() if settings is None else settings)
        self.account = ACME
        self.clock = VirtualClock()
        self.vendor = vendor or Simulator(self.plugin.info, wall=self.clock.now)
        self.ledger = MemoryLedger(self.registry, self.clock)
        self.mail = MailServer(self.clock.now, self.vendor.refuses_token)
        self.outside = outside or Outside(Egress(), make_transport=maker(self.vendor))
        if outside is None:
            self.outside.office = self.mail
        self._runner = Runner(self.ledger, self.registry, self.outside, chance=lambda: 0.5, gather=0)

    def _own_settings(self) -> Mapping[str, Any]:
        """What satisfies the form, with what the plugin's simulation gives on top."""
        return {**made_up_settings(self.plugin), **getattr(simulation_of(self.plugin.info), "SETTINGS", {})}

    def run(self, action_type: str, contact: Contact = ADA, **options: Any) -> Run:
        """Carry out one step, once, as production would.

        Args:
            action_type: the whole of it: ``postpigeon.mail_card``.

        Raises:
            ValueError: the plugin has no such action, or its step no such field; the message names those there are.
        """
        action = _named(action_type, {action.type: action for action in self.plugin.actions}, "action")
        _known(options, action.settings.model_fields, f"The step {action_type} has no field")
        run = self.ledger.add(action_type, contact, account=self.account, options=options, settings=self.settings)
        self.again(run)
        return run

    def again(self, run: Run) -> Run:
        """Try a run again that waits, or ask the vendor about one that is unclear, when its time has come."""
        if run.state is State.UNKNOWN:
            self._runner.check(self.ledger.checks_due())
        else:
            dispatch([run.id], self.ledger, self._runner)
        return run

    def rest(self, run: Run) -> Run:
        """Let time pass until the run is closed, or waits for a person."""
        for _ in range(MOST_ROUNDS):
            due = run.next_check_at if run.state is State.UNKNOWN else run.due_at
            if run.state not in (State.SCHEDULED, State.UNKNOWN) or due is None:
                return run
            self.clock.move_to(due)
            self.again(run)
        raise AssertionError(f"{run.action_type} is still {run.state} after {MOST_ROUNDS} rounds: {run.sentence}")

    def ask(self, function: Callable[..., Awaitable[Any]], **settings: Any) -> Any:
        """Call a check or an options function, as the Test button would. An ``Outcome`` says why there is no value."""
        given = {**self.settings, **settings}
        sign_in = self.ledger.sign_in.for_job(given) if self.ledger.sign_in else None
        return calls.ask(self.outside, self.plugin.info, given, function, self.clock.now(), sign_in=sign_in)

    def check(self, **settings: Any) -> Any:
        """The connection test."""
        if self.plugin.info.check is None:
            raise ValueError(f"{self.plugin.info.name} has no connection test")
        return self.ask(self.plugin.info.check, **settings)

    def options(self, name: str, **settings: Any) -> Any:
        """A live list.

        Raises:
            ValueError: the plugin has no such list; the message names those there are.
        """
        return self.ask(_named(name, self.plugin.info.options, "live list"), **settings)

    def bring(self, trigger: str, since: datetime | None = None, cursor: str | None = None) -> MemoryImport:
        """Bring records in by a trigger, page by page, as an import would; ``stopped`` says why it did not come to the end.

        Args:
            trigger: the whole of its name: ``postpigeon.members``.
            since: when the last whole import began; None for the first.
            cursor: where an import that was interrupted goes on.

        Raises:
            ValueError: the plugin has no such trigger; the message names those there are.
        """
        ways = {way.name: way for way in self.plugin.ways_in if isinstance(way, Trigger)}
        way, store = _named(trigger, ways, "trigger"), MemoryImport(cursor=cursor)
        start, info = Start(since, cursor), self.plugin.info
        store.stopped = pull(self.outside, info, self.settings, way, start, store.keep, self.clock.now()).stopped
        return store

    def sign_in(self) -> None:
        """Somebody signs in at the vendor, or signs in again: from now on its tokens end, and are renewed, as the real ones do.

        Raises:
            ValueError: the add-on does not sign in with OAuth 2.
        """
        auth, server = self.plugin.info.auth, self.vendor.authorization
        if server is None or not isinstance(auth, OAuth2):
            raise ValueError(f"{self.plugin.info.name} does not sign in with OAuth 2")
        self.ledger.sign_in = self.ledger.sign_in or MemorySignIn(self.plugin.info, self.clock.now)
        answer = server.signed_in(str(self.settings.get(auth.client_field) or "client"))
        self.ledger.sign_in.signed_in(json.dumps(answer).encode())

    def close(self) -> None:
        """End the loop's thread."""
        self._runner.close()
        self.outside.close()

    def __enter__(self) -> Kit:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _named(name: str, there: Mapping[str, T], what: str) -> T:
    """The one of this name."""
    if name in there:
        return there[name]
    near = difflib.get_close_matches(name, there, 1) or [one for one in there if one.endswith(f".{name}")]
    meant = f" Do you mean {near[0]!r}?" if near else ""
    raise ValueError(f"There is no {what} {name!r}.{meant} There are: {', '.join(there) or 'none'}.")


def _known(given: Iterable[str], there: Iterable[str], sentence: str) -> None:
    strange = sorted(set(given) - set(there))
    if strange:
        raise ValueError(f"{sentence} {strange[0]!r}. It has: {', '.join(there) or 'none'}.")


def made_up_settings(plugin: Plugin) -> dict[str, Any]:
    """Settings that satisfy the form: a mailbox that the mailer knows; else a value for each required field."""
    boxes = mailboxes(plugin)
    if boxes:
        return dict(boxes[0].settings)
    made: dict[str, Any] = {}
    for spec in fields_of(plugin.info.settings):
        if spec.required:
            secret = spec.kind == "secret"
            made[spec.name] = f"kit-{spec.name}-0001" if secret else value_of(plugin.info.settings, spec)
    return made
