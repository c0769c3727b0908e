"""``forecast``: memory, time and money of a run before it starts."""

from __future__ import annotations

from pathlib import Path

import click

from tui.commands.asking import asked, spec_options
from tui.commands.common import format_option, opened, workspace_option


@click.command(short_help="Memory, time and money of a run before it starts.")
@spec_options
@click.option("--probe", is_flag=True, help="First train a few steps and decode a few dialogues, and go by that.")
@format_option("table", "json", "csv", "md")
@workspace_option
def forecast(
    spec: Path | None, preset: str | None, source: str | None, settings: tuple[str, ...], probe: bool, form: str,
    workspace: Path | None,
) -> None:  # fmt: skip
    """Say what a run of SPEC.toml or a preset will need on this machine; nothing is started.

    Parameters, steps and memory are counted. Time goes by earlier runs of the workspace on this machine, or by
    --probe, which takes about a minute. Money needs a line such as price_per_hour = 1.20 in
    ~/.config/dialtune/config.toml. What is not known says so.

    \b
    Examples:
      dialtune forecast --preset lora-r32
      dialtune forecast --preset full --set train.batch_size=16 --format json
      dialtune forecast my-spec.toml --probe
    """
    from engine import config, preflight
    from engine import forecast as forecasting
    from engine.forecast import probe as probing
    from engine.results.table import exact_json
    from tui.forecasting import table
    from tui.tables import emit
    from tui.terminal import put, tell

    place = opened(workspace)
    wanted = preflight.prepared(
        asked(spec, preset, settings, command="forecast", source=source, place=place), place.path
    )
    chosen, notices = config.load()
    for notice in notices:
        tell(notice)
    probed = None
    if probe:
        tell("Probing: a few steps and a few summaries ...")
        probed = probing.measure(wanted, place.path)
    made = forecasting.current(wanted, place, probed, chosen)
    for problem in made.problems:
        tell(str(problem))
    if form == "json":
        put(exact_json(made.as_dict()))
    else:
        emit(table(made, exact=form == "csv"), form)
