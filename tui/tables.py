"""Tables on standard output: drawn on a terminal, aligned plain text elsewhere, or JSON, CSV and Markdown."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rich.cells import cell_len

from engine.results.table import Column, Kind, Table
from tui import format as words
from tui.terminal import colours, drawing, put, stdout_is_terminal, width
from tui.text import clean

Format = Literal["table", "json", "csv", "md", "tex"]
FORMATS: tuple[Format, ...] = ("table", "json", "csv", "md", "tex")

RIGHT = frozenset((
    "count", "score", "delta", "bleu", "percent", "seconds", "bytes", "ratio", "change", "p", "energy", "money",
))  # fmt: skip
"""Kinds of columns that are set flush right."""
_GAP = 2


def emit(table: Table, form: str) -> None:
    """Write ``table`` to standard output in one of :data:`FORMATS`."""
    if form == "json":
        put(table.json())
    elif form == "csv":
        # In a file or pipe every byte counts; on a terminal someone looks at it, and text may steer the terminal.
        text = table.csv()
        put(clean(text, lines=True) if stdout_is_terminal() else text)
    elif form == "md":
        put(markdown(table))
    elif form == "tex":
        from tui.latex import latex

        put(latex(table))
    elif stdout_is_terminal():
        _draw(table)
    else:
        put(plain(table))


def show(value: Any, kind: Kind = "text") -> str:
    """``value`` as people read it: one line, nothing in it that steers a terminal."""
    if value is None or value == "":
        return words.MISSING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return clean(value)
    match kind:
        case "score":
            return f"{value * 100:.2f}"
        case "delta":
            return f"{value * 100:+.2f}"
        case "bleu" | "ratio":
            return f"{value:.2f}"
        case "percent":
            return f"{value:.2f}%"
        case "change":
            return f"{value:+.1f}%"
        case "p":
            return words.p_value(value)
        case "energy":
            return words.energy(value)
        case "money":
            return f"{value:,.{2 if value >= 0.1 or value == 0 else 4}f}"
        case "count":
            return f"{value:,}"
        case "seconds":
            return words.duration(value)
        case "bytes":
            return words.size(value)
        case "time":
            return time.strftime("%Y-%m-%d %H:%M", time.localtime(value))
        case _:
            return str(value)


def plain(table: Table) -> str:
    """Aligned columns, two spaces apart; the caption below an empty line."""
    columns, rows = shown(table)
    widths = _widths(columns, rows)
    lines = [_line([column.label for column in columns], columns, widths)]
    lines += [_line(row, columns, widths) for row in rows]
    caption = "\n".join(clean(line) for line in table.caption.splitlines())
    return "\n".join(lines) + "\n" + (f"\n{caption}\n" if caption else "")


def markdown(table: Table) -> str:
    """A GitHub-flavoured table; what Markdown or HTML would interpret in a cell is escaped."""
    columns, rows = shown(table)
    lines = [
        _md_line([column.label for column in columns]),
        _md_line(["---:" if column.kind in RIGHT else "---" for column in columns]),
        *(_md_line([escaped(cell) for cell in row]) for row in rows),
    ]
    captions = [escaped(clean(line)) for line in table.caption.splitlines()]
    return "\n".join(lines) + "\n" + "".join(f"\n{line}\n" for line in captions)


def _draw(table: Table) -> None:
    """A table with rules; one that is too wide goes on below, with its first column repeated."""
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    console = Console(
        file=drawing(sys.stdout), width=width(), no_color=not colours(sys.stdout), highlight=False, markup=False
    )
    columns, rows = shown(table)
    for part in _parts(_widths(columns, rows), console.width):
        drawn = Drawn(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
        for at in part:
            justify: Literal["right", "left"] = "right" if columns[at].kind in RIGHT else "left"
            drawn.add_column(Text(columns[at].label), justify=justify, overflow="fold")
        for row in rows:
            drawn.add_row(*(Text(row[at]) for at in part))
        console.print(drawn)
        console.print()
    for line in table.caption.splitlines():
        console.print(Text(clean(line), style="dim"))


def _parts(widths: Sequence[int], room: int) -> list[list[int]]:
    """Column numbers of each part: as many as fit, each part led by column 0."""
    parts = [[0]]
    used = widths[0]
    for at in range(1, len(widths)):
        if used + _GAP + widths[at] > room and len(parts[-1]) > 1:
            parts.append([0])
            used = widths[0]
        parts[-1].append(at)
        used += _GAP + widths[at]
    return parts


def shown(table: Table) -> tuple[list[Column], list[list[str]]]:
    """The columns that are drawn and the cells of each row, as people read them: ``42.14 [41.20, 43.08]``."""
    columns = [column for column in table.columns if not column.exported_only]
    return columns, [[_cell(row, column) for column in columns] for row in table.rows]


def _cell(row: Mapping[str, Any], column: Column) -> str:
    figure = show(row.get(column.key), column.kind)
    ends = [row.get(end) for end in column.ends or ()]
    if not ends or None in ends:
        return figure
    low, high = (show(end, column.kind) for end in ends)
    return f"{figure} [{low}, {high}]"


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
    return [max([cell_len(column.label), *(cell_len(row[at]) for row in rows)]) for at, column in enumerate(columns)]


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    padded = []
    for cell, column, size in zip(cells, columns, widths, strict=True):
        space = " " * (size - cell_len(cell))
        padded.append(space + cell if column.kind in RIGHT else cell + space)
    return (" " * _GAP).join(padded).rstrip()


def _md_line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def escaped(text: str) -> str:
    """``text`` with what Markdown or HTML would interpret escaped."""
    return re.sub(r"([\\`*\[\]|<>~])", r"\\\1", text)
