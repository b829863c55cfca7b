"""Settings → Users: adding, changing, archiving, explaining, and logging in as."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from hub.audit.models import AuditRow
from hub.db import clock
from hub.users.models import Grant, User
from tests.support.people import PASSWORD, Tree, make_user

pytestmark = pytest.mark.django_db

NEW = {"username": "ada", "first_name": "Ada", "email": "ada@example.com", "template": "standard", "reach": "here"}


def address(tree: Tree, more: str = "") -> str:
    return f"/a/{tree.a.pk}/settings/users{more}"


def test_an_invitation_link_is_shown_once_and_works(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))

    made = browser.post(address(tree, "/add"), {**NEW, "how": "invite"})
    page = browser.get(made.url).content.decode()

    link = re.search(r"http://testserver(/invitation/[^\s<\"&]+)", page)
    assert link is not None
    assert "/invitation/" not in browser.get(made.url).content.decode()
    accepted = Client().post(link[1], {"password": "analytical 1", "repeated": "analytical 1"})
    assert accepted.status_code == 302
    assert User.objects.get(username="ada").state == "active"


def test_a_typed_password_must_be_changed(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))

    browser.post(address(tree, "/add"), {**NEW, "how": "typed", "password": "analytical 1"})

    user = User.objects.get(username="ada")
    assert user.state == "active"
    assert user.must_change_password


def test_errors_of_a_new_user_stand_beside_their_fields(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner", username="ada"))

    taken = browser.post(address(tree, "/add"), {**NEW, "username": "ADA", "how": "invite"})
    short = browser.post(address(tree, "/add"), {**NEW, "username": "b", "how": "typed", "password": "x"})
    missing = browser.post(address(tree, "/add"), {**NEW, "username": "c", "how": "typed"})

    assert "This user name is taken." in taken.content.decode()
    assert "at least 8 characters" in short.content.decode()
    assert "Type a password, or choose the invitation link." in missing.content.decode()
    assert {answer.status_code for answer in (taken, short, missing)} == {422}


def test_nobody_gives_a_role_above_their_own(tree: Tree, enter) -> None:
    from hub.users import changes
    from tests.support.people import actor_of

    owner, manager = make_user(tree.a, "owner"), make_user(tree.a, "manager")
    grant = Grant.objects.get(user=manager)
    changes.change_role(grant, by=actor_of(owner), extra=["users.create", "users.view"])
    browser = enter(manager)

    answer = browser.post(address(tree, "/add"), {**NEW, "template": "admin", "how": "invite"})

    assert answer.status_code == 422
    assert not User.objects.filter(username="ada").exists()


def test_a_role_is_changed_and_the_person_signs_in_again(tree: Tree, enter) -> None:
    owner, user = make_user(tree.a, "owner", reach="subtree"), make_user(tree.a, "standard")
    theirs, browser = enter(user), enter(owner)
    grant = Grant.objects.get(user=user)

    browser.post(address(tree, f"/{user.pk}/roles/{grant.pk}"), {"template": "manager", "reach": "subtree"})

    grant.refresh_from_db()
    assert (grant.template, grant.reach) == ("manager", "subtree")
    assert theirs.get(f"/a/{tree.a.pk}/").url.startswith("/sign-in")


def test_archiving_hands_the_contacts_over(tree: Tree, enter) -> None:
    from hub.contacts.models import Contact

    owner, leaver, heir = make_user(tree.a, "owner"), make_user(tree.a), make_user(tree.a)
    now = clock.now()
    contact = Contact.objects.create(
        account=tree.a, first_name="Mary", assigned_user=leaver, created_at=now, updated_at=now
    )
    browser = enter(owner)
    question = browser.get(address(tree, f"/{leaver.pk}/archive")).content.decode()
    assert "1 contact is assigned to them." in question

    browser.post(address(tree, f"/{leaver.pk}/archive"), {"heir": str(heir.pk)})

    contact.refresh_from_db()
    leaver.refresh_from_db()
    assert contact.assigned_user_id == heir.pk
    assert leaver.state == "archived"
    assert leaver.label in browser.get(address(tree, "/archived")).content.decode()


def test_an_archived_user_is_restored_with_a_new_password(tree: Tree, enter) -> None:
    owner, user = make_user(tree.a, "owner"), make_user(tree.a)
    browser = enter(owner)
    browser.post(address(tree, f"/{user.pk}/archive"))

    browser.post(address(tree, f"/{user.pk}/password"), {"password": "welcome back 1"})

    user.refresh_from_db()
    assert user.state == "active"
    assert user.must_change_password


def test_a_blocked_user_is_let_in_again(tree: Tree, enter) -> None:
    owner, user = make_user(tree.a, "owner"), make_user(tree.a)
    browser = enter(owner)

    browser.post(address(tree, f"/{user.pk}/block"))
    assert Client().post("/sign-in", {"username": user.username, "password": PASSWORD}).status_code == 401

    browser.post(address(tree, f"/{user.pk}/block"), {"on": "0"})
    assert Client().post("/sign-in", {"username": user.username, "password": PASSWORD}).status_code == 302


def test_who_was_invited_gets_in_with_a_password_that_was_set_for_them(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "owner"))
    browser.post(address(tree, "/add"), {**NEW, "how": "invite"})
    user = User.objects.get(username="ada")

    browser.post(address(tree, f"/{user.pk}/password"), {"password": "analytical 1"})

    assert Client().post("/sign-in", {"username": "ada", "password": "analytical 1"}).url == "/password"


@pytest.mark.parametrize("what", ["archive", "password", "link", "block", "log-in-as"])
def test_an_admin_cannot_touch_the_owner(tree: Tree, enter, what: str) -> None:
    owner, admin = make_user(tree.a, "owner"), make_user(tree.a, "admin")

    answer = enter(admin).post(address(tree, f"/{owner.pk}/{what}"), {"password": "taken over 1"})

    assert answer.status_code == 403
    assert "owner cannot be changed" in answer.content.decode()
    owner.refresh_from_db()
    assert owner.state == "active"
    assert owner.check_password(PASSWORD)


def test_who_owns_another_company_is_no_owner_here(tree: Tree, enter) -> None:
    from hub.audit.actor import SYSTEM
    from hub.users import changes

    browser, user = enter(make_user(tree.a, "admin")), make_user(tree.a, "standard")
    changes.make_owner(user, tree.e2, by=SYSTEM)

    assert "This is the owner" not in browser.get(address(tree, f"/{user.pk}")).content.decode()


def test_nobody_archives_themselves(tree: Tree, enter) -> None:
    admin = make_user(tree.a, "admin")

    assert enter(admin).post(address(tree, f"/{admin.pk}/archive")).status_code == 403


def test_a_user_of_another_account_is_not_found(tree: Tree, enter) -> None:
    stranger = make_user(tree.b)
    browser = enter(make_user(tree.a, "owner"))

    for what in ("", "/access", "/archive", "/password", "/link", "/block", "/log-in-as"):
        assert browser.get(address(tree, f"/{stranger.pk}{what}")).status_code == 404


def test_people_who_look_in_from_above_are_named(tree: Tree, enter) -> None:
    make_user(tree.e1, "admin", username="grace", reach="subtree")
    make_user(tree.e1, "admin", username="elsewhere")
    make_user(tree.b, "admin", username="stranger", reach="subtree")

    text = enter(make_user(tree.a, "owner")).get(address(tree)).content.decode()

    assert "Admin, E1" in text
    assert "Grace" in text
    assert "Elsewhere" not in text
    assert "Stranger" not in text


def test_every_permission_is_explained(tree: Tree, enter) -> None:
    user = make_user(tree.a, "sales")
    browser = enter(make_user(tree.a, "owner"))

    text = browser.get(address(tree, f"/{user.pk}/access"), {"q": "plans.e"}).content.decode()

    assert "Edit action plans" in text
    assert "None of their roles includes it" in text
    allowed = browser.get(address(tree, f"/{user.pk}/access"), {"q": "plans.use"}).content.decode()
    assert "Salesperson here" in allowed


class TestLogInAs:
    def test_shows_their_view_under_both_names_and_leads_back(self, tree: Tree, enter) -> None:
        admin, sales = make_user(tree.a, "admin", username="grace"), make_user(tree.a, "sales", username="ada")
        browser = enter(admin)

        browser.post(address(tree, f"/{sales.pk}/log-in-as"))
        page = browser.get(f"/a/{tree.a.pk}/").content.decode()
        assert "<strong>Grace</strong>, you are acting as <strong>Ada</strong>" in page
        assert browser.get(address(tree)).status_code == 403

        answer = browser.post("/acting/stop")
        assert answer.url == address(tree, f"/{sales.pk}")
        assert browser.get(address(tree)).status_code == 200
        rows = AuditRow.objects.filter(verb__startswith="login_as")
        assert [(row.actor_id, row.acting_as_id) for row in rows] == [(str(admin.pk), str(sales.pk))] * 2

    def test_ends_by_itself_after_an_hour(self, tree: Tree, enter) -> None:
        admin, sales = make_user(tree.a, "admin"), make_user(tree.a, "sales")
        browser = enter(admin)
        browser.post(address(tree, f"/{sales.pk}/log-in-as"))
        session = browser.session
        began = clock.real_now() - timedelta(minutes=61)
        session["acting_as"] = {**session["acting_as"], "until": (began + timedelta(hours=1)).isoformat()}
        session.save()

        assert browser.get(address(tree)).status_code == 200

    def test_writes_both_ids_to_what_is_done(self, tree: Tree, enter) -> None:
        admin, other = make_user(tree.e1, "admin", reach="subtree"), make_user(tree.a, "admin")
        browser = enter(admin)
        browser.post(f"/a/{tree.a.pk}/settings/users/{other.pk}/log-in-as")

        browser.post(f"/a/{tree.a.pk}/settings/account/pause")

        row = AuditRow.objects.get(verb="paused")
        assert (row.actor_id, row.acting_as_id) == (str(admin.pk), str(other.pk))

    def test_never_reaches_passwords_or_another_login_as(self, tree: Tree, enter) -> None:
        admin, other, third = (make_user(tree.a, role) for role in ("admin", "admin", "standard"))
        browser = enter(admin)
        browser.post(address(tree, f"/{other.pk}/log-in-as"))

        for what in ("log-in-as", "password", "link"):
            assert browser.post(address(tree, f"/{third.pk}/{what}")).status_code == 403
        assert (
            browser.post("/password", {"current": PASSWORD, "password": "x" * 12, "repeated": "x" * 12}).status_code
            == 302
        )
        other.refresh_from_db()
        assert other.check_password(PASSWORD)

    def test_does_not_lead_into_accounts_where_one_has_no_business(self, tree: Tree, enter) -> None:
        from hub.users import changes
        from tests.support.people import SYSTEM

        admin, other = make_user(tree.a, "admin"), make_user(tree.a, "standard")
        changes.give(other, tree.b, "admin", by=SYSTEM)
        browser = enter(admin)
        browser.post(address(tree, f"/{other.pk}/log-in-as"))

        assert browser.get(f"/a/{tree.b.pk}/").status_code == 404

    def test_names_no_account_where_one_has_no_business(self, tree: Tree, enter) -> None:
        from hub.users import changes
        from tests.support.people import SYSTEM, make_account

        abroad, here = make_account("Quokka Gym"), make_account("Denver East", tree.a)
        admin, other = make_user(tree.a, "admin", reach="subtree"), make_user(here, "standard")
        changes.give(other, tree.a, "standard", by=SYSTEM)
        changes.give(other, abroad, "standard", by=SYSTEM)
        browser = enter(admin)
        browser.post(address(tree, f"/{other.pk}/log-in-as"))

        pages = [browser.get(where).content.decode() for where in (f"/a/{tree.a.pk}/", "/accounts", "/accounts?q=qu")]

        assert ["Quokka" in page for page in pages] == [False] * 3
        assert ["Denver East" in page for page in pages] == [True, True, False]


def test_an_admin_of_one_account_makes_nobody_an_admin_of_the_accounts_beneath(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "admin"))

    refused = browser.post(address(tree, "/add"), {**NEW, "template": "admin", "reach": "subtree", "how": "invite"})

    assert refused.status_code == 422
    assert not User.objects.filter(username="ada").exists()


def test_an_admin_of_one_account_changes_no_role_that_counts_in_the_accounts_beneath(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "admin"))
    wider = Grant.objects.get(user=make_user(tree.a, "admin", reach="subtree"))

    refused = browser.post(address(tree, f"/{wider.user_id}/roles/{wider.pk}"), {"template": "sales", "reach": "here"})

    assert refused.status_code == 403
    assert "also works in other accounts" in refused.content.decode()
    wider.refresh_from_db()
    assert (wider.template, wider.reach) == ("admin", "subtree")


def test_a_role_here_is_changed_whatever_they_do_elsewhere(tree: Tree, enter) -> None:
    from hub.audit.actor import SYSTEM
    from hub.users import changes

    browser = enter(make_user(tree.a, "admin"))
    user = make_user(tree.a, "standard")
    changes.give(user, tree.b, "admin", by=SYSTEM)
    grant = Grant.objects.get(user=user, account=tree.a)

    browser.post(address(tree, f"/{user.pk}/roles/{grant.pk}"), {"template": "sales", "reach": "here"})

    grant.refresh_from_db()
    assert grant.template == "sales"


@pytest.mark.parametrize("more", ["/link", "/password", "/archive", "/block", ""])
def test_who_also_works_elsewhere_is_not_taken_over_from_here(tree: Tree, enter, more: str) -> None:
    from hub.audit.actor import SYSTEM
    from hub.users import changes

    browser = enter(make_user(tree.a, "admin"))
    abroad, beneath = make_user(tree.a, "standard"), make_user(tree.a, "standard")
    changes.give(abroad, tree.e2, "admin", by=SYSTEM)
    changes.give(beneath, tree.a1, "standard", by=SYSTEM)
    given = {"password": "analytical 1", "username": "ada", "first_name": "Ada"}

    answers = [browser.post(address(tree, f"/{one.pk}{more}"), given) for one in (abroad, beneath)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert "also works in other accounts" in answers[0].content.decode()


def test_a_link_that_sets_a_password_is_written_down(tree: Tree, enter) -> None:
    browser = enter(make_user(tree.a, "admin"))
    other = make_user(tree.a, "standard")

    browser.post(address(tree, f"/{other.pk}/link"))

    assert AuditRow.objects.filter(verb="link_made", object_id=str(other.pk)).exists()
