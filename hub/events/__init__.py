"""What happened, for whoever listens: the transactional outbox.

Whoever changes something says so with a ``NewEvent`` inside the transaction of the change, so an event is there exactly when
what it tells of is. Nothing is written for an account in which nobody listens (``listening``): the rooms that subscribe keep that
table, and the engine reads it with the runs it claims, so that silence costs no query. ``changes.take`` hands events on, each to
one taker; what becomes of them is the taker's business. No order is promised; each event has an id that never changes.
"""
