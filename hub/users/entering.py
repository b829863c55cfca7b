"""Checks 1 to 4: whether the caller gets in at all, whatever they want there. Pure."""

from __future__ import annotations

from hub.users import addresses
from hub.users.verdicts import Denied, Question, lacks_clearance


def channel(q: Question) -> Denied | None:
    via = q.at.via
    if q.principal.kind == "api":
        if via.door != "api":
            return Denied(1, "channel.api_only", "An API user cannot sign in here.", next="Sign in as a person.")
        if not addresses.is_listed(via.ip, q.principal.addresses):
            return Denied(
                1,
                "channel.address",
                f"Calls from the address {via.ip or 'unknown'} are refused for this API user.",
                "An owner or admin can add the address to the API user's list.",
            )
    elif q.principal.kind == "person" and via.credential == "secret":
        return Denied(
            1, "channel.secret", "This secret belongs to an API user.", next="Sign in with your own password."
        )
    return None


def state(q: Question) -> Denied | None:
    if q.principal.kind == "system":
        return None
    state = q.principal.state
    if state != "active":
        what, who, next = _STATES.get(state, _STATES["blocked"])
        return Denied(2, f"state.{state}", what, who, next)
    if q.principal.must_change_password and q.permission.name != "password.change":
        return Denied(
            2,
            "state.must_change_password",
            "Your password must be changed first.",
            next="Choose a new password, then go on.",
        )
    return None


_STATES = {
    "anonymous": ("You are not signed in.", "", "Sign in and try again."),
    "invited": ("This person has not accepted the invitation yet.", "", "Open the link in the invitation."),
    "blocked": ("This user is blocked.", "An owner or admin can unblock them.", ""),
    "archived": ("This user is archived.", "An owner or admin can restore them and set a new password.", ""),
}


def account(q: Question) -> Denied | None:
    if q.place.locked and not (q.permission.portal and _by_operator(q)):
        return Denied(
            3,
            "account.locked",
            f"{q.place.name or 'This account'} is locked.",
            "Only an operator can unlock it, in the portal.",
            "Nothing is lost: what waits goes on after unlocking.",
        )
    if q.place.paused and q.permission.dispatch and q.principal.kind == "system":
        return Denied(
            3,
            "account.paused",
            f"{q.place.name or 'This account'} is paused.",
            "An owner or admin can set it going under Settings, Account.",
            "What is due waits and goes out in order.",
        )
    return None


def _by_operator(q: Question) -> bool:
    return any(grant.operator for grant in q.principal.reaching(q.place, q.at.now))


def clearance(q: Question) -> Denied | None:
    reaching = q.principal.reaching(q.place, q.at.now)
    if reaching and all(lacks_clearance(grant, q.place) for grant in reaching):
        return Denied(
            4,
            "clearance.secure",
            f"{q.place.name or 'This account'} is secure.",
            "Only operators with the secure flag may look inside.",
            "Ask an operator admin for the flag.",
        )
    return None
