"""Action plans: what shall happen to a contact, when, and who is on it.

**The text of a plan.** ``changes`` makes, edits and copies plans. ``drafting`` has steps as values, ``versions`` is their life
(draft, ready, retired), ``secrets`` takes out of them what is secret; ``loading`` reads them for the hot path. Before a version
may run, ``checking`` judges it, with ``actions`` (what the manifests say), ``tokens``, ``belonging``, ``named``, ``branching``,
``in_time`` and ``afterwards``.

**When a step runs.** ``timing`` computes when it is due, on ``workdays`` and in ``zones``, by days that come every year
(``anniversaries``); ``moments`` is the one home of when it *runs*: moved into the ``hours`` that are allowed for its way
(``channels``), on the contact's own clock (``whereabouts``), past the plan's sleep (``sleeping``). ``rules`` are what a plan
says of all its steps, ``opening`` is the same question asked at the gate, ``lateness`` says when it is too late, ``arrival``
when a parcel is at the door.

**For whom.** ``conditions`` may ask for a contact's fields (``contact_fields``) and for how an earlier step ended (``endings``,
read by ``earlier``).

**Who is on it.** ``standing`` says how each contact stands towards a plan, ``enrollment`` counts and starts them, ``starting``
writes the rows with their ``run_ids`` and each ``effect_key``; ``first_dues``, ``spreading`` and ``pace`` keep very many from
starting at one moment. ``lone`` is one step by itself, ``letters`` an e-mail asked for so. ``stopping`` takes contacts off.

**What follows.** ``scheduling`` says it when a run has closed (the engine asks inside its outcome transaction), ``expecting``
reckons it ahead, ``going_on`` starts the next plan.

**Looking.** ``preview`` shows a whole plan for one contact on a virtual clock, with the same functions: ``filling`` fills a
step's settings, ``readable`` tells them, ``objections`` says what stands against it, ``senders`` asks the mail room. ``reads``,
``occupancy`` and ``impact`` count, ``visibility`` says who sees which plans, ``facts`` what a plugin sees of an account,
``shelves`` what of an account's own a mapping may name, ``tag_uses`` which plans name a tag.

Step runs are *made* here and *moved* by ``hub.engine`` only.
"""
