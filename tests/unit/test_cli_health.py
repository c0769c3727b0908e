"""``dialtune health``, and what the board says of health."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from engine.results.board import board
from engine.runs.events import Notice, encode
from engine.runs.files import append_lines
from engine.runs.folder import RunFolder
from engine.runs.health import forgetting, record
from engine.runs.health.change import Change
from engine.runs.health.finding import Finding
from engine.runs.health.leaks import Leaks, Shared
from tests.unit.run_factory import finished, prediction, queued
from tests.unit.test_cli import HOSTILE, run

LEAK = Leaks("f", {"train": 20, "validation": 0, "test": 3}, True, 0.4, (Shared("test", "train", 1, 0),), ("test_2",))


@pytest.fixture
def sick(tmp_path: Path) -> RunFolder:
    """A finished run with two findings."""
    folder = finished(tmp_path, "sick")
    record.note(folder, leaks=LEAK, change=Change(4, 2.5, 30.0, 0.01, 100, 12, 12), curves=True)
    measured = forgetting.compare(
        "builtin", ["speech"] * 3 + ["poems"] * 3, [1.0] * 3 + [8.0] * 3, [1.2, 1.3, 1.4, 9, 9, 9]
    )
    record.note(folder, forgetting=measured)
    record.add(folder, Finding("info", "plateau", "It has levelled out.", "Nothing.", {"step": 3}, time=1.0))
    record.add(folder, Finding("warning", "leak", f"1 of 3 test {HOSTILE}", "Exclude it.", {"exact": 1}, time=2.0))
    return folder


def test_findings_and_looks_are_told(tmp_path: Path, sick: RunFolder) -> None:
    result = run("health", "sick", "--workspace", tmp_path)
    assert result.exit_code == 0, "whatever was found"
    text = " ".join(result.stdout.split())
    assert text.index("! warning: leak") < text.index("· info: plateau"), "the gravest first"
    assert "What to do: Exclude it." in text and "\x1b" not in result.stdout
    assert "1 of 3 test dialogues are in train (1 exactly)" in text
    assert (
        "speech 1.00 to 1.30 (+0.30 [" in text and "poems 8.00 to 9.00 (+1.00 [+1.00, +1.00]) not known before" in text
    )
    assert "by up to 2.5 on 4 prompts" in text
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_json_has_every_figure(tmp_path: Path, sick: RunFolder) -> None:
    found = json.loads(run("health", "sick", "--workspace", tmp_path, "--format", "json").stdout)
    assert (found["run"], found["state"], found["curves"]) == ("sick", "finished", True)
    assert [one["code"] for one in found["findings"]] == ["leak", "plateau"]
    assert found["findings"][0]["evidence"] == {"exact": 1} and found["leaks"]["test"] == ["test_2"]
    assert found["forgetting"]["tasks"][0]["task"] == "speech"
    rows = list(csv.DictReader(io.StringIO(run("health", "sick", "--workspace", tmp_path, "--format", "csv").stdout)))
    assert [row["code"] for row in rows] == ["leak", "plateau"]


def test_the_list_of_runs_names_what_is_grave(tmp_path: Path, sick: RunFolder) -> None:
    finished(tmp_path, "well")
    rows = json.loads(run("runs", "--workspace", tmp_path, "--format", "json").stdout)
    assert {row["run"]: row["findings"] for row in rows} == {"well": "", "sick": "leak"}
    assert "findings" in run("runs", "--workspace", tmp_path).stdout


def test_runs_that_nothing_is_known_of(tmp_path: Path) -> None:
    old = finished(tmp_path, "old")
    append_lines(old.events_path, [encode(Notice("warning", "divergence", "The loss diverges.", time=1.0))])
    known = run("health", "old", "--workspace", tmp_path).stdout
    assert "The loss diverges." in known and known.count("Not looked at") == 4
    queued(tmp_path, "next")
    told = run("health", "next", "--workspace", tmp_path).stdout
    assert "Nothing was found wrong" in told and "Looked for before the training" in told
    assert told.count("Not looked at") == 0
    assert run("health", "nobody", "--workspace", tmp_path).exit_code == 5


def test_the_board_marks_a_leak_and_has_the_score_without_it(tmp_path: Path, sick: RunFolder) -> None:
    well = finished(tmp_path, "well")
    table = board([sick, well])
    first, second = table.rows
    assert (first["findings"], first["leaked"], first["unleaked"]) == ("leak", 1, 2)
    scores = [one.scores for one in sick.predictions().values() if one.id != "test_2"]
    assert first["rouge1_unleaked"] == pytest.approx(sum(one["rouge1"] for one in scores) / 2)
    assert first["rouge2_best_unleaked"] == pytest.approx(sum(one["rouge2_best"] for one in scores) / 2)
    assert (second["findings"], second["leaked"], second["rouge1_unleaked"]) == ("", None, None)
    drawn = [column.label for column in table.columns if not column.exported_only]
    assert {"findings", "leaked", "R1 mean unleaked"} <= set(drawn) and "rouge2_unleaked" not in drawn
    assert "leaked: test dialogues that the model was trained on" in table.caption
    alone = board([well])
    assert not {"findings", "leaked"} & {column.label for column in alone.columns if not column.exported_only}
    assert "leaked" not in alone.caption


def test_a_board_without_what_leaked_counts_it_for_no_model(tmp_path: Path, sick: RunFolder) -> None:
    well = finished(tmp_path, "well", rouge1=0.2)
    result = run("board", "--without-leaked", "--baseline", "well", "--workspace", tmp_path, "--format", "json")
    first, second = (next(row for row in json.loads(result.stdout) if row["run"] == name) for name in ("sick", "well"))
    assert first["rouge1"] == pytest.approx(0.45) and second["rouge1"] == pytest.approx(0.25), "without test_2"
    assert first["rouge1_delta"] == pytest.approx(0.2) and (first["dialogues"], second["dialogues"]) == (2, 2)
    assert first["bleu"] is None and first["references"] == 4
    plain = run("board", "--without-leaked", "--workspace", tmp_path)
    assert "Without what one of the models was trained on (1 of the test dialogues)" in " ".join(plain.stdout.split())
    pairs = run("board", "--without-leaked", "--pairs", "--workspace", tmp_path, "--format", "json")
    assert json.loads(pairs.stdout)[0]["n"] == 2
    alone = run("board", well.name, "--without-leaked", "--workspace", tmp_path)
    assert alone.exit_code == 0 and "nothing is left out" in alone.stderr


def test_a_board_of_which_nothing_is_left_is_refused(tmp_path: Path) -> None:
    folder = finished(tmp_path, "all")
    ids = ("test_0", "test_1", "test_2")
    record.note(folder, leaks=Leaks(**{**asdict(LEAK), "shared": LEAK.shared, "test": ids}))
    result = run("board", "--without-leaked", "--workspace", tmp_path)
    assert result.exit_code == 5 and "No test dialogue is left to score" in result.stderr


def test_a_test_split_that_leaked_whole_has_no_score_without(tmp_path: Path) -> None:
    folder = finished(tmp_path, "all", predictions=[prediction("test_0", 0.5)])
    record.note(folder, leaks=Leaks(**{**asdict(LEAK), "shared": LEAK.shared, "test": ("test_0", "gone")}))
    (row,) = board([folder]).rows
    assert (row["leaked"], row["unleaked"], row["rouge1_unleaked"]) == (1, 0, None)
