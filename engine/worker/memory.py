"""Memory that runs out: noticed whoever says it, and met with half the batch, so that what is learnt stays the same.

Training is halved within a batch: transformers goes on counting batches of ``train.batch_size`` and the accumulation
that was asked for, and each batch is given to the model in parts whose gradients add up. So the order of the data, the
examples of every optimizer step, the tokens that its loss is divided by and what a checkpoint counts stay as they
were. accelerate's ``find_executable_batch_size`` begins the training anew instead, with another effective batch.

When a part does not fit, the optimizer step is redone from its first batch: gradients that were added up are cleared,
and the random generators are as they were before it. Nothing has been applied by then: weights change in the
optimizer's step alone.
"""

from __future__ import annotations

import ctypes
import gc
import random
import re
import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast, get_args

import numpy as np
import psutil
import torch
from transformers import Seq2SeqTrainer

from engine import hardware
from engine.amounts import size
from engine.errors import RunFailed
from engine.spec import TrainSpec
from engine.worker.batches import IGNORED, MULTIPLE
from engine.worker.precision import Precision
from engine.worker.reporting import Reporter
from engine.worker.saving import update_manifest

T = TypeVar("T")
What = Literal["training", "evaluating", "decoding"]

FITS = "fits"
"""Manifest key: into how many parts the batches of each kind of work are cut because they did not fit whole."""
_SAID = re.compile(
    r"not enough memory|out of memory|can't allocate memory|cannot allocate memory|bad_alloc|_ALLOC_FAILED",
    re.IGNORECASE,
)
"""What torch's CPU allocator, MPS, CUDA and its libraries say in a plain RuntimeError."""
_ASKED = re.compile(r"tried to allocate ([\d.]+) ?(bytes|KiB|MiB|GiB)", re.IGNORECASE)
_UNITS = {"bytes": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}


