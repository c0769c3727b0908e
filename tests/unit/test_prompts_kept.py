"""The prompts of a run, read back by command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import spec
from engine.errors import WorkspaceError
from engine.results import prompts
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "runs")


def run_of(place: Workspace, method: str) -> RunFolder:
    run = place.create(spec.from_dict({"method": method, "prompt": {"template": "Say it: {dialogue} So:"}}))
    lines = [{"id": "a", "summary": "s", "dialogue": "A: {x}\nB: hi"}, {"id": "b", "summary": "t", "truncated": True}]
    run.predictions_path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run


def test_what_was_kept_is_what_is_shown(place: Workspace) -> None:
    run = run_of(place, "few-shot")
    kept = {"id": "a", "shots": ["t1"], "dropped": ["t2"], "tokens": 9, "prompt": "All of it"}
    run.prompts_path.write_text("no JSON\n" + json.dumps(kept) + "\n")
    assert list(prompts.of_run(run)) == [prompts.Kept("a", "All of it", ("t1",), ("t2",), 9)]
    with pytest.raises(WorkspaceError, match=r"no prompt of 'b'.*called 'a'"):
        prompts.one(run, "b")


def test_other_prompts_are_put_together_again(place: Workspace) -> None:
    assert prompts.one(run_of(place, "lora"), "a").prompt == "Say it: A: {x}\nB: hi So:"
    assert not prompts.one(run_of(place, "lora"), "b").whole
    assert prompts.one(run_of(place, "soft-prompt"), "a").prompt.startswith("[20 virtual tokens]\nSay it: A")


def test_the_command_gives_text_and_lines(place: Workspace) -> None:
    from click.testing import CliRunner

    from tui.commands.prompts import prompt

    run = run_of(place, "zero-shot")
    asked = [run.name, "--workspace", str(place.path)]
    shown = CliRunner().invoke(prompt, [*asked, "a"])
    assert shown.exit_code == 0 and shown.stdout == "Say it: A: {x}\nB: hi So:\n"
    lines = CliRunner().invoke(prompt, [*asked, "--format", "jsonl"]).stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a", "b"]
