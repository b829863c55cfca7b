"""Bugs for PostPigeon, the example of the contract: one action that can be looked up, two lists, a webhook."""

# ruff: noqa: E501  # a bug reads best as the line that it is
from __future__ import annotations

from pathlib import Path

from tests.testing.planting import Mutant

PACKAGE = Path(__file__).parents[1] / "hub_postpigeon"

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


MUTANTS = [
    Mutant("double send", *call(CALL.replace("    card =", '    for _ in "ab": card =')), says="asked for 2 irreversible calls"),
    Mutant("its own retry loop", *call(
        f"    for n in range(3):\n        try: card = await vendor(mail, {BODY}); break\n"
        "        except Exception:\n            if n == 2: raise\n"), says="repeats POST /cards after it failed"),
    Mutant("retries what never left", *call(
        f"    from hub.core import Unreachable\n{TRY}    except Unreachable: card = await vendor(mail, {BODY})\n"), says="repeats POST /cards after it failed"),
    Mutant("catches everything and returns Sent", *call(f"{TRY}    except Exception: return Sent('?')\n"), says="had not answered that it did it"),
    Mutant("swallows every error and blames the contact", *call(f"{TRY}    except Exception: return Rejected('no')\n"), says="The action made Rejected of a call that only had to come later"),
    Mutant("swallows every error and returns nothing", *call(f"{TRY}    except Exception: return None\n"), says="The plugin returned nothing"),
    Mutant("takes a refused key for a reason to wait", *call(
        f"    from hub.core import Refused, Wait\n{TRY}    except Refused: return Wait('later')\n"), says="is scheduled and should be held"),
    Mutant("a fresh reference per try", CALL, CALL.replace("ref=vendor.ref", "ref=__import__('uuid').uuid4().hex"), says="holds no vendor.ref"),
    Mutant("a reference with the time of the try in it", CALL, CALL.replace("ref=vendor.ref", "ref=vendor.ref + vendor.now.isoformat()"),
           says="use vendor.ref as it is in both"),
    Mutant("gives up where it only had to wait", *call(
        f"    from hub.core import Refused\n{TRY}    except Refused as no:\n        if no.status == 429: return Rejected('busy')\n        raise\n"),
           says="The action made Rejected of a call that only had to come later (POST /cards)"),
    Mutant("the contact for a reference", CALL, CALL.replace("ref=vendor.ref", "ref='c' + contact.id"), says="holds no vendor.ref"),
    Mutant("reconcile matches anything", LOOK, "    found = await vendor(cards)\n", says="somebody else's thing"),
    Mutant("reconcile matches nothing", FOUND, "    return NotSent()\n", says="should be done. The turn is the look-up's"),
    Mutant("reconcile says yes unseen", FOUND, "    return Sent('seen')\n", says="reported done and the vendor did nothing"),
    Mutant("reconcile looks up by name", LOOK, "    found = await vendor(cards, to=contact.first_name)\n", says="somebody else's thing"),
    Mutant("reconcile takes a failed look-up for not found", LOOK,
           "    try: found = await vendor(cards, ref=vendor.ref)\n    except Exception: found = []\n", says="returned NotSent although GET /cards failed"),
    Mutant("reconcile sends", LOOK, f"    found = [await vendor(mail, {BODY})]\n", says="it may only read"),
    Mutant("the key in the note", NOTE, f'note=f"Sent with {{{KEY}}}"', says="is in what the action returned"),
    Mutant("the key in an error", *call(
        f"    from hub.core import Refused\n{TRY}"
        f"    except Refused as no: raise Refused(type(no.outcome)('key ' + {KEY}), no.status) from no\n"), says="is in the error the action raised"),
    Mutant("the key, coded, in a note", NOTE, f'note=__import__("base64").b64encode({KEY}.encode()).decode()', says="is in what the action returned"),
    Mutant("the key in the log", *call(f"    __import__('logging').getLogger('pigeon').info('with %s', {KEY})\n{CALL}"), says="is in the log (hub_postpigeon/__init__.py:"),
    Mutant("the key printed", *call(f"    print({KEY})\n{CALL}"), says="is in the log (hub_postpigeon/__init__.py:"),
    Mutant("the key in the request", CALL, CALL.replace("greeting=step.greeting", f"greeting={KEY}"), says="is in the stored request"),
    Mutant("the key not declared as a secret", "    api_key: Secret\n", "    api_key: str\n", says="nothing of it is a Secret"),
    Mutant("a second irreversible call", *call(f"{CALL}    await vendor(thanks, {BODY})\n"),
           more='\nthanks = addon.post("/thanks", NewCard, Card, effect=once())\n', says="asked for 2 irreversible calls"),
    Mutant("a read after the irreversible call", *call(f"{CALL}    await vendor(cards, ref=vendor.ref)\n"), says="goes on calling after its irreversible call"),
    Mutant("a misspelt list", 'Annotated[str, Options("campaigns")]', 'Annotated[str, Options("campagins")]', says="No function is registered with @addon.options('campagins')"),
    Mutant("a misspelt field", "campaign=step.campaign", "campaign=step.campain", says="no attribute 'campain'"),
    Mutant("a strict answer model", "class Card(Answer): ", 'class Card(Answer, extra="forbid"):', says="After extra fields"),
    Mutant("an answer that proves nothing", 'id: str; status: Literal["queued", "mailed", "returned"]',
           'id: str = ""; status: str = "queued"', says="reported done and the vendor did nothing"),
    Mutant("repeatable where it is not", 'once(settle="90s")', '__import__("hub.core").core.repeatable()', says="The vendor acted 2 times"),
    Mutant("reports done before sending", *call(
        f"    __import__('asyncio').ensure_future(vendor(mail, {BODY}))\n    return Sent('soon')\n"), says="had not answered that it did it"),
    Mutant("reports done without sending", *call("    return Sent('surely')\n"), says="had not answered that it did it"),
    Mutant("never comes back", *call("    await __import__('asyncio').Event().wait()\n"), says="did not come back in time"),
    Mutant("a change it does not declare", NOTE, f"{NOTE}, changes=(__import__('hub.core').core.AddTags(tags=('x',)),)", says="asks for AddTags; declare it"),
    Mutant("sleeps for real", *call(f"    await __import__('asyncio').sleep(30)\n{CALL}"), says="slept 30 s (hub_postpigeon/__init__.py:"),
    Mutant("blocks the loop", *call(f"    __import__('time').sleep(30)\n{CALL}"),
           says="slept 30 s by time.sleep, which stops everything else of its package (hub_postpigeon/__init__.py:"),
    Mutant("a counter of its own", CALL, "    COUNT.append(1)\n" + CALL.replace("step.greeting", "str(len(COUNT))"),
           more="\nCOUNT = []\n", says="two different requests"),
    Mutant("a clock of its own", CALL, CALL.replace("step.greeting", "str(__import__('time').time_ns())"), says="two different requests"),
    Mutant("a socket of its own", *call(
        f"    __import__('urllib.request').request.urlopen('http://127.0.0.1:9/', timeout=1)\n{CALL}"), says="went to 127.0.0.1:9 by a client of its own"),
    Mutant("trusts that there is an assigned user", "to=contact.first_name", "to=contact.assigned_user.first_name", says="no attribute 'first_name'"),
    Mutant("a check that is always content", "async def key_works(vendor): return (await vendor(me)).name",
           "async def key_works(vendor):\n    try: return (await vendor(me)).name\n    except Exception: return 'fine'", says="an admin's matter, and is 'fine'"),
    Mutant("a list of rows instead of labels", "return {c.id: c.name for c in", "return {c.id: c for c in", says="Values and labels must be texts"),
    Mutant("a list that falls over an empty answer", "async def campaign_list(vendor): return {",
           "async def campaign_list(vendor):\n    try: await vendor(me)\n    except Exception: None.name\n    return {", says="The function failed"),
    Mutant("no check at all", "@addon.check\n", "", says="no @addon.check"),
    Mutant("a handler that raises", HANDLER, "def card_mailed(event): return event.nothing\n", says="The handler failed"),
    Mutant("a handler that returns a dictionary", HANDLER, "def card_mailed(event): return {'card': event.card}\n", says="returned a dict; return records or events"),
    Mutant("a handler that remembers", HANDLER,
           "def card_mailed(event): SEEN.append(1); return addon.event('mailed', reference=str(len(SEEN)))\nSEEN = []\n", says="depends on their order"),
    Mutant("de-duplicates by the kind", 'dedupe="event_id"', 'dedupe="type"', says="No webhook of this kind is declared"),
    Mutant("a payload of any kind", 'type: Literal["card.mailed"]', "type: str", says="make the field a Literal"),
    Mutant("a strict payload", "class Mailed(Answer): ", 'class Mailed(Answer, extra="forbid"):', says="With fields nobody was told of"),
    Mutant("reconcile looks at one page only", LOOK, "    found = [c for c in (await vendor(cards)).cards if c.ref == vendor.ref]\n",
           also=(("class Card(Answer):    id: str;", "class Card(Answer):    id: str; ref: str = '';"),
                 ('cards     = addon.get("/cards", list[Card])',
                  "class Cards(Answer):   cards: list[Card]; next: str | None = None\ncards     = addon.get('/cards', Cards)")),
           says="should be done. The turn is the look-up's"),
    Mutant("reconcile compares ids as numbers", FOUND, "    return Sent(str(int(found[0].id))) if found else NotSent()\n",
           says="The look-up raised ValueError"),
    Mutant("takes an unreadable answer for a no", *call(
        f"    from hub.core import NeedsAdmin, Unclear\n{TRY}    except Unclear: return NeedsAdmin('no')\n"),
        says="nobody knows the end of"),
    Mutant("waits and lets it be sent again", *call(f"    from hub.core import Unclear, Wait\n{TRY}    except Unclear: return Wait('?')\n"),
           says="nobody knows the end of"),
    Mutant("a list kept for all accounts", "async def campaign_list(vendor): return {c.id: c.name for c in await vendor(campaigns)}",
           "async def campaign_list(vendor):\n    if not KEPT: KEPT.update({c.id: c.name for c in await vendor(campaigns)})\n    return KEPT\nKEPT = {}",
           says="shows what it had seen before, another account's"),
    Mutant("the first account's key for all", CALL, "    KEYS.append(vendor.settings.studio)\n" + CALL.replace("studio=vendor.settings.studio", "studio=KEYS[0]"),
           more="\nKEYS = []\n", says="first one's settings.studio is used"),
    Mutant("the first contact for all", CALL, "    NAMES.append(contact.first_name)\n" + CALL.replace("to=contact.first_name", "to=NAMES[0]"),
           more="\nNAMES = []\n", says="first one's contact.first_name is used"),
    Mutant("swallows its cancellation and goes on", *call(
        f"    import asyncio\n    try: card = await vendor(mail, {BODY})\n    except asyncio.CancelledError: await asyncio.sleep(9)\n"),
        says="never catch CancelledError"),
    Mutant("a test that cannot be stopped", "async def key_works(vendor): return (await vendor(me)).name",
           "async def key_works(vendor):\n    try: return (await vendor(me)).name\n    except BaseException as e:\n        if isinstance(e, Exception): raise\n        return 'ok'",
           says="The check was told to stop"),
    Mutant("asks the machine what day it is", CALL, CALL.replace("greeting=step.greeting", "greeting=str(__import__('datetime').datetime.now(__import__('datetime').UTC).date())"),
           says="the time at which the tests run"),
    Mutant("the machine's own time zone", CALL, CALL.replace("greeting=step.greeting", "greeting=vendor.now.astimezone().isoformat()"),
           says="depends on the time zone of the machine"),
    Mutant("cents by a float", CALL, CALL.replace("greeting=step.greeting", "greeting=str(int(step.value * 100))"),
           also=(('greeting: str = "Hi {{client.firstName}}"', 'greeting: str = "Hi {{client.firstName}}"\n    value: float = 5.0'),),
           says="a float does not count cents"),
    Mutant("does not say that it needs an address", 'needs=["first_name", "address"]', 'needs=["first_name"]', says="address is empty"),
    Mutant("starts a program", *call(f"    __import__('subprocess').run(['/usr/bin/lpr', 'card'])\n{CALL}"), says="started the process lpr (hub_postpigeon/__init__.py:"),
    Mutant("de-duplicates by the card", 'dedupe="event_id"', 'dedupe="card"', says="differ in event_id"),
    Mutant("de-duplicates by when it was sent", 'dedupe="event_id"', 'dedupe="sent_at"',
           also=(('class Mailed(Answer):  event_id: str;', 'class Mailed(Answer):  event_id: str; sent_at: str;'),), says="is another each time"),
    Mutant("signed with what anybody can read", 'HmacSha256("X-Pigeon-Signature", "api_key")', 'HmacSha256("X-Pigeon-Signature", "studio")',
           says="signed with studio, which is not a Secret"),
]  # fmt: skip
