"""Every write to people and what they hold.

Whether ``by`` may do it is asked at the edge, of ``guard.check``. Three things hold whoever asks, so they stand here too: the
owner of an account is changed by nobody but themselves, nobody changes their own role, and who works in accounts beyond the
one that asks is not changed from there.

What ends sessions: another password, another role, another state. Each moves ``session_epoch`` or the password, and with them
the fingerprint that every session must match on its next request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound, Refused
from hub.users import links, person, roles
from hub.users.models import Grant, Session, User

Values = Mapping[str, Any]


def create(
    values: Values,
    account: Account,
    template: str,
    *,
    by: Actor,
    password: str = "",
    must_change_password: bool = True,
    reach: str = Grant.Reach.HERE,
    visibility: str | None = None,
) -> User:
    """A new user with one grant. Without a password they are invited (``links.make``); a typed one must be changed."""
    cleaned = person.clean({"username": "", **values}, account.country)
    user = User(**cleaned, created_at=clock.now(), must_change_password=bool(password) and must_change_password)
    if password:
        person.check_password(password, user)
        user.set_password(password)
        user.state = User.State.ACTIVE
    else:
        user.set_unusable_password()
    _insert(user)
    data = {"username": user.username, "template": template, "invited": not password}
    record("created", "user", user.pk, by=by, account_id=account.pk, data=data)
    give(user, account, template, by=by, reach=reach, visibility=visibility)
    return user


def edit(user: User, values: Values, *, by: Actor, account: Account | None = None) -> User:
    """Change names, e-mail, phone, user name, landing page. ``account``: where it is asked from, unless by themselves."""
    _not_by_others(user, by, account)
    cleaned = person.clean(values, account.country if account else "")
    changed = {name: value for name, value in cleaned.items() if getattr(user, name) != value}
    if not changed:
        return user
    data = {"changed": {name: [getattr(user, name), value] for name, value in changed.items()}}
    for name, value in changed.items():
        setattr(user, name, value)
    _save(user, list(changed))
    record("edited", "user", user.pk, by=by, account_id=account.pk if account else None, data=data)
    return user


def give(
    user: User,
    account: Account | None,
    template: str,
    *,
    by: Actor,
    reach: str = Grant.Reach.HERE,
    visibility: str | None = None,
    extra: Iterable[str] = (),
    withdrawn: Iterable[str] = (),
    secure: bool = False,
    ends_at: datetime | None = None,
) -> Grant:
    """One more grant (``account`` None: on the platform). Ask ``giving.check`` first when a person gives it."""
    _known_role(template)
    try:
        with transaction.atomic():
            row = Grant.objects.create(
                user=user,
                account=account,
                template=template,
                reach=reach,
                visibility=visibility,
                extra=sorted(extra),
                withdrawn=sorted(withdrawn),
                secure=secure,
                ends_at=ends_at,
                created_at=clock.now(),
            )
    except IntegrityError:
        raise _given_already() from None
    _end_sessions(user)
    _record_grant("role_given", row, user, by)
    return row


def change_role(
    grant: Grant,
    *,
    by: Actor,
    template: str | None = None,
    visibility: str | None = None,
    extra: Iterable[str] | None = None,
    withdrawn: Iterable[str] | None = None,
    reach: str | None = None,
) -> Grant:
    """Change what a grant gives; None leaves a part as it is. All sessions of the user end."""
    user = _grantee(grant)
    _not_the_owner(user, grant.account)
    _not_oneself(user, by)
    if template is not None:
        _known_role(template)
        if template == "owner":
            raise _owner_problem()
        grant.template = template
    grant.visibility = visibility if visibility is not None or template is not None else grant.visibility
    grant.extra = grant.extra if extra is None else sorted(extra)
    grant.withdrawn = grant.withdrawn if withdrawn is None else sorted(withdrawn)
    grant.reach = reach or grant.reach
    try:
        with transaction.atomic():
            grant.save(update_fields=["template", "visibility", "extra", "withdrawn", "reach"])
    except IntegrityError:
        raise _given_already() from None
    _end_sessions(user)
    _record_grant("role_changed", grant, user, by)
    return grant


def take(grant: Grant, *, by: Actor) -> None:
    """Take a grant away; it counts no more from the next request on."""
    user = _grantee(grant)
    _not_the_owner(user, grant.account)
    _not_oneself(user, by)
    _record_grant("role_taken", grant, user, by)
    grant.delete()
    _end_sessions(user)


def archive(user: User, account: Account, *, by: Actor) -> None:
    """Move to Archived Users: the password is worthless, every session ends. Contacts stay assigned, and show it."""
    _not_by_others(user, by, account)
    _not_oneself(user, by)
    _not_the_owner(user, account)
    user.set_unusable_password()
    _move(user, User.State.ARCHIVED, "archived", account, by)


def restore(user: User, account: Account, password: str, *, by: Actor) -> None:
    """Bring back from Archived Users, with a new password that must be changed at the first sign-in."""
    if user.state != User.State.ARCHIVED:
        raise Conflict(_("This user is not archived."), code="not_archived")
    _not_by_others(user, by, account)
    person.check_password(password, user)
    user.set_password(password)
    user.must_change_password = True
    _move(user, User.State.ACTIVE, "restored", account, by)


def block(user: User, account: Account, *, by: Actor) -> None:
    """Nobody signs in with this name until it is unblocked. Who cannot sign in anyway stays what they are: unblocking makes them
    active, and an archived or invited user has no password."""
    _not_by_others(user, by, account)
    _not_oneself(user, by)
    if user.state in (User.State.ARCHIVED, User.State.INVITED):
        raise Conflict(
            _("This user cannot sign in, so there is nothing to block."),
            next=_("Archive the user to make an invitation worthless."),
            code="not_active",
        )
    _move(user, User.State.BLOCKED, "blocked", account, by)


def unblock(user: User, account: Account, *, by: Actor) -> None:
    """Let a blocked user sign in again, with the password they had."""
    if user.state != User.State.BLOCKED:
        raise Conflict(_("This user is not blocked."), code="not_blocked")
    _not_by_others(user, by, account)
    _move(user, User.State.ACTIVE, "unblocked", account, by)


def set_password(user: User, account: Account | None, password: str, *, by: Actor) -> None:
    """Another person sets a password: it must be changed at the next sign-in, and all sessions end. Who was invited is active
    with it, for their link is worthless from now on."""
    if user.state == User.State.ARCHIVED:
        raise Conflict(_("This user is archived."), next=_("Restore the user with a new password."), code="archived")
    _not_by_others(user, by, account)
    _activate(user)
    _set(user, password, must_change=True)
    record("password_set", "user", user.pk, by=by, account_id=account.pk if account else None)


def make_link(user: User, account: Account, purpose: links.Purpose, *, by: Actor) -> str:
    """The token of a link with which the user sets a password. Whoever holds it can be the user: it is written down."""
    _not_by_others(user, by, account)
    record("link_made", "user", user.pk, by=by, account_id=account.pk, data={"purpose": purpose})
    return links.make(user, purpose)


def change_own_password(user: User, current: str, new: str, repeated: str, *, by: Actor) -> None:
    """The user changes their own password with the current one. All sessions end; the edge begins a new one."""
    if not user.check_password(current):
        raise Invalid({"current": _("This is not your current password.")})
    person.check_repeated(new, repeated)
    if new == current:
        raise Invalid({"password": _("Choose a password that differs from the current one.")})
    _set(user, new, must_change=False)
    record("password_changed", "user", user.pk, by=by)


def accept_link(user: User, password: str, repeated: str, *, by: Actor) -> None:
    """The person opened their link (``links.read``) and chose a password: they are active now."""
    person.check_repeated(password, repeated)
    person.check_password(password, user)
    _activate(user)
    _set(user, password, must_change=False)
    record("link_accepted", "user", user.pk, by=by)


def end_sessions(user: User, *, by: Actor) -> None:
    """Sign the user out everywhere."""
    _end_sessions(user)
    record("sessions_ended", "user", user.pk, by=by)


def end_session(user: User, session_key: str, *, by: Actor) -> None:
    """Sign the user out of one browser. Raises ``NotFound`` for a session that is not theirs."""
    gone, _rows = Session.objects.filter(user_id=user.pk, session_key=session_key).delete()
    if not gone:
        raise NotFound
    record("session_ended", "user", user.pk, by=by)


def make_owner(user: User, account: Account, *, by: Actor) -> Grant:
    """The first owner of an account. Handing an account over is another thing and needs the owner's confirmation."""
    if Grant.objects.filter(account=account, template="owner").exists():
        raise Conflict(_("This account has an owner already."), code="has_owner")
    return give(user, account, "owner", by=by, reach=Grant.Reach.SUBTREE)


