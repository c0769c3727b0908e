"""Commands and drafts of runs that begin with another's model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import hardware, methods, preflight, spec
from engine.errors import BaseError, SpecError
from engine.forecast import current
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tui.commands.asking import asked
from tui.draft import of_preset
from tui.widgets.form import matching


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "runs")
    trained(workspace, "first", "lora")
    return workspace


def trained(workspace: Workspace, name: str, method: str) -> RunFolder:
    """A run that looks trained from outside."""
    run = workspace.create(spec.from_dict({"preset": "demo-lora", "name": name, "method": method, "lora": {"rank": 4}}))
    (run.path / "status.json").write_text(json.dumps({"state": "finished"}))
    run.model_path.mkdir()
    (run.model_path / "README.md").write_text("whole")
    return run


def test_from_alone_takes_the_runs_own_spec(place: Workspace) -> None:
    made = asked(None, None, ("train.epochs=2",), "second", source="first", place=place)
    assert (made.name, made.base.from_run, made.lora.rank, made.train.epochs) == ("second", "first", 4, 2)
    whole = preflight.prepared(made, place.path)
    assert whole.base.name == "builtin" and whole.base.from_run == "first"


def test_from_with_a_preset_takes_the_runs_base(place: Workspace) -> None:
    made = asked(None, "lora-r32", ("lora.from_adapter=merge", "data.source=builtin"), source="first", place=place)
    assert made.base.name == "google/flan-t5-base"
    assert preflight.prepared(made, place.path).base.name == "builtin"
    with pytest.raises(SpecError, match=r"lora.rank is 32, there it is 4"):
        preflight.prepared(made.model_copy(update={"lora": spec.LoraSpec()}), place.path)


def test_the_forecast_counts_on_the_other_runs_base_or_says_why_not(place: Workspace) -> None:
    asks = {"preset": "demo-full", "base": {"name": "google/flan-t5-base", "from_run": "first"}}
    made = current(spec.from_dict(asks), place)
    assert made.parameters is not None and made.parameters.total == 7_442_176 and not made.problems
    missing = current(spec.from_dict({**asks, "base": {"from_run": "nobody"}}), place)
    assert any("no run nobody" in str(problem) for problem in missing.problems)


def test_a_run_by_its_path_is_named_by_it(place: Workspace, tmp_path: Path) -> None:
    where = str(place.path / "first")
    made = preflight.prepared(asked(None, None, (), source=where, place=place), tmp_path / "elsewhere")
    assert made.base.from_run == where


def test_a_quantised_base_is_forecast_by_its_bits_and_refused_without_a_gpu(place: Workspace) -> None:
    if hardware.machine().gpus:
        pytest.skip("there is a GPU here")
    asks = {"preset": "demo-lora", "base": {"quantise": "4bit"}}
    few, all_of_it = current(spec.from_dict(asks), place), current(spec.from_dict({"preset": "demo-lora"}), place)
    assert few.memory is not None and all_of_it.memory is not None
    assert few.memory.parts["weights"] < all_of_it.memory.parts["weights"]
    with pytest.raises(BaseError, match="needs a CUDA GPU"):
        preflight.prepared(spec.from_dict(asks), place.path)


def test_forecasts_of_the_methods(place: Workspace) -> None:
    def made(**values: object) -> dict[str, int]:
        found = current(spec.from_dict({"preset": "demo-lora", **values}), place)
        assert found.memory is not None and found.parameters is not None
        return {**found.memory.parts, "trainable": found.parameters.trainable}

    lora, soft = made(), made(method="soft-prompt")
    assert soft["trainable"] == 20 * 256 and soft["soft prompt"] == 4 * 20 * 256
    decoder = made(lora={"pattern": "decoder.*[.](q|v)"})
    assert decoder["trainable"] < lora["trainable"] and decoder["activations"] < lora["activations"]
    assert made(lora={"dora": True})["trainable"] > lora["trainable"]
    full = made(method="full")
    kept = made(method="full", train={"gradient_checkpointing": True, "batch_size": 16})
    assert kept["activations"] < full["activations"] / 2
    assert made(method="full", train={"optimizer": "adafactor"})["optimizer"] < full["optimizer"] / 50
    low = current(spec.from_dict({"preset": "demo-soft-prompt", "train": {"learning_rate": 1e-3}}), place)
    assert any("near 0.3" in note for note in low.notes)


def test_a_form_leaves_out_what_the_method_does_not_read() -> None:
    shown = matching(of_preset("demo-zero-shot"), [], False)
    assert not any(key.startswith(("train.", "lora.", "few_shot.", "soft_prompt.")) for key in shown)
    lora = matching(of_preset("demo-lora"), [], False)
    assert "lora.pattern" in lora and "train.neftune_alpha" in lora and "soft_prompt.tokens" not in lora
    assert "soft_prompt.tokens" in matching(of_preset("demo-lora"), ["virtual"], False), "who asks is shown it"
    assert "lora.rank" in matching(of_preset("demo-zero-shot").put("lora.rank", 3), [], False)


def test_every_method_is_described() -> None:
    from typing import get_args

    assert set(get_args(spec.Method)) == set(methods.SECTIONS)
    assert all(spec.RunSpec(method=m).trains == methods.trains(m) for m in get_args(spec.Method))
    assert not methods.trains("imported") and methods.uses("imported", "lora")
