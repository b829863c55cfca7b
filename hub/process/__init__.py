"""How the hub's processes are put together, and how they end.

**Ready.** ``start`` readies any process: Django, the plugins, and the check that every route, command and job states its
permission. It waits for a database that is ``coming_up``, and only one at a time is ``migrating``.

**The parts.** ``serving`` (web), ``working`` (Dramatiq's workers, with ``reading`` for mailboxes) and ``ticking`` (the clock,
with every room's upkeep in ``duties``). ``embedded`` puts all three into one process, ``alone`` on its folder; ``scaled`` out,
each runs by itself, and ``supervising`` keeps several workers alive: ``beating`` tells of one that is stuck, ``parent`` ends a
child whose parent is gone. ``collecting`` tells the garbage collector what a server is. ``stopping`` says how each is told to
end.

**Looked after.** ``metrics`` are the numbers, ``checkup`` is what ``hub doctor`` asks. ``archive`` writes a backup with what
was ``attached``, ``restoring`` brings it back, ``keys`` changes the key.
"""