# --- What holds whoever asks ----------------------------------------------------------------------------------------


def _not_by_others(user: User, by: Actor, account: Account | None) -> None:
    if by.kind == "system" or (by.id == str(user.pk) and not by.acting_as):
        return
    if account is None:
        raise Refused(_("Only the user can change this."), reason="users.self_only")
    _not_the_owner(user, account)
    places = Grant.objects.filter(user=user).values_list("account__path", flat=True)
    if not all((path or "").startswith(account.path) for path in places):
        raise Refused(
            _("This user also works in other accounts."),
            _("The user, or an admin of an account above all of these, can change it."),
            reason="users.elsewhere",
        )


def _not_the_owner(user: User, account: Account | None) -> None:
    owned = Grant.objects.filter(user=user, template="owner")
    if account is not None:
        owned = owned.filter(account__path__startswith=account.path)
    if owned.exists():
        raise _owner_problem()


def _owner_problem() -> Refused:
    return Refused(
        _("The account's owner cannot be changed or archived by others."),
        _("The owner can hand the account to somebody else."),
        reason="grants.owner",
    )


def _not_oneself(user: User, by: Actor) -> None:
    if by.kind == "person" and by.id == str(user.pk):
        raise Refused(
            _("Nobody changes their own role."), _("Another admin or the owner can."), reason="users.not_oneself"
        )


