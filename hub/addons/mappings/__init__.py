"""Mappings: an account's tables from a vendor's choices to its own lead sources, plans, stages, tags and users.

A plugin declares a mapping; an admin fills it, row by row (``changes``), and gives each kind of record defaults for what no row
decides. ``ours`` is the question what of the account's own there is to map to; a floor above answers it. ``rules`` refuses a
row that cannot be, and ``reading`` makes of the tables a value that an import asks for each record where it goes. ``cloning``
works out what passing the tables on to the accounts beneath would do, ``passing_on`` does it as a whole and takes it back as a
whole. What has gone on our side is said, and never used.
"""
