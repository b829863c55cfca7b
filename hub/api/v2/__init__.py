"""The calls of the users' former system, answered in its words, so that what was written for it goes on working.

Calls are named verb and noun, parameters come in the query, as a form or as JSON, and most answers have HTTP status 200 with a
result code in the body. What its public papers attest is kept (`docs/api.md` lists every difference); behind it stand the same
functions as behind the pages and the clean API.

``door`` admits a call and answers it, ``parameters`` reads what was sent, ``taking`` says what is meant by it, ``finding`` finds
the client; ``codes`` are the result codes. The calls stand in ``clients``, ``lists``, ``notes`` and ``emails``, their addresses
in ``urls``.
"""
