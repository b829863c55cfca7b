"""What Google's or Microsoft's own document has in an answer is no news to an account; a field that it has not is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hub_gmail import endpoints
from hub_outlook import graph

from hub.core.endpoints import Endpoint
from hub.dispatch.drift import differences

MAIL = {
    "id": "m1", "threadId": "t1", "labelIds": ["SENT"], "snippet": "Hi", "historyId": "7", "internalDate": "1767322800000",
    "sizeEstimate": 812, "classificationLabelValues": [{"labelId": "x"}],
}  # fmt: skip
PART = {"partId": "", "mimeType": "text/plain", "filename": "", "headers": [{"name": "To", "value": "a@b.example"}],
        "body": {"size": 2}, "parts": []}  # fmt: skip
ADDED = {"message": {"id": "m1", "threadId": "t1", "labelIds": ["INBOX"]}}

OF = {"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#x"}
THING = {"@odata.etag": 'W/"x"', "@odata.type": "#microsoft.graph.message", "id": "m1", "conversationId": "c1"}
COPY = {**THING, "internetMessageId": "<m1@hub.test>", "singleValueExtendedProperties@odata.context": "x",
        "singleValueExtendedProperties": [{"id": graph.KEPT_ID, "value": "<m1@hub.test>"}]}  # fmt: skip

ANSWERS: dict[str, tuple[Endpoint[Any], dict[str, Any]]] = {
    "sent": (endpoints.send_mail, MAIL),
    "uploaded": (endpoints.upload_mail, {**MAIL, "raw": "SGk", "payload": PART}),
    "listed": (endpoints.mails, {"messages": [MAIL], "nextPageToken": "2", "resultSizeEstimate": 201}),
    "one": (endpoints.mail, {**MAIL, "raw": "SGk", "payload": PART}),
    "history": (
        endpoints.history,
        {"history": [{"id": "7", "messages": [MAIL], "messagesAdded": [ADDED], "labelsAdded": [], "labelsRemoved": [],
                      "messagesDeleted": []}], "nextPageToken": "2", "historyId": "8"},
    ),
    "profile": (
        endpoints.profile,
        {"emailAddress": "a@b.example", "historyId": "8", "messagesTotal": 4, "threadsTotal": 3},
    ),
    "me": (graph.me, {**OF, "id": "u1", "mail": "a@b.example", "userPrincipalName": "a@b.example", "proxyAddresses": []}),
    "sent items": (graph.sent_items, {**OF, "value": [COPY]}),
    "changes": (
        graph.changes,
        {**OF, "value": [{**THING, "receivedDateTime": "2026-11-02T10:00:00Z"}], "@odata.deltaLink": "https://x.example/"},
    ),
    "head": (
        graph.head,
        {**OF, "@odata.etag": "x", "id": "m1", "internetMessageHeaders": [{"name": "To", "value": "x"}], "bodyPreview": "Hi"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_with_all_that_the_document_has_is_no_news(name: str) -> None:
    endpoint, answer = ANSWERS[name]

    assert differences(endpoint.answer, json.dumps(answer).encode()) == ()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_field_that_it_has_not_is_news(name: str) -> None:
    endpoint, answer = ANSWERS[name]

    (difference,) = differences(endpoint.answer, json.dumps({**answer, "mood": "fine"}).encode())

    assert difference.path == "mood"
