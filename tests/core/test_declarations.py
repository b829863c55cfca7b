"""What an author says about time, effects, endpoints and facts, and what is refused while they look."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, model_validator

from hub.core import (
    AddOn,
    AddOnInfo,
    Answer,
    Contact,
    DeclarationError,
    EffectClass,
    HeaderKey,
    Help,
    HmacSha256,
    Rate,
    Refused,
    Unclear,
    Unreachable,
    VendorFault,
    Wait,
    keyed,
    once,
    repeatable,
)
from hub.core.durations import LeadTime, duration, lead_time
from hub.core.facts import Address, missing
from hub.core.outcomes import Broken, Done, NeedsAdmin, Rejected, Sent, Unknown, Verdict


class Body(BaseModel):
    name: str


class Thing(Answer):
    id: str


@pytest.fixture
def addon() -> AddOn:
    return AddOn("pigeon", title="Pigeon", base_url="https://api.pigeon.example/v1/")


# --- the address --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://api.pigeon.example", "begins with neither https:// nor http://"),
        ("api.pigeon.example/v1", "begins with neither https:// nor http://"),
        ("https://", "names no host"),
        ("https:///v1", "names no host"),
        ("https://:443/v1", "names no host"),
        ("https://api.pigeon.example:port", "is not an address"),
        ("https://[::1", "is not an address"),
        ("https://api.pigeon.example:0", "has a port that is none"),
        ("https://me:hunter2@api.pigeon.example", "holds a user or a password"),
        ("https://api.pigeon.example/v1?key=hunter2", "has a query or a fragment"),
        ("https://api.pigeon.example/v1#hunter2", "has a query or a fragment"),
        (" https://api.pigeon.example", "has spaces in it"),
        (" ", "has spaces in it"),
    ],
)
@pytest.mark.parametrize("declare", [AddOn, AddOnInfo], ids=["AddOn", "AddOnInfo"])
def test_an_address_under_which_no_call_can_be_made_is_refused_whatever_the_endpoints(
    declare: Any, url: str, words: str
) -> None:
    with pytest.raises(DeclarationError, match=f"^pigeon: the base_url {words}") as refused:
        declare("pigeon", title="Pigeon", base_url=url)

    assert "write for example 'https://api.vendor.example/v1'" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://api.pigeon.example", "http://127.0.0.1:8080/v1/", "https://[::1]/v1", ""])
def test_an_address_that_can_be_called_is_taken(url: str) -> None:
    assert AddOn("pigeon", title="Pigeon", base_url=url).base_url == url.rstrip("/")


# --- time ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1.5 min", 90), ("15 minutes", 900), ("24h", 86_400), ("2 Days", 172_800), (30, 30), (0.5, 0.5),
     (timedelta(hours=1), 3_600)],
)  # fmt: skip
def test_a_duration_is_read_as_people_write_it(text: Any, seconds: float) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "soon", "5", "-5s", "5 parsecs", "1h30", "s", "5 s s"])
def test_what_is_no_duration_says_what_to_write(text: str) -> None:
    with pytest.raises(DeclarationError, match="write for example '90s'"):
        duration(text)


@given(st.integers(0, 10_000), st.sampled_from(["s", "m", "h", "d"]))
def test_durations_are_read_in_every_unit(number: int, unit: str) -> None:
    assert duration(f"{number}{unit}").total_seconds() == number * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[unit]


@pytest.mark.parametrize(
    ("text", "read", "shown"),
    [
        ("3 business days", LeadTime(3, 3), "3 business days"),
        ("2-5 business days", LeadTime(2, 5), "2–5 business days"),
        ("2 to 5 days", LeadTime(2, 5), "2–5 business days"),
        ("2–5 business days", LeadTime(2, 5), "2–5 business days"),  # as the manifest holds it
        ("1 business day", LeadTime(1, 1), "1 business day"),
        ("7 calendar days", LeadTime(7, 7, business=False), "7 calendar days"),
    ],
)
def test_a_lead_time_is_read_and_shown(text: str, read: LeadTime, shown: str) -> None:
    assert lead_time(text) == read
    assert str(read) == shown


@pytest.mark.parametrize("text", ["soon", "5-2 days", "3 weeks", "business days"])
def test_what_is_no_lead_time_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError):
        lead_time(text)


def test_no_lead_time_is_none() -> None:
    assert lead_time(None) is None


def test_a_rate_becomes_a_spacing_and_a_little_patience() -> None:
    assert Rate(60, per="minute").interval == timedelta(seconds=1)
    assert Rate(60, per="minute").tolerance == timedelta(seconds=5)  # a tenth may leave at once: six calls, five gaps
    assert Rate(2, per="second").tolerance == timedelta(0)
    assert Rate(10, per="10s", burst=3).tolerance == timedelta(seconds=2)


# --- effects and endpoints ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "put", "patch"])
def test_a_write_that_does_not_say_what_a_second_sending_does_is_an_error(addon: AddOn, method: str) -> None:
    with pytest.raises(DeclarationError, match="what would a second sending of the same request do"):
        getattr(addon, method)("/things", Body, Thing)


def test_a_delete_must_say_it_too(addon: AddOn) -> None:
    with pytest.raises(DeclarationError):
        addon.delete("/things/{id}", Thing)


class Spoken(Answer):
    """Says no in plain words."""

    no: bool = False

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, said: Any) -> Any:
        if isinstance(said, str) and said != "Unauthorized":
            raise ValueError("a text that is no answer")
        return {"no": True} if isinstance(said, str) else said


def test_an_answer_in_plain_words_is_read_only_where_the_endpoint_says_so(addon: AddOn) -> None:
    speaking, strict = addon.get("/a", Spoken, plain=True), addon.get("/b", Spoken)

    assert (speaking.parse(b" Unauthorized\n").no, speaking.parse(b"{}").no) == (True, False)
    for endpoint, content in (
        (strict, b"Unauthorized"),
        (speaking, b"<html>"),
        (speaking, b'{"no": tr'),
        (speaking, b"[]"),
    ):
        with pytest.raises(ValidationError):
            endpoint.parse(content)


def test_a_read_has_no_effect(addon: AddOn) -> None:
    with pytest.raises(DeclarationError, match="only reads"):
        addon.get("/things", list[Thing], effect=once())


@pytest.mark.parametrize("deadline", ["0s", "121s", "3h"])
def test_a_deadline_is_bounded(addon: AddOn, deadline: str) -> None:
    with pytest.raises(DeclarationError, match="at most 120 s"):
        addon.get("/things", list[Thing], deadline=deadline)


@pytest.mark.parametrize(
    ("effect", "reconciles", "class_"),
    [
        (repeatable(), False, EffectClass.REPEATABLE),
        (repeatable(), True, EffectClass.REPEATABLE),
        (keyed("Idempotency-Key", "24h"), False, EffectClass.KEYED),
        (once(), True, EffectClass.LOOKUP),
        (once(), False, EffectClass.BLIND),
    ],
)
def test_the_class_follows_from_what_was_said(effect: Any, reconciles: bool, class_: EffectClass) -> None:
    assert effect.effect_class(reconciles=reconciles) is class_


def test_a_key_that_is_soon_forgotten_is_none() -> None:
    with pytest.raises(DeclarationError, match="too short to rely on"):
        keyed("Idempotency-Key", "4h")


def test_a_look_up_that_is_believed_at_once_gets_a_warning() -> None:
    with pytest.warns(UserWarning, match="settle is nothing"):
        once("0s")


@pytest.mark.parametrize(
    "declare",
    [
        lambda name: keyed(name, "24h"),
        lambda name: HeaderKey(name, "api_key"),
        lambda name: HmacSha256(name, "secret"),
        lambda name: HmacSha256("X-Signature", "secret", timestamp=name),
    ],
    ids=["keyed", "HeaderKey", "HmacSha256", "its timestamp"],
)
def test_a_header_that_servers_drop_gets_a_warning_and_one_that_is_none_an_error(declare: Any) -> None:
    with pytest.warns(UserWarning, match="do the vendor's papers say 'X-Api-Key'") as warned:
        declare("X_Api_Key")
    assert warned[0].filename == __file__, "the author's own line"

    with pytest.raises(DeclarationError, match="not a header's name"):
        declare("X-Api-Key: ")


# --- webhooks -----------------------------------------------------------------------------------------------------


def test_a_webhook_that_anybody_could_send_is_refused_with_what_to_write(addon: AddOn) -> None:
    with pytest.raises(DeclarationError, match=r"the webhook 'sent' says verify=None; anybody .*HmacSha256\("):
        addon.webhook("sent", Thing, verify=None, dedupe="id")(lambda event: None)  # type: ignore[arg-type]


def test_a_signature_is_written_in_hex_or_base64() -> None:
    with pytest.raises(DeclarationError, match="write 'hex' or 'base64'"):
        HmacSha256("X-Signature", "secret", encoding="base32")


# --- what a vendor says with its no -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [Refused(Rejected("No."), 409, Thing(id="7")), Unclear(Unknown(), 502), Unreachable(Wait("Later."))]
)
def test_a_fault_can_be_written_down_and_read_again(fault: VendorFault) -> None:
    again = pickle.loads(pickle.dumps(fault))

    assert (type(again), str(again), vars(again)) == (type(fault), str(fault), vars(fault))


def test_a_label_never_shows_a_whole_url(addon: AddOn) -> None:
    assert addon.get("/things/{id}", Thing).label == "GET /things/{id}"
    assert addon.open(once()).label == "POST (the step's own address)"


def test_the_hosts_are_those_declared_and_no_others() -> None:
    made = AddOn("pigeon", title="P", base_url="https://api.pigeon.example/v1", hosts=["files.pigeon.example"])

    assert made.hub_addon().allowed_hosts == {"api.pigeon.example", "files.pigeon.example"}


def test_a_credential_must_be_a_field_of_the_form() -> None:
    with pytest.raises(DeclarationError, match="the credential reads"):
        AddOn("pigeon", title="P", auth=HeaderKey("X-Key", "api_key"))


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "//elsewhere.example", "settings"])
def test_a_link_that_a_browser_would_run_is_refused(href: str) -> None:
    with pytest.raises(DeclarationError, match="https://"):
        Help("How to get a key", href)
    with pytest.raises(DeclarationError, match="https://"):
        AddOn("pigeon", title="Pigeon", links={"Sign up": href})
    with pytest.raises(DeclarationError, match="https://"):
        AddOnInfo("pigeon", "Pigeon", links={"Sign up": href})


def test_an_answer_ignores_what_it_does_not_know_and_insists_on_what_it_does(addon: AddOn) -> None:
    things = addon.get("/things", list[Thing])

    assert [thing.id for thing in things.parse(b'[{"id": "1", "new": true}]')] == ["1"]
    with pytest.raises(ValueError):
        things.parse(b'[{"name": "x"}]')


# --- facts and outcomes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "needs", "words"),
    [
        (Contact(id="1"), ("first_name", "email"), ("a first name", "an e-mail address")),
        (Contact(id="1", first_name=" "), ("first_name",), ("a first name",)),
        (Contact(id="1", phone_work="1"), ("phone",), ()),
        (Contact(id="1", phone_work="1"), ("phone_cell",), ("a cell phone number",)),
        (
            Contact(id="1", address=Address(line1="1 Main", zip=" ")),
            ("address",),
            ("a complete postal address (city, state, zip code missing)",),
        ),
    ],
)
def test_what_is_missing_is_said_in_words(contact: Contact, needs: tuple[str, ...], words: tuple[str, ...]) -> None:
    assert missing(contact, needs) == words


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [(Sent(), Verdict.DONE), (Done(), Verdict.DONE), (Rejected(), Verdict.REJECTED), (NeedsAdmin(), Verdict.ADMIN),
     (Wait(), Verdict.WAIT), (Unknown(), Verdict.UNKNOWN), (Broken(), Verdict.DEVELOPER)],
)  # fmt: skip
def test_each_outcome_says_whose_turn_it_is_and_what_is_not_done_has_a_sentence(outcome: Any, verdict: Verdict) -> None:
    assert outcome.verdict is verdict
    assert bool(outcome.sentence()) is (verdict is not Verdict.DONE)


def test_a_wait_knows_until_when_only_if_it_was_told() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert Wait(seconds=30).until(now) == now + timedelta(seconds=30)
    assert Wait().until(now) is None


def test_facts_are_frozen_and_survive_the_way_through_json() -> None:
    ada = Contact(id="1", first_name="Ada", tags=("vip",), custom={"Shoe": "42"})

    with pytest.raises(ValueError):
        ada.first_name = "Eve"  # type: ignore[misc]
    assert Contact.model_validate_json(ada.model_dump_json()) == ada
