"""The role table as data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.accounts.place import Place
from hub.db.errors import Refused
from hub.users import giving, permissions, roles
from hub.users.facts import Circumstances, Principal, grant
from hub.users.permissions import Permission

AT = Circumstances(datetime(2026, 11, 20, tzinfo=UTC))
HERE = Place(2, "Here", (1,))
TABLE = (
    "owner admin manager standard sales member service_agent service_admin sales_agent lead_agent affiliate designer"
)


@pytest.mark.parametrize("name", [*TABLE.split(), "api", "operator", "operator_admin", "plugin"])
def test_every_row_of_the_table_exists_and_permits_only_what_exists(name: str) -> None:
    assert roles.exists(name)
    assert [one for one in roles.get(name).permissions if not permissions.exists(one)] == []


@pytest.mark.parametrize(
    ("template", "visibility"),
    [("owner", "all"), ("admin", "all"), ("manager", "team"), ("standard", "all"), ("sales", "own"), ("member", "own")],
)
def test_a_template_sees_the_records_of_the_table(template: str, visibility: str) -> None:
    assert grant(template, 2).visibility == visibility


def test_roles_are_not_nested_sets() -> None:
    assert not roles.get("standard").permissions <= roles.get("owner").permissions


def test_member_and_sales_differ_as_the_paper_says() -> None:
    assert "plans.create_own" in roles.get("member").permissions
    assert "plans.create_own" not in roles.get("sales").permissions


def test_an_unknown_template_permits_nothing() -> None:
    assert roles.resolve("of_a_plugin_that_is_gone") == frozenset()


def test_a_plugin_registers_its_own_permission_once() -> None:
    mine = Permission("clubready_test.import", "import prospects")

    permissions.register(mine)
    permissions.register(mine)

    assert permissions.get("clubready_test.import") == mine
    with pytest.raises(ValueError, match="another meaning"):
        permissions.register(Permission("clubready_test.import", "delete everything"))
    with pytest.raises(ValueError, match="form"):
        permissions.register(Permission("nodot", "do"))


class TestGiving:
    def giver(self, template: str) -> Principal:
        return Principal("person", "7", grants=(grant(template, 2),))

    @pytest.mark.parametrize("template", ["admin", "manager", "standard", "sales"])
    def test_an_admin_gives_roles_up_to_their_own(self, template: str) -> None:
        giving.check(self.giver("admin"), HERE, template, at=AT)

    @pytest.mark.parametrize("template", ["owner", "operator", "plugin", "no_such_role"])
    def test_but_none_above_and_none_that_is_not_to_be_given(self, template: str) -> None:
        with pytest.raises(Refused):
            giving.check(self.giver("admin"), HERE, template, at=AT)

    def test_an_owner_gives_the_call_center_without_having_it(self) -> None:
        giving.check(self.giver("owner"), HERE, "admin", ["calls.use"], at=AT)

    def test_an_admin_without_billing_gives_nobody_billing(self) -> None:
        with pytest.raises(Refused, match="billing"):
            giving.check(self.giver("admin"), HERE, "standard", ["billing.edit"], at=AT)

    def test_an_owner_does(self) -> None:
        giving.check(self.giver("owner"), HERE, "admin", ["billing.edit"], at=AT)

    def test_a_grant_elsewhere_gives_nothing_here(self) -> None:
        elsewhere = Principal("person", "7", grants=(grant("owner", 3),))

        with pytest.raises(Refused):
            giving.check(elsewhere, HERE, "sales", at=AT)

    @pytest.mark.parametrize("reach", ["children", "subtree"])
    def test_who_works_here_alone_lets_nobody_work_beneath(self, reach: str) -> None:
        with pytest.raises(Refused, match="cannot work in yourself"):
            giving.check(self.giver("admin"), HERE, "sales", reach=reach, at=AT)

    def test_a_role_that_reaches_down_is_not_topped_up_by_one_that_does_not(self) -> None:
        both = Principal("person", "7", grants=(grant("admin", 2), grant("standard", 1, "subtree")))

        giving.check(both, HERE, "standard", reach="subtree", at=AT)
        with pytest.raises(Refused, match="cannot work in yourself"):
            giving.check(both, HERE, "admin", reach="subtree", at=AT)

    def test_the_children_of_the_account_above_end_here(self) -> None:
        above = Principal("person", "7", grants=(grant("admin", 1, "children"),))

        giving.check(above, HERE, "admin", at=AT)
        with pytest.raises(Refused, match="cannot work in yourself"):
            giving.check(above, HERE, "admin", reach="children", at=AT)

    def test_what_one_may_here_alone_is_given_here_alone(self) -> None:
        both = Principal("person", "7", grants=(grant("owner", 2), grant("admin", 1, "subtree")))

        giving.check(both, HERE, "admin", ["billing.edit"], at=AT)
        with pytest.raises(Refused, match="billing"):
            giving.check(both, HERE, "admin", ["billing.edit"], reach="subtree", at=AT)