def ran_out(error: BaseException) -> bool:
    """Whether ``error`` says that there is no memory for something, on a GPU or on the machine."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and bool(_SAID.search(str(error)))


def figures(error: BaseException | str, precision: Precision | None = None) -> str:
    """What was asked for and what there was: ``it asked for 2.0 GiB more while 78.1 of 79.2 GiB were in use``."""
    asked = _ASKED.search(str(error))
    words = f"it asked for {size(float(asked[1]) * _UNITS[asked[2].lower()])} more while " if asked else ""
    on_gpu = torch.cuda.is_initialized() if precision is None else precision.device.type == "cuda"
    if on_gpu:
        free, total = torch.cuda.mem_get_info()
        held = torch.cuda.memory_allocated()
        return f"{words}it held {size(held)}, and {size(total - free)} of the GPU's {size(total)} were in use"
    used, total = hardware.memory()
    limits = [resource.getrlimit(which)[0] for which in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    least = min((limit for limit in limits if limit != resource.RLIM_INFINITY), default=None)
    own = f", its own limit (ulimit) being {size(least)}" if least is not None else ""
    return (
        f"{words}it held {size(psutil.Process().memory_info().rss)}, and {size(used)} of {size(total)} were in use{own}"
    )


def failure(error: BaseException) -> RunFailed:
    """What a user is told of memory that ran out for good."""
    where = "The GPU" if isinstance(error, torch.OutOfMemoryError) else "The machine"
    return RunFailed(
        f"{where} ran out of memory", _sentence(figures(error)),
        "Lower data.max_source_tokens, decode.beams or decode.max_new_tokens, choose a smaller base or the method "
        "lora, or end what else holds that memory; then resume",
    )  # fmt: skip


def release() -> None:
    """Give back what a failed attempt has left. Call it when its exception is gone: its frames hold tensors."""
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    with suppress(OSError, AttributeError):  # glibc alone has it; the launcher tells malloc to keep freed memory
        ctypes.CDLL(None).malloc_trim(0)


class Room:
    """How much of each kind of work fits at once, as found so far; kept in the manifest for whoever resumes the run."""

    def __init__(self, reporter: Reporter, spec: TrainSpec, precision: Precision) -> None:
        self.reporter, self.spec, self.precision = reporter, spec, precision
        kept = reporter.run.manifest().get(FITS)
        kept = kept if isinstance(kept, dict) else {}
        self._parts = {what: n for what, n in kept.items() if isinstance(n, int) and not isinstance(n, bool) and n > 0}

    def parts(self, what: What) -> int:
        """Into how many parts a batch is cut: 1, 2, 4 ..."""
        return self._parts.get(what, 1)

    @property
    def rows(self) -> int:
        """Training examples at once."""
        return max(1, -(-self.spec.batch_size // self.parts("training")))

    def smaller_batches(self, problem: str) -> None:
        """Train with half the batch from now on. Raises RunFailed where it may not or cannot be halved."""
        before = self.rows
        happened = "The GPU ran out of memory" if self.precision.device.type == "cuda" else "Memory ran out"
        if not self.spec.auto_batch:
            raise RunFailed(
                f"{happened} with a batch of {before}", _sentence(problem),
                "Set train.auto_batch, or lower train.batch_size and raise train.accumulation by as much",
            )  # fmt: skip
        if before == 1:
            raise RunFailed(
                f"{happened} with a single example at once", _sentence(problem),
                "Lower data.max_source_tokens, choose a smaller base or the method lora, or end what else holds "
                "that memory; then resume",
            )  # fmt: skip
        self._keep("training", 2 * self.parts("training"))
        told = (
            f"{happened} with {before} examples at once: {problem}. Training goes on with {self.rows} at once and "
            f"an accumulation of {self.spec.accumulation * self.parts('training')}; the effective batch stays "
            f"{self.spec.batch_size * self.spec.accumulation}, and the interrupted step is redone."
        )
        self.reporter.notice("warning", "batch-halved", told)

    def smaller_work(self, what: What) -> Callable[[int], None]:
        """What to call when ``what`` (not training) goes on with fewer rows."""
        word = "Decoding" if what == "decoding" else "Evaluation"

        def smaller(rows: int) -> None:
            self._keep(what, 2 * self.parts(what))
            told = f"{word} ran out of memory: {figures('', self.precision)}. It goes on with {rows} dialogues at once."
            self.reporter.notice("warning", "memory", told)

        return smaller

    def begin_smaller(self, what: What) -> None:
        """Halve before the first attempt, because the kernel has killed the run at ``what`` for want of memory."""
        if what == "training" and (self.rows == 1 or not self.spec.auto_batch):
            return
        self._keep(what, 2 * self.parts(what))
        at_once = f"{self.rows} examples" if what == "training" else "half as many dialogues"
        self.reporter.notice(
            "warning", "batch-halved",
            f"The run was ended for want of memory while {what}, so it goes on with {at_once} at once"
            + (f"; the effective batch stays {self.spec.batch_size * self.spec.accumulation}." if what == "training"
               else "."),
        )  # fmt: skip

    def _keep(self, what: What, parts: int) -> None:
        self._parts[what] = parts
        run = self.reporter.run
        earlier = run.manifest().get(FITS)
        update_manifest(run, **{FITS: {**(earlier if isinstance(earlier, dict) else {}), what: parts}})


def after_a_kill(reporter: Reporter, spec: TrainSpec, precision: Precision) -> None:
    """Halve what an earlier worker of this run was at when it was killed for want of memory, if it was."""
    if reporter.starved in get_args(What):
        Room(reporter, spec, precision).begin_smaller(cast(What, reporter.starved))


# -- work without gradients ------------------------------------------------------------------------


def halving(
    batches: Sequence[list[int]], work: Callable[[list[int]], T], on_smaller: Callable[[int], None]
) -> Iterator[tuple[list[int], T]]:
    """Each batch of row numbers with what ``work`` makes of it. One that does not fit, and all after it, are halved.

    ``on_smaller`` is told how many rows the next attempt
    has. Nothing is lost and nothing is done twice. Raises what ``work`` raises, for memory too once a single row does
    not fit.
    """
    waiting = list(batches)
    while waiting:
        batch = waiting.pop(0)
        try:
            result = work(batch)
        except Exception as error:
            if len(batch) == 1 or not ran_out(error):
                raise
        else:
            yield batch, result
            continue
        release()
        on_smaller((len(batch) + 1) // 2)
        waiting = _halved([batch, *waiting])


def cut(batches: Sequence[list[int]], parts: int) -> list[list[int]]:
    """Each of ``batches`` in ``parts`` (a power of two), where it has so many rows."""
    found = list(batches)
    while parts > 1:
        found, parts = _halved(found), parts // 2
    return found


def _halved(batches: Sequence[list[int]]) -> list[list[int]]:
    middles = [(len(batch) + 1) // 2 for batch in batches]
    return [
        half
        for batch, middle in zip(batches, middles, strict=True)
        for half in (batch[:middle], batch[middle:])
        if half
    ]


# -- training --------------------------------------------------------------------------------------


@dataclass
class _Step:
    """An optimizer step under way."""

    batches: list[dict[str, torch.Tensor]]
    done: int = 0
    """Batches whose gradients have been added up."""
    tokens: int = 0
    """The trainer's count before the step."""
    generators: dict[str, Any] = field(default_factory=dict)


