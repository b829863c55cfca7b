"""The engine: how a step run gets from *due* to *closed* in the database.

In order: the :mod:`~hub.engine.ticker` finds what is :mod:`~hub.engine.due` and rings; an actor takes a batch of ids;
:mod:`~hub.engine.claim` gives it the runs; :mod:`~hub.engine.facts` reads what is known of them and :mod:`~hub.engine.jobs` makes
of it what a plugin is given; the runner of ``hub.dispatch`` calls the plugins; :mod:`~hub.engine.intend` writes down each
irreversible request before it leaves, within the :mod:`rate <hub.engine.rates>` of its connection; :mod:`~hub.engine.settle`
writes what became of it, with everything that follows (:mod:`~hub.engine.aftermath`). :mod:`~hub.engine.sweep` takes back what
dead workers held, :mod:`~hub.engine.release` lets go what is held without cause, and :mod:`~hub.engine.review` is where people
decide.
"""
