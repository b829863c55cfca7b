"""Every number there is: its name, what it says, its labels. ``docs/metrics.md`` says it in more words, and a test compares.

No label holds an id, an account, a contact or an address: an installation with a million contacts has as many series as one with
ten. ``addon`` is the name of an installed add-on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LATENESS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 1_800.0, 10_800.0)
"""Seconds. Fine where the goals are (engine.md 13), coarse where only the order counts."""

ANSWERING = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds for a page."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One of them.

    Attributes:
        kind: counters and histograms are counted by the processes as things happen, gauges are looked up when asked.
        buckets: upper bounds, of a histogram.
    """

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


COUNTED = (
    Metric(
        "hub_step_tries_total", "counter", "Tries of steps that ended, by verdict and by what became of the step.",
        ("addon", "verdict", "state"),
    ),
    Metric(
        "hub_step_lateness_seconds", "histogram", "How long after its time a step was begun.", ("addon",), LATENESS
    ),
    Metric("hub_steps_taken_back_total", "counter", "Steps taken back from workers that died or were stuck.", ("addon",)),
    Metric("hub_rate_waits_total", "counter", "Tries put off because a vendor's rate was used up.", ("addon",)),
    Metric("hub_sign_ins_total", "counter", "Tries to sign in to the hub, by outcome.", ("outcome",)),
    Metric("hub_imports_ended_total", "counter", "Imports that came to an end, by how.", ("state",)),
    Metric("hub_requests_total", "counter", "Requests answered by the web, by the first digit of the status.", ("status",)),
    Metric("hub_request_seconds", "histogram", "How long an answer of the web took.", (), ANSWERING),
    Metric("hub_plugin_loops_given_up_total", "counter", "Event loops that a plugin held and that were given up.", ("addon",)),
    Metric("hub_runs_archived_total", "counter", "Closed steps moved to the archive."),
    Metric("hub_mail_read_total", "counter", "Letters that mailboxes brought, by what became of them.", ("became", "kind")),
    Metric("hub_mail_stops_total", "counter", "Contacts whose plan ended because of a letter, by what it was.", ("reason",)),
    Metric("hub_duty_failures_total", "counter", "Duties of the ticker that failed and are tried again.", ("duty",)),
)  # fmt: skip

LOOKED_UP = (
    Metric("hub_steps", "gauge", "Steps that are open, by state. Counted up to 100,000 a state.", ("state",)),
    Metric("hub_steps_due", "gauge", "Steps whose time has come and that nobody has begun. Counted up to 100,000."),
    Metric("hub_oldest_due_seconds", "gauge", "How long the oldest of them has been due."),
    Metric("hub_steps_held", "gauge", "Steps that are held, by reason.", ("reason",)),
    Metric("hub_queue_messages", "gauge", "Messages in the bell's queues, not yet taken.", ("queue",)),
    Metric("hub_queue_dead_messages", "gauge", "Messages whose job failed within the last day.", ("queue",)),
    Metric("hub_connections", "gauge", "Switched-on connections, by health.", ("addon", "health")),
    Metric("hub_breakers", "gauge", "Connections that nothing is sent to for a while, by add-on.", ("addon", "state")),
    Metric("hub_connections_blocked", "gauge", "Connections whose vendor asked to wait.", ("addon",)),
    Metric("hub_rate_lead_seconds", "gauge", "How far the busiest connection is ahead of its vendor's rate.", ("addon",)),
    Metric("hub_vendor_sign_ins", "gauge", "Sign-ins at vendors (OAuth 2), by how they stand.", ("addon", "state")),
    Metric("hub_imports", "gauge", "Imports that are not over, by state.", ("state",)),
    Metric("hub_workers", "gauge", "Workers that have not said goodbye: alive, silent or gone.", ("life",)),
    Metric("hub_database_bytes", "gauge", "Size of the database."),
    Metric("hub_processes", "gauge", "Processes of the hub on this machine.", ("part",)),
    Metric("hub_process_cpu_seconds", "gauge", "Processor time that a process has used.", ("part", "slot")),
    Metric("hub_process_resident_bytes", "gauge", "Memory of a process.", ("part", "slot")),
    Metric("hub_process_open_files", "gauge", "Open files and sockets of a process.", ("part", "slot")),
    Metric("hub_process_start_time_seconds", "gauge", "When a process began, as Unix time.", ("part", "slot")),
    Metric("hub_info", "gauge", "1, with the version of the hub.", ("version",)),
    Metric("hub_look_failures", "gauge", "Looks into the database that failed in this scrape.", ("look",)),
)  # fmt: skip

BY_NAME = {metric.name: metric for metric in (*COUNTED, *LOOKED_UP)}
