"""Outlook: conformance, what goes over the wire, what is read, and what an admin is told.

Tests that hold what users of other systems have reported are named after it, with the report's number.
"""

from __future__ import annotations

import base64
import json
import re
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import Any

import pytest
from hub_outlook import addon, mailer, sending, simulation
from hub_outlook import graph as graph_of_mail

from hub.core import Attachment, Cursor, Letters, Message, Outcome, Rejected
from hub.core.endpoints import Bytes
from hub.testing import conformance, faults
from hub.testing.faults import Fault
from hub.testing.kit import Kit, contact
from hub.testing.simulator import Simulator

TestOutlook = conformance(addon)

STEP = {"subject": "Welcome {{client.firstName}}", "text": "Hi {{client.firstName}}"}


def sent(hub: Kit) -> list[dict[str, Any]]:
    return hub.vendor.stored(simulation.SENT)


def says(status: int, code: str) -> Fault:
    """Graph's own form of a *no*."""
    body = json.dumps({"error": {"code": code, "message": f"simulated {code}"}}).encode()
    return Fault(code, status, body=body)


def graph(**answers: Any) -> Simulator:
    """Graph with other answers at these paths: ``graph(me=(200, {…}))``."""

    def respond(call: Any) -> tuple[int, Any]:
        return answers.get(call.path.rpartition("/")[2]) or simulation.respond(call)

    return Simulator(addon.hub_addon(), SimpleNamespace(SEEDS=simulation.SEEDS, respond=respond))


# --- sending -------------------------------------------------------------------------------------------------------


def test_the_contact_gets_one_whole_mail_from_the_account_s_own_address() -> None:
    with Kit(addon, settings={**settings(), "sender_name": "Ada, Engines Ltd"}) as hub:
        run = hub.run("outlook.mail", contact(first_name="Zoë"), **STEP)

        (mail,) = sent(hub)
        parsed = message_from_bytes(mail["raw"].encode(), policy=policy.default)
        assert (parsed["To"], parsed["Subject"]) == ("ada@example.com", "Welcome Zoë")
        assert parsed["From"] == '"Ada, Engines Ltd" <ada@contoso.example>'
        assert parsed["Message-ID"] == run.reference == mail["internetMessageId"]
        assert run.note == "Outlook took the e-mail to ada@example.com."


def test_a_bare_line_feed_never_leaves() -> None:
    """Exchange refuses it: 550 5.6.11 BareLinefeedsAreIllegal, which is why some PDFs did not get through."""
    files = (Attachment.of("Angebot für Zoë.pdf", "application/pdf", b"%PDF\n\nbare\n"),)
    message = Message(
        message_id="<a@b>", sender=simulation.ADDRESS, to=("z@example.com",), text="a\nb", attachments=files
    )

    raw = wire(message)

    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert raw.lower().count(b"\r\ncontent-type: multipart/mixed") == 1
    assert b"filename*" not in raw


def test_inbox_zero_1246_twenty_18641_what_joins_a_conversation_goes_along() -> None:
    """Graph's own JSON takes no In-Reply-To, so a reply begins a new conversation (Twenty, inbox-zero); a whole mail does."""
    headers = (("In-Reply-To", "<q@c.example>"), ("References", "<p@c.example> <q@c.example>"))

    raw = wire(Message(message_id="<a@b>", sender=simulation.ADDRESS, to=("z@example.com",), text="a", headers=headers))

    assert b"In-Reply-To: <q@c.example>\r\nReferences: <p@c.example> <q@c.example>\r\n" in raw


def wire(message: Message) -> bytes:
    """The mail as Graph gets it, read from the request that the mailer makes."""
    bodies: list[Bytes] = []

    class Vendor(SimpleNamespace):
        async def __call__(self, endpoint: Any, body: Bytes) -> None:
            bodies.append(body)

    with Kit(addon) as hub:
        hub.ask(lambda vendor: sending.send(Vendor(now=vendor.now), message))
    assert bodies[0].kind == "text/plain"
    return base64.b64decode(bodies[0].content, validate=True)


def test_a_mail_that_is_too_large_is_refused_before_anything_leaves() -> None:
    """Sends without, fails with attachment (fluent-smtp): Graph takes some 3 MB in one piece."""
    file = Attachment.of("film.mp4", "video/mp4", b"x" * sending.LARGEST)
    message = Message(message_id="<a@b>", sender=simulation.ADDRESS, to=("z@example.com",), attachments=(file,))

    with Kit(addon) as hub:
        said = hub.ask(lambda vendor: sending.send(vendor, message))

        assert isinstance(said, Rejected)
        assert "has 4.0 MB, and Outlook takes 2.9 MB" in said.reason
        assert hub.vendor.calls == []


