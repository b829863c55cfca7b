"""Bugs for the Aviary, an add-on of ways in only: two manners of paging, two webhooks."""

# ruff: noqa: E501  # a bug reads best as the line that it is
from __future__ import annotations

from pathlib import Path

from tests.testing.planting import Mutant

PACKAGE = Path(__file__).parents[1] / "hub_aviary"

PAGES = "    number = int(cursor or 1)\n"
ASK = "        found = await vendor(birds, page=number, per_page=2)\n"
YIELD = "        yield Page(records=records(found), cursor=str(number) if len(found) == 2 else None)\n"
ONE = "    found = await vendor(flock, cursor=cursor)\n"
POINT = "    yield Page(records=records(found.birds), cursor=found.next_cursor)\n"

MUTANTS = [
    Mutant("begins at the first page again", PAGES, "    number = 1\n", says="Begin at the cursor you are given"),
    Mutant("the cursor of the page that was", "        number += 1\n" + YIELD, YIELD + "        number += 1\n", says="is where the next page begins"),
    Mutant("skips a page", "        number += 1\n", "        number += 2\n", says="The vendor has ['b3', 'b4'] at /birds too"),
    Mutant("one page only", YIELD, "        yield Page(records=records(found), cursor=None)\n        return\n", says="at /birds too"),
    Mutant("takes a trouble for the end", ASK,
           "        try: found = await vendor(birds, page=number, per_page=2)\n        except Exception: found = []\n", says="went on after GET /birds had failed"),
    Mutant("its own retry loop", ONE, "    for n in range(3):\n        try: found = await vendor(flock, cursor=cursor); break\n"
           "        except Exception:\n            if n == 2: raise\n", says="repeats GET /flock after it failed"),
    Mutant("always the first page", ONE, "    found = await vendor(flock)\n", says="goes in a circle"),
    Mutant("drops a page that is not full", POINT, "    found = found if len(found.birds) > 1 else Flock(birds=[])\n" + POINT, says="['b5'] at /flock too"),
    Mutant("no external ids", "external_id=bird.id", 'external_id=""', says="has no external id"),
    Mutant("ids of its own", "external_id=bird.id, first_name=bird.name) for", "external_id=str(id(bird)), first_name='') for", says="under other ids"),
    Mutant("all in memory, then one page", POINT, "    global HELD\n    HELD = HELD + list(records(found.birds))\n"
           "    yield Page(records=tuple(HELD) if not found.next_cursor else (), cursor=found.next_cursor)\n\nHELD: list = []\n", says="more than once"),
    Mutant("strict rows", "class Bird(Answer):\n", 'class Bird(Answer, extra="forbid"):\n', says="bird.x_new_field"),
    Mutant("sleeps between pages", ASK, ASK + "        await __import__('asyncio').sleep(1)\n", says="slept 1 s"),
    Mutant("the key in an error", ONE, "    try: found = await vendor(flock, cursor=cursor)\n"
           "    except Exception as e: raise RuntimeError(vendor.settings.api_key.get_secret_value()) from e\n", says="is in the error the trigger raised"),
    Mutant("falls over a refused key", ONE, "    try: found = await vendor(flock, cursor=cursor)\n"
           "    except Exception as e: raise ValueError(e.status + 0) from e\n", says="The trigger failed"),
    Mutant("ends after a page that is full", YIELD, YIELD.replace("if len(found) == 2 else None", "if len(found) > 2 else None"),
           says="at /birds too"),
    Mutant("the last page is never the last", YIELD, YIELD.replace(" if len(found) == 2 else None", ""), says="does not end",
           also=(("        if len(found) < 2:\n            return\n", ""),)),
    Mutant("falls over a page with nobody", YIELD, "        found[-1]\n" + YIELD, says="When the vendor has 0 of them"),
    Mutant("a random cursor", POINT, "    yield Page(records=records(found.birds), cursor=found.next_cursor and f'{found.next_cursor}:{vendor.now.timestamp()}:{id(found)}')\n",
           says="cursor is what the page before has named as the next"),
    Mutant("a cursor with a clock in it", PAGES, "    number = int((cursor or '1').partition('@')[0])\n",
           also=(("cursor=str(number) if", "cursor=f\"{number}@{__import__('time').perf_counter_ns()}\" if"),), says="have different cursors"),
    Mutant("takes a refused key for an empty list", ONE, "    try: found = await vendor(flock, cursor=cursor)\n    except Exception: return\n",
           says="went on after GET /flock had failed"),
    Mutant("the key in a record", POINT, "    key = vendor.settings.api_key.get_secret_value()\n"
           + POINT.replace("records(found.birds)", "tuple(r.model_copy(update={'raw': {'link': f'https://aviary.example/?key={key}'}}) for r in records(found.birds))"),
           says="is in what the trigger returned"),
    Mutant("a thread for every page", ASK, ASK + "        __import__('threading').Thread(target=int).start()\n", says="started a thread (hub_aviary/__init__.py:"),
    Mutant("a client of its own", ASK, "        async with __import__('httpx').AsyncClient(trust_env=False) as http:\n            await http.get('https://aviary.example/birds')\n" + ASK,
           says="went to aviary.example:443 by a client of its own (hub_aviary/__init__.py:"),
    Mutant("rows known by their name", "external_id=bird.id, first_name=bird.name) for", "external_id=bird.name[:4], first_name='') for", says="more than once"),
]  # fmt: skip
