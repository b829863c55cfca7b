"""The test vectors of the permission paper, one parametrised test each, on the pure checks.

The tree: enterprise 1, its children 2 and 3, and 4 beneath 2. ::

    1 enterprise
    ├── 2 ── 4
    └── 3
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.accounts.locks import LockFact
from hub.accounts.place import Place
from hub.users import explain
from hub.users.checks import Allowed, Denied, decide
from hub.users.facts import Circumstances, Exhausted, Principal, Record, Via, grant

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

ROOT = Place(1, "Root", (), enterprise=True)
CHILD = Place(2, "Child", (1,))
SIBLING = Place(3, "Sibling", (1,))
GRANDCHILD = Place(4, "Grandchild", (1, 2))


def person(template: str, account: int | None = 2, **more: object) -> Principal:
    return Principal("person", "7", template, grants=(grant(template, account, **more),))  # type: ignore[arg-type]


def machine(*endpoints: str, addresses: tuple[str, ...] = ("192.0.2.0/24",)) -> Principal:
    held = grant("api", 2, extra=[f"endpoint.{name}" for name in endpoints])
    return Principal("api", "key-1", "Key", grants=(held,), addresses=addresses)


def plugin(account: int, *extra: str) -> Principal:
    return Principal("plugin", "clubready", "ClubReady", grants=(grant("plugin", account, extra=extra),))


def locked(place: Place, subject: str, by: int, reach: str) -> Place:
    return replace(place, locks=(LockFact(by, subject, reach, "Root"),))  # type: ignore[arg-type]


API = Via("api", "192.0.2.7", "secret")
OWNER = Record("user", owner_id="1", rank=100)
ADMIN = Record("user", owner_id="2", rank=90)
STANDARD = Record("user", owner_id="3", rank=10)
OF_ANOTHER = Record("contact", owner_id="8")
MINE = Record("contact", owner_id="7")


@dataclass(frozen=True)
class Vector:
    sentence: str
    who: Principal
    permission: str
    expected: str
    """``yes``, or the reason code of the no."""
    where: Place = CHILD
    record: Record | None = None
    via: Via = field(default_factory=Via)
    exhausted: tuple[Exhausted, ...] = ()


TEN_DAYS_OLD = replace(CHILD, link_screening_until=NOW + timedelta(days=20))
SCREENING_LIFTED = replace(CHILD, link_screening_until=None)
WITH_LINK = Record("message", external_links=True)
SECURE = replace(CHILD, secure=True)
LOCKED = replace(CHILD, locked=True)
SHARED = Record("bid_type", shared_from=1)
PRIVATE_PLAN = Record("plan", owner_id="8", private=True)

VECTORS = [
    Vector("an owner may not use the call center", person("owner"), "calls.use", "grants.missing"),
    Vector("a standard user may", person("standard"), "calls.use", "yes"),
    Vector("a standard user may not edit plans", person("standard"), "plans.edit", "grants.missing"),
    Vector("but puts contacts on them", person("standard"), "plans.use", "yes"),
    Vector("a standard user may not delete contacts", person("standard"), "contacts.delete", "grants.missing"),
    Vector(
        "a deletion lock above stops even an admin", person("admin"), "contacts.delete", "locks.contact_deletion",
        locked(CHILD, "contact_deletion", 1, "subtree"),
    ),
    Vector(
        "but not an admin of the account that set it", person("admin", 1, reach="subtree"), "contacts.delete", "yes",
        locked(CHILD, "contact_deletion", 1, "subtree"),
    ),
    Vector("another's contact does not exist for a salesperson", person("sales"), "contacts.view", "record.own",
           record=OF_ANOTHER),
    Vector("their own does", person("sales"), "contacts.view", "yes", record=MINE),
    Vector("a salesperson saves filters", person("sales"), "filters.save", "yes"),
    Vector("an admin cannot log in as the owner", person("admin"), "login_as.use", "grants.owner", record=OWNER),
    Vector("an admin can log in as an admin", person("admin"), "login_as.use", "yes", record=ADMIN),
    Vector("an owner can log in as an admin", person("owner"), "login_as.use", "yes", record=ADMIN),
    Vector("an operator can log in as the owner", person("operator", None, reach="subtree"), "login_as.use", "yes",
           record=OWNER),
    Vector("a standard user logs in as nobody", person("standard"), "login_as.use", "grants.missing", record=STANDARD),
    Vector("a manager does not open team members", person("manager"), "page.team_members", "grants.missing"),
    Vector("another's private plan does not exist for a member", person("member"), "plans.view", "record.private",
           record=PRIVATE_PLAN),
    Vector("an owner sees private plans", person("owner"), "plans.view", "yes", record=PRIVATE_PLAN),
    Vector("a member may not give credits", person("member"), "credits.allocate", "grants.missing"),
    Vector("a Cliently administrator has no billing", person("admin", profile="cliently"), "billing.view",
           "grants.missing"),
    Vector("a ClientTether admin has", person("admin", profile="clienttether"), "billing.view", "yes"),
    Vector("an owner has billing", person("owner", profile="cliently"), "billing.view", "yes"),
    Vector("nobody changes the owner's role, an admin not", person("admin"), "users.change_role", "grants.owner",
           record=OWNER),
    Vector("nor an owner", person("owner"), "users.change_role", "grants.owner", record=OWNER),
    Vector("an admin changes a standard user's role", person("admin"), "users.change_role", "yes", record=STANDARD),
    Vector("an API user from an unlisted address is refused", machine("contacts.create"), "endpoint.contacts.create",
           "channel.address", via=Via("api", "198.51.100.1", "secret")),
    Vector("an empty list refuses all", machine("contacts.create", addresses=()), "endpoint.contacts.create",
           "channel.address", via=API),
    Vector("what is no address is on no list", machine("contacts.create"), "endpoint.contacts.create",
           "channel.address", via=Via("api", "not-an-ip", "secret")),
    Vector("a mapped address is the address it maps", machine("contacts.create"), "endpoint.contacts.create", "yes",
           via=Via("api", "::ffff:192.0.2.7", "secret")),
    Vector("an API user does not use the screens", machine("contacts.create"), "page.contacts", "channel.api_only",
           via=Via("ui", "192.0.2.7")),
    Vector("an endpoint that was not granted is refused", machine("contacts.create"), "endpoint.contacts.edit",
           "grants.missing", via=API),
    Vector("one that was granted is not", machine("contacts.create"), "endpoint.contacts.create", "yes", via=API),
    Vector("a person with an API user's secret is refused", person("owner"), "contacts.view", "channel.secret", via=API),
    Vector("an operator without the flag does not enter a secure account", person("operator", None, reach="subtree"),
           "portal.view", "clearance.secure", SECURE),
    Vector("one with the flag does", person("operator", None, reach="subtree", secure=True), "portal.view", "yes",
           SECURE),
    Vector("the account's own people do", person("standard"), "contacts.view", "yes", SECURE),
    Vector("an owner does not enter a locked account", person("owner"), "account.enter", "account.locked", LOCKED),
    Vector("nor does an operator", person("operator", None, reach="subtree"), "account.enter", "account.locked", LOCKED),
    Vector("an operator unlocks it", person("operator", None, reach="subtree"), "portal.unlock", "yes", LOCKED),
    Vector("an owner cannot unlock it", person("owner"), "portal.unlock", "account.locked", LOCKED),
    Vector("a sales cycle locked at the root binds its child", person("admin"), "sales_cycle.edit",
           "locks.sales_cycle", locked(CHILD, "sales_cycle", 1, "children")),
    Vector("but not its grandchild", person("admin", 4), "sales_cycle.edit", "yes",
           locked(GRANDCHILD, "sales_cycle", 1, "children")),
    Vector("a lead source lock binds the grandchild", person("admin", 4), "lead_sources.edit", "locks.lead_sources",
           locked(GRANDCHILD, "lead_sources", 1, "subtree")),
    Vector("and a plugin's import there", plugin(4, "lead_sources.edit"), "lead_sources.edit", "locks.lead_sources",
           locked(GRANDCHILD, "lead_sources", 1, "subtree"), via=Via("job")),
    Vector("a sub-account's admin does not see the access token", person("admin"), "access_token.view",
           "grants.enterprise_only"),
    Vector("nor by asking at the enterprise", person("admin"), "access_token.view", "grants.none", ROOT),
    Vector("the enterprise's admin does", person("admin", 1), "access_token.view", "yes", ROOT),
    Vector("a key outside the token's tree finds nothing", machine("contacts.read"), "endpoint.contacts.read",
           "grants.none", SIBLING, via=API),
    Vector("a shared bid type is not edited below", person("admin"), "bid_types.edit", "locks.shared", record=SHARED),
    Vector("but duplicated", person("admin"), "bid_types.duplicate", "yes", record=SHARED),
    Vector("a link from a ten-day-old account is held", person("admin"), "messages.send", "limits.link_screening",
           TEN_DAYS_OLD, record=WITH_LINK),
    Vector("until the switch", person("admin"), "messages.send", "yes", SCREENING_LIFTED, record=WITH_LINK),
    Vector("and without a link it leaves at once", person("admin"), "messages.send", "yes", TEN_DAYS_OLD,
           record=Record("message")),
    Vector("no seat is left for one more user", person("admin"), "users.create", "limits.seats",
           exhausted=(Exhausted("seats", "All 5 seats are taken."),)),
    Vector("a used-up limit does not stop what it does not limit", person("admin"), "users.edit", "yes",
           exhausted=(Exhausted("seats", "All 5 seats are taken."),)),
    Vector("an invited person waits", replace(person("owner"), state="invited"), "contacts.view", "state.invited"),
    Vector("a blocked one is out", replace(person("owner"), state="blocked"), "contacts.view", "state.blocked"),
    Vector("an archived one is out", replace(person("owner"), state="archived"), "contacts.view", "state.archived"),
    Vector("who must change the password does that first", replace(person("owner"), must_change_password=True),
           "contacts.view", "state.must_change_password"),
    Vector("and can", replace(person("owner"), must_change_password=True), "password.change", "yes"),
    Vector("the hub holds what is due while the account is paused", Principal("system"), "system.dispatch",
           "account.paused", replace(CHILD, paused=True), via=Via("job")),
    Vector("people work on meanwhile", person("standard"), "contacts.edit", "yes", replace(CHILD, paused=True)),
    Vector("the hub itself does nothing but its own work", Principal("system"), "contacts.delete", "grants.system"),
    Vector("a grant that has ended is none", person("owner", ends_at=NOW), "contacts.view", "grants.none"),
    Vector("a manager sees the team's contacts", person("manager"), "contacts.view", "yes",
           record=replace(OF_ANOTHER, in_team=True)),
    Vector("and no others", person("manager"), "contacts.view", "record.team", record=OF_ANOTHER),
]  # fmt: skip


@pytest.mark.parametrize("vector", VECTORS, ids=[vector.sentence for vector in VECTORS])
def test_the_vector_holds(vector: Vector) -> None:
    at = Circumstances(NOW, vector.via, vector.exhausted)

    verdict = decide(vector.who, vector.permission, vector.where, vector.record, at=at)

    assert (verdict.reason if isinstance(verdict, Denied) else "yes") == vector.expected


@pytest.mark.parametrize("vector", [one for one in VECTORS if one.expected != "yes"], ids=lambda one: one.sentence)
def test_every_no_says_what_and_is_a_sentence(vector: Vector) -> None:
    verdict = decide(vector.who, vector.permission, vector.where, vector.record, at=Circumstances(NOW, vector.via,
                                                                                                   vector.exhausted))  # fmt: skip

    assert isinstance(verdict, Denied)
    assert verdict.what.endswith(".")
    assert not verdict
    assert 1 <= verdict.check <= 9


def test_a_user_with_no_pages_is_told_so_and_not_sent_in_circles() -> None:
    nobody_granted_pages = person("designer", withdrawn=["page.hosted_pages"])

    assert explain.pages(nobody_granted_pages, CHILD, Circumstances(NOW)) == []
    assert "no pages have been granted" in explain.NO_PAGES
    assert explain.pages(person("designer"), CHILD, Circumstances(NOW)) == ["hosted_pages"]


def test_the_first_failing_check_speaks() -> None:
    """A blocked salesperson asks for another's locked setting in a locked account: the state is told, not the rest."""
    blocked = replace(person("sales"), state="blocked")

    verdict = decide(blocked, "sales_cycle.edit", LOCKED, OF_ANOTHER, at=Circumstances(NOW))

    assert isinstance(verdict, Denied)
    assert verdict.reason == "state.blocked"


