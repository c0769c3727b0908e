"""The pretraining loop: a budget of minutes rather than of steps, resumable, with its progress in lines.

The learning rate warms up, stays, and falls to zero exactly when the minutes are over, however
fast the machine is; time spent before a resume counts.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase

from engine.worker.pretraining import batches, model, optimiser
from engine.worker.pretraining.batches import start_writer

WARM_UP = 0.02
"""Share of the minutes in which the rate rises."""
DECAY = 0.5
"""Share of the minutes, the last, in which it falls."""

QUERY_SHARE = 0.2
"""Query matrices' share of Muon's rate."""


@dataclass(frozen=True)
class Plan:
    """What a pretraining run is asked."""

    data: Path
    """Folder with chatterbot, qmsum, squality and taskmaster4 (``.jsonl``)."""
    out: Path
    """Folder for checkpoints and, in the end, the base."""
    cache: Path
    """Folder for chunks of tokenised examples."""
    tokenizer: Path
    minutes: float
    """Wall time to train for."""
    seed: str = "pretraining"
    budget: int = 5200
    """Padded tokens (source and target) a batch."""
    most: int = 64
    """Examples a batch at most."""
    rate: float = 0.008
    """Muon's learning rate."""
    embedding_rate: float = 0.006
    head_rate: float = 0.003
    small_rate: float = 0.005
    """Norms and position biases."""
    threads: int = 2
    checkpoint_minutes: float = 5.0
    report_seconds: float = 15.0


@dataclass
class Tally:
    """What a run has done so far; ends up in the model card."""

    steps: int = 0
    examples: int = 0
    source_tokens: int = 0
    target_tokens: int = 0
    seconds: float = 0.0
    chunk: int = 0
    loss: float = math.nan
    """Cross-entropy per target token, averaged over about the last 100 steps."""


def scale(progress: float) -> float:
    """The learning rate's share of its peak after ``progress`` (0 to 1) of the time."""
    if progress < WARM_UP:
        return (progress + 0.002) / (WARM_UP + 0.002)
    return min(1.0, max(0.0, (1.0 - progress) / DECAY))


class Trainer:
    """Model, optimisers and tally; saved and restored as one."""

    def __init__(self, plan: Plan, vocabulary: int) -> None:
        torch.manual_seed(0)
        self.plan = plan
        self.tally = Tally()
        self.model = model.build(vocabulary)
        model.quicken(self.model, norms=True)
        self.model.train()
        matrices, queries, rest = optimiser.split(self.model)
        self.muon = optimiser.Muon(matrices)
        self.query_muon = optimiser.Muon(queries)
        rates = {"embedding": plan.embedding_rate, "head": plan.head_rate, "small": plan.small_rate}
        self.adam = torch.optim.AdamW(
            [{"params": rest[kind], "lr": rate, "peak": rate} for kind, rate in rates.items()],
            betas=(0.9, 0.98), weight_decay=0.0, fused=True,
        )  # fmt: skip

    @property
    def checkpoint(self) -> Path:
        """Where the resumable state lies."""
        return self.plan.out / "checkpoint.pt"

    def save(self) -> None:
        """Replace the checkpoint, whole or not at all."""
        state = {"model": self.model.state_dict(), "muon": self.muon.state_dict(),
                 "query_muon": self.query_muon.state_dict(), "adam": self.adam.state_dict(),
                 "tally": asdict(self.tally)}  # fmt: skip
        partial = self.checkpoint.with_suffix(".part")
        torch.save(state, partial)
        partial.replace(self.checkpoint)

    def resume(self) -> None:
        """Continue from the checkpoint.

        Raises ``FileNotFoundError`` when there is none.
        """
        state: dict[str, Any] = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.muon.load_state_dict(state["muon"])
        self.query_muon.load_state_dict(state["query_muon"])
        self.adam.load_state_dict(state["adam"])
        self.tally = Tally(**state["tally"])

    def step(self, batch: batches.Batch, progress: float) -> float:
        """Learn from one batch; the loss per target token."""
        total, labels = model.loss_of(self.model, batch.source, batch.target)
        loss = total / labels
        loss.backward()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise FloatingPointError(
                f"the loss became {value} at step {self.tally.steps}; resume from {self.checkpoint} with a lower --rate"
            )
        # Muon's step does not depend on the gradient's size; what AdamW moves is clipped on its own.
        torch.nn.utils.clip_grad_norm_([p for group in self.adam.param_groups for p in group["params"]], 1.0)
        now = scale(progress)
        self.muon.step(self.plan.rate * now)
        self.query_muon.step(self.plan.rate * QUERY_SHARE * now)
        for group in self.adam.param_groups:
            group["lr"] = group["peak"] * now
        self.adam.step()
        for parameter in self.model.parameters():
            parameter.grad = None
        tally = self.tally
        tally.steps += 1
        tally.examples += len(batch.source)
        tally.source_tokens += int(batch.source.ne(0).sum())
        tally.target_tokens += labels
        tally.loss = value if math.isnan(tally.loss) else tally.loss + (value - tally.loss) / min(tally.steps, 100)
        return value


def train(plan: Plan, tokenizer: PreTrainedTokenizerBase, resume: bool = False) -> Trainer:
    """Train for ``plan.minutes`` (in all, resumed time included) and leave a checkpoint.

    Raises ``FloatingPointError`` when the loss is no longer a number, ``TimeoutError`` when no
    examples arrive.
    """
    torch.set_num_threads(plan.threads)
    plan.out.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(plan, len(tokenizer))
    if resume:
        trainer.resume()
        trainer.tally.chunk += 1  # the rest of the chunk it stopped in is skipped
    cache = plan.cache / batches.fingerprint(plan.tokenizer)
    writer = start_writer(plan.data, plan.tokenizer, cache, plan.seed, trainer.tally.chunk)
    total = plan.minutes * 60
    before = trainer.tally.seconds
    begun: float | None = None
    reported = saved = 0.0
    tally = trainer.tally
    try:
        for number, batch in batches.batches(cache, tally.chunk, plan.budget, plan.most, plan.seed):
            now = time.monotonic()
            if begun is None:  # the first chunk's writing is not training time
                begun = reported = saved = now
                since = (0.0, tally.examples)
            tally.seconds = before + now - begun
            tally.chunk = number
            if tally.seconds >= total:
                break
            trainer.step(batch, tally.seconds / total)
            if now - reported >= plan.report_seconds:
                speed = (tally.examples - since[1]) / max(tally.seconds - before - since[0], 1e-9)
                since = (tally.seconds - before, tally.examples)
                left = (total - tally.seconds) / 60
                print(f"{time.strftime('%H:%M:%S')} step {tally.steps} loss {tally.loss:.3f} "
                      f"examples {tally.examples} ({speed:.1f}/s) {left:.1f} min left", flush=True)  # fmt: skip
                reported = now
            if now - saved >= plan.checkpoint_minutes * 60:
                trainer.save()
                saved = now
    finally:
        writer.terminate()
    trainer.save()
    (plan.out / "tally.json").write_text(json.dumps(asdict(tally), indent=2) + "\n", encoding="utf-8")
    return trainer
