"""A browser for tests: Debian's Chromium, driven by Playwright, with axe at hand and a folder for screenshots.

`hub_browser` is lent once a run; `Visit` is one window of it. Screenshots go to the folder named by `HUB_SCREENSHOTS`
(nowhere when it is not set), so that a person can look at every page in light and dark.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

AXE = Axe()
CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Each page is new to the engine and gone after a second: code that is made fast pays for itself in no page's life.
    "--js-flags=--no-opt,--always-sparkplug",
)
expect.set_options(timeout=20_000)
"""In milliseconds. What is there is seen at once; five seconds are too few on a machine that tests something else, too."""

DESK, PHONE = 1280, 390
"""The two widths every page is made for, in CSS pixels."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Lend a headless Chromium and close it."""
    # Playwright keeps an event loop of its own; Django would take the main thread for async and refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """One window on the hub. `trouble` gathers script errors and refusals of the content security policy."""

    page: Page
    base: str
    trouble: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to `path` and return the status of the answer."""
        answer = self.page.goto(self.base + path, wait_until="load")
        return answer.status if answer else 0

    def arrived(self) -> Page:
        """The page, once it has come whole. After a click the next one may have begun, and have nothing in it yet."""
        self.page.wait_for_load_state("load")
        return self.page

    def in_colours(self, colours: str) -> None:
        """Show the page in "light" or "dark", and come back when nothing fades any more."""
        self.arrived().evaluate(IN_COLOURS, colours)

    def overflow(self) -> int:
        """How many pixels the page is wider than its window."""
        return int(self.arrived().evaluate("document.documentElement.scrollWidth - innerWidth"))

    def bring_axe(self) -> None:
        """Give every page of this window its axe as it opens, which is quicker than giving it to each."""
        self.page.add_init_script(AXE.axe_script)

    def axe(self, only: Sequence[str] = (), *, but: Sequence[str] = (), within: str = "") -> list[str]:
        """What axe finds, a line each: the rule and the first element that breaks it.

        Args:
            only: rules; empty is all.
            but: rules that are left out.
            within: a selector of the elements that are judged; empty is the page.
        """
        if not self.arrived().evaluate("typeof axe === 'object'"):
            self.page.evaluate(AXE.axe_script)
        self.page.evaluate(AT_REST)
        options: dict[str, object] = {
            "resultTypes": ["violations"],
            "rules": {rule: {"enabled": False} for rule in but},
        }
        if only:
            options["runOnly"] = list(only)
        found = self.page.evaluate(RUN_AXE, [within, options])["violations"]
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]

    def shoot(self, name: str) -> None:
        """Take a picture of the whole page, if somebody asked for pictures."""
        if folder := os.environ.get("HUB_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.arrived().screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


RUN_AXE = "([within, options]) => axe.run(within ? {include: [[within]]} : document, options)"

IN_COLOURS = """async colours => {
    document.documentElement.dataset.theme = colours;
    await new Promise(requestAnimationFrame);
    await Promise.allSettled(document.getAnimations().map(each => each.finished));
}"""

AT_REST = """() => Promise.all(document.getAnimations()
    .filter(each => each.effect?.getComputedTiming().endTime !== Infinity)
    .map(each => each.finished.catch(() => {})))
    .then(() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))))"""
"""Colours that are on their way to others have contrasts that nobody sees for longer than a blink."""


@contextmanager
def visit(
    browser: Browser, base: str, width: int = DESK, colours: str = "light", scripts: bool = True
) -> Iterator[Visit]:
    """Open a window of `width` in `colours` ("light" or "dark") on the server at `base`; `scripts=False` is no JavaScript."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if colours == "dark" else "light",
        reduced_motion="reduce",
        java_script_enabled=scripts,
    )
    window = Visit(context.new_page(), base)
    window.page.on("pageerror", lambda error: window.trouble.append(str(error)))
    window.page.on("console", lambda line: window.trouble.append(line.text) if line.type == "error" else None)
    try:
        yield window
    finally:
        context.close()
