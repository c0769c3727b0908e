"""``check`` and ``gc``: is a run folder whole, and what takes up space for nothing?"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.commands.common import chosen, format_option, opened, workspace_option

if TYPE_CHECKING:
    from engine.upkeep.checking import Report


@click.command(short_help="Verify run folders.")
@click.argument("names", metavar="[RUN]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="Every run of the workspace.")
@click.option("--repair", "mend", is_flag=True, help="Mend what can be mended; what is damaged is set aside.")
@click.option("-q", "--quiet", is_flag=True, help="Leave out what is fine.")
@format_option("table", "json", "csv", "md")
@workspace_option
def check(names: tuple[str, ...], every: bool, mend: bool, quiet: bool, form: str, workspace: Path | None) -> int:
    """Read all of a run's folder and say what is damaged and what can be saved.

    Every line and every file is parsed, and checkpoints and models are compared with their checksums. Nothing is
    changed without --repair, which cuts torn lines, sets damaged files aside and removes what a killed worker left.
    The exit code is 9 when something is damaged (after --repair: still damaged), else 0.
    """
    from engine.errors import DAMAGED, SpecError
    from engine.upkeep.checking import check as look
    from tui.terminal import tell

    place = opened(workspace)
    if bool(names) == every:
        raise SpecError("Say which runs to check", "", "Name them, or say --all")
    runs = place.runs() if every else chosen(place, names)
    reports = []
    for run in runs:
        report = look(run)
        if mend and any(finding.repair for finding in report.findings):
            from engine.errors import DialtuneError
            from engine.upkeep.repairing import repair

            try:
                mended = repair(run, report)
            except (DialtuneError, OSError) as error:
                tell(f"{run.name}: {error}")
            else:
                for finding in mended:
                    tell(f"{run.name}: {finding.file} mended. {finding.text}")
                report = look(run)
        reports.append(report)
    _show(reports, form, quiet)
    return DAMAGED if any(report.damaged for report in reports) else 0


def _show(reports: list[Report], form: str, quiet: bool) -> None:
    from engine.results.table import Column, Table, exact_json
    from tui.tables import emit
    from tui.terminal import put, tell
    from tui.text import clean

    if form == "json":
        put(exact_json([{**asdict(report), "damaged": report.damaged} for report in reports]))
        return
    columns = [Column(key, key) for key in ("run", "file", "verdict", "found", "saved")]
    rows = [
        {
            "run": report.run, "file": clean(found.file), "verdict": found.level, "found": clean(found.text),
            "saved": clean(found.saved),
        }
        for report in reports for found in report.findings if not (quiet and found.level == "fine")
    ]  # fmt: skip
    emit(Table(tuple(columns), tuple(rows)), form)
    damaged = [report.run for report in reports if report.damaged]
    tell(f"Damaged: {', '.join(damaged)}." if damaged else f"Nothing is damaged ({len(reports)} checked).")


@click.command(short_help="Free disk space.")
@click.option("--apply", "do", is_flag=True, help="Remove what the plan lists; without it nothing is changed.")
@click.option("--archived", is_flag=True, help="Checkpoints of archived runs too, which then cannot be resumed.")
@format_option("table", "json", "csv", "md")
@workspace_option
def gc(do: bool, archived: bool, form: str, workspace: Path | None) -> None:
    """Show what takes up space and is needed by nothing; with --apply, remove it.

    Checkpoints of finished runs whose model is whole, what was damaged and set aside, what killed workers and deleted
    runs left, and caches that are made again when they are wanted. Runs that wait or work are left alone.
    """
    from engine.results.table import Column, Table, exact_json
    from engine.upkeep.reclaiming import carry_out, plan
    from tui import format as fmt
    from tui.tables import emit
    from tui.terminal import put, tell
    from tui.text import clean

    place = opened(workspace)
    items = plan(place, archived)
    rows = [
        {"path": clean(item.path), "size": fmt.size(item.bytes), "bytes": item.bytes, "run": item.run, "why": item.why}
        for item in items
    ]
    if form == "json":
        put(exact_json(rows))
    elif rows:
        columns = tuple(Column(key, key) for key in ("size", "path", "why"))
        emit(Table(columns, tuple(rows)), form)
    total = fmt.size(sum(item.bytes for item in items))
    if not items:
        tell("There is nothing to reclaim.")
    elif not do:
        tell(f"{total} can be reclaimed. `dialtune gc --apply` does it; nothing was changed.")
    else:
        freed, stayed = carry_out(place, items, archived)
        for reason in stayed:
            tell(f"Left alone: {clean(reason)}")
        tell(f"{fmt.size(freed)} are free again.")
