"""What `hub doctor` looks at, one file a subject. Each function returns findings and raises nothing.

``files`` (folder, keys, disk), ``database``, ``redis``, ``work`` (workers, what waits), ``installed`` (plugins, and settings that
do not belong into production).
"""