def test_the_mailer_says_what_it_takes_so_that_a_link_can_be_offered() -> None:
    assert (mailer.largest, mailer.as_links) == (sending.LARGEST, ("application/pdf",))
    assert sending.LARGEST * 4 / 3 < 4 * 1024 * 1024


# --- a lost answer -------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_found_in_sent_items_and_the_contact_gets_one_mail() -> None:
    with Kit(addon) as hub:
        hub.vendor.fail(faults.reset(acts=True).at("write"))

        run = hub.rest(hub.run("outlook.mail", **STEP))

        assert run.state == "done"
        assert len(sent(hub)) == 1


def test_a_message_id_that_the_relay_rewrote_is_found_beside_its_own() -> None:
    """Rewritten ids lost replies and look-ups at chatmail #2250, Odoo #187696 and FreeScout #5620."""
    asked: list[str] = []

    def respond(call: Any) -> tuple[int, Any]:
        condition = call.query.get("$filter", "")
        if call.path != simulation.SENT:
            return simulation.respond(call)
        asked.append(condition)
        return 200, {
            "value": [{"id": "s1", "internetMessageId": "<x@prod.outlook.com>"}] if "Original" in condition else []
        }

    vendor = Simulator(addon.hub_addon(), SimpleNamespace(SEEDS=simulation.SEEDS, respond=respond))
    with Kit(addon, vendor=vendor) as hub:
        hub.vendor.fail(faults.reset(acts=True).at("write"))

        run = hub.rest(hub.run("outlook.mail", **STEP))

        assert (run.state, run.note) == ("done", "The mail is in Sent Items, under a Message-ID of Microsoft's.")
        assert run.reference == "<x@prod.outlook.com>", "by which an answer names it"
        assert asked[1].endswith(f"Name X-Microsoft-Original-Message-ID' and p/value eq '<{run.ref}@contoso.example>')")


def test_what_sent_items_does_not_hold_a_person_decides() -> None:
    with Kit(addon) as hub:
        hub.vendor.fail(faults.reset().at("write"))

        run = hub.rest(hub.run("outlook.mail", **STEP))

        assert run.state == "review"
        assert sent(hub) == []


def test_a_message_id_with_a_quote_in_it_asks_for_itself() -> None:
    with Kit(addon) as hub:
        hub.vendor.stored(simulation.SENT).append({"id": "s1", "internetMessageId": "<o'neil@contoso.example>"})

        found = hub.ask(lambda vendor: sending.find(vendor, "<o'neil@contoso.example>"))

    assert found.reference == "<o'neil@contoso.example>"


# --- whose turn it is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "state", "words"),
    [
        (403, "ErrorAccessDenied", "held", "waits for your administrator"),
        (403, "ErrorSendAsDenied", "held", "does not let this account send from the address"),
        (404, "MailboxNotEnabledForRESTAPI", "held", "no mailbox in the cloud"),
        (404, "ResourceNotFound", "held", "Outlook answered 404"),
        (400, "ErrorInvalidRecipients", "failed", "does not take the contact's e-mail address"),
        (413, "ErrorMessageSizeExceeded", "failed", "as links instead"),
        (403, "ErrorQuotaExceeded", "held", "The mailbox at Microsoft is full"),
        (429, "ErrorExceededMessageLimit", "scheduled", "as many mails as Microsoft allows"),
        (400, "ErrorSomethingElse", "failed", "simulated ErrorSomethingElse"),
    ],
)
def test_exchange_s_own_codes_say_whose_turn_it_is(status: int, code: str, state: str, words: str) -> None:
    with Kit(addon) as hub:
        hub.vendor.fail(says(status, code).at("write"))

        run = hub.run("outlook.mail", **STEP)

        assert (run.state, words in run.sentence) == (state, True), run.sentence
        assert sent(hub) == []


def test_a_mailbox_that_has_sent_enough_is_left_alone_for_an_hour() -> None:
    with Kit(addon) as hub:
        hub.vendor.fail(says(429, "ErrorExceededMessageLimit").at("write"))
        now = hub.clock.now()

        run = hub.run("outlook.mail", **STEP)

        assert run.due_at is not None
        assert (run.due_at - now).total_seconds() >= 3_600


def settings(**more: Any) -> dict[str, Any]:
    return {"address": simulation.ADDRESS, "access_token": "kit-token-0001", **more}


