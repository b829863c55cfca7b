"""Mailboxes: whose they are, which provider carries them, and what their owners choose.

The story in order. ``offers`` is the drop-down of providers: every mailer that may be used in the account, its presets, and
what a person who is still on an old way sees. ``reads`` says which mailboxes there are and how each stands. ``trying`` tries
what was typed before any of it is kept. ``changes`` is every write: a provider takes the old one's place only when it works.
``telling`` reminds the owner of a mailbox that waits for them.
"""
