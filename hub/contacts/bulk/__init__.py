"""Bulk changes: one thing done to very many contacts, portion by portion, while people go on working.

``changes.start`` freezes who is meant: the ids that the filter found at that moment, cut into portions. The bell
(``hub.contacts.actors``) rings for one portion at a time; ``portions`` asks again whether the person who started it may do this,
changes those of the portion that are still theirs, and commits them together with the number of the next one. So a worker may die
anywhere: the portion at hand is done again or was done, nobody is done twice, and nobody is skipped. ``ending`` writes the one
audit row and tells who started it; ``reads`` tells how far it is. A few contacts need none of this: see ``hub.contacts.changes``.
"""
