"""Whatever is sent: no mistake of ours, and every answer is one that the OpenAPI description tells of (P15).

schemathesis draws calls from the description, right ones and wrong ones, for each role, and stories in which one call's answer
feeds the next along the description's links. With `--faults=large` thousands of them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import schemathesis
from django.db import transaction
from schemathesis import checks as all_checks
from schemathesis.specs.openapi import checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.api.conftest import Program

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CHECKS = [
    all_checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
SMALL, LARGE = 1, 400
"""Right calls of each operation and role, and as many wrong ones."""

STORIES, STEPS = {"small": 2, "quarter": 50, "large": 300}, {"small": 6, "quarter": 20, "large": 30}
"""How many stories of each role, and calls in each."""

RIGHT, WRONG = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE

READING = ("contacts.list", "contacts.read", "notes.list", "plans.read", "runs.read", "enrollments.list", "tags.list")


@pytest.fixture
def application(role: Program, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The hub as a WSGI application, with room for very many calls."""
    from django.core import signals
    from django.core.wsgi import get_wsgi_application
    from django.db import close_old_connections

    from hub.api import limits

    endless = limits.Allowance(a_minute=60_000, burst=1_000_000)
    monkeypatch.setattr(limits.take, "__defaults__", (endless,))
    monkeypatch.setattr(limits, "FAILURES", endless)
    # As Django's own test client does, which connects it again: the test's transaction is on this connection.
    signals_sent = (signals.request_started, signals.request_finished)
    for signal in signals_sent:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in signals_sent:
        signal.connect(close_old_connections)


@pytest.fixture(params=["account keys", "an API user who reads", "an API user without grants", "a stranger"])
def role(
    request: pytest.FixtureRequest, denver: Any, plan: Any, keys_of: Callable[..., Program], api_user: Any
) -> Program:
    from tests.api.conftest import Program

    anywhere = ("0.0.0.0/0",)
    programs = {
        "account keys": lambda: keys_of(denver),
        "an API user who reads": lambda: api_user(denver, *READING, addresses=anywhere),
        "an API user without grants": lambda: api_user(denver, addresses=anywhere),
        "a stranger": Program,
    }
    keys = keys_of(denver)
    made = keys.post("/api/contacts", {"last_name": "Lee"}).json()["contact"]["id"]
    keys.post("/api/enrollments", {"plan_id": plan.pk, "contact_id": made})
    return programs[request.param]()


def test_no_call_meets_a_mistake_or_an_answer_nobody_described(
    application: Any, role: Program, pytestconfig: pytest.Config
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    small = pytestconfig.getoption("--faults") == "small"

    may_write = "X-Web-Key" in role.headers
    modes = (RIGHT, WRONG) if may_write or not small else (RIGHT,)

    for found in schema.get_all_operations():
        _call(found.ok(), role, modes, SMALL if small else LARGE)


def test_no_story_does_either(application: Any, role: Program, plan: Any, pytestconfig: pytest.Config) -> None:
    figure = pytestconfig.getoption("--faults")
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
    schema.config.generation.update(with_security_parameters=False)  # the role's own headers say who calls
    schema.hook("map_body")(lambda context, body: _with_plan(body, plan.pk))
    stories = 1 if figure == "small" and "X-Web-Key" not in role.headers else STORIES[figure]
    met: Counter[str] = Counter()

    class Story(schema.as_state_machine()):  # type: ignore[misc]
        """Each begins with the same rows: whoever tells it again must hear the same answers."""

        def setup(self) -> None:
            self._rows = transaction.atomic()
            self._rows.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self._rows.__exit__(None, None, None)
            super().teardown()

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": dict(role.headers)}

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            met[f"{response.status_code} {case.operation.label}"] += 1
            case.validate_response(response, checks=CHECKS, headers=dict(role.headers))

    Story.run(
        settings=hypothesis.settings(
            max_examples=stories, stateful_step_count=STEPS[figure], deadline=None, database=None, derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate],
        )
    )  # fmt: skip
    assert met


def _with_plan(body: Any, plan_id: int) -> Any:
    """Chance never finds the plan that there is."""
    return {**body, "plan_id": str(plan_id)} if isinstance(body, dict) and "plan_id" in body else body


def _call(operation: Any, role: Program, modes: tuple[Any, ...], times: int) -> None:
    for mode in modes:

        @hypothesis.settings(
            max_examples=times, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )  # fmt: skip
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def try_it(case: Any) -> None:
            case.call_and_validate(headers=dict(role.headers), checks=CHECKS)

        try_it()
