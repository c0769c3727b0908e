"""Forecasts against the fact: parameters, steps and memory of real models and runs, and a real probe."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine import hardware, spec
from engine.errors import BaseError
from engine.forecast import bases, forecast, lengths, memory, probe
from engine.runs import events
from engine.spec import BaseSpec, RunSpec
from tests.worker.conftest import TINY, Make, save_base, untied_t5, work


def first_t5() -> Any:
    """A T5 of version 1.0: one input, ReLU, the head tied to the embedding."""
    from transformers import T5Config, T5ForConditionalGeneration

    return T5ForConditionalGeneration(T5Config(vocab_size=200, **TINY))


def bart() -> Any:
    from transformers import BartConfig, BartForConditionalGeneration

    return BartForConditionalGeneration(
        BartConfig(
            vocab_size=200, d_model=32, encoder_layers=2, decoder_layers=3, encoder_attention_heads=4,
            decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=128,
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make_model", "targets"),
    [
        (lambda: untied_t5(200, **TINY), [["q", "v"], ["q", "k", "v", "o", "wi_0", "wi_1", "wo"], ["lm_head", "o"]]),
        (first_t5, [["q", "v"], ["wi", "wo"], ["EncDecAttention.k"]]),
        (bart, [["q_proj", "v_proj"], ["fc1", "fc2", "out_proj"]]),
    ],
    ids=["t5-v1.1", "t5-v1.0", "bart"],
)
def test_parameters_are_those_of_the_real_model(make_model: Any, targets: list[list[str]], tmp_path: Path) -> None:
    from engine.worker.bases import load_base
    from engine.worker.methods import parameters, prepare

    save_base(make_model(), tmp_path / "base")
    name = BaseSpec(name=str(tmp_path / "base"))
    counted = bases.look(name).architecture
    assert counted.parameters == parameters(load_base(name)).total
    for chosen in targets:
        asked = RunSpec(method="lora", base=name, lora=spec.LoraSpec(rank=4, targets=tuple(chosen)))
        assert counted.lora(chosen, 4) == parameters(prepare(load_base(name), asked)).trainable


def test_the_worker_batches_as_the_forecast_thinks() -> None:
    from engine.worker import batches, decoding, evaluation

    assert memory.CPU_DECODED == (decoding.CPU_TOKENS, decoding.CPU_ROWS)
    assert memory.CPU_EVALUATED == (decoding.CPU_TOKENS, evaluation.CPU_ROWS)
    assert memory.GPU_BATCH == (decoding.GPU_TOKENS, decoding.GPU_ROWS)
    assert (memory.CPU_CACHE, memory.CPU_ENCODED) == (decoding.CPU_CACHE, decoding.CPU_ENCODED)
    assert (lengths.MULTIPLE, lengths.MEGABATCH) == (batches.MULTIPLE, batches.MEGABATCH)


def test_estimated_lengths_are_near_the_real_ones(tokenizer: Any) -> None:
    from engine.data.sources import load
    from engine.worker.batches import tokenise

    asked = RunSpec()
    examples = load(asked.data).splits.train
    real, _ = tokenise(tokenizer, examples, asked.prompt.template, 512, 128)
    found = forecast(asked, hardware.machine()).material.lengths["train"]
    assert sum(found.mean) == pytest.approx(sum(real.lengths) / len(real), rel=0.1)


@pytest.mark.parametrize(("method", "accumulation"), [("full", 2), ("lora", 1)])
def test_steps_parameters_and_memory_are_those_of_a_run(make: Make, method: str, accumulation: int) -> None:
    run = make(
        method,
        **{
            "base.name": "builtin", "data.train": 44, "data.validation": 8, "train.max_steps": 0, "train.epochs": 1.5,
            "train.accumulation": accumulation, "train.evaluate_every": 2, "train.dtype": "float32",
        },
    )  # fmt: skip
    made = forecast(run.spec(), hardware.machine())
    work(run)
    manifest = run.manifest()
    assert made.parameters is not None and made.steps is not None and made.peak is not None
    assert {"trainable": made.parameters.trainable, "total": made.parameters.total} == {
        key: manifest["parameters"][key] for key in ("trainable", "total")
    }
    assert made.steps.total == manifest["steps"]
    evaluations = [event for event in run.events() if isinstance(event, events.Evaluation)]
    assert made.steps.evaluations == len(evaluations)
    for split, count in made.material.counts.items():
        assert count == manifest["data"]["splits"][split]["examples"]
    assert made.peak == pytest.approx(manifest["peak_memory"]["process"], rel=0.35)


def small(**fields: Any) -> RunSpec:
    values = {"method": "lora", "data.train": 40, "data.validation": 4, "data.test": 4, "decode.max_new_tokens": 8}
    return spec.from_dict(spec.nested({**values, **fields}))


def test_a_probe_measures(tmp_path: Path) -> None:
    found = probe.Probe(small()).result()
    assert found is not None
    assert (found.trainable, found.total) == (200_704, 7_642_880)
    assert found.examples == {"train": 40, "validation": 4, "test": 4}
    assert found.seconds_per_step and found.seconds_per_token and found.seconds_per_summary
    assert found.load_seconds > 0 and 50 < found.tokens_per_example < 400 and found.peak_memory > 100 << 20
    made = forecast(small(), hardware.machine(), [], found)
    assert made.pace.total is not None and made.peak == found.peak_memory


def test_a_probe_of_what_cannot_be_loaded_says_so(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text("{}")
    with pytest.raises(BaseError, match="cannot be loaded"):
        probe.Probe(small(**{"base.name": str(tmp_path / "base")})).result()


@pytest.mark.parametrize("how", ["cancelled", "left"])
def test_a_probe_ends_when_nobody_wants_it(how: str) -> None:
    started = probe.Probe(small())
    worker = psutil.Process(started._process.pid)
    if how == "cancelled":
        started.cancel()
        assert started.result() is None
    else:
        assert started._process.stdin is not None
        time.sleep(0.5)  # as a terminal that dies: the pipe breaks
        started._process.stdin.close()
    deadline = time.monotonic() + 60
    while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
    started._process.wait()
