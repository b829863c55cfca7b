"""The built-in kinds of step, written through the same contract as a stranger's add-on: the proof that it suffices.

The add-on is called *steps* and is always on. Most kinds stay inside the house: they return changes, which the host makes in the
transaction that closes the step. One leaves it: ``webhook`` calls an address an admin typed in.
"""

from hub.steps import assign_user, move_to_plan, note, notify, sales_cycle, tags, wait, webhook
from hub.steps.addon import addon

__all__ = ["addon", "assign_user", "move_to_plan", "note", "notify", "sales_cycle", "tags", "wait", "webhook"]
