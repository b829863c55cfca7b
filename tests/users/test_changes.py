"""Every write to people: what it does, what it refuses, and that it is written down."""

from __future__ import annotations

import pytest

from hub.audit.actor import SYSTEM, Actor
from hub.audit.models import AuditRow
from hub.db.errors import Conflict, Invalid, Problem, Refused
from hub.users import changes, links, reads, roles
from hub.users.models import Grant, User
from tests.support.people import PASSWORD, Tree, actor_of, make_user

NEW = "quite another password"


def verbs(user: User) -> list[str]:
    rows = AuditRow.objects.filter(object_kind="user", object_id=str(user.pk)).order_by("id")
    return list(rows.values_list("verb", flat=True))


class TestCreating:
    def test_by_invitation(self, tree: Tree) -> None:
        user = changes.create({"username": "ann", "email": "Ann@Example.COM"}, tree.a, "sales", by=SYSTEM)

        assert user.state == "invited"
        assert not user.has_usable_password()
        assert user.email == "Ann@example.com"
        assert reads.principal_of(user).grants[0].template == "sales"
        assert verbs(user) == ["created", "role_given"]

    def test_the_invitation_works_once(self, tree: Tree) -> None:
        user = changes.create({"username": "ann"}, tree.a, "sales", by=SYSTEM)
        token = links.make(user, "invitation")

        invited = links.read(token, "invitation")
        changes.accept_link(invited, NEW, NEW, by=actor_of(invited))

        user.refresh_from_db()
        assert user.state == "active"
        assert user.check_password(NEW)
        with pytest.raises(Problem, match="used or is too old"):
            links.read(token, "invitation")

    def test_an_invitation_is_no_reset_and_a_made_up_one_is_nothing(self, tree: Tree) -> None:
        user = changes.create({"username": "ann"}, tree.a, "sales", by=SYSTEM)

        with pytest.raises(Problem):
            links.read(links.make(user, "invitation"), "reset")
        with pytest.raises(Problem):
            links.read("made:up", "reset")

    def test_with_a_typed_password_that_must_be_changed(self, tree: Tree) -> None:
        user = changes.create({"username": "ann"}, tree.a, "sales", by=SYSTEM, password=PASSWORD)

        assert user.state == "active"
        assert user.must_change_password

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"username": ""}, "username"),
            ({"username": "two words"}, "username"),
            ({"username": "x" * 151}, "username"),
            ({"username": "nul\x00"}, "username"),
            ({"username": "half\ud800"}, "username"),
            ({"username": "ann", "email": "not an address"}, "email"),
            ({"username": "ann", "phone": "12"}, "phone"),
            ({"username": "ann", "first_name": "a\r\nBcc: x@y.z"}, "first_name"),
            ({"username": "ann", "session_epoch": 7}, "session_epoch"),
            ({"username": "ann", "state": "active"}, "state"),
            ({"username": "ann", "is_superuser": True}, "is_superuser"),
        ],
    )
    def test_what_is_wrong_names_its_field(self, tree: Tree, values: dict[str, object], field: str) -> None:
        with pytest.raises(Invalid) as refused:
            changes.create(values, tree.a, "sales", by=SYSTEM)

        assert list(refused.value.fields) == [field]

    @pytest.mark.parametrize(
        "password", ["short", "password1234", "x" * 257, "nul\x00 in the middle", "half \ud800 a pair"]
    )
    def test_a_weak_password_is_refused(self, tree: Tree, password: str) -> None:
        with pytest.raises(Invalid) as refused:
            changes.create({"username": "ann"}, tree.a, "sales", by=SYSTEM, password=password)

        assert "password" in refused.value.fields

    def test_sixty_four_characters_are_allowed(self, tree: Tree) -> None:
        changes.create({"username": "ann"}, tree.a, "sales", by=SYSTEM, password="correct horse " * 5)

    @pytest.mark.parametrize("again", ["ann", "ANN"])
    def test_a_user_name_is_unique_on_the_platform(self, tree: Tree, again: str) -> None:
        make_user(tree.e2, username="ann")

        with pytest.raises(Invalid, match="look"):
            changes.create({"username": again}, tree.a, "sales", by=SYSTEM)

    def test_an_unknown_role_is_refused(self, tree: Tree) -> None:
        with pytest.raises(Invalid):
            changes.create({"username": "ann"}, tree.a, "emperor", by=SYSTEM)


