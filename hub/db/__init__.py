"""The ground floor of the host: what every room stands on and none may go around.

**A start.** ``settings`` reads the environment once, with the pure helpers ``database_url``, ``mail_url`` and ``keyring``;
``checks`` refuses what would be unsafe, ``migrated`` says whether the tables fit, ``installation`` what this hub is called.
Each connection begins with ``durable`` and ``keepalive``; ``forking`` keeps locks and ports out of the hands of children.

**Time and texts.** ``clock`` says what time it is, ``uptime`` for how long the server has been up, ``texts`` what a column can
keep.

**Rows.** ``dialect`` holds the few words in which SQLite and PostgreSQL differ; ``bulk`` writes many rows at once, ``turns``
lets others write in between; ``scoping`` keeps one account's rows from another's eyes, and with ``scope`` and ``policies`` the
database does so itself; ``paging`` walks long lists by cursor. ``ringing`` rings for a job once the rows are there.

**Secrets.** ``sealing`` and ``fields`` keep them unreadable at rest and ``rotation`` moves them to a new key.

**Telling.** ``errors`` are the sentences people read when something is refused; ``logs`` writes what happened without ever
writing a secret; ``counting`` counts it. ``room`` tells a full disk from other trouble.
"""
