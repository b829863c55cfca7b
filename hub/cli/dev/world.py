"""What an author finds in the hub of `hub dev`: an account with the add-on on, a contact who has everything, plans to try it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from hub.accounts import changes as accounts
from hub.accounts import reads
from hub.accounts.models import Account
from hub.addons import changes as addons
from hub.addons.models import Connection
from hub.audit.actor import Actor
from hub.cli.dev import trying
from hub.cli.run.given_facts import made_up
from hub.contacts.incoming import Incoming, Policy
from hub.contacts.intake import intake_many
from hub.core.registry import Plugin
from hub.core.settings import FieldSpec, Settings, fields_of
from hub.testing.kit import ADA, Kit
from hub.testing.simulator import Simulator
from hub.users import changes as users
from hub.users.models import Grant
from hub.web.dev import bench

DEV = Actor("system", label="hub dev")
USER = "dev"


@dataclass(frozen=True, slots=True)
class Made:
    """What is written down beside the database, for the next start."""

    password: str
    account_id: int
    contact_id: int
    plans: dict[str, int]
    username: str = USER


def ready(plugin: Plugin, simulator: Simulator, home: Path, folder: Path) -> Made:
    """Make what is not there yet, and lay the author's bench."""
    page = home / "dev.json"
    before = Made(**json.loads(page.read_text())) if page.exists() else None
    with transaction.atomic():
        made = before or _company(plugin)
        account = reads.get(made.account_id)
        _switched_on(account, plugin)
        tries = trying.plans_for(account, plugin, made.plans, by=DEV)
        made = Made(made.password, made.account_id, made.contact_id, tries.plans)
    page.write_text(json.dumps(asdict(made), indent=2))
    page.chmod(0o600)
    bench.use(
        bench.Bench(
            plugin, simulator, made.account_id, made.contact_id, made.plans, tries.left_out, fixtures(folder)
        )
    )  # fmt: skip
    return made


def fixtures(folder: Path) -> dict[str, str]:
    """The JSON files among the plugin's own tests, by name: recorded deliveries."""
    found = sorted((folder / "tests").rglob("*.json")) if (folder / "tests").is_dir() else []
    return {file.name: file.read_text(encoding="utf-8", errors="replace") for file in found}


def _company(plugin: Plugin) -> Made:
    password = secrets.token_urlsafe(9)
    account = accounts.create(
        f"{plugin.info.title} in development",
        by=DEV,
        kind=Account.Kind.ENTERPRISE,
        values={"time_zone": "UTC", "company": "Acme"},
        established=True,
    )
    users.create(
        {"username": USER, "email": "dev@example.com", "first_name": "Dev", "last_name": "Eloper"}, account, "owner", by=DEV,
        password=password, must_change_password=False, reach=Grant.Reach.SUBTREE,
    )  # fmt: skip
    answers = intake_many(account, [_ada()], by=DEV, policy=Policy(source="dev", told_as="hub dev", existing="keep"))
    return Made(password, account.pk, int(answers[0].contact_id or 0), {})


def _ada() -> Incoming:
    """The contact of the author's tests."""
    place = ADA.address
    return Incoming({
        "first_name": ADA.first_name, "last_name": ADA.last_name, "email": ADA.email, "phone_cell": "+12025550100",
        "line1": place.line1, "city": place.city, "state": place.state, "zip": place.zip, "country": place.country,
        "company": ADA.company,
    })  # fmt: skip


def _switched_on(account: Account, plugin: Plugin) -> None:
    """As an operator and an admin do; settings that no longer fit the form are made up anew."""
    name = plugin.info.name
    addons.make_available(account, name, by=DEV)
    addons.enable(account, name, by=DEV)
    connection = Connection.objects.get(account=account, addon=name, user=None)
    if not connection.complete:
        addons.save_settings(account, name, chosen(plugin, plugin.info.settings, made_up(plugin)), by=DEV)


def chosen(plugin: Plugin, model: type[Settings], made: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a form's required fields: the first of a live list as the simulator has it, else something made up."""
    with Kit(plugin.subject) as kit:
        return {spec.name: _value(kit, spec, made.get(spec.name)) for spec in fields_of(model) if spec.required}


def _value(kit: Kit, spec: FieldSpec, made: Any) -> Any:
    if spec.kind == "options":
        answered = kit.options(spec.source)
        return next(iter(answered), made) if isinstance(answered, dict) else made or "x"
    if made is not None:
        return made
    values: dict[str, Any] = {"number": 1, "toggle": True, "lines": ["one"], "table": {}}
    return spec.choices[0][0] if spec.choices else values.get(spec.kind, "Something")
