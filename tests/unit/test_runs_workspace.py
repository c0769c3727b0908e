"""Run folders and the workspace: a run is there completely or not at all, and reading one never raises."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from engine import spec
from engine.errors import SpecError, WorkspaceError
from engine.runs import process
from engine.runs.events import Ended, encode
from engine.runs.files import append_lines
from engine.runs.folder import REQUESTS, Prediction, Remarks, RunFolder, Status
from engine.runs.workspace import Workspace
from engine.spec import RunSpec

on_disk = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
ROOT = Path(__file__).parents[2]


def left(path: Path) -> list[str]:
    """Everything in the workspace, drafts too."""
    return sorted(entry.name for entry in path.iterdir())


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return Workspace(tmp_path / "runs").create(RunSpec(name="one"))


class Runs(RuleBasedStateMachine):
    """Create, copy, delete and look up runs in any order; the workspace agrees with a dictionary."""

    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.path = Path(tempfile.mkdtemp())
        self.workspace = Workspace(self.path / "deep" / "runs")
        self.model: dict[str, float] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.path)

    @rule(target=names, name=st.from_regex(r"[a-c][.b_-]{0,2}", fullmatch=True))
    def create(self, name: str) -> str:
        if name in self.model:
            with pytest.raises(WorkspaceError, match="already a run"):
                self.workspace.create(RunSpec(name=name))
        else:
            made = self.workspace.create(RunSpec(name=name))
            assert (made.name, made.spec().name, made.status().state) == (name, name, "queued")
            self.model[name] = made.status().created
        return name

    @rule(
        target=names, base=st.sampled_from(["builtin", "google/flan-t5-base", "./Modèle 1/", "..", "模型", "x" * 300])
    )
    def create_unnamed(self, base: str) -> str:
        made = self.workspace.create(spec.from_dict({"base": {"name": base}}))
        assert made.name not in self.model
        assert made.spec().name == made.name
        assert re.fullmatch(r"lora-r32[a-z0-9.-]*", made.name)
        self.model[made.name] = made.status().created
        return made.name

    @rule(name=names)
    def delete(self, name: str) -> None:
        if name in self.model:
            shutil.rmtree(self.workspace.open(name).path)
            del self.model[name]

    @rule(
        name=st.text(max_size=8) | st.sampled_from(["", ".", "..", "a/b", "../deep", "a\n", "a\x00b", "\ud800", "-a"])
    )
    def unfit_names_are_refused(self, name: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            with pytest.raises((WorkspaceError, SpecError)):
                self.workspace.create(spec.from_dict({"name": name}))
            with pytest.raises(WorkspaceError):
                self.workspace.open(name)

    @invariant()
    def agrees(self) -> None:
        runs = self.workspace.runs()
        assert {found.name for found in runs} == set(self.model)
        made = [self.model[found.name] for found in runs]
        assert made == sorted(made, reverse=True)
        for name in self.model:
            assert self.workspace.open(name).name == name
        if self.workspace.path.exists():
            assert left(self.workspace.path) == sorted(self.model)


TestRuns = Runs.TestCase
TestRuns.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)


class TestCreate:
    def test_a_missing_run_is_answered_with_the_nearest(self, run: RunFolder) -> None:
        with pytest.raises(WorkspaceError, match="Did you mean one"):
            Workspace(run.path.parent).open("onw")

    @pytest.mark.parametrize("named", [True, False])
    def test_two_processes_at_once(self, tmp_path: Path, named: bool) -> None:
        """With one name exactly one wins; without a name each gets its own."""
        code = f"""
import sys
from pathlib import Path
from engine.errors import WorkspaceError
from engine.runs.workspace import Workspace
from engine.spec import RunSpec, to_toml
print("ready", flush=True)
sys.stdin.readline()
for number in range(25):
    try:
        asked = RunSpec(name=f"n{{number}}" if {named} else None)
        print(Workspace(Path({str(tmp_path / "runs")!r})).create(asked).name)
    except WorkspaceError as error:
        assert "already a run" in str(error), error
        print("-")
