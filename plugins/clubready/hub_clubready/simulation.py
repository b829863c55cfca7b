"""How the simulator plays ClubReady: a store with people of both kinds, its prospect types, and its ways to say no.

Read by the kit only. Where ClubReady's behaviour is attested, it is played as attested: keys in any casing, a plain
``Unauthorized`` with status 200, ``Success: false``, and both ways with somebody it has already.
"""

from __future__ import annotations

from typing import Any

STORE = 1234
SETTINGS = {"store_id": STORE}

PEOPLE = "/users"
TYPES = "/club/{store}/prospecttypes"

SEEDS: dict[str, list[dict[str, Any]]] = {
    PEOPLE: [
        {"UserId": 501, "FirstName": "Grace", "LastName": "Hopper", "Email": "grace@example.com", "CellPhone": "+15550120",
         "Prospect": True, "Member": False, "ProspectTypeId": 11, "DateAdded": "2026-01-01"},
        {"UserId": 502, "FirstName": "Alan", "LastName": "Turing", "Email": "alan@example.com", "Prospect": True,
         "ProspectTypeId": 12, "DateAdded": "2026-01-02"},
        {"UserId": 503, "FirstName": "Edsger", "LastName": "Dijkstra", "Email": "", "Phone": "+31205550100", "Prospect": True,
         "DateAdded": "2026-01-02"},
        {"UserId": 504, "FirstName": "Barbara", "LastName": "Liskov", "Email": "barbara@example.com", "Prospect": False,
         "Member": True, "MembershipTypeName": "Gold", "DateAdded": "2026-01-03"},
    ],
}  # fmt: skip
"""Path → what is there from the start."""

FIRST = (
    "Ada",
    "Amir",
    "Bela",
    "Chloe",
    "Dario",
    "Esme",
    "Felix",
    "Hana",
    "Ivan",
    "Jade",
    "Luca",
    "Mila",
    "Nora",
    "Omar",
    "Uma",
)
LAST = (
    "Acosta",
    "Becker",
    "Castro",
    "Dunn",
    "Ekberg",
    "Farrow",
    "Haas",
    "Ibarra",
    "Kaur",
    "Marsh",
    "Okafor",
    "Sato",
    "Walsh",
)


def crowd(many: int) -> dict[str, list[dict[str, Any]]]:
    """A store with so many people instead: each tenth a client, of the others each eleventh without a type, and
    one of a hundred without a postal address. Always the same."""
    return {PEOPLE: [_one_of_many(number) for number in range(many)]}


def _one_of_many(number: int) -> dict[str, Any]:
    first, last = FIRST[number % len(FIRST)], LAST[number % len(LAST)]
    client, typed = number % 10 == 9, number % 11 != 10
    kind = {"Prospect": False, "Member": True, "MembershipTypeName": "Gold"} if client else {"Prospect": True}
    return {
        "UserId": 2001 + number, "FirstName": first, "LastName": last, "CellPhone": f"+1303{5550000 + number}",
        "Email": f"{first}.{last}.{number}@club.example".lower(), "DateAdded": "2026-01-04", **kind,
        **({} if number % 100 == 42 else {"Address": f"{100 + number} Elm St", "City": "Denver", "State": "CO", "Zip": "80205"}),
        **({"ProspectTypeId": 11 + number % 3} if typed and not client else {}),
    }  # fmt: skip


PROSPECT_TYPES = [{"Id": 11, "Name": "Walk-in"}, {"Id": 12, "Name": "Web lead"}, {"Id": 13, "Name": "Referral"}]

NO_STORE = 200, {"Success": False, "Message": "Invalid StoreId."}
UNAUTHORIZED = 200, b"Unauthorized"


def respond(call: Any) -> tuple[int, Any]:
    """Answer as ClubReady would.

    A store whose number begins with 99 does not exist. A key that begins with ``narrow`` may find people and no more; one that
    begins with ``plain`` is refused as wrong ones are: with status 200 and in plain text.
    """
    if call.credential.startswith("plain") or (call.credential.startswith("narrow") and call.path != "/users/find"):
        return UNAUTHORIZED
    if _store(call).startswith("99"):
        return NO_STORE
    if call.method == "POST":
        return _created(call)
    if call.path == "/users/find":
        return 200, {"users": [one for one in call.visible(PEOPLE) if _same_address(one, call.query.get("Email", ""))]}
    if call.path == "/users/date-added":
        return 200, {"users": call.visible(PEOPLE)}
    if call.path.endswith("/Users/all"):
        return 200, _page(call)
    return _types(call) if call.path.startswith("/club/") else _one(call)


def _store(call: Any) -> str:
    return str(call.body.get("StoreId") or call.query.get("StoreId") or "")


def _same_address(one: dict[str, Any], email: str) -> bool:
    return bool(email) and str(one.get("Email", "")).casefold() == email.casefold()


def _page(call: Any) -> list[dict[str, Any]]:
    """A twelfth of all at once, however many are asked for, and two of a few, so that even four people make three pages."""
    people, number = call.visible(PEOPLE), int(call.query["PageNumber"])
    size = min(int(call.query["PageSize"]), max(2, len(people) // 12))
    return list(people[(number - 1) * size : number * size])


def _types(call: Any) -> tuple[int, Any]:
    known = call.path.endswith("/prospecttypes")
    return (
        (200, PROSPECT_TYPES) if known else (404, {"ResponseStatus": {"ErrorCode": "NotFound", "Message": "Not found"}})
    )


def _one(call: Any) -> tuple[int, Any]:
    wanted = call.path.rpartition("/")[2]
    found = next((one for one in call.visible(PEOPLE) if str(one["UserId"]) == wanted), None)
    return (200, found) if found else (404, {"ResponseStatus": {"ErrorCode": "NotFound", "Message": "No such user"}})


def _created(call: Any) -> tuple[int, Any]:
    """Somebody it has is answered in one of its two ways, by the domain of the address."""
    body = call.body
    if body["Email"].endswith("@known.example"):
        return 200, {"Success": False, "Message": "A user with this email already exists."}
    if body["Email"].endswith("@asadded.example"):
        return 200, {"success": True, "userId": 501}
    number = 100 + max(one["UserId"] for one in call.stored(PEOPLE))  # ids grow with time
    told = {name: value for name, value in body.items() if value is not None and name not in ("ExternalId", "StoreId")}
    made = call.store(PEOPLE, {**told, "UserId": number, "ExternalUserId": body["ExternalId"], "Prospect": True})
    return 200, {"UserId": made["UserId"], "Success": True, "EmailSent": False, "PackageAdded": False}
