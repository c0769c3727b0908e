"""``board`` and ``compare``: models next to each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import chosen, format_option, opened, tell_altered, workspace_option

if TYPE_CHECKING:
    from engine.results.query import Schema
    from engine.results.rows.store import Rows
    from engine.results.table import Table
    from engine.runs.folder import RunFolder
    from engine.runs.workspace import Workspace

METRICS = (
    *(name + best for name in ("rouge1", "rouge2", "rougeL", "rougeLsum") for best in ("", "_best")),
    "bleu", "length_ratio", "novelty", "tokens",
)  # fmt: skip
CLASSES = ("correct", "gold_probability", "confidence")
"""Figures of labels: right or wrong (its mean is the accuracy), and two probabilities."""
MANY_BYTES = 64 << 20
"""Predictions that take seconds to be read for the first time."""
BOARD_METRICS = (*METRICS[:-1], *CLASSES[:2])
"""Tokens are no score, nor is confidence."""
TASK = click.option("--task", metavar="TASK", default="", help="Only runs of this task.  [default: the newest run's]")


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
    help="With --pairs or html: what is compared; _best: of the closest reference. May be repeated.  [default: rouge1; "
    "of labels correct]",
)
@click.option("--labels", is_flag=True, help="Of runs that give labels: the table of labels and the confusion matrix.")
@TASK
@click.option(
    "--without-leaked", is_flag=True, help="Leave out test dialogues that a model of the board was trained on."
)
@format_option("table", "json", "csv", "md", "tex", "html")
@workspace_option
def board(
    names: tuple[str, ...],
    baseline: str | None,
    pairs: bool,
    metrics: tuple[str, ...],
    labels: bool,
    task: str,
    without_leaked: bool,
    form: str,
    workspace: Path | None,
) -> None:
    """Compare models: scores with 95% intervals, parameters, time, energy, memory, size and cost, one row a run.

    A test dialogue may have several references: "mean" averages over them, "best" takes the closest one.
    The two are points apart, so both are shown. Intervals and p-values are over dialogues; the lines below the
    table name the method and n. tex is a LaTeX table, html a page with both tables and plots.

    Models that give labels have accuracy and macro F1 there, beside the majority class. Runs of different tasks are
    never compared.

    \b
    Examples:
      dialtune board
      dialtune board --pairs --metric rouge1 --metric rougeL
      dialtune board lora-try full-try --baseline base-as-is
      dialtune board --format tex > board.tex
      dialtune board --format html > board.html
      dialtune board --without-leaked
    """
    from engine.results import health
    from engine.results.board import board as table_of
    from engine.results.board import pairs_table, scored, usual_baseline
    from engine.results.facts import labelled
    from engine.results.scores import read
    from engine.results.standing import of_scores, stand
    from engine.results.verdicts import tally
    from tui.tables import emit
    from tui.terminal import put, tell

    place = opened(workspace)
    runs = _of_task(chosen(place, names), task) if names else _of_task(scored(place.runs(archived=False)), task, True)
    if labels:
        _labels(runs, form)
        return
    if not runs:
        tell(f"No run in {place.path} has scores yet. `dialtune runs` lists what there is.")
        if form in ("table", "tex", "html"):
            return
    tell_altered(runs)
    out = health.leaked(runs) if without_leaked and not labelled(runs) else frozenset()
    standing = of_scores(health.without(read(runs), out)) if out else stand(runs)
    if without_leaked and not out:
        tell("No model here is known to have been trained on a test dialogue: nothing is left out.")
    usual = "correct" if "correct" in standing.scores.columns else "rouge1"
    keys, tallies = metrics or (usual,), tally(place.path)
    from_ = place.open(baseline) if baseline else usual_baseline(runs)

    def whole() -> Table:
        return table_of(runs, from_, standing=standing, without=out)

    if form == "html":
        from tui.webpage import report

        tables = [("Board", whole()), ("Pairs", pairs_table(standing, keys, tallies))]
        put(report(standing, tables, keys[0], from_.name if from_ else None))
    elif pairs:
        emit(pairs_table(standing, keys, tallies), form)
    else:
        emit(whole(), form)


@click.command(short_help="One row a dialogue, one column a model.")
@click.argument("names", metavar="[RUN]...", nargs=-1)
@click.option("--query", "-q", default="", metavar="QUERY", help="Only the dialogues that fit, in the order it says.")
@click.option("--sort", default="", metavar="KEY", help="As sort:KEY in a query; KEY- is from high to low.")
@click.option("--columns", metavar="LIST", help="What to show, with commas between; see below.")
@click.option(
    "--metric",
    type=click.Choice((*METRICS, *CLASSES)),
    help="Score shown, and meant where a query names none; _best: of the closest reference.  [default: rouge1; of "
    "labels correct]",
)
@TASK
@format_option("table", "csv", "json", "md")
@workspace_option
def compare(
    names: tuple[str, ...], query: str, sort: str, columns: str | None, metric: str | None, task: str, form: str,
    workspace: Path | None,
) -> None:  # fmt: skip
    """Compare models dialogue by dialogue. csv and json have the dialogues, references and summaries too.

    A query looks for words and compares figures; `dialtune compare --query help` says how. Columns are id, topic,
    dialogue, reference, summary, MODEL.summary, turns, length, a figure (every model's), a model, or whatever a
    query can compare. Of models that give labels, what is compared are texts: correct:no and label:positive are
    queries, label is a column.

    \b
    Examples:
      dialtune compare full-try lora-try
      dialtune compare --query 'full - lora > 0.1 topic:shopping' --sort disagreement
      dialtune compare --query 'rougeL<0.2' --columns 'id,rougeL,full-lora,turns' --format csv
    """
    from engine.errors import WorkspaceError
    from engine.results import comparison
    from engine.results.query import HELP, LABELS, run_query
    from engine.results.rows import open_rows
    from engine.results.table import exact_json
    from tui.tables import emit
    from tui.terminal import put, tell

    if query.strip() == "help":
        put(f"{HELP}\n{LABELS}")
        return
    place = opened(workspace)
    runs = _of_task(chosen(place, names), task) if names else _of_task(_said(place), task, True)
    tell_altered(runs)
    rows = open_rows(runs, _told())
    metric = metric or ("correct" if rows.labelled else "rouge1")
    if names and len(rows.models) < len(runs):
        without = next(run for run in runs if run.name not in rows.models)
        raise WorkspaceError(
            f"The run {without.name} has no summaries yet",
            f"It is {without.status().state}",
            "Leave it out, or let it end",
        )
    if not rows.models:
        tell(f"No run in {place.path} has summaries yet. `dialtune runs` lists what there is.")
        if form == "json":
            put(exact_json([]))
        elif form == "csv":
            emit(comparison.table(rows, [], comparison.usual(rows.schema(), metric, texts=True)), form)
        return
    schema = rows.schema()
    found = run_query(rows, _checked(schema, query, sort, metric), metric)
    if found.hint:
        tell(found.hint)
    if form == "json" and columns is None:
        put(exact_json([_whole(rows, int(at)) for at in found.places]))
        return
    listed = columns is not None
    wanted = comparison.columns(schema, columns, metric) if columns is not None else None
    shown = wanted or comparison.usual(schema, metric, texts=form == "csv")
    read = form in ("table", "md")
    caption = _caption(rows, len(found.places), metric, listed) if read else ""
    emit(comparison.table(rows, found.places, shown, caption, mean=read), form)


def _said(place: Workspace) -> list[RunFolder]:
    """The runs with predictions, for one without has no say in which task is meant."""
    return [run for run in place.runs(archived=False) if run.predictions_path.is_file()]


def _of_task(runs: Sequence[RunFolder], task: str, tolerant: bool = False) -> list[RunFolder]:
    """Those of ``runs`` that can be compared: all, or where there are several tasks and nobody named runs, those of
    the newest's. Raises SpecError.
    """
    from engine import tasks
    from engine.results.facts import of_one_task, one_task
    from tui.terminal import tell

    if task:
        tasks.named(task)
        return of_one_task(runs, task)[0]
    if not tolerant:
        one_task(runs)
        return list(runs)
    found, others = of_one_task(runs)
    for other, left in others.items():
        tell(f"Left out: {len(left)} of another task. `--task {other}` shows them.")
    return found


def _labels(runs: Sequence[RunFolder], form: str) -> None:
    from engine.errors import SpecError
    from engine.results.classboard import behind_table, confusion_table, labels_table
    from engine.results.classes import kept
    from tui.tables import emit
    from tui.terminal import put

    known = [run for run in runs if kept(run.scores()) is not None]
    if not known:
        raise SpecError("None of these runs gives labels", "", "Leave --labels out, or add --task classification")
    if form not in ("table", "md"):
        emit(behind_table(known), form)
        return
    for run in known:
        if len(known) > 1:
            put(f"{run.name}\n")
        for table in (labels_table(run), confusion_table(run)):
            emit(table, form)


def _told() -> Callable[[int, int], None]:
    """Says once that reading takes a while, when it does."""
    from tui.terminal import tell

    said: list[int] = []

    def progress(_done: int, total: int) -> None:
        if total > MANY_BYTES and not said:
            said.append(total)
            tell("Reading the summaries once; the next time they are known.")

    return progress


def _checked(schema: Schema, query: str, sort: str, metric: str) -> str:
    """``query`` sorted by ``sort``. Raises SpecError for the first mistake in either."""
    from engine.errors import SpecError
    from engine.results.comparison import sort_words
    from engine.results.query import QueryError, parse

    order = sort_words(sort) if sort.strip() else ""
    for text, what in ((query, "query"), (order, "sort key")):
        try:
            parse(schema, text, metric)
        except QueryError as error:
            rest = text[error.problem.position :]
            where = f"at “{rest[:40]}”" if rest.strip() else "at its end"
            raise SpecError(
                f"The {what} cannot be read {where}", error.problem.message, "`dialtune compare --query help` says how"
            ) from None
    return f"{order} {query}"


def _caption(rows: Rows, shown: int, metric: str, listed: bool) -> str:
    of = f"{'best' if metric.endswith('_best') else 'mean'} of a dialogue's references"
    words = {
        "bleu": "sentence BLEU, 0 to 100",
        "tokens": "tokens decoded",
        "novelty": "share × 100 of a summary's words that are not in the dialogue",
        "length_ratio": "words of a summary by those of the references",
        "correct": "1 where the label is right, 0 where it is not; the mean is the accuracy",
        "confidence": "probability of the label that was chosen",
        "gold_probability": "probability of the gold label",
    }
    caption = f"{metric}: {words.get(metric, f'F1 × 100, {of}')}."
    if shown < len(rows):
        caption = f"{shown:,} of {len(rows):,} {rows.items}. {caption}"
    if not rows.even or listed:
        caption += " The mean is over the dialogues shown that have every figure shown."
    if not rows.even:
        caption += " Not every run summarised every dialogue."
    return caption


def _whole(rows: Rows, place: int) -> dict[str, Any]:
    row = rows.detail(place)
    return {
        "id": row.id,
        "topic": row.topic,
        "dialogue": row.dialogue,
        "references": list(row.references),
        "runs": {
            run: {
                "summary": p.summary,
                "scores": p.scores,
                "truncated": p.truncated,
                "tokens": p.tokens,
                **({"probabilities": p.probabilities} if p.probabilities else {}),
            }
            for run, p in row.summaries.items()
        },
    }
