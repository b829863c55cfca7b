"""Contacts from a file. Those from an add-on's vendor come in by :mod:`hub.imports.vendor`, on the same tables.

``upload`` streams the file to disk under HUB_HOME, finds out what it is (``sniffing``) and keeps it as UTF-8. ``mapping``
guesses which column is what; a person corrects it. Then a dry run and the real run go the same way, page by page:
``reader`` reads rows from a byte offset on and never gives up on the rest because of one, ``mapping`` makes of a row a
person at the door, ``pages`` hands a page to ``hub.contacts.intake``. A page and the cursor behind it commit
together, so an import that is killed goes on where it stopped. ``reads`` tells progress and the report.
"""
