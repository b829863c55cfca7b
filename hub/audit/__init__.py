"""Who changed what, when, from where and as whom. Written with the change, in the same transaction; never rewritten.

``actor`` is the value that says who asked; ``changes.record`` writes a row; ``reads`` shows them, newest first.
"""
