"""``dialtune check`` and ``dialtune gc``, their engine and their commands."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from engine.errors import DAMAGED, WorkspaceError
from engine.runs import checkpoints, checksums, process, versions
from engine.runs.events import HEADER, Ended, Evaluation, Resumed, TrainStep, encode
from engine.runs.files import append_lines, write_json
from engine.runs.folder import BALLAST, Prediction, RunFolder, State
from engine.runs.history import holding
from engine.runs.workspace import Workspace
from engine.spec import RunSpec
from engine.upkeep import reclaiming
from engine.upkeep.checking import check
from engine.upkeep.repairing import repair


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Workspace(tmp_path / "runs")


def step(number: int) -> TrainStep:
    return TrainStep(number, 0.1, 2.0, 1e-3, 1.0, 5.0, 50.0)


def checkpoint(run: RunFolder, number: int) -> Path:
    path = run.checkpoints_path / f"checkpoint-{number}"
    path.mkdir(parents=True)
    (path / "model.safetensors").write_bytes(b"weights" * number)
    write_json(path / checkpoints.STATE, {"step": number, "best": {}})
    (path / checkpoints.COMPLETE).touch()
    checksums.write(path)
    return path


def made(place: Workspace, name: str = "one", state: State = "finished") -> RunFolder:
    """A run as a worker leaves it, small."""
    run = place.create(RunSpec(name=name))
    append_lines(run.events_path, [HEADER, *(encode(step(n)) for n in range(1, 6)), encode(Ended(state))])
    lines = [json.dumps(asdict(Prediction(str(n), "said", "asked", "", ("ref",)))) + "\n" for n in range(3)]
    append_lines(run.predictions_path, lines)
    write_json(run.path / "scores.json", {"metrics": {"rouge1": 0.5}})
    write_json(run.path / "manifest.json", {"trained": True, "data": {"splits": {"test": {"examples": 3}}}})
    run.model_path.mkdir()
    (run.model_path / "model.safetensors").write_bytes(b"learnt")
    (run.model_path / "README.md").write_text("card")
    checksums.write(run.model_path)
    checkpoint(run, 2)
    checkpoint(run, 4)
    run.write_status(
        replace(run.status(), state=state, started=time.time(), ended=time.time(), phase="scoring", step=5)
    )
    return run


def damaged(run: RunFolder) -> dict[str, str]:
    return {found.file: found.text for found in check(run).findings if found.level == "damaged"}


def test_a_good_run_has_nothing_damaged(place: Workspace) -> None:
    report = check(made(place))
    assert not report.damaged
    assert {"status.json", "events.jsonl", "predictions.jsonl", "model", "checkpoints/checkpoint-4"} <= {
        found.file for found in report.findings
    }


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        ("model/model.safetensors", flip),
        ("model/model.safetensors", Path.unlink),
        ("model/README.md", Path.unlink),
        ("model/SHA256SUMS", flip),
        ("checkpoints/checkpoint-4/model.safetensors", flip),
        ("checkpoints/checkpoint-4/dialtune.json", flip),
        ("status.json", Path.unlink),
        ("status.json", lambda path: path.write_text("{")),
        ("spec.toml", lambda path: path.write_text("method = 3")),
        ("scores.json", Path.unlink),
        ("scores.json", lambda path: path.write_text("[1]")),
        ("manifest.json", Path.unlink),
        ("manifest.json", lambda path: path.write_bytes(b"\xff\xfe")),
        ("events.jsonl", lambda path: path.write_bytes(path.read_bytes() + b'{"kind": "tra')),
        ("events.jsonl", lambda path: path.write_bytes(b"\0\0\0\n" + path.read_bytes())),
        ("predictions.jsonl", lambda path: path.write_bytes(path.read_bytes()[:-9])),
    ],
)
def test_harm_is_found_and_what_can_be_mended_is(place: Workspace, file: str, harm: Any) -> None:
    run = made(place)
    harm(run.path / file)
    wrong = damaged(run)
    assert any(file.startswith(name) for name in wrong), wrong
    report = check(run)
    if mended := repair(run, report):
        after = check(run)
        again = {(found.file, found.text) for found in after.findings if found.level == "damaged"}
        assert not again & {(found.file, found.text) for found in mended}
    else:
        assert file == "spec.toml" or not (run.path / file).exists()


def test_repair_loses_no_line_that_can_be_read(place: Workspace) -> None:
    run = made(place)
    whole = run.predictions_path.read_bytes()
    run.predictions_path.write_bytes(whole[:30] + b"\n" + whole + b'{"id": "9')
    repair(run, check(run))
    assert run.predictions_path.read_bytes() == whole
    assert (run.path / "damaged-predictions.jsonl").read_bytes() == whole[:30] + b"\n" + whole + b'{"id": "9'


def test_a_status_is_made_anew_from_the_events(place: Workspace) -> None:
    run = made(place)
    (run.path / "status.json").write_bytes(b"")
    repair(run, check(run))
    assert (run.status().state, run.status().step) == ("finished", 5)


def test_a_run_at_work_is_not_mended(place: Workspace) -> None:
    run = made(place)
    (run.path / ".model").mkdir()
    run.write_status(replace(run.status(), state="running", ended=0.0, worker=process.identity()))
    with pytest.raises(WorkspaceError, match="running"):
        repair(run, check(run))
    assert not [item for item in reclaiming.plan(place) if item.run]


def test_links_and_pickles_are_told(place: Workspace, tmp_path: Path) -> None:
    run = made(place)
    (run.path / "notes").symlink_to(tmp_path)
    (run.path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    found = {finding.file: finding for finding in check(run).findings}
    assert found["notes"].level == "damaged"
    assert "never loads" in found["pytorch_model.bin"].text


def test_checksums_stay_in_their_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "a").write_text("a")
    checksums.write(folder)
    assert checksums.problems(folder) == []
    (folder / "b").write_text("planted")
    assert checksums.problems(folder) == ["b is none of its files"]
    (folder / "b").unlink()
    (folder / "SHA256SUMS").write_text(f"{checksums.digest(tmp_path / 'secret')}  ../secret\n")
    assert checksums.problems(folder) == ["SHA256SUMS is damaged"]
    (folder / "a").unlink()
    (folder / "a").symlink_to(tmp_path / "secret")
    (folder / "SHA256SUMS").write_text(f"{checksums.digest(tmp_path / 'secret')}  a\n")
    assert checksums.problems(folder) == ["a is a link"]


def test_gc_plans_first_and_spares_what_is_needed(place: Workspace) -> None:
    done, broken = made(place, "done"), made(place, "broken", "failed")
    queued = place.create(RunSpec(name="queued"))
    (done.checkpoints_path / "damaged-checkpoint-1").mkdir()
    (broken.checkpoints_path / ".draft").mkdir()
    (broken.path / ".status.json.abc").write_text("{")
    (broken.path / BALLAST).write_bytes(bytes(1000))
    draft = place.path / f".gone.{'a' * 32}"
    draft.mkdir()
    os.utime(draft, (1, 1))
    items = reclaiming.plan(place)
    assert {item.path.relative_to(place.path).as_posix() for item in items} == {
        "done/checkpoints", "done/checkpoints/damaged-checkpoint-1", "broken/checkpoints/.draft",
        "broken/.status.json.abc", f"broken/{BALLAST}", draft.name,
    }  # fmt: skip
    assert all(item.path.exists() for item in items)
    freed, stayed = reclaiming.carry_out(place, items)
    assert not any(item.path.exists() for item in items)
    assert freed > 0 and len(stayed) <= 1  # what lay in a folder that went first
    assert len(checkpoints.whole(broken.checkpoints_path)) == 2 and queued.path.is_dir()
    assert not damaged(done) and done.predictions()
    assert not [path for path in place.path.iterdir() if path.name.startswith(".")]
    broken.write_remarks(replace(broken.remarks(), archived=True))
    assert [item.path.name for item in reclaiming.plan(place, archived=True)] == ["checkpoints"]


def test_gc_looks_again_before_it_removes(place: Workspace) -> None:
    run = made(place)
    items = reclaiming.plan(place)
    run.write_status(replace(run.status(), state="running", worker=process.identity()))
    freed, stayed = reclaiming.carry_out(place, items)
    assert freed == 0 and len(stayed) == len(items)
    assert len(checkpoints.whole(run.checkpoints_path)) == 2


def test_a_finished_run_whose_model_is_damaged_keeps_its_checkpoints(place: Workspace) -> None:
    run = made(place)
    flip(run.model_path / "model.safetensors")
    assert reclaiming.plan(place) == []


@pytest.mark.parametrize("file", ["spec.toml", "status.json", "manifest.json", "events.jsonl", "predictions.jsonl"])
def test_a_newer_dialtunes_run_is_refused_politely(place: Workspace, file: str) -> None:
    run = made(place)
    path = run.path / file
    text = path.read_text()
    if file == "predictions.jsonl":
        path.write_text('{"version": 2, "id": "1", "summary": "x"}\n')
    else:
        path.write_text(text.replace("version = 1", "version = 2").replace('"version": 1', '"version": 2'))
    assert versions.newer(run) == {file: 2}
    with pytest.raises(WorkspaceError, match=r"newer dialtune.*version 2.*Update"):
        place.open("one")
    assert not check(run).damaged


def test_an_older_run_says_no_version_and_is_read(place: Workspace) -> None:
    run = made(place)
    for name in ("status.json", "manifest.json", "scores.json"):
        values = json.loads((run.path / name).read_text())
        del values["version"]
        (run.path / name).write_text(json.dumps(values))
    toml = (run.path / "spec.toml").read_text()
    (run.path / "spec.toml").write_text(toml.replace("version = 1\n", ""))
    assert place.open("one").spec().name == "one"
    assert place.open("one").status().state == "finished"


def test_what_a_resumed_run_did_again_does_not_hold() -> None:
    told = [step(1), step(2), Evaluation(2, 0.2, {"loss": 1.0}, True), step(3), Resumed(1), step(2), step(3)]
    assert [(event.kind, event.step) for event in holding(told)] == [("train", 1), ("train", 2), ("train", 3)]
    older = [step(1), step(2), step(3), step(2), step(4)]
    assert [event.step for event in holding(older)] == [1, 2, 4]


class TestCommands:
    def test_check(self, place: Workspace) -> None:
        from tui.commands.upkeep import check as command

        run = made(place)
        made(place, "two")
        runner = CliRunner()
        good = runner.invoke(
            command, ["one", "--format", "json", "--workspace", str(place.path)], standalone_mode=False
        )
        assert good.return_value == 0
        assert json.loads(good.stdout)[0]["damaged"] is False
        flip(run.checkpoints_path / "checkpoint-4" / "model.safetensors")
        bad = runner.invoke(command, ["--all", "-q", "--workspace", str(place.path)], standalone_mode=False)
        assert bad.return_value == DAMAGED
        assert "checkpoint-4" in bad.stdout and "Damaged: one." in bad.stderr and "fine" not in bad.stdout
        mended = runner.invoke(command, ["one", "--repair", "--workspace", str(place.path)], standalone_mode=False)
        assert mended.return_value == 0
        assert "damaged-checkpoint-4" in mended.stdout

    def test_gc(self, place: Workspace) -> None:
        from tui.commands.upkeep import gc as command

        run = made(place)
        runner = CliRunner()
        plan = runner.invoke(command, ["--workspace", str(place.path)], standalone_mode=False)
        assert "checkpoints" in plan.stdout and "nothing was changed" in plan.stderr
        assert run.checkpoints_path.is_dir()
        done = runner.invoke(command, ["--apply", "--workspace", str(place.path)], standalone_mode=False)
        assert "free again" in done.stderr and not run.checkpoints_path.exists()
        assert "nothing to reclaim" in runner.invoke(command, ["--workspace", str(place.path)]).stderr
