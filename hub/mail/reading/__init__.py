"""Reading what arrives: from a mailbox to a line in a contact's history, within seconds.

The story in order: ``leasing`` says which mailboxes are read and which process keeps each of them open; ``watching`` keeps one
open and hands on every letter. ``parsing`` makes a value of a letter's bytes, whatever they are; ``kinds`` tells an answer from
an automatic one and from what came back (``bounces``); ``matching`` finds the mail of ours that it answers and the contact it is
from (``subjects`` without what was put before them); ``quoting`` keeps what is new in it, and ``cleaning`` makes its HTML
harmless. ``keeping`` writes it all down in one transaction, and ``consequences`` are what follows: plans that stop, an address
that gets no more mail.
"""
