"""The engine: how a step run gets from *due* to *closed* in the database.

**Ringing.** The ``ticker`` finds what is ``due``, each account in its turn (``fair``), and rings the bell (``broker``, heard at
once by ``knocking``); ``actors`` put the ids into their lanes' lines, and ``taking`` claims from there, for this process
(``runtime``, ``identity``, with the ``lock`` that dies with it).

**Taking.** ``claim`` gives it the runs. ``facts`` reads what is known of them: their ``step_facts``, their ``mail_facts``, the
``doorway``'s answers, what is sealed (``unsealing``). ``jobs`` makes of it what the runner of ``hub.dispatch`` is given, with
``gate_facts`` and the ``reference`` that the vendor sees.

**Sending.** ``intend`` writes down each irreversible request, with its declared ``effects``, before it leaves, within the
``rates`` of its connection (``pacing``), past the ``guards``, and while the store takes words (``storing``). ``lookups`` are in
a worker's hand, too. ``ledger`` is all of this as :mod:`hub.dispatch.ledger` wants it.

**Settling.** ``settle`` writes what became of it, with everything that follows: ``aftermath`` calls ``applying`` (changes of
contacts), ``telling`` (notes, and ``recipients`` of notifications) and ``following`` (the next step); ``traces``, ``logbook``
and ``figures`` tell how it went.

**Putting right.** ``sweep`` takes back what dead workers held, ``release`` and ``capped`` let go what is held without cause,
``waking`` what waits for hours that were changed; ``proof`` believes a letter, ``doubt`` keeps back what a restored backup may
not know. ``review`` is where people decide, ``replaying`` tries many again, ``archiving`` moves what has been over for long.
``reads``, ``overview`` and ``whynot`` are for looking.
"""