# --- Small hands ----------------------------------------------------------------------------------------------------


def _grantee(grant: Grant) -> User:
    if grant.user is None:
        raise TypeError("this grant belongs to a machine")
    return grant.user


def _known_role(template: str) -> None:
    if not roles.exists(template):
        raise Invalid({"template": _("Choose a role from the list.")})


def _given_already() -> Conflict:
    return Conflict(
        _("This role has been given already."), next=_("Look at the user's roles and go on from there."), code="granted"
    )


def _insert(user: User) -> None:
    _refuse_taken_name(user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise _taken() from None


def _save(user: User, fields: list[str]) -> None:
    if "username" in fields:
        _refuse_taken_name(user)
    try:
        with transaction.atomic():
            user.save(update_fields=fields)
    except IntegrityError:
        raise _taken() from None


def _refuse_taken_name(user: User) -> None:
    other = User.objects.named(user.username)
    if other is not None and other.pk != user.pk:
        raise _taken()


def _taken() -> Invalid:
    return Invalid({"username": _("This user name is taken. Choose another one.")})


def _set(user: User, password: str, must_change: bool) -> None:
    person.check_password(password, user)
    user.set_password(password)
    user.must_change_password = must_change
    user.save(update_fields=["password", "must_change_password", "state"])
    _end_sessions(user)


def _activate(user: User) -> None:
    """Who was invited has a password in a moment; who is blocked stays blocked."""
    user.state = User.State.ACTIVE if user.state == User.State.INVITED else user.state


def _move(user: User, state: User.State, verb: str, account: Account, by: Actor) -> None:
    user.state = state
    user.save(update_fields=["state", "password", "must_change_password"])
    _end_sessions(user)
    record(verb, "user", user.pk, by=by, account_id=account.pk)


def _end_sessions(user: User) -> None:
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    Session.objects.filter(user_id=user.pk).delete()


def _record_grant(verb: str, grant: Grant, user: User, by: Actor) -> None:
    data = {
        "grant": grant.pk,
        "template": grant.template,
        "reach": grant.reach,
        "visibility": grant.visibility,
        "extra": grant.extra,
        "withdrawn": grant.withdrawn,
        "secure": grant.secure,
    }
    record(verb, "user", user.pk, by=by, account_id=grant.account_id, data=data)