@pytest.mark.parametrize(
    "person",
    [
        {"id": "u", "mail": "Ada@Contoso.example", "userPrincipalName": "ada@contoso.onmicrosoft.com"},
        {"id": "u", "mail": None, "userPrincipalName": "ada@contoso.example"},
        {"id": "u", "mail": "al@contoso.example", "proxyAddresses": ["SMTP:al@contoso.example", "smtp:ada@contoso.example"]},
    ],
)  # fmt: skip
def test_the_address_is_known_in_each_of_its_spellings(person: dict[str, Any]) -> None:
    with Kit(addon, vendor=graph(me=(200, person))) as hub:
        assert hub.check() == "ada@contoso.example, sending and reading"


def test_another_account_than_the_typed_one_is_told_with_both_addresses() -> None:
    """The address comes from Microsoft and never from what a browser says (EmailEngine, outlook-identity)."""
    other = {"id": "u", "mail": "bea@contoso.example", "userPrincipalName": "bea@contoso.example"}
    with Kit(addon, vendor=graph(me=(200, other))) as hub:
        said = hub.check()

        assert isinstance(said, Outcome)
        assert "bea@contoso.example is signed in, and the form says ada@contoso.example" in said.sentence()
        assert said.field == "address"  # type: ignore[attr-defined]


# --- reading -------------------------------------------------------------------------------------------------------


def arrives(hub: Kit, *ids: str, raw: str = "Subject: Re: Hello\r\n\r\nYes.\r\n") -> None:
    """Letters come into the Inbox, now."""
    moment = hub.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    for id_ in ids:
        hub.vendor.stored(simulation.INBOX).append(
            {"id": id_, "conversationId": f"c-{id_}", "receivedDateTime": moment, "raw": raw}
        )


def pages(hub: Kit, cursor: Cursor | None) -> list[Letters]:
    async def all_of_it(vendor: Any) -> list[Letters]:
        assert mailer.read is not None
        return [page async for page in mailer.read(vendor, cursor)]

    found: list[Letters] | Outcome = hub.ask(all_of_it)
    assert not isinstance(found, Outcome), found.sentence()
    return found


def began(hub: Kit) -> Cursor:
    return pages(hub, None)[-1].cursor


def ids(found: list[Letters]) -> list[str]:
    return [letter.id for page in found for letter in page.letters]


def test_the_first_look_is_silent_whatever_lies_there() -> None:
    """Old mail of the first sync triggered acknowledgements at Frappe (#33006)."""
    with Kit(addon) as hub:
        arrives(hub, "old-1", "old-2")
        hub.clock.advance(days=2)

        found = pages(hub, None)

        assert ids(found) == []
        assert ids(pages(hub, found[-1].cursor)) == []


def test_what_comes_after_the_first_look_is_news_once() -> None:
    with Kit(addon) as hub:
        start = began(hub)
        arrives(hub, "new-1")

        found = pages(hub, start)

        (letter,) = found[0].letters
        assert (letter.id, letter.thread, letter.cut) == ("new-1", "c-new-1", False)
        assert letter.raw == b"Subject: Re: Hello\r\n\r\nYes.\r\n"
        assert ids(pages(hub, found[-1].cursor)) == []


def test_many_letters_come_page_by_page_and_can_be_taken_up_in_the_middle() -> None:
    with Kit(addon) as hub:
        start = began(hub)
        arrives(hub, *(f"n{number}" for number in range(45)))

        found = pages(hub, start)

        assert [len(page.letters) for page in found] == [20, 20, 5]
        assert [page.more for page in found] == [True, True, False]
        assert ids(pages(hub, found[0].cursor)) == ids(found[1:])


def test_a_token_that_has_ended_begins_anew_and_says_so() -> None:
    """*Synced* was shown and nothing was read any more (Twenty #18159): a bookmark that has ended must not stop a mailbox."""
    with Kit(addon) as hub:
        arrives(hub, "long-ago")
        hub.clock.advance(days=10)
        arrives(hub, "lately")
        hub.clock.advance(days=1)

        (page,) = pages(hub, Cursor(token="$deltatoken=ended"))

        assert page.reset
        assert [letter.id for letter in page.letters] == ["lately"]
        assert ids(pages(hub, page.cursor)) == []


@pytest.mark.parametrize(
    "code", ["SyncStateNotFound", "syncStateNotFound", "ErrorInvalidSyncStateData", "resyncRequired"]
)
def test_each_spelling_of_an_ended_token_is_understood(code: str) -> None:
    with Kit(addon) as hub:
        start = began(hub)
        arrives(hub, "n1")
        hub.vendor.fail(says(400, code))

        (page,) = pages(hub, start)

        assert page.reset
        assert [letter.id for letter in page.letters] == ["n1"]


