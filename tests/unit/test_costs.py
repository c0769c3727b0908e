"""What runs cost, where that stands, and what was forecast against what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.config import Config
from engine.results import board, costs, foreseen
from engine.results.costs import Price, price_of
from engine.results.facts import at
from engine.runs import process
from engine.runs.events import Resources, encode
from engine.runs.files import append_lines, read_json, write_json
from engine.runs.folder import RunFolder
from tests.unit.run_factory import finished
from tui import foreseen as words
from tui import tables
from tui.cli import main
from tui.feed import RunFeed
from tui.widgets.figures import figures, outcome

FORECAST = {
    "steps": {"total": 12, "at_most": True},
    "memory": {"peak": 3 << 29, "peak_phase": "training", "rule_of_thumb": 4 << 30},
    "parameters": {"total": 251116800, "trainable": 3538944},
    "seconds": {"loading": 2.0, "training": 41.0, "decoding": 10.5},
    "total_seconds": 53.5,
    "time_origin": "the run [b]old[/b]",
    "price_per_hour": None,
    "currency": "USD",
    "cost": None,
}


def ran(workspace: Path, name: str, seconds: int, rouge1: float = 0.4, **manifest: Any) -> RunFolder:
    """A finished run whose machine was read once a second for ``seconds``."""
    run = finished(workspace, name, rouge1)
    readings = [Resources(1.0, 1.0, 1, 1, 1, time=1000.0 + at) for at in range(seconds + 1)]
    append_lines(run.events_path, map(encode, readings))
    write_json(run.path / "manifest.json", {**run.manifest(), "seconds": {"training": 36.0}, "steps": 10, **manifest})
    return run


def test_a_run_keeps_the_price_of_where_it_was_made(tmp_path: Path) -> None:
    here = Config(9.0, "CHF")
    run = ran(tmp_path, "a", 36)
    assert price_of(run) is None and price_of(run, here) == Price(9.0, "CHF")
    write_json(run.path / costs.FORECAST, {"price_per_hour": 2, "currency": "EUR"})
    assert price_of(run, here) == Price(2.0, "EUR"), "as it was when it was started"
    run = ran(tmp_path, "b", 36, price={"per_hour": 1.0, "currency": "USD"})
    assert price_of(run, here) == Price(1.0, "USD"), "as its own machine had it"
    for number, damaged in enumerate(({"per_hour": "x"}, {"per_hour": -1}, [], None)):
        run = ran(tmp_path, f"c{number}", 36, price=damaged)
        assert price_of(run, here) == Price(9.0, "CHF")


def test_the_board_has_cost_and_cost_by_point(tmp_path: Path) -> None:
    base, better, worse = ran(tmp_path, "base", 36, 0.2), ran(tmp_path, "up", 360, 0.25), ran(tmp_path, "down", 36, 0.1)
    made = board.board([base, better, worse], base, config=Config(10.0, "EUR"))
    found = {row["run"]: (row["cost"], row["cost_per_point"]) for row in made.rows}
    assert found["up"] == (pytest.approx(1.0), pytest.approx(0.2)), "10 an hour for 0.1 hours; 5 points"
    assert found["base"] == (pytest.approx(0.1), None) and found["down"] == (pytest.approx(0.1), None)
    text = tables.plain(made)
    assert "cost EUR" in text and "cost a point" in text and "gained over base" in text
    for table in (board.board([base, better], base, config=Config()), board.board([better], config=Config(1.0))):
        assert "cost a point" not in tables.plain(table)
    assert "cost" not in tables.plain(board.board([base, better], base, config=Config())).split("\n\n")[0]


def test_two_currencies_are_told_apart(tmp_path: Path) -> None:
    runs = [ran(tmp_path, "a", 36, price={"per_hour": 1.0, "currency": "EUR"}), ran(tmp_path, "b", 36)]
    text = tables.plain(board.board(runs, config=Config(10.0, "USD")))
    assert "currency" in text and "EUR" in text and "USD" in text and "cost EUR" not in text


def test_forecast_against_fact(tmp_path: Path) -> None:
    run = ran(tmp_path, "a", 107, cost={"amount": 0.5, "currency": "EUR"})
    assert foreseen.compare(run) == []
    write_json(run.path / costs.FORECAST, {**FORECAST, "cost": 0.4})
    found = {one.name: (one.predicted, one.measured, one.error) for one in foreseen.compare(run)}
    assert found == {
        "peak memory": (3 << 29, 3 << 30, -50.0),
        "rule of thumb": (4 << 30, 3 << 30, pytest.approx(100 / 3)),
        "parameters": (251116800, 251116800, 0.0),
        "trainable parameters": (3538944, 3538944, 0.0),
        "steps": (12, 10, pytest.approx(20.0)),
        "time: loading and saving": (2.0, None, None),
        "time: training": (41.0, 36.0, pytest.approx(13.888, abs=1e-3)),
        "time: decoding": (10.5, None, None),
        "time": (53.5, pytest.approx(107.0), pytest.approx(-50.0)),
        "cost": (0.4, 0.5, pytest.approx(-20.0)),
    }
    line = str(words.foreseen_line(foreseen.compare(run)))
    assert line == (
        "Forecast → fact memory 1.5 GiB → 3.0 GiB (-50%)  steps 12 → 10 (+20%)  time 54s → 1m 47s (-50%)  "
        "cost 0.40 → 0.50 EUR (-20%)"
    )


@pytest.mark.parametrize("text", ["", "[]", "{", '{"memory": 3, "steps": {"total": "x"}, "seconds": [], "cost": true}'])
def test_a_damaged_forecast_says_less_and_raises_nothing(tmp_path: Path, text: str) -> None:
    run = ran(tmp_path, "a", 10)
    (run.path / costs.FORECAST).write_text(text)
    assert all(one.predicted is None for one in foreseen.compare(run))
    assert words.foreseen_line(foreseen.compare(run)) is None


def test_the_command_line_shows_it(tmp_path: Path) -> None:
    run = ran(tmp_path, "a", 107, cost={"amount": 0.5, "currency": "EUR"})
    ask = CliRunner()
    where = ["--workspace", str(tmp_path)]
    assert "started without a forecast" in ask.invoke(main, [*where, "forecast", "a"]).stderr
    write_json(run.path / costs.FORECAST, FORECAST)
    text = ask.invoke(main, [*where, "forecast", "a"]).stdout
    assert "rule of thumb" in text and "4 x parameters x 4 bytes" in text and "-50%" in text
    found = json.loads(ask.invoke(main, [*where, "forecast", "a", "--format", "json"]).stdout)
    assert found[0] == {
        "figure": "peak memory", "predicted": 3 << 29, "measured": 3 << 30, "error": -50.0,
        "note": "expected while training",
    }  # fmt: skip
    shown = ask.invoke(main, [*where, "show", "a"]).stdout
    assert "forecast: steps" in shown and "12 forecast, 10 measured (+20%)" in shown and "cost EUR" in shown
    assert at(json.loads(ask.invoke(main, [*where, "show", "a", "--format", "json"]).stdout), "cost", "amount") == 0.5
    assert "0.50" in ask.invoke(main, [*where, "runs"]).stdout
    asked = ask.invoke(main, [*where, "forecast", "no-such-run"])
    assert asked.exit_code == 2 and "There is no spec at no-such-run" in asked.stderr


def test_the_live_screen_counts_while_it_runs_and_compares_at_the_end(tmp_path: Path) -> None:
    run = ran(tmp_path, "a", 36, price={"per_hour": 10.0, "currency": "EUR"})
    write_json(run.path / costs.FORECAST, {**FORECAST, "cost": 0.2})
    status = run.status()
    run.write_status(type(status)(**{**vars(status), "state": "running", "worker": process.identity()}))
    feed = RunFeed(run)
    snapshot = feed.poll()
    assert snapshot.cost == (pytest.approx(0.1), "EUR") and snapshot.compared == ()
    assert "cost so far 0.10 EUR" in str(figures(snapshot)).replace("\xa0", " ")
    run.write_status(status)
    write_json(
        run.path / "manifest.json",
        {**read_json(run.path / "manifest.json"), "cost": {"amount": 0.125, "currency": "EUR"}},
    )
    snapshot = feed.poll()
    assert snapshot.cost == (0.125, "EUR") and "Forecast → fact" in str(outcome(snapshot))
    assert "cost 0.20 → 0.12 EUR (+60%)" in str(outcome(snapshot)) and feed.poll() is snapshot
