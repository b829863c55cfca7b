"""The people that plans are about.

**The door.** A new contact comes in through one door, ``intake``: whether typed, read from a file or sent by a vendor, it is
what ``incoming`` describes, is cleaned (``normalising``, ``cleaning``), looked up (``matching``), and then made, filled up or
left alone as ``placing`` decides by the caller's policy, under the locks of the accounts above; ``storing`` writes it for a
whole batch (``tagging``).

**Changes.** ``changes`` edits what is there (``editing``: what if two did at once), one at a time or ``many``; ``acts`` are
what can be done to many, ``bulk`` does it to very many (rung for by ``actors``). ``applying`` carries out what a plan's step
asked for, ``linking`` remembers under which id a vendor knows somebody.

**Looking.** ``reads`` finds, counts and pages what a ``query`` describes (``filters`` keep some under names), always through
``visibility``; ``facts`` shows contacts to plugins as frozen values; ``exporting`` writes CSV that no spreadsheet runs.

**Lists.** ``lists`` knows the lead sources, sales cycles, tags and own fields in force for an account, ``list_changes`` changes
them (``tag_changes``: the tags; ``entries``: their names), ``review`` shows what waits for a place in one.
"""
