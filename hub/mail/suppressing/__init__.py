"""Addresses that get no more marketing mail of an account.

One entry an address, with why: the person said so themselves (:mod:`hub.mail.unsubscribing`), a mail came back because there is
no such address, somebody complained, or somebody of the account entered it. It is asked at the moment of sending, so it counts
for whatever is planned already. Personal mail is not held back by it.
"""
