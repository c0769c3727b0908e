"""Memory that runs out: the batch shrinks, what is learnt does not change."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine.errors import RunFailed
from engine.runs.events import Notice, TrainStep
from engine.runs.folder import RunFolder
from engine.spec import TrainSpec
from engine.worker import memory
from engine.worker.batches import Collator, Rows
from engine.worker.reporting import Reporter

OUT = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.2 GiB"
CPU_OUT = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate "
    "1073741824 bytes. Error code 12 (Cannot allocate memory)"
)


@pytest.fixture(scope="module")
def calm_base(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny base without dropout, which draws anew for every part of a batch."""
    folder = tmp_path_factory.mktemp("calm") / "base"
    shutil.copytree(tiny_base, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "dropout_rate": 0.0}))
    return folder


class Tight:
    """Stands in for the allocator: a forward pass in training of more than ``rows`` rows at ``step`` does not fit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rows: int, since: int = 0, error: type = RuntimeError) -> None:
        self.seen: list[int] = []
        from engine.worker.training import Trainer

        plain = Trainer.compute_loss

        def compute_loss(trainer: Any, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            size = len(inputs["labels"])
            self.seen.append(size)
            found = plain(trainer, model, inputs, *args, **kwargs)  # memory runs out half way, gradients begun
            if trainer.state.global_step >= since and size > rows:
                raise error(OUT if error is torch.OutOfMemoryError else CPU_OUT)
            return found

        monkeypatch.setattr(Trainer, "compute_loss", compute_loss)


def train(run: RunFolder, resume: bool = False) -> None:
    """The run's training in this process."""
    import signal

    from engine.worker import pipeline

    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with Reporter(run) as reporter:
        try:
            pipeline.run(run, reporter, resume)
        finally:
            reporter.end("finished")
            run.write_status(replace(run.status(), worker=None))  # or whoever tidies up would kill this process
            for number, handler in kept.items():
                signal.signal(number, handler)


def steps(run: RunFolder) -> list[TrainStep]:
    return [event for event in run.events() if isinstance(event, TrainStep)]


def notices(run: RunFolder, code: str) -> list[str]:
    return [event.text for event in run.events() if isinstance(event, Notice) and event.code == code]


def weights(run: RunFolder) -> dict[str, torch.Tensor]:
    return load_file(next(run.model_path.glob("*.safetensors")))


