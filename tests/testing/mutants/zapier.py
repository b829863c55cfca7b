"""Bugs for Zapier, a bundled plugin: one call to an address that is a key, sent again under an id or once."""

# ruff: noqa: E501  # a bug reads best as the line that it is
from __future__ import annotations

from pathlib import Path

from tests.testing.planting import Mutant

PACKAGE = Path(__file__).parents[3] / "plugins" / "zapier" / "hub_zapier"

ASKS = "await vendor(endpoint, request(hook, step, vendor.ref))"
SENDS = f"        answer = {ASKS}\n"
MENDS = "        raise better(fault) from fault\n"
ENDS = '    return Sent(note=noted(answer) + (OLD if hook.legacy else ""))\n'
TOLD = "    told = {**step.fields, **({step.reference: reference} if step.reference else {})}\n"


def step(name: str, old: str, new: str, more: str = "", *, says: str) -> Mutant:
    """A bug in the step."""
    return Mutant(name, old, new, "sending.py", more, says)


MUTANTS = [
    step("double send", SENDS, SENDS + SENDS, says="asked for 2 irreversible calls"),
    step("its own retry loop", SENDS, f"        for n in range(3):\n            try:\n                answer = {ASKS}\n                break\n"
         "            except Exception:\n                if n == 2:\n                    raise\n", says="after it failed; leave retrying"),
    step("swallows the error and returns Sent", MENDS, "        return Sent('?')\n", says="had not answered that it did it"),
    step("catches everything and returns Sent", "    except Refused as fault:\n" + MENDS, "    except Exception:\n        return Sent('?')\n", says="had not answered that it did it"),
    step("takes an unclear end for a refusal", "    except Refused as fault:\n" + MENDS,
         "    except Refused as fault:\n" + MENDS + "    except __import__('hub.core').core.Unclear:\n        return Rejected('no answer')\n", says="nobody knows the end of"),
    step("reports done before sending", SENDS, "        __import__('asyncio').ensure_future(vendor(endpoint, request(hook, step, vendor.ref)))\n        return Sent('soon')\n", says="had not answered that it did it"),
    step("reports done without sending", SENDS, "        return Sent('surely')\n", says="had not answered that it did it"),
    step("sleeps for real", SENDS, f"        await __import__('asyncio').sleep(5)\n{SENDS}", says="slept 5 s"),
    step("a new reference each time", TOLD, TOLD + "    told['id'] = str(__import__('uuid').uuid4())\n", says="two different requests"),
    step("the time in the payload", TOLD, TOLD + "    told['at'] = str(__import__('datetime').datetime.now(__import__('datetime').UTC))\n", says="two different requests"),
    step("the first contact's facts for all", TOLD, TOLD + "    told = KEPT.setdefault('told', told)\n", "\nKEPT: dict[str, dict[str, str]] = {}\n", says="is used"),
    step("trusts that there is an assigned user", SENDS, "        contact.assigned_user.email\n" + SENDS, says="no attribute 'email'"),
    step("a socket of its own", SENDS, "        __import__('socket').create_connection(('127.0.0.1', 9), 1)\n" + SENDS, says="went to 127.0.0.1:9 by a client of its own"),
    step("posts with curl", SENDS, "        __import__('os').system('curl -d @- https://hooks.zapier.com')\n" + SENDS, says="started the process curl"),
    step("a thread of its own", SENDS, "        __import__('threading').Thread(target=print).start()\n" + SENDS, says="thread"),
    step("swallows its cancellation", "    except Refused as fault:\n", "    except __import__('asyncio').CancelledError:\n        return Sent('?')\n    except Refused as fault:\n", says="never catch CancelledError"),
    step("repeatable where it is not", 'again = addon.open(keyed("webhook-id", "48h"), errors=NO)', "again = addon.open(__import__('hub.core').core.repeatable(), errors=NO)", says="The vendor acted 2 times"),
    step("says nothing of a second sending", "once_only = addon.open(once(), errors=NO)", "once_only = addon.open(None, errors=NO)", says="what would a second sending"),
    step("takes too many calls for a no", "if status not in (408, 425, 429)", "if status not in (408, 425)", says="429"),
    step("an exception of its own", SENDS, "        raise RuntimeError('no')\n", says="RuntimeError"),
]  # fmt: skip
