"""The command line: `hub COMMAND`.

:mod:`~hub.cli.main` knows each command's name, module and help line, and imports the module only when the command is called, so
that help costs nothing. A command is a module with ``arguments(parser)`` and ``run(given) -> int``; ``run`` states its permission
like a route. What a person did wrong becomes a sentence and an exit code (:mod:`~hub.cli.trouble`), never a traceback.
"""
