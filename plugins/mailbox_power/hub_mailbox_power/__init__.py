"""Mailbox Power: posts a card or a gift by adding the contact to a contact group.

The group is tied to a campaign at Mailbox Power, and the campaign decides what is sent; the hub never names a product. The
story in order: ``declaration`` says who the vendor is and what an admin must know, ``endpoints`` is the one table of its calls,
``groups`` reads the list of contact groups and tests the key, ``gift`` is the step.
"""

from hub_mailbox_power import gift, groups
from hub_mailbox_power.declaration import addon

__all__ = ["addon", "gift", "groups"]
