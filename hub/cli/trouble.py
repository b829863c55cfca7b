"""What a person did wrong, or what is not there, as one sentence and an exit code.

Anything else is our mistake and keeps its traceback, for it is the traceback that helps then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from hub.cli.saying import complain

NO_SERVER = (
    "This command needs the server, which is not installed (no module {name}). Whoever installed the hub acts: run "
    "pip install 'integration-hub[server]', then try again."
)

NO_ROOM = "A disk that was written to is full. Free some room, then try again."


class Stop(Exception):
    """End the command with this sentence."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


def guarded(work: Callable[[], int]) -> int:
    """Run a command; turn what people can act on into a sentence."""
    try:
        return work()
    except Stop as stop:
        return _end(str(stop), stop.code)
    except KeyboardInterrupt:
        return _end("Stopped.", 130)
    except EOFError:  # Ctrl-D at a question
        return _end("Stopped: no answer came.", 1)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; nothing is left to say
        return 0
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        return _end(sentence, 1)


def sentence_of(error: Exception) -> str | None:
    """What to tell the person; None when it is our own mistake."""
    from hub.db.errors import Invalid, Problem

    if isinstance(error, Invalid) and error.fields:  # "correct the marked fields" is for a form
        return " ".join(f"{name}: {words}" if name else str(words) for name, words in error.fields.items())
    if isinstance(error, Problem):
        return " ".join([error.sentence, *(f"{name}: {words}" for name, words in error.fields.items())])
    if isinstance(error, ModuleNotFoundError):
        return no_server(error)
    server = (_of_start, _of_database) if "django" in sys.modules else ()  # the light install has none of it
    return next((words for ask in (*server, _of_files) if (words := ask(error))), None)


def no_server(missing: ModuleNotFoundError) -> str | None:
    """What to tell who called a command of the server in a light install; None when it is a module of ours that lacks."""
    name = (missing.name or "hub").partition(".")[0]
    return None if name == "hub" else NO_SERVER.format(name=name)


def _of_start(error: Exception) -> str | None:
    from django.core.exceptions import ImproperlyConfigured

    from hub.process.start import Refusal

    if isinstance(error, ImproperlyConfigured | Refusal):
        return str(error)
    if type(error).__name__ == "PortTaken":  # not imported: that would load the web for every mistake
        return str(error)
    return None


def _of_database(error: Exception) -> str | None:
    from django.db import Error

    if not isinstance(error, Error):
        return None
    words = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if "no such table" in words or ("relation" in words and "does not exist" in words):
        return "The database has no tables of the hub, or old ones. Run: hub migrate"
    return f"The database does not do what was asked: {words}. Run: hub doctor"


def _of_files(error: Exception) -> str | None:
    from hub.db.room import is_full

    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {(error.strerror or type(error).__name__).lower()}."
    return NO_ROOM if isinstance(error, OSError) and is_full(error) else None


def _end(sentence: str, code: int) -> int:
    complain(sentence)
    return code
