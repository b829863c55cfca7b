"""What the kit proves of a mailer beside its step: the connection test, the presets, and how the mailbox is read."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from hub.core.mail import MailPreset
from hub.core.mail_post import Cursor
from hub.core.mail_servers import servers_of
from hub.core.outcomes import NeedsAdmin, Outcome, Verdict
from hub.dispatch.post.orders import mailer_of
from hub.dispatch.post.said import Stage
from hub.dispatch.post.wire import PORTS
from hub.testing import mail_faults as faults
from hub.testing.mail_faults import MailFault
from hub.testing.proofs import rules
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, Unproved, unless
from hub.testing.proofs.mailers import spelt


def cases(bench: Bench) -> Iterator[Case]:
    """All of it."""
    yield from _check_cases()
    yield from _presets(bench)
    yield from _reading()


# --- the connection test -------------------------------------------------------------------------------------------


def _check_cases() -> Iterator[Case]:
    """The connection test: whose mailbox it is, or which field is wrong."""
    yield Case("check: a good mailbox", Badge.CONNECTION, _good_mailbox)
    yield Case("check: a wrong password", Badge.CONNECTION, _wrong_password)
    for fault in (*faults.PASSING[:5], *faults.FOR_ADMIN[:5]):
        story = partial(_check_fails, fault=fault)
        yield Case(f"check: {fault.name}", Badge.CONNECTION, story)
    yield Case("check: the server repeats the password", Badge.SECRETS, _check_echoes, echoes=True)


def _check(bench: Bench) -> Any:
    unless(bench.info.check is not None, "The add-on has no connection test.")
    return bench.info.check


def _good_mailbox(bench: Bench) -> None:
    said = bench.ask(_check(bench))
    unless(isinstance(said, str) and said.strip(), f"A good mailbox was not accepted: {said!r}")


def _wrong_password(bench: Bench) -> None:
    secrets = dict.fromkeys(bench.secret_names, "wrong-password-000001")
    said = bench.ask(_check(bench), **secrets)
    unless(isinstance(said, NeedsAdmin), f"A password the server refuses must be an admin's matter, and is {said!r}.")


def _check_fails(bench: Bench, fault: MailFault) -> None:
    bench.mail.fail(fault.at("sign-in"))
    said = bench.ask(_check(bench))
    if not isinstance(said, Outcome):
        raise Unproved(f"The check says {said!r} although the server did not let us in.")
    wanted = Verdict.ADMIN if fault in faults.FOR_ADMIN else Verdict.WAIT
    unless(said.verdict is wanted, f"After {fault.name} it is {said.verdict}'s turn and should be {wanted}'s: {said!r}")
    unless(said.sentence().strip(), "There is no sentence that says what happened.")


def _check_echoes(bench: Bench) -> None:
    for secret in bench.secrets:
        for words in spelt(secret):
            bench.mail.fail(faults.said("echo", Stage.LOGIN, 535, f"{words} is not known").at("sign-in"))
            said = bench.ask(_check(bench))
            for sentence in rules.leaks([secret], [("the sentence an admin reads", said)]):
                raise Unproved(sentence)


# --- presets -------------------------------------------------------------------------------------------------------


def _presets(bench: Bench) -> Iterator[Case]:
    mailer = mailer_of(bench.plain.info)
    for preset in mailer.presets:
        yield Case(f"preset {preset.name}: its addresses find it", Badge.FORMS, partial(_finds_it, preset=preset))


def _finds_it(bench: Bench, preset: MailPreset) -> None:
    """By the address alone where it has domains, and by the drop-down always."""
    mailer, model = mailer_of(bench.plain.info), bench.plain.info.settings
    chosen: list[dict[str, Any]] = [{"address": f"ada@{domain}"} for domain in preset.domains]
    if "provider" in model.model_fields:
        chosen.append({"address": "ada@kit.test", "provider": preset.title})
    for given in chosen:
        secrets = dict.fromkeys(bench.secret_names, "canary-0001")
        settings = model.model_validate({**secrets, **given})
        if preset.instead:
            said = bench.ask(_check(bench), **{**bench.settings, **given})
            wise = isinstance(said, NeedsAdmin) and preset.instead.rstrip(".") in said.reason
            unless(wise, f"For {given} an admin must be told: {preset.instead}")
            continue
        servers = servers_of(mailer, settings)
        unless(servers.provider == preset.title, f"{given} was taken for {servers.provider}.")
        found = [servers.smtp, *([servers.imap] if servers.imap else [])]
        odd = [server.port for server in found if server.port not in PORTS]
        unless(not odd, f"Port {odd} is none on which mail servers take mail.")
        unless(all("." in server.host for server in found), "A server's name must be whole.")


# --- reading -------------------------------------------------------------------------------------------------------


def _reading() -> Iterator[Case]:
    yield Case("reading: what lay there before is no news", Badge.WAYS_IN, _silent_first)
    yield Case("reading: every letter once, page by page", Badge.WAYS_IN, _every_letter_once)
    yield Case("reading: the folder's numbers are new", Badge.WAYS_IN, _renumbered)
    yield Case("reading: a server that cannot tell news by itself", Badge.WAYS_IN, _no_idle)


def _readable(bench: Bench) -> bool:
    """The first mailbox may be one that is not read at all."""
    servers = servers_of(mailer_of(bench.plain.info), bench.plain.info.settings.model_validate(bench.settings))
    return servers.imap is not None


def _pages(bench: Bench, cursor: Cursor | None) -> list[Any]:
    async def read(vendor: Any) -> list[Any]:
        mailer = bench.plain.mailers[0]
        pages = mailer.read(vendor, cursor) if mailer.read else vendor.post.letters(cursor)
        return [page async for page in pages]

    said = bench.ask(read)
    unless(isinstance(said, list), f"The mailbox could not be read: {said!r}")
    return list(said)


def _letters(number: int) -> list[bytes]:
    return [f"Message-ID: <{n}@kit.test>\r\n\r\nletter {n}\r\n".encode() for n in range(number)]


def _silent_first(bench: Bench) -> None:
    if not _readable(bench):
        return
    bench.mail.arrives(*_letters(3))
    pages = _pages(bench, None)
    unless(not any(page.letters for page in pages), "Letters that lay in the mailbox before were taken for news.")


def _every_letter_once(bench: Bench) -> None:
    if not _readable(bench):
        return
    start = _pages(bench, None)[-1].cursor
    bench.mail.arrives(*_letters(45))
    read = [letter.raw for page in _pages(bench, start) for letter in page.letters]
    unless(read == _letters(45), f"Of 45 letters {len(set(read))} were read, {len(read)} in all.")


def _renumbered(bench: Bench) -> None:
    if not _readable(bench):
        return
    bench.mail.arrives(*_letters(2))
    start = _pages(bench, None)[-1].cursor
    bench.mail.renumber()
    pages = _pages(bench, start)
    unless(any(page.reset for page in pages), "The folder's numbers are new, and no page says so.")
    unless(not _pages(bench, pages[-1].cursor)[-1].letters, "The new cursor does not hold.")


def _no_idle(bench: Bench) -> None:
    if not _readable(bench):
        return
    bench.mail.idles = False
    start = _pages(bench, None)[-1].cursor
    bench.mail.arrives(*_letters(1))

    async def wait(vendor: Any) -> bool:
        return bool(await vendor.post.wait(start, 5))

    unless(bench.ask(wait) is True, "News were not noticed.")
