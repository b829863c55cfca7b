"""The post room: the only lines of the hub that speak SMTP and IMAP.

The story in order: a mailer asks for one of the five calls of :mod:`hub.core.mail_post`; :mod:`~hub.dispatch.post.orders` makes a
frozen request of it, which the ledger writes down before a mail leaves; the :mod:`~hub.dispatch.post.office` carries it out, by
:mod:`~hub.dispatch.post.smtp` over a :mod:`~hub.dispatch.post.wire` whose addresses were checked, or in a thread by
:mod:`~hub.dispatch.post.mailbox`; what it heard comes back as the same kind of value as an HTTP answer
(:mod:`~hub.dispatch.post.said`), and :mod:`~hub.dispatch.post.meanings` says what it means.
"""
