"""Joining models' summaries by dialogue."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from engine.runs.files import append_lines
from engine.runs.folder import Prediction, RunFolder
from engine.runs.workspace import Workspace
from tests.ui import fake_runs
from tui.comparison import compare, matches


def run_with(workspace: Workspace, name: str, *predictions: Prediction) -> RunFolder:
    run = fake_runs.new(workspace, "lora", name, fake_runs.NOW)
    append_lines(run.predictions_path, [json.dumps(asdict(p)) + "\n" for p in predictions])
    return run


def said(id: str, rouge1: float, dialogue: str = "A: hi\n\nB: ho") -> Prediction:
    return Prediction(id, "They greet.", dialogue, "Greeting", ("One greets.",), {"rouge1": rouge1})


def test_rows_means_and_best(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    runs = [
        run_with(place, "a", said("1", 0.2), said("2", 0.4)),
        run_with(place, "b", said("1", 0.5), said("2", 0.4002)),
    ]
    found = compare([*runs, run_with(place, "empty")])
    assert found.runs == ("a", "b")
    assert found.even
    assert [mean.figures["rouge1"] for mean in found.means] == pytest.approx([0.3, 0.4501])
    assert [sorted(row.best()) for row in found.rows] == [["b"], []], "what looks equal is not best"
    assert found.rows[0].turns == 2


def test_the_same_id_with_other_words_is_another_dialogue(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    found = compare([run_with(place, "a", said("1", 0.2)), run_with(place, "b", said("1", 0.5, "A: else"))])
    assert len(found.rows) == 2
    assert not found.even
    assert len({row.key for row in found.rows}) == 2


def test_the_filter_looks_everywhere(tmp_path: Path) -> None:
    (row,) = compare([run_with(Workspace(tmp_path), "a", said("1", 0.2))]).rows
    for words in ("ho", "greeting", "they greet.", "one greets", "b: ho"):
        assert matches(row, words.split())
    assert matches(row, [])
    assert not matches(row, ["ho", "nowhere"])
