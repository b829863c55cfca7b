"""ClubReady's *no* in words that an admin can act on: is it the key, the store, or what the key may do?"""

from __future__ import annotations

from hub.core import NeedsAdmin, Refused

KEY_WORDS = ("unauthorized", "unauthorised", "not authorized", "access denied", "forbidden", "apikey", "api key")
"""Words of a refusal that point to the key. ``Unauthorized`` is attested, for a wrong key and for one that may too little."""

STORE_WORDS = ("storeid", "store id", "store", "clubid", "club id", "club not", "invalid club", "no such club")
"""Words of a refusal that point to the store. ClubReady's own wording is not known."""

WRONG_KEY = NeedsAdmin(
    "ClubReady does not accept this API key. Compare it with the one that ClubReady's support gave you, and paste it again.",
    field="api_key",
)

WRONG_STORE = NeedsAdmin(
    "ClubReady accepts the key, but not for this Store ID. The Store ID is the number before the dash, under the profile picture "
    "at ClubReady; each store has its own key.",
    field="store_id",
)

TOO_NARROW = NeedsAdmin(
    "ClubReady knows the API key but does not let it do this. Ask ClubReady's support to widen what the key may do, then test "
    "again.",
    field="api_key",
)


def better(fault: Refused) -> Refused:
    """The same refusal in better words; as it is where ClubReady's own say it best."""
    if about_store(fault):
        return Refused(WRONG_STORE, fault.status)
    if about_key(fault):
        return Refused(TOO_NARROW if fault.status == 403 else WRONG_KEY, fault.status)
    return fault


def about_store(fault: Refused) -> bool:
    """Whether the vendor speaks of the store."""
    return _surely_no(fault) and any(word in _said(fault) for word in STORE_WORDS)


def about_key(fault: Refused) -> bool:
    """Whether the vendor speaks of the key, by status or in words."""
    return fault.status in (401, 403) or (_surely_no(fault) and any(word in _said(fault) for word in KEY_WORDS))


def exists_already(fault: Refused) -> bool:
    """Whether the vendor says that it has this person (one of its two ways with duplicates)."""
    return _surely_no(fault) and "already exist" in _said(fault)


def _surely_no(fault: Refused) -> bool:
    """A 429 or a 500 may speak of anything and means: later."""
    return fault.status is not None and fault.status < 429


def _said(fault: Refused) -> str:
    return fault.outcome.sentence().casefold()
