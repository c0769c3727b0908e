"""What a run's figures say in the long run: a plateau, divergence, memory that runs out. (:mod:`.health.curves`:
overfitting and underfitting.)

Pure arithmetic on the figures as they come, with bounded memory. Each detector tells its finding once and only
again after the figures have recovered (hysteresis), so that a noisy loss near a threshold does not repeat itself.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from statistics import fmean, pstdev

from engine.runs.events import DeviceReading, Resources
from engine.runs.health.curves import Overfitting, Underfitting
from engine.runs.health.finding import Finding

BLOCKS = 10
"""Stretches of training that make up one side of the plateau's comparison."""
FLAT = 0.01
"""A loss that falls by less than this share from one side to the other is flat."""
RECOVERED = 0.02
"""A plateau is over once the loss has fallen by this share below it."""
RECENT = 10
"""Training events whose mean is watched for divergence."""
RISE = 0.5
"""Divergence: that mean lies this share above the best one so far..."""
SIGMAS = 4.0
"""...and this many standard deviations..."""
LEAST_RISE = 0.2
"""...and this many nats: near zero a doubled loss means little."""
CALM = 50
"""Finite gradient norms after which a new one that is not finite is worth a word again."""
FULL, EASED = 0.95, 0.85
"""Shares of memory in use at which a place counts as nearly full, and as eased again."""
SUSTAINED = 3
"""Readings in a row that must be that full: a peak of a second is no news."""


@dataclass(frozen=True)
class _Block:
    first: int
    last: int
    mean: float


