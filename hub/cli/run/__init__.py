"""Carry out one action from the shell, against the vendor's simulator; --live asks the vendor itself, --dry-run only shows."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.cli import plugin_at
from hub.cli.run import dry, given_facts, telling
from hub.cli.run.bench import Bench
from hub.cli.run.silence import silence
from hub.cli.saying import say
from hub.cli.trouble import Stop
from hub.core.actions import Action
from hub.core.facts import Contact, missing
from hub.core.registry import Plugin
from hub.testing.kit import ADA, made_up_settings
from hub.users.declare import command


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which action, for whom, with what."""
    parser.add_argument(
        "action",
        help="such as postpigeon.mail_card; . for the only action of the plugin in this folder, .mail_card for one of it",
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
    """Exit code 0 when the step was done, or the request shown."""
    if given.live and given.settings is None:
        raise Stop("--live asks the real vendor, so it needs the account's settings: --settings FILE", 2)
    if given.base_url and not (given.live and given.base_url.startswith(("https://", "http://"))):
        raise Stop("--base-url is an address that begins with https:// or http://, and goes with --live.", 2)
    plugin, action = chosen(given.action)
    contact = given_facts.contact(given.contact) if given.contact else ADA
    options = given_facts.options(given.option, action)
    settings = given_facts.read(given.settings) if given.settings else made_up_settings(plugin)
    lacking = missing(contact, action.needs)
    if lacking:
        raise Stop(
            f"The hub would not call: the contact has not {' and not '.join(lacking)}. Give one with --contact FILE."
        )
    if given.live:
        return _live(Bench(plugin, live=True, base_url=given.base_url), action, contact, options, settings)
    with silence(), Bench(plugin) as bench:
        if given.dry_run:
            return telling.tell_leaving(dry.leaving(bench, action, contact, options, settings), plugin)
        say(f"{action.type} for {contact.full_name}, against the simulator of {plugin.info.title}")
        return telling.tell_run(bench.run(action.type, contact, options, settings), bench)


def chosen(word: str) -> tuple[Plugin, Action]:
    """What ``addon.action``, ``.`` or ``.action`` stands for.

    Raises:
        Stop: there is no such action; the sentence lists those there are.
    """
    addon, _, name = word.partition(".")
    plugin = plugin_at.for_addon(addon) if addon else plugin_at.named(".")
    actions = {action.type.partition(".")[2]: action for action in plugin.actions}
    if not name and len(actions) == 1:
        return plugin, next(iter(actions.values()))
    if name not in actions:
        there = ", ".join(sorted(action.type for action in plugin.actions)) or "none"
        what = (
            f"no action {name}"
            if name
            else "more than one action, or none"
            if addon == ""
            else "no action without a name"
        )
        raise Stop(f"{plugin.info.title} has {what}. There are: {there}.", 2)
    return plugin, actions[name]


def _live(
    bench: Bench, action: Action, contact: Contact, options: Mapping[str, Any], settings: Mapping[str, Any]
) -> int:
    info = bench.plugin.info
    where = bench.outside.base_url(info)
    say(f"{action.type} for {contact.full_name}, LIVE: {info.title} is really asked at {where}")
    with bench:
        return telling.tell_run(bench.run(action.type, contact, options, settings), bench)
