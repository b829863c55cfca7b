"""The ground floor of the host: what every room stands on and none may go around.

In order of use: ``settings`` reads the environment once, with the pure helpers ``database_url`` and ``keyring``; ``clock``
says what time it is; ``dialect`` holds the few words in which SQLite and PostgreSQL differ; ``sealing`` and ``fields`` keep
secrets unreadable at rest and ``rotation`` moves them to a new key; ``scoping`` keeps one account's rows from another's
eyes; ``paging`` walks long lists by cursor; ``errors`` are the sentences people read when something is refused; ``logs``
writes what happened without ever writing a secret.
"""