def test_a_run_that_runs_out_of_memory_learns_what_an_undisturbed_one_does(
    make: Any, calm_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = {"base.name": str(calm_base), "train.accumulation": 2, "train.max_steps": 5, "train.batch_size": 8}
    calm = make("full", **same)
    train(calm)
    pressed = make("full", **same)
    with monkeypatch.context() as patch:
        tight = Tight(patch, rows=2, since=2)
        train(pressed)
    assert tight.seen[:4] == [8] * 4, "two steps undisturbed"
    assert tight.seen[4:7] == [8, 4, 2], "eight at once, four, two: the step begins anew each time"
    assert set(tight.seen[6:]) == {2} and len(tight.seen[6:]) == 3 * 8
    for before, after in zip(steps(calm), steps(pressed), strict=True):
        assert after.loss == pytest.approx(before.loss, rel=1e-5)
        assert after.grad_norm == pytest.approx(before.grad_norm, rel=1e-4)
        assert after.learning_rate == before.learning_rate
    for name, value in weights(calm).items():
        assert torch.allclose(value, weights(pressed)[name], atol=2e-5), name
    first, second = notices(pressed, "batch-halved")
    assert "8 examples at once" in first and "it asked for 1.0 GiB more" in first and "accumulation of 4" in first
    assert "2 at once and an accumulation of 8; the effective batch stays 16" in second
    assert pressed.manifest()[memory.FITS] == {"training": 4}
    assert not notices(calm, "batch-halved")


def test_an_error_within_a_step_leaves_no_trace_in_what_is_drawn(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With dropout: halved in its first step, a run is bit for bit one that was halved from the start."""
    same = {"train.accumulation": 2, "train.max_steps": 3, "data.validation": 0}
    warned, surprised = make("lora", **same), make("lora", **same)
    (warned.path / "manifest.json").write_text(json.dumps({memory.FITS: {"training": 2}}))
    train(warned)
    assert not notices(warned, "batch-halved")
    from engine.worker.training import Trainer

    plain, calls = Trainer.compute_loss, []

    def compute_loss(trainer: Any, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(len(inputs["labels"]))
        if len(calls) == 2:
            torch.rand(7)
            raise torch.OutOfMemoryError(OUT)
        return plain(trainer, model, inputs, *args, **kwargs)

    monkeypatch.setattr(Trainer, "compute_loss", compute_loss)
    train(surprised)
    assert calls[:6] == [8, 8, 4, 4, 4, 4]
    assert [event.loss for event in steps(surprised)] == [event.loss for event in steps(warned)]
    for name, value in weights(warned).items():
        assert torch.equal(value, weights(surprised)[name]), name


def test_a_batch_of_one_that_does_not_fit_and_a_run_that_may_not_shrink_end_with_what_to_do(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Tight(monkeypatch, rows=0, error=torch.OutOfMemoryError)
    run = make("full", **{"train.batch_size": 2, "data.validation": 0})
    with pytest.raises(RunFailed, match="a single example at once") as found:
        train(run)
    assert "max_source_tokens" in found.value.todo
    fixed = make("full", **{"train.auto_batch": False, "data.validation": 0})
    with pytest.raises(RunFailed, match="a batch of 8") as found:
        train(fixed)
    assert "train.auto_batch" in found.value.todo


def test_evaluating_and_decoding_shrink_and_remember_it(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.worker.loss import LabelLoss

    plain, evaluated = LabelLoss.__call__, []

    def loss(self: Any, model: Any, inputs: Any, smoothing: float = 0.0) -> Any:
        if not torch.is_grad_enabled():
            evaluated.append(len(inputs["labels"]))
            if len(inputs["labels"]) > 4:
                raise RuntimeError(CPU_OUT)
        return plain(self, model, inputs, smoothing)

    monkeypatch.setattr(LabelLoss, "__call__", loss)
    run = make("lora", **{"train.evaluate_every": 2, "train.metric": "rouge1", "train.samples": 1})
    from transformers import T5ForConditionalGeneration

    generate, decoded = T5ForConditionalGeneration.generate, []

    def generated(model: Any, *args: Any, **kwargs: Any) -> Any:
        decoded.append(len(kwargs["attention_mask"]))
        if decoded[-1] > 4:
            raise MemoryError
        return generate(model, *args, **kwargs)

    monkeypatch.setattr(T5ForConditionalGeneration, "generate", generated)
    train(run)
    assert evaluated[0] == 8 and 8 not in evaluated[1:], "the second evaluation begins with what fits"
    assert decoded[0] == 8 and max(decoded[1:]) <= 4
    assert run.manifest()[memory.FITS]["evaluating"] == run.manifest()[memory.FITS]["decoding"] == 2
    assert len(run.predictions()) == 6 and run.scores()["metrics"]
    assert [text.split(" ran out")[0] for text in notices(run, "memory")] == ["Evaluation", "Decoding"]


def test_parts_have_every_row_once_and_no_padding_that_none_of_them_needs(builtin_rows: Rows) -> None:
    batch = Collator(0)(builtin_rows.rows[:7])
    cut = memory.parts(batch, 3)
    assert [len(part["labels"]) for part in cut] == [3, 3, 1]
    for at, part in enumerate(cut):
        for row in range(len(part["labels"])):
            source, target = builtin_rows[3 * at + row].source, builtin_rows[3 * at + row].target
            assert part["input_ids"][row][: len(source)].tolist() == source
            assert part["attention_mask"][row].sum() == len(source)
            assert part["labels"][row][: len(target)].tolist() == target
        assert part["input_ids"].shape == part["attention_mask"].shape
        assert part["attention_mask"].any(dim=0).sum() > part["attention_mask"].shape[1] - 8
        assert part["labels"].shape[1] % 8 == 0
    left = {key: value.flip(1) for key, value in batch.items()}
    assert all(part["input_ids"].shape[1] == left["input_ids"].shape[1] for part in memory.parts(left, 2))


@pytest.fixture(scope="module")
def builtin_rows(tokenizer: Any) -> Rows:
    from engine import builtin
    from engine.data.sources import load
    from engine.spec import DataSpec
    from engine.worker.batches import tokenise

    splits = load(DataSpec(source=builtin.NAME, train=7, validation=1, test=1), need_train=True).splits
    return tokenise(tokenizer, splits.train, "{dialogue}", 256, 64)[0]


@pytest.mark.parametrize(
    ("error", "out"),
    [
        (torch.OutOfMemoryError(OUT), True), (MemoryError(), True), (RuntimeError(CPU_OUT), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"), True),
        (RuntimeError("shape mismatch"), False), (ValueError("out of memory"), False), (OSError(28, "full"), False),
    ],
)  # fmt: skip
def test_who_says_that_memory_ran_out(error: BaseException, out: bool) -> None:
    assert memory.ran_out(error) is out


def test_what_the_manifest_says_of_sizes_is_checked(make: Any) -> None:
    run = make("lora")
    from engine.worker.precision import choose

    for said, rows in (({"training": 4}, 2), ({"training": "4"}, 8), ({"training": 0}, 8), ("x", 8), ({}, 8)):
        (run.path / "manifest.json").write_text(json.dumps({memory.FITS: said}))
        assert memory.Room(Reporter(run), TrainSpec(batch_size=8), choose("float32")).rows == rows