def test_what_is_not_yours_to_know_is_hidden() -> None:
    foreign_account = decide(person("admin"), "contacts.view", SIBLING, at=Circumstances(NOW))
    foreign_contact = decide(person("sales"), "contacts.view", CHILD, OF_ANOTHER, at=Circumstances(NOW))
    known_but_refused = decide(person("sales"), "plans.edit", CHILD, at=Circumstances(NOW))

    assert [one.hidden for one in (foreign_account, foreign_contact, known_but_refused) if isinstance(one, Denied)] == [
        True,
        True,
        False,
    ]


def test_grants_add_up_and_a_withdrawal_counts_within_its_own() -> None:
    narrow = grant("standard", 2, withdrawn=["plans.use"])
    wide = grant("sales", 2)

    alone = Principal("person", "7", grants=(narrow,))
    both = Principal("person", "7", grants=(narrow, wide))

    assert not decide(alone, "plans.use", CHILD, at=Circumstances(NOW))
    assert decide(both, "plans.use", CHILD, at=Circumstances(NOW))


def test_visibility_counts_with_the_permission_that_brings_it() -> None:
    """All records through a grant that may not delete does not widen the grant that may delete its own."""
    sees_all = grant("standard", 2)
    deletes_own = grant("member", 2)
    both = Principal("person", "7", grants=(sees_all, deletes_own))

    assert decide(both, "contacts.view", CHILD, OF_ANOTHER, at=Circumstances(NOW))
    assert not decide(both, "contacts.delete", CHILD, OF_ANOTHER, at=Circumstances(NOW))
    assert decide(both, "contacts.delete", CHILD, MINE, at=Circumstances(NOW))


