"""Training: transformers' Seq2SeqTrainer with our batches, our loss over real positions, and our events."""

from __future__ import annotations

import contextlib
import math
import os
import time
from pathlib import Path
from typing import Any

import torch
from transformers import Seq2SeqTrainingArguments, TrainerCallback, TrainerControl, TrainerState

from engine.errors import RunFailed
from engine.runs.checkpoints import best_of, number, state
from engine.runs.events import Checkpoint, Resumed, TrainStep
from engine.runs.history import caught_up
from engine.runs.trends import LossTrend
from engine.spec import TrainSpec
from engine.worker.batches import Collator, LikeLengths, Rows
from engine.worker.checkpoints import Checkpoints
from engine.worker.disk import named, persevering
from engine.worker.evaluation import Evaluator
from engine.worker.loss import LabelLoss
from engine.worker.memory import FittingTrainer, Room
from engine.worker.precision import Precision
from engine.worker.reporting import Reporter

REPORT_EVERY = 0.5
"""Seconds between training events; steps that take longer are reported each."""
SHORT = 500
"""A run of at most this many steps reports every one."""


class Enough(Exception):  # noqa: N818 - no error
    """A run was resumed whose training had come to its end: another step would be one too many."""


class Trainer(FittingTrainer):
    """Seq2SeqTrainer whose batches have like lengths and whose head sees only positions with a label."""

    control: TrainerControl

    def __init__(
        self, *args: Any, label_loss: LabelLoss, evaluator: Evaluator | None, checkpoints: Checkpoints, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.checkpoints, self._draft = checkpoints, ""
        self.evaluator = evaluator
        self.reporter: Reporter | None = None
        self.grad_norm: float | None = None
        self.tokens = 0
        """Source and target tokens trained on since somebody last set this to 0."""
        self.losses: list[torch.Tensor] = []
        """Losses of the batches since somebody last emptied this."""
        # compute_loss divides by the labels of all accumulated batches itself
        self.loss_is_scaled_for_ga = True
        self._label_loss = label_loss

    def compute_loss(
        self, model: Any, inputs: dict[str, torch.Tensor], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean cross-entropy over the labels of all batches of this optimizer step."""
        total, labels, outputs = self._label_loss(model, inputs)
        items = num_items_in_batch
        if items is None:
            items = labels * self.current_gradient_accumulation_steps
        loss = total / items
        self.tokens += int(inputs["attention_mask"].sum()) + int(labels)
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = loss * self.accelerator.num_processes  # items were summed over them
        return (loss, outputs) if return_outputs else loss

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """As transformers does it, remembering the loss for the next event."""
        loss = super().training_step(*args, **kwargs)
        self.losses.append(loss)
        return loss

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Our own evaluation, which decodes and reports."""
        if self.evaluator is None:
            return {}
        metrics = self.evaluator(self.state.global_step, float(self.state.epoch or 0))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        if self.evaluator.exhausted:
            self.control.should_training_stop = True
        if self.evaluator.last_step != self.state.global_step and not self.evaluator.reporter.discarding:
            # Told to stop meanwhile: no step more, so that a resumed run evaluates the weights it has now.
            self.control.should_training_stop = self.control.should_save = True
        return metrics

    def _get_train_sampler(self, train_dataset: Any = None) -> LikeLengths:
        rows: Rows = train_dataset if train_dataset is not None else self.train_dataset  # type: ignore[assignment]
        return LikeLengths(rows.lengths, self.args.per_device_train_batch_size, self.args.seed)

    def _clip_grad_norm(self, model: Any) -> Any:
        norm = super()._clip_grad_norm(model)
        self.grad_norm = float(norm)
        return norm

    @persevering("a checkpoint", lambda trainer: Path(str(trainer.args.output_dir)))
    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        best = self.evaluator.state() if self.evaluator is not None else {}
        with self.checkpoints.writing(self.state.global_step, {"best": best}) as drafts:
            self._draft = str(drafts)
            try:
                with named(drafts):
                    super()._save_checkpoint(model, trial)
            finally:
                self._draft = ""

    def _get_output_dir(self, trial: Any) -> str:
        return self._draft or super()._get_output_dir(trial)


class Progress(TrainerCallback):
    """Turns the trainer's steps into events, and the user's requests into the trainer's."""

    def __init__(self, reporter: Reporter, spec: TrainSpec, examples: int, can_evaluate: bool) -> None:
        self.reporter, self.spec = reporter, spec
        self.can_evaluate = can_evaluate
        self.trainer: Trainer
        per_step = spec.batch_size * spec.accumulation * max(1, int(os.environ.get("WORLD_SIZE", "1")))
        self.evaluate_every = spec.evaluate_every or max(1, math.ceil(examples / per_step))
        self.samples_per_step = min(per_step, examples)
        self._reported_at = 0.0
        self._reported_step = 0
        self._clock = _Clock()
        self.trend = LossTrend()

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Phase and step totals, which a resumed run begins part of the way through."""
        self.reporter.phase("training", state.max_steps, "steps", done=state.global_step)
        self._reported_step = state.global_step
        self.trend = LossTrend(state.max_steps)
        if self.trainer.evaluator is not None:
            self.trainer.evaluator.trend = self.trend
        if state.global_step:
            self._go_on(state)
        self._clock.restart()

    def _go_on(self, state: TrainerState) -> None:
        """Take up a training that broke off after ``state.global_step``, with what was still to do at that step.

        Raises Enough when that was all, or when the run is told to stop again.
        """
        step, evaluator = state.global_step, self.trainer.evaluator
        caught_up(self.trend, self.reporter.run.events(), step)
        self.reporter.event(Resumed(step))
        due = step % self.evaluate_every == 0 or step >= state.max_steps
        if evaluator is not None and due and evaluator.last_step < step:
            self.trainer.evaluate()
        exhausted = evaluator is not None and evaluator.exhausted
        if step >= state.max_steps or exhausted or self.reporter.poll():
            raise Enough

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Report, then decide whether to evaluate, save or stop."""
        step, last = state.global_step, state.global_step >= state.max_steps
        self.reporter.step(step, state.max_steps)
        if self._clock.seconds() >= REPORT_EVERY or step == 1 or last or state.max_steps <= SHORT:
            self._report(state)
        self.reporter.progress(step)
        due = step % self.evaluate_every == 0 or last
        asked = self.reporter.asked("evaluate")
        control.should_evaluate = self.can_evaluate and (due or asked)
        save_every = self.spec.save_every
        control.should_save = (step % save_every == 0 if save_every else due and not last) or self.reporter.asked(
            "checkpoint"
        )
        if self.reporter.poll():
            control.should_training_stop = True
            control.should_save = not self.reporter.discarding
            control.should_evaluate = False

    def on_evaluate(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Back to training; time spent evaluating does not count as slow steps."""
        if state.global_step < state.max_steps:
            self.reporter.phase("training", state.max_steps, "steps", done=state.global_step)
        self._clock.restart()
        self._reported_step = state.global_step
        self.trainer.losses.clear()
        self.trainer.tokens = 0

    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Say where the run can be resumed from."""
        self.reporter.event(Checkpoint(state.global_step, f"checkpoints/checkpoint-{state.global_step}"))

    def _report(self, state: TrainerState) -> None:
        trainer = self.trainer
        steps = state.global_step - self._reported_step
        if not steps or not trainer.losses:
            return
        loss = float(torch.stack(trainer.losses).sum()) / steps
        trainer.losses.clear()
        seconds = max(self._clock.seconds(), 1e-9)
        norm = trainer.grad_norm
        if not math.isfinite(loss):
            raise RunFailed(
                f"The loss became {loss} at step {state.global_step}",
                "The learning rate is too high for this base, or its numbers overflow",
                "Lower train.learning_rate or lengthen train.warmup; the best checkpoint so far is kept",
            )
        self.reporter.event(
            TrainStep(
                step=state.global_step,
                epoch=float(state.epoch or 0),
                loss=loss,
                learning_rate=trainer._get_learning_rate(),
                grad_norm=norm if norm is not None and math.isfinite(norm) else None,
                samples_per_second=steps * self.samples_per_step / seconds,
                tokens_per_second=trainer.tokens / seconds,
            )
        )
        trainer.tokens = 0
        self._reported_step = state.global_step
        self.reporter.findings(self.trend.train(state.global_step, loss) + self.trend.gradient(state.global_step, norm))
        self._clock.restart()


class _Clock:
    """Seconds since it was last restarted."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._began = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self._began


def train(
    model: Any,
    rows: Rows,
    spec: TrainSpec,
    precision: Precision,
    pad_token_id: int,
    folder: Path,
    reporter: Reporter,
    label_loss: LabelLoss,
    evaluator: Evaluator | None,
    resume: bool = False,
) -> tuple[int, bool]:
    """Train ``model`` in place; checkpoints go to ``folder``. The step reached, and False when it was stopped.

    ``resume`` continues from the last good checkpoint, if there is one. Raises RunFailed when the loss is not
    finite and when a batch does not fit that cannot be made smaller (:mod:`engine.worker.memory`).
    """
    progress = Progress(reporter, spec, len(rows), evaluator is not None)
    checkpoints = Checkpoints(
        folder, spec.keep_checkpoints, lambda text: reporter.notice("warning", "damaged-checkpoint", text)
    )
    trainer = Trainer(
        model=model,
        args=arguments(spec, precision, folder),
        train_dataset=rows,
        data_collator=Collator(pad_token_id),
        callbacks=[progress],
        label_loss=label_loss,
        evaluator=evaluator,
        checkpoints=checkpoints,
    )
    progress.trainer = trainer
    trainer.room, trainer.reporter = Room(reporter, spec, precision), reporter
    checkpoint = checkpoints.newest() if resume else None
    if evaluator is not None:
        evaluator.checkpoints = checkpoints
        if checkpoint is not None:
            evaluator.restore(best_of(state(checkpoint)), number(checkpoint))
    if resume and checkpoint is None:
        reporter.event(Resumed(0))
    with contextlib.suppress(Enough):
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    return trainer.state.global_step, not reporter.stopping


def arguments(spec: TrainSpec, precision: Precision, folder: Path) -> Seq2SeqTrainingArguments:
    """``spec`` in transformers' words. Evaluating, saving and logging are decided by :class:`Progress`."""
    on_gpu = precision.device.type == "cuda"
    result = Seq2SeqTrainingArguments(
        output_dir=str(folder),
        learning_rate=spec.learning_rate,
        lr_scheduler_type=spec.schedule,
        warmup_steps=spec.warmup,
        num_train_epochs=spec.epochs,
        max_steps=spec.max_steps or -1,
        per_device_train_batch_size=spec.batch_size,
        gradient_accumulation_steps=spec.accumulation,
        weight_decay=spec.weight_decay,
        max_grad_norm=spec.max_grad_norm,
        optim="adamw_torch_fused",
        bf16=precision.bf16,
        use_cpu=precision.device.type == "cpu",
        seed=spec.seed,
        eval_strategy="no",
        save_strategy="no",
        logging_strategy="no",
        logging_nan_inf_filter=False,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=on_gpu,
        dataloader_num_workers=0,
    )
    if (
        result.n_gpu > 1
    ):  # transformers would split each batch over all GPUs with DataParallel, which is slower than one
        result._n_gpu = 1
    return result
