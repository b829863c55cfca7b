"""What `hub new` writes: an add-on that is whole from the first minute, made of the parts its author asked for.

A template is a text with ``$names`` and with parts between ``%% if WORD …`` and ``%% end`` that stay only when all the words are
true of the add-on (``!WORD``: when it is not). Imports are read off what was written, so they are neither missing nor idle.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePosixPath
from string import Template

import hub.core

AUTHS = ("header", "query", "basic", "oauth2", "none")
"""Kinds of credential to choose from."""

LICENSES = {"MIT": "mit", "BSD-3-Clause": "bsd", "LicenseRef-Proprietary": "proprietary"}
"""SPDX expression → template."""

WIDTH = 130
"""Of a line, as the written pyproject.toml tells ruff."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the author asked for.

    Attributes:
        name: the add-on's, in small letters.
        title: as people read it.
        auth: one of :data:`AUTHS`.
        action, trigger, mapping, webhook: a name each, or empty for none. A webhook's may hold dots.
        mailer: the name of the step that sends a mail; with it the add-on is a mail provider and nothing else.
        license: one of :data:`LICENSES`.
        year: of the copyright line.
    """

    name: str
    title: str
    auth: str = "header"
    action: str = ""
    trigger: str = ""
    mapping: str = ""
    webhook: str = ""
    mailer: str = ""
    license: str = "MIT"
    author: str = "The authors"
    year: int = 2026

    @property
    def package(self) -> str:
        """What one imports."""
        return f"hub_{self.name}"

    @property
    def distribution(self) -> str:
        """What one installs."""
        return f"hub-{self.name.replace('_', '-')}"


def written(wish: Wish) -> dict[PurePosixPath, str]:
    """Every file of the distribution, by its path beneath the distribution's folder."""
    words, values = _words(wish), _values(wish)
    package, kind = PurePosixPath(wish.package), "mailer_" if wish.mailer else ""
    return {
        PurePosixPath("pyproject.toml"): filled("pyproject.toml", words, values),
        PurePosixPath("README.md"): filled(f"{kind}README.md", words, values),
        PurePosixPath("LICENSE"): filled(f"license_{LICENSES[wish.license]}", words, values),
        PurePosixPath(".gitignore"): filled("gitignore", words, values),
        package / "__init__.py": _addon("mailer.py" if wish.mailer else "addon.py", words, values),
        package / "py.typed": "",
        PurePosixPath("tests") / f"test_{wish.name}.py": filled(f"{kind}test.py", words, values),
    }


def filled(template: str, words: Collection[str], values: Mapping[str, str]) -> str:
    """A template with the parts that apply, its names filled in."""
    return Template(kept(_text(template), words)).substitute(values)


def kept(text: str, words: Collection[str]) -> str:
    """The lines that stay: those outside every ``%% if``, and those inside of such as hold.

    >>> kept("a\\n%% if x !y\\nb\\n%% end\\nc\\n", {"x"})
    'a\\nb\\nc\\n'
    """
    lines, holding = [], [True]
    for line in text.splitlines(keepends=True):
        if line.startswith("%% if "):
            holding.append(holding[-1] and all(_holds(word, words) for word in line.split()[2:]))
        elif line.startswith("%% end"):
            holding.pop()
        elif holding[-1]:
            lines.append(line)
    return "".join(lines)


def core_import(code: str) -> str:
    """The line that imports what this code uses of the contract, as ruff would write it."""
    bare = re.sub(r'""".*?"""|"[^"\n]*"', "", code, flags=re.DOTALL)
    used = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", bare)) & set(hub.core.__all__)
    names = sorted(used, key=lambda name: (name[0].islower(), name.lower()))
    return _import("hub.core", names)


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _addon(template: str, words: Collection[str], values: Mapping[str, str]) -> str:
    code = filled(template, words, values)
    return code.replace("@@core_import@@", core_import(code))


def _holds(word: str, words: Collection[str]) -> bool:
    return word[1:] not in words if word.startswith("!") else word in words


def _words(wish: Wish) -> set[str]:
    parts = {part for part in ("action", "trigger", "mapping", "webhook") if getattr(wish, part)}
    words = {wish.auth, *parts}
    words |= {"settings"} if wish.auth != "none" or wish.webhook else set()
    words |= {"marked"} if "settings" in words or wish.action else set()
    words |= {"literal"} if wish.webhook else set()
    return words | ({"any_stdlib"} if words & {"marked", "literal", "trigger"} else set())


def _values(wish: Wish) -> dict[str, str]:
    webhook = re.sub(r"\W+", "_", wish.webhook)
    return {
        "name": wish.name, "title": wish.title, "package": wish.package, "distribution": wish.distribution,
        "host": wish.name.replace("_", ""), "summary": _summary(wish), "license": wish.license, "author": wish.author,
        "year": str(wish.year), "core_import": "@@core_import@@", "imports": _test_imports(wish, webhook),
        "action": wish.action, "Action": _class(wish.action), "action_title": title(wish.action),
        "trigger": wish.trigger, "trigger_title": title(wish.trigger),
        "trigger_path": wish.trigger, "mapping": wish.mapping, "mapping_title": title(wish.mapping),
        "mapping_path": wish.mapping, "webhook": wish.webhook, "webhook_name": webhook, "Webhook": _class(webhook),
        "mailer": wish.mailer, "mailer_title": f"E-mail by {wish.title}",
    }  # fmt: skip


def _test_imports(wish: Wish, webhook: str) -> str:
    """isort's way: constants, classes, functions. The package is first party, so it comes last."""
    classes = [*(["Person"] if wish.trigger else []), *([f"{_class(webhook)}Delivery"] if webhook else [])]
    functions = ["addon", *([f"on_{webhook}"] if webhook else []), *(["record"] if wish.trigger else [])]
    kit = "from hub.testing import conformance\nfrom hub.testing.kit import Kit\n\n"
    return kit + _import(wish.package, [*sorted(classes), *functions])


def _summary(wish: Wish) -> str:
    does = {
        "action": f"carries out the step {title(wish.action)}",
        "trigger": f"brings in {title(wish.trigger).lower()}",
        "webhook": f"hears of {wish.webhook}",
        "mailer": "sends mail from your own mailbox and reads the answers",
    }
    deeds = [words for part, words in does.items() if getattr(wish, part)]
    return f"{wish.title} for the hub{': ' if deeds else ''}{', '.join(deeds)}."


def title(name: str) -> str:
    """``send_card`` as people read it."""
    return name.replace("_", " ").replace(".", " ").strip().capitalize()


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _text(template: str) -> str:
    return (files(__name__) / f"{template}.tmpl").read_text(encoding="utf-8")
