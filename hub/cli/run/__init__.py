"""Carry out one action from the shell, against the vendor's simulator; --live asks the vendor itself, --dry-run only shows."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hub.cli import plugin_at
from hub.cli.run import dry, given_facts, telling
from hub.cli.run.bench import Bench
from hub.cli.run.naming import chosen
from hub.cli.run.silence import silence
from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.core.actions import Action
from hub.core.facts import Contact, missing
from hub.testing.kit import ADA
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which action, for whom, with what."""
    parser.add_argument(
        "action",
        help="such as postpigeon.mail_card; . for the only action of the plugin in this folder, .mail_card for one of it, "
        "./FOLDER.mail_card for one of another folder's",
    )
    parser.add_argument(
        "--contact", type=Path, metavar="FILE", help="JSON with a contact's facts (default: a made-up one)"
    )
    parser.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="one of the step's settings"
    )
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="JSON with the account's settings (default: made up)"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--dry-run", action="store_true", help="show the exact request; the simulator answers reads; nothing leaves"
    )
    how.add_argument("--live", action="store_true", help="ask the real vendor; needs --settings")
    parser.add_argument("--base-url", default="", metavar="URL", help="with --live: the vendor's staging system, say")


@command("system.operate")
def run(given: argparse.Namespace) -> int:
    """Exit code 0 when the step was done, or the request shown; 1 when it was not; 2 when something was typed wrongly."""
    if given.live and given.settings is None:
        raise Stop("--live asks the real vendor, so it needs the account's settings: --settings FILE", 2)
    if given.base_url and not (given.live and _is_address(given.base_url)):
        raise Stop("--base-url is an address such as https://staging.vendor.example/v1, and goes with --live.", 2)
    plugin, action = chosen(given.action)
    with plugin_at.in_use(plugin, f"carried out {action.type}"), telling.the_authors_words():
        contact = given_facts.contact(given.contact) if given.contact else ADA
        options = given_facts.options(given.option, action, plugin)
        settings = given_facts.settings(given.settings, plugin) if given.settings else given_facts.made_up(plugin)
        lacking = missing(contact, action.needs_of(contact))
        if lacking:
            raise Stop(
                f"The hub would not call: the contact has not {' and not '.join(lacking)}. Give one with --contact FILE."
            )
        if given.live:
            return _live(Bench(plugin, live=True, base_url=given.base_url), action, contact, options, settings)
        return _played(Bench(plugin), action, contact, options, settings, dry_run=given.dry_run)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none, or half an IPv6 address
        return False


def _played(
    bench: Bench,
    action: Action,
    contact: Contact,
    options: Mapping[str, Any],
    settings: Mapping[str, Any],
    *,
    dry_run: bool,
) -> int:
    plugin = bench.plugin
    with silence(), bench:
        if dry_run:
            return telling.tell_leaving(dry.leaving(bench, action, contact, options, settings), plugin)
        say(f"{action.type} for {contact.full_name}, against the simulator of {plugin.info.title}")
        return telling.tell_run(bench.run(action.type, contact, options, settings), bench)


def _live(
    bench: Bench, action: Action, contact: Contact, options: Mapping[str, Any], settings: Mapping[str, Any]
) -> int:
    info = bench.plugin.info
    where = bench.outside.base_url(info)
    say(f"{action.type} for {contact.full_name}, LIVE: {info.title} is really asked at {where}")
    with bench:
        return telling.tell_run(bench.run(action.type, contact, options, settings), bench)
