"""Who gets in, and who is told what."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Program
    from tests.support.people import Tree

pytestmark = pytest.mark.django_db


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_the_token_proves_the_enterprise_and_the_web_key_picks_the_account(
    tree: Tree, keys_of: Callable[..., Program]
) -> None:
    answer = keys_of(tree.a1, tree.e1).get("/api/me")

    assert answer.status_code == 200, answer.content
    assert answer.json()["account"] == {"id": tree.a1.pk, "name": "a1"}
    assert answer.json()["kind"] == "account_keys"


def test_a_web_key_outside_the_tokens_tree_is_refused(tree: Tree, keys_of: Callable[..., Program]) -> None:
    answer = keys_of(tree.a, tree.e2).get("/api/me")

    assert code_of(answer) == (403, "keys.outside")
    assert "A" not in answer.json()["title"].split()  # nothing of the account is told


def test_a_token_of_a_sub_account_reaches_only_beneath_it(tree: Tree, keys_of: Callable[..., Program]) -> None:
    assert keys_of(tree.a1, tree.a).get("/api/me").status_code == 200
    assert keys_of(tree.b, tree.a).get("/api/me").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Access-Token": "nonsense", "X-Web-Key": "CT_nonsense"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer hub_user_" + "0" * 76},
        {"X-Web-Key": "CT_" + "0" * 76},
    ],
    ids=["nothing", "nonsense", "a bad secret", "an unknown secret", "half of it"],
)
def test_nobody_is_known_by_wrong_credentials(tree: Tree, headers: dict[str, str]) -> None:
    from tests.api.conftest import Program

    answer = Program(headers).get("/api/contacts")

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_right_key_with_one_wrong_digit_is_nobodys(tree: Tree, keys_of: Callable[..., Program]) -> None:
    program = keys_of(tree.e1)
    key = program.headers["X-Web-Key"]
    program.headers["X-Web-Key"] = key[:-1] + ("0" if key[-1] != "0" else "1")

    assert program.get("/api/me").status_code == 401


def test_the_dummy_values_of_the_zapier_app_are_refused_with_the_hint(tree: Tree) -> None:
    from hub.users.keys import making
    from tests.api.conftest import Program

    answer = Program({"X-Web-Key": making.DUMMY_WEB_KEY, "X-Access-Token": making.DUMMY_ACCESS_TOKEN}).get("/api/me")

    assert code_of(answer) == (401, "keys.dummy")
    assert "paste them in place of the dummy keys" in answer.json()["detail"]


def test_an_api_user_calls_only_what_it_was_granted(tree: Tree, api_user: Callable[..., Program]) -> None:
    program = api_user(tree.a, "contacts.list")

    assert program.get("/api/contacts").status_code == 200
    assert code_of(program.post("/api/contacts", {"last_name": "Lee"})) == (403, "grants.missing")


def test_an_api_user_is_refused_from_an_address_that_is_not_listed(
    tree: Tree, api_user: Callable[..., Program]
) -> None:
    program = api_user(tree.a, "contacts.list", addresses=("198.51.100.4", "192.0.2.0/28"))

    assert program.get("/api/contacts").status_code == 200

    program.address = "192.0.2.77"
    assert code_of(program.get("/api/contacts")) == (403, "channel.address")


def test_an_empty_list_of_addresses_refuses_all(tree: Tree, api_user: Callable[..., Program]) -> None:
    assert code_of(api_user(tree.a, "contacts.list", addresses=()).get("/api/contacts")) == (403, "channel.address")


def test_a_forwarded_address_counts_only_from_a_configured_proxy(
    tree: Tree, api_user: Callable[..., Program], settings: Any
) -> None:
    program = api_user(tree.a, "contacts.list", addresses=("203.0.113.5",))
    program.headers["X-Forwarded-For"] = "203.0.113.5"

    assert code_of(program.get("/api/contacts")) == (403, "channel.address")

    settings.HUB_TRUSTED_PROXIES = ["192.0.2.7"]
    assert program.get("/api/contacts").status_code == 200


def test_what_is_withdrawn_counts_at_the_next_call(tree: Tree, api_user: Callable[..., Program]) -> None:
    from hub.audit.actor import SYSTEM
    from hub.users.keys import changes, reads

    program = api_user(tree.a, "contacts.list")
    assert program.get("/api/contacts").status_code == 200
    (user,) = reads.users_of(tree.a)

    changes.edit_user(user, "Robot", ["endpoint.me.read"], ["192.0.2.7"], by=SYSTEM)
    assert code_of(program.get("/api/contacts")) == (403, "grants.missing")
    assert program.get("/api/me").status_code == 200

    changes.withdraw_user(user, by=SYSTEM)
    assert program.get("/api/me").status_code == 401


def test_an_api_user_ends_at_its_time(tree: Tree, api_user: Callable[..., Program]) -> None:
    from hub.db import clock

    with clock.use(clock.VirtualClock(clock.now())) as time:
        program = api_user(tree.a, "me.read", ends_at=time.now() + timedelta(days=2))
        assert program.get("/api/me").status_code == 200

        time.advance(days=2)
        assert program.get("/api/me").status_code == 401


def test_an_old_key_works_in_its_grace_and_not_after(tree: Tree, keys_of: Callable[..., Program]) -> None:
    from hub.audit.actor import SYSTEM
    from hub.db import clock
    from hub.users.keys import changes

    with clock.use(clock.VirtualClock(clock.now())) as time:
        program = keys_of(tree.e1)
        changes.rotate(tree.e1, "web_key", 7, by=SYSTEM)
        renewed = keys_of(tree.e1)

        assert program.headers["X-Web-Key"] != renewed.headers["X-Web-Key"]
        assert program.get("/api/me").status_code == renewed.get("/api/me").status_code == 200

        time.advance(days=7)
        assert program.get("/api/me").status_code == 401
        assert renewed.get("/api/me").status_code == 200


def test_without_grace_the_old_key_stops_at_once(tree: Tree, keys_of: Callable[..., Program]) -> None:
    from hub.audit.actor import SYSTEM
    from hub.users.keys import changes

    program = keys_of(tree.e1)

    changes.rotate(tree.e1, "access_token", 0, by=SYSTEM)

    assert program.get("/api/me").status_code == 401


def test_nobody_calls_for_a_locked_account(tree: Tree, keys_of: Callable[..., Program]) -> None:
    from hub.accounts import changes
    from hub.audit.actor import SYSTEM

    program = keys_of(tree.a1, tree.e1)

    changes.lock_login(tree.e1, by=SYSTEM)

    assert code_of(program.get("/api/contacts")) == (403, "account.locked")


def test_too_many_calls_are_told_when_to_come_again(
    tree: Tree, keys_of: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.api import limits

    monkeypatch.setattr(limits.take, "__defaults__", (limits.Allowance(a_minute=6, burst=2),))
    program = keys_of(tree.e1)

    assert [program.get("/api/me").status_code for _ in range(3)] == [200, 200, 429]
    answer = program.get("/api/me")

    assert answer.json()["code"] == "throttled"
    assert 1 <= int(answer["Retry-After"]) <= 10  # one call each ten seconds
    assert keys_of(tree.e2).get("/api/me").status_code == 200  # another's rate is its own


def test_no_database_dump_holds_a_secret(tree: Tree, api_user: Callable[..., Program], keys_of: Any) -> None:
    from django.db import connection

    secrets = [*api_user(tree.a, "me.read").headers.values(), *keys_of(tree.e1).headers.values()]

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM users_apikey")
        dump = str(cursor.fetchall())
    assert all(secret.removeprefix("Bearer ") not in dump for secret in secrets)


def test_who_sends_wrong_keys_is_held_up_and_nobody_else_at_the_same_address(
    tree: Tree, keys_of: Callable[..., Program], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.api import limits
    from tests.api.conftest import Program

    monkeypatch.setattr(limits, "FAILURES", limits.Allowance(a_minute=1, burst=2))
    stranger = Program({"Authorization": "Bearer hub_user_" + "0" * 76})

    answers = [stranger.get("/api/me") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 30
    assert keys_of(tree.a1, tree.e1).get("/api/me").status_code == 200
