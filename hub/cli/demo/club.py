"""What a visitor of the demo needs to try ClubReady and Zapier: plans and lead sources that wait, and switches to be switched.

ClubReady is available and off: to switch it on, to match its prospect types and to import is the visitor's to do
(``docs/demo.md``). Zapier needs no key, so it is on downtown.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from hub.accounts.models import Account
from hub.addons import changes as addons
from hub.cli.demo import company
from hub.cli.demo.world import ZAPS
from hub.contacts import list_changes

SOURCES = ("Walk-in", "Website", "Referral")
"""Lead sources of every account, to match the club's prospect types with."""

FOLLOW_UP = "Prospect follow-up"


def prepare(made: company.Company) -> None:
    """All of it."""
    with transaction.atomic():
        addons.enable(made.downtown, ZAPS, by=company.DEMO)
    for account in (made.top, made.lakeview, made.harbor):
        _lists_and_plan(account, [])
    _lists_and_plan(made.downtown, [company.zap("Tell our Zap")])
    company.plan(
        made.downtown, "Into the club", "Makes a contact a prospect at ClubReady. A draft until ClubReady is switched on.",
        [
            company.push("Make them a prospect at the club"),
            company.step("steps.note", "Say so", {"text": "The club knows {{client.firstName}}."}),
        ],
        ready=False,
    )  # fmt: skip


def _lists_and_plan(account: Account, more: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        for name in SOURCES:
            list_changes.add_lead_source(account, name, by=company.DEMO)
    note = company.step("steps.note", "Say where they come from", {"text": "{{client.firstName}} came from the club."})
    tag = company.step("steps.add_tags", "Tag as prospect", {"tags": ["club prospect"]}, minutes=2)
    company.plan(account, FOLLOW_UP, "For those who come from the club.", [note, *more, tag])
