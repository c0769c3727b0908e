"""``dialtune import``, and what the other commands say of what it leaves."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.runs.workspace import Workspace
from tests.unit import importing_material as made_up
from tests.unit.importing_material import course, summary, write_csv
from tui.cli import main

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    made_up.data(tmp_path / "data")
    course(tmp_path / "out.csv")
    return Workspace(tmp_path / "runs")


def run(place: Workspace, *args: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, ["--workspace", str(place.path), *args], input=answer)


def take(place: Workspace, *more: str, answer: str | None = None) -> Result:
    folder = place.path.parent
    return run(place, "import", str(folder / "out.csv"), "--data", str(folder / "data"), *more, answer=answer)


def test_the_match_is_shown_and_the_board_rows_are_data(place: Workspace) -> None:
    done = take(place, "--name", "m", "--yes", "--format", "json")
    assert done.exit_code == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [(row["run"], row["method"], row["references"]) for row in rows] == [
        ("m-full", "imported", 36), ("m-lora", "imported", 36),
    ]  # fmt: skip
    for words in (
        "All 36 rows matched by reference", "12 of 12 test dialogues", "m-lora: 12 summaries from the column",
        "row 1 is test_0", "row 4 is test_1", "row 7 is test_2", "Ana asks about the train ticket.",
    ):  # fmt: skip
        assert words in done.stderr
    assert "row 10" not in done.stderr, "three pairs are enough"


def test_without_a_terminal_it_wants_a_yes_and_says_what_it_would_do(place: Workspace) -> None:
    done = take(place)
    assert done.exit_code == 2 and "Say --yes to take this match" in done.stderr
    assert "All 36 rows matched" in done.stderr and done.stdout == ""
    assert not place.path.exists()


def test_on_a_terminal_it_asks(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.terminal.interactive", lambda: True)
    done = take(place, answer="n\n")
    assert done.exit_code == 0 and "Import 2 models?" in done.stderr and "Nothing is imported" in done.stderr
    assert not place.path.exists()
    assert take(place, answer="y\n").exit_code == 0
    assert sorted(found.name for found in place.runs()) == ["out-full", "out-lora"]


def test_what_cannot_be_imported_is_said(place: Workspace) -> None:
    for more, code, words in (
        (("--name", "a/b"), 5, "cannot be called"),
        (("--column", "nope"), 3, "no column 'nope'"),
        (("--by", "id"), 3, "No column holds the ids"),
        (("--by", "luck"), 2, "luck"),
        (("--set", "train.epochs=2"), 2, "no part in what the data are"),
        (("--set", "data.test=0"), 3, "has no test split"),
    ):
        done = take(place, "--yes", *more)
        assert (done.exit_code, done.stdout) == (code, ""), more
        assert words in done.stderr, more
    assert run(place, "import", "x.csv").exit_code == 2, "the data must be named"
    assert take(place, "--yes", "--name", "m").exit_code == 0
    again = take(place, "--yes", "--name", "m")
    assert again.exit_code == 5 and "already a run called m-full" in again.stderr


def test_the_data_are_read_as_a_run_would(place: Workspace) -> None:
    done = take(place, "--yes", "--set", "data.test=4", "--column", "full_model_summaries", "--format", "json")
    assert json.loads(done.stdout)[0]["dialogues"] == 4
    assert "24 rows left out, for no dialogue fits: 13, 14" in done.stderr


def test_hostile_columns_are_shown_harmlessly(place: Workspace) -> None:
    evil = "\x1b[2Jevil\u202e[b]"
    rows = [(f"test_{at}", f"{summary(at)} {evil}") for at in range(12)]
    file = write_csv(place.path.parent / "evil.csv", ("id", evil), rows)
    done = run(place, "import", str(file), "--data", str(place.path.parent / "data"), "--yes")
    assert done.exit_code == 0 and "\x1b" not in done.stderr + done.stdout and "\u202e" not in done.stderr
    (model,) = place.runs()
    assert model.name == "evil" and model.predictions()["test_0"].summary.endswith(evil), "data stay as they are"
    assert "\x1b" not in run(place, "show", "evil").stdout + run(place, "runs").stdout


def test_other_commands_treat_imported_models_as_finished_runs(place: Workspace) -> None:
    assert take(place, "--yes", "--name", "m").exit_code == 0
    listed = json.loads(run(place, "runs", "--format", "json").stdout)
    assert {(row["run"], row["state"], row["method"]) for row in listed} == {
        ("m-full", "finished", "imported"), ("m-lora", "finished", "imported"),
    }  # fmt: skip
    shown = run(place, "show", "m-full").stdout
    assert "words not in the dialogue" in shown and "BLEU of a summary, mean" in shown
    assert "import: file" in shown and "out.csv" in shown and "spec:" not in shown
    assert json.loads(run(place, "show", "m-full", "--format", "json").stdout)["imported"]["by"] == "reference"
    compared = list(csv.DictReader(io.StringIO(run(place, "compare", "--format", "csv").stdout)))
    assert len(compared) == 12 and compared[0]["m-lora.summary"] == summary(0, "lora")
    assert "m-lora" in run(place, "board", "--baseline", "m-full").stdout
    assert "its summaries were imported" in run(place, "logs", "m-full").stderr
    for command in (("resume", "m-full"), ("summarize", "m-full", str(ROOT / "README.md"))):
        refused = run(place, *command)
        assert refused.exit_code == 5 and "Its summaries were imported: it has no model here" in refused.stderr
    assert "is not running" in run(place, "stop", "m-full").stderr
    assert run(place, "rename", "m-full", "full").exit_code == 0
    assert run(place, "archive", "full").exit_code == 0 and "full" not in run(place, "runs").stdout.split()
    assert run(place, "delete", "full", "m-lora", "--yes").exit_code == 0 and place.runs() == []


def test_ctrl_c_leaves_nothing_behind(place: Workspace) -> None:
    folder = place.path.parent
    rows = [(f"test_{at % 12}", "a long summary " * 4000) for at in range(12)]
    write_csv(folder / "long.csv", ("id", "said"), [(name, "\n".join([text] * 3)) for name, text in rows])
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "--workspace", str(place.path), "import", str(folder / "long.csv"), "--data",
         str(folder / "data"), "--yes"],
        cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "row 3 is" in line:
            break
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "Interrupted." in said and "Traceback" not in said
    assert not place.path.exists() or list(place.path.iterdir()) == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the course's summaries are in ../shared/data, which is not here")
def test_the_courses_summaries_score_as_the_course_says(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    file = SHARED / "reference_predictions" / "flan_t5_base_course.csv"
    done = run(
        place, "import", str(file), "--data", str(SHARED / "dialogsum"), "--name", "course", "--yes", "--format", "json"
    )
    rows = json.loads(done.stdout)
    assert [row["run"] for row in rows] == ["course-original", "course-instruct", "course-peft"]
    assert [round(100 * row["rouge1"], 2) for row in rows] == [23.33, 42.14, 40.81]
    assert [round(100 * row["rouge1_best"], 1) for row in rows] == [29.3, 49.4, 47.9]
    assert {(row["dialogues"], row["references"]) for row in rows} == {(500, 1500)}
    assert "All 1,500 rows matched by reference" in done.stderr
    assert all(
        len(model.predictions()) == 500 and model.import_record()["differing_dialogues"] == 0 for model in place.runs()
    )
    assert round(100 * (rows[1]["rouge1"] - rows[2]["rouge1"]), 2) == 1.33
