"""The world around a demo's hub: its data folder, the vendor, the web server that webhooks arrive at, and the hub itself."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from hub.cli.demo.children import Child, Children

VENDOR = "mailbox_power"
CLUB = "clubready"
ZAPS = "zapier"
MAIL = "gmail"

MEMBERS = 300
"""How many people the club has: enough for an import that one can watch."""


class World:
    """Everything that runs beside us.

    Args:
        folder: where data, ledgers and logs go.
        delay: seconds that vendor and web server take between acting and answering.
        clock: whether the processes share a clock that can be moved.
    """

    def __init__(self, folder: Path, *, delay: float = 0.0, clock: bool = False) -> None:
        self.home, self.delay = folder / "hub", delay
        self.gifts, self.webhooks = folder / "vendor-mailbox_power.jsonl", folder / "webhooks.jsonl"
        self.pushed, self.mails = folder / "vendor-clubready.jsonl", folder / "vendor-gmail.jsonl"
        self.clock = folder / "clock" if clock else None
        self.children = Children(folder / "logs", _clean_environment(self.home, self.clock))
        self.hub: Child | None = None
        self.hub_url = self.vendor_url = self.club_url = self.catch_url = self.mail_url = ""

    def start_outside(self, vendor_port: int = 0, catch_port: int = 0) -> None:
        """The vendor and the web server; from then on the hub may call them, and nobody else inside."""
        delay = str(self.delay)
        _, self.vendor_url = self.children.start(
            "vendor simulator", "hub.cli.demo.vendor", VENDOR, "--port", str(vendor_port), "--ledger", str(self.gifts),
            "--delay", delay,
        )  # fmt: skip
        _, self.catch_url = self.children.start(
            "webhook catcher", "hub.cli.demo.catch", "--port", str(catch_port), "--ledger", str(self.webhooks), "--delay", delay,
        )  # fmt: skip
        allowed = f"{urlsplit(self.vendor_url).netloc},{urlsplit(self.catch_url).netloc}"
        self.children.environment |= {
            "HUB_VENDOR_URLS": f"{VENDOR}={self.vendor_url}", "HUB_EGRESS_ALLOWED": allowed,
        }  # fmt: skip

    def start_club(self) -> None:
        """ClubReady with a crowd of people; and the web server takes what is meant for Zapier, too."""
        _, self.club_url = self.children.start(
            "club simulator", "hub.cli.demo.vendor", CLUB, "--ledger", str(self.pushed), "--delay", str(self.delay),
            "--crowd", str(MEMBERS),
        )  # fmt: skip
        also = {CLUB: self.club_url, ZAPS: self.catch_url.rstrip("/")}
        environment = self.children.environment
        environment["HUB_VENDOR_URLS"] = ",".join(
            [environment["HUB_VENDOR_URLS"], *(f"{k}={v}" for k, v in also.items())]
        )
        environment["HUB_EGRESS_ALLOWED"] += f",{urlsplit(self.club_url).netloc}"

    def start_mail(self) -> None:
        """Gmail, its sign-in page, and people who answer."""
        _, self.mail_url = self.children.start(
            "mail simulator", "hub.cli.demo.vendor", MAIL, "--ledger", str(self.mails), "--delay", str(self.delay), "--answers",
        )  # fmt: skip
        environment = self.children.environment
        environment["HUB_VENDOR_URLS"] += f",{MAIL}={self.mail_url},{MAIL}.oauth={self.mail_url}"
        environment["HUB_EGRESS_ALLOWED"] += f",{urlsplit(self.mail_url).netloc}"
        environment["HUB_OAUTH_CLIENTS"] = f"{MAIL}=demo:demo"

    def enter(self) -> None:
        """Make this process see the same database, clock and keys as the hub's."""
        from hub.process import start

        for name in [name for name in os.environ if name.startswith("HUB_")]:
            del os.environ[name]
        os.environ.update({k: v for k, v in self.children.environment.items() if k.startswith("HUB_")})
        start.django()
        start.migrate()
        start.plugins()

    def start_hub(self, port: int = 0) -> None:
        """Web, workers and ticker."""
        self.hub, line = self.children.start("hub", "hub.cli.main", "up", "--port", str(port))
        self.hub_url = line.partition(" ")[2]

    def kill_hub(self) -> None:
        """As a power cut would."""
        assert self.hub is not None
        self.children.forget(self.hub)
        self.hub.kill()

    def move_clock(self, seconds: float) -> None:
        """Every process of this world is that much ahead from now on."""
        assert self.clock is not None
        draft = self.clock.with_name(".clock")
        draft.write_text(f"{seconds:.3f}")
        draft.replace(self.clock)


def _clean_environment(home: Path, clock: Path | None) -> dict[str, str]:
    """The shell's, without what it says about some other hub."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    moved = {"HUB_CLOCK_FILE": str(clock)} if clock else {}
    return {
        **kept,
        "HUB_HOME": str(home),
        "HUB_LOG_FORMAT": "console",
        **moved,
    }
