"""The way out of marketing mail: a link for each contact, and what it does.

The link stands in the footer and in ``List-Unsubscribe``. Looking at it changes nothing, for scanners open whatever they find
in a mail; a POST takes effect at once, without a sign-in and as often as it comes (RFC 8058). Coming back is nothing a link can
do: a person of the account does it, under their own name.
"""
