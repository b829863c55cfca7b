"""What happened with a contact, told in order on the contact's page.

Whoever changes something says so with a ``NewNote``; ``changes.add_many`` writes a batch in one statement, inside the
transaction of the change itself. ``reads.timeline`` pages through the notes, newest first. A note keeps its kind and its
data, never a sentence: ``wording.sentence`` makes the sentence when somebody looks.
"""
