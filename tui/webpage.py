"""The board as one HTML page: tables and plots, nothing fetched from anywhere, no script, all text escaped."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.results.table import Table
from tui import svg
from tui.svg import escaped
from tui.tables import RIGHT, shown

if TYPE_CHECKING:
    from engine.results.standing import Standing

_STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1a1c22; --soft: #5d6474; --rule: #dfe2ea;
  --m0: #0064a8; --m1: #c04a00; --m2: #00795a; --m3: #a8487f; --m4: #8a6400; --m5: #3d7ea6; }
@media (prefers-color-scheme: dark) { :root { --back: #16161e; --text: #d5d9ea; --soft: #98a0c0; --rule: #2c3047;
  --m0: #6fb3f2; --m1: #ff9e64; --m2: #4fd6a8; --m3: #e29bc8; --m4: #e6c15a; --m5: #8fd3f4; } }
body { background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 72rem; padding: 0 1rem; }
h1, h2 { font-weight: 600; } p { color: var(--soft); max-width: 60rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .25rem .7rem; text-align: left; border-bottom: 1px solid var(--rule); }
th { border-bottom: 2px solid var(--soft); } .right { text-align: right; }
figure { margin: 1rem 0; } figcaption { color: var(--soft); }
.scatters { display: flex; flex-wrap: wrap; gap: 1.5rem; } .scatters svg { width: 26rem; }
svg { max-width: 100%; height: auto; font: 13px system-ui, sans-serif; }
text { fill: currentColor; } .label { fill: var(--soft); }
.rule { stroke: var(--rule); } .equal { stroke: var(--soft); stroke-dasharray: 5 4; }
.whisker { stroke: currentColor; stroke-width: 2.5; } .fill { fill: currentColor; }
.area { fill: currentColor; fill-opacity: .35; stroke: currentColor; }
.curve { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-opacity: .6; }
.point { fill: currentColor; fill-opacity: .55; }
.m0 { color: var(--m0); } .m1 { color: var(--m1); } .m2 { color: var(--m2); }
.m3 { color: var(--m3); } .m4 { color: var(--m4); } .m5 { color: var(--m5); }
""".strip()


def report(
    standing: Standing,
    tables: Sequence[tuple[str, Table]],
    key: str,
    baseline: str | None = None,
    title: str = "Which model is better?",
    now: float | None = None,
) -> str:
    """The page: ``tables`` with their headings, then plots of the metric ``key``. Blocks.

    ``now``: seconds since the epoch that the page is dated with.
    """
    from engine.results.standing import label

    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(now))
    names = escaped(", ".join(standing.models))
    parts = [f"<h1>{escaped(title)}</h1>", f"<p>{names}. Written by dialtune, {when}.</p>"]
    for heading, table in tables:
        parts += [f"<h2>{escaped(heading)}</h2>", html_table(table)]
    if key in standing.estimates:
        parts += _plots(standing, key, label(key), baseline)
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # No part of the page may fetch or run anything, whatever a data set brought along.
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escaped(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _plots(standing: Standing, key: str, name: str, baseline: str | None) -> list[str]:
    figures = [
        ("Means with their intervals", svg.intervals(standing, key)),
        ("How the scores are spread; bar: the middle half, dot: the median", svg.distributions(standing, key)),
        ("Score against the dialogue's length; ρ: Spearman's rank correlation", svg.lengths(standing, key)),
    ]
    parts = [f"<h2>{escaped(name)}</h2>"]
    parts += [f"<figure><figcaption>{escaped(text)}</figcaption>\n{plot}</figure>" for text, plot in figures if plot]
    at = standing.models.index(baseline) if baseline in standing.models else None
    pairs = svg.scattered(standing, key, at)
    if pairs:
        plots = "\n".join(svg.scatter(standing, key, *pair) for pair in pairs)
        words = "One model against another, a point a dialogue; above the dashed line the one written ↑ is higher"
        parts.append(f'<figure><figcaption>{words}</figcaption>\n<div class="scatters">{plots}</div></figure>')
    return parts


def html_table(table: Table) -> str:
    """``table`` as people read it, with its caption below."""
    columns, rows = shown(table)
    sides = [' class="right"' if column.kind in RIGHT else "" for column in columns]
    head = "".join(f'<th scope="col"{side}>{escaped(c.label)}</th>' for c, side in zip(columns, sides, strict=True))
    lines = [
        "<tr>" + "".join(f"<td{side}>{escaped(cell)}</td>" for cell, side in zip(row, sides, strict=True)) + "</tr>"
        for row in rows
    ]
    caption = "".join(f"<p>{escaped(line)}</p>" for line in table.caption.splitlines())
    body = "\n".join(lines)
    drawn = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
    return f'<div class="wide">{drawn}</div>\n{caption}'
