"""Files that go with mails: kept by account, looked at when they come in, attached or given as a link.

What a file is, its bytes say and not its name; what a mail program would run is not taken. A link is signed, lasts ninety days,
works without a sign-in, and dies with the file. Providers refuse some files and large mails, so the mailer's advice and the
mailbox's own choice decide which way a file goes, unless the step says it.
"""
