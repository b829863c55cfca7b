"""Guards: what holds a step back although its time has come, so that no harm is done and no money wasted.

``breaker`` decides from a few numbers when a connection is given a rest; ``breakers`` keeps its rows, reads them with each batch
and feeds them when steps are settled; ``probing`` finds out, one step at a time, when the vendor is well again. ``spending``
counts what costs money and keeps to the account's limits; ``repeats`` asks a person before the same contact gets the same
costly thing a second time. Both are asked in the transaction that writes the intent, and by costly steps only. ``retries``
spaces out who is tried again, ``costing`` says which steps cost something. :mod:`hub.engine.release` sends on its way what a
guard has held. All they hold can be seen, with the reason and who acts; nothing is dropped.
"""
