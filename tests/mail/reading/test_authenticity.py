"""Whether the server that received a letter says that its sender is forged, as the servers of real providers write it."""

from __future__ import annotations

import time

import pytest

from hub.mail.reading import parsing
from hub.mail.reading.authenticity import is_refuted
from tests.mail.reading.letters import raw

GOOGLE = (
    "Received: by 2002:a05:6358:9f8f:b0:1 with SMTP id x;\r\n"
    "Received: from mx.y.test (mx.y.test [1.1.1.1])\r\n by mx.google.com with ESMTPS id x\r\n"
)
POSTFIX = "Received: from mx.y.test (unknown [1.1.1.1])\r\n by mail.crm.test (Postfix) with ESMTP id 4X\r\n"
EXCHANGE = (
    "Received: from A.eurprd05.prod.outlook.com by B.eurprd05.prod.outlook.com with HTTPS\r\n"
    "Authentication-Results: {told}\r\n"
    "Received: from mx.y.test (1.1.1.1) by C.mail.protection.outlook.com (10.1.1.1) with Microsoft SMTP Server\r\n"
)


def refuted(above: str, *, sender: str = "Bea <bea@y.test>", domain: str = "shop.example") -> bool:
    mail = parsing.read(above.encode() + raw(sender=sender))
    return is_refuted(mail.trace, mail.sender, [domain])


def results(told: str) -> str:
    return f"Authentication-Results: {told}\r\n"


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        (GOOGLE + results("mx.google.com;\r\n dkim=none; spf=softfail;\r\n dmarc=fail (p=NONE) header.from=y.test"), True),
        (GOOGLE + results("mx.google.com; dkim=pass header.i=@y.test; spf=pass; dmarc=pass header.from=y.test"), False),
        (GOOGLE + results("mx.google.com; dkim=pass header.i=@y.test; spf=fail; dmarc=pass header.from=y.test"), False),
        (results("mail.crm.test; dmarc=fail header.from=y.test") + POSTFIX, True),
        (POSTFIX + results("mail.crm.test; spf=fail smtp.mailfrom=y.test; dkim=fail (bad signature)"), True),
        (POSTFIX + results("mail.crm.test; spf=softfail; dkim=none"), True),
        (POSTFIX + results("mail.crm.test; spf=fail; dkim=pass header.d=y.test"), False),
        (POSTFIX + results("mail.crm.test 1; spf=none; dkim=none"), False),
        (POSTFIX + results("mail.crm.test; none"), False),
        (POSTFIX + results("mail.crm.test; dmarc=pass header.from=evil.test"), True),
        (POSTFIX + results("mail.crm.test; dmarc=pass header.from=bea@news.y.test"), False),
        (results("mx.shop.example; dmarc=fail") + POSTFIX, True),
        (results("mx.crm.gv.at; dmarc=fail") + "Received: from z by mail.crm.gv.at\r\n", True),
        (POSTFIX + results("mail.crm.test; dmarc=pass header.from=news.Y.TEST."), False),
        (EXCHANGE.format(told="spf=fail (sender IP is 1.1.1.1); dkim=none;dmarc=fail action=none;compauth=fail"), True),
        (EXCHANGE.format(told="spf=pass (sender IP is 1.1.1.1); dkim=pass;dmarc=pass action=none header.from=y.test"), False),
    ],
)  # fmt: skip
def test_what_the_receiving_server_says(above: str, *, expected: bool) -> None:
    assert refuted(above) is expected


@pytest.mark.parametrize(
    "above",
    [
        "",
        POSTFIX,
        POSTFIX + results("mx.forwarder.test; dmarc=fail header.from=y.test") + "Received: from z by mx.forwarder.test\r\n",
        POSTFIX + results("spf=fail; dkim=none; dmarc=fail") + "Received: from z by D.mail.protection.outlook.com\r\n",
        results("mail.crm.test; dmarc=pass header.from=y.test") + POSTFIX + results("mail.crm.test; dmarc=fail"),
        POSTFIX + results("mail.crm.test; x=\"(dmarc=fail\"; (dmarc=fail) spf=pass (; dmarc=fail)"),
        results("crm.co.uk; dmarc=fail") + "Received: from z by mx.other.co.uk\r\n",
        results("crm.nagoya.jp; dmarc=fail") + "Received: from z by mx.other.nagoya.jp\r\n",
        results("crm.github.io; dmarc=fail") + "Received: from z by mx.github.io\r\n",
        results("") + POSTFIX, results(";;;=;") + POSTFIX, results("((((((((") + POSTFIX,
    ],
    ids=["nothing", "no_results", "a_forwarder_s", "a_forwarder_s_without_name", "the_topmost_counts", "comments",
         "a_registry_is_no_organisation", "a_registry_of_an_uncommon_form", "a_firm_s_registry",
         "empty", "signs", "brackets"],
)  # fmt: skip
def test_what_is_not_its_own_word_or_no_word_says_nothing(above: str) -> None:
    assert not refuted(above)


def test_a_host_named_like_a_preposition_hides_nothing() -> None:
    above = "Received: from by evil.test (by evil.test [1.1.1.1]) by mail.crm.test with ESMTP\r\n"

    assert refuted(above + results("mail.crm.test; dmarc=fail"))


def test_a_letter_that_names_its_sender_twice_is_not_believed() -> None:
    assert refuted("From: Mallory <m@evil.test>\r\n")


def test_a_header_as_long_as_one_likes_costs_nothing() -> None:
    begun = time.process_time()

    for told in ("(" * 60_000, "dmarc=" * 10_000, "by a." * 12_000, ";" * 60_000, "(a" * 30_000 + ")" * 30_000):
        refuted(f"Received: from x {told} by mail.crm.test\r\n" + results("mail.crm.test; " + told))

    assert time.process_time() - begun < 1
