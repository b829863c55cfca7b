"""The public API: an edge like `hub.web`, for programs.

The story of a call: ``admission`` reads the credentials, finds whose they are and in which account, and asks the same nine
checks as the pages for the endpoint's own permission; ``limits`` counts the call against its credential's rate; ``door`` runs the
operation, a write in one transaction, together with its ``Idempotency-Key`` (``idempotency``); what goes wrong becomes
problem+json (``problems``). The operations stand in modules named for what they are about and call the functions that the pages
call; what comes in and goes out are the models in ``shapes``. ``app`` puts them together under ``/api/``.

``v2`` answers the calls of the users' former system under ``/v2/api/``, in its words.
"""
