"""The clean API, put together: its operations, its OpenAPI description, and how it says what went wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from hub.api import contacts, emails, hooks, links, lists, me, notes, plans, problems
from hub.api.reading import LimitedParser
from hub.users import declare

VERSION = "1.0.0"

DESCRIPTION = """
Contacts, their history and their action plans, for programs.

Every call brings credentials: the headers `X-Access-Token` and `X-Web-Key` of an account, or the secret of an API user as
`Authorization: Bearer …`. Problems are answered as problem+json with a stable `code`. Lists come page by page: send `next` as
`cursor`. A call that changes something may bring an `Idempotency-Key` of your choice; sent again with the same key within seven
days it gets the first answer and does nothing. Too many calls are answered with 429 and `Retry-After` in seconds.
"""

SECURITY_SCHEMES = {
    "AccessToken": {"type": "apiKey", "in": "header", "name": "X-Access-Token"},
    "WebKey": {"type": "apiKey", "in": "header", "name": "X-Web-Key"},
    "ApiUser": {"type": "http", "scheme": "bearer"},
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Of your choice; sent again with the same one, the call is not done twice.",
}


class HubApi(NinjaAPI):
    """django-ninja's, with what its description of the API cannot say by itself."""

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        """Whoever calls with the wrong method is told in the API's own words, too."""
        urls: list[URLResolver | URLPattern] = super()._get_urls()
        for one in urls:
            if isinstance(one, URLPattern) and not isinstance(one.callback, functools.partial):  # those are no calls
                one.callback = _wording_methods(one.callback)
        return urls

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema["components"]["securitySchemes"] = SECURITY_SCHEMES
        schema["security"] = [{"AccessToken": [], "WebKey": []}, {"ApiUser": []}]
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                _complete(method, operation)
        links.add(schema["paths"])
        return schema


def _wording_methods(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @functools.wraps(view)
    def enter(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
        response = view(request, *given, **named)
        if response.status_code != problems.WrongMethod.status:
            return response
        told = problems.answer(request, problems.WrongMethod(response["Allow"].split(", ")))
        told["Allow"] = response["Allow"]
        return told

    return enter


def _complete(method: str, operation: dict[str, Any]) -> None:
    if method != "get":
        operation["parameters"] = [*operation["parameters"], IDEMPOTENCY_KEY]
    for status, answer in operation["responses"].items():
        if int(status) >= 400 and "content" in answer:
            answer["content"] = {problems.MEDIA_TYPE: answer["content"]["application/json"]}


def build() -> HubApi:
    """The API with all its operations."""
    api = HubApi(
        title="The hub's API",
        version=VERSION,
        description=DESCRIPTION.strip(),
        parser=LimitedParser(),
        openapi_url="/openapi.json",
        docs_url=None,
        docs_decorator=declare.route(declare.PUBLIC),
        urls_namespace="api",
    )
    problems.handle_in(api)
    for router in (me.router, contacts.router, notes.router, emails.router, lists.router, plans.router, hooks.router):
        api.add_router("", router)
    return api


api = build()
