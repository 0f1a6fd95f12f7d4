"""The page that a person opens: what the receiver got."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #1c2733; background: #f6f8fa }
article { background: #fff; border: 1px solid #d5dde5; border-left: 5px solid #b42318; border-radius: 6px;
          padding: .6rem 1rem; margin: 1rem 0 }
article.resolved { border-left-color: #16794c }
h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin: .2rem 0 }
time, .quiet { color: #5b6b7b; font-size: .9rem } pre { overflow-x: auto; font-size: .8rem }
"""


def page(deliveries: Sequence[dict[str, Any]], refused: int, about: str) -> bytes:
    """HTML that reloads itself every five seconds; newest delivery first."""
    shown = "".join(_delivery(delivery) for delivery in reversed(deliveries))
    nothing = "<p class=quiet>Nothing has arrived yet.</p>"
    return f"""<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=5>
<meta name=viewport content="width=device-width"><title>Groundswell demo: webhook receiver</title>
<style>{_STYLE}</style>
<h1>Webhook receiver of the demo</h1>
<p class=quiet>{escape(about)} Signatures are checked; {refused} messages without a valid one were refused.
Feeds: <a href=/news/rss.xml>news</a>, <a href=/filings/atom.xml>filings</a>, <a href=/api/posts>posts</a>.</p>
{shown or nothing}</html>""".encode()


def _delivery(delivery: dict[str, Any]) -> str:
    """One message; what is not in Alertmanager's form, as ours are, is shown as it came."""
    payload = delivery["payload"] if isinstance(delivery["payload"], dict) else {}
    status = str(payload.get("status", "message"))
    said = payload.get("commonAnnotations")
    said = {name: str(value) for name, value in said.items()} if isinstance(said, dict) else {}
    facts = [f"{name} {said[name]}" for name in ("severity", "observed", "expected", "authors") if said.get(name)]
    facts += [f"arrived {delivery['times']} times"] if delivery["times"] > 1 else []
    examples = "".join(f"<li>{escape(line)}" for line in said.get("examples", "").splitlines())
    content = json.dumps(delivery["payload"], indent=2, ensure_ascii=False)
    return (
        f'<article class="{escape(status)}"><h2>{escape(said.get("summary", status))}</h2>'
        f"<time>{escape(delivery['received_at'][:19].replace('T', ' '))} UTC</time> "
        f"<span class=quiet>{escape(' · '.join((status, *facts)))}</span><ul>{examples}</ul>"
        f"<details><summary class=quiet>The whole message</summary><pre>{escape(content)}</pre></details></article>"
    )