def test_a_letter_that_is_gone_does_not_stop_the_mailbox() -> None:
    """One bad message stopped a mailbox (EmailEngine's change log)."""
    with Kit(addon, vendor=graph()) as hub:
        start = began(hub)
        arrives(hub, "n1", "n2")
        hub.vendor.fail(Fault("a round", acts=True), says(404, "ErrorItemNotFound"))

        assert ids(pages(hub, start)) == ["n2"]


def test_inbox_zero_1246_a_letter_comes_with_every_id_of_what_went_out_in_its_conversation() -> None:
    """An answer names the id that Exchange wrote, and our records know the one that we wrote."""
    copy = {"id": "s1", "internetMessageId": "<x@prod.outlook.com>", "conversationId": "c-n1",
            "singleValueExtendedProperties": [{"id": graph_of_mail.KEPT_ID, "value": "<hub-1@contoso.example>"}]}  # fmt: skip
    asked: list[str] = []

    def respond(call: Any) -> tuple[int, Any]:
        if call.path != simulation.SENT:
            return simulation.respond(call)
        asked.append(call.query["$filter"])
        return 200, {"value": [copy]}

    vendor = Simulator(addon.hub_addon(), SimpleNamespace(SEEDS=simulation.SEEDS, respond=respond))
    with Kit(addon, vendor=vendor) as hub:
        start = began(hub)
        arrives(hub, "n1")

        ((letter,),) = (page.letters for page in pages(hub, start))

    assert letter.sent_ids == ("<x@prod.outlook.com>", "<hub-1@contoso.example>")
    assert asked == ["conversationId eq 'c-n1'"]


def test_a_graph_that_does_not_take_the_question_brings_the_letter_all_the_same() -> None:
    with Kit(addon) as hub:
        start = began(hub)
        arrives(hub, "n1")
        hub.vendor.fail(Fault("a round", acts=True), Fault("a letter", acts=True), says(400, "ErrorInvalidRestriction"))

        ((letter,),) = (page.letters for page in pages(hub, start))

    assert (letter.id, letter.thread, letter.sent_ids) == ("n1", "c-n1", ())


def test_a_letter_that_is_too_long_comes_without_its_body() -> None:
    with Kit(addon) as hub:
        start = began(hub)
        head = "From: bea@example.com\r\nIn-Reply-To: <a@b>\r\nContent-Type: text/html\r\nSubject: Long"
        arrives(hub, "n1", raw=f"{head}\r\n\r\nFirst words {'x' * 2_200_000}")

        ((letter,),) = (page.letters for page in pages(hub, start))

        parsed = message_from_bytes(letter.raw)
        assert letter.cut
        assert (parsed["In-Reply-To"], parsed["Content-Type"]) == ("<a@b>", 'text/plain; charset="utf-8"')
        assert parsed.get_payload().startswith("First words")


def test_a_letter_with_odd_bytes_comes_as_it_is() -> None:
    odd = b"Subject: caf\xe9\r\n\r\n\xff\x00\r\n"
    with Kit(addon) as hub:
        start = began(hub)
        arrives(hub, "n1")
        hub.vendor.fail(Fault("a round", acts=True), Fault("odd", 200, body=odd))

        assert pages(hub, start)[0].letters[0].raw == odd


def test_a_link_that_leads_elsewhere_is_not_followed() -> None:
    """Our key goes to no address that an answer names; of the link only Microsoft's own word is used."""
    elsewhere = {"value": [], "@odata.deltaLink": "https://evil.example/steal?$deltatoken=7"}
    with Kit(addon, vendor=graph(delta=(200, elsewhere))) as hub:
        assert began(hub) == Cursor(token="$deltatoken=7")
        assert {path for _, path in hub.vendor.calls} == {f"{simulation.INBOX}/delta"}


def test_an_answer_without_a_link_is_asked_for_again_later() -> None:
    with Kit(addon, vendor=graph(delta=(200, {"value": []}))) as hub:

        async def first(vendor: Any) -> Letters:
            assert mailer.read is not None
            return await anext(mailer.read(vendor, None))

        said = hub.ask(first)

    assert said.sentence() == "Outlook did not say from where to read on."


def test_a_throttled_mailbox_is_read_later() -> None:
    with Kit(addon) as hub:
        start = began(hub)
        hub.vendor.fail(faults.too_many("90"))

        async def all_of_it(vendor: Any) -> list[Letters]:
            assert mailer.read is not None
            return [page async for page in mailer.read(vendor, start)]

        said = hub.ask(all_of_it)

    assert (said.verdict, said.seconds) == ("wait", 90.0)
