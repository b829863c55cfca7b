"""Bugs for Larkline, the example of a third party's add-on: a step that is looked up, a costly one with a key, an import with a
mapping, a webhook."""

# ruff: noqa: E501  # a bug reads best as the line that it is
from __future__ import annotations

from pathlib import Path

from tests.testing.planting import Mutant

PACKAGE = Path(__file__).parents[3] / "examples" / "larkline" / "hub_larkline"

INVITES = "    made = await vendor(invite, wanted)\n"
INVITED = '    return Sent(made.id, note=f"Larkline invited {contact.full_name} ({made.id}).")\n'
SEEN = "    found = await vendor(invitations, reference=vendor.ref)\n"
ORDERS = "    made = await vendor(order, wanted)\n"
ASKS = "        answer = await vendor(guests, changed_since=changed_since, cursor=cursor)\n        cursor = answer.next_cursor\n"
PAGE = "        yield Page(records=tuple(record(guest) for guest in answer.guests), cursor=cursor)\n"
SECRET = "vendor.settings.access_token.get_secret_value()"


def inviting(name: str, old: str, new: str, says: str, more: str = "") -> Mutant:
    """In the step that is looked up."""
    return Mutant(name, old, new, "inviting.py", more, says)


def tickets(name: str, old: str, new: str, says: str, more: str = "") -> Mutant:
    """In the costly step."""
    return Mutant(name, old, new, "tickets.py", more, says)


def guests(name: str, old: str, new: str, says: str, more: str = "") -> Mutant:
    """In the import."""
    return Mutant(name, old, new, "guests.py", more, says)


def arrivals(name: str, old: str, new: str, says: str, more: str = "") -> Mutant:
    """In the webhook."""
    return Mutant(name, old, new, "arrivals.py", more, says)


def events(name: str, old: str, new: str, says: str, more: str = "") -> Mutant:
    """In the lists."""
    return Mutant(name, old, new, "events.py", more, says)


