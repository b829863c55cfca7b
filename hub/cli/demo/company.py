"""Northside Fitness and its people, plans and contacts, made through the same doors as anybody's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.addons import changes as addons
from hub.audit.actor import Actor
from hub.cli.demo.people import Person
from hub.cli.demo.world import CLUB, MAIL, VENDOR, ZAPS
from hub.contacts.incoming import Incoming, Policy
from hub.contacts.intake import intake_many
from hub.plans import changes as plans
from hub.plans import versions
from hub.plans.models import Plan
from hub.users import changes as users
from hub.users.models import Grant, User

DEMO = Actor("system", label="The demo")
ZONE = "America/Denver"

GROUPS = {"Welcome gift": "101", "Birthday card": "102", "Thank you box": "103"}
"""What the simulated vendor has."""

CATCH_HOOK = "https://hooks.zapier.com/hooks/catch/4711/northside/"
"""The address of a Zap that listens."""

PEOPLE = (
    ("olivia", "Olivia Owens", "owner", "the whole company"),
    ("adam", "Adam Ames", "admin", "Northside Downtown"),
    ("stella", "Stella Stone", "standard", "Northside Downtown"),
    ("sam", "Sam Sales", "sales", "Northside Downtown"),
)
"""User name, name, role, where."""


@dataclass(frozen=True, slots=True)
class Company:
    """The accounts."""

    top: Account
    downtown: Account
    lakeview: Account
    harbor: Account


def build(password: str) -> Company:
    """Accounts, people, and Mailbox Power switched on downtown."""
    with transaction.atomic():
        top = accounts.create(
            "Northside Fitness",
            by=DEMO,
            kind=Account.Kind.ENTERPRISE,
            values={"time_zone": ZONE, "company": "Northside Fitness"},
            established=True,
        )
        branches = [
            accounts.create(f"Northside {name}", by=DEMO, parent=top, established=True)
            for name in ("Downtown", "Lakeview", "Harbor")
        ]
        company = Company(top, *branches)
        for username, name, role, _ in PEOPLE:
            _user(company, username, name, role, password)
        for name in (VENDOR, CLUB, ZAPS, MAIL):
            addons.make_available(top, name, by=DEMO)
        switch_on(company.downtown)
    return company


def switch_on(account: Account) -> None:
    """As an admin does: tick the box, paste the key."""
    addons.enable(account, VENDOR, by=DEMO)
    addons.save_settings(account, VENDOR, {"api_key": "demo-key-of-nobody"}, by=DEMO)


def _user(company: Company, username: str, name: str, role: str, password: str) -> User:
    first, _, last = name.partition(" ")
    values = {"username": username, "email": f"{username}@northside.example", "first_name": first, "last_name": last}
    account, reach = (company.top, Grant.Reach.SUBTREE) if role == "owner" else (company.downtown, Grant.Reach.HERE)
    return users.create(values, account, role, by=DEMO, password=password, must_change_password=False, reach=reach)


def step(
    action: str, name: str, options: dict[str, Any] | None = None, minutes: int = 0, notify: str = "none"
) -> dict[str, Any]:
    """One plan step as the editor sends it."""
    timing = {"kind": "after", "amount": minutes, "unit": "minutes"} if minutes else {"kind": "immediately"}
    return {"action_type": action, "name": name, "timing": timing, "options": options or {}, "notify": notify}


def webhook(url: str, name: str) -> dict[str, Any]:
    """A webhook step that tells who it is about."""
    fields = {"contact": "{{client.email}}", "first_name": "{{client.firstName}}", "step": name}
    return step("steps.webhook", name, {"url": url, "payload": "json", "fields": fields})


def gift(name: str, group: str = "Welcome gift", minutes: int = 0) -> dict[str, Any]:
    """A Mailbox Power step."""
    return step(f"{VENDOR}.add_to_group", name, {"group_id": GROUPS[group]}, minutes, "on_failure")


def zap(name: str) -> dict[str, Any]:
    """A step that hands the contact to a Zap. Its address is Zapier's; the demo's web server gets what is sent there."""
    fields = {"First Name": "{{client.firstName}}", "Email": "{{client.email}}", "Phone": "{{client.phoneCell}}"}
    return step(f"{ZAPS}.send", name, {"url": CATCH_HOOK, "fields": fields}, notify="on_failure")


def push(name: str) -> dict[str, Any]:
    """A step that makes the contact a prospect at the club."""
    return step(f"{CLUB}.new_user_push", name, notify="on_failure")


def mail(name: str, subject: str, text: str) -> dict[str, Any]:
    """A step that sends an e-mail by the account's default mailbox."""
    return step("mail.send", name, {"subject": subject, "html": text}, notify="on_failure")


def plan(account: Account, name: str, description: str, steps: list[dict[str, Any]], *, ready: bool = True) -> Plan:
    """A plan with these steps, made ready or left a draft."""
    with transaction.atomic():
        made = plans.create_plan(account, name, by=DEMO, description=description)
        draft = made.versions.get()
        saved = versions.save_draft(draft, draft.revision, steps, by=DEMO)
        if ready:
            versions.make_ready(saved, saved.revision, by=DEMO)
    return made


def take_in(account: Account, people: Iterable[Person], assigned: str = "") -> list[int]:
    """New contacts, through the one door; returns their ids."""
    policy = Policy(source="demo", told_as="the demo", existing="keep")
    with transaction.atomic():
        answers = intake_many(account, [_incoming(person, assigned) for person in people], by=DEMO, policy=policy)
    return [answer.contact_id for answer in answers if answer.contact_id is not None]


def _incoming(person: Person, assigned: str) -> Incoming:
    fields = {
        "first_name": person.first_name, "last_name": person.last_name, "email": person.email, "phone_cell": person.phone,
        "line1": person.address, "city": person.city, "state": person.state, "zip": person.zip, "country": person.country,
    }  # fmt: skip
    return Incoming(fields, lead_source=person.lead_source, assigned=assigned)
