"""People and machines, and what they may do.

The story of a request: ``signin`` lets a person in (and ``throttle`` slows a guesser down), ``sessions`` keeps them in,
``reads.principal_of`` draws their grants in one query, ``guard.check`` asks ``checks.decide``, and that pure function goes
through the nine checks in order and says yes, or who can change the no. ``permissions`` and ``roles`` are data;
``declare`` stamps every route, command and job with the permission it needs. ``changes`` makes every write.
"""
