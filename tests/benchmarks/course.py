"""How much faster than the course's notebook: ``python -m tests.benchmarks.course [--examples 64] [--rounds 1]``.

The same examples, the same untied FLAN-T5-small shape with random weights (flan-t5-base with ``--base``), on this
machine, each measurement in a process of its own (for its peak memory), ours and the course's taking turns:

- **training**, full and LoRA r=32: the course pads both sides to 512, float32, batch 8, plain ``Trainer``;
  ours is :func:`engine.worker.training.train` with a default spec.
- **decoding** 40 tokens a dialogue: the course calls ``generate`` for one row after another; ours is
  :func:`engine.worker.decoding.decode`. Per dialogue, and for the whole test table, where the course decodes
  each of the three reference rows of a dialogue.
- **loss**: the same batch, the same weights, no dropout: ours against the model's own.

DialogSum and T5's tokenizer come from ``../shared/data`` where it exists, else the built-in ones.
"""

from __future__ import annotations

import argparse
import copy
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SMALL = {"d_model": 512, "d_kv": 64, "d_ff": 1024, "num_layers": 8, "num_heads": 6}
BASE = {"d_model": 768, "d_kv": 64, "d_ff": 2048, "num_layers": 12, "num_heads": 12}
NEW_TOKENS = 40
REFERENCES = 3
"""Rows of DialogSum's test table a dialogue has."""


@dataclass(frozen=True)
class Measured:
    """One process's result."""

    per_second: float
    """Examples trained or dialogues decoded."""
    peak: int
    """Bytes: highest resident memory, or on a GPU torch's peak."""


def build(shape: dict[str, int]) -> Any:
    """An untied FLAN-T5 of ``shape`` with random weights, the same in every process."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    from engine.worker.bases import untie

    torch.manual_seed(0)
    config = T5Config(
        vocab_size=32128, feed_forward_proj="gated-gelu", decoder_start_token_id=0, tie_word_embeddings=False, **shape
    )
    model = untie(T5ForConditionalGeneration(config))
    torch.nn.init.normal_(model.lm_head.weight, std=0.1)
    return model


def material(count: int) -> tuple[Any, list[Any], str]:
    """Tokenizer, examples, and where they came from."""
    from transformers import AutoTokenizer

    from engine import builtin
    from engine.data.sources import load
    from engine.spec import DataSpec

    shared = SHARED.is_dir()
    tokenizer = AutoTokenizer.from_pretrained(str(SHARED / "t5-tokenizer" if shared else builtin.BASE))
    source = str(SHARED / "dialogsum") if shared else builtin.NAME
    examples = list(load(DataSpec(source=source, train=count, validation=0, test=0)).splits.train)
    return tokenizer, examples, source


def course_training(model: Any, tokenizer: Any, examples: list[Any], method: str) -> float:
    """Seconds of ``Trainer.train`` the way the course's notebook sets it up."""
    from datasets import Dataset
    from transformers import Trainer, TrainingArguments

    from engine.spec import PROMPT, RunSpec
    from engine.worker.methods import prepare

    model = prepare(model, RunSpec(method=method))
    prompts = [PROMPT.replace("{dialogue}", example.dialogue) for example in examples]
    padded = {"padding": "max_length", "truncation": True, "max_length": 512}
    rows = {
        "input_ids": tokenizer(prompts, **padded)["input_ids"],
        "labels": tokenizer([example.references[0] for example in examples], **padded)["input_ids"],
    }
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder, learning_rate=1e-5, num_train_epochs=1, per_device_train_batch_size=8, report_to=[],
            save_strategy="no", disable_tqdm=True, weight_decay=0.01,
        )  # fmt: skip
        trainer = Trainer(model=model, args=arguments, train_dataset=Dataset.from_dict(rows))
        began = time.perf_counter()
        trainer.train()
        return time.perf_counter() - began


def our_training(model: Any, tokenizer: Any, examples: list[Any], method: str) -> float:
    """Seconds of our training, run folder and events included."""
    from engine.runs.workspace import Workspace
    from engine.spec import PROMPT, RunSpec, TrainSpec
    from engine.worker.batches import tokenise
    from engine.worker.fast import quicken
    from engine.worker.loss import LabelLoss
    from engine.worker.methods import prepare
    from engine.worker.precision import choose
    from engine.worker.reporting import Reporter
    from engine.worker.training import train

    spec = RunSpec(method=method, train=TrainSpec(learning_rate=1e-5, epochs=1, batch_size=8))
    precision = choose(spec.train.dtype)
    print(f"  ours computes in {precision.dtype}: {precision.reason}", file=sys.stderr)
    rows, _ = tokenise(tokenizer, examples, PROMPT, 512, 128)
    with tempfile.TemporaryDirectory() as folder:
        run = Workspace(Path(folder)).create(spec)
        model = prepare(model, spec).to(precision.device)
        quicken(model, precision.device)
        with Reporter(run) as reporter:
            began = time.perf_counter()
            train(
                model, rows, spec.train, precision, tokenizer.pad_token_id, run.checkpoints_path, reporter,
                LabelLoss(model), None,
            )  # fmt: skip
            return time.perf_counter() - began


