"""The board of models that give labels: accuracy and macro F1 with intervals, beside the majority class.

And what lies behind two figures: the confusion matrix and the table of labels of one run.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from engine.config import Config
from engine.results import classes
from engine.results.board import AGREES, COSTS, cost_columns, row
from engine.results.classes import Confusion
from engine.results.table import Column, Table
from engine.runs.folder import RunFolder

FIGURES = (("accuracy", "accuracy"), ("macro_f1", "macro F1"))
MEANING = (
    "accuracy: share of texts with the right label × 100; macro F1: mean × 100 of the labels' F1, each counting alike. "
    "majority: the same figures of always giving the commonest gold label."
)


def board(
    runs: Sequence[RunFolder],
    baseline: RunFolder | None,
    brief: bool,
    sure: bool,
    config: Config = Config(),  # noqa: B008
) -> Table:
    """One row for each of ``runs``, of which all give labels; see :func:`engine.results.board.board`. Blocks."""
    rows = [of_run(run, config) for run in runs]
    odd, method = _sure(runs, rows) if sure else ([], "")
    columns = [
        Column("run", "run"), Column("task", "", exported_only=True), Column("method", "method"),
        Column("base", "base", exported_only=brief), Column("data", "data", exported_only=brief),
        Column("dialogues", "texts", "count"),
    ]  # fmt: skip
    for key, label in FIGURES:
        columns.append(Column(key, label, "score", ends=(f"{key}_low", f"{key}_high") if sure else None))
        columns += [Column(f"{key}_{end}", "", "score", exported_only=True) for end in ("low", "high") if sure]
        if baseline is not None:
            columns.append(Column(f"{key}_delta", "Δ", "delta"))
    columns += [
        Column("majority_label", "majority", exported_only=brief), Column("majority_accuracy", "its accuracy", "score"),
        Column("majority_macro_f1", "its macro F1", "score"), *cost_columns(brief, rows),
    ]  # fmt: skip
    caption = [MEANING]
    if baseline is not None:
        its = of_run(baseline, config)
        for values in rows:
            for key, _ in FIGURES:
                known = None not in (values[key], its[key])
                values[f"{key}_delta"] = values[key] - its[key] if known else None
        caption.append(f"Δ: the figure before it, less that of {baseline.name}.")
    caption += [method] if method else []
    caption += [f"No intervals for {name}: its predictions.jsonl and scores.json do not agree." for name in odd]
    caption += [] if brief else [COSTS]
    if len({(values["test_source"], values["dialogues"]) for values in rows}) > 1:
        caption.append("Not all runs were scored on the same texts: their figures cannot be compared.")
    return Table(tuple(columns), tuple(rows), "\n".join(caption))


def of_run(run: RunFolder, config: Config = Config()) -> dict[str, Any]:  # noqa: B008 - frozen
    """What the board says of one run, intervals aside. Raises WorkspaceError when it has no scores yet. Blocks."""
    values, scores = row(run, config), run.scores()
    metrics = scores.get("metrics", {})
    label, accuracy, f1 = classes.majority(scores)
    return values | {
        **{key: metrics.get(key) if isinstance(metrics.get(key), int | float) else None for key, _ in FIGURES},
        "majority_label": label or None, "majority_accuracy": accuracy, "majority_macro_f1": f1,
    }  # fmt: skip


def _sure(runs: Sequence[RunFolder], rows: Sequence[dict[str, Any]]) -> tuple[list[str], str]:
    """Put intervals into ``rows``; the runs whose two files do not agree, which get none, and how they were made."""
    from engine.results.statistics import interval_method

    odd, made = [], []
    for run, values in zip(runs, rows, strict=True):
        found = classes.intervals(list(run.predictions().values()))
        pairs = [(key, estimate) for (key, _), estimate in zip(FIGURES, found, strict=True)]
        if any(values[key] is None or not abs(values[key] - estimate.mean) <= AGREES for key, estimate in pairs):
            odd.append(run.name)
            continue
        for key, estimate in pairs:
            if not math.isnan(estimate.low):
                values[f"{key}_low"], values[f"{key}_high"] = estimate.low, estimate.high
        made += [estimate for _, estimate in pairs]
    return odd, interval_method(made, "texts")


def confusion_table(run: RunFolder) -> Table:
    """How often a text of one label (a row) was given another (a column); no rows where it is not known."""
    found = classes.kept(run.scores())
    if found is None:
        return Table((Column("gold", "gold label"),), ())
    columns = [Column("gold", "gold label"), *(Column(f"as {label}", f"as {label}", "count") for label in found.labels)]
    rows = [
        {"gold": gold, **{f"as {label}": n for label, n in zip(found.labels, counts, strict=True)}}
        for gold, counts in zip(found.labels, found.counts, strict=True)
    ]
    return Table(tuple(columns), tuple(rows), "A row is the gold label, a column what the model said.")


def labels_table(run: RunFolder) -> Table:
    """Precision, recall, F1 and support of every label, and their mean."""
    columns = (
        Column("label", "label"), Column("precision", "precision", "score"), Column("recall", "recall", "score"),
        Column("f1", "F1", "score"), Column("support", "support", "count"), Column("predicted", "predicted", "count"),
    )  # fmt: skip
    found = classes.kept(run.scores())
    if found is None:
        return Table(columns, ())
    rows: list[Mapping[str, Any]] = [vars(one) for one in found.of_labels]
    caption = (
        f"Macro F1 {100 * found.macro_f1:.2f}, accuracy {100 * found.accuracy:.2f}. {majority_words(found)} "
        "support: texts with that gold label; predicted: texts given it."
    )
    return Table(columns, tuple(rows), caption)


def behind_table(runs: Sequence[RunFolder]) -> Table:
    """Both tables of every run in one, a row a run and gold label, for other programs."""
    rows = [
        {"run": run.name, **one, **matrix}
        for run in runs
        for one, matrix in zip(labels_table(run).rows, confusion_table(run).rows, strict=True)
    ]
    names = dict.fromkeys(key for values in rows for key in values)
    return Table(tuple(Column(name, name) for name in names if name != "gold"), tuple(rows))


def majority_words(found: Confusion) -> str:
    """What always giving the commonest label would score."""
    other = found.majority
    return (
        f"Majority class (always {found.commonest}): accuracy {100 * other.accuracy:.2f}, "
        f"macro F1 {100 * other.macro_f1:.2f}."
    )
