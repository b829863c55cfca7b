"""In a process of the hub under torment: what it does at the ledger goes into the storm's history.

A storm puts a ``sitecustomize`` on the path of its processes which calls :func:`attend`. Nothing of the hub knows of it: the
ledger's functions are wrapped when their module is imported, and do what they always do.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.faults.history import History

FILE, WHO = "STORM_HISTORY", "STORM_WHO"
"""Environment: where the history is, and who this process is."""

LEDGER = "hub.engine.ledger"

CUSTOMIZE = "from tests.faults import scribe\n\nscribe.attend()\n"
"""The text of the ``sitecustomize``."""


def attend() -> None:
    """Write down what this process will do, if it comes to dispatch steps."""
    if FILE in os.environ:
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Lets the ledger's module be imported as ever, and wraps it then."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != LEDGER:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._inner.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        self._inner.exec_module(module)
        history = History(Path(os.environ[FILE]), os.environ.get(WHO, ""))
        history.write("born", pid=os.getpid())
        watch(module.SqlLedger, history)


Method = Callable[..., Any]


def watch(ledger: Any, history: History) -> None:
    """Wrap the four words of a ledger's class."""
    ledger.claim = _claiming(ledger.claim, history, "dispatch")
    ledger.claim_checks = _claiming(ledger.claim_checks, history, "check")
    ledger.intend = _intending(ledger.intend, history)
    ledger.settle = _settling(ledger.settle, history)


def _claiming(method: Method, history: History, kind: str) -> Method:
    @wraps(method)
    def claim(self: Any, run_ids: Sequence[Any]) -> Any:
        jobs = method(self, run_ids)
        at = self.now().timestamp()
        told = {"kind": kind, "at": at}
        history.write_all([("claim", {"run": job.run_id.hex, "fence": job.fence, **told}) for job in jobs])
        return jobs

    return claim


def _intending(method: Method, history: History) -> Method:
    @wraps(method)
    def intend(self: Any, intents: Sequence[Any]) -> Any:
        history.write_all([("asks", {"run": i.run_id.hex, "fence": i.fence}) for i in intents])
        answers = method(self, intents)
        granted = [(i, a) for i, a in zip(intents, answers, strict=True) if hasattr(a, "attempt")]
        history.write_all([("intent", _of_intent(i, a.attempt)) for i, a in granted])
        return answers

    return intend


def _of_intent(intent: Any, n: int) -> dict[str, Any]:
    return {
        "run": intent.run_id.hex,
        "fence": intent.fence,
        "n": n,
        "key": intent.key,
        "klass": str(intent.effect_class),
    }


def _settling(method: Method, history: History) -> Method:
    @wraps(method)
    def settle(self: Any, settlements: Sequence[Any]) -> None:
        offered = [_of_settlement(s) for s in settlements]
        history.write_all([("offers", line) for line in offered])
        method(self, settlements)
        history.write_all([("record", line) for line in offered])

    return settle


def _of_settlement(settlement: Any) -> dict[str, Any]:
    job = settlement.job
    return {"run": job.run_id.hex, "fence": job.fence, "to": str(settlement.move.to), "intended": settlement.intended}
