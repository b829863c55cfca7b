"""The page a visitor of the demo looks at: what arrived at the web server, newest first. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

ZAPIER = "/hooks/catch/"
"""Where Zapier's Catch Hooks lie; what arrives there is shown as Zapier's."""

SHOWN = 100

_STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid #8886; border-radius: 10px; padding: .75rem 1rem; margin: 0 0 .75rem }
h1 { font-size: 1.35rem; margin: 0 0 .25rem } h2 { font-size: 1rem; margin: 0 } p { margin: 0 0 1rem }
time, p { opacity: .75 } header { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .1rem 1rem; margin: .5rem 0 0 }
dt { opacity: .75 } dd { margin: 0; overflow-wrap: anywhere }
"""


def page(lines: Iterable[Mapping[str, Any]]) -> str:
    """What was acted on, each with its facts; the ids by which repeats are recognised stay out."""
    effects = [line for line in lines if line["what"] == "effect"]
    told = "".join(_told(line) for line in reversed(effects[-SHOWN:]))
    empty = "<p>Nothing has arrived yet. Put a contact on a plan with a step Send to Zapier or Webhook.</p>"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<meta http-equiv="refresh" content="5"><title>What arrived</title><style>{_STYLE}</style>'
        f"<h1>What arrived</h1><p>This server plays Zapier and the front desk. {len(effects):,} so far, newest first; the page "
        f"looks again every five seconds.</p>{told or empty}"
    )


def _told(line: Mapping[str, Any]) -> str:
    body = line["body"]
    facts = body if isinstance(body, Mapping) else {"": body}
    where = "Zapier" if line["path"].startswith(ZAPIER) else line["path"].strip("/").replace("-", " ").capitalize()
    rows = "".join(f"<dt>{escape(str(name))}</dt><dd>{escape(_text(value))}</dd>" for name, value in facts.items())
    moment = f"{line['at'][11:19]} UTC"
    return f"<article><header><h2>{escape(where)}</h2><time>{escape(moment)}</time></header><dl>{rows}</dl></article>"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