class TestEditing:
    def test_changes_are_written_down_with_before_and_after(self, tree: Tree) -> None:
        user = make_user(tree.a, username="ann")
        admin = make_user(tree.a, "admin")

        changes.edit(user, {"first_name": "Anna", "last_name": ""}, by=actor_of(admin), account=tree.a)

        row = AuditRow.objects.get(verb="edited", object_kind="user")
        assert row.data == {"changed": {"first_name": ["Ann", "Anna"]}}
        assert row.actor_id == str(admin.pk)

    def test_nothing_changed_is_not_written_down(self, tree: Tree) -> None:
        user = make_user(tree.a)

        changes.edit(user, {"first_name": user.first_name}, by=SYSTEM)

        assert "edited" not in verbs(user)

    def test_a_taken_name_is_refused(self, tree: Tree) -> None:
        make_user(tree.a, username="ann")

        with pytest.raises(Invalid):
            changes.edit(make_user(tree.a), {"username": "Ann"}, by=SYSTEM)

    def test_one_edits_oneself(self, tree: Tree) -> None:
        owner = make_user(tree.a, "owner")

        changes.edit(owner, {"landing_page": "plans"}, by=actor_of(owner))

        assert User.objects.get(pk=owner.pk).landing_page == "plans"


class TestTheOwner:
    @pytest.mark.parametrize("change", ["edit", "role", "take", "archive", "block", "password", "promote"])
    def test_nobody_touches_the_owner(self, tree: Tree, change: str) -> None:
        owner, admin = make_user(tree.a, "owner"), make_user(tree.a, "admin")
        grant, by = Grant.objects.get(user=owner), actor_of(admin)
        attempts = {
            "edit": lambda: changes.edit(owner, {"email": "mine@example.com"}, by=by, account=tree.a),
            "role": lambda: changes.change_role(grant, template="sales", by=by),
            "take": lambda: changes.take(grant, by=by),
            "archive": lambda: changes.archive(owner, tree.a, by=by),
            "block": lambda: changes.block(owner, tree.a, by=by),
            "password": lambda: changes.set_password(owner, tree.a, NEW, by=by),
            "promote": lambda: changes.change_role(Grant.objects.get(user=make_user(tree.a)), template="owner", by=by),
        }

        with pytest.raises(Refused) as refused:
            attempts[change]()

        assert refused.value.reason == "grants.owner"

    def test_not_even_the_hub_archives_the_owner(self, tree: Tree) -> None:
        with pytest.raises(Refused):
            changes.archive(make_user(tree.a, "owner"), tree.a, by=SYSTEM)

    def test_an_account_has_one_owner(self, tree: Tree) -> None:
        changes.make_owner(make_user(tree.a), tree.a, by=SYSTEM)

        with pytest.raises(Conflict):
            changes.make_owner(make_user(tree.a), tree.a, by=SYSTEM)

    def test_the_owner_is_known_by_id_and_not_by_email(self, tree: Tree) -> None:
        owner = make_user(tree.a, "owner")
        changes.edit(owner, {"email": "other@example.com"}, by=actor_of(owner))

        assert reads.owner_of(tree.a) == owner