def course_decoding(model: Any, tokenizer: Any, examples: list[Any]) -> float:
    """Seconds of ``generate``, one dialogue after another."""
    import torch

    from engine.spec import PROMPT

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = model.to(device).eval()
    began = time.perf_counter()
    for example in examples:
        inputs = tokenizer(PROMPT.replace("{dialogue}", example.dialogue), return_tensors="pt").to(device)
        with torch.no_grad():
            model.generate(input_ids=inputs["input_ids"], max_new_tokens=NEW_TOKENS, min_new_tokens=NEW_TOKENS)
    return time.perf_counter() - began


def our_decoding(model: Any, tokenizer: Any, examples: list[Any]) -> float:
    """Seconds of our decoding of the same dialogues."""
    from engine.spec import PROMPT, DecodeSpec
    from engine.worker import decoding
    from engine.worker.batches import tokenise
    from engine.worker.fast import quicken
    from engine.worker.precision import choose

    precision = choose("auto")
    quicken(model.to(precision.device), precision.device)
    rows, _ = tokenise(tokenizer, examples, PROMPT, 512, 128, targets=False)
    plain = decoding.generation_config

    def never_early(model: Any, spec: DecodeSpec) -> Any:  # random weights would end where they like
        config = plain(model, spec)
        config.min_new_tokens = NEW_TOKENS
        return config

    decoding.generation_config = never_early
    began = time.perf_counter()
    done = sum(map(len, decoding.decode(model, tokenizer, rows.rows, DecodeSpec(max_new_tokens=NEW_TOKENS), precision)))
    seconds = time.perf_counter() - began
    if done != len(examples):
        raise RuntimeError("not every dialogue was decoded")
    return seconds


def loss_difference(model: Any, tokenizer: Any, examples: list[Any]) -> float:
    """Relative difference between our loss and the model's own on one batch of eight, dropout off, float32."""
    import torch

    from engine.spec import PROMPT
    from engine.worker.batches import Collator, tokenise
    from engine.worker.fast import quicken
    from engine.worker.loss import LabelLoss

    rows, _ = tokenise(tokenizer, examples[:8], PROMPT, 512, 128)
    batch = Collator(tokenizer.pad_token_id)(rows.rows)
    ours = copy.deepcopy(model).eval()
    quicken(ours, torch.device("cpu"))
    with torch.no_grad():
        plain = float(model.eval()(**batch).loss)
        total, labels, _ = LabelLoss(ours)(ours, batch)
    return abs(float(total) / int(labels) - plain) / plain


def child(what: str, who: str, count: int, shape: dict[str, int]) -> None:
    """Measure once in this process and print it as JSON."""
    import torch

    from engine.hardware import peak_memory

    tokenizer, examples, _ = material(count)
    model = build(shape)
    if what == "loss":
        print(json.dumps({"difference": loss_difference(model, tokenizer, examples)}))
        return
    if what == "decode":
        seconds = (course_decoding if who == "course" else our_decoding)(model, tokenizer, examples)
    else:
        seconds = (course_training if who == "course" else our_training)(model, tokenizer, examples, what)
    peak = torch.cuda.max_memory_allocated() if torch.cuda.is_available() else peak_memory()
    print(json.dumps(asdict(Measured(len(examples) / seconds, peak))))


def main() -> int:
    """Measure in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--base", action="store_true", help="FLAN-T5-base's shape instead of small's")
    parser.add_argument("--only", nargs="*", default=["loss", "full", "lora", "decode"])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    shape = BASE if asked.base else SMALL
    if asked.child:
        child(*asked.child, asked.examples, shape)
        return 0
    shared = "DialogSum" if SHARED.is_dir() else "built-in dialogues (../shared/data is absent)"
    print(
        f"{asked.examples} training examples of {shared}; FLAN-T5-{'base' if asked.base else 'small'}'s shape, untied"
    )
    for what in asked.only:
        if what == "loss":
            found = measure("loss", "ours", asked)
            print(f"loss: relative difference to the plain computation {found['difference']:.2e}")
            continue
        results: dict[str, list[Measured]] = {"course": [], "ours": []}
        for _ in range(asked.rounds):
            for who, measured in results.items():
                measured.append(Measured(**measure(what, who, asked)))
        speed = {who: fmean(m.per_second for m in found) for who, found in results.items()}
        peak = {who: max(m.peak for m in found) / 2**30 for who, found in results.items()}
        ratio = speed["ours"] / speed["course"]
        print(
            f"{what:7} course {speed['course']:6.2f}/s {peak['course']:5.1f} GiB   ours {speed['ours']:6.2f}/s "
            f"{peak['ours']:5.1f} GiB   {ratio:.1f} times as fast, {peak['ours'] / peak['course']:.2f} of the memory"
        )
        if what == "decode":
            print(
                f"        the whole test table ({REFERENCES} rows a dialogue): {REFERENCES * ratio:.1f} times as fast"
            )
    return 0


def measure(what: str, who: str, asked: argparse.Namespace) -> dict[str, Any]:
    """One child's result."""
    from engine.launch import worker_environment

    command = [sys.executable, "-m", "tests.benchmarks.course", "--child", what, who, "--examples", str(asked.examples)]
    if asked.base:
        command.append("--base")
    environment = worker_environment() if who == "ours" else None
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


if __name__ == "__main__":
    sys.exit(main())
