"""The mail room: a plan's e-mails in a person's own name, and what is answered.

A *mailbox* is a person's (or the account's own) connection to a mail provider, with what is chosen for it (``mailboxes``):
whether it is on, whether it is read, how much a day. The step *send an e-mail* belongs to the built-in add-on ``mail``.

**Sending.** ``resolving`` finds the mailbox that carries an e-mail, where its ``owners`` are still there, or the ``platform``'s
own sender; ``minding`` asks what stands against it (``screening`` of links, ``suppressing``, ``habits``), ``loading`` what of the
database is in it (``files``). ``carrying`` makes it the mailer's own call, ``composing`` writes the message: ``cleaning`` its
HTML, ``plain`` the text beside it, ``flat`` what a program reads in it, the ``footer`` with the way out (``unsubscribing``).
``caps`` counts by the day. What was ``sent`` is a row, so that an answer or a bounce finds the contact and the step it belongs
to. ``loops`` knows our own mails when they come back.

**Reading.** ``reading`` keeps mailboxes open and brings in what arrives. ``reopening`` bounds what HTML may cost, of either way.

**Beside it.** ``foreseeing`` shows an e-mail before it is due, ``rehearsing`` sends a test of it to its writer, ``staff`` mails
what the bell says, when ``actors`` are rung, ``forgetting`` clears away, ``wording`` says what holds an e-mail.
"""
