"""``forecast``: memory, time and money of a run before it starts."""

from __future__ import annotations

from pathlib import Path

import click

from tui.commands.asking import asked, spec_options
from tui.commands.common import format_option, opened, workspace_option


@click.command(short_help="Memory, time and money of a run before it starts; afterwards, how right that was.")
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

    With the name of a RUN in the place of SPEC.toml: what was forecast when it was started, what was measured, and by
    how much of that the forecast was too high or too low.

    \b
    Examples:
      dialtune forecast --preset lora-r32
      dialtune forecast --preset full --set train.batch_size=16 --format json
      dialtune forecast my-spec.toml --probe
      dialtune forecast my-run
    """
    if spec is not None and preset is None and not settings and not spec.exists():
        run = opened(workspace).path / str(spec)
        if len(spec.parts) == 1 and (run / "spec.toml").is_file():
            _against_fact(run, form)
            return
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


def _against_fact(path: Path, form: str) -> None:
    """Forecast against fact of the run in ``path``."""
    from engine.results import foreseen
    from engine.runs.folder import RunFolder
    from tui import foreseen as words
    from tui.tables import emit
    from tui.terminal import tell

    run = RunFolder(path)
    compared = foreseen.compare(run)
    if not compared:
        tell(f"The run {run.name} was started without a forecast.")
    elif not run.status().over:
        tell(f"The run {run.name} is {run.status().state}: what is measured is so far, what is not is a question mark.")
    if compared or form != "table":
        emit(words.read(compared) if form in ("table", "md") else foreseen.table(compared), form)
