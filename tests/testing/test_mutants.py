"""The mutation bar: bugs as authors make them, planted into real plugins. The kit finds every one of them.

A kit that is green whatever one does to a plugin proves nothing. So this is the test of the kit itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.core import DeclarationError
from tests.testing.planting import Mutant, caught, planted

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
POSTPIGEON = HERE / "hub_postpigeon"
AVIARY = HERE / "hub_aviary"
MAILBOX_POWER = HERE.parents[1] / "plugins" / "mailbox_power" / "hub_mailbox_power"

# --- PostPigeon --------------------------------------------------------------------------------------------------

CALL = """\
    card = await vendor(mail, NewCard(campaign=step.campaign, studio=vendor.settings.studio, to=contact.first_name,
                                      address=contact.address.line1, greeting=step.greeting, ref=vendor.ref))
"""
BODY = CALL.partition("vendor(mail, ")[2].strip()[:-1]
TRY = f"    try: card = await vendor(mail, {BODY})\n"
NOTE = 'note=f"Card {card.id} is {card.status}"'
KEY = "vendor.settings.api_key.get_secret_value()"
LOOK = "    found = await vendor(cards, ref=vendor.ref)\n"
FOUND = "    return Sent(found[0].id) if found else NotSent()\n"
HANDLER = 'def card_mailed(event): return addon.event("card_mailed", reference=event.card)\n'


def call(new: str) -> tuple[str, str]:
    """Something else where the card is sent."""
    return CALL, new


PIGEONS = [
    Mutant("double send", *call(CALL.replace("    card =", '    for _ in "ab": card ='))),
    Mutant("its own retry loop", *call(
        f"    for n in range(3):\n        try: card = await vendor(mail, {BODY}); break\n"
        "        except Exception:\n            if n == 2: raise\n")),
    Mutant("retries what never left", *call(
        f"    from hub.core import Unreachable\n{TRY}    except Unreachable: card = await vendor(mail, {BODY})\n")),
    Mutant("catches everything and returns Sent", *call(f"{TRY}    except Exception: return Sent('?')\n")),
    Mutant("swallows every error and blames the contact", *call(f"{TRY}    except Exception: return Rejected('no')\n")),
    Mutant("swallows every error and returns nothing", *call(f"{TRY}    except Exception: return None\n")),
    Mutant("takes a refused key for a reason to wait", *call(
        f"    from hub.core import Refused, Wait\n{TRY}    except Refused: return Wait('later')\n")),
    Mutant("a fresh reference per try", CALL, CALL.replace("ref=vendor.ref", "ref=__import__('uuid').uuid4().hex")),
    Mutant("the contact for a reference", CALL, CALL.replace("ref=vendor.ref", "ref='c' + contact.id")),
    Mutant("reconcile matches anything", LOOK, "    found = await vendor(cards)\n"),
    Mutant("reconcile matches nothing", FOUND, "    return NotSent()\n"),
    Mutant("reconcile says yes unseen", FOUND, "    return Sent('seen')\n"),
    Mutant("reconcile looks up by name", LOOK, "    found = await vendor(cards, to=contact.first_name)\n"),
    Mutant("reconcile takes a failed look-up for not found", LOOK,
           "    try: found = await vendor(cards, ref=vendor.ref)\n    except Exception: found = []\n"),
    Mutant("reconcile sends", LOOK, f"    found = [await vendor(mail, {BODY})]\n"),
    Mutant("the key in the note", NOTE, f'note=f"Sent with {{{KEY}}}"'),
    Mutant("the key in an error", *call(
        f"    from hub.core import Refused\n{TRY}"
        f"    except Refused as no: raise Refused(type(no.outcome)('key ' + {KEY}), no.status) from no\n")),
    Mutant("the key, coded, in a note", NOTE, f'note=__import__("base64").b64encode({KEY}.encode()).decode()'),
    Mutant("the key in the log", *call(f"    __import__('logging').getLogger('pigeon').info('with %s', {KEY})\n{CALL}")),
    Mutant("the key printed", *call(f"    print({KEY})\n{CALL}")),
    Mutant("the key in the request", CALL, CALL.replace("greeting=step.greeting", f"greeting={KEY}")),
    Mutant("the key not declared as a secret", "    api_key: Secret\n", "    api_key: str\n"),
    Mutant("a second irreversible call", *call(f"{CALL}    await vendor(thanks, {BODY})\n"),
           more='\nthanks = addon.post("/thanks", NewCard, Card, effect=once())\n'),
    Mutant("a read after the irreversible call", *call(f"{CALL}    await vendor(cards, ref=vendor.ref)\n")),
    Mutant("a misspelt list", 'Annotated[str, Options("campaigns")]', 'Annotated[str, Options("campagins")]'),
    Mutant("a misspelt field", "campaign=step.campaign", "campaign=step.campain"),
    Mutant("a strict answer model", "class Card(Answer): ", 'class Card(Answer, extra="forbid"):'),
    Mutant("an answer that proves nothing", 'id: str; status: Literal["queued", "mailed", "returned"]',
           'id: str = ""; status: str = "queued"'),
    Mutant("repeatable where it is not", 'once(settle="90s")', '__import__("hub.core").core.repeatable()'),
    Mutant("reports done before sending", *call(
        f"    __import__('asyncio').ensure_future(vendor(mail, {BODY}))\n    return Sent('soon')\n")),
    Mutant("reports done without sending", *call("    return Sent('surely')\n")),
    Mutant("never comes back", *call("    await __import__('asyncio').Event().wait()\n")),
    Mutant("a change it does not declare", NOTE, f"{NOTE}, changes=(__import__('hub.core').core.AddTags(tags=('x',)),)"),
    Mutant("sleeps for real", *call(f"    await __import__('asyncio').sleep(30)\n{CALL}")),
    Mutant("blocks the loop", *call(f"    __import__('time').sleep(30)\n{CALL}")),
    Mutant("a counter of its own", CALL, "    COUNT.append(1)\n" + CALL.replace("step.greeting", "str(len(COUNT))"),
           more="\nCOUNT = []\n"),
    Mutant("a clock of its own", CALL, CALL.replace("step.greeting", "str(__import__('time').time_ns())")),
    Mutant("a socket of its own", *call(
        f"    __import__('urllib.request').request.urlopen('http://127.0.0.1:9/', timeout=1)\n{CALL}")),
    Mutant("trusts that there is an assigned user", "to=contact.first_name", "to=contact.assigned_user.first_name"),
    Mutant("a check that is always content", "async def key_works(vendor): return (await vendor(me)).name",
           "async def key_works(vendor):\n    try: return (await vendor(me)).name\n    except Exception: return 'fine'"),
    Mutant("a list of rows instead of labels", "return {c.id: c.name for c in", "return {c.id: c for c in"),
    Mutant("a list that falls over an empty answer", "async def campaign_list(vendor): return {",
           "async def campaign_list(vendor):\n    try: await vendor(me)\n    except Exception: None.name\n    return {"),
    Mutant("no check at all", "@addon.check\n", ""),
    Mutant("a handler that raises", HANDLER, "def card_mailed(event): return event.nothing\n"),
    Mutant("a handler that returns a dictionary", HANDLER, "def card_mailed(event): return {'card': event.card}\n"),
    Mutant("a handler that remembers", HANDLER,
           "def card_mailed(event): SEEN.append(1); return addon.event('mailed', reference=str(len(SEEN)))\nSEEN = []\n"),
    Mutant("de-duplicates by the kind", 'dedupe="event_id"', 'dedupe="type"'),
    Mutant("a payload of any kind", 'type: Literal["card.mailed"]', "type: str"),
    Mutant("a strict payload", "class Mailed(Answer): ", 'class Mailed(Answer, extra="forbid"):'),
]  # fmt: skip

# --- Mailbox Power -----------------------------------------------------------------------------------------------

SENDS = "        added = await vendor(add_contact, new_contact(contact, step.group_id))\n"
MENDS = "        raise group_gone(fault, step) or better(fault) from fault\n"
ENDS = "    return Sent(added.data.contact_id, note=note(added, step))\n"
AGAIN = "await vendor(add_contact, new_contact(contact, step.group_id))"
MP_KEY = "vendor.settings.api_key.get_secret_value()"


LOOK_UP = "\n\n@add_to_group.reconcile\nasync def look(vendor, step, contact):\n    from hub.core import NotSent\n"


def gift(name: str, old: str, new: str, more: str = "") -> Mutant:
    """A bug in the step."""
    return Mutant(name, old, new, "gift.py", more)


def calls(name: str, old: str, new: str) -> Mutant:
    """A bug in the table of calls."""
    return Mutant(name, old, new, "endpoints.py")


GIFTS = [
    gift("double send", SENDS, SENDS + SENDS),
    gift("its own retry loop", SENDS, f"        for n in range(3):\n            try:\n                added = {AGAIN}\n"
         "                break\n            except Exception:\n                if n == 2:\n                    raise\n"),
    gift("swallows the error and returns Sent", MENDS, "        return Sent('?')\n"),
    gift("catches everything and returns Sent", "    except Refused as fault:\n" + MENDS,
         "    except Exception:\n        return Sent('?')\n"),
    gift("swallows the error and blames the contact", MENDS, "        return Rejected('no')\n"),
    gift("takes every refusal for a deleted group", "    if fault.status != 404:\n        return None\n", ""),
    gift("the key in the note", ENDS, f"    return Sent('1', note={MP_KEY})\n"),
    gift("the key in an error", MENDS, f"        raise Refused(type(fault.outcome)({MP_KEY}), fault.status) from fault\n"),
    gift("the key in the request", SENDS, f"        added = await vendor(add_contact, new_contact(contact, step.group_id)"
         f".model_copy(update={{'company': {MP_KEY}}}))\n"),
    gift("the key in the log", SENDS, f"        __import__('logging').warning({MP_KEY})\n{SENDS}"),
    gift("reports done before sending", SENDS,
         f"        __import__('asyncio').ensure_future({AGAIN[6:]})\n        return Sent('soon')\n"),
    gift("reports done without sending", SENDS, "        return Sent('surely')\n"),
    gift("sleeps for real", SENDS, f"        await __import__('asyncio').sleep(5)\n{SENDS}"),
    gift("a counter of its own", "    place = contact.address\n",
         "    COUNT.append(1)\n    place = contact.address.model_copy(update={'line2': str(len(COUNT))})\n", "\nCOUNT = []\n"),
    gift("a socket of its own", SENDS, "        __import__('socket').create_connection(('127.0.0.1', 9), 1)\n" + SENDS),
    gift("a misspelt list", '        Options("groups"),\n', '        Options("group"),\n'),
    gift("trusts that there is an assigned user", "company=contact.company", "company=contact.assigned_user.email"),
    gift("reads the groups after sending", ENDS, "    from hub_mailbox_power.endpoints import groups\n"
         f"    await vendor(groups)\n{ENDS}"),
    gift("a look-up that never finds", "\n\ndef new_contact(", LOOK_UP + "    return NotSent()\n\n\ndef new_contact("),
    gift("a look-up that always finds", "\n\ndef new_contact(", LOOK_UP + "    return Sent('?')\n\n\ndef new_contact("),
    calls("repeatable where it is not", "effect=once(costly=True)", "effect=__import__('hub.core').core.repeatable()"),
    calls("ignores a no in the body", "success=happened, ", ""),
    calls("an answer that proves nothing", '            raise ValueError("neither a success nor a contact\'s id")\n',
          "            pass\n"),
    calls("a strict answer model", "class Group(Answer):\n", 'class Group(Answer, extra="forbid"):\n'),
    Mutant("a list by name", "{group.id: group.name for", "{group.name: group.name for", "groups.py"),
    Mutant("a check that is always content", "    except Refused as fault:\n        raise better(fault) from fault\n    return f",
           "    except Exception:\n        found = []\n    return f", "groups.py"),
    Mutant("a refused key blamed on the contact", "WRONG_KEY = NeedsAdmin(",
           "from hub.core import Rejected\n\nWRONG_KEY = Rejected(", "groups.py"),
    Mutant("the key not declared as a secret", "    api_key: Annotated[\n        Secret,",
           "    api_key: Annotated[\n        str,", "declaration.py"),
]  # fmt: skip


# --- ways in -----------------------------------------------------------------------------------------------------

PAGES = "    number = int(cursor or 1)\n"
ASK = "        found = await vendor(birds, page=number, per_page=2)\n"
YIELD = "        yield Page(records=records(found), cursor=str(number) if len(found) == 2 else None)\n"
ONE = "    found = await vendor(flock, cursor=cursor)\n"
POINT = "    yield Page(records=records(found.birds), cursor=found.next_cursor)\n"

AVIARIES = [
    Mutant("begins at the first page again", PAGES, "    number = 1\n"),
    Mutant("the cursor of the page that was", "        number += 1\n" + YIELD, YIELD + "        number += 1\n"),
    Mutant("skips a page", "        number += 1\n", "        number += 2\n"),
    Mutant("one page only", YIELD, "        yield Page(records=records(found), cursor=None)\n        return\n"),
    Mutant("takes a trouble for the end", ASK,
           "        try: found = await vendor(birds, page=number, per_page=2)\n        except Exception: found = []\n"),
    Mutant("its own retry loop", ONE, "    for n in range(3):\n        try: found = await vendor(flock, cursor=cursor); break\n"
           "        except Exception:\n            if n == 2: raise\n"),
    Mutant("always the first page", ONE, "    found = await vendor(flock)\n"),
    Mutant("drops a page that is not full", POINT, "    found = found if len(found.birds) > 1 else Flock(birds=[])\n" + POINT),
    Mutant("no external ids", "external_id=bird.id", 'external_id=""'),
    Mutant("ids of its own", "external_id=bird.id, first_name=bird.name) for", "external_id=str(id(bird)), first_name='') for"),
    Mutant("all in memory, then one page", POINT, "    global HELD\n    HELD = HELD + list(records(found.birds))\n"
           "    yield Page(records=tuple(HELD) if not found.next_cursor else (), cursor=found.next_cursor)\n\nHELD: list = []\n"),
    Mutant("strict rows", "class Bird(Answer):\n", 'class Bird(Answer, extra="forbid"):\n'),
    Mutant("sleeps between pages", ASK, ASK + "        await __import__('asyncio').sleep(1)\n"),
    Mutant("the key in an error", ONE, "    try: found = await vendor(flock, cursor=cursor)\n"
           "    except Exception as e: raise RuntimeError(vendor.settings.api_key.get_secret_value()) from e\n"),
    Mutant("falls over a refused key", ONE, "    try: found = await vendor(flock, cursor=cursor)\n"
           "    except Exception as e: raise ValueError(e.status + 0) from e\n"),
]  # fmt: skip


@pytest.mark.parametrize("mutant", AVIARIES, ids=str)
def test_a_bug_planted_in_a_way_in_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    assert_caught(AVIARY, mutant, tmp_path)


@pytest.mark.parametrize("mutant", PIGEONS, ids=str)
def test_a_bug_planted_in_postpigeon_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    assert_caught(POSTPIGEON, mutant, tmp_path)


@pytest.mark.parametrize("mutant", GIFTS, ids=str)
def test_a_bug_planted_in_mailbox_power_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    assert_caught(MAILBOX_POWER, mutant, tmp_path)


@pytest.mark.parametrize("package", [POSTPIGEON, MAILBOX_POWER, AVIARY], ids=lambda package: package.name)
def test_nothing_is_found_where_nothing_was_planted(package: Path, tmp_path: Path) -> None:
    with planted(package, None, tmp_path) as addon:
        assert caught(addon) is None


def assert_caught(package: Path, mutant: Mutant, folder: Path) -> None:
    """It is refused at import, or some case finds it."""
    try:
        with planted(package, mutant, folder) as addon:
            assert caught(addon) is not None, f"{mutant} was not caught"
    except DeclarationError:
        return
