"""Whole runs of the newer methods in real worker processes: prompts, soft prompts, runs that follow others."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine import launch, preflight, spec
from engine.data.sources import load
from engine.errors import BaseError, SpecError, WorkspaceError
from engine.playground.protocol import Loading, Message
from engine.playground.protocol import Model as Asked
from engine.runs import events, lineage
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tests.worker.conftest import Make, wait, work

SMALL = {
    "data.train": 32, "data.validation": 8, "data.test": 6, "train.max_steps": 4, "train.batch_size": 8,
    "train.samples": 1, "train.learning_rate": 1e-2, "decode.max_new_tokens": 8,
}  # fmt: skip


def notices(run: RunFolder, code: str) -> list[str]:
    return [e.text for e in run.events() if isinstance(e, events.Notice) and e.code == code]


# -- few-shot -----------------------------------------------------------------------------------------


def test_a_few_shot_run_keeps_its_prompts_and_tells_what_did_not_fit(make: Make, tmp_path: Path) -> None:
    splits = load(spec.DataSpec(train=30, validation=0, test=4)).splits
    data = tmp_path / "data"
    data.mkdir()
    same = splits.train[3]
    for name, part in (("train", splits.train), ("test", (*splits.test, same))):
        lines = [{"id": f"{name}-{e.id}", "dialogue": e.dialogue, "summary": e.references[0]} for e in part]
        (data / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = make(
        "few-shot",
        **{"data.source": str(data), "data.train": "all", "data.test": "all", "few_shot.choice": "similar",
           "few_shot.examples": 3, "data.max_source_tokens": 400},
    )  # fmt: skip
    work(run)
    kept = [json.loads(line) for line in run.prompts_path.read_text().splitlines()]
    predictions = run.predictions()
    assert {line["id"] for line in kept} == set(predictions) and len(kept) == 5
    dropped = sum(len(line["dropped"]) for line in kept)
    assert dropped > 0 and all(len(line["shots"]) + len(line["dropped"]) == 3 for line in kept)
    assert all(line["tokens"] <= 400 for line in kept)
    (told,) = notices(run, "shots-dropped")
    assert f"{dropped} example" in told and "of 15" in told and "data.max_source_tokens = 400" in told
    leaked = next(line for line in kept if line["id"] == f"test-{same.id}")
    assert f"train-{same.id}" not in leaked["shots"] + leaked["dropped"]
    assert "1 test dialogue" in notices(run, "shots-leaked")[0]
    for line in kept:
        assert line["prompt"].endswith(f"{predictions[line['id']].dialogue}\n\nSummary: ")
        assert line["prompt"].count("Summary: ") == len(line["shots"]) + 1
    manifest = run.manifest()
    assert manifest["parameters"]["trainable"] == 0 and manifest["few_shot"]["dropped"] == dropped
    assert not run.model_path.exists() and run.scores()["examples"] == 5


# -- soft prompts -------------------------------------------------------------------------------------


def test_a_soft_prompt_that_is_killed_learns_what_an_unbroken_one_does_and_ends_with_its_best(make: Make) -> None:
    plan = {
        "train.max_steps": 12, "train.evaluate_every": 4, "train.save_every": 4, "data.train": 64,
        "soft_prompt.tokens": 8, "train.learning_rate": 0.5, "train.neftune_alpha": 5.0,
    }  # fmt: skip
    whole, broken = make("soft-prompt", **plan), make("soft-prompt", **plan)
    work(whole)
    process = launch.start(broken)
    wait(broken, lambda status: status.step >= 6)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=20)
    assert (broken.checkpoints_path / "checkpoint-4" / "complete").is_file()
    work(broken, resume=True)
    learnt = [load_file(run.model_path / "adapter_model.safetensors") for run in (whole, broken)]
    assert learnt[0].keys() == learnt[1].keys() == {"prompt_embeddings"}
    assert torch.allclose(learnt[0]["prompt_embeddings"], learnt[1]["prompt_embeddings"], atol=1e-5)
    best = broken.status().best["step"]
    weights = load_file(broken.checkpoints_path / "best" / f"step-{int(best)}.safetensors")
    assert torch.equal(next(iter(weights.values())), learnt[1]["prompt_embeddings"]) and best in (4, 8, 12)
    assert whole.manifest()["parameters"]["trainable"] == 8 * 32
    summaries = [{id: p.summary for id, p in run.predictions().items()} for run in (whole, broken)]
    assert summaries[0] == summaries[1]


# -- runs that follow others --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Iterator[Workspace]:
    """full -> lora on it -> that same adapter further -> merged, with a new one; and a soft prompt on the full one."""
    workspace = Workspace(tmp_path_factory.mktemp("family") / "runs")

    def made(name: str, method: str, **more: Any) -> RunFolder:
        values = {"name": name, "method": method, "base.name": str(tiny_base), **SMALL, **more}
        wanted = preflight.prepared(spec.from_dict(spec.nested(values)), workspace.path)
        run = workspace.create(wanted)
        work(run)
        return run

    made("full", "full")
    made("lora", "lora", **{"base.name": "builtin", "base.from_run": "full", "lora.rank": 4})
    made("further", "lora", **{"base.from_run": "lora", "lora.rank": 4})
    made("anew", "lora", **{"base.from_run": "further", "lora.rank": 2, "lora.from_adapter": "merge"})
    made("prompt", "soft-prompt", **{"base.from_run": "full", "soft_prompt.tokens": 5, "train.learning_rate": 0.3})
    made("again", "full", **{"base.from_run": "anew", "train.gradient_checkpointing": True})
    yield workspace
    for run in workspace.runs():
        launch.kill(run)


def tensors(run: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(next(run.model_path.glob("*.safetensors")))


def test_runs_go_on_from_one_another_and_say_so(family: Workspace, tiny_base: Path) -> None:
    lora = family.open("lora")
    assert lora.spec().base.name == str(tiny_base), "the base is the other run's, not what the spec said"
    assert family.open("anew").manifest()["lineage"] == ["further", "lora", "full"]
    assert "Begins with the model of further of lora of full." in notices(family.open("anew"), "lineage")
    before, after = tensors(lora), tensors(family.open("further"))
    assert before.keys() == after.keys() and any(not torch.equal(before[key], after[key]) for key in before)
    near = max(float((before[key] - after[key]).abs().max()) for key in before)
    assert near < 4 * 1e-2 + 1e-3, "the same adapter, four steps further"
    assert family.open("anew").spec().lora.rank == 2
    assert lineage.chain(family.open("again").spec(), family.path) == ["anew", "further", "lora", "full"]


def test_a_followers_model_is_loaded_with_all_that_it_lies_on(family: Workspace) -> None:
    from engine.worker.bases import load_run
    from engine.worker.batches import tokenise
    from engine.worker.decoding import decode
    from engine.worker.precision import choose

    for name in ("lora", "further", "anew", "prompt", "again"):
        run = family.open(name)
        wanted = run.spec()
        model, tokenizer = load_run(run)
        examples = load(wanted.data).splits.test
        rows = tokenise(tokenizer, examples, wanted.prompt.template, 512, 0, targets=False)[0].rows
        found = [one for batch in decode(model, tokenizer, rows, wanted.decode, choose("auto")) for one in batch]
        kept = run.predictions()
        assert {rows[one.index].example.id: one.summary for one in found} == {id: p.summary for id, p in kept.items()}


def test_the_playground_swaps_what_lies_on_one_base_without_loading_it_again(family: Workspace) -> None:
    from engine.worker.bases import load_run
    from engine.worker.batches import tokenise
    from engine.worker.decoding import decode
    from engine.worker.playground.shelf import Shelf, asked
    from engine.worker.precision import choose

    told: list[Message] = []
    shelf = Shelf(choose("float32"), None, told.append)
    names = ("lora", "prompt", "full", "further", "prompt", "lora", "full", "anew")
    examples = load(family.open("full").spec().data).splits.test
    for number, name in enumerate(names):
        run = family.open(name)
        wanted = asked(Asked(f"run {name}", run=str(run.path)))
        tokenizer = shelf.tokenizer(wanted)
        rows = tokenise(tokenizer, examples, wanted.spec.prompt.template, 512, 0, targets=False)[0].rows
        with shelf.using(wanted, number) as model:
            here = [o for batch in decode(model, tokenizer, rows, wanted.spec.decode, choose("float32")) for o in batch]
        alone = load_run(run)[0]
        there = [o for batch in decode(alone, tokenizer, rows, wanted.spec.decode, choose("float32")) for o in batch]
        assert [o.summary for o in here] == [o.summary for o in there], name
    loaded = [message for message in told if isinstance(message, Loading)]
    assert [m.what for m in loaded] == ["base", "adapter", "adapter", "adapter", "base", "adapter"]
    assert any("3 adapters" in name for name in shelf.names)


def test_what_cannot_be_followed_is_told(family: Workspace, tiny_base: Path) -> None:
    def prepared(method: str, source: str, **more: Any) -> None:
        values = {"method": method, "base.from_run": source, **more}
        preflight.prepared(spec.from_dict(spec.nested(values)), family.path)

    with pytest.raises(BaseError, match="no run missing to go on from"):
        prepared("full", "missing")
    with pytest.raises(SpecError, match="soft prompt, which cannot be folded"):
        prepared("lora", "prompt")
    with pytest.raises(SpecError, match=r"lora.rank is 8, there it is 4.*lora.from_adapter=merge"):
        prepared("lora", "lora", **{"lora.rank": 8})
    prepared("lora", "lora", **{"lora.rank": 8, "lora.from_adapter": "merge"})
    with pytest.raises(SpecError, match=r"soft_prompt.tokens is 20, there it is 5"):
        prepared("soft-prompt", "prompt")
    base = spec.from_dict(spec.nested({"method": "zero-shot", "name": "bare", "base.name": str(tiny_base)}))
    bare = family.create(base)
    with pytest.raises(BaseError, match="has learnt nothing"):
        prepared("full", "bare")
    shutil.rmtree(bare.path)
    waiting = family.create(spec.from_dict({"method": "full", "name": "waiting", "base": {"name": str(tiny_base)}}))
    with pytest.raises(BaseError, match=r"no finished model to go on from[.] It is queued"):
        prepared("lora", "waiting")
    shutil.rmtree(waiting.path)


def test_a_run_that_others_lie_on_is_not_taken_from_under_them(family: Workspace) -> None:
    with pytest.raises(WorkspaceError, match=r"cannot be deleted.*'lora'"):
        family.delete("full")
    with pytest.raises(WorkspaceError, match="cannot be renamed"):
        family.rename("further", "other")
    assert sorted(lineage.dependents(family.runs(), "full")) == ["lora", "prompt"]
    assert lineage.dependents(family.runs(), "anew") == [], "a full run keeps every weight"
    assert lineage.dependents(family.runs(), "lora") == [], "its adapter went on whole"


def test_a_quantised_base_is_refused_before_a_run_is_made(family: Workspace) -> None:
    from engine import hardware

    if hardware.machine().gpus:
        pytest.skip("there is a GPU here")
    with pytest.raises(BaseError, match="needs a CUDA GPU"):
        preflight.prepared(spec.from_dict({"method": "lora", "base": {"quantise": "4bit"}}), family.path)
