"""Evaluation on the validation split, the best weights so far, and when to give up waiting for better ones."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from engine.errors import RunFailed
from engine.runs.checksums import digest
from engine.runs.events import Evaluation, Sample
from engine.runs.files import read_json, sync, write_json
from engine.runs.trends import LossTrend
from engine.spec import RunSpec
from engine.worker import disk, scoring
from engine.worker.batches import Collator, Rows, by_tokens
from engine.worker.checkpoints import Checkpoints
from engine.worker.decoding import CPU_TOKENS, GPU_ROWS, GPU_TOKENS, decode
from engine.worker.loss import LabelLoss
from engine.worker.memory import Room, cut, halving
from engine.worker.precision import Precision
from engine.worker.reporting import Reporter, Stopped

WEIGHTS = "weights.safetensors"
"""The best weights of an older version's run."""
CPU_ROWS = 32


class Evaluator:
    """Measures a model in training, keeps its best weights in ``folder`` and counts evaluations without a better one.

    What it knows goes into every checkpoint, and :meth:`restore` takes it from one: a resumed run knows the best of
    the steps before, and nothing of later ones that are done again.
    """

    def __init__(
        self, model: Any, tokenizer: Any, rows: Rows, spec: RunSpec, precision: Precision, folder: Path,
        reporter: Reporter, label_loss: LabelLoss,
    ) -> None:  # fmt: skip
        self.trend: LossTrend | None = None
        """What watches the training, set by who trains."""
        self.checkpoints: Checkpoints | None = None
        """Where the training's checkpoints are, set by who trains."""
        self.model, self.tokenizer, self.rows, self.spec = model, tokenizer, rows, spec
        self.precision, self.folder, self.reporter, self.label_loss = precision, folder, reporter, label_loss
        self.best_step = self.last_step = -1
        """Steps of the best evaluation and of the last one that came to its end."""
        self._best_value: float | None = None
        self._best_metrics: dict[str, float] = {}
        self._weights, self._sum = "", ""
        self._without_gain = 0
        self.room = Room(reporter, spec.train, precision)
        spread = max(1, len(rows) // max(1, spec.train.samples))
        self._samples = [rows[i] for i in range(0, len(rows), spread)][: spec.train.samples]
        write_json(reporter.run.samples_path, [asdict(row.example) for row in self._samples])

    def state(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {
            "step": self.best_step, "last_step": self.last_step, "value": self._best_value,
            "without_gain": self._without_gain, "metrics": self._best_metrics, "weights": self._weights,
            "sha256": self._sum,
        }  # fmt: skip

    def restore(self, kept: dict[str, Any], step: int) -> None:
        """Know what a checkpoint of ``step`` knew. One of an older version knew nothing: what it left counts."""
        older = not kept
        kept = kept or read_json(self.folder / "best.json")
        if not kept or (older and kept.get("step", -1) > step):
            self.last_step = step  # an older version evaluated before it saved
            return
        self.best_step, self._best_value = kept["step"], kept["value"]
        self.last_step = kept.get("last_step", step)
        self._without_gain, self._best_metrics = kept["without_gain"], kept["metrics"]
        self._weights, self._sum = kept.get("weights", WEIGHTS if older else ""), kept.get("sha256", "")
        if self._best_metrics:
            self.reporter.best(self._best_metrics)

    @property
    def exhausted(self) -> bool:
        """Whether ``train.patience`` evaluations in a row brought nothing better."""
        patience = self.spec.train.patience
        return bool(patience) and self._without_gain >= patience

    def __call__(self, step: int, epoch: float) -> dict[str, float]:
        """Figures of the model as it stands, also sent as events; empty when the run was told to stop meanwhile."""
        try:
            metrics = self._measure()
            samples = self._summaries(self._samples)
        except Stopped:
            return {}
        value = metrics[self.spec.train.metric]
        if not math.isfinite(metrics["loss"]):
            raise RunFailed(
                f"The validation loss became {metrics['loss']} at step {step}",
                "The weights or the numbers of the forward pass overflow",
                "Lower train.learning_rate or lengthen train.warmup; the best checkpoint so far is kept",
            )
        lower = self.spec.train.metric == "loss"
        better = self._best_value is None or (value < self._best_value if lower else value > self._best_value)
        self.reporter.event(Evaluation(step, epoch, metrics, better))
        for row, summary in zip(self._samples, samples, strict=True):
            self.reporter.event(Sample(step, row.example.id, summary))
        if self.trend is not None:
            self.reporter.findings(self.trend.validation(step, metrics["loss"]))
        self._without_gain = 0 if better else self._without_gain + 1
        if better:
            self._best_value, self.best_step, self._best_metrics = value, step, {"step": step, **metrics}
            self.reporter.best(self._best_metrics)
            if self.spec.train.keep_best:
                self.reporter.persevere("the best weights", self._keep, disk.fresh(self.folder))
        self.last_step = step
        return {f"eval_{name}": number for name, number in metrics.items()}

    def restore_best(self, present_step: int) -> bool:
        """Put the best weights back into the model; False when they are the present ones, or none were kept.

        Damaged ones are left out with a notice: the model stays as it was trained last.
        """
        path = self.folder / self._weights
        if not self.spec.train.keep_best or self.best_step in (-1, present_step) or not self._weights:
            return False
        if not path.is_file() or (self._sum and digest(path) != self._sum):
            self.reporter.notice(
                "warning", "best",
                f"The best weights, of step {self.best_step}, are {'damaged' if path.is_file() else 'gone'}, "
                f"so those of the last step, {present_step}, are kept.",
            )  # fmt: skip
            return False
        best = load_file(path)
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if name in best:
                    parameter.copy_(best[name])
        return True

    def _measure(self) -> dict[str, float]:
        metrics = {"loss": self._loss()}
        if self.spec.train.metric != "loss":
            references = [row.example.references for row in self.rows.rows]
            scores = scoring.score(self._summaries(self.rows.rows, count=True), references)
            metrics |= {name: fmean(score[name] for score in scores) for name in scoring.ROUGE}
        return metrics

    @torch.no_grad()
    def _loss(self) -> float:
        """Cross-entropy per label token over the whole split, dropout off."""
        on_gpu = self.precision.device.type != "cpu"
        budget, most = (GPU_TOKENS, GPU_ROWS) if on_gpu else (CPU_TOKENS, CPU_ROWS)
        collate = Collator(self.tokenizer.pad_token_id)
        self.reporter.phase("evaluating", len(self.rows), "examples")
        total, labels, done = 0.0, 0, 0
        was_training = self.model.training
        self.model.eval()

        def measured(batch: list[int]) -> tuple[float, int]:
            self.reporter.check()
            inputs = {k: v.to(self.precision.device) for k, v in collate([self.rows[i] for i in batch]).items()}
            with self.precision.autocast():
                loss, count, _ = self.label_loss(self.model, inputs)
            return float(loss), int(count)

        smaller = self.room.smaller_work("evaluating")
        batches = cut(by_tokens(self.rows.lengths, budget, most), self.room.parts("evaluating"))
        try:
            for batch, (loss, count) in halving(batches, measured, smaller):
                total, labels, done = total + loss, labels + count, done + len(batch)
                self.reporter.progress(done)
        finally:
            self.model.train(was_training)
        return total / max(labels, 1)

    def _summaries(self, rows: Any, count: bool = False) -> list[str]:
        if count:
            self.reporter.phase("evaluating", len(rows), "summaries")
        found = [""] * len(rows)
        done = 0
        for batch in decode(
            self.model, self.tokenizer, rows, self.spec.decode, self.precision, self.room.smaller_work("decoding"),
            self.reporter.check, parts=self.room.parts("decoding"),
        ):  # fmt: skip
            for decoded in batch:
                found[decoded.index] = decoded.summary
            done += len(batch)
            if count:
                self.reporter.progress(done)
            self.reporter.check()
        return found

    def _keep(self) -> None:
        """Write what is trained under a name of its own: a checkpoint may still speak of the weights before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._weights = f"step-{self.best_step}.safetensors"
        draft = self.folder / f".{self._weights}"
        save_file(
            {n: p.detach().contiguous().cpu() for n, p in self.model.named_parameters() if p.requires_grad}, draft
        )
        self._sum = digest(draft)
        sync(draft)
        draft.replace(self.folder / self._weights)
        sync(self.folder)
        if self.checkpoints is not None:
            self.checkpoints.forget(self._weights)