class TestReach:
    @pytest.mark.parametrize(
        ("reach", "reached"),
        [("here", [1]), ("children", [1, 2, 3]), ("subtree", [1, 2, 3, 4])],
    )
    def test_a_grant_reaches_as_far_as_it_says(self, reach: str, reached: list[int]) -> None:
        admin = person("admin", 1, reach=reach)

        allowed = [
            place.id
            for place in (ROOT, CHILD, SIBLING, GRANDCHILD)
            if decide(admin, "contacts.view", place, at=Circumstances(NOW))
        ]

        assert allowed == reached

    def test_a_grant_below_says_nothing_about_above(self) -> None:
        assert not decide(person("owner", 4), "contacts.view", CHILD, at=Circumstances(NOW))


class TestActingAsAnother:
    SALES = Principal("person", "8", "Sue", grants=(grant("sales", 2), grant("admin", 3)))
    ADMIN = Principal("person", "7", "Ann", grants=(grant("admin", 2),), shown=SALES)

    @pytest.mark.parametrize(
        "permission",
        [
            "billing.edit",
            "secrets.edit",
            "secrets.reveal",
            "password.change",
            "owner.transfer",
            "api_users.create",
            "login_as.use",
        ],
    )
    def test_some_things_are_never_done_in_anothers_name(self, permission: str) -> None:
        shown = Principal("person", "8", "All", grants=(grant("owner", 1, extra=[permission]),))
        actor = Principal("person", "7", "Op", grants=(grant("operator", None, "subtree"),), shown=shown)

        verdict = decide(actor, permission, ROOT, at=Circumstances(NOW))

        assert isinstance(verdict, Denied)
        assert verdict.reason == "acting_as.never"

    def test_what_the_person_shown_may_not_do_is_not_done(self) -> None:
        assert not decide(self.ADMIN, "plans.edit", CHILD, at=Circumstances(NOW))
        assert decide(self.ADMIN, "plans.use", CHILD, at=Circumstances(NOW))

    def test_records_are_seen_as_the_person_shown_sees_them(self) -> None:
        assert decide(self.ADMIN, "contacts.view", CHILD, Record(owner_id="8"), at=Circumstances(NOW))
        assert not decide(self.ADMIN, "contacts.view", CHILD, Record(owner_id="7"), at=Circumstances(NOW))

    def test_it_does_not_open_accounts_in_which_only_the_person_shown_works(self) -> None:
        verdict = decide(self.ADMIN, "contacts.view", SIBLING, at=Circumstances(NOW))

        assert isinstance(verdict, Denied)
        assert verdict.reason == "acting_as.elsewhere"
        assert verdict.hidden

    def test_a_blocked_actor_shows_nobody(self) -> None:
        assert not decide(replace(self.ADMIN, state="blocked"), "contacts.view", CHILD, at=Circumstances(NOW))

    def test_an_operator_without_the_flag_is_kept_out_of_secure_accounts_as_anybody(self) -> None:
        operator = Principal("person", "9", "Op", grants=(grant("operator", None, "subtree"),), shown=self.SALES)

        assert not decide(operator, "contacts.view", SECURE, at=Circumstances(NOW))


def test_nobody_is_told_you_when_another_is_meant() -> None:
    stale = replace(person("standard"), must_change_password=True)
    elsewhere = person("standard", account=3)

    told = [
        line
        for who in (person("standard"), stale, elsewhere)
        for line in explain.access(who, CHILD, Circumstances(NOW))
    ]

    assert [line for line in told if "you" in line.because.casefold().split() or "Ask them" in line.because] == []
    assert {line.because for line in told} > {
        "None of their roles includes it.", "They must change their password first.",
        "None of their roles reaches this account.",
    }  # fmt: skip


def test_every_permission_is_explained_for_a_person() -> None:
    lines = {line.permission: line for line in explain.access(person("standard"), CHILD, Circumstances(NOW))}

    assert lines["calls.use"].allowed
    assert lines["calls.use"].because == "Standard user here"
    assert not lines["plans.edit"].allowed
    assert lines["plans.edit"].because == "None of their roles includes it."


def test_an_answer_can_be_asked_like_a_question() -> None:
    assert isinstance(decide(person("owner"), "contacts.view", CHILD, at=Circumstances(NOW)), Allowed)
