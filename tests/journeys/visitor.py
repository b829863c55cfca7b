"""Somebody at a browser, over real HTTP: signs in, puts contacts on a plan, reads pages."""

from __future__ import annotations

import html
import re
from types import TracebackType

import httpx

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


class Visitor:
    """One person. Use it as a context."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, follow_redirects=True, timeout=60.0, trust_env=False)

    def read(self, path: str) -> str:
        """A page's HTML."""
        return _body(self.ask(path))

    def ask(self, path: str) -> httpx.Response:
        """A page, whatever comes of it."""
        return self._http.get(path)

    def send(self, path: str, form: dict[str, str]) -> str:
        """Post a form with the CSRF token of the page it stands on; returns the page that follows."""
        token = hidden(self.read(path))["csrfmiddlewaretoken"]
        return self._post(path, {"csrfmiddlewaretoken": token, **form})

    def sign_in(self, user: str, password: str) -> None:
        """Through the door."""
        page = self.send("/sign-in", {"username": user, "password": password})
        assert "Sign out" in page, page[:2_000]

    def enroll_everybody(self, account: int, plan: int) -> tuple[str, str]:
        """Mark all contacts, look at the count, confirm. Returns both pages."""
        path = f"/a/{account}/plans/{plan}/enroll"
        count = self.send(path, {"all_matching": "1", "q": ""})
        return count, self._post(path, hidden(count))

    def _post(self, path: str, form: dict[str, str]) -> str:
        return _body(self._http.post(path, data=form, headers={"Referer": str(self._http.base_url)}))

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()


def hidden(page: str) -> dict[str, str]:
    """Name → value of a page's hidden inputs, as a browser would send them back."""
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(page)}


def _body(answer: httpx.Response) -> str:
    assert answer.status_code == 200, f"{answer.request.url} answered {answer.status_code}: {answer.text[:2_000]}"
    return answer.text
