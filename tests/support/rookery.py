"""A distribution with two add-ons, as an author would write one: *rook* in its package, *crow* in a package inside that, and
beside them what both share: a form, what is called, how. Each has papers and a simulation of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

PROJECT = """
[project]
name = "hub-rookery"
version = "1.2"

[project.entry-points."hub.plugins"]
rook = "hub_rookery:addon"
crow = "hub_rookery.crow:addon"
"""

BOTH = """
    import os
    import threading

    from pydantic import BaseModel

    from hub.core import Answer, Secret, Sent, Settings, repeatable

    class Keys(Settings):
        api_key: Secret
        branch: str = "none"

    class Caw(Answer):
        id: str

    class NewCaw(BaseModel):
        branch: str
        ref: str

    def gives(addon):
        me = addon.get("/me", Caw)
        caws = addon.post("/caws", NewCaw, Caw, effect=repeatable())

        @addon.check
        async def whose(vendor):
            return (await vendor(me)).id

        @addon.action("caw", Settings, title="Caw")
        async def caw(vendor, step, contact):
            made = await vendor(caws, NewCaw(branch=vendor.settings.branch, ref=vendor.ref))
            return Sent(made.id, note=f"process {os.getpid()}, {threading.current_thread().name}")
"""

ADDON = """
    from hub.core import AddOn, HeaderKey
    from hub_rookery.both import Keys, gives

    addon = AddOn("{name}", title="{title}", base_url="https://{name}.example", settings=Keys, auth=HeaderKey("X-Key", "api_key"))
    gives(addon)
"""

SIMULATION = """
    SETTINGS = {{"branch": "of the {name}"}}
    UPSERTS = {{"/caws": ("ref",)}}
"""

README = """
# {title}
## API key
## Branch
## Caw
"""


def rookery(folder: Path) -> Path:
    """Write the distribution into ``folder/hub-rookery``; returns that."""
    made = folder / "hub-rookery"
    package = made / "hub_rookery"
    for name, home, papers in (("rook", package, made), ("crow", package / "crow", package / "crow")):
        home.mkdir(parents=True, exist_ok=True)
        for text, file in (
            (ADDON, home / "__init__.py"),
            (SIMULATION, home / "simulation.py"),
            (README, papers / "README.md"),
        ):
            file.write_text(dedent(text).format(name=name, title=name.title()))
    (package / "both.py").write_text(dedent(BOTH))
    (made / "pyproject.toml").write_text(PROJECT)
    return made


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Have the distribution's folder on the path. What was imported from it is forgotten afterwards."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "hub_rookery"]:
            del sys.modules[name]
