"""What the add-on's page says of an unclear sending is what the machine does with one."""

from __future__ import annotations

import pytest

from hub.addons import unclear
from hub.core.manifest import ActionManifest, EndpointManifest, Manifest

KEY = "sent again under the same key while the vendor knows it, and after that"

ONE, AGAIN = "the call it makes is one", "then it is sent again; which call it makes is not known here"
KNOWN, SAME = "whose key the vendor still knows", "that changes nothing when it is repeated"


def said(*effects: str, reconciles: bool, mailers: tuple[str, ...] = ()) -> str:
    action = ActionManifest(type="pigeon.mail", title="Mail", fields=(), reconciles=reconciles)
    calls = tuple(EndpointManifest(method="POST" if one else "GET", path="/x", effect=one) for one in ("", *effects))
    return unclear.words(Manifest(name="pigeon", title="P", endpoints=calls, mailers=mailers), action)


@pytest.mark.parametrize(
    ("effects", "reconciles", "sentence"),
    [
        (("once",), True, "an unclear sending is looked up"),
        (("once",), False, "an unclear sending is shown to a person"),
        (("once", "once"), False, "an unclear sending is shown to a person"),
        (("keyed",), True, f"an unclear sending is {KEY} looked up"),
        (("keyed",), False, f"an unclear sending is {KEY} shown to a person"),
        (("repeatable",), False, "an unclear sending is sent again, which changes nothing"),
        (("repeatable", "repeatable"), True, "an unclear sending is sent again, which changes nothing"),
        (("once", "keyed"), True, f"an unclear sending is looked up, unless {ONE} {KNOWN}: {AGAIN}"),
        (("once", "keyed", "once"), False, f"an unclear sending is shown to a person, unless {ONE} {KNOWN}: {AGAIN}"),
        (("once", "repeatable"), True, f"an unclear sending is looked up, unless {ONE} {SAME}: {AGAIN}"),
        (("keyed", "repeatable"), False, f"an unclear sending is shown to a person, unless {ONE} {KNOWN} or {SAME}: {AGAIN}"),
        ((), False, ""),
    ],
)  # fmt: skip
def test_each_class_has_its_sentence(effects: tuple[str, ...], reconciles: bool, sentence: str) -> None:
    assert said(*effects, reconciles=reconciles) == sentence


@pytest.mark.parametrize(
    ("reconciles", "sentence"),
    [
        (
            True,
            "an unclear sending is looked up where the provider files sent mail by itself, and else shown to a person",
        ),
        (False, "an unclear sending is shown to a person"),
    ],
)
def test_a_mail_by_post_is_looked_up_only_where_it_is_filed(reconciles: bool, sentence: str) -> None:
    assert said(reconciles=reconciles, mailers=("pigeon.mail",)) == sentence


def test_a_mailer_with_an_api_goes_by_its_calls() -> None:
    assert said("once", reconciles=True, mailers=("pigeon.mail",)) == "an unclear sending is looked up"
