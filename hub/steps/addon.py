"""The add-on that all built-in kinds of step belong to."""

from __future__ import annotations

from hub.core import AddOn

addon = AddOn(
    "steps",
    title="Built-in steps",
    summary="What a plan can do without any partner: write, tell, assign, sort, wait, and call an address of your own.",
    logo="blocks",
    always_on=True,
)
