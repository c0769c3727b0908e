"""``note``, ``rename``, ``archive`` and ``delete``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.runs.workspace import Workspace
from tests.unit.run_factory import finished, queued
from tui.cli import main


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    for name in ("first", "second"):
        finished(tmp_path, name)
    return Workspace(tmp_path)


def run(place: Workspace, *args: str) -> Result:
    return CliRunner().invoke(main, ["--workspace", str(place.path), *args])


def test_a_note_is_written_printed_and_removed(place: Workspace) -> None:
    assert "has no note" in run(place, "note", "first").stderr
    assert run(place, "note", "first", "best\x1b[2J so far ").exit_code == 0
    assert run(place, "note", "first").stdout == "best so far\n"
    rows = {row["run"]: row for row in json.loads(run(place, "runs", "--format", "json").stdout)}
    assert (rows["first"]["note"], rows["second"]["note"]) == ("best so far", "")
    assert "best so far" in run(place, "runs").stdout
    assert "best so far" in run(place, "show", "first").stdout
    run(place, "note", "first", "")
    assert "note" not in run(place, "runs").stdout


def test_a_run_gets_another_name(place: Workspace) -> None:
    assert run(place, "rename", "first", "third").exit_code == 0
    assert {found.name for found in place.runs()} == {"second", "third"}
    for old, new in (("third", "second"), ("third", "a/b"), ("nobody", "x")):
        result = run(place, "rename", old, new)
        assert result.exit_code == 5 and result.stderr.startswith("dialtune: ")
    queued(place.path, "waiting")
    assert "while it is queued" in run(place, "rename", "waiting", "x").stderr


def test_archived_runs_are_left_out_until_asked_for(place: Workspace) -> None:
    assert run(place, "archive", "first").exit_code == 0
    for command in (["runs"], ["board"], ["compare", "--format", "csv"]):
        result = run(place, *command)
        assert "first" not in result.stdout and "second" in result.stdout
    assert "1 archived" in run(place, "runs").stderr
    assert "first" in run(place, "runs", "--all").stdout
    assert "first" in run(place, "board", "first").stdout, "by name it is there"
    run(place, "archive", "--undo", "first")
    assert "first" in run(place, "runs").stdout


def test_deleting_wants_a_yes(place: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(place, "delete", "first")
    assert result.exit_code == 2 and "--yes" in result.stderr
    monkeypatch.setattr("tui.terminal.interactive", lambda: True)
    asked = CliRunner().invoke(main, ["--workspace", str(place.path), "delete", "first"], input="n\n")
    assert "Delete first (" in asked.stderr and "Nothing is deleted" in asked.stderr
    assert len(place.runs()) == 2
    result = run(place, "delete", "first", "second", "--yes")
    assert result.exit_code == 0 and result.stderr.count("is deleted") == 2
    assert place.runs() == [] and list(place.path.iterdir()) == []


def test_of_runs_to_delete_all_must_be_there(place: Workspace) -> None:
    result = run(place, "delete", "first", "frist", "--yes")
    assert result.exit_code == 5 and "Did you mean first?" in result.stderr
    assert len(place.runs()) == 2
