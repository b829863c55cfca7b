"""One contact: added with a look for doubles, changed under two people's hands, put away, and read as a story."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from hub.accounts import changes as accounts
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.contacts import changes, list_changes
from hub.contacts.incoming import Consent, Incoming, Policy
from hub.contacts.intake import intake
from hub.contacts.models import Contact
from hub.contacts.visibility import EVERYTHING
from hub.history.changes import NewNote, add_many
from hub.mail.models import IncomingMail, Mailbox
from hub.plans import changes as plan_changes
from hub.plans import enrollment
from hub.plans.models import StepRun
from tests.plans.company import FRIDAY, after, card_step, contact, make_plan, note_step
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db

CLEO = {"first_name": "Cleo", "email": "cleo@example.com", "email_ok": "on"}


@pytest.fixture
def cleo(denver: Any) -> Contact:
    plain = {"first_name": "Cleo", "email": "cleo@example.com", "line1": "1 Main St", "city": "Denver", "state": "CO"}
    came = intake(denver, Incoming({**plain, "zip": "80202"}), by=SYSTEM, policy=Policy("csv"))
    return Contact.objects.get(pk=came.contact_id)


def at(one: Contact, more: str = "") -> str:
    return f"/a/{one.account_id}/contacts/{one.pk}{more}"


def typed(browser: Any, one: Contact, **changed: str) -> dict[str, Any]:
    """The edit form as a browser sends it."""
    form = browser.get(at(one, "/edit")).context["form"]
    values = {bound.name: bound.value() for bound in form}
    return {
        name: "on" if value is True else value for name, value in values.items() if value not in (None, False)
    } | changed


# --- adding -------------------------------------------------------------------------------------------------------


def test_a_contact_is_added_with_all_that_was_typed(denver: Any, browser: Any, admin: Any) -> None:
    web = list_changes.add_lead_source(denver, "Web", by=SYSTEM)
    trial = list_changes.add_sales_cycle(denver, "Trial", by=SYSTEM)
    list_changes.add_custom_field(denver, "Class", by=SYSTEM)

    answer = browser.post(f"/a/{denver.pk}/contacts/new", {
        **CLEO, "line1": "1 Main St", "city": "Denver", "country": "US", "phone_cell": "303 555 0100", "deal_size": "1,200.50",
        "lead_source": str(web.pk), "sales_cycle": str(trial.pk), "assigned_user": str(admin.pk), "tags": "gold, yoga",
        "sms_ok": "on", "consent_source": "paper form", "custom_0": "Spin", "whiteboard": "Bad knee",
    })  # fmt: skip

    made = Contact.objects.get()
    assert answer.url == at(made)
    assert (made.lead_source, made.sales_cycle, made.assigned_user) == (web, trial, admin)
    assert (made.phone_cell, made.custom, made.country) == ("+13035550100", {"Class": "Spin"}, "US")
    assert (made.email_ok, made.sms_ok, made.call_ok, made.consent_source) == (True, True, False, "paper form")
    assert made.contact_tags.count() == 2
    page = browser.get(answer.url).content.decode()
    assert all(word in page for word in ("Bad knee", "Spin", "gold", "Trial", "The contact was added."))


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(denver: Any, browser: Any) -> None:
    answer = browser.post(
        f"/a/{denver.pk}/contacts/new", {"first_name": "Cleo", "email": "not an address", "city": "Denver"}
    )

    form = answer.context["form"]
    assert answer.status_code == 422
    assert "email" in form.errors
    assert form["city"].value() == "Denver"
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "given",
    [{}, {"first_name": "\x00"}, {"first_name": "\ud800"}, {"first_name": "x" * 5_000}, {"lead_source": "999"},
     {"first_name": "A", "assigned_user": "x"}, {"first_name": "A", "deal_size": "much"}, {"first_name": "A", "version": "x"},
     {"first_name": "A", "tags": "x" * 100}],
)  # fmt: skip
def test_nonsense_adds_nobody(denver: Any, browser: Any, given: Any) -> None:
    try:
        answer = browser.post(f"/a/{denver.pk}/contacts/new", given)
    except UnicodeEncodeError:
        return  # half a surrogate pair cannot even be sent
    assert answer.status_code in (400, 422)
    assert not Contact.objects.exists()


def test_a_double_is_shown_before_it_is_made(denver: Any, browser: Any, cleo: Contact) -> None:
    warned = browser.post(f"/a/{denver.pk}/contacts/new", CLEO)
    assert warned.status_code == 422
    assert "This contact seems to be here already" in warned.content.decode()
    assert at(cleo) in warned.content.decode()
    assert Contact.objects.count() == 1

    browser.post(f"/a/{denver.pk}/contacts/new", {**CLEO, "anyway": "1"})
    assert Contact.objects.count() == 2


# --- changing -----------------------------------------------------------------------------------------------------


def test_only_what_was_changed_is_written(denver: Any, browser: Any, cleo: Contact) -> None:
    before = Contact.objects.get()

    browser.post(at(cleo, "/edit"), typed(browser, cleo))
    assert Contact.objects.get().version == before.version

    saved = browser.post(at(cleo, "/edit"), typed(browser, cleo, city="Boulder", tags="gold"))
    after_it = Contact.objects.get()
    assert saved.url == at(cleo)
    assert (after_it.city, after_it.line1, after_it.consent_at) == ("Boulder", "1 Main St", None)
    assert [link.tag.name for link in after_it.contact_tags.select_related("tag")] == ["gold"]


def test_a_tag_and_a_consent_are_taken_back(denver: Any, browser: Any, cleo: Contact) -> None:
    changes.add_tags(denver, EVERYTHING, cleo.pk, ["gold", "yoga"], by=SYSTEM)
    given = typed(browser, cleo, tags="yoga", consent_source="by phone")
    del given["email_ok"]

    browser.post(at(cleo, "/edit"), given)

    now = Contact.objects.get()
    assert [link.tag.name for link in now.contact_tags.select_related("tag")] == ["yoga"]
    assert (now.email_ok, now.consent_source) == (False, "by phone")


def test_a_second_tab_is_told_and_keeps_what_was_typed(denver: Any, browser: Any, cleo: Contact) -> None:
    mine = typed(browser, cleo, city="Boulder", company="Mine")
    changes.edit(denver, EVERYTHING, cleo.pk, {"city": "Aurora"}, by=SYSTEM)

    told = browser.post(at(cleo, "/edit"), mine)

    page = told.content.decode()
    assert told.status_code == 409
    assert "The hub changed City while you were editing." in page
    assert "It is now: Aurora" in page
    assert told.context["form"]["city"].value() == "Boulder"
    assert Contact.objects.get().city == "Aurora"

    again = {**mine, "version": told.context["form"]["version"].value()}
    assert browser.post(at(cleo, "/edit"), again).status_code == 302
    assert (Contact.objects.get().city, Contact.objects.get().company) == ("Boulder", "Mine")


def test_a_tag_that_came_or_went_while_the_form_was_open_stays_so(denver: Any, browser: Any, cleo: Contact) -> None:
    changes.add_tags(denver, EVERYTHING, cleo.pk, ["gold", "yoga", "slip"], by=SYSTEM)
    mine = typed(browser, cleo, city="Boulder")
    changes.add_tags(denver, EVERYTHING, cleo.pk, ["visited"], by=SYSTEM)
    changes.remove_tags(denver, EVERYTHING, cleo.pk, ["slip"], by=SYSTEM)

    browser.post(at(cleo, "/edit"), {**mine, "tags": "gold, new"})

    now = Contact.objects.get()
    assert now.city == "Boulder"
    assert set(now.contact_tags.values_list("tag__name", flat=True)) == {"gold", "new", "visited"}


def test_who_unsubscribed_while_the_form_was_open_is_shown_before_it_is_saved_again(
    denver: Any, browser: Any, cleo: Contact
) -> None:
    mine = typed(browser, cleo, city="Boulder")
    trial = list_changes.add_sales_cycle(denver, "Trial", by=SYSTEM)
    changes.set_consent(denver, EVERYTHING, cleo.pk, Consent(email=False), by=SYSTEM)
    changes.set_sales_cycle(denver, EVERYTHING, cleo.pk, trial.pk, by=SYSTEM)

    told = browser.post(at(cleo, "/edit"), mine)

    assert told.status_code == 409
    assert told.context["form"].errors["email_ok"] == ["It is now: No"]
    assert told.context["form"].errors["sales_cycle"] == ["It is now: Trial"]
    assert set(told.context["form"].errors) == {"email_ok", "sales_cycle"}


def test_a_refused_part_takes_the_whole_save_back(denver: Any, browser: Any, cleo: Contact) -> None:
    answer = browser.post(at(cleo, "/edit"), typed(browser, cleo, city="Boulder", tags="x" * 61))

    assert answer.status_code == 422
    assert Contact.objects.get().city == "Denver"


def test_a_lock_from_above_is_explained(enter: Any) -> None:
    above = make_account("Head office")
    branch = make_account("Branch", above)
    accounts.lock(above, "lead_sources", by=SYSTEM)
    accounts.lock(above, "contact_deletion", by=SYSTEM)
    one = contact(branch, "Cleo")
    browser = enter(make_user(branch, "admin"))

    form = browser.get(f"/a/{branch.pk}/contacts/new").content.decode()
    archive = browser.get(at(one, "/archive")).content.decode()
    refused = browser.post(at(one, "/archive"))

    assert "Head office keeps this list for the accounts beneath" in form
    assert "Head office has locked this" in archive
    assert refused.status_code == 403
    assert Contact.objects.get().archived_at is None


def test_archiving_says_what_it_means_and_can_be_taken_back(denver: Any, browser: Any, cleo: Contact) -> None:
    enrollment.enroll(make_plan(denver), [cleo.pk], by=SYSTEM)

    asked = browser.get(at(cleo, "/archive")).content.decode()
    browser.post(at(cleo, "/archive"))
    page = browser.get(at(cleo)).content.decode()
    assert "It is on 1 plan: its steps are not sent from now on." in asked
    assert "This contact is archived" in page

    browser.post(at(cleo, "/restore"))
    assert Contact.objects.get().archived_at is None


# --- the page and its story ---------------------------------------------------------------------------------------


def test_the_story_tells_what_waits_what_comes_and_what_was(denver: Any, browser: Any, cleo: Contact) -> None:
    plan = make_plan(denver, note_step(), card_step(timing=after(2)), note_step("Ask how it goes", timing=after(3)))
    enrollment.enroll(plan, [cleo.pk], by=SYSTEM)

    answer = browser.get(at(cleo))

    coming = answer.context["coming"]
    assert [one.name for one in coming] == ["Say hello", "Post a card", "Ask how it goes"]
    assert [one.at for one in coming] == [FRIDAY, FRIDAY + timedelta(days=2), FRIDAY + timedelta(days=5)]
    assert coming[1].arrives.startswith("Arrives ")
    page = answer.content.decode()
    assert "Put on plan “Welcome”." in page
    assert "0 of 3 steps" in page


def test_a_step_to_come_says_for_whom_it_is(denver: Any, browser: Any, cleo: Contact) -> None:
    key = uuid4()
    question = {"when": {"kind": "step", "step": str(key), "ended": "failed"}}
    enrollment.enroll(make_plan(denver, card_step(key=key), note_step("Call", only_if=question)), [cleo.pk], by=SYSTEM)

    page = browser.get(at(cleo)).content.decode()

    assert "Only if “Post a card” failed" in page


def test_a_hold_says_why_and_what_releases_it_and_promises_nothing_behind_it(
    denver: Any, browser: Any, cleo: Contact
) -> None:
    enrollment.enroll(make_plan(denver, card_step(), note_step()), [cleo.pk], by=SYSTEM)
    Connection.objects.filter(addon="post").update(enabled=False)
    StepRun.objects.update(state="held", hold_reason="addon_off", hold_detail="Post Office is off.", held_at=FRIDAY)

    answer = browser.get(at(cleo))

    page = answer.content.decode()
    assert "Add-on off" in page
    assert "Post Office is off." in page
    assert "An admin can switch the add-on on." in page
    assert [one.at for one in answer.context["coming"]] == [FRIDAY, None]
    assert "after the step before" in page


def test_the_story_is_filtered_by_kind_and_paged(denver: Any, browser: Any, cleo: Contact) -> None:
    add_many(NewNote(denver.pk, cleo.pk, "note.written", {"text": f"note number {n}."}, at=FRIDAY) for n in range(40))

    first = browser.get(at(cleo), {"kind": "note"})
    following = browser.get(at(cleo), {"kind": "note", "cursor": first.context["story_page"].next})

    assert "Contact was added." not in first.content.decode()
    assert "note number 39." in first.content.decode()
    assert "note number 0." in following.content.decode()
    assert browser.get(at(cleo), {"kind": "nonsense"}).status_code == 200


def test_a_note_is_written_and_an_empty_one_is_not(denver: Any, browser: Any, cleo: Contact) -> None:
    browser.post(at(cleo, "/notes"), {"text": "Wants <b>Tuesdays</b>"})
    empty = browser.post(at(cleo, "/notes"), {"text": "  "})

    page = browser.get(at(cleo)).content.decode()
    assert "Wants &lt;b&gt;Tuesdays&lt;/b&gt;" in page
    assert empty.status_code == 422
    assert "Write something first." in empty.content.decode()


def test_from_the_page_to_the_choice_of_a_plan(denver: Any, browser: Any, cleo: Contact) -> None:
    make_plan(denver)

    answer = browser.post(f"/a/{denver.pk}/contacts/act", {"act": "plan", "ids": [cleo.pk]})

    assert "Put 1 contact on which plan?" in browser.get(answer.url).content.decode()


def test_a_plan_is_stopped_from_the_page_and_leads_back_to_it(denver: Any, browser: Any, cleo: Contact) -> None:
    plan = make_plan(denver)
    enrollment.enroll(plan, [cleo.pk], by=SYSTEM)
    running = plan.enrollments.get()
    given = {"ids": str(running.pk), "contact": str(cleo.pk)}

    assert f"/stop?ids={running.pk}&amp;contact={cleo.pk}" in browser.get(at(cleo)).content.decode()
    asked = browser.get(f"/a/{denver.pk}/plans/{plan.pk}/stop", given).content.decode()
    done = browser.post(f"/a/{denver.pk}/plans/{plan.pk}/stop", {**given, "confirmed": "1", "reason": "moved away"})

    assert f'name="contact" value="{cleo.pk}"' in asked
    assert done.url == at(cleo)
    assert "moved away" in browser.get(done.url).content.decode()


def test_a_private_plan_of_somebody_else_has_no_link(denver: Any, hers: Any, sally: Any, cleo: Contact) -> None:
    owner = make_user(denver, "member", "olga")
    changes.assign(denver, EVERYTHING, cleo.pk, sally.pk, by=SYSTEM)
    plan = make_plan(denver)
    plan_changes.edit_plan(plan, {"visibility": "private", "owner": owner}, by=SYSTEM)
    enrollment.enroll(plan, [cleo.pk], by=SYSTEM)

    page = hers.get(at(cleo)).content.decode()

    assert f"/plans/{plan.pk}" not in page


@pytest.mark.parametrize("more", ["", "/edit", "/archive", "/restore", "/notes"])
def test_a_foreign_contact_is_a_missing_one(denver: Any, browser: Any, more: str) -> None:
    other = contact(make_account("Elsewhere"), "Otto")

    for method in (browser.get, browser.post):
        foreign = method(f"/a/{denver.pk}/contacts/{other.pk}{more}")
        huge = method(f"/a/{denver.pk}/contacts/{'9' * 30}{more}")
        assert (foreign.status_code, huge.status_code) == (404, 404)
        assert "Otto" not in foreign.content.decode()


# --- letters ------------------------------------------------------------------------------------------------------


def test_a_letter_is_in_the_story_with_its_html_folded_and_harmless(browser: Any, cleo: Contact) -> None:
    box = Mailbox.objects.create(account_id=cleo.account_id, address="ada@crm.test", changed_at=FRIDAY)
    letter = IncomingMail.objects.create(
        account_id=cleo.account_id, mailbox=box, contact_id=cleo.pk, kind="reply", matched_by="in_reply_to", guessed=True,
        message_id="<1@y.test>", sender="other@y.test", subject="Re: Hi", text="Yes, <b>please</b>.", arrived_at=FRIDAY,
        html="<p>Yes<script>alert(1)</script><img src=https://t.test/p.gif></p>", kept_at=FRIDAY,
    )  # fmt: skip
    data = {"subject": "Re: Hi", "text": letter.text, "mail": letter.pk, "from": "other@y.test"}
    strange = {"subject": "Old", "text": "gone", "mail": 10**9}
    forged = {"subject": "Stop", "text": "Stop.", "mail": letter.pk, "refuted": True}
    add_many([NewNote(cleo.account_id, cleo.pk, "mail.received", one) for one in (data, strange, forged)])

    page = browser.get(at(cleo)).content.decode()

    assert "E-mail received: Re: Hi" in page
    assert "Yes, &lt;b&gt;please&lt;/b&gt;." in page
    assert "It came from other@y.test, to whom nothing was sent. It ended no plan." in page
    assert "It could not be verified that other@y.test wrote it: the mail server says no. It ended no plan." in page
    assert '<div class="letter"><p>Yes</p></div>' in page
    assert "t.test" not in page
