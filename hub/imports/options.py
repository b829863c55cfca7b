"""What a person wishes for everybody in the file. Kept as JSON with the import."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hub.contacts.incoming import LABELS, Consent, Policy
from hub.contacts.lists import Lists


class Options(BaseModel):
    """The choices of the import screen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    existing: Literal["update", "keep", "new"] = "update"
    """What to do with contacts that are known already."""
    tags: tuple[str, ...] = Field(default=(), max_length=20)
    """For all contacts in the file, new and known."""
    lead_source_id: int | None = None
    """For contacts that have none."""
    sales_cycle_id: int | None = None
    assigned_user_id: int | None = None
    make_lead_sources: bool = True
    """Make lead sources that are in the file only; otherwise they wait on the review list."""
    email_ok: bool | None = None
    """What everybody in the file agreed to; None says nothing."""
    sms_ok: bool | None = None
    call_ok: bool | None = None
    consent_source: str = Field(default="", max_length=60)
    plan_id: int | None = None
    """Put everybody on this plan when the import is done."""

    def among(self, in_force: Lists) -> tuple[Options, list[str]]:
        """The choices without what is on no list any more, and what was left out, as people call it.

        Since the import began a stage may have been removed, or a list locked.
        """
        lists = {"lead_source": in_force.sources, "sales_cycle": in_force.cycles}
        gone = [
            name for name, choices in lists.items()
            if getattr(self, f"{name}_id") not in (None, *(choice.id for choice in choices.values()))
        ]  # fmt: skip
        return self.model_copy(update={f"{name}_id": None for name in gone}), [LABELS[name].lower() for name in gone]

    def policy(self, file_name: str, new_labels: bool) -> Policy:
        """As the door wants it. ``new_labels``: the mapping names custom fields, which is asking for them."""
        return Policy(
            source="csv",
            ids_may_repeat=True,
            told_as=file_name,
            existing=self.existing,
            make_lead_sources=self.make_lead_sources,
            make_custom_fields=new_labels,
            lead_source_id=self.lead_source_id,
            sales_cycle_id=self.sales_cycle_id,
            assigned_user_id=self.assigned_user_id,
            tags=self.tags,
            consent=Consent(self.email_ok, self.sms_ok, self.call_ok, self.consent_source or "import"),
        )