"""
        racers = [
            subprocess.Popen(
                [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
            )
            for _ in range(2)
        ]
        for racer in racers:
            assert racer.stdout is not None
            assert racer.stdout.readline() == "ready\n"
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("\n")
            racer.stdin.flush()
        first, second = (racer.communicate(timeout=30)[0].split() for racer in racers)
        assert [racer.returncode for racer in racers] == [0, 0]
        assert len(first) == len(second) == 25
        made = [name for name in first + second if name != "-"]
        assert len(made) == len(set(made)) == (25 if named else 50)
        assert left(tmp_path / "runs") == sorted(made)

    def test_a_name_taken_at_the_last_moment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        workspace = Workspace(tmp_path)
        rename = Path.rename
        rivals = iter(range(1))

        def late(draft: Path, target: Path) -> Path:
            for _ in rivals:
                target.mkdir()
                (target / "spec.toml").touch()
            return rename(draft, target)

        monkeypatch.setattr(Path, "rename", late)
        assert workspace.create(RunSpec()).name == "lora-r32-builtin-2"
        assert left(tmp_path) == ["lora-r32-builtin", "lora-r32-builtin-2"]
        rivals = iter(range(1))
        with pytest.raises(WorkspaceError, match="already a run"):
            workspace.create(RunSpec(name="x"))
        assert left(tmp_path) == ["lora-r32-builtin", "lora-r32-builtin-2", "x"]

    def test_a_dangling_link_is_a_taken_name(self, tmp_path: Path) -> None:
        (tmp_path / "lora-r32-builtin").symlink_to(tmp_path / "nowhere")
        assert Workspace(tmp_path).create(RunSpec()).name == "lora-r32-builtin-2"

    def test_a_file_in_the_workspaces_place(self, tmp_path: Path) -> None:
        (tmp_path / "runs").write_text("mine")
        for place in (tmp_path / "runs", tmp_path / "runs" / "below"):
            with pytest.raises(WorkspaceError, match="cannot be written"):
                Workspace(place).create(RunSpec(name="x"))
            assert Workspace(place).runs() == []
            with pytest.raises(WorkspaceError, match="no run"):
                Workspace(place).open("x")
        assert (tmp_path / "runs").read_text() == "mine"

    @pytest.mark.parametrize("step", ["mkdir", "replace", "rename", "lexists"])
    @pytest.mark.parametrize("named", [True, False])
    def test_a_workspace_that_cannot_be_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, named: bool
    ) -> None:
        def refuse(*_: Any, **__: Any) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os.path if step == "lexists" else Path, step, refuse)
        with pytest.raises(WorkspaceError, match="Permission denied"):
            Workspace(tmp_path).create(RunSpec(name="x" if named else None))
        monkeypatch.undo()
        assert left(tmp_path) == []

    def test_an_interruption_leaves_nothing_behind(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: Any) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(Path, "rename", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Workspace(tmp_path).create(RunSpec(name="x"))
        assert left(tmp_path) == []

    def test_drafts_and_strangers_are_no_runs(self, run: RunFolder) -> None:
        for name in (".two.abc", "with space", "no-spec"):
            (run.path.parent / name).mkdir()
        for name in (".two.abc", "with space"):
            shutil.copy(run.path / "spec.toml", run.path.parent / name)
        (run.path.parent / "file").touch()
        assert [found.name for found in Workspace(run.path.parent).runs()] == ["one"]


class TestReading:
    @on_disk
    @given(
        st.sampled_from(
            ["spec.toml", "status.json", "manifest.json", "scores.json", "events.jsonl", "predictions.jsonl"]
        ),
        st.binary(max_size=60) | st.floats(0, 1),
        st.booleans(),
    )  # fmt: skip
    def test_half_copied_and_damaged_folders_never_raise(
        self, tmp_path: Path, name: str, damage: bytes | float, folder_instead: bool
    ) -> None:
        shutil.rmtree(tmp_path / "runs", ignore_errors=True)
        run = Workspace(tmp_path / "runs").create(RunSpec(name="one"))
        run.write_status(Status(state="running", worker=process.identity(), best={"loss": 1.0}))
        append_lines(run.events_path, [encode(Ended("finished"))])
        append_lines(run.predictions_path, ['{"id": "a", "summary": "b", "references": ["c"]}\n'])
        (run.path / "scores.json").write_text('{"metrics": {"rouge1": 0.5}}')
        path = run.path / name
        whole = path.read_bytes() if path.exists() else b""
        path.write_bytes(damage if isinstance(damage, bytes) else whole[: int(len(whole) * damage)])
        if folder_instead:
            path.unlink()
            path.mkdir()
        run.status(), run.manifest(), run.scores(), list(run.events()), run.predictions(), run.size()
        Workspace(tmp_path / "runs").runs()
        try:
            run.spec()
        except (WorkspaceError, SpecError) as error:
            assert str(tmp_path) in str(error) or "one" in str(error)

    @pytest.mark.parametrize(
        "status",
        [
            '{"worker": {"pid": 1}}', '{"worker": 5}', '{"worker": {"pid": "x", "boot": 1, "started": []}}',
            '{"worker": {"pid": -4, "boot": "", "started": 0}}', '{"state": 3, "created": "soon", "best": [1]}',
            '{"state": "paused"}', '{"created": null, "error": {"why": 1}}', '{"created": 1e999, "step": 1.5}',
        ],
    )  # fmt: skip
    def test_a_status_of_another_shape(self, run: RunFolder, status: str) -> None:
        (run.path / "status.json").write_text(status)
        run.status()
        other = Workspace(run.path.parent).create(RunSpec(name="two"))
        assert {found.name for found in Workspace(run.path.parent).runs()} == {"one", other.name}

    def test_a_newer_status_keeps_what_is_known(self, run: RunFolder) -> None:
        (run.path / "status.json").write_text('{"state": "finished", "step": 7, "unit": 3, "mood": "fine"}')
        assert run.status() == Status(state="finished", step=7)

    def test_a_newer_worker_identity_is_still_ours(self, run: RunFolder) -> None:
        me = process.identity()
        run.write_status(Status(state="running", worker=me))
        path = run.path / "status.json"
        path.write_text(path.read_text().replace('"pid"', '"cgroup": "x", "pid"'))
        assert run.status().worker == me

    def test_predictions(self, run: RunFolder) -> None:
        append_lines(run.predictions_path, [
            '{"id": "a", "summary": "first"}\n', '{"id": "b", "summary": "s", "references": ["x", "y"], "new": 1}\n',
            '{"summary": "no id"}\n', '{"id": ["a"], "summary": "s"}\n',
            '{"id": "c", "summary": "s", "references": "x"}\n',
            "torn {\n", "[1]\n", '{"id": "a", "summary": "second", "scores": {"rouge1": 0.5}, "tokens": 9}\n',
        ])  # fmt: skip
        found = run.predictions()
        assert list(found) == ["a", "b"]
        assert found["a"] == Prediction("a", "second", scores={"rouge1": 0.5}, tokens=9)
        assert found["b"].references == ("x", "y")

    def test_status_round_trip(self, run: RunFolder) -> None:
        status = Status(
            state="failed", phase="training", step=3, total_steps=9, done=1, total=2, unit="steps", eta=1.5,
            heartbeat=2.0, created=3.0, started=4.0, ended=5.0, worker=process.Identity(1, "b", 6.0),
            best={"loss": 0.5}, reason="Broke\u2028off \ud800", exit_code=7, error={"happened": "x"},
        )  # fmt: skip
        run.write_status(status)
        assert run.status() == replace(status, reason="Broke\u2028off \ufffd")

    def test_size_while_files_vanish(self, run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        (run.path / "model").mkdir()
        (run.path / "model" / "weights").write_bytes(b"x" * 1000)
        (run.path / "model" / "gone").symlink_to("nowhere")
        before = run.size()
        assert before > 1000
        lstat = os.lstat

        def vanishing(path: str) -> os.stat_result:
            if path.endswith("weights"):
                Path(path).unlink()
            return lstat(path)

        monkeypatch.setattr(os, "lstat", vanishing)
        assert run.size() == before - 1000

    def test_requests(self, run: RunFolder) -> None:
        for request in REQUESTS:
            assert not run.take(request)
            run.ask(request)
            run.ask(request)
            assert run.take(request)
            assert not run.take(request)
        shutil.rmtree(run.path)
        with pytest.raises(WorkspaceError, match="cannot be asked"):
            run.ask("stop")


class TestKeepingHouse:
    """Rename, delete, remarks."""

    def over(self, run: RunFolder) -> None:
        run.write_status(replace(run.status(), state="finished"))

    def test_a_renamed_run_is_the_same_run(self, run: RunFolder) -> None:
        self.over(run)
        run.write_remarks(Remarks("keep [this]\x1b[2J", archived=True))
        workspace = Workspace(run.path.parent)
        moved = workspace.rename("one", "two")
        assert (moved.name, moved.spec().name, moved.remarks().note) == ("two", "two", "keep [this]\x1b[2J")
        assert left(run.path.parent) == ["two"]
        assert workspace.runs(archived=False) == [] and workspace.runs() == [moved]

    def test_a_damaged_spec_does_not_keep_a_run_from_its_name(self, run: RunFolder) -> None:
        self.over(run)
        (run.path / "spec.toml").write_text("method = [")
        assert Workspace(run.path.parent).rename("one", "two").path.is_dir()

    @pytest.mark.parametrize("new", ["", "../out", ".hidden", "a b", "x" * 81, "taken", "file"])
    def test_a_name_that_cannot_be_leaves_all_as_it_was(self, run: RunFolder, new: str) -> None:
        self.over(run)
        workspace = Workspace(run.path.parent)
        workspace.create(RunSpec(name="taken"))
        (run.path.parent / "file").write_text("mine")
        before = left(run.path.parent)
        with pytest.raises(WorkspaceError):
            workspace.rename("one", new)
        assert left(run.path.parent) == before

    @pytest.mark.parametrize("state", ["queued", "running"])
    def test_what_works_or_waits_keeps_its_name_and_its_folder(self, run: RunFolder, state: Any) -> None:
        run.write_status(replace(run.status(), state=state, worker=process.identity()))
        workspace = Workspace(run.path.parent)
        for change in (lambda: workspace.rename("one", "two"), lambda: workspace.delete("one")):
            with pytest.raises(WorkspaceError, match=f"while it is {state}"):
                change()
        assert left(run.path.parent) == ["one"]

    def test_a_deleted_run_is_gone_and_its_bytes_are_told(self, run: RunFolder) -> None:
        self.over(run)
        (run.path / "model").mkdir()
        (run.path / "model" / "weights").write_bytes(b"0" * 5000)
        size = run.size()
        assert Workspace(run.path.parent).delete("one") == size > 5000
        assert left(run.path.parent) == []

    def test_a_run_is_never_seen_half_deleted(self, run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
        self.over(run)

        def halfway(path: Path) -> None:
            (path / "spec.toml").unlink()
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(shutil, "rmtree", halfway)
        workspace = Workspace(run.path.parent)
        with pytest.raises(WorkspaceError, match=r"still takes up space in .*\.deleted\."):
            workspace.delete("one")
        assert workspace.runs() == []

    @given(st.text(), st.booleans())
    @on_disk
    def test_remarks_round_trip(self, run: RunFolder, note: str, archived: bool) -> None:
        run.write_remarks(Remarks(note, archived))
        kept = note.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        assert run.remarks() == Remarks(kept, archived)

    @pytest.mark.parametrize("text", ["", "[]", '{"note": 3}', '{"archived": "yes", "later": 1}', "\xff"])
    def test_damaged_remarks_are_none(self, run: RunFolder, text: str) -> None:
        (run.path / "remarks.json").write_text(text, encoding="latin-1")
        assert run.remarks() == Remarks()
