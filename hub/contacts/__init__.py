"""The people that plans are about.

A new contact comes in through one door, ``intake``: whether typed, read from a file or sent by a vendor, it is cleaned
(``normalising``), looked up (``matching``), and then made, filled up or left alone as the caller's policy says, under the
locks of the accounts above. ``changes`` edits what is there, ``applying`` carries out what a plan's step asked for,
``reads`` finds, counts and pages, always through ``visibility``, and ``facts`` shows contacts to plugins as frozen values.
``lists`` knows the lead sources and sales cycles in force for an account; ``exporting`` writes CSV that no spreadsheet runs.
"""
