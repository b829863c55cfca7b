"""The mail room: a plan's e-mails in a person's own name, and what is answered.

A *mailbox* is a person's (or the account's own) connection to a mail provider, with what is chosen for it: whether it is on,
whether it is read, how much a day. The step *send an e-mail* belongs to the built-in add-on ``mail``; ``resolving`` finds the
mailbox that carries it, ``carrying`` makes it the mailer's own call, ``composing`` writes the message. What was sent is a row, so
that an answer or a bounce finds the contact and the step it belongs to. ``reading`` keeps mailboxes open and brings in what
arrives.
"""
