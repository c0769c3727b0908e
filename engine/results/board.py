"""The board: one row a scored model, what it scored and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.errors import WorkspaceError
from engine.results.facts import asked, at, figure, word
from engine.results.table import Column, Table
from engine.runs.folder import RunFolder

ROUGE = (("rouge1", "R1"), ("rouge2", "R2"), ("rougeL", "RL"), ("rougeLsum", "RLsum"))
"""Key in scores.json and short name of each ROUGE figure."""

MEANING = (
    "R1, R2, RL, RLsum: ROUGE F1 × 100 of each dialogue, averaged over dialogues; "
    "mean = mean over a dialogue's references, best = its best reference. BLEU: corpus, all references at once."
)


def scored(runs: Iterable[RunFolder]) -> list[RunFolder]:
    """Those of ``runs`` that have scores."""
    return [run for run in runs if at(run.scores(), "metrics")]


def board(runs: Sequence[RunFolder], baseline: RunFolder | None = None, brief: bool = False) -> Table:
    """One row for each of ``runs``, in their order; with ``baseline``, also how far each is from it.

    ``brief`` leaves out what costs a wide terminal: base, data and memory. Raises WorkspaceError when a run
    has no scores yet.
    """
    rows = [row(run) for run in runs]
    columns = [
        Column("run", "run"), Column("method", "method"), Column("base", "base", exported_only=brief),
        Column("data", "data", exported_only=brief), Column("dialogues", "dialogues", "count"),
        Column("references", "references", "count"),
    ]  # fmt: skip
    for key, label in ROUGE:
        for name, of in ((key, "mean"), (f"{key}_best", "best")):
            columns.append(Column(name, f"{label} {of}", "score"))
            if baseline is not None:
                columns.append(Column(f"{name}_delta", "Δ", "delta"))
    columns += [
        Column("bleu", "BLEU", "bleu"), Column("trainable", "trainable", "count"),
        Column("percent", "trainable %", "percent"), Column("training_seconds", "training", "seconds"),
        Column("peak_memory", "peak memory", "bytes", exported_only=brief), Column("saved_bytes", "size", "bytes"),
        Column("peak_memory_process", "", "bytes", True), Column("peak_memory_device", "", "bytes", True),
        Column("summary_words", "", exported_only=True), Column("test_source", "", exported_only=True),
        Column("rouge_signature", "", exported_only=True), Column("bleu_signature", "", exported_only=True),
    ]  # fmt: skip
    caption = [MEANING]
    if baseline is not None:
        from_ = row(baseline)
        for values in rows:
            for key, _ in ROUGE:
                for name in (key, f"{key}_best"):
                    mine, its = values[name], from_[name]
                    values[f"{name}_delta"] = None if mine is None or its is None else mine - its
        caption.append(f"Δ: the figure before it, less that of {baseline.name}.")
    caption += _signatures(rows)
    if len({(r["test_source"], r["dialogues"], r["references"]) for r in rows}) > 1:
        caption.append("Not all runs were scored on the same dialogues: their figures cannot be compared.")
    return Table(tuple(columns), tuple(rows), "\n".join(caption))


def row(run: RunFolder) -> dict[str, Any]:
    """What the board says of one run, by column key. Raises WorkspaceError when it has no scores yet."""
    scores, manifest, spec = run.scores(), run.manifest(), asked(run)
    if not at(scores, "metrics"):
        raise WorkspaceError(
            f"The run {run.name} has no scores yet",
            f"It is {run.status().state}",
            f"`dialtune show {run.name}` says more",
        )
    process, device = (figure(manifest, "peak_memory", of) for of in ("process", "device"))
    every = figure(spec, "data", "every") or 1
    metrics = [name for key, _ in ROUGE for name in (key, f"{key}_best")]
    return {
        "run": run.name,
        "method": word(spec, "method"),
        "base": word(spec, "base", "name") or word(manifest, "base", "name"),
        "data": word(spec, "data", "source") or word(manifest, "data", "source"),
        "dialogues": figure(scores, "examples"),
        "references": figure(scores, "references"),
        **{name: figure(scores, "metrics", name) for name in (*metrics, "bleu")},
        "trainable": figure(manifest, "parameters", "trainable"),
        "percent": figure(manifest, "parameters", "percent"),
        "training_seconds": figure(manifest, "seconds", "training"),
        "peak_memory": device or process,
        "peak_memory_process": process,
        "peak_memory_device": device,
        "saved_bytes": figure(manifest, "saved_bytes"),
        "summary_words": figure(scores, "summary_words"),
        "test_source": word(spec, "data", "source") + (f", every {every}." if every != 1 else ""),
        "rouge_signature": word(scores, "signature", "rouge"),
        "bleu_signature": word(scores, "signature", "bleu"),
    }


def _signatures(rows: Sequence[dict[str, Any]]) -> list[str]:
    lines = []
    for key, label in (("rouge_signature", "ROUGE"), ("bleu_signature", "BLEU")):
        found = list(dict.fromkeys(values[key] for values in rows if values[key]))
        if len(found) > 1:
            lines.append(f"{label} was computed in different ways and cannot be compared: {' / '.join(found)}")
        elif found:
            lines.append(f"{label} computed by {found[0]}")
    return lines
