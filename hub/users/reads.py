"""Questions about people: who they are, what they hold, where they are signed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import Max, Q, QuerySet

from hub.accounts.models import Account
from hub.accounts.place import Place
from hub.audit.models import AuditRow
from hub.db import clock
from hub.db.errors import NotFound
from hub.db.scoping import LARGEST_ID, id_of
from hub.users import facts
from hub.users.facts import GrantFact, Principal, Record
from hub.users.models import Grant, Session, User


def principal_of(user: User, shown: User | None = None) -> Principal:
    """The person with all their grants, in one query. ``shown``: the person whose view they look at."""
    people = [user, *([shown] if shown else [])]
    held: dict[int, list[GrantFact]] = {person.pk: [] for person in people}
    for row in Grant.objects.filter(user_id__in=held):
        held[row.user_id or 0].append(fact_of(row))
    return _principal(user, held, _principal(shown, held, None) if shown else None)


def principal_of_machine(kind: str, key: str, label: str, addresses: tuple[str, ...] = ()) -> Principal:
    """An API user or a plugin with its grants."""
    rows = Grant.objects.filter(principal_kind=kind, principal_key=key)
    held = tuple(fact_of(row) for row in rows)
    return Principal("api" if kind == "api" else "plugin", key, label, grants=held, addresses=addresses)


def grants(user: User) -> QuerySet[Grant]:
    """The user's grants with their accounts, for showing."""
    return Grant.objects.filter(user=user).select_related("account").order_by("account__path", "template")


def fact_of(row: Grant) -> GrantFact:
    """A grant as the checks see it."""
    return facts.grant(
        row.template,
        row.account_id,
        row.reach,
        visibility=row.visibility or None,  # type: ignore[arg-type]  # the column's choices are the literal's
        extra=row.extra,
        withdrawn=row.withdrawn,
        secure=row.secure,
        ends_at=row.ends_at,
    )


def get(account: Account | int, user_id: int) -> User:
    """A user who holds a grant in this account, or ``NotFound``."""
    usable = 0 < user_id <= LARGEST_ID
    user = users_of(account, archived=None).filter(pk=user_id).first() if usable else None
    if user is None:
        raise NotFound
    return user


def users_of(account: Account | int, archived: bool | None = False) -> QuerySet[User]:
    """The people with a grant placed at this account, by name; archived ones apart (None: both)."""
    people = User.objects.filter(grants__account_id=id_of(account)).distinct()
    if archived is not None:
        state = Q(state=User.State.ARCHIVED)
        people = people.filter(state if archived else ~state)
    return people.order_by("first_name", "last_name", "id")


def people_from_above(account: Account) -> list[tuple[User, list[Grant]]]:
    """Who works here by a role that an account above gave them, with those roles; by name."""
    down = Q(reach=Grant.Reach.SUBTREE) | Q(reach=Grant.Reach.CHILDREN, account_id=account.parent_id)
    rows = Grant.objects.filter(down, account_id__in=account.ancestor_ids, user__isnull=False)
    rows = (
        rows.exclude(user__state=User.State.ARCHIVED).select_related("user", "account").order_by("account__depth", "id")
    )
    found: dict[int, tuple[User, list[Grant]]] = {}
    for grant in rows:
        if grant.user is not None:
            found.setdefault(grant.user.pk, (grant.user, []))[1].append(grant)
    return sorted(found.values(), key=lambda pair: pair[0].label.casefold())


def record_of(user: User, place: Place) -> Record:
    """The user as a record at this place, for the checks of ``users.edit``, ``login_as.use`` and their like."""
    return Record("user", owner_id=str(user.pk), rank=principal_of(user).rank_at(place, clock.now()))


def team_ids(account: Account | int) -> frozenset[int]:
    """The team of this account: everybody with a grant placed here."""
    ids = Grant.objects.filter(account_id=id_of(account), user__isnull=False).values_list("user_id", flat=True)
    return frozenset(user_id for user_id in ids if user_id is not None)


def owner_of(account: Account | int) -> User | None:
    """The account's owner, by id and not by e-mail; None while it has none."""
    return User.objects.filter(grants__account_id=id_of(account), grants__template="owner").first()


def reachable_accounts(
    principal: Principal, now: datetime | None = None, known: Account | None = None
) -> QuerySet[Account]:
    """Every account that a grant in force reaches, parents before children: the account switcher's tree. Of a person who is shown
    only where the one who looks on may show somebody; what else they work in is not told.

    Args:
        known: an account that has been read already, as the one of a page; a grant placed there need not be looked up.
    """
    moment = now or clock.now()
    rows = _reached_by(principal.effective.grants, moment, known)
    if principal.shown:
        showing = [grant for grant in principal.grants if "login_as.use" in grant.permissions]
        rows = rows.filter(pk__in=_reached_by(showing, moment, known).values("pk"))
    return rows.select_related("switch").order_by("path")


def _reached_by(grants: Iterable[GrantFact], moment: datetime, known: Account | None) -> QuerySet[Account]:
    held = [grant for grant in grants if grant.in_force(moment)]
    if not held:
        return Account.objects.none()
    paths = {known.pk: known.path} if known else {}
    placed = {grant.account_id for grant in held if grant.reach == "subtree" and grant.account_id is not None}
    others = placed - paths.keys()
    paths |= Account.objects.filter(pk__in=others).values_list("pk", "path") if others else {}
    wanted = [_reached(grant, paths) for grant in held]
    return Account.objects.filter(reduce(or_, wanted))


def last_seen(user_ids: Iterable[int]) -> dict[int, datetime]:
    """When each was at the hub last: by a living session, else by the last time they signed in. Who never was is left out."""
    ids = list(user_ids)
    signed_in = AuditRow.objects.filter(actor_kind="person", actor_id__in=[str(one) for one in ids], verb="signed_in")
    seen = {int(actor): at for actor, at in signed_in.order_by().values_list("actor_id").annotate(last=Max("at"))}
    sessions = Session.objects.filter(user_id__in=ids).order_by().values_list("user_id").annotate(last=Max("seen_at"))
    for user_id, at in sessions:
        seen[user_id] = max(at, seen.get(user_id, at))
    return seen


def sessions_of(user: User) -> QuerySet[Session]:
    """Where the user is signed in now, most recently seen first."""
    now = clock.real_now()
    idle = now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    return Session.objects.filter(user_id=user.pk, seen_at__gt=idle, expire_date__gt=now).order_by("-seen_at")


def _principal(user: User, held: dict[int, list[GrantFact]], shown: Principal | None) -> Principal:
    return Principal(
        "person",
        str(user.pk),
        user.label,
        state=user.state,
        must_change_password=user.must_change_password,
        grants=tuple(held[user.pk]),
        shown=shown,
    )


def _reached(grant: GrantFact, paths: dict[int, str]) -> Q:
    if grant.account_id is None:
        return Q(pk__gt=0) if grant.reach == "subtree" else Q(depth=0) if grant.reach == "children" else Q(pk=0)
    if grant.reach == "here":
        return Q(pk=grant.account_id)
    if grant.reach == "children":
        return Q(pk=grant.account_id) | Q(parent_id=grant.account_id)
    return Q(path__startswith=paths.get(grant.account_id, "no such path"))
