"""Tables as LaTeX, for a paper: ``booktabs`` rules, intervals in small type, the best figure of each column bold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.results.table import Column, Table
from tui import format as words
from tui.tables import RIGHT, shown
from tui.text import clean

_WIDEST = 9
"""More columns than this are scaled to the line's width."""
_BEST = frozenset(("score", "bleu"))
"""Kinds of columns in which more is better."""
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "_": r"\_", "%": r"\%",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "Δ": r"$\Delta$", "×": r"$\times$", "–": "--", "−": "$-$",
}  # fmt: skip
_TABLE = str.maketrans(_SPECIAL)
_INTERVAL = re.compile(r"(?P<figure>.+) (?P<ends>\[\S+, \S+\])")


def latex(table: Table) -> str:
    """A ``table`` environment that any document with ``booktabs`` and ``graphicx`` can take in with ``\\input``."""
    columns, rows = shown(table)
    best = _best(table, columns)
    aligned = "".join("r" if column.kind in RIGHT else "l" for column in columns)
    lines = [
        r"% \usepackage{booktabs,graphicx,textcomp} and, for \textquotedbl, \usepackage[T1]{fontenc}",
        r"\begin{table}", r"  \centering",
        *([r"  \resizebox{\linewidth}{!}{%"] if len(columns) > _WIDEST else []),
        rf"  \begin{{tabular}}{{{aligned}}}", r"    \toprule",
        f"    {_line([escaped(column.label) for column in columns])}", r"    \midrule",
    ]  # fmt: skip
    for at, row in enumerate(rows):
        cells = [_cell(cell, (at, column.key) in best) for cell, column in zip(row, columns, strict=True)]
        lines.append(f"    {_line(cells)}")
    lines += [r"    \bottomrule", r"  \end{tabular}" + ("}" if len(columns) > _WIDEST else "")]
    if table.caption:
        lines.append(rf"  \caption{{{escaped(clean(' '.join(table.caption.splitlines())))}}}")
    return "\n".join([*lines, r"\end{table}"]) + "\n"


def escaped(text: str) -> str:
    """One line of text with what LaTeX would interpret spelled out."""
    return clean(text).translate(_TABLE)


def _cell(cell: str, best: bool) -> str:
    if cell == words.MISSING:
        return "--"
    found = _INTERVAL.fullmatch(cell)
    figure = escaped(found["figure"] if found else cell)
    if best:
        figure = rf"\textbf{{{figure}}}"
    return figure + (rf" {{\scriptsize {escaped(found['ends'])}}}" if found else "")


def _best(table: Table, columns: Sequence[Column]) -> set[tuple[int, str]]:
    """Row and column of the highest figure of each column; none where all are the same, or nothing is compared."""
    found: set[tuple[int, str]] = set()
    for column in columns:
        values = [row.get(column.key) for row in table.rows]
        known = [value for value in values if isinstance(value, int | float)]
        if column.kind in _BEST and column.key.startswith(("rouge", "bleu")) and len(set(known)) > 1:
            found |= {(at, column.key) for at, value in enumerate(values) if value == max(known)}
    return found


def _line(cells: Sequence[str]) -> str:
    # A bracket after \\ would be read as its argument.
    return " & ".join(f"{{}}{cell}" if cell.startswith(("[", "*")) else cell for cell in cells) + r" \\"
