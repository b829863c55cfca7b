"""An event loop of its own for each guest: a distribution whose code runs in the hub's process and is not the hub's own.

The story in order. :mod:`~hub.dispatch.guests.house` knows which add-on is a guest and which is the house's. A
:class:`~hub.dispatch.guests.guest.Guest` begins a :class:`~hub.dispatch.guests.loop.GuestLoop` when it is first needed: a way out
like the house's, with a thread of its own. All of the guest's coroutines run there: steps (:mod:`hub.dispatch.carrying` has a
runner for each), connection tests, lists, imports. Its tokens, which others' steps may mention, are filled in threads
(:mod:`~hub.dispatch.guests.tokens`).

A thread watches. A loop that does not turn for some seconds is *given up*: nothing new is begun in it, whoever waits for it hears
so, and what it had in hand is taken back under the ledger's fences. After a rest the guest begins another. Nobody else notices.

It is a wall against slips, not against malice: it is the same process (``docs/isolation.md``).
"""
