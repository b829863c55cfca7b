"""DBOS: a workflow a unit on a queue in PostgreSQL; the step's outcome is its own durable record."""

from __future__ import annotations

import time

from dbos import DBOS, DBOSConfig, SetWorkflowID

from bench.meter import Meter
from bench.peers import work

CONCURRENCY = 32
WARM = 16


@DBOS.step()
def call(ref: str) -> str:
    """One call."""
    answer = work.http().post(f"{work.VENDOR}/things", json={"ref": ref, "to": "Ada"}, headers={"Idempotency-Key": ref})
    answer.raise_for_status()
    return str(answer.json()["id"])


@DBOS.workflow()
def post(ref: str) -> str:
    """One unit."""
    return call(ref)


def run(units: int) -> None:
    """So many, in one process, as DBOS is run."""
    config: DBOSConfig = {
        "name": "peer",
        "system_database_url": work.DATABASE,
        "log_level": "ERROR",
        "enable_otlp": False,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue("peer", worker_concurrency=CONCURRENCY, polling_interval_sec=0.05)
    meter = Meter()
    _play("warm", WARM)
    with meter.running():
        _play("r", units)
    DBOS.destroy()
    meter.report(units)


def _play(name: str, units: int) -> None:
    for number in range(units):
        with SetWorkflowID(f"{name}-{number}"):
            DBOS.enqueue_workflow("peer", post, f"{name}-{number}")
    end = time.monotonic() + work.LONGEST
    wanted = "SELECT COUNT(*) FROM dbos.workflow_status WHERE status = 'SUCCESS' AND workflow_uuid LIKE %s"
    while work.rows().execute(wanted, (f"{name}-%",)).fetchone() != (units,):
        if time.monotonic() > end:
            raise SystemExit("the peer did not come to its end")
        time.sleep(work.LOOK_SECONDS)
