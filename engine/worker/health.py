"""What a worker looks at beside its work: leaks between its splits, what the training forgot, whether it did anything.

Nothing here draws a random number or leaves a module in another mode, so that a run with and without it trains alike;
and nothing here ends a run: what cannot be looked at is told and left.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from engine.data import duplicates, general
from engine.data.duplicates import Duplicates
from engine.data.examples import Example, Splits
from engine.data.leakage import Leakage, texts
from engine.errors import DataError
from engine.runs.health import change, forgetting, leaks, record
from engine.runs.health.change import Change
from engine.spec import RunSpec
from engine.worker.batches import IGNORED, Collator, Row, Rows, by_tokens
from engine.worker.precision import Precision
from engine.worker.reporting import Reporter

MOST_NEAR = 60_000
"""Dialogues up to which near duplicates are looked for as well as exact ones: about twenty seconds."""
BATCH_TOKENS, BATCH_ROWS = 2048, 16
"""Of general prompts: padded source and target tokens, and prompts, at once."""
LONGEST_INPUT, LONGEST_TARGET = 512, 64
"""Tokens of a general prompt and of its answer; what is longer is cut."""
SHOWN = 4
"""Training examples whose outputs before and after are compared, with :data:`SHOWN_TOKENS` tokens of each summary."""
SHOWN_TOKENS = 16
LOOKED_AT = 4096
"""Weights of each trained tensor that are compared before and after."""


def look_for_leaks(splits: Splits, spec: RunSpec, reporter: Reporter) -> None:
    """Count what of the test and validation examples is among those trained on; tell it and record it.

    Of a resumed run on the same examples the record stands. Raises Stopped when asked to stop meanwhile.
    """
    if spec.method == "zero-shot" or not splits.train:
        return
    known = record.read(reporter.run).leaks
    if known is not None and known.fingerprint == splits.fingerprint():
        return
    began = time.monotonic()
    dialogues = texts(splits)
    near = len(dialogues) <= MOST_NEAR
    reporter.phase("loading", 4 * len(dialogues) if near else 0)

    def progress(done: int, _total: int) -> None:
        reporter.check()
        reporter.progress(done)

    found = duplicates.find(dialogues, progress) if near else Duplicates(duplicates.copies(dialogues))
    seen = leaks.leaks(splits, Leakage(splits, found), near, time.monotonic() - began)
    record.note(reporter.run, leaks=seen)
    reporter.phase("loading")
    reporter.findings(leaks.findings(seen))
    if not near:
        reporter.notice(
            "info", "leak-exact",
            f"Of {len(dialogues):,} dialogues only exact duplicates were looked for; near ones up to {MOST_NEAR:,}.",
        )  # fmt: skip


class Checkup:
    """Looks at a model before its training, and once more after it."""

    def __init__(
        self, model: Any, tokenizer: Any, train: Rows, spec: RunSpec, precision: Precision, reporter: Reporter
    ) -> None:
        """Look at ``model`` as it is before. Raises Stopped when asked to stop meanwhile."""
        self._model, self._precision, self._reporter = model, precision, reporter
        self._collate = Collator(tokenizer.pad_token_id)
        self._weights = {name: _some(weight) for name, weight in model.named_parameters() if weight.requires_grad}
        answers = bool(getattr(model.config, "is_encoder_decoder", False))
        self._shown = [Row(r.example, r.source, r.target[:SHOWN_TOKENS]) for r in train.rows[:SHOWN] if answers]
        self._prompts: list[Row] = []
        self._tasks: list[str] = []
        self._source, self._left_out = spec.forgetting.prompts, 0
        if answers and spec.forgetting.check:
            self._read(tokenizer)
        self._seconds = 0.0
        self._outputs: list[torch.Tensor] = []
        self._before: list[float] = []
        with self._alone("before training"), _plain(model):
            self._outputs = self._answer()
            self._before = self._losses()
        reporter.check()

    def after(self, steps: int) -> None:
        """Look again after ``steps`` optimizer steps; tell and record what changed."""
        if self._reporter.poll():
            return
        with self._alone("after training"):
            seen = self._changed()
            record.note(self._reporter.run, change=seen)
            self._reporter.findings(change.findings(seen, steps))
            if not self._before or len(after := self._losses()) != len(self._before):
                return
            found = forgetting.compare(self._source, self._tasks, self._before, after, self._seconds, self._left_out)
            record.note(self._reporter.run, forgetting=found)
            self._reporter.findings(forgetting.findings(found))

    def _read(self, tokenizer: Any) -> None:
        try:
            prompts, self._left_out = general.read(self._source)
        except DataError as error:
            self._reporter.notice("warning", "forgetting", f"What the base forgets is not measured. {error}")
            return
        if self._left_out:
            self._reporter.notice("info", "forgetting", general.told(self._left_out))
        sources = tokenizer([p.input for p in prompts], truncation=True, max_length=LONGEST_INPUT)["input_ids"]
        targets = tokenizer(text_target=[p.target for p in prompts], truncation=True, max_length=LONGEST_TARGET)
        self._prompts = [
            Row(Example(str(at), "", ()), *ids)
            for at, ids in enumerate(zip(sources, targets["input_ids"], strict=True))
        ]
        self._tasks = [prompt.task for prompt in prompts]

    @contextlib.contextmanager
    def _alone(self, when: str) -> Iterator[None]:
        """Evaluation mode without gradients; memory that runs out ends the looking, not the run."""
        was_training = self._model.training
        self._model.eval()
        began = time.monotonic()
        try:
            with torch.no_grad():
                yield
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            self._reporter.notice("info", "health", f"The model was not looked at {when}: too little GPU memory.")
        finally:
            self._model.train(was_training)
            self._seconds += time.monotonic() - began

    def _answer(self) -> list[torch.Tensor]:
        """Outputs of the shown examples: one (target_length, vocabulary) each, in float32 whatever the run takes."""
        return [self._logits([row])[0].float().cpu() for row in self._shown]

    def _losses(self) -> list[float]:
        """Nats per target token of each general prompt; a part of them when asked to stop meanwhile."""
        found = [float("nan")] * len(self._prompts)
        if not found:
            return []
        self._reporter.phase("evaluating", len(found), "prompts")
        done = 0
        for batch in by_tokens([len(r.source) + len(r.target) for r in self._prompts], BATCH_TOKENS, BATCH_ROWS):
            if self._reporter.poll():
                return []
            rows = [self._prompts[at] for at in batch]
            with self._precision.autocast():
                logits = self._logits(rows)
            labels = self._labels(rows)
            losses = nn.functional.cross_entropy(
                logits.float().transpose(1, 2), labels, ignore_index=IGNORED, reduction="none"
            )  # (batch, target_length)
            means = losses.sum(dim=1) / (labels != IGNORED).sum(dim=1)
            for at, mean in zip(batch, means.tolist(), strict=True):
                found[at] = mean
            done += len(batch)
            self._reporter.progress(done)
        return found

    def _logits(self, rows: list[Row]) -> torch.Tensor:
        """(batch, target_length, vocabulary)."""
        inputs = {name: value.to(self._precision.device) for name, value in self._collate(rows).items()}
        found: torch.Tensor = self._model(**inputs, use_cache=False).logits
        return found

    def _labels(self, rows: list[Row]) -> torch.Tensor:
        return self._collate(rows)["labels"].to(self._precision.device)

    def _changed(self) -> Change:
        outputs = largest = weights = 0.0
        for before, after in zip(self._outputs, self._answer() if self._outputs else (), strict=True):
            largest = max(largest, _most(before))
            outputs = max(outputs, _most(after - before))
        now = {name: _some(weight) for name, weight in self._model.named_parameters() if name in self._weights}
        gaps = [_most(now[name] - before) for name, before in self._weights.items() if name in now]
        if gaps:
            weights = max(gaps)
        return Change(
            len(self._outputs), outputs, largest, weights, sum(map(len, self._weights.values())), len(self._weights),
            sum(gap > 0 for gap in gaps),
        )  # fmt: skip


def _some(weight: torch.Tensor) -> torch.Tensor:
    """Up to :data:`LOOKED_AT` of its numbers, spread evenly over it."""
    flat = weight.detach().reshape(-1)
    return flat[:: -(-len(flat) // LOOKED_AT)].float().cpu().clone()


def _most(values: torch.Tensor) -> float:
    """The largest absolute value; where one is no number, the largest float there is."""
    found = float(values.abs().max()) if values.numel() else 0.0
    return found if found < 3.4e38 else 3.4e38


def _plain(model: Any) -> contextlib.AbstractContextManager[object]:
    """The base as it is: without the adapter, which some ways of starting one let say something from the start."""
    without = getattr(model, "disable_adapter", None)
    return without() if without is not None else contextlib.nullcontext()
