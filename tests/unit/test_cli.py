"""The command line: data on standard output, sentences on standard error, documented exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine import spec
from engine.presets import PRESETS
from engine.runs.workspace import Workspace
from tests.unit.run_factory import failed, finished, prediction, queued
from tui.cli import COMMANDS, main

ROOT = Path(__file__).parent.parent.parent
NAMES = [name for names in COMMANDS.values() for name in names]
HOSTILE = "\x1b]52;c;ZXZpbA==\x07\x1b[31mred[/] \u202eabc|<b>"


def run(*args: str | Path, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)


def process(*args: str | Path, **extra: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tui", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False, **extra)


def md_cells(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


# -- help and the bare command --------------------------------------------------------------------


def test_help_teaches() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for word in (*NAMES, "Exit codes", "Examples", "DIALTUNE_WORKSPACE", "--version"):
        assert word in result.stdout


@pytest.mark.parametrize("command", sorted(NAMES))
def test_every_command_has_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage: dialtune " + command in result.stdout


def test_without_a_terminal_the_bare_command_lists_the_commands() -> None:
    found = process()
    assert found.returncode == 2
    assert found.stdout == ""
    assert "needs a terminal" in found.stderr
    assert "  board " in found.stderr


def test_version() -> None:
    assert run("--version").stdout.startswith("dialtune ")


# -- wrong command lines --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["bord"], "Did you mean board?"),
        (["runs", "--formt", "json"], "--format"),
        (["runs", "--format", "xml"], "json"),
        (["show"], "RUN"),
        (["train"], "Neither a spec nor a preset"),
        (["train", "x.toml", "--preset", "full"], "Both"),
        (["train", "x.toml"], "There is no spec at x.toml"),
        (["train", "--preset", "lora-r3"], "The nearest is lora-r32"),
        (["train", "--preset", "full", "--set", "train.epoch=2"], "The nearest is train.epochs"),
        (["train", "--preset", "full", "--set", "train.epochs"], "has no value"),
        (["train", "--preset", "full", "--set", "train.epochs=-1"], "above 0"),
        (["presets", "demo-lor"], "The nearest is demo-lora"),
        (["presets", "full", "--format", "csv"], "csv"),
    ],
)
def test_a_wrong_command_line_is_a_sentence_and_exit_2(args: list[str], word: str, tmp_path: Path) -> None:
    result = run("--workspace", tmp_path, *args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("dialtune: ")
    assert word in result.stderr
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


# -- nothing is left behind -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "code", "word"),
    [
        ("data.source=./none.jsonl", 3, "There is no file or folder"),
        ("data.source=dialogues/train.jsonl", 3, "There is no file or folder"),
        ("base.name=/nowhere/base", 4, "There is no base at /nowhere/base"),
        (f"base.name={ROOT / 'tests'}", 4, "It has no config.json"),
        (f"base.name={__file__}", 4, "is a file"),
    ],
)
def test_what_is_not_there_is_told_before_a_run_is_made(setting: str, code: int, word: str, tmp_path: Path) -> None:
    result = run("train", "--preset", "demo-lora", "--set", setting, "--workspace", tmp_path / "runs")
    assert result.exit_code == code
    assert word in result.stderr
    assert not (tmp_path / "runs").exists()


def test_a_taken_name(tmp_path: Path) -> None:
    queued(tmp_path, "mine")
    result = run("train", "--preset", "demo-lora", "--name", "mine", "--workspace", tmp_path)
    assert result.exit_code == 5
    assert "already a run called mine" in result.stderr
    assert run("train", "--preset", "demo-lora", "--name", "../x", "--workspace", tmp_path).exit_code == 5


def test_a_workspace_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in (["runs"], ["board"], ["demo"], ["train", "--preset", "demo-lora"], ["show", "x"]):
        result = run(*command, "--workspace", tmp_path / "file")
        assert (result.exit_code, result.stdout) == (5, "")
        assert "is not a folder" in result.stderr


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_a_workspace_that_cannot_be_written() -> None:
    result = run("train", "--preset", "demo-lora", "--workspace", "/proc/none/runs")
    assert result.exit_code == 5
    assert "cannot be written" in result.stderr


# -- the workspace --------------------------------------------------------------------------------


def test_the_workspace_comes_from_option_or_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(tmp_path / "a", "in-a")
    finished(tmp_path / "b", "in-b")
    monkeypatch.setenv("DIALTUNE_WORKSPACE", str(tmp_path / "a"))
    assert "in-a" in run("runs").stdout
    assert "in-b" in run("--workspace", tmp_path / "b", "runs").stdout
    assert "in-b" in run("runs", "--workspace", tmp_path / "b").stdout


def test_an_empty_workspace_is_no_error_and_empty_data(tmp_path: Path) -> None:
    for command in ("runs", "board", "compare"):
        result = run(command, "--workspace", tmp_path, "--format", "json")
        assert (result.exit_code, json.loads(result.stdout)) == (0, [])
        assert result.stderr
        assert run(command, "--workspace", tmp_path).stdout == ""


def test_an_unknown_run_names_the_nearest(tmp_path: Path) -> None:
    finished(tmp_path, "lora-try")
    for command in ("show", "logs", "stop", "resume", "summarize", "board", "compare"):
        result = run(command, "lora-tri", "--workspace", tmp_path, stdin="x")
        assert result.exit_code == 5
        assert "Did you mean lora-try?" in result.stderr


# -- every format reads back ----------------------------------------------------------------------


@pytest.fixture
def two(tmp_path: Path) -> Path:
    finished(tmp_path, "low", rouge1=1 / 3)
    finished(tmp_path, "high", rouge1=2 / 3)
    return tmp_path


@pytest.mark.parametrize(("command", "key"), [("runs", "run"), ("board", "run")])
def test_run_tables_in_every_format(two: Path, command: str, key: str) -> None:
    rows = json.loads(run(command, "--workspace", two, "--format", "json").stdout)
    assert {row[key]: row["rouge1"] for row in rows} == {"low": 1 / 3, "high": 2 / 3}
    sheet = list(csv.DictReader(io.StringIO(run(command, "--workspace", two, "--format", "csv").stdout)))
    assert {row[key]: float(row["rouge1"]) for row in sheet} == {"low": 1 / 3, "high": 2 / 3}
    assert list(sheet[0]) == list(rows[0])
    cells = md_cells(run(command, "--workspace", two, "--format", "md").stdout)
    assert len({len(line) for line in cells}) == 1
    assert {line[0] for line in cells[2:]} == {"low", "high"}
    text = run(command, "--workspace", two).stdout
    assert "66.67" in text
    assert "33.33" in text


def test_board_takes_runs_in_their_order_and_a_baseline(two: Path) -> None:
    rows = json.loads(run("board", "high", "low", "--baseline", "low", "--workspace", two, "--format", "json").stdout)
    assert [row["run"] for row in rows] == ["high", "low"]
    assert rows[0]["rouge1_delta"] == pytest.approx(1 / 3)


def test_compare_in_every_format(two: Path) -> None:
    rows = json.loads(run("compare", "low", "high", "--workspace", two, "--format", "json").stdout)
    assert [row["id"] for row in rows] == ["test_0", "test_1", "test_2"]
    assert rows[0]["runs"]["low"]["scores"]["rouge1"] == 1 / 3
    assert rows[0]["references"] == ["They greet.", "A meeting."]
    sheet = list(
        csv.DictReader(io.StringIO(run("compare", "low", "high", "--workspace", two, "--format", "csv").stdout))
    )
    assert float(sheet[0]["high.rouge1"]) == 2 / 3
    assert sheet[0]["low.summary"] == "They meet."
    assert sheet[0]["reference_2"] == "A meeting."
    cells = md_cells(run("compare", "low", "high", "--workspace", two, "--format", "md").stdout)
    assert cells[0] == ["dialogue", "topic", "low", "high"]
    assert cells[-1] == ["mean", "–", "43.33", "76.67"]
    best = run("compare", "low", "high", "--workspace", two, "--metric", "rouge1_best").stdout
    assert "48.33" in best
    assert "best of a dialogue's references" in best


def test_compare_takes_queries_sort_keys_and_columns(two: Path) -> None:
    def asked(*options: str) -> list[dict[str, Any]]:
        text = run("compare", "low", "high", "--workspace", two, "--format", "json", *options).stdout
        found: list[dict[str, Any]] = json.loads(text)
        return found

    assert [row["id"] for row in asked("--query", "low.rouge1>0.4")] == ["test_1", "test_2"]
    assert [row["id"] for row in asked("--sort", "low-")] == ["test_2", "test_1", "test_0"]
    assert [row["id"] for row in asked("-q", "low>0.4 sort:id", "--sort", "id-")] == ["test_2", "test_1"]
    assert [row["id"] for row in asked("--sort", "turns * 2 +, id -")] == ["test_2", "test_1", "test_0"]
    rows = asked("--columns", "id, high-low, max(high,low), rouge2, high.summary, turns", "--query", "id=test_1")
    assert rows == [
        {
            "id": "test_1", "high-low": pytest.approx(1 / 3), "max(high,low)": pytest.approx(2 / 3 + 0.1),
            "low.rouge2": pytest.approx(1 / 3 + 0.1), "high.rouge2": pytest.approx(2 / 3 + 0.1),
            "high.summary": "They meet.", "turns": 1,
        }
    ]  # fmt: skip
    text = run("compare", "--workspace", two, "--columns", "id,high - low", "--query", "low>0.4").stdout
    assert text.splitlines()[0].split() == ["dialogue", "high", "-", "low"]
    assert text.splitlines()[1].split() == ["test_1", "+33.33"]
    assert "2 of 3 dialogues" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--query", "lo.rogue1>1"), "low has no figure"),
        (("--query", "topic:greeting low>"), "at its end"),
        (("--sort", "nothing"), "sort key"),
        (("--sort", "low) or (high"), "sort key"),
        (("--query", "bleu>3"), "No model here has the figure bleu"),
        (("--columns", "id,lowx"), "did you mean low?"),
        (("--columns", ","), "No columns"),
        (("--metric", "rouge7"), "rouge7"),
    ],
)
def test_compare_says_what_is_wrong_with_a_query(two: Path, options: tuple[str, ...], said: str) -> None:
    found = process("compare", "--workspace", two, *options)
    assert found.returncode == 2
    assert said in found.stderr
    assert found.stdout == ""


def test_compare_explains_queries(tmp_path: Path) -> None:
    found = run("compare", "--query", "help", "--workspace", tmp_path)
    assert "sort:disagreement" in found.stdout


def test_compare_hints_at_percent(two: Path) -> None:
    found = run("compare", "--workspace", two, "--query", "low>40")
    assert "write 0.4 or 40%" in found.stderr


def test_compare_averages_only_dialogues_that_all_runs_have(tmp_path: Path) -> None:
    finished(tmp_path, "all", predictions=[prediction("a", 0.2), prediction("b", 0.8)])
    finished(tmp_path, "one", predictions=[prediction("a", 0.4)])
    text = run("compare", "all", "one", "--workspace", tmp_path).stdout
    assert next(line.split() for line in text.splitlines() if line.startswith("mean")) == [
        "mean",
        "–",
        "20.00",
        "40.00",
    ]
    assert "Not every run" in text


def test_show_in_every_format(two: Path) -> None:
    found = json.loads(run("show", "low", "--workspace", two, "--format", "json").stdout)
    assert found["scores"]["metrics"]["rouge1"] == 1 / 3
    assert found["parameters"]["trainable"] == 3538944
    sheet = {
        row["fact"]: row["value"]
        for row in csv.DictReader(io.StringIO(run("show", "low", "--workspace", two, "--format", "csv").stdout))
    }
    assert float(sheet["scores.metrics.rouge1"]) == 1 / 3
    assert {"run", "state"} <= {
        line[0] for line in md_cells(run("show", "low", "--workspace", two, "--format", "md").stdout)
    }
    text = run("show", "low", "--workspace", two).stdout
    for word in ("3538944", "251116800", "1.41%", "2 prompts cut", "33.33", "rouge_score 0.1.2", "1m 02s"):
        assert word in text


def test_show_tells_the_error_of_a_failed_run(tmp_path: Path) -> None:
    failed(tmp_path, "bad", 7, "The loss is not finite", "The learning rate is too high", "Lower it")
    text = run("show", "bad", "--workspace", tmp_path).stdout
    assert "The loss is not finite" in text
    assert "Lower it" in text


def test_presets_list_and_fields_in_every_format() -> None:
    assert {row["name"] for row in json.loads(run("presets", "--format", "json").stdout)} == set(PRESETS)
    assert {row["name"] for row in csv.DictReader(io.StringIO(run("presets", "--format", "csv").stdout))} == set(
        PRESETS
    )
    fields = json.loads(run("presets", "--fields", "--format", "json").stdout)
    assert {field["field"] for field in fields} == {key for key, _ in spec.fields()}
    epochs = next(field for field in fields if field["field"] == "train.epochs")
    assert epochs["unit"] == "epochs"
    assert epochs["default"] == 3.0
    assert "above 0" in epochs["takes"]
    assert all(field["help"] for field in fields if "." in field["field"])


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_printed_preset_is_a_spec_that_train_takes(name: str) -> None:
    text = run("presets", name).stdout
    assert tomllib.loads(text)["preset"] == name
    assert spec.from_toml(text) == spec.from_dict({"preset": name})
    assert "# Peak learning rate." in text


# -- hostile text ---------------------------------------------------------------------------------


def test_hostile_text_is_harmless_in_tables_and_intact_in_data(tmp_path: Path) -> None:
    finished(tmp_path, "one", predictions=[prediction(HOSTILE, 0.5, summary=HOSTILE)], base={"name": "x" + HOSTILE})
    for command in (["runs"], ["board"], ["compare"], ["show", "one"]):
        for form in ("table", "md"):
            text = run(*command, "--workspace", tmp_path, "--format", form).stdout
            assert "red[/]" in text.replace("\\", "")
            assert all(c == "\n" or c.isprintable() for c in text), (command, form)
    rows = json.loads(run("compare", "--workspace", tmp_path, "--format", "json").stdout)
    assert rows[0]["runs"]["one"]["summary"] == HOSTILE
    sheet = csv.DictReader(io.StringIO(run("compare", "--workspace", tmp_path, "--format", "csv").stdout))
    assert next(sheet)["one.summary"] == HOSTILE


def test_logs_are_printed_whole_and_harmless(tmp_path: Path) -> None:
    one = finished(tmp_path, "one")
    one.log_path.write_bytes(b"first\n\x1b[2Jsecond \xff\ntorn")
    result = run("logs", "one", "--workspace", tmp_path)
    assert result.stdout.splitlines() == ["first", "second \ufffd", "torn"]
    assert run("logs", "one", "-f", "--workspace", tmp_path).stdout == result.stdout
    queued(tmp_path, "new")
    assert "has no log" in run("logs", "new", "--workspace", tmp_path).stderr


# -- streams --------------------------------------------------------------------------------------


def test_a_reader_that_goes_away_is_no_noise(tmp_path: Path) -> None:
    finished(tmp_path, "many").log_path.write_text("a long line of a log\n" * 400_000)  # more than any pipe holds
    command = [sys.executable, "-m", "tui", "logs", "many", "--workspace", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as found:
        assert found.stdout is not None
        assert found.stderr is not None
        found.stdout.read(10)
        found.stdout.close()
        assert found.stderr.read() == b""
        assert found.wait(30) == 141


def test_an_ascii_terminal_gets_escapes_rather_than_an_error(tmp_path: Path) -> None:
    finished(tmp_path, "one", predictions=[prediction("会议", 0.5)])
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    found = process("compare", "--workspace", tmp_path, env=environment)
    assert found.returncode == 0
    assert "\\u4f1a" in found.stdout


def test_a_fault_of_ours_is_one_sentence_with_a_traceback_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(self: Workspace) -> None:
        raise ZeroDivisionError("seven")

    monkeypatch.setattr(Workspace, "runs", broken)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    result = run("runs", "--workspace", tmp_path)
    assert result.exit_code == 1
    assert "fault of dialtune's own: ZeroDivisionError: seven" in result.stderr
    assert "Traceback (most" not in result.stderr
    assert "ZeroDivisionError: seven" in next(tmp_path.glob("dialtune-*.traceback")).read_text()
    monkeypatch.setenv("DIALTUNE_TRACEBACK", "1")
    assert "Traceback (most recent call last)" in run("runs", "--workspace", tmp_path).stderr


# -- doctor -------------------------------------------------------------------------


def answering(monkeypatch: pytest.MonkeyPatch, stdout: str, code: int = 0, stderr: str = "") -> list[dict[str, Any]]:
    """Stand in for the worker room; gives the calls that reached it."""
    calls: list[dict[str, Any]] = []

    def fake(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        calls.append({"command": command, **options})
        return subprocess.CompletedProcess(command, code, stdout, stderr)

    monkeypatch.setattr("subprocess.run", fake)
    return calls


def test_doctor_says_when_the_training_stack_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("engine.hardware")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    answering(monkeypatch, "", 1, "Traceback\nImportError: libcudart.so: cannot open")
    result = run("doctor", "--workspace", tmp_path, "--format", "json")
    found = {finding["subject"]: finding for finding in json.loads(result.stdout)}
    assert result.exit_code == 4
    assert found["training stack"]["verdict"] == "problem"
    assert "libcudart.so" in found["training stack"]["text"]
    assert found["hub"]["verdict"] == "note"
    assert found["hub"]["facts"]["reachable"] is False


def test_doctor_reads_what_the_probe_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("engine.hardware")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    probe = {
        "torch": "2.13.0",
        "devices": [{"name": "H100"}],
        "dtype": "bfloat16",
        "dtype_reason": "fast",
        "versions": {"peft": "0.21"},
    }
    answering(monkeypatch, json.dumps(probe) + "\n")
    result = run("doctor", "--workspace", tmp_path)
    assert "torch 2.13.0 on H100, computing in bfloat16 (fast)" in result.stdout
    assert "HF_HUB_OFFLINE" in result.stdout
