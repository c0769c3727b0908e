"""``runs``, ``show`` and ``logs``: what is in the workspace."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from tui.commands.common import format_option, opened, tell_altered, workspace_option

if TYPE_CHECKING:
    from engine.results.table import Kind
    from engine.runs.folder import RunFolder

_Row = tuple[str, Any, "Kind"]


@click.command(short_help="List the runs, newest first.")
@click.option("--all", "archived", is_flag=True, help="Archived runs, too.")
@format_option("table", "json", "csv", "md")
@workspace_option
def runs(archived: bool, form: str, workspace: Path | None) -> None:
    """List the runs of the workspace, newest first: state, progress, ROUGE-1 where there are scores, what was found."""
    from engine.results.table import Column, Table
    from tui.tables import emit
    from tui.terminal import tell

    place = opened(workspace)
    found, shown = place.runs(), place.runs(archived=archived)
    rows = tuple(_row(run) for run in shown)
    if len(shown) < len(found):
        tell(f"{len(found) - len(shown)} archived; `dialtune runs --all` lists them too.")
    if not found:
        tell(f"There are no runs in {place.path} yet. `dialtune demo` makes three, `dialtune train --help` tells more.")
        if form == "table":
            return
    columns = (
        Column("run", "run"), Column("state", "state"), Column("phase", "phase"),
        Column("progress", "progress", "percent"), Column("method", "method"), Column("base", "base"),
        Column("data", "data"), Column("created", "created", "time"), Column("seconds", "time", "seconds"),
        Column("rouge1", "R1 mean", "score"), Column("rouge1_best", "R1 best", "score"),
        Column("cost", "cost", "money", exported_only=not any(row["cost"] is not None for row in rows)),
        Column("currency", "", exported_only=not any(row["cost"] is not None for row in rows)),
        Column("accuracy", "accuracy", "score", all(row["accuracy"] is None for row in rows)),
        Column("findings", "findings", exported_only=not any(row["findings"] for row in rows)),
        Column("started", "", "time", True), Column("ended", "", "time", True), Column("step", "", "count", True),
        Column("total_steps", "", "count", True), Column("eta", "", "seconds", True),
        Column("reason", "", "text", True), Column("note", "note", exported_only=not any(row["note"] for row in rows)),
        Column("archived", "", "text", True),
    )  # fmt: skip
    emit(Table(columns, rows), form)


def _row(run: RunFolder) -> dict[str, Any]:
    from engine.results.costs import written
    from engine.results.facts import asked, figure, word
    from engine.runs.health import record
    from tui.outline import phase_share

    status, spec, scores = run.status(), asked(run), run.scores()
    share = None if status.over else phase_share(status)
    paid = written(run.manifest())
    return {
        "run": run.name,
        "state": status.state,
        "phase": "" if status.over else status.phase,
        "progress": None if share is None else 100 * share,
        "method": word(spec, "method"),
        "base": word(spec, "base", "name"),
        "data": word(spec, "data", "source"),
        "created": status.created or None,
        "seconds": status.elapsed(),
        "rouge1": figure(scores, "metrics", "rouge1"),
        "rouge1_best": figure(scores, "metrics", "rouge1_best"),
        "accuracy": figure(scores, "metrics", "accuracy"),
        "findings": ", ".join(one.name for one in record.read(run).concerns),
        "started": status.started or None,
        "ended": status.ended or None,
        "step": status.step,
        "total_steps": status.total_steps,
        "eta": status.eta,
        "reason": status.reason,
        "cost": paid[0] if paid else None,
        "currency": paid[1] if paid else None,
        "note": run.remarks().note,
        "archived": run.remarks().archived,
    }


@click.command(short_help="Everything about one run.")
@click.argument("name", metavar="RUN")
@format_option("table", "json", "csv", "md")
@workspace_option
def show(name: str, form: str, workspace: Path | None) -> None:
    """Show what a run was asked (as it differs from its preset), how it went, what it cost and scored."""
    from engine.results.facts import facts, flat
    from engine.results.foreseen import compare, table
    from engine.results.table import Column, Table, exact_json
    from tui.foreseen import words
    from tui.tables import emit
    from tui.tables import show as readable
    from tui.terminal import put

    run = opened(workspace).open(name)
    tell_altered([run])
    found = facts(run)
    compared = [] if run.imported else compare(run)
    found["forecast"] = [dict(row) for row in table(compared).rows] or None
    if form == "json":
        put(exact_json(found))
        return
    columns = (Column("fact", "fact"), Column("value", "value"))
    if form == "csv":
        pairs = [(key, value) for key, value in flat(found).items()]
    else:
        pairs = [(key, readable(value, kind)) for key, value, kind in _sections(found) if value not in (None, "")]
        pairs += [(f"forecast: {key}", value) for key, value in words(compared)]
    emit(Table(columns, tuple({"fact": key, "value": value} for key, value in pairs)), form)


def _sections(found: Mapping[str, Any]) -> Iterator[_Row]:
    """The facts in words, in reading order."""
    from engine.results.board import ROUGE
    from engine.results.facts import at, figure, parameters_line

    yield "run", found["name"], "text"
    yield "folder", found["path"], "text"
    yield "state", found["state"], "text"
    yield "reason", found["reason"], "text"
    yield "note", found["note"], "text"
    yield "archived", "yes" if found["archived"] else None, "text"
    for key in ("happened", "why", "todo"):
        yield f"error: {key}", at(found, "error", key), "text"
    yield "exit code", found["exit_code"] or None, "count"
    yield "created", found["created"], "time"
    yield "time", found["elapsed_seconds"], "seconds"
    if found["total_steps"]:
        yield "steps", f"{found['step']:,} of {found['total_steps']:,}", "text"
    for key in ("task", "method", "base", "data", "preset"):
        yield key, found[key], "text"
    for key in ("file", "sha256", "column", "by", "rows", "dialogues"):
        value = at(found, "imported", key)
        yield f"import: {key}", value, "count" if isinstance(value, int) else "text"
    for key, change in found["differences"].items():
        usual = "unset" if change["usual"] is None else change["usual"]
        yield f"spec: {key}", f"{change['value']}  (usual: {usual})", "text"
    for line in parameters_line(found).splitlines():
        key, _, value = line.partition(": ")
        yield key, value, "text"
    for split, counts in found["splits"].items():
        yield f"{split} split", _counts(counts), "text"
    for key in ("name", "dtype", "dtype_reason"):
        yield f"device: {key.replace('_', ' ')}", at(found, "device", key), "text"
    for phase, seconds in found["seconds"].items():
        yield f"time: {phase}", figure({"seconds": seconds}, "seconds"), "seconds"
    yield "peak memory of the process", found["peak_memory"]["process"], "bytes"
    yield "peak memory of the device", found["peak_memory"]["device"], "bytes"
    if found["cost"]:
        yield f"cost {at(found, 'cost', 'currency')}", figure(found, "cost", "amount"), "money"
    for name, record in (found["trackers"] or {}).items():
        told = " ".join(str(at(record, key) or "") for key in ("state", "where", "error"))
        yield f"tracker: {name}", told.strip(), "text"
    yield "model on disk", found["saved_bytes"], "bytes"
    yield "run folder on disk", found["folder_bytes"], "bytes"
    for key, value in found["best"].items():
        yield f"best validation {key}", f"{value:.4f}", "text"
    scores = found["scores"]
    yield "scored dialogues", figure(scores, "examples"), "count"
    yield "scored references", figure(scores, "references"), "count"
    for key, label in ROUGE:
        for name, of in ((key, "mean over references"), (f"{key}_best", "best of references")):
            yield f"ROUGE-{label[1:]} {of}", figure(scores, "metrics", name), "score"
    for key in ("accuracy", "macro_f1"):
        yield key.replace("_f1", " F1"), figure(scores, "metrics", key), "score"
        majority = figure(scores, "majority", key)
        yield f"  always {at(scores, 'majority', 'label')}", majority, "score"
    yield "BLEU", figure(scores, "metrics", "bleu"), "bleu"
    yield "BLEU of a summary, mean", figure(scores, "metrics", "sentence_bleu"), "bleu"
    yield "length of a summary to its references'", figure(scores, "metrics", "length_ratio"), "bleu"
    novel = figure(scores, "metrics", "novelty")
    yield "words not in the dialogue", None if novel is None else 100 * novel, "percent"
    for key in ("rouge", "bleu", "classes"):
        yield f"{key} computed by", at(scores, "signature", key), "text"
    versions = found["versions"]
    yield "versions", ", ".join(f"{name} {version}" for name, version in versions.items() if version), "text"


def _counts(counts: Any) -> str:
    from engine.results.facts import figure

    words = {
        "examples": "examples",
        "references": "references",
        "truncated_sources": "prompts cut",
        "truncated_targets": "summaries cut",
    }
    told = [f"{value:,} {noun}" for key, noun in words.items() if (value := figure(counts, key)) is not None]
    longest = figure(counts, "longest_source")
    return ", ".join(told + ([f"longest prompt {longest:,} tokens"] if longest is not None else []))


@click.command(short_help="Print what a run's worker printed.")
@click.argument("name", metavar="RUN")
@click.option("-f", "--follow", is_flag=True, help="Go on until the run is over. Ctrl-C ends only the looking.")
@workspace_option
def logs(name: str, follow: bool, workspace: Path | None) -> int:
    """Print a run's worker.log, with what could steer a terminal taken out."""
    run = opened(workspace).open(name)
    try:
        file = run.log_path.open("rb")
    except FileNotFoundError:
        return _no_log(run, follow)
    with file:
        return _copy(run, file, follow)


def _no_log(run: RunFolder, follow: bool) -> int:
    from tui.terminal import tell

    while follow and not run.status().over and not run.log_path.exists():
        time.sleep(0.2)
    if follow and run.log_path.exists():
        with run.log_path.open("rb") as file:
            return _copy(run, file, follow)
    why = "its summaries were imported" if run.imported else "its worker has not been started"
    tell(f"{run.name} has no log: {why}.")
    return 0


def _copy(run: RunFolder, file: BinaryIO, follow: bool) -> int:
    """Whole lines as they come, a torn last one at the end."""
    from tui.terminal import put
    from tui.text import clean

    rest = b""
    over = not follow
    while True:
        while block := file.read(1 << 20):
            whole, newline, rest = (rest + block).rpartition(b"\n")
            if newline:
                put(clean(whole.decode("utf-8", "replace"), lines=True) + "\n")
        if over:
            break
        over = run.status().over  # then look once more: it may have written since
        time.sleep(0 if over else 0.2)
    if rest:
        put(clean(rest.decode("utf-8", "replace"), lines=True) + "\n")
    return 0
