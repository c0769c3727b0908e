"""``data``: what a data set is like, before a run is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui.commands.common import format_option

if TYPE_CHECKING:
    from engine.spec import RunSpec


@click.command(short_help="What a data set is like: splits, lengths, duplicates, leakage.")
@click.argument("source", metavar="[SOURCE]", required=False)
@click.option("--base", metavar="NAME", help="Count this base's tokens too, and how many a run would cut.")
@click.option(
    "--set", "settings", metavar="FIELD=VALUE", multiple=True,
    help="As a run would read it: data.every=10, data.max_source_tokens=1024, prompt.template=...",
)  # fmt: skip
@click.option("--leakage", is_flag=True, help="List every pair of duplicates, those in two splits first.")
@format_option("table", "json", "csv", "md")
def data(source: str | None, base: str | None, settings: tuple[str, ...], leakage: bool, form: str) -> int:
    """Look at a data set: builtin (the default), a file, a folder of files, or a hub id.

    Counts what is in each split, how long dialogues and summaries are, and what occurs twice: dialogues that two
    splits share make a model look better than it is.

    \b
    Examples:
      dialtune data
      dialtune data calls.jsonl --base google/flan-t5-base
      dialtune data knkarthick/dialogsum --leakage --format csv > twice.csv
      dialtune train --set data.source=calls.jsonl --set data.exclude_leaked=near
    """
    from engine import study
    from engine.data.sources import absolute
    from engine.results.table import exact_json
    from tui import report, tables
    from tui.dataset import dataset
    from tui.terminal import put, tell

    spec = _spec(source, base, settings)
    found = dataset(
        study.load(spec.data.model_copy(update={"source": absolute(spec.data.source)}), True, None, spec.task)
    )
    for notice in found.loaded.notices:
        tell(notice)
    from engine.data.leakage import Leakage

    twice = Leakage(found.loaded.splits, study.duplicates(found.loaded))
    if leakage:
        tables.emit(report.pairs_table(found, twice.pairs), form)
        if form == "table":
            for line in report.sentences(twice, found):
                tell(line)
        return 0
    lengths = study.lengths(found.loaded, spec.base, spec.prompt.template) if base else None
    if form == "json":
        put(exact_json(report.whole(found, twice, spec, lengths)))
    else:
        tables.emit(report.splits_table(found, twice, spec, lengths), form)
    return 0


def _spec(source: str | None, base: str | None, settings: tuple[str, ...]) -> RunSpec:
    """The spec that the arguments mean. Raises SpecError, also for fields that say nothing of the data."""
    from engine.errors import SpecError
    from engine.spec import from_dict, nested, parse_override

    overrides = dict(map(parse_override, settings))
    for key in overrides:
        if key.partition(".")[0] not in ("data", "prompt", "base", "task"):
            raise SpecError(
                f"--set names {key}, which has no part in what the data are", "", "It takes data.* and prompt.*"
            )
    if source is not None:
        overrides["data.source"] = source
    if base is not None:
        overrides["base.name"] = base
    return from_dict(nested(overrides), "the command line")
