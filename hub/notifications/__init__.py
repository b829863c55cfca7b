"""The bell: what a member of staff should know about now.

``changes.tell_many`` writes a batch in one statement, ``reads`` counts and lists, ``changes.mark_read`` marks, and
``changes.forget_old`` removes what is older than the account's own number of days. Wording happens when somebody looks.
What should reach people who do not look goes out by mail, too: ``mailing`` is the outbox, and the mail room empties it.
"""
