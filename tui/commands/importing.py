"""``import``: summaries made elsewhere, put beside the runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.commands.common import format_option, opened, workspace_option

if TYPE_CHECKING:
    from engine.importing.plan import Plan
    from engine.runs.workspace import Workspace
    from engine.spec import DataSpec

LINE_SECONDS = 10.0
"""Plain progress comes about this often, or at every tenth."""
_WIDTH = 96
"""Characters of a text shown in the preview."""


@click.command("import", short_help="Put summaries made elsewhere beside the runs.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--data", "source", metavar="SOURCE", required=True, help="What they are summaries of: as data.source.")
@click.option("--name", metavar="NAME", help="Name of the model, or what the names of several begin with.")
@click.option(
    "--column", "columns", metavar="COLUMN[=NAME]", multiple=True,
    help="A column of summaries, and its model's name; may be repeated.  [default: every column that may be]",
)  # fmt: skip
@click.option(
    "--by", type=click.Choice(("auto", "id", "reference", "dialogue", "order")), default="auto", show_default=True,
    help="How a row finds its dialogue.",
)  # fmt: skip
@click.option(
    "--set", "settings", metavar="FIELD=VALUE", multiple=True, help="Read the data as a run would: data.every=10, ..."
)
@click.option("-y", "--yes", is_flag=True, help="Take the match without asking.")
@format_option("table", "json", "csv", "md")
@workspace_option
def import_(
    file: Path, source: str, name: str | None, columns: tuple[str, ...], by: str, settings: tuple[str, ...],
    yes: bool, form: str, workspace: Path | None,
) -> None:  # fmt: skip
    """Match the summaries in FILE with the test dialogues of SOURCE, score them, and keep them as finished models.

    FILE is CSV, TSV, JSON lines, JSON or Parquet with named columns, or a text with a summary a line. Rows find their
    dialogues by a column of ids, of references or of dialogues, whatever its name; without one, by order: a row a
    dialogue, or a row a reference. Several columns become several models. The match is shown first and asked about;
    without a terminal it wants --yes. Prints the models' rows of the board.

    \b
    Examples:
      dialtune import gpt.jsonl --data knkarthick/dialogsum --name gpt
      dialtune import outputs.csv --data dialogsum/ --column full_ft=full --column lora_ft=lora
      dialtune import summaries.txt --data calls.jsonl --by order --name baseline --yes
    """
    from engine.errors import SpecError
    from engine.importing import making, plan
    from engine.results.board import board
    from engine.runs.workspace import check_name
    from tui.format import count
    from tui.tables import emit
    from tui.terminal import interactive, tell

    place = opened(workspace)
    if name is not None:
        check_name(name)
    material = plan.read(
        file, _data(source, settings), [one for word in columns for one in (word, word.rpartition("=")[0])]
    )
    for notice in material.loaded.notices:
        tell(notice)
    taken = [run.name for run in place.runs()]
    chosen = plan.asked_columns(material, columns, name, taken)
    place.check_free(list(chosen.values()))
    made = plan.plan(material, chosen, None if by == "auto" else by)  # type: ignore[arg-type]
    for line in preview(made):
        tell(line)
    if not yes:
        if not interactive():
            raise SpecError("Nothing is imported", "There is no terminal to ask on", "Say --yes to take this match")
        if not click.confirm(f"Import {count(len(made.models), 'model')}?", err=True):
            tell("Nothing is imported.")
            return
    runs = _made(making.make, made, place)
    tell(f"Imported: {', '.join(run.name for run in runs)}. `dialtune compare` shows them beside the others.")
    emit(board(runs), form)


def preview(plan: Plan) -> list[str]:
    """The match in lines: how, how many, which not, what becomes of which column, and the first pairs."""
    from engine.data.quoting import count
    from tui.text import fit

    sheet = plan.material.sheet
    lines = [f"{sheet.path.name}: {count(sheet.rows, 'row')}.", *plan.sentences()]
    for model in plan.models:
        of = f" from the column '{fit(model.column, 40)}'" if sheet.named else ""
        lines.append(f"  {model.name}: {len(model.summaries):,} summaries{of}")
    lines.append("The first pairs:")
    for number, example, said in plan.pairs():
        lines.append(f"  row {number:,} is {fit(example.id, 40)}")
        shown = {"dialogue": example.dialogue, "reference": example.references[0], **said}
        width = max(len(label) for label in shown)
        lines += [
            f"    {fit(label, 40):<{min(width, 40)}}  {fit(text[:1000], _WIDTH)}" for label, text in shown.items()
        ]
    return lines


def _data(source: str, settings: tuple[str, ...]) -> DataSpec:
    """What to read. Raises SpecError, also for fields that say nothing of the data."""
    from engine.errors import SpecError
    from engine.spec import from_dict, nested, parse_override

    overrides = dict(map(parse_override, settings))
    for key in overrides:
        if key.partition(".")[0] != "data":
            raise SpecError(f"--set names {key}, which has no part in what the data are", "", "It takes data.*")
    overrides["data.source"] = source
    return from_dict(nested(overrides), "the command line").data


def _made(make: Any, plan: Plan, place: Workspace) -> Any:
    """Score and create, telling on standard error how far it is."""
    from tui.terminal import stderr_is_terminal

    if not stderr_is_terminal():
        return make(plan, place, _Lines())
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from tui.terminal import colours, drawing

    console = Console(file=drawing(sys.stderr), no_color=not colours(sys.stderr), highlight=False, markup=False)
    columns = (TextColumn("scoring", markup=False), BarColumn(28), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as bar:
        task = bar.add_task("", total=sum(len(model.summaries) for model in plan.models))
        return make(plan, place, lambda done, total: bar.update(task, completed=done, total=total))


class _Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._at, self._share = time.monotonic(), 0.0

    def __call__(self, done: int, total: int) -> None:
        from tui.terminal import tell

        share, now = done / max(total, 1), time.monotonic()
        if (share - self._share >= 0.1 and now - self._at >= 1) or now - self._at >= LINE_SECONDS:
            self._at, self._share = now, share
            tell(f"scoring {done:,}/{total:,} summaries ({share:.0%})")
