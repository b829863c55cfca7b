"""Bugs for Kestrel, which pages its lists, sells by the cent, signs in with OAuth 2, imports and is told."""

# ruff: noqa: E501  # a bug reads best as the line that it is
from __future__ import annotations

from pathlib import Path

from tests.testing.planting import Mutant

PACKAGE = Path(__file__).parents[1] / "hub_kestrel"

CENTS = "int(step.amount * 100)"
ASK = "    await vendor(whoami)\n    made ="
SINCE = "since.isoformat() if since else None"
FOUND = "    return Sent(found[0].uid) if found else NotSent()\n"
NAME = "NewMember(email=contact.email, name=contact.first_name)"
CLUB_NEEDS = 'needs=["first_name", "email"])'
LAST = "        if after is None:\n            return found\n"
ERRORS = "errors={402: NeedsAdmin, 422: Rejected}"
TOLD = "at=str(event.at))"

MUTANTS = [
    # --- lists
    Mutant("a list that never moves on", "        after = page.next\n        if after is None:", "        if page.next is None:", says="more than 500 times and does not come to its end"),
    Mutant("the first page of a list", LAST, "        return found\n", says="it stops after the first page"),
    # --- whom it is for
    Mutant("a phone that may only be a cell phone", CLUB_NEEDS, 'needs=["email", "phone"])', says="the home phone has what needs=['phone'] asks for", also=((NAME, NAME.replace("first_name", "phone_cell")),)),
    # --- the declaration
    Mutant("the app's secret in the open", "    client_secret: Secret\n", "    client_secret: str\n", says="client_secret is the app's own secret"),
    Mutant("too fast is taken for a no", ERRORS, "errors={402: NeedsAdmin, 422: Rejected, 429: Rejected}", says="429 asks to come again later"),
    Mutant("too fast is an admin's matter", "errors={409: Already}", "errors={409: Already, 429: NeedsAdmin}", says="429 asks to come again later"),
    Mutant("a club that is missing is a member already", "errors={409: Already}", "errors={409: Already, 404: Already}", says="404 is declared as Already"),
    Mutant("an unpaid bill is done already", "errors={402: NeedsAdmin,", "errors={402: Already,", says="402 is declared as Already"),
    # --- time and place
    Mutant("since in the machine's own zone", SINCE, "since.astimezone().replace(tzinfo=None).isoformat() if since else None", says="depends on the time zone of the machine"),
    Mutant("since now", SINCE, "datetime.now().isoformat() if since else None", says="asks for the time at which the tests run"),
    Mutant("an event with the time of its handling", TOLD, "at=str(int(__import__('time').time())))", says="holds the time at which it is handled"),
    Mutant("an event with a time of the machine's zone", TOLD, "at=str(datetime.fromtimestamp(event.at)))", says="depends on the time zone of the machine"),
    Mutant("the machine's user for a name", NAME, "NewMember(email=contact.email, name=__import__('os').environ.get('USER', 'nobody'))", says="an environment variable, the user's name"),
    Mutant("the working folder for a name", NAME, "NewMember(email=contact.email, name=__import__('os').getcwd())", says="the working folder"),
    # --- told to stop
    Mutant("a read that swallows everything", ASK, "    try:\n        await vendor(whoami)\n    except BaseException:\n        pass\n    made =", says="never catch CancelledError"),
    # --- money
    Mutant("whole euros for cents", CENTS, "int(step.amount)", says="amount was 19.99 and left as 19:"),
    Mutant("a thousand for a hundred", CENTS, "int(step.amount * 1000)", says="amount was 19.99 and left as 19990:"),
    Mutant("rounded to whole euros", CENTS, "round(step.amount) * 100", says="amount was 19.99 and left as 2000:"),
    Mutant("cents by a float", CENTS, "int(float(step.amount) * 100)", says="a float does not count cents"),
    # --- look-up
    Mutant("our reference for the vendor's id", FOUND, "    return Sent(vendor.ref) if found else NotSent()\n", says="The action calls the thing"),
    Mutant("looked up where nothing is written", 'vouchers = addon.get("/vouchers", Vouchers)', 'vouchers = addon.get("/vouchers/sent", Vouchers)', says="keeps each path apart"),
    # --- webhook
    Mutant("de-duplicates by a time", 'dedupe="delivery"', 'dedupe="at"', says="at is another each time"),
]  # fmt: skip
