"""What `hub doctor` looks at, one file a subject. Each function returns findings and raises nothing.

``files`` (folder, keys, disk), ``database``, ``secrets`` (what is sealed, and under which keys), ``locks``, ``redis``, ``work``
(workers, what waits), ``times`` (time zones), ``signing_in`` (mail and OAuth 2), ``installed`` (plugins, and settings that do not
belong into production).
"""
