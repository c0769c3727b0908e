"""Overfitting and underfitting in curves that are noisy. Thresholds are shares, so that no loss's size matters.

``tests/unit/test_health_curves.py`` simulates hundreds of clean curves and of sick ones and holds both detectors to
error rates: at most 2 % of the clean ones are called sick, at most 8 % of the sick ones are missed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from statistics import median

from engine.runs.health.finding import Finding

OVERFIT = 0.02
"""Overfitting: the validation loss lies at least this share above its best. On fixed examples it wavers by less than
1 % from one evaluation to the next once it has settled."""
WAVERS = 4.0
"""...and this many times its own noise, where there are evaluations enough to know that."""
TREND = 2.6
"""...and rises without a break, or with a Mann-Kendall z above this (one-sided p < 0.005)."""
LEARNT = 0.01
"""...while the training loss lies at least this share below what it was at that best."""
MOST_EVALUATIONS = 400
"""Evaluations that are remembered; the oldest go first."""

BLOCKS = 64
"""Stretches that a whole training is remembered in; when there are more, neighbours are joined."""
LEAST_POINTS = 30
"""Training figures below which underfitting is not spoken of."""
STILL = 0.2
"""Underfitting: so large a share of all that the loss fell, it fell between two windows that lie 27 % of the training
apart, near its end. A loss that falls in a straight line has 0.31; one that falls as exp(-t/T) over T has 0.22, over
2 T 0.14, over 4 T 0.04."""
FALLS = 0.02
"""...and that fall is at least this share of the loss, for the validation loss half of it."""
UNMOVED = 0.01
"""Too low a rate: from the first tenth to the last quarter the loss moved by less than this share, or than its noise
(2.5 standard errors of the difference)."""
CLEAR = 0.05
"""...and that noise is at most this share of the loss: else nothing can be told."""


@dataclass(frozen=True)
class Evaluated:
    """An evaluation, and the training before it."""

    step: int
    loss: float
    train: float | None
    """Mean training loss since the evaluation before."""
    error: float = 0.0
    """Standard error of that mean."""


class Overfitting:
    """Tells once that validation turns up while training falls, and again only after a new best."""

    def __init__(self) -> None:
        self._stretch = _Block(0, 0, 0, 0.0, 0.0)
        self._seen: list[Evaluated] = []
        self._told = False

    @property
    def evaluations(self) -> Sequence[Evaluated]:
        """What was seen, oldest first."""
        return self._seen

    def train(self, loss: float) -> None:
        """A training loss."""
        self._stretch = _joined(self._stretch, _Block(0, 0, 1, loss, loss * loss))

    def validation(self, step: int, loss: float) -> Finding | None:
        """A validation loss; what it shows."""
        stretch, self._stretch = self._stretch, _Block(0, 0, 0, 0.0, 0.0)
        if not math.isfinite(loss):
            return None
        mean, error = stretch.mean if stretch.count else None, stretch.error
        if all(loss < before.loss for before in self._seen):
            self._told = False
        self._seen = [*self._seen[-MOST_EVALUATIONS:], Evaluated(step, loss, mean, error)]
        if self._told or len(self._seen) < 3:
            return None
        found = self._judge()
        self._told = found is not None
        return found

    def _judge(self) -> Finding | None:
        values = [one.loss for one in self._seen]
        at = min(range(len(values)), key=values.__getitem__)
        best, now, since = self._seen[at], self._seen[-1], values[at:]
        if len(since) < 3 or best.train is None or now.train is None:
            return None
        falls = best.train - now.train
        if falls < max(LEARNT * best.train, 2 * math.hypot(best.error, now.error)):
            return None
        straight = values[-3] < values[-2] < values[-1]
        rise = min(values[-2:]) - best.loss if len(since) > 3 else now.loss - best.loss
        if not (straight or kendall(since) > TREND) or rise < max(OVERFIT * best.loss, WAVERS * noise(values)):
            return None
        last = ", ".join(f"{one.loss:.3f} at {one.step:,}" for one in self._seen[-2:])
        first = self._seen[-3]
        return Finding(
            "warning", "overfitting",
            f"The validation loss rises ({first.loss:.3f} at step {first.step:,}, {last}; its best was {best.loss:.3f} "
            f"at step {best.step:,}) while the training loss falls ({best.train:.3f} to {now.train:.3f}): the model "
            "begins to learn its training dialogues by heart.",
            "Its best weights are those of the best evaluation, which train.keep_best keeps. Lower train.epochs, or "
            "set train.patience to stop by itself; more dialogues help most.",
            {
                "step": now.step, "validation": now.loss, "best": best.loss, "best_step": best.step,
                "rise": now.loss / best.loss - 1, "train": now.train, "train_at_best": best.train,
            },
        )  # fmt: skip


def noise(values: Sequence[float]) -> float:
    """Standard deviation of what ``values`` waver by about their trend; 0 where there are fewer than five.

    From second differences, which a straight trend does not enter: of independent noise they have six times its
    variance. Their median (times 1.4826, P. J. Rousseeuw and C. Croux 1993) passes over a sharp bend.
    """
    if len(values) < 5:
        return 0.0
    bends = [abs(a - 2 * b + c) for a, b, c in zip(values, values[1:], values[2:], strict=False)]
    return 1.4826 * median(bends) / math.sqrt(6)


def kendall(values: Sequence[float]) -> float:
    """Mann-Kendall's z of a rising trend (H. B. Mann 1945), with its correction for continuity, without one for ties.

    Of the last 40 values: more would make any slow drift significant.
    """
    kept = values[-40:]
    n = len(kept)
    score = sum((later > earlier) - (later < earlier) for at, earlier in enumerate(kept) for later in kept[at + 1 :])
    if n < 4 or score <= 0:
        return 0.0
    return (score - 1) / math.sqrt(n * (n - 1) * (2 * n + 5) / 18)


@dataclass(frozen=True)
class _Block:
    first: int
    last: int
    count: int
    total: float
    squares: float
    """Sum of the losses' squares."""

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def error(self) -> float:
        """Standard error of the mean; 0 where there is but one loss."""
        if self.count < 2:
            return 0.0
        variance = max(self.squares / self.count - self.mean**2, 0.0) * self.count / (self.count - 1)
        return math.sqrt(variance / self.count)