class TestRoles:
    def test_a_change_counts_at_once(self, tree: Tree) -> None:
        user, admin = make_user(tree.a, "sales"), make_user(tree.a, "admin")

        changes.change_role(
            Grant.objects.get(user=user), template="standard", extra=["plans.edit"], withdrawn=["calls.use"],
            by=actor_of(admin),
        )  # fmt: skip

        (held,) = reads.principal_of(user).grants
        assert (held.template, held.visibility) == ("standard", "all")
        assert "plans.edit" in held.permissions
        assert "calls.use" not in held.permissions
        assert "role_changed" in verbs(user)

    def test_nobody_changes_their_own_role(self, tree: Tree) -> None:
        admin = make_user(tree.a, "admin")

        with pytest.raises(Refused) as refused:
            changes.change_role(Grant.objects.get(user=admin), extra=["billing.edit"], by=actor_of(admin))

        assert refused.value.reason == "users.not_oneself"

    def test_a_role_taken_away_is_gone(self, tree: Tree) -> None:
        user = make_user(tree.a)

        changes.take(Grant.objects.get(user=user), by=SYSTEM)

        assert reads.principal_of(user).grants == ()

    def test_the_same_role_twice_is_refused_and_leaves_the_transaction_whole(self, tree: Tree) -> None:
        user = make_user(tree.a, "sales")

        with pytest.raises(Conflict):
            changes.give(user, tree.a, "sales", by=SYSTEM)

        assert Grant.objects.filter(user=user).count() == 1

    def test_a_role_changed_into_one_that_they_hold_is_refused_and_leaves_the_transaction_whole(
        self, tree: Tree
    ) -> None:
        user = make_user(tree.a, "sales")
        changes.give(user, tree.a, "standard", by=SYSTEM)

        with pytest.raises(Conflict):
            changes.change_role(Grant.objects.get(user=user, template="sales"), template="standard", by=SYSTEM)

        assert set(Grant.objects.filter(user=user).values_list("template", flat=True)) == {"sales", "standard"}


class TestArchiving:
    def test_the_old_password_is_useless_and_a_restored_user_needs_a_new_one(self, tree: Tree) -> None:
        user, admin = make_user(tree.a), make_user(tree.a, "admin")

        changes.archive(user, tree.a, by=actor_of(admin))
        assert not user.check_password(PASSWORD)
        assert list(reads.users_of(tree.a, archived=True)) == [user]
        assert user not in reads.users_of(tree.a)

        changes.restore(user, tree.a, NEW, by=actor_of(admin))
        user.refresh_from_db()
        assert user.state == "active"
        assert user.must_change_password
        assert user.check_password(NEW)
        assert verbs(user)[-2:] == ["archived", "restored"]

    def test_a_reset_link_from_before_does_not_open_an_archived_user(self, tree: Tree) -> None:
        user = make_user(tree.a)
        token = links.make(user, "reset")

        changes.archive(user, tree.a, by=SYSTEM)

        with pytest.raises(Problem):
            links.read(token, "reset")

    def test_only_an_archived_user_is_restored(self, tree: Tree) -> None:
        with pytest.raises(Conflict):
            changes.restore(make_user(tree.a), tree.a, NEW, by=SYSTEM)

    @pytest.mark.parametrize("state", ["archived", "invited"])
    def test_only_who_can_sign_in_is_blocked(self, tree: Tree, state: str) -> None:
        """Unblocked they would be active without a password, and an archived user out of the archive."""
        user = make_user(tree.a)
        User.objects.filter(pk=user.pk).update(state=state)
        user.refresh_from_db()

        with pytest.raises(Conflict):
            changes.block(user, tree.a, by=SYSTEM)

        assert User.objects.get(pk=user.pk).state == state

    def test_nobody_archives_themselves(self, tree: Tree) -> None:
        admin = make_user(tree.a, "admin")

        with pytest.raises(Refused):
            changes.archive(admin, tree.a, by=actor_of(admin))

    @pytest.mark.parametrize("change", ["edit", "archive", "block", "set_password"])
    def test_who_works_elsewhere_too_is_not_changed_from_here(self, tree: Tree, change: str) -> None:
        """Else an admin of one account could set a password and walk into the other."""
        user, admin = make_user(tree.a, "standard"), make_user(tree.a, "admin")
        changes.give(user, tree.e2, "admin", by=SYSTEM)
        attempts = {
            "edit": lambda: changes.edit(user, {"username": "mine"}, by=actor_of(admin), account=tree.a),
            "archive": lambda: changes.archive(user, tree.a, by=actor_of(admin)),
            "block": lambda: changes.block(user, tree.a, by=actor_of(admin)),
            "set_password": lambda: changes.set_password(user, tree.a, NEW, by=actor_of(admin)),
        }

        with pytest.raises(Refused) as refused:
            attempts[change]()

        assert refused.value.reason == "users.elsewhere"

    def test_an_admin_above_changes_who_works_beneath(self, tree: Tree) -> None:
        user, admin = make_user(tree.a, "standard"), make_user(tree.e1, "admin", reach="subtree")
        changes.give(user, tree.a1, "sales", by=SYSTEM)

        changes.archive(user, tree.e1, by=actor_of(admin))

        assert User.objects.get(pk=user.pk).state == "archived"


