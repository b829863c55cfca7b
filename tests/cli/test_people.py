"""Users, accounts and add-ons from the command line."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from hub.accounts.models import Account
from hub.addons.models import Availability
from hub.audit.models import AuditRow
from hub.cli.main import main
from hub.users.models import Grant, User

pytestmark = pytest.mark.django_db

Capture = pytest.CaptureFixture[str]


def test_the_first_owner_comes_with_a_company_and_its_first_account(capsys: Capture) -> None:
    code = main(
        [
            "user",
            "create",
            "ada",
            "--name",
            "Ada Byron",
            "--email",
            "ada@example.com",
            "--enterprise",
            "Acme",
            "--account",
            "Acme West",
        ]
    )

    told = capsys.readouterr().out
    ada, top = User.objects.get(username="ada"), Account.objects.get(name="Acme")
    assert code == 0
    assert (ada.first_name, ada.last_name, ada.must_change_password) == ("Ada", "Byron", True)
    assert Account.objects.get(name="Acme West").parent == top
    assert Grant.objects.filter(user=ada, account=top, template="owner", reach="subtree").exists()
    assert "shown this once" in told


def test_a_made_password_is_printed_once_and_works(capsys: Capture) -> None:
    main(["user", "create", "ada", "--enterprise", "Acme"])

    password = capsys.readouterr().out.partition("Password: ")[2].splitlines()[0]

    assert User.objects.get(username="ada").check_password(password)
    assert password not in str(list(AuditRow.objects.values_list("data", flat=True)))


def test_a_password_from_the_standard_input_is_not_printed(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a long sentence nobody guesses\n"))

    assert main(["user", "create", "ada", "--enterprise", "Acme", "--stdin"]) == 0

    assert User.objects.get(username="ada").check_password("a long sentence nobody guesses")
    assert "Password" not in capsys.readouterr().out


def test_a_weak_password_is_refused_and_leaves_no_company_behind(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))

    assert main(["user", "create", "ada", "--enterprise", "Acme", "--stdin"]) == 1

    assert "at least 8 characters" in capsys.readouterr().err
    assert not Account.objects.exists()


def test_a_name_that_is_taken_is_refused(capsys: Capture) -> None:
    main(["user", "create", "ada", "--enterprise", "Acme"])

    assert main(["user", "create", "ada", "--enterprise", "Acme Two"]) == 1

    assert "hub:" in capsys.readouterr().err
    assert not Account.objects.filter(name="Acme Two").exists()


def test_without_a_place_to_work_the_command_says_how_to_name_one(capsys: Capture) -> None:
    assert main(["user", "create", "ada"]) == 2

    assert "--account ID" in capsys.readouterr().err


def test_an_account_has_one_owner(capsys: Capture) -> None:
    main(["user", "create", "ada", "--enterprise", "Acme"])
    top = Account.objects.get()

    assert main(["user", "create", "bob", "--account", str(top.pk), "--role", "owner"]) == 1
    assert "has an owner already" in capsys.readouterr().err
    assert main(["user", "create", "bob", "--account", str(top.pk), "--role", "admin"]) == 0


def test_an_operator_lets_a_new_accounts_links_go_and_holds_them_again(capsys: Capture) -> None:
    assert main(["account", "create", "Acme"]) == 0
    account = Account.objects.get(name="Acme")
    assert account.link_screening_until == account.created_at + timedelta(days=30)
    assert capsys.readouterr().out.endswith(f"To let them: hub account links {account.pk}\n")
    main(["account", "list"])
    assert "Acme  [links held]" in capsys.readouterr().out

    assert main(["account", "links", str(account.pk)]) == 0
    account.refresh_from_db()
    assert account.link_screening_until is None
    assert "go; what waited goes within the hour" in capsys.readouterr().out

    assert main(["account", "links", str(account.pk), "--hold-days", "400"]) == 2
    assert main(["account", "links", str(account.pk), "--hold-days", "10"]) == 0
    account.refresh_from_db()
    assert account.link_screening_until is not None
    assert AuditRow.objects.filter(verb="link_screening_set", object_id=str(account.pk)).count() == 2


@pytest.mark.parametrize("account", ["999999", "abc", "99999999999999999999999999", "²"])
@pytest.mark.parametrize(
    "command",
    [
        "user create ada --account",
        "account create Acme --beneath",
        "addon available larkline --account",
        "account links",
        "replay --account",
    ],
)
def test_an_account_that_is_none_is_a_sentence_that_says_where_they_are_listed(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, command: str, account: str
) -> None:
    monkeypatch.setattr("hub.cli.named_step.at_hand", lambda: None)

    assert main([*command.split(), account]) == 2

    told = capsys.readouterr().err
    assert told.startswith("hub: ")
    assert told.endswith("See: hub account list\n")


def test_a_role_that_is_none_is_answered_with_those_there_are(capsys: Capture) -> None:
    assert main(["user", "create", "ada", "--enterprise", "Acme", "--role", "boss"]) == 2

    told = capsys.readouterr().err
    assert "There is no role boss. There are: " in told
    assert "admin, manager" in told


def test_an_empty_password_makes_nobody(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert main(["user", "create", "ada", "--enterprise", "Acme", "--stdin"]) == 1

    assert "No password came, so nothing was changed." in capsys.readouterr().err
    assert not User.objects.exists()
    assert not Account.objects.exists()


def test_a_forgotten_password_is_replaced_and_ends_every_session(capsys: Capture) -> None:
    main(["user", "create", "ada", "--enterprise", "Acme"])
    before = User.objects.get(username="ada").session_epoch

    assert main(["user", "password", "ADA"]) == 0

    after = User.objects.get(username="ada")
    assert after.session_epoch > before
    assert after.must_change_password


def test_accounts_are_listed_as_a_tree(capsys: Capture) -> None:
    main(["account", "create", "Acme"])
    main(["account", "create", "Acme West", "--beneath", str(Account.objects.get().pk)])
    capsys.readouterr()

    main(["account", "list"])

    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("Acme  [links held]")
    assert second.startswith("    ")
    assert second.endswith("Acme West  [links held]")


def test_an_add_on_is_made_available_and_withdrawn(capsys: Capture) -> None:
    main(["account", "create", "Acme"])
    pk = str(Account.objects.get().pk)

    assert main(["addon", "available", "mailbox_power", "--account", pk]) == 0
    assert Availability.objects.filter(account_id=pk, addon="mailbox_power").exists()
    assert main(["addon", "withdraw", "mailbox_power", "--account", pk]) == 0
    assert not Availability.objects.exists()


def test_an_add_on_that_is_not_installed_is_refused(capsys: Capture) -> None:
    main(["account", "create", "Acme"])

    assert main(["addon", "available", "nosuch", "--account", str(Account.objects.get().pk)]) == 2

    assert "There is no add-on nosuch." in capsys.readouterr().err
