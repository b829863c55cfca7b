"""What a program shows at the API's door: keys of accounts, and the secrets of API users.

An account has a **Web Key**, which says which account is meant; an enterprise (or an account that stands alone) has an **access
token**, which proves whose tree it is. A call brings both. An **API user** brings one secret of its own and may do only what it
was granted. ``making`` draws secrets and takes them apart again, ``changes`` makes, rotates and withdraws them, ``reads`` finds
whom a secret belongs to.

Of a secret its SHA-256 is kept, and a part that is no secret to look it up by. The two keys of accounts are kept sealed as well,
because the API tab shows them; showing is written to the audit log.
"""
