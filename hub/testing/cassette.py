"""Real traffic, recorded once and played again for ever: a cassette.

::

    with record(addon, "tests/cassettes/mail.jsonl", settings={"api_key": os.environ["PIGEON_KEY"], "studio": "s1"}) as hub:
        hub.run("postpigeon.mail_card", campaign="c1")      # speaks to the vendor, and does there what it says

    with replay("tests/cassettes/mail.jsonl") as hub:       # speaks to nobody
        assert hub.run("postpigeon.mail_card", campaign="c1").note == "Card id-1 is queued"

A cassette is JSON lines: first what it is about, then one call a line, in their order, keys sorted, so that two recordings can be
compared line by line. No secret is in it (:mod:`hub.dispatch.story`). Whom else the vendor's answers name, they name as they
came: look at a cassette before you hand it on.

A replay fails when the plugin asks for something that was not recorded, and shows the difference; and when something that was
recorded was not asked for, and names it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from hub.core import redact
from hub.core.registry import Plugin
from hub.core.settings import secret_names
from hub.dispatch import story
from hub.dispatch.heard import Heard
from hub.dispatch.outside import Outside
from hub.testing import capsule_file
from hub.testing.kit import Kit
from hub.testing.playing import Names, Player

FORMAT = 1
"""Of the file."""


class NoCassette(ValueError):
    """The file is not there, or is no cassette of ours. The message says which."""


@contextmanager
def record(
    addon: Any, path: str | Path, settings: Mapping[str, Any], *, outside: Outside | None = None
) -> Iterator[Kit]:
    """A bench whose vendor is the real one; what is said is written to ``path`` when the block ends well.

    Args:
        settings: a real connection's. What the form marks as secret is nowhere in the file.
        outside: another way out, such as one to a staging system.
    """
    way_out = outside or Outside()
    with Kit(addon, settings=settings, outside=way_out) as kit:
        kit.clock.set(datetime.now(UTC).replace(microsecond=0))
        with _taped(kit, way_out, Path(path)):
            yield kit


@contextmanager
def rehearse(addon: Any, path: str | Path) -> Iterator[Kit]:
    """The same with the simulator in the vendor's place, and settings that are made up: a story without a key, sent to nobody."""
    with Kit(addon) as kit, _taped(kit, kit.outside, Path(path)):
        yield kit


@contextmanager
def _taped(kit: Kit, way_out: Outside, path: Path) -> Iterator[None]:
    heard: list[Heard] = []
    way_out.listeners = (*way_out.listeners, heard.append)
    began = kit.clock.now()
    yield
    names = Names()
    calls = [names.then(story.call(one)) for one in heard]
    _write(path, [_head(kit.plugin, kit.settings, began), *calls])


@contextmanager
def replay(path: str | Path, addon: Any = None) -> Iterator[Kit]:
    """A bench on which a cassette plays the vendor.

    Args:
        addon: the add-on, where it cannot be imported as it was when it was recorded.

    Raises:
        NoCassette: there is nothing to play.
        Unplayed: at the end of the block, when the plugin did not say what is recorded.
    """
    head, *calls = _lines(Path(path))
    player = Player(calls, Names())
    with Kit(addon or _imported(head), settings=head["settings"], outside=player) as kit:
        kit.clock.set(datetime.fromisoformat(head["clock"]))
        yield kit
        player.finish()


def _head(plugin: Plugin, settings: Mapping[str, Any], began: datetime) -> dict[str, Any]:
    secret = secret_names(plugin.info.settings)
    masked = {name: story.STAND_IN if name in secret and value else value for name, value in settings.items()}
    return {
        "cassette": FORMAT, "addon": plugin.info.name, "import": capsule_file.entry(plugin, ""), "clock": began.isoformat(),
        "version": plugin.source.version, "settings": story.scrubbed(masked),
    }  # fmt: skip


def _write(path: Path, lines: list[dict[str, Any]]) -> None:
    texts = [json.dumps(line, sort_keys=True, ensure_ascii=False) for line in lines]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(redact.text(text, story.STAND_IN) + "\n" for text in texts), encoding="utf-8")


def _lines(path: Path) -> list[dict[str, Any]]:
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        raise NoCassette(f"There is no cassette {path}. Record one with hub.testing.cassette.record.") from None
    except ValueError as trouble:
        raise NoCassette(f"{path} is no cassette: a line of it is not JSON ({trouble}).") from None
    if not lines or lines[0].get("cassette") != FORMAT:
        raise NoCassette(f"{path} is no cassette that this version can play. Record it again.")
    return lines


def _imported(head: Mapping[str, Any]) -> Any:
    module, _, name = str(head["import"]).partition(":")
    if not module:
        raise NoCassette(f"The cassette does not say where the add-on {head['addon']} is: replay(path, addon=…).")
    found = import_module(module)
    return getattr(found, name) if name else found
