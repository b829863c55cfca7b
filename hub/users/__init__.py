"""People and machines, and what they may do.

**A request.** ``signin`` lets a person in (``throttle`` slows a guesser down, ``passwords`` keeps what they type, ``links`` let
one set it), ``backend`` and ``sessions`` keep them in, ``tidy`` forgets what the door remembered. A program shows one of its
``keys``, from one of its ``addresses``. ``reads.principal_of`` draws their grants in one query, ``guard.check`` asks
``checks.decide``, and that pure function goes through the nine checks in order and says yes, or who can change the no:
``entering`` (1 to 4), ``holding`` (5 and 9) and ``bounds`` (6 to 8), on the values of ``facts``, with one of the ``verdicts``.
``visibility`` is the same for lists, ``explain`` tells it to whoever wonders.

**What can be permitted.** ``permissions`` and ``roles`` are data; ``declare`` stamps every route, command and job with the
permission it needs. ``giving`` sees to it that nobody gives more than is theirs.

**People.** ``changes`` makes every write, ``person`` checks what is typed about one, ``leaders`` knows whom to tell when nobody
in particular is responsible.
"""
