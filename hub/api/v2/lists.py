"""What a caller chooses from: action plans, lead sources, the sales cycle, users."""

from __future__ import annotations

from hub.api.request import ApiRequest
from hub.api.v2.door import Rows, call
from hub.api.v2.parameters import Parameters
from hub.contacts import lists
from hub.plans import reads as plans
from hub.plans.models import PlanVersion
from hub.users import reads as users
from hub.users import roles
from hub.users.models import Grant, User

MOST = 1_000
"""Entries of one list."""


@call("GET", "read_action_plan_list", "v2.read_action_plan_list", "list action plans by API 2.0")
def read_action_plan_list(request: ApiRequest, given: Parameters) -> Rows:
    """Plans that contacts can be put on. Two levels deep, as callers expect it: one group, for plans have no types here."""
    rows = plans.plans(request.account, request.plan_viewer)
    rows = rows.filter(versions__state=PlanVersion.State.READY)[: _limit(given)]
    found = [{"action_plan_id": str(row.pk), "action_plan_name": row.name} for row in rows]
    return Rows([found] if found else [], total=len(found))


@call("GET", "read_lead_source_list", "v2.read_lead_source_list", "list lead sources by API 2.0")
def read_lead_source_list(request: ApiRequest, given: Parameters) -> Rows:
    """Lead sources in force here, by name."""
    found = lists.lead_sources(request.account)[: _limit(given)]
    return Rows([{"lead_source_id": str(one.id), "lead_source_name": one.name} for one in found])


@call("GET", "read_sales_cycle_list", "v2.read_sales_cycle_list", "list the sales cycle by API 2.0")
def read_sales_cycle_list(request: ApiRequest, given: Parameters) -> Rows:
    """The stages in force here, in order. None at all is written as the id -1 and not listed."""
    found = lists.sales_cycles(request.account)[: _limit(given)]
    return Rows([{"sales_cycle_id": str(one.id), "sales_cycle_name": one.name} for one in found])


@call("GET", "read_user_list", "v2.read_user_list", "list users by API 2.0")
def read_user_list(request: ApiRequest, given: Parameters) -> Rows:
    """The account's people, each with the *ID for API v2* of their page."""
    rows = list(users.users_of(request.account)[: _limit(given)])
    held = Grant.objects.filter(user__in=rows, account=request.account).order_by("-pk")
    kinds = {grant.user_id: roles.label(grant.template) for grant in held}
    return Rows([_user(row, kinds.get(row.pk, "")) for row in rows])


def _user(row: User, kind: str) -> dict[str, str]:
    return {
        "user_id": str(row.api_v2_id),
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.email,
        "phone": row.phone,
        "user_type": kind,
    }


def _limit(given: Parameters) -> int:
    return given.number("limit", MOST, 1, MOST)