class FittingTrainer(Seq2SeqTrainer):
    """A trainer that cuts its batches into parts that fit, and redoes an optimizer step that did not.

    With several processes an error of one would leave the others waiting for it, so there it is raised.
    """

    room: Room | None = None
    """Without one nothing is cut and memory that runs out is raised."""
    tokens: int
    losses: list[torch.Tensor]

    def get_batch_samples(self, *args: Any, **kwargs: Any) -> tuple[list[Any], Any]:
        """As transformers takes them; remembered until the optimizer's step."""
        batches, items = super().get_batch_samples(*args, **kwargs)
        self._step = _Step(batches)
        return batches, items

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> torch.Tensor:
        """Forward and backward of one batch in as many parts as it takes; its loss.

        Raises RunFailed when a single example does not fit.
        """
        if self.room is None or self.accelerator.num_processes > 1:
            return super().training_step(model, inputs, num_items_in_batch)
        step, first = self._step, self._step.done
        if not first:
            step.generators, step.tokens = _generators(), self.tokens
        while True:
            try:
                todo = step.batches[first : step.done + 1]
                found = [self._in_parts(model, batch, num_items_in_batch) for batch in todo]
                break
            except Exception as error:
                if not ran_out(error):
                    raise
                problem = figures(error, self.room.precision)
            model.zero_grad()  # the exception, whose frames hold the failed attempt's tensors, is gone by here
            release()
            self.room.smaller_batches(problem)
            _restore(step.generators)
            self.tokens, first = step.tokens, 0
        earlier = found[:-1]
        if earlier:
            self.losses[len(self.losses) - len(earlier) :] = earlier
        step.done += 1
        return found[-1]

    def _in_parts(self, model: Any, batch: dict[str, torch.Tensor], items: Any) -> torch.Tensor:
        assert self.room is not None
        rows = len(batch["labels"])
        if rows <= self.room.rows:
            return super().training_step(model, dict(batch), items)
        if items is None:  # each part would be divided by its own labels
            items = (batch["labels"] != IGNORED).sum() * self.current_gradient_accumulation_steps
        losses = [super(FittingTrainer, self).training_step(model, p, items) for p in parts(batch, self.room.rows)]
        return torch.stack(losses).sum()


def parts(batch: Mapping[str, Any], rows: int) -> list[dict[str, Any]]:
    """``batch`` (tensors of (rows, ...) as the collator pads them) in parts of at most ``rows`` rows.

    Padding at the right that a part does not need is cut off, to a multiple of eight columns as before.
    """
    total = len(batch["labels"])
    return [_trimmed(batch, slice(at, at + rows), total) for at in range(0, total, rows)]


def _trimmed(batch: Mapping[str, Any], rows: slice, total: int) -> dict[str, Any]:
    part = {
        key: value[rows] if isinstance(value, torch.Tensor) and value.ndim and len(value) == total else value
        for key, value in batch.items()
    }
    mask, labels = part.get("attention_mask"), part["labels"]
    if mask is None:
        return part
    width = mask.shape[1]
    needed = _needed(mask != 0)
    wide_labels = labels.ndim == 2 and labels.shape[1] != width
    if labels.ndim == 2 and not wide_labels:  # perhaps one label for each position: cut alike
        needed = max(needed, _needed(labels != IGNORED))
    for key, value in part.items():
        if key == "labels" and wide_labels:
            part[key] = labels[:, : _needed(labels != IGNORED)]
        elif isinstance(value, torch.Tensor) and value.ndim == 2 and value.shape[1] == width:
            part[key] = value[:, :needed]
    return part


def _needed(used: torch.Tensor) -> int:
    """Columns up to the last that any row of ``used`` (rows, columns) uses."""
    columns = used.any(dim=0).nonzero()
    last = int(columns[-1]) + 1 if len(columns) else 1
    return last + -last % MULTIPLE


def _generators() -> dict[str, Any]:
    """The state of every generator that a forward pass may draw from."""
    found = {"python": random.getstate(), "numpy": np.random.get_state(), "cpu": torch.get_rng_state()}
    if torch.cuda.is_initialized():
        found["cuda"] = torch.cuda.get_rng_state()
    return found


def _restore(states: Mapping[str, Any]) -> None:
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["cpu"])
    if "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
