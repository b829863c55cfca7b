"""Larkline, a vendor that does not exist: guest lists and tickets for events. The add-on to look at when yours has grown.

In the order of reading: ``declaration`` says who the vendor is and what an account fills in, ``events`` reads the lists that forms
choose from, ``inviting`` and ``tickets`` are two kinds of step with two kinds of effect, ``guests`` brings people in and maps them,
``arrivals`` hears of guests at the door. ``simulation`` tells the kit what the declaration cannot: what the vendor has.
"""

from hub_larkline import arrivals, events, guests, inviting, tickets
from hub_larkline.declaration import addon

__all__ = ["addon", "arrivals", "events", "guests", "inviting", "tickets"]
