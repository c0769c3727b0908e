"""One model that gives labels, on the board: its figures, the confusion matrix, the table of labels."""

from __future__ import annotations

from typing import Any

from textual.content import Content

from engine.results import classes
from engine.results.classboard import FIGURES
from engine.results.classes import Confusion
from engine.runs.folder import RunFolder
from tui import tables
from tui.text import fit

MOST_LABELS = 12
"""With more labels than this there is no matrix, and only those with the most texts are listed."""
LABEL = 12
"""Cells of a label's name."""


def lines(row: Any, run: RunFolder, width: int) -> list[Content]:
    """Figures with their intervals beside the majority class, then what lies behind them."""
    found = [Content.styled(f"{'':<13}{'':<24}always {fit(str(row.get('majority_label') or '?'), 20)}", "$label")]
    for key, label in FIGURES:
        figure, ends = tables.show(row.get(key), "score"), [row.get(f"{key}_{end}") for end in ("low", "high")]
        if None not in ends:
            figure += f" [{tables.show(ends[0], 'score')}, {tables.show(ends[1], 'score')}]"
        other = tables.show(row.get(f"majority_{key}"), "score")
        found.append(Content.assemble((f"{label:<13}", "bold"), f"{figure:<24}", (other, "$label")))
    table = classes.kept(run.scores())
    if table is not None:
        found += [Content(""), *of_labels(table)]
        if len(table.labels) <= MOST_LABELS:
            found += [Content(""), *matrix(table, width)]
    return found


def of_labels(table: Confusion) -> list[Content]:
    """Precision, recall, F1 and support of each label; of many, those with the most texts."""
    head = f"{'label':<{LABEL}} {'precision':>9} {'recall':>7} {'F1':>7} {'support':>8} {'predicted':>9}"
    found = [Content.styled(head, "$label")]
    ordered = list(table.of_labels)
    if len(ordered) > MOST_LABELS:
        ordered = sorted(ordered, key=lambda one: -one.support)[: 2 * MOST_LABELS]
    for one in ordered:
        figures = "".join(f"{100 * value:>8.2f}" for value in (one.recall, one.f1))
        found.append(
            Content.assemble(
                (f"{fit(one.label, LABEL):<{LABEL}} ", "bold"),
                f"{100 * one.precision:>9.2f}{figures} {one.support:>8,} {one.predicted:>9,}",
            )
        )
    if len(table.labels) > len(ordered):
        found.append(Content.styled(f"and {len(table.labels) - len(ordered):,} labels with fewer texts", "$label"))
    return found


def matrix(table: Confusion, width: int) -> list[Content]:
    """A row a gold label, a column what the model said; right ones stand in brackets."""
    most = max((n for row in table.counts for n in row), default=0)
    cell = max(len(f"[{most:,}]") + 1, min(LABEL, (width - LABEL - 2) // max(len(table.labels), 1)))
    names = "".join(f"{fit(label, cell - 1):>{cell}}" for label in table.labels)
    found = [Content.styled(f"{'gold ╲ said':<{LABEL}} {names}", "$label")]
    for at, (label, row) in enumerate(zip(table.labels, table.counts, strict=True)):
        parts: list[Any] = [(f"{fit(label, LABEL):<{LABEL}} ", "bold")]
        for said, n in enumerate(row):
            parts.append((f"{f'[{n:,}]':>{cell}}", "bold $best") if said == at else f"{f'{n:,} ':>{cell}}")
        found.append(Content.assemble(*parts))
    return found
