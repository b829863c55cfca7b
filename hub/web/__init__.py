"""The web edge: everything a person sees in a browser. HTTP comes in here, and transactions open and close here.

The story of a request: ``naming`` gives it a name and a line in the log, ``middleware`` says who calls (``caller``) and how
much it may bring. ``urls`` finds the page among ``views``; ``entry`` is its door: who, where, may they, as what ``request``
then tells the view; whoever is ``acting`` as another goes by two names. The view asks the rooms beneath and draws with
``design`` and ``forms``, in the frame of ``context``; what was refused becomes one of the ``answers``. ``nudge`` tells the
ticker that something is due. ``dev`` is the page of an add-on's author.
"""
