"""Figures that are not what was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runs.files import intact, parse_json, read_json, write_json
from engine.runs.folder import RunFolder, Status
from engine.runs.wholeness import SPEC, SUMMARIES, altered, spec_sum
from engine.runs.workspace import Workspace
from engine.spec import RunSpec


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    run = Workspace(tmp_path / "runs").create(RunSpec(name="one"))
    run.write_status(Status(state="finished", step=12))
    run.predictions_path.write_text('{"id": "1", "summary": "A b."}\n')
    from engine.runs.checksums import digest

    write_json(run.path / "scores.json", {"metrics": {"rouge1": 0.41}, SUMMARIES: digest(run.predictions_path)})
    write_json(run.path / "manifest.json", {"seed": 1, SPEC: spec_sum(run)})
    return run


@pytest.mark.parametrize(
    ("name", "was", "now"),
    [
        ("scores.json", "0.41", "0.51"), ("status.json", "12", "13"), ("manifest.json", '"seed": 1', '"seed": 3'),
        ("predictions.jsonl", "A b.", "A c."), ("spec.toml", 'method = "lora"', 'method = "full"'),
    ],
)  # fmt: skip
def test_a_figure_that_was_not_written_is_told(run: RunFolder, name: str, was: str, now: str) -> None:
    assert altered(run) == []
    path = run.path / name
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, now, 1))
    assert altered(run) == [name]


def test_an_empty_spec_is_told(run: RunFolder) -> None:
    (run.path / "spec.toml").write_text("")
    assert altered(run) == ["spec.toml"]


def test_renaming_and_lone_surrogates_are_no_damage(run: RunFolder) -> None:
    renamed = Workspace(run.path.parent).rename("one", "two")
    assert altered(renamed) == []
    write_json(renamed.path / "manifest.json", {"name": "\ud800x"})
    assert intact(parse_json((renamed.path / "manifest.json").read_text()))


def test_what_has_no_checksum_is_taken_as_it_is(run: RunFolder) -> None:
    (run.path / "scores.json").write_text('{"metrics": {"rouge1": 0.4}}')
    assert altered(run) == [] and "checksum" not in read_json(run.path / "manifest.json")


def test_a_damaged_status_is_no_queued_run(run: RunFolder) -> None:
    (run.path / "control" / "start-3").touch()
    (run.path / "status.json").write_text("{")
    status = run.status()
    assert status.state == "lost" and status.attempt == 3 and "check one" in status.reason
