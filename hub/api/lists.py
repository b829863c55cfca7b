"""What contacts are described with: lead sources, sales cycle, tags, custom fields, and the people they are assigned to.

These are the lists in force: where an account above has locked one, its own counts. They are read here and changed on pages.
"""

from __future__ import annotations

from ninja import Router

from hub.api.door import operation
from hub.api.paging import Cursor, Limit
from hub.api.request import ApiRequest
from hub.api.shapes import lists as shapes
from hub.api.shapes.base import Named
from hub.contacts import lists
from hub.db import paging
from hub.users import reads as users

router = Router()


@operation(
    router, "GET", "/lead-sources", "lead_sources.list", "list lead sources by API",
    answers={200: shapes.LeadSources}, tag="Lists",
)  # fmt: skip
def list_lead_sources(request: ApiRequest) -> shapes.LeadSources:
    """Where contacts come from, by name."""
    found = lists.lead_sources(request.account, hidden=True)
    return shapes.LeadSources(
        lead_sources=[shapes.LeadSourceOut(id=one.id, name=one.name, hidden=one.hidden) for one in found]
    )


@operation(
    router, "GET", "/sales-cycles", "sales_cycles.list", "list the sales cycle by API",
    answers={200: shapes.SalesCycles}, tag="Lists",
)  # fmt: skip
def list_sales_cycles(request: ApiRequest) -> shapes.SalesCycles:
    """The stages of the sales cycle, in order."""
    return shapes.SalesCycles(sales_cycles=_named(lists.sales_cycles(request.account)))


@operation(router, "GET", "/tags", "tags.list", "list tags by API", answers={200: shapes.TagsOut}, tag="Lists")
def list_tags(request: ApiRequest) -> shapes.TagsOut:
    """The account's tags, by name."""
    return shapes.TagsOut(tags=_named(lists.tags(request.account)))


@operation(
    router, "GET", "/custom-fields", "custom_fields.list", "list custom fields by API",
    answers={200: shapes.CustomFields}, tag="Lists",
)  # fmt: skip
def list_custom_fields(request: ApiRequest) -> shapes.CustomFields:
    """The names of the account's custom fields."""
    return shapes.CustomFields(custom_fields=lists.custom_labels(request.account))


@operation(router, "GET", "/users", "users.list", "list users by API", answers={200: shapes.Users}, tag="Lists")
def list_users(request: ApiRequest, cursor: Cursor = None, limit: Limit = 50) -> shapes.Users:
    """The people whom contacts can be assigned to."""
    page = paging.page(users.users_of(request.account), cursor, limit, ("id",))
    return shapes.Users(
        users=[shapes.UserOut(id=row.pk, name=row.label, email=row.email, phone=row.phone) for row in page.rows],
        next=page.next,
    )


def _named(choices: list[lists.Choice]) -> list[Named]:
    return [Named(id=one.id, name=one.name) for one in choices]
