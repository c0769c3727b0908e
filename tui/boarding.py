"""What the board screen knows and what of it is looked at. Knows no Textual; numpy is loaded in its threads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import config as settings
from engine import tasks
from engine.results import board, verdicts
from engine.results.facts import at, of_one_task
from engine.runs.folder import RunFolder
from engine.runs.workspace import Workspace
from tui import format as fmt

if TYPE_CHECKING:
    from engine.config import Config
    from engine.results.scores import Metric
    from engine.results.spread import Lengths
    from engine.results.standing import Standing
    from engine.results.statistics import Estimate, Pair
    from engine.results.verdicts import Tally

MOST_MODELS = 12
"""Models on one board when none is chosen: the newest."""


@dataclass(frozen=True)
class Known:
    """All that was read of the models, once."""

    runs: tuple[RunFolder, ...]
    standing: Standing
    rows: tuple[Mapping[str, Any], ...]
    """The board's, by column."""
    config: Config
    tallies: Mapping[tuple[str, str], Tally] = field(default_factory=dict)
    """What people said of pairs, models in alphabetical order."""
    missing: tuple[str, ...] = ()
    """Runs asked for that have no predictions with scores."""
    notices: tuple[str, ...] = ()

    @property
    def item(self) -> str:
        """What the models read, in a word: a dialogue, a text."""
        task = tasks.of(str(self.rows[0].get("task", ""))) if self.rows else None
        return (task or tasks.named()).words.item[0]

    @property
    def items(self) -> str:
        """The same of several."""
        return f"{self.item}s"


@dataclass(frozen=True)
class Look:
    """What one figure says, worked out before it is drawn."""

    key: str
    """``rouge1``, ``rouge1_best``, ``bleu``, ..."""
    metric: Metric
    estimates: Sequence[Estimate]
    pairs: Sequence[Pair]
    scores: Any
    """dialogues × models, in the unit that people read; NaN where unknown."""
    lengths: Lengths
    span: tuple[float, float]
    """Where axes of scores begin and end."""

    @property
    def order(self) -> list[int]:
        """Models from the highest mean to the lowest; those without one last."""
        return sorted(range(len(self.estimates)), key=lambda m: _last(-self.estimates[m].mean))

    @property
    def best(self) -> int | None:
        """The model with the highest mean, where more is better and there is somebody to beat."""
        known = [model for model in self.order if not math.isnan(self.estimates[model].mean)]
        return known[0] if self.metric.more and len(known) > 1 else None

    def pair(self, model: int, other: int) -> Pair | None:
        """``model`` less ``other``, whichever way round it was compared."""
        from engine.results.standing import turned

        for pair in self.pairs:
            if (pair.first, pair.second) == (model, other):
                return pair
            if (pair.first, pair.second) == (other, model):
                return turned(pair)
        return None

    def mean(self, model: int) -> float:
        """In the unit that people read."""
        return self.metric.factor * self.estimates[model].mean

    def written(self, value: float, sign: bool = False) -> str:
        """A figure in that unit; a dash for what is not known."""
        return "–" if math.isnan(value) else f"{value:{'+' if sign else ''}.{self.metric.digits}f}"

    def interval(self, estimate: Estimate) -> str:
        """``[41.26, 44.58]``; empty without one."""
        if math.isnan(estimate.low):
            return ""
        low, high = (self.written(self.metric.factor * end) for end in (estimate.low, estimate.high))
        return f"[{low}, {high}]"


def know(workspace: Workspace, names: Sequence[str]) -> Known:
    """Read the runs ``names``, or the newest with scores where none is named, oldest first. Blocks."""
    from engine.results.standing import stand

    config, notices = settings.load()
    runs = [RunFolder(workspace.path / name) for name in names]
    if not runs:
        newest = board.scored(workspace.runs(archived=False))
        runs = list(reversed(of_one_task(newest)[0][:MOST_MODELS]))
    scored = [run for run in runs if at(run.scores(), "metrics")]
    scored, others = of_one_task(scored)
    runs = [run for run in runs if all(run not in found for found in others.values())]
    left = [
        f"{fmt.count(len(found), 'run')} of task {what} left out: runs of different tasks cannot be compared."
        for what, found in others.items()
    ]
    table = board.board(scored, standing=(standing := stand(scored)), config=config)
    odd = [line for line in table.caption.splitlines() if line.startswith(("No intervals", "Not all runs"))]
    return Known(
        tuple(scored), standing, table.rows, config, verdicts.tally(workspace.path),
        tuple(run.name for run in runs if run not in scored), (*notices, *left, *odd),
    )  # fmt: skip


def look(known: Known, key: str) -> Look:
    """All about one figure. Blocks: a second for 100,000 dialogues."""
    from engine.results.spread import bounds, by_length
    from engine.results.standing import metric_of

    standing, metric = known.standing, metric_of(key)
    scores = metric.factor * standing.scores.of(key)
    return Look(
        key, metric, standing.estimates.get(key, ()), standing.pairs(key), scores,
        by_length(standing.scores.words, scores), bounds(scores),
    )  # fmt: skip


def keys(known: Known) -> list[str]:
    """What can be looked at, as means over references (or over nothing, where there is but one reading)."""
    return [metric.key for metric in known.standing.scores.metrics]


def differences(look: Look, model: int, other: int) -> list[int]:
    """Dialogues that both models have, from where ``model`` loses most to where it wins most."""
    import numpy as np

    gap = look.scores[:, model] - look.scores[:, other]
    order = np.argsort(gap, kind="stable")  # NaN comes last
    found: list[int] = order[: int((~np.isnan(gap)).sum())].tolist()
    return found


def tally_of(known: Known, pair: Pair, blind: bool = True) -> tuple[int, int, int]:
    """Verdicts on a pair: for its first model, ties, for its second."""
    first, second = known.standing.models[pair.first], known.standing.models[pair.second]
    found = known.tallies.get(verdicts.pair_of(first, second))
    if found is None:
        return (0, 0, 0)
    count = found.blind if blind else found.open
    return (count.wins, count.ties, count.losses) if first <= second else (count.losses, count.ties, count.wins)


def _last(value: float) -> float:
    return math.inf if math.isnan(value) else value
