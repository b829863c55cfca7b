"""Unsubscribing: looking changes nothing, one POST does it at once and once, and coming back is a person's act."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from hub.audit.actor import SYSTEM
from hub.db.errors import Conflict, Invalid, NotFound
from tests.support.people import actor_of, make_account, make_user

if TYPE_CHECKING:
    from hub.contacts.models import Contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Any:
    return make_account("Engines", company="Engines Ltd", office_phone="+1 555 0100")


@pytest.fixture
def ann(account: Any) -> Any:
    return make_contact(account, "Ann", "Ann@Crm.test")


def make_contact(account: Any, name: str, email: str) -> Contact:
    from hub.contacts import intake
    from hub.contacts.incoming import BY_HAND, Incoming
    from hub.contacts.models import Contact

    made = intake.intake(account, Incoming({"first_name": name, "email": email}), by=SYSTEM, policy=BY_HAND)
    return Contact.objects.get(pk=made.contact_id)


def page_of(contact: Any) -> str:
    from hub.mail.unsubscribing import links

    return links.PATH + links.token(contact.account_id, contact.pk)


def rows(account: Any) -> list[tuple[str, str]]:
    from hub.mail.models import Suppression

    return list(Suppression.objects.filter(account=account).order_by("address").values_list("address", "why"))


def test_opening_the_page_changes_nothing_and_tells_who_writes(account: Any, ann: Any) -> None:
    answer = Client().get(page_of(ann))

    assert answer.status_code == 200
    assert "Engines Ltd" in (text := answer.content.decode())
    assert "a•••@crm.test" in text.lower()
    assert "ann@crm.test" not in text.lower()
    ann.refresh_from_db()
    assert ann.email_ok
    assert rows(account) == []


def test_a_mail_program_s_own_click_takes_effect_at_once_and_once(account: Any, ann: Any) -> None:
    from hub.audit.models import AuditRow
    from hub.history.models import Note

    strict = Client(enforce_csrf_checks=True)
    for _again in range(2):
        answer = strict.post(page_of(ann), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200

    ann.refresh_from_db()
    assert (ann.email_ok, ann.consent_source) == (False, "Unsubscribe link")
    assert rows(account) == [("ann@crm.test", "unsubscribed")]
    assert Note.objects.filter(contact_id=ann.pk, kind="contact.consent").count() == 1
    assert AuditRow.objects.filter(account_id=account.pk, verb__in=("consent_changed", "suppressed")).count() == 2
    assert "already" in Client().get(page_of(ann)).content.decode()


@pytest.mark.parametrize("token", ["x", "1.1.x", "", "1.1", "9" * 500, "zz.zz." + "a" * 43])
def test_a_link_that_is_made_up_finds_nobody(account: Any, ann: Any, token: str) -> None:
    from hub.mail.unsubscribing import links

    assert Client().post(links.PATH + token).status_code == 404
    with pytest.raises(NotFound):
        links.read(token)


def test_a_link_is_for_its_own_contact_and_account_alone(account: Any, ann: Any) -> None:
    from hub.mail.unsubscribing import links

    own = links.token(account.pk, ann.pk)
    other = f"{account.pk:x}.{ann.pk + 1:x}." + own.rpartition(".")[2]

    assert Client().post(links.PATH + other).status_code == 404
    foreign = make_account("Elsewhere")
    assert Client().post(links.PATH + links.token(foreign.pk, ann.pk)).status_code == 404
    ann.refresh_from_db()
    assert ann.email_ok


def test_whoever_shares_the_address_is_on_the_list_with_it(account: Any, ann: Any) -> None:
    from hub.mail.suppressing import reads

    Client().post(page_of(ann))

    assert set(reads.among([(account.pk, "ANN@crm.test"), (account.pk, "bo@crm.test"), (account.pk, "")])) == {
        (account.pk, "ann@crm.test")
    }
    assert reads.of(make_account("Elsewhere"), "ann@crm.test") is None


def test_coming_back_is_a_person_s_act_and_written_down(account: Any, ann: Any) -> None:
    from hub.audit.models import AuditRow
    from hub.mail.suppressing import changes, reads

    Client().post(page_of(ann))
    ada = actor_of(make_user(account, "admin"))

    changes.take_away(account, reads.of(account, "ann@crm.test").pk, by=ada)  # type: ignore[union-attr]

    ann.refresh_from_db()
    assert (ann.email_ok, rows(account)) == (True, [])
    assert AuditRow.objects.filter(verb="unsuppressed", actor_id=ada.id).count() == 1
    Client().post(page_of(ann))
    ann.refresh_from_db()
    assert (ann.email_ok, rows(account)) == (False, [("ann@crm.test", "unsubscribed")])


def test_an_address_that_came_back_is_taken_off_without_touching_consent(account: Any, ann: Any) -> None:
    from hub.contacts.models import Contact
    from hub.mail.models import Suppression
    from hub.mail.suppressing import changes

    Contact.objects.filter(pk=ann.pk).update(email_ok=False)
    row = changes.add(account, ann.email, Suppression.Why.BOUNCED, by=SYSTEM, contact_id=ann.pk)
    assert row is not None

    changes.take_away(account, row.pk, by=SYSTEM)

    ann.refresh_from_db()
    assert not ann.email_ok


def test_the_first_reason_counts_and_nonsense_is_no_address(account: Any) -> None:
    from hub.mail.models import Suppression
    from hub.mail.suppressing import changes

    assert changes.add(account, "a@b.test", Suppression.Why.BOUNCED, by=SYSTEM) is not None
    assert changes.add(account, " A@B.test ", Suppression.Why.UNSUBSCRIBED, by=SYSTEM) is None
    with pytest.raises(Conflict):
        changes.add_by_hand(account, "a@b.test", by=SYSTEM)
    with pytest.raises(Invalid):
        changes.add_by_hand(account, "no address", by=SYSTEM)
    assert rows(account) == [("a@b.test", "bounced")]