class TestPasswords:
    def test_set_by_another_it_must_be_changed(self, tree: Tree) -> None:
        user, admin = make_user(tree.a), make_user(tree.a, "admin")

        changes.set_password(user, tree.a, NEW, by=actor_of(admin))

        assert User.objects.get(pk=user.pk).must_change_password

    def test_set_for_somebody_who_was_invited_it_takes_the_place_of_the_link(self, tree: Tree) -> None:
        user = changes.create({"username": "ann"}, tree.a, "sales", by=SYSTEM)
        token = links.make(user, "invitation")

        changes.set_password(user, tree.a, NEW, by=SYSTEM)

        assert User.objects.get(pk=user.pk).state == "active"
        with pytest.raises(Problem):
            links.read(token, "invitation")

    def test_changed_by_oneself_it_need_not(self, tree: Tree) -> None:
        user = changes.create({"username": "ann"}, tree.a, "sales", by=SYSTEM, password=PASSWORD)

        changes.change_own_password(user, PASSWORD, NEW, NEW, by=actor_of(user))

        assert not User.objects.get(pk=user.pk).must_change_password

    @pytest.mark.parametrize(
        ("current", "new", "repeated", "field"),
        [
            ("wrong", NEW, NEW, "current"),
            (PASSWORD, NEW, NEW + "x", "repeated"),
            (PASSWORD, PASSWORD, PASSWORD, "password"),
            (PASSWORD, "short", "short", "password"),
        ],
    )
    def test_a_mistake_names_its_field(self, tree: Tree, current: str, new: str, repeated: str, field: str) -> None:
        user = make_user(tree.a)

        with pytest.raises(Invalid) as refused:
            changes.change_own_password(user, current, new, repeated, by=actor_of(user))

        assert list(refused.value.fields) == [field]

    def test_no_password_reaches_the_audit_log(self, tree: Tree) -> None:
        user = make_user(tree.a)
        changes.set_password(user, tree.a, NEW, by=SYSTEM)

        assert not any(NEW in str(row) or PASSWORD in str(row) for row in AuditRow.objects.values())


def test_login_as_is_written_with_both_names(tree: Tree) -> None:
    admin, user = make_user(tree.a, "admin"), make_user(tree.a)
    by: Actor = actor_of(admin).shown_as(user.pk)

    with pytest.raises(Refused):
        # Acting as the user is not being the user: their own profile stays theirs.
        changes.edit(user, {"first_name": "X"}, by=Actor.person(user.pk, "x").shown_as(admin.pk))
    changes.edit(user, {"first_name": "Y"}, by=by, account=tree.a)

    row = AuditRow.objects.get(verb="edited", object_kind="user")
    assert (row.actor_id, row.acting_as_id) == (str(admin.pk), str(user.pk))


def test_the_owner_template_outranks_the_rest_of_an_account() -> None:
    assert all(one.rank < roles.get("owner").rank for one in roles.assignable())
