"""Result tables: exact where machines read them, harmless where people do, and honest about what figures mean."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine.errors import WorkspaceError
from engine.results.board import board, scored
from engine.results.facts import differences, facts, parameters_line
from engine.results.table import Column, Table, exact_csv, exact_json
from engine.runs.workspace import Workspace
from engine.spec import from_dict, to_dict
from tests.unit.run_factory import finished, prediction, queued
from tui.tables import _parts, markdown, plain

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def harmless(text: str) -> bool:
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)


@given(ANY_TEXT)
def test_json_and_csv_give_back_any_text(text: str) -> None:
    assert json.loads(exact_json([text])) == [text]
    rows = list(csv.reader(io.StringIO(exact_csv(["a", "b"], [[text, 0.1 + 0.2]]), newline="")))
    assert rows == [["a", "b"], [text, repr(0.1 + 0.2)]]


@given(ANY_TEXT)
def test_json_holds_nothing_that_steers_a_terminal(text: str) -> None:
    assert harmless(exact_json({text: [text]}))


def test_json_takes_even_a_lone_surrogate() -> None:
    assert json.loads(exact_json(["a\ud800"]).encode()) == ["a\ud800"]


@given(ANY_TEXT, ANY_TEXT)
def test_a_drawn_table_keeps_one_line_a_row_whatever_is_in_it(one: str, other: str) -> None:
    table = Table((Column("a", "a"), Column("n", "n", "count")), ({"a": one, "n": 1}, {"a": other, "n": 1000}))
    for text in (plain(table), markdown(table)):
        assert harmless(text)
        assert text.count("\n") == (4 if text.startswith("|") else 3)


def test_columns_stay_aligned_with_wide_characters() -> None:
    table = Table((Column("a", "a"), Column("n", "n", "count")), ({"a": "会议纪要", "n": 7}, {"a": "abc", "n": 12345}))
    ends = {cell_len(line) for line in plain(table).splitlines()}
    assert len(ends) == 1


def test_markdown_in_a_cell_stays_text() -> None:
    table = Table((Column("a", "a"),), ({"a": "x | y [z](http://e.vil) <img> `c`"},))
    row = markdown(table).splitlines()[2]
    assert row == r"| x \| y \[z\](http://e.vil) \<img\> \`c\` |"


def test_a_wide_table_goes_on_below_with_its_first_column_repeated() -> None:
    parts = _parts([10, 30, 30, 30, 90], 80)
    assert parts == [[0, 1, 2], [0, 3], [0, 4]]
    assert sorted({at for part in parts for at in part}) == list(range(5))


def test_the_board_says_which_figures_are_means_and_which_are_best(tmp_path: Path) -> None:
    run = finished(tmp_path, "one", rouge1=0.4214)
    table = board([run])
    values = table.rows[0]
    assert values["rouge1"] == 0.4214
    assert values["rouge1_best"] == pytest.approx(0.5214)
    assert values["trainable"] == 3538944
    assert values["peak_memory"] == 3 << 30
    labels = {column.key: column.label for column in table.columns}
    assert labels["rouge1"] == "R1 mean"
    assert labels["rouge1_best"] == "R1 best"
    assert "mean over a dialogue's references" in table.caption
    assert "rouge_score 0.1.2" in table.caption
    shown = plain(table)
    assert "42.14" in shown
    assert "1.41%" in shown


def test_deltas_are_to_the_baseline(tmp_path: Path) -> None:
    low, high = finished(tmp_path, "low", rouge1=0.2333), finished(tmp_path, "high", rouge1=0.4214)
    rows = board([low, high], baseline=low).rows
    assert rows[0]["rouge1_delta"] == 0
    assert rows[1]["rouge1_delta"] == pytest.approx(0.1881)
    assert "+18.81" in plain(board([low, high], baseline=low))


def test_runs_on_different_dialogues_are_not_called_comparable(tmp_path: Path) -> None:
    runs = [finished(tmp_path, "a"), finished(tmp_path, "b")]
    assert "cannot be compared" not in board(runs).caption
    runs.append(finished(tmp_path, "c", data={"every": 100}))
    assert "cannot be compared" in board(runs).caption


def test_a_run_without_scores_is_no_row(tmp_path: Path) -> None:
    bare = queued(tmp_path, "bare")
    assert scored(Workspace(tmp_path).runs()) == []
    with pytest.raises(WorkspaceError, match=r"no scores yet\. It is queued"):
        board([bare])


def test_figures_that_are_no_numbers_are_unknown(tmp_path: Path) -> None:
    run = finished(tmp_path, "odd")
    (run.path / "scores.json").write_text(
        '{"metrics": {"rouge1": "0.5", "rouge2": true, "rougeL": null}, "examples": [3]}'
    )
    (run.path / "manifest.json").write_text('{"parameters": 7, "seconds": {"training": "long"}}')
    values = board([run]).rows[0]
    assert [values[key] for key in ("rouge1", "rouge2", "rougeL", "dialogues", "trainable", "training_seconds")] == [
        None
    ] * 6
    assert json.loads(board([run]).json())[0]["rouge1"] is None


def test_parameters_as_the_course_prints_them(tmp_path: Path) -> None:
    text = parameters_line(facts(finished(tmp_path, "one")))
    assert text.splitlines() == [
        "trainable model parameters: 3538944",
        "all model parameters: 251116800",
        "percentage of trainable model parameters: 1.41%",
    ]


def test_differences_are_from_the_preset_where_there_is_one() -> None:
    plain_spec = from_dict({"lora": {"rank": 8}})
    assert differences(to_dict(plain_spec)) == {"lora.rank": {"value": 8, "usual": 32}}
    preset = from_dict({"preset": "lora-r8", "train": {"epochs": 5}})
    assert differences(to_dict(preset)) == {"train.epochs": {"value": 5.0, "usual": 3}}


def test_a_damaged_run_still_has_facts(tmp_path: Path) -> None:
    run = finished(tmp_path, "one")
    for name in ("spec.toml", "manifest.json", "scores.json"):
        (run.path / name).write_text("\0[[[")
    found = facts(run)
    assert found["state"] == "finished"
    assert found["method"] == ""
    assert parameters_line(found) == ""


def test_predictions_keep_their_figures(tmp_path: Path) -> None:
    run = finished(tmp_path, "one", predictions=[prediction("t", 0.123456789012345)])
    assert run.predictions()["t"].scores["rouge1"] == 0.123456789012345


def test_the_tables_need_neither_the_training_stack_nor_textual() -> None:
    code = (
        "import sys, tui.cli, tui.tables, tui.following, engine.results.board, engine.queue, engine.preflight;"
        "print([m for m in ('torch', 'transformers', 'datasets', 'peft', 'evaluate', 'textual') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
