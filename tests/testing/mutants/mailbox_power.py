"""Bugs for Mailbox Power, a bundled plugin: one costly action that nobody can look up, and a list."""

# ruff: noqa: E501  # a bug reads best as the line that it is
from __future__ import annotations

from pathlib import Path

from tests.testing.planting import Mutant

PACKAGE = Path(__file__).parents[3] / "plugins" / "mailbox_power" / "hub_mailbox_power"

SENDS = "        added = await vendor(add_contact, new_contact(contact, step.group_id))\n"
MENDS = "        raise group_gone(fault, step) or better(fault) from fault\n"
ENDS = "    return Sent(added.data.contact_id, note=note(added, step))\n"
AGAIN = "await vendor(add_contact, new_contact(contact, step.group_id))"
MP_KEY = "vendor.settings.api_key.get_secret_value()"


LOOK_UP = "\n\n@add_to_group.reconcile\nasync def look(vendor, step, contact):\n    from hub.core import NotSent\n"


def gift(name: str, old: str, new: str, more: str = "", *, says: str) -> Mutant:
    """A bug in the step."""
    return Mutant(name, old, new, "gift.py", more, says)


def calls(name: str, old: str, new: str, *, says: str) -> Mutant:
    """A bug in the table of calls."""
    return Mutant(name, old, new, "endpoints.py", says=says)


MUTANTS = [
    gift("double send", SENDS, SENDS + SENDS, says="asked for 2 irreversible calls"),
    gift("its own retry loop", SENDS, f"        for n in range(3):\n            try:\n                added = {AGAIN}\n"
         "                break\n            except Exception:\n                if n == 2:\n                    raise\n", says="after it failed; leave retrying"),
    gift("swallows the error and returns Sent", MENDS, "        return Sent('?')\n", says="had not answered that it did it"),
    gift("catches everything and returns Sent", "    except Refused as fault:\n" + MENDS,
         "    except Exception:\n        return Sent('?')\n", says="had not answered that it did it"),
    gift("swallows the error and blames the contact", MENDS, "        return Rejected('no')\n", says="is failed and should be held"),
    gift("takes every refusal for a deleted group", "    if fault.status != 404:\n        return None\n", "", says="is failed and should be held"),
    gift("the key in the note", ENDS, f"    return Sent('1', note={MP_KEY})\n", says="is in what the action returned"),
    gift("the key in an error", MENDS, f"        raise Refused(type(fault.outcome)({MP_KEY}), fault.status) from fault\n", says="is in the error the action raised"),
    gift("the key in the request", SENDS, f"        added = await vendor(add_contact, new_contact(contact, step.group_id)"
         f".model_copy(update={{'company': {MP_KEY}}}))\n", says="is in the stored request"),
    gift("the key in the log", SENDS, f"        __import__('logging').warning({MP_KEY})\n{SENDS}", says="is in the log"),
    gift("reports done before sending", SENDS,
         f"        __import__('asyncio').ensure_future({AGAIN[6:]})\n        return Sent('soon')\n", says="had not answered that it did it"),
    gift("reports done without sending", SENDS, "        return Sent('surely')\n", says="had not answered that it did it"),
    gift("sleeps for real", SENDS, f"        await __import__('asyncio').sleep(5)\n{SENDS}", says="slept 5 s"),
    gift("a counter of its own", "    place = contact.address\n",
         "    COUNT.append(1)\n    place = contact.address.model_copy(update={'line2': str(len(COUNT))})\n", "\nCOUNT = []\n", says="two different requests"),
    gift("a socket of its own", SENDS, "        __import__('socket').create_connection(('127.0.0.1', 9), 1)\n" + SENDS, says="went to 127.0.0.1:9 by a client of its own"),
    gift("a misspelt list", '        Options("groups"),\n', '        Options("group"),\n', says="No function is registered with @addon.options('group')"),
    gift("trusts that there is an assigned user", "company=contact.company", "company=contact.assigned_user.email", says="no attribute 'email'"),
    gift("reads the groups after sending", ENDS, "    from hub_mailbox_power.endpoints import groups\n"
         f"    await vendor(groups)\n{ENDS}", says="goes on calling after its irreversible call"),
    gift("a look-up that never finds", "\n\ndef new_contact(", LOOK_UP + "    return NotSent()\n\n\ndef new_contact(", says="should be done. The turn is the look-up's"),
    gift("a look-up that always finds", "\n\ndef new_contact(", LOOK_UP + "    return Sent('?')\n\n\ndef new_contact(", says="reported done and the vendor did nothing"),
    calls("repeatable where it is not", "effect=once(costly=True)", "effect=__import__('hub.core').core.repeatable()", says="The vendor acted 2 times"),
    calls("ignores a no in the body", "success=happened, ", "", says="reported done and the vendor did nothing"),
    calls("an answer that proves nothing", '            raise ValueError("neither a success nor a contact\'s id")\n',
          "            pass\n", says="reported done and the vendor did nothing"),
    calls("a strict answer model", "class Group(Answer):\n", 'class Group(Answer, extra="forbid"):\n', says="x_new_field"),
    Mutant("a list by name", "{group.id: group.name for", "{group.name: group.name for", "groups.py", says="does not know the contact group Welcome gift"),
    Mutant("a check that is always content", "    except Refused as fault:\n        raise better(fault) from fault\n    return f",
           "    except Exception:\n        found = []\n    return f", "groups.py", says="an admin's matter, and is"),
    Mutant("a refused key blamed on the contact", "WRONG_KEY = NeedsAdmin(",
           "from hub.core import Rejected\n\nWRONG_KEY = Rejected(", "groups.py", says="an admin's matter, and is Rejected"),
    Mutant("the key not declared as a secret", "    api_key: Annotated[\n        Secret,",
           "    api_key: Annotated[\n        str,", "declaration.py", says="nothing of it is a Secret"),
    gift("takes an unclear end for a refusal", "    except Refused as fault:\n" + MENDS,
         "    except Refused as fault:\n" + MENDS + "    except __import__('hub.core').core.Unclear:\n        return Rejected('no answer')\n",
         says="nobody knows the end of"),
    gift("the first contact's street for all", "    place = contact.address\n", "    STREETS.append(contact.address)\n    place = STREETS[0]\n",
         "\nSTREETS = []\n", says="first one's contact.address.line1 is used"),
    gift("swallows its cancellation", "    except Refused as fault:\n", "    except __import__('asyncio').CancelledError:\n        return Sent('?')\n    except Refused as fault:\n",
         says="never catch CancelledError"),
    gift("posts with curl", SENDS, "        __import__('os').system('curl -d @- https://api.rocketnotes.com')\n" + SENDS,
         says="started the process curl (hub_mailbox_power/gift.py:"),
    gift("today's date in the street", "street2=place.line2", "street2=str(__import__('datetime').datetime.now(__import__('datetime').UTC).date())",
         says="the time at which the tests run"),
    Mutant("the first account's groups for all", "        return {group.id: group.name for group in await vendor(groups)}\n",
           "        if not KEPT:\n            KEPT.update({group.id: group.name for group in await vendor(groups)})\n        return KEPT\n",
           "groups.py", "\nKEPT: dict[str, str] = {}\n", says="shows what it had seen before, another account's"),
]  # fmt: skip
