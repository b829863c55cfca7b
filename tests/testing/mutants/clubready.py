"""Bugs for ClubReady, a bundled plugin: a look-up before and after one write, a paged import, and a vendor who says no with 200."""

# ruff: noqa: E501  # a bug reads best as the line that it is
from __future__ import annotations

from pathlib import Path

from tests.testing.planting import Mutant

PACKAGE = Path(__file__).parents[3] / "plugins" / "clubready" / "hub_clubready"

SENDS = "        made = await vendor(create, new_prospect(vendor, step, contact))\n"
MENDS = "        raise better(fault) from fault\n    return sent(made.user_id, contact)\n"
ENDS = "    return sent(made.user_id, contact)\n"
KEY = "vendor.settings.api_key.get_secret_value()"
FOUND = "    return sent(known, contact) if known else NotSent()\n"


def push(name: str, old: str, new: str, more: str = "", *, says: str) -> Mutant:
    """A bug in the step."""
    return Mutant(name, old, new, "push.py", more, says)


def people(name: str, old: str, new: str, *, says: str) -> Mutant:
    """A bug in the way in."""
    return Mutant(name, old, new, "people.py", says=says)


def said(name: str, old: str, new: str, *, says: str) -> Mutant:
    """A bug in how answers are read."""
    return Mutant(name, old, new, "answers.py", says=says)


MUTANTS = [
    push("double send", SENDS, SENDS + SENDS, says="asked for 2 irreversible calls"),
    push("swallows the error and returns Sent", MENDS, "        return Sent('?')\n" + ENDS, says="had not answered that it did it"),
    push("blames the contact for everything", "        raise better(fault) from fault\n", "        return __import__('hub.core').core.Rejected('no')\n", says="is failed and should be held"),
    push("the key in the note", ENDS, f"    return Sent(made.user_id, {KEY})\n", says="is in what the action returned"),
    push("the key in the request", "        ExternalId=contact.id,", f"        ExternalId={KEY},", says="is in the stored request"),
    push("reports done without sending", SENDS, "        return Sent('surely')\n", says="had not answered that it did it"),
    push("looks them up again after sending", ENDS, "    await whom(vendor, contact)\n" + ENDS, says="goes on calling after its irreversible call"),
    push("a look-up that never finds", FOUND, "    return NotSent()\n", says="is review and should be done"),
    push("a look-up that always finds", FOUND, "    return sent(known or '1', contact)\n", says="reported done and the vendor did nothing"),
    push("links without having said so", "    changes=[LinkContact],\n", "", says="say changes=[LinkContact] to be told of links"),
    push("forgets what it needs", 'needs=["first_name", "last_name", "email"]', 'needs=["first_name"]', says="Name it in needs="),
    push("a misspelt list", 'Options("prospect_types")', 'Options("prospect_type")', says="No function is registered with @addon.options('prospect_type')"),
    push("the first contact's name for all", "        FirstName=contact.first_name,", "        FirstName=NAMES.setdefault('first', contact.first_name),", "\nNAMES: dict[str, str] = {}\n", says="first one's contact.first_name is used"),
    Mutant("ignores a no in the body", 'encode="form", success=happened, plain=True', 'encode="form", plain=True', "endpoints.py", says="validation error for LinkContact"),
    said("an answer that proves nothing", "            raise ValueError(\"neither a user's id nor a refusal\")\n", "            pass\n", says="validation error for LinkContact"),
    said("takes every text for a refusal", '        if len(words) > LONGEST_NO or not words.casefold().startswith(NO):\n            raise ValueError("a text that is no answer")\n', "", says="A trouble that passes is told as rejected"),
    people("swallows a trouble and ends", "        raise better(fault) from fault\n", "        yield Page(records=())\n", says="as if there were nothing more"),
    people("the name of a type instead of its id", "choice=one.prospect_type_id or one.prospect_type", "choice=f'type {one.prospect_type_id}'", says="none will ever fit"),
    people("today in every record", "        last_name=one.last_name,", "        last_name=str(datetime.now()),", says="asks for the time at which the tests run"),
    Mutant("the key not declared as a secret", "        Secret,", "        str,", "declaration.py", says="nothing of it is a Secret"),
    Mutant("the first account's types for all", "        return await read_types(vendor)\n", "        if not KEPT:\n            KEPT.update(await read_types(vendor))\n        return KEPT\n", "types.py", "\nKEPT: dict[str, str] = {}\n", says="another account's"),
]  # fmt: skip
