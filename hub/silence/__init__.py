"""The silence alarm: a plan or a connection that usually acts, and has gone quiet, warns.

Every few minutes :mod:`.counting` counts the steps that were done since it last looked, from the notes that the engine wrote with
them, into a small tally: one number for a plan or an add-on's connection and a day. :mod:`.rule` says, from a few weeks of such
numbers, whether a silence is one that cannot be chance; :mod:`.judging` asks it once a day for what has not acted, writes the
silence down and tells those who look after it, once. The first act ends it. A person may mute it, with a reason.
"""
