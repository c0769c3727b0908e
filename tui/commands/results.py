"""``board`` and ``compare``: models next to each other."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import chosen, format_option, opened, workspace_option

if TYPE_CHECKING:
    from tui.comparison import Comparison

METRICS = tuple(name + best for name in ("rouge1", "rouge2", "rougeL", "rougeLsum") for best in ("", "_best"))
BOARD_METRICS = (*METRICS, "bleu", "length_ratio", "novelty")


@click.command(short_help="One row a model: ROUGE, BLEU, cost; is it real?")
@click.argument("names", metavar="[RUN]...", nargs=-1)
@click.option(
    "--baseline",
    metavar="RUN",
    help="Add each figure's distance from this run's.  [default: the zero-shot run, where there is one]",
)
@click.option("--pairs", is_flag=True, help="One row a pair of models: difference, interval, p-value, wins and losses.")
@click.option(
    "--metric",
    "metrics",
    type=click.Choice(BOARD_METRICS),
    multiple=True,
    help="With --pairs or html: what is compared; _best: of the closest reference. May be repeated.  [default: rouge1]",
)
@format_option("table", "json", "csv", "md", "tex", "html")
@workspace_option
def board(
    names: tuple[str, ...],
    baseline: str | None,
    pairs: bool,
    metrics: tuple[str, ...],
    form: str,
    workspace: Path | None,
) -> None:
    """Compare models: scores with 95% intervals, parameters, time, energy, memory, size and cost, one row a run.

    A test dialogue may have several references: "mean" averages over them, "best" takes the closest one.
    The two are points apart, so both are shown. Intervals and p-values are over dialogues; the lines below the
    table name the method and n. tex is a LaTeX table, html a page with both tables and plots.

    \b
    Examples:
      dialtune board
      dialtune board --pairs --metric rouge1 --metric rougeL
      dialtune board lora-try full-try --baseline base-as-is
      dialtune board --format tex > board.tex
      dialtune board --format html > board.html
    """
    from engine.results.board import board as table_of
    from engine.results.board import pairs_table, scored, usual_baseline
    from engine.results.standing import stand
    from engine.results.verdicts import tally
    from tui.tables import emit
    from tui.terminal import put, tell

    place = opened(workspace)
    runs = chosen(place, names) if names else scored(place.runs(archived=False))
    if not runs:
        tell(f"No run in {place.path} has scores yet. `dialtune runs` lists what there is.")
        if form in ("table", "tex", "html"):
            return
    standing = stand(runs)
    keys, tallies = metrics or ("rouge1",), tally(place.path)
    from_ = place.open(baseline) if baseline else usual_baseline(runs)
    if form == "html":
        from tui.webpage import report

        tables = [("Board", table_of(runs, from_, standing=standing)), ("Pairs", pairs_table(standing, keys, tallies))]
        put(report(standing, tables, keys[0], from_.name if from_ else None))
    elif pairs:
        emit(pairs_table(standing, keys, tallies), form)
    else:
        emit(table_of(runs, from_, standing=standing), form)


@click.command(short_help="One row a dialogue, one column a model.")
@click.argument("names", metavar="[RUN]...", nargs=-1)
@click.option(
    "--metric",
    type=click.Choice(METRICS),
    default="rouge1",
    show_default=True,
    help="Score shown; _best: of the closest reference.",
)
@format_option("table", "csv", "json", "md")
@workspace_option
def compare(names: tuple[str, ...], metric: str, form: str, workspace: Path | None) -> None:
    """Compare models dialogue by dialogue. csv and json have the dialogues, references and summaries too."""
    from engine.errors import WorkspaceError
    from engine.results.table import exact_json
    from tui.comparison import compare as joined
    from tui.tables import emit
    from tui.terminal import put, tell

    place = opened(workspace)
    runs = chosen(place, names) if names else place.runs(archived=False)
    found = joined(runs)
    if names and len(found.runs) < len(runs):
        without = [run for run in runs if run.name not in found.runs]
        raise WorkspaceError(
            f"The run {without[0].name} has no summaries yet",
            f"It is {without[0].status().state}",
            "Leave it out, or let it end",
        )
    if not found.runs:
        tell(f"No run in {place.path} has summaries yet. `dialtune runs` lists what there is.")
    if form == "json":
        put(exact_json(_whole(found)))
    elif found.runs or form == "csv":
        emit(_table(found, metric, texts=form == "csv"), form)


def _score(found: Comparison, row: int, run: str, metric: str) -> float | None:
    prediction = found.rows[row].predictions.get(run)
    return prediction.scores.get(metric) if prediction else None


def _table(found: Comparison, metric: str, texts: bool) -> Any:
    from engine.results.table import Column, Table

    columns = [Column("id", "dialogue"), Column("topic", "topic")]
    if texts:
        most = max((len(row.references) for row in found.rows), default=0)
        columns += [Column("dialogue", ""), *(Column(f"reference_{at + 1}", "") for at in range(most))]
    for run in found.runs:
        columns.append(Column(f"{run}.{metric}", run, "score"))
        if texts:
            columns.append(Column(f"{run}.summary", ""))
    rows = []
    for at, row in enumerate(found.rows):
        cells: dict[str, Any] = {"id": row.id, "topic": row.topic, "dialogue": row.dialogue}
        cells |= {f"reference_{place}": text for place, text in enumerate(row.references, 1)}
        for run in found.runs:
            cells[f"{run}.{metric}"] = _score(found, at, run, metric)
            if run in row.predictions:
                cells[f"{run}.summary"] = row.predictions[run].summary
        rows.append(cells)
    if texts:
        return Table(tuple(columns), tuple(rows))
    rows.append({"id": "mean", **_means(found, metric)})
    caption = f"{metric}: F1 × 100, {'best' if metric.endswith('_best') else 'mean'} of a dialogue's references."
    if not found.even:
        caption += " Not every run summarised every dialogue; the mean is over those that all of them did."
    return Table(tuple(columns), tuple(rows), caption)


def _means(found: Comparison, metric: str) -> dict[str, float]:
    """Over the dialogues that every run has a score for."""
    scores = [[_score(found, at, run, metric) for run in found.runs] for at in range(len(found.rows))]
    shared = [[score for score in line if score is not None] for line in scores if None not in line]
    return (
        {f"{run}.{metric}": fmean(line[at] for line in shared) for at, run in enumerate(found.runs)} if shared else {}
    )


def _whole(found: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "id": row.id,
            "topic": row.topic,
            "dialogue": row.dialogue,
            "references": list(row.references),
            "runs": {
                run: {"summary": p.summary, "scores": p.scores, "truncated": p.truncated, "tokens": p.tokens}
                for run, p in row.predictions.items()
            },
        }
        for row in found.rows
    ]