MUTANTS = [
    # --- invitations
    inviting("retries with a fresh reference", INVITES,
             "    for n in range(3):\n        try:\n            made = await vendor(invite, wanted.model_copy(update={'reference': f'{vendor.ref}-{n}'}))\n"
             "            break\n        except Exception:\n            if n == 2:\n                raise\n", "irreversible calls"),
    inviting("a reference that is cut short", "reference=vendor.ref,\n    )", "reference=vendor.ref[:20],\n    )", "holds no vendor.ref"),
    inviting("looks at the newest only", "return Sent(found[0].id) if found else NotSent()",
             "return Sent(found[-1].id)", "look-up raised IndexError"),
    inviting("looks up by event", SEEN, "    found = await vendor(invitations, event=step.event)\n", "somebody else's"),
    inviting("takes an unclear end for a refusal", INVITES,
             "    from hub.core import Rejected, Unclear\n    try:\n        made = await vendor(invite, wanted)\n"
             "    except Unclear:\n        return Rejected('no answer')\n", "nobody knows the end of"),
    inviting("swallows its cancellation", INVITES,
             "    try:\n        made = await vendor(invite, wanted)\n    except BaseException:\n        return Sent('?')\n", "never catch CancelledError"),
    inviting("remembers the first house", "        house=vendor.settings.house,\n",
             "        house=HOUSE.setdefault('house', vendor.settings.house),\n", "first one's settings.house is used", "\nHOUSE: dict[str, str] = {}\n"),
    inviting("remembers whom it has invited", INVITES,
             "    if contact.id in INVITED:\n        return Sent(INVITED[contact.id])\n" + INVITES + "    INVITED[contact.id] = made.id\n",
             "had not answered that it did it", "\nINVITED: dict[str, str] = {}\n"),
    inviting("remembers the vendor of the first step", INVITES,
             "    VENDORS.append(vendor)\n    made = await VENDORS[0](invite, wanted)\n", "used its vendor after the step had ended", "\nVENDORS: list[Vendor] = []\n"),
    inviting("a model that remembers", "        message=step.message,\n", "        message=' '.join(SAID.append(step.message) or SAID),\n",
             "two different requests", "\nSAID: list[str] = []\n"),
    inviting("today by the machine's own clock", "        message=step.message,\n",
             "        message=f\"{step.message} {__import__('datetime').datetime.now(vendor.now.tzinfo).date()}\",\n", "time at which the tests run"),
    inviting("a time without a zone", "        message=step.message,\n",
             "        message=f\"{step.message} {vendor.now.replace(tzinfo=None).timestamp():.0f}\",\n", "time zone"),
    inviting("a strict answer", "class Invitation(Answer):\n", "class Invitation(Answer, extra='forbid'):\n", "extra fields"),
    inviting("asks the vendor with curl", INVITES, "    __import__('subprocess').run(['curl', 'https://api.larkline.example'])\n" + INVITES,
             "started the process curl (hub_larkline/inviting.py:"),
    inviting("a shell", INVITES, "    __import__('os').system('logger invited')\n" + INVITES, "started the process logger"),
    inviting("a client of its own", INVITES,
             "    import httpx\n    async with httpx.AsyncClient(trust_env=False) as http:\n        await http.get('https://cdn.larkline.example/logo')\n" + INVITES,
             "went to cdn.larkline.example:443 by a client of its own (hub_larkline/inviting.py:"),
    inviting("a socket of its own", INVITES, "    __import__('socket').create_connection(('127.0.0.1', 9), 1)\n" + INVITES,
             "went to 127.0.0.1:9 by a client of its own"),
    inviting("a thread of its own", INVITES, "    __import__('threading').Thread(target=int).start()\n" + INVITES, "started a thread"),
    inviting("blocks everybody", INVITES, "    __import__('time').sleep(2)\n" + INVITES, "slept 2 s"),
    inviting("repeatable, for all it knows", 'effect=once(settle="2m")', "effect=__import__('hub.core').core.repeatable()", "The vendor acted 2 times"),
    # --- tickets
    tickets("a key of its own beside the hub's", "reference=vendor.ref,\n    )", "reference=__import__('uuid').uuid4().hex,\n    )",
            "two different requests"),
    tickets("orders twice", ORDERS, ORDERS + ORDERS, "irreversible calls"),
    tickets("sent before the call", ORDERS, "    __import__('asyncio').ensure_future(vendor(order, wanted))\n    return Sent('soon')\n", "Sent"),
    tickets("the token in the note", 'note=f"Larkline sent the ticket {made.number or made.id}."', f"note={SECRET}", "secret"),
    Mutant("cents by a float", "        seats=step.seats,\n", "        seats=int(step.price * 100),\n", "tickets.py", says="left as 1998",
           also=(("    seats: int = 1\n", "    seats: int = 1\n    price: float = 10.0\n"),)),
    tickets("look-up that fails is not found", "    found = await vendor(tickets, reference=vendor.ref)\n",
            "    try:\n        found = await vendor(tickets, reference=vendor.ref)\n    except Exception:\n        found = []\n", "although"),
    # --- guests
    guests("takes a trouble for the end", ASKS,
           "        try:\n            answer = await vendor(guests, changed_since=changed_since, cursor=cursor)\n        except Exception:\n"
           "            yield Page(records=(), cursor=None)\n            return\n        cursor = answer.next_cursor\n", "went on after GET /guests had failed"),
    guests("ends quietly after a trouble", ASKS,
           "        try:\n            answer = await vendor(guests, changed_since=changed_since, cursor=cursor)\n        except Exception:\n"
           "            return\n        cursor = answer.next_cursor\n", "went on after GET /guests had failed"),
    guests("a cursor of its own", PAGE, PAGE.replace("cursor=cursor)", "cursor=cursor and __import__('uuid').uuid4().hex)"), "different cursors"),
    guests("a cursor for the last page too", PAGE, PAGE.replace("cursor=cursor)", "cursor=cursor or __import__('uuid').uuid4().hex)"), "is what the page before has named as the next"),
    guests("the last page again and again", PAGE, PAGE.replace("cursor=cursor)", "cursor=cursor or 'end')"), "is what the page before has named as the next"),
    guests("the key in a record", PAGE, PAGE.replace("record(guest) for", f"record(guest).model_copy(update={{'raw': {{'by': {SECRET}}}}}) for"),
           "is in what the trigger returned"),
    guests("the key in a link, coded", PAGE,
           PAGE.replace("record(guest) for", f"record(guest).model_copy(update={{'custom': {{'link': f'https://larkline.example/?t={{{SECRET}}}'}}}}) for"),
           "is in what the trigger returned"),
    guests("choices by title", "choice=guest.ticket_kind", "choice=guest.ticket_kind.title()", "none will ever fit"),
    guests("a kind nobody declared", 'kind="guest"', 'kind="visitor"', "Records come with the kind 'visitor'"),
    guests("a mapping for a kind that never comes", 'kinds=("guest",)', 'kinds=("member",)', "no record would ever be placed by it"),
    guests("falls over an empty list", PAGE, "        answer.guests[0]\n" + PAGE, "When the vendor has 0"),
    guests("ids as numbers", "external_id=guest.id", "external_id=str(int(guest.id))", "invalid literal for int()"),
    # --- arrivals
    arrivals("de-duplicates by the guest", 'dedupe="delivery_id"', 'dedupe="guest"', "differ in delivery_id"),
    arrivals("de-duplicates by the time", 'dedupe="delivery_id"', 'dedupe="at"', "has no at, by which a repeated one"),
    arrivals("believes another secret", '"webhook_secret"', '"no_such_secret"', "which is not a Secret"),
    # --- lists
    events("the first account's list for everybody", "    return {event.id: event.name for event in await vendor(events) if not event.over}\n",
           "    if not KEPT:\n        KEPT.update({event.id: event.name for event in await vendor(events) if not event.over})\n    return KEPT\n",
           "asked the vendor nothing", "\nKEPT: dict[str, str] = {}\n"),
    events("an empty list when the vendor is down", "    return {house.id: house.name for house in await vendor(houses)}\n",
           "    try:\n        return {house.id: house.name for house in await vendor(houses)}\n    except Exception:\n        return {}\n",
           "came back with {}"),
    Mutant("the webhook's secret in the open", "    webhook_secret: Annotated[Secret,", "    webhook_secret: Annotated[str,",
           "declaration.py", says="is not a Secret"),
]  # fmt: skip
