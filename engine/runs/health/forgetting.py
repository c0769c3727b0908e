"""Catastrophic forgetting: the loss on general prompts after training against the loss before (R. French 1999).

Each prompt is compared with itself, so that hard prompts do not drown the change; a task's rise is the mean of its
prompts' rises, with Student's interval. The tasks' intervals are Bonferroni's, so that all of them hold together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from engine.runs.health.finding import Finding

RISE = math.log(2)
"""Nats a token from which a rise is called forgetting, by the low end of its interval: the perplexity has doubled."""
ABLE = 5.0
"""Nats a token above which a base could not do a task to begin with (a perplexity of 150: knowing how frequent words
are gives as much). What nobody knew cannot be forgotten: such a task is shown and not judged."""
ALPHA = 0.05
OVERALL = "all judged"
"""Name of the row over all prompts of the tasks that are judged."""


@dataclass(frozen=True)
class TaskLoss:
    """A task's prompts. Losses are means over prompts of nats per target token."""

    task: str
    prompts: int
    before: float
    after: float
    low: float | None = None
    """Interval of ``after - before``; None where there are fewer than two prompts."""
    high: float | None = None
    judged: bool = True
    """Whether the base could do the task before."""

    @property
    def rise(self) -> float:
        """Negative where it became better."""
        return self.after - self.before

    @property
    def forgotten(self) -> bool:
        """Whether the rise is beyond :data:`RISE` for sure."""
        return self.judged and self.low is not None and self.low > RISE


@dataclass(frozen=True)
class Forgetting:
    """What was measured."""

    source: str = ""
    """``builtin``, or the file with the prompts."""
    seconds: float = 0.0
    """What it cost, before and after together."""
    tasks: tuple[TaskLoss, ...] = ()
    overall: TaskLoss | None = None
    """None where no task is judged."""
    skipped: int = 0
    """Prompts left out: their loss was no finite number, or there were too many."""


def compare(
    source: str, tasks: Sequence[str], before: Sequence[float], after: Sequence[float], seconds: float = 0.0,
    skipped: int = 0,
) -> Forgetting:  # fmt: skip
    """``tasks``, ``before`` and ``after`` are of each prompt; a loss that is not finite takes its prompt out."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for task, old, new in zip(tasks, before, after, strict=True):
        if math.isfinite(old) and math.isfinite(new):
            pairs.setdefault(task, []).append((old, new))
        else:
            skipped += 1
    able = {task for task, found in pairs.items() if fmean(old for old, _ in found) <= ABLE}
    level = ALPHA / max(len(able), 1)
    rows = tuple(_row(task, found, level if task in able else ALPHA, task in able) for task, found in pairs.items())
    judged = [pair for task in able for pair in pairs[task]]
    overall = _row(OVERALL, judged, ALPHA, True) if judged else None
    return Forgetting(source, seconds, rows, overall, skipped)


def _row(task: str, pairs: Sequence[tuple[float, float]], alpha: float, judged: bool) -> TaskLoss:
    old, new = (fmean(values) for values in zip(*pairs, strict=True))
    low = high = None
    if len(pairs) > 1:
        from scipy.special import stdtrit  # 0.1 s, which nobody else here should wait for

        rises = [after - before for before, after in pairs]
        half = float(stdtrit(len(rises) - 1, 1 - alpha / 2)) * stdev(rises) / math.sqrt(len(rises))
        low, high = new - old - half, new - old + half
    return TaskLoss(task, len(pairs), old, new, low, high, judged)


def findings(found: Forgetting) -> list[Finding]:
    """At most one: what was forgotten, the worst first."""
    lost = sorted((row for row in found.tasks if row.forgotten), key=lambda row: -row.rise)
    whole = [found.overall] if found.overall is not None and found.overall.forgotten else []
    if not lost and not whole:
        return []
    what = f"General prompts ({found.source}) became much harder: "
    told = what + "; ".join(words(row) for row in [*whole, *lost[:3]])
    if len(lost) > 3:
        told += f"; and {len(lost) - 3} more"
    evidence = {f"{row.task}: {name}": value for row in [*whole, *lost] for name, value in _figures(row).items()}
    return [
        Finding(
            "warning", "forgetting", f"{told}. The perplexity has more than doubled: the model forgets what it knew.",
            "Lower train.learning_rate or train.epochs, or use method lora, which keeps the base's weights.", evidence,
        )
    ]  # fmt: skip


def words(row: TaskLoss) -> str:
    """``question answering 3.71 to 4.15 nats a token (+0.44, 95 % interval +0.17 to +0.71, 9 prompts)``."""
    interval = "" if row.low is None else f", 95 % interval {row.low:+.2f} to {row.high:+.2f}"
    count = f"{row.prompts} prompt{'s' * (row.prompts != 1)}"
    return f"{row.task} {row.before:.2f} to {row.after:.2f} nats a token ({row.rise:+.2f}{interval}, {count})"


def _figures(row: TaskLoss) -> Mapping[str, float]:
    ends = {} if row.low is None or row.high is None else {"low": row.low, "high": row.high}
    return {"before": row.before, "after": row.after, **ends}