class Underfitting:
    """Remembers a whole training in a bounded number of stretches, and judges it at its end."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._size = 1

    def train(self, step: int, loss: float) -> None:
        """A training figure."""
        if self._blocks and self._blocks[-1].count < self._size:
            self._blocks[-1] = _joined(self._blocks[-1], _Block(step, step, 1, loss, loss * loss))
        else:
            self._blocks.append(_Block(step, step, 1, loss, loss * loss))
        if len(self._blocks) > 2 * BLOCKS:
            pairs = zip(self._blocks[::2], self._blocks[1::2], strict=False)
            self._blocks, odd = [_joined(*two) for two in pairs], self._blocks[len(self._blocks) // 2 * 2 :]
            self._blocks += odd
            self._size *= 2

    def finish(self, evaluations: Sequence[Evaluated]) -> Finding | None:
        """The training is over, as it was asked to be; what it shows."""
        if sum(block.count for block in self._blocks) < LEAST_POINTS:
            return None
        windows = [self._window(*part) for part in ((0.0, 0.1), (0.6, 0.733), (0.867, 1.0), (0.75, 1.0))]
        if any(window is None for window in windows):
            return None
        start, before, end, quarter = (window for window in windows if window is not None)
        return self._unmoved(start, quarter, evaluations) or self._falling(start, before, end, evaluations)

    def _unmoved(self, start: _Block, end: _Block, evaluations: Sequence[Evaluated]) -> Finding | None:
        moved, wavers = start.mean - end.mean, 2.5 * math.hypot(start.error, end.error)
        if wavers > CLEAR * start.mean or abs(moved) > max(wavers, UNMOVED * start.mean):
            return None
        losses = [one.loss for one in evaluations]
        if losses and losses[0] - min(losses) > UNMOVED * losses[0]:
            return None
        step = self._blocks[-1].last
        return Finding(
            "warning", "underfitting",
            f"Nothing was learnt: the training loss was {start.mean:.3f} in the first tenth of the training and "
            f"{end.mean:.3f} in its last quarter, which is less than it wavers by (± {wavers:.3f}) or less than 1 %.",
            "Raise train.learning_rate (usual: 1e-5 to 3e-4 for full fine-tuning, 1e-4 to 1e-3 for LoRA); if the base "
            "was trained on these dialogues before, there is nothing left to learn.",
            {"step": step, "start": start.mean, "end": end.mean, "noise": wavers},
        )  # fmt: skip

    def _falling(self, start: _Block, before: _Block, end: _Block, evaluations: Sequence[Evaluated]) -> Finding | None:
        fell, falls = start.mean - end.mean, before.mean - end.mean
        wavers = 3 * math.hypot(before.error, end.error)
        if fell <= 0 or falls < max(wavers, FALLS * end.mean, STILL * fell):
            return None
        step = self._blocks[-1].last
        told, figures = "", {"step": step, "start": start.mean, "before": before.mean, "end": end.mean}
        if evaluations:
            earlier = min(evaluations, key=lambda one: abs(one.step - 0.667 * step))
            last = evaluations[-1]
            if earlier is last or earlier.loss - last.loss < FALLS / 2 * last.loss:
                return None
            told = f", and the validation loss from {earlier.loss:.3f} to {last.loss:.3f}"
            figures |= {"validation_before": earlier.loss, "validation": last.loss}
        return Finding(
            "warning", "underfitting",
            f"The training ended while it still learnt: over its last third the training loss fell from "
            f"{before.mean:.3f} to {end.mean:.3f}, {100 * falls / fell:.0f} % of all it fell{told}.",
            "Raise train.epochs (or train.max_steps), or train.learning_rate.",
            {**figures, "share": falls / fell},
        )  # fmt: skip

    def _window(self, start: float, end: float) -> _Block | None:
        """Mean loss of the stretches whose middle lies in that part of the training."""
        last = self._blocks[-1].last
        inside = [block for block in self._blocks if start <= (block.first + block.last) / 2 / last <= end]
        return reduce(_joined, inside) if sum(block.count for block in inside) >= 3 else None


def _joined(one: _Block, other: _Block) -> _Block:
    return _Block(one.first, other.last, one.count + other.count, one.total + other.total, one.squares + other.squares)
