"""The test button and the live lists: an answer, or a sentence that says who acts. Never an exception, whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any

from hub.core.auth import Basic, HeaderKey, OAuth2, QueryKey
from hub.core.outcomes import Broken, NeedsAdmin, Outcome, Verdict, Wait
from hub.core.settings import secret_names
from hub.testing import faults
from hub.testing.faults import Fault
from hub.testing.mail_settings import mailer_by_post
from hub.testing.proofs import mailboxes, whole_lists
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.forms import sealed_fields
from hub.testing.proofs.rules import leaks
from hub.testing.proofs.second import other_settings
from hub.testing.proofs.spy import has_asked
from hub.testing.proofs.stopping import asking_stops

TROUBLES: tuple[Fault, ...] = (
    faults.refused(), faults.tls(), faults.reset(), faults.timeout(), faults.drip(), faults.status(401),
    faults.status(403), faults.status(404), faults.status(500), faults.status(503), faults.too_many("90"),
    faults.cut_json(), faults.html(), faults.empty(), faults.nulls(), faults.says_no(),
)  # fmt: skip

PASSING = (
    "connection refused",
    "TLS failure",
    "reset",
    "time-out",
    "slow drip",
    "500",
    "503",
    "cut json",
    "html with 200",
)
"""Troubles of the vendor's own: nobody's key is wrong, so nobody is sent to look for one."""

CAN_REFUSE = (HeaderKey, QueryKey, Basic, OAuth2)
"""Credentials the simulator knows how to refuse."""


def cases(bench: Bench) -> Iterator[Case]:
    """The connection test and every list."""
    if mailer_by_post(bench.plain) is not None:
        yield from mailboxes.cases(bench)
    elif bench.info.check is not None:
        yield from _check_cases(bench)
    elif bench.info.auth.fields:
        yield Case("check: the key can be tested", Badge.CONNECTION, _no_check)
    for name in bench.info.options:
        yield Case(f"{name}: the list answers", Badge.LISTS, partial(_listed, name=name))
        yield Case(f"{name}: however many there are", Badge.LISTS, partial(whole_lists.brings_all, name=name))
        yield Case(f"{name}: asked anew for every account", Badge.LISTS, partial(_anew, name=name))
        yield Case(f"{name}: told to stop while it waits", Badge.LISTS, partial(_stops, name=name))
        yield Case(f"{name}: extra fields", Badge.LISTS, partial(_listed, name=name, fault=faults.extra_fields()))
        for fault in TROUBLES:
            yield Case(f"{name}: {fault.name}", Badge.LISTS, partial(_no_exception, name=name, fault=fault))
        yield Case(f"{name}: the vendor repeats the key", Badge.SECRETS, partial(_echoed, name=name), echoes=True)


def _check_cases(bench: Bench) -> Iterator[Case]:
    yield Case("check: a good key", Badge.CONNECTION, _good_key)
    if isinstance(bench.info.auth, CAN_REFUSE) and secret_names(bench.info.settings):
        yield Case("check: a wrong key", Badge.CONNECTION, partial(_refused_key, key="wrong-key-000001"))
        yield Case("check: a key that may not", Badge.CONNECTION, partial(_refused_key, key="limited-key-000001"))
    yield Case("check: told to stop while it waits", Badge.CONNECTION, partial(_stops, name=""))
    for fault in TROUBLES:
        yield Case(f"check: {fault.name}", Badge.CONNECTION, partial(_no_exception, name="", fault=fault))
    yield Case("check: the vendor repeats the key", Badge.SECRETS, partial(_echoed, name=""), echoes=True)


def _function(bench: Bench, name: str) -> Callable[..., Awaitable[Any]]:
    function = bench.info.options[name] if name else bench.info.check
    assert function is not None
    return function


def _no_check(bench: Bench) -> None:
    unless(False, "The add-on has a credential and no @addon.check, so an admin cannot test it.")


def _good_key(bench: Bench) -> None:
    said = bench.ask(_function(bench, ""))
    unless(not isinstance(said, Outcome), f"A good key was not accepted: {said!r}")
    unless(isinstance(said, str) and said.strip(), f"The check returned {said!r}; return whose key it is, as a text.")


def _refused_key(bench: Bench, key: str) -> None:
    keys = dict.fromkeys(sealed_fields(bench), key)
    said = bench.ask(_function(bench, ""), **keys)
    unless(isinstance(said, NeedsAdmin), f"A key the vendor refuses must be an admin's matter, and is {said!r}.")


def _listed(bench: Bench, name: str, fault: Fault | None = None) -> None:
    if fault is not None:
        bench.fail(*[fault] * 20)
    listed = bench.ask(_function(bench, name))
    unless(isinstance(listed, Mapping), f"The list gave {listed!r}; return value → label.")
    unless(
        listed, "The list is empty. If the simulated vendor has nothing to choose from, give it SEEDS in simulation.py."
    )
    texts = all(isinstance(part, str) and part for pair in listed.items() for part in pair)
    unless(texts, f"Values and labels must be texts, and are {dict(listed)!r}.")


def _anew(bench: Bench, name: str) -> None:
    """Not from what another account has seen. The host keeps each account's list as long as is good for it."""
    bench.ask(_function(bench, name), **other_settings(bench))
    quiet = not any(turn.asked for turn in bench.turns) and has_asked(bench.plain.info.options[name])
    unless(
        not quiet,
        "The list asked the vendor nothing and shows what it had seen before, another account's; read it each time.",
    )


def _stops(bench: Bench, name: str) -> None:
    function = bench.plain.info.options[name] if name else bench.plain.info.check
    assert function is not None
    asking_stops(bench, function, f"list {name}" if name else "check")


def _no_exception(bench: Bench, name: str, fault: Fault) -> None:
    """No exception; and a passing trouble of the vendor's sends nobody to look for a key."""
    bench.fail(fault)
    said = bench.ask(_function(bench, name))
    unless(not isinstance(said, Broken), f"The function failed: {said!r}")
    if isinstance(said, Outcome):
        unless(said.sentence().strip(), "There is no sentence that says what happened.")
    if fault.name in PASSING and not bench.vendor.waiting:
        unless(
            isinstance(said, Outcome),
            f"The vendor gave no answer, and the function came back with {said!r}; let the error through.",
        )
    if fault.name in PASSING and isinstance(said, Outcome):
        unless(isinstance(said, Wait), f"A trouble that passes is told as {said.verdict}: {said.sentence()}")
    declared = fault.status is not None and fault.status in bench.info.errors
    if fault.status in (401, 403) and not declared and not bench.vendor.waiting:
        admin = isinstance(said, Outcome) and said.verdict is Verdict.ADMIN
        unless(admin, f"A refused credential is an admin's matter, and is {said!r}.")


def _echoed(bench: Bench, name: str) -> None:
    """The vendor puts the key into its own error text, as some do."""
    for secret in bench.secrets:
        bench.fail(faults.status(401, message=f"the key {secret} is not known"))
        said = bench.ask(_function(bench, name))
        for sentence in leaks([secret], [("the sentence an admin reads", said)]):
            unless(False, sentence)
