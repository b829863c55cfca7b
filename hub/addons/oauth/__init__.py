"""Signing in at a vendor with OAuth 2, for add-ons whose credential is :class:`hub.core.auth.OAuth2`.

In order: ``hosted`` says which fields of an add-on's form are the host's to fill, and whose app signs in. ``starting`` sends a
person to the vendor's page with a state for one use, and takes them back. ``exchanging`` asks the vendor for the tokens, outside
of any transaction. ``changes`` writes down who signed in, and wipes it again. ``keeping`` renews: it is the SQL side of
:mod:`hub.dispatch.renewal`, and says so to the connection's health and to the people in charge. ``reads`` is what a page shows.
"""