class LossTrend:
    """Watches one training. Steps must not go back: a resumed run starts with a new one."""

    def __init__(self, total_steps: int = 0) -> None:
        """``total_steps``: of the whole training, which sets over how many steps a plateau is judged; 0 if unknown."""
        self._total = total_steps
        self._span = max(total_steps // 100, 2) if total_steps else BLOCKS
        self._open: list[tuple[int, float]] = []
        self._blocks: deque[_Block] = deque(maxlen=2 * BLOCKS)
        self._plateau: float | None = None
        self._recent: deque[tuple[int, float]] = deque(maxlen=RECENT)
        self._best: tuple[float, float, int] | None = None  # mean, standard deviation, last step
        self._diverged = False
        self._overfitting, self._underfitting = Overfitting(), Underfitting()
        self._last: tuple[int, float] | None = None
        self._calm = CALM

    def train(self, step: int, loss: float) -> list[Finding]:
        """A training event's step and mean loss; what it shows."""
        if not math.isfinite(loss):
            return []
        self._last = step, loss
        self._overfitting.train(loss)
        self._underfitting.train(step, loss)
        return [finding for finding in (self._divergence(step, loss), self._flat(step, loss)) if finding is not None]

    def validation(self, step: int, loss: float) -> list[Finding]:
        """An evaluation's step and loss; what it shows."""
        found = self._overfitting.validation(step, loss)
        return [] if found is None else [found]

    def finish(self) -> list[Finding]:
        """The training has come to its end; what its whole course shows."""
        found = self._underfitting.finish(self._overfitting.evaluations)
        return [] if found is None or self._diverged else [found]

    def broken(self, what: str, step: int, rate: float | None = None, norm: float | None = None) -> Finding:
        """``what`` (``training loss``, ``validation loss``) is no number at ``step``, where the run ends.

        ``rate``: the learning rate then; ``norm``: the gradient's; where they are known.
        """
        evidence: dict[str, float] = {"step": step}
        text = f"The {what} is no finite number at step {step:,}"
        if rate is not None:
            evidence["learning_rate"] = rate
            text += f", with a learning rate of {rate:.2g}"
        if norm is not None and math.isfinite(norm):
            evidence["grad_norm"] = norm
            text += f" and a gradient norm of {norm:.3g}"
        if self._last is None:
            text += ": already the first one, so the base's own weights or the dialogues' numbers overflow."
            todo = "Check the base with `dialtune summarize`, or set train.dtype=float32."
        else:
            evidence |= {"last_step": self._last[0], "last_loss": self._last[1]}
            text += f"; the last finite loss was {self._last[1]:.3f} at step {self._last[0]:,}."
            todo = "Lower train.learning_rate, lengthen train.warmup, or set train.dtype=float32."
        return Finding("error", "not-finite", text, todo, evidence)

    def gradient(self, step: int, norm: float | None) -> list[Finding]:
        """A gradient's norm before clipping; what it shows."""
        if norm is None or math.isfinite(norm):
            self._calm += 1
            return []
        told, self._calm = self._calm < CALM, 0
        if told:
            return []
        text = f"The gradient norm became {norm} at step {step:,}: an overflow in the backward pass."
        todo = "If the loss follows, lower train.learning_rate."
        return [Finding("warning", "not-finite", text, todo, {"step": step})]

    def _divergence(self, step: int, loss: float) -> Finding | None:
        self._recent.append((step, loss))
        if len(self._recent) < RECENT:
            return None
        values = [value for _, value in self._recent]
        mean = fmean(values)
        if self._best is None or mean < self._best[0]:
            self._best = mean, pstdev(values), step
            self._diverged = False
            return None
        best, spread, at = self._best
        margin = max(RISE * best, SIGMAS * spread, LEAST_RISE)
        if self._diverged:
            self._diverged = mean > best + margin / 2
            return None
        if mean <= best + margin:
            return None
        self._diverged = True
        return Finding(
            "warning", "divergence",
            f"The training loss diverges: {mean:.3f} on average over steps {self._recent[0][0]:,} to {step:,}, after "
            f"{best:.3f} around step {at:,}.",
            "Lower train.learning_rate or lengthen train.warmup.",
            {"step": step, "loss": mean, "best": best, "best_step": at},
        )  # fmt: skip

    def _flat(self, step: int, loss: float) -> Finding | None:
        self._open.append((step, loss))
        if step - self._open[0][0] + 1 < self._span or len(self._open) < 2:
            return None
        self._blocks.append(_Block(self._open[0][0], step, fmean(value for _, value in self._open)))
        self._open = []
        if len(self._blocks) < 2 * BLOCKS:
            return None
        blocks = list(self._blocks)
        early, late = blocks[:BLOCKS], blocks[BLOCKS:]
        before, now = fmean(block.mean for block in early), fmean(block.mean for block in late)
        if self._plateau is not None:
            if now < self._plateau * (1 - RECOVERED):
                self._plateau = None
            return None
        if self._total and step > 0.75 * self._total:
            return None  # the schedule has little left to learn with: to level out is what is meant
        # Standard error of the difference of two means: a fall hidden in the noise is not called flat.
        error = math.sqrt((pstdev([b.mean for b in early]) ** 2 + pstdev([b.mean for b in late]) ** 2) / BLOCKS)
        if not -5 * FLAT * before < before - now < FLAT * before - error:
            return None
        self._plateau = now
        return Finding(
            "info", "plateau",
            f"The training loss has levelled out: {before:.3f} on average over steps {early[0].first:,} to "
            f"{early[-1].last:,}, {now:.3f} over steps {late[0].first:,} to {late[-1].last:,}.",
            "Nothing, if it is low enough; else raise train.learning_rate.",
            {"step": step, "before": before, "now": now},
        )  # fmt: skip


class MemoryTrend:
    """Watches how full the machine's and each GPU's memory is."""

    def __init__(self) -> None:
        self._full: dict[str, int] = {}

    def reading(self, reading: Resources) -> list[Finding]:
        """One reading of the machine; what it shows."""
        found = [
            self._place(f"GPU {device.index}", device.memory_used, device.memory_total, _owned(device))
            for device in reading.devices
        ]
        found.append(self._place("The machine", reading.memory_used, reading.memory_total, reading.process_memory))
        return [finding for finding in found if finding is not None]

    def _place(self, name: str, used: int, total: int, ours: int | None) -> Finding | None:
        share = used / total if total > 0 else 0.0
        in_a_row = self._full.get(name, 0)
        if share < EASED:
            self._full[name] = 0
        elif in_a_row >= SUSTAINED:
            return None  # told already, and not eased since
        else:
            self._full[name] = in_a_row + 1 if share >= FULL else 0
        if self._full[name] < SUSTAINED:
            return None
        held = f" This run holds {ours / 2**30:.1f} GiB." if ours is not None else ""
        return Finding(
            "warning", "memory-limit",
            f"{name} has {(total - used) / 2**30:.1f} of {total / 2**30:.1f} GiB of memory left "
            f"({100 * share:.0f}% in use).{held}",
            "A longer batch may not fit: lower train.batch_size and raise train.accumulation by as much.",
        )  # fmt: skip


def _owned(device: DeviceReading) -> int | None:
    return device.process_memory if device.process_memory is not None else device.reserved
