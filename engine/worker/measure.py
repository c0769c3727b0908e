"""``python -m engine.worker.measure SPEC.toml``: a few steps of a spec, timed and weighed, as one JSON line on stdout.

The base is loaded, the examples are read and cut as in a run, the heaviest training batch comes first (so that the
peak of memory is the run's), then batches of usual length; last, a batch of test dialogues is decoded. No run folder
is touched.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from transformers import set_seed

from engine import builtin, tasks
from engine.data.examples import Example, Splits
from engine.data.sources import is_hub_id, load
from engine.errors import SpecError
from engine.hardware import peak_memory
from engine.spec import RunSpec
from engine.spec import load as load_spec
from engine.worker.bases import continued, ground, load_tokenizer
from engine.worker.batches import MEGABATCH, Collator, LikeLengths, Row, Rows, tokenise
from engine.worker.decoding import batch_limits, decode
from engine.worker.fast import quicken
from engine.worker.hub import load_hub
from engine.worker.loss import LabelLoss
from engine.worker.methods import parameters, prepare
from engine.worker.precision import Precision, choose
from engine.worker.quantised import placed

STEPS = 5
"""Batches of usual length that are timed."""
PATIENCE = 60.0
"""Seconds after which no further batch is begun."""
SAMPLE = 800
"""Training examples that are tokenised, evenly spread over the split, beside those of the heaviest batch."""
DECODED = 8
"""Test dialogues that are decoded."""


def measure(spec: RunSpec, home: Path) -> dict[str, Any]:
    """What the probe found, as :class:`engine.forecast.probe.Probed` reads it."""
    began = time.monotonic()
    if tasks.named(spec.task).head != "seq2seq":
        raise SpecError(f"A run of task {spec.task} cannot be probed", "The probe times training and decoding of texts")
    set_seed(spec.train.seed)
    precision = choose(spec.train.dtype)
    splits = _splits(spec)
    tokenizer = load_tokenizer(spec.base)
    model = prepare(ground(spec, home), spec, tokenizer, continued(spec, home))
    counts = parameters(model)
    model = placed(model, precision.device)
    quicken(model, precision.device)
    loaded = time.monotonic() - began
    limits = (spec.data.max_source_tokens, spec.data.max_target_tokens)
    rows, _ = tokenise(tokenizer, _spread(splits.train, SAMPLE), spec.prompt.template, *limits)
    longest, _ = tokenise(tokenizer, _longest(splits.train, spec.train.batch_size), spec.prompt.template, *limits)
    found: dict[str, Any] = {
        "device": precision.device.type,
        "dtype": str(precision.dtype).removeprefix("torch."),
        "trainable": counts.trainable,
        "total": counts.total,
        "load_seconds": loaded,
        "tokens_per_example": fmean(rows.lengths) if len(rows) else 0.0,
        "examples": {name: len(getattr(splits, name)) for name in ("train", "validation", "test")},
        "seconds_per_step": None,
        "seconds_per_token": None,
        "seconds_per_summary": None,
    }
    if spec.trains:
        found |= _training(model, longest.rows, rows, spec, precision, tokenizer.pad_token_id)
    tests, _ = tokenise(tokenizer, _spread(splits.test, 4 * DECODED), spec.prompt.template, *limits, targets=False)
    if len(tests):
        found["seconds_per_summary"] = _decoding(model, tokenizer, tests, spec, precision)
    on_gpu = precision.device.type == "cuda"
    found["peak_memory"] = torch.cuda.max_memory_reserved() if on_gpu else peak_memory()
    return found


def _splits(spec: RunSpec) -> Splits:
    hub = spec.data.source != builtin.NAME and is_hub_id(spec.data.source)
    return (load_hub if hub else load)(spec.data, need_train=spec.needs_training_examples).splits


def _spread(examples: Sequence[Any], most: int) -> list[Any]:
    """At most ``most`` of ``examples``, from everywhere in the split."""
    return [examples[at * len(examples) // most] for at in range(most)] if len(examples) > most else list(examples)


def _longest(examples: Sequence[Example], size: int) -> list[Example]:
    """A batch like the one that a run meets first: the longest among those that are sorted together."""
    ordered = sorted(examples, key=lambda example: -len(example.dialogue) - len(example.references[0]))
    return ordered[:: max(1, -(-len(ordered) // (MEGABATCH * size)))][:size]


def _training(
    model: Any, heaviest: list[Row], rows: Rows, spec: RunSpec, precision: Precision, pad: int
) -> dict[str, Any]:
    """Seconds of steps on batches of usual length, the heaviest batch having gone before."""
    size = min(spec.train.batch_size, len(rows))
    order = list(LikeLengths(rows.lengths, size, spec.train.seed))
    batches = [[rows[i] for i in order[at : at + size]] for at in range(0, len(order) - size + 1, size)]
    batches.sort(key=_tokens)
    usual = [batches[(2 * at + 1) * len(batches) // (2 * STEPS)] for at in range(STEPS)]
    label_loss, collate = LabelLoss(model), Collator(pad)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-9, fused=True)
    model.train()
    _step(model, heaviest, label_loss, collate, optimizer, precision)  # makes the optimizer's state
    _step(model, heaviest, label_loss, collate, optimizer, precision)  # the peak, that state included
    until = time.monotonic() + PATIENCE
    seconds, tokens = [], []
    for batch in usual:
        seconds.append(_step(model, batch, label_loss, collate, optimizer, precision))
        tokens.append(_tokens(batch))
        if time.monotonic() > until:
            break
    each = sum(seconds) / sum(tokens)
    per_batch = each * size * fmean(rows.lengths)
    return {"seconds_per_token": each, "seconds_per_step": per_batch * spec.train.accumulation}


def _step(
    model: Any, batch: list[Row], label_loss: LabelLoss, collate: Collator, optimizer: Any, precision: Precision
) -> float:
    """Seconds of one optimizer step; the weights hardly move."""
    began = time.perf_counter()
    inputs = {key: value.to(precision.device) for key, value in collate(batch).items()}
    with precision.autocast():
        total, labels, _ = label_loss(model, inputs)
    (total / labels).backward()
    torch.nn.utils.clip_grad_norm_(optimizer.param_groups[0]["params"], 1.0)
    optimizer.step()
    optimizer.zero_grad()
    float(total.detach())  # waits for the device
    return time.perf_counter() - began


def _decoding(model: Any, tokenizer: Any, rows: Rows, spec: RunSpec, precision: Precision) -> float:
    """Seconds to decode one dialogue, in a batch as large as a probe can afford."""
    _, most = batch_limits(model, spec.decode, precision.device.type != "cpu")
    some = _spread(sorted(rows.rows, key=lambda row: len(row.source)), min(DECODED, most))
    began = time.perf_counter()
    done = sum(map(len, decode(model, tokenizer, some, spec.decode, precision)))
    return (time.perf_counter() - began) / max(done, 1)


def _tokens(batch: list[Row]) -> int:
    return sum(len(row.source) + len(row.target) for row in batch)


def _end_with_stdin() -> None:
    """End this process as soon as the one that started it has gone."""

    def wait() -> None:
        while os.read(0, 4096):  # not sys.stdin, whose lock this thread would still hold at the interpreter's end
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def main() -> int:
    """Print one line: the figures, or the error."""
    parser = argparse.ArgumentParser(prog="python -m engine.worker.measure")
    parser.add_argument("spec", type=Path)
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input does")
    asked = parser.parse_args()
    if asked.end_with_stdin:
        _end_with_stdin()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the libraries print must not get between
    code = 0
    try:
        found = measure(load_spec(asked.spec), asked.spec.parent)
    except Exception as error:  # whatever it was, whoever asked must be told
        traceback.print_exc()
        from engine.worker.pipeline import as_failure

        failure = as_failure(error)
        found = {"error": {"happened": failure.happened, "why": failure.why, "todo": failure.todo}}
        code = failure.exit_code
    print(json.dumps(found), file=out, flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
