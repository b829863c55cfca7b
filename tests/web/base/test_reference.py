"""The API's reference for people: open to whoever has the address, and each call and each shape of the description on it."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_every_call_and_shape_of_the_description_is_on_the_page_and_every_link_leads_somewhere() -> None:
    described = json.loads(Client().get("/api/openapi.json").content)

    answer = Client().get("/api-reference")

    page = answer.content.decode()
    calls = [one["operationId"] for methods in described["paths"].values() for one in methods.values()]
    wanted = {*calls, *(f"shape-{name}" for name in described["components"]["schemas"])}
    ids, links = set(re.findall(r'id="([^"]+)"', page)), set(re.findall(r'href="#([^"]+)"', page))
    assert answer.status_code == 200
    assert wanted <= ids
    assert links <= ids
