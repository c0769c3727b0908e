"""What the Explore screen shows of the rows: which, in what order, of which models, with the figures over all of them.

Works on arrays, in a thread; knows no Textual. numpy comes with the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.results.verdicts import Said
from tui.metrics import metric, ordered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.results.query import Problem
    from engine.results.rows import Rows

    Figures = NDArray[np.float64]
    Places = NDArray[np.int64]


@dataclass(frozen=True)
class View:
    """What is asked to be seen."""

    models: tuple[str, ...]
    """In their order, hidden ones included."""
    hidden: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()
    """They stand first and stay in sight."""
    metric: str = "rouge1"
    """Of rows that lack it, the first that they have: correct, of labels."""
    pair: tuple[str, str] | None = None
    """The difference column is the first's figure less the second's; without one there is no column."""
    query: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The models shown, pinned ones first."""
        shown = [model for model in self.models if model not in self.hidden]
        return tuple(sorted(shown, key=lambda model: model not in self.pinned))

    @property
    def compared(self) -> tuple[str, str] | None:
        """The pair to be judged, in the models' order: that of the difference, else the first two shown."""
        pair = sorted(self.pair or self.columns[:2], key=self.models.index)
        return (pair[0], pair[1]) if len(pair) == 2 else None

    def suited(self, models: Sequence[str], metrics: Sequence[str]) -> View:
        """This view of other models: what it says of those that are not there is left out."""
        known = [model for model in self.models if model in models]
        order = (*known, *(model for model in models if model not in known))
        hidden = self.hidden & set(order)
        pair = self.pair if self.pair and set(self.pair) <= set(order) and self.pair[0] != self.pair[1] else None
        return replace(
            self, models=order, hidden=frozenset() if hidden == set(order) else hidden,
            pinned=self.pinned & set(order), pair=pair, metric=self.metric if self.metric in metrics else metrics[0],
        )  # fmt: skip

    def next_metric(self, metrics: Sequence[str], step: int) -> View:
        """This view of the next metric, or of the one before."""
        names = ordered(metrics)
        at = names.index(self.metric) if self.metric in names else -1
        return replace(self, metric=names[(at + step) % len(names)])


@dataclass(frozen=True)
class Mean:
    """A column over the rows shown."""

    mean: float
    amount: int
    """Rows that have the figure."""
    best: int = 0
    """Rows in which the model is the best, or one of them."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The answer to a :class:`View`."""

    view: View
    places: Places
    """Rows of the table, in the order shown."""
    at: Places
    """For each row where it is shown, -1 where it is not."""
    figures: Mapping[str, Figures]
    """By model, for all rows."""
    means: Mapping[str, Mean] = field(default_factory=dict)
    turns: float = 0.0
    length: float = 0.0
    difference: Mean | None = None
    problem: Problem | None = None
    """What is wrong with the query; the rows are then those of the last one that was right."""
    hint: str = ""
    """What may not have been meant."""

    def gap(self, place: int) -> float:
        """The pair's difference in a row; NaN where one of them has no figure or there is no pair."""
        if self.view.pair is None:
            return float("nan")
        first, second = self.view.pair
        return float(self.figures[first][place] - self.figures[second][place])


def arrange(
    rows: Rows, view: View, last: Shown | None = None, said: Said | None = None, stop: Callable[[], bool] | None = None
) -> Shown | None:
    """Work out what ``view`` shows; ``last`` is what is shown now, ``said`` what people said of the dialogues.

    Blocks, a tenth of a second with words to look for in 100,000 dialogues; ``stop`` says that nobody waits any more,
    and the answer is then None.
    """
    import numpy as np

    from engine.results.query import run_query
    from engine.results.rows.texts import Stopped

    places, problem, hint = None, None, ""
    if last is not None and _answers(last.view, view):
        places, problem, hint = last.places, last.problem, last.hint
    else:
        try:
            result = run_query(rows, view.query, view.metric, kept(rows, said or Said()), stop)
        except Stopped:
            return None
        problem, hint = result.problem, result.hint
        if problem is None:
            places = result.places
        elif last is not None:
            places = last.places
    if places is None:
        places = np.arange(len(rows), dtype=np.int64)
    at = np.full(len(rows), -1, dtype=np.int64)
    at[places] = np.arange(len(places))
    figures = {model: rows.score(model, view.metric) for model in view.models}
    gap = None
    if view.pair is not None:
        gap = _mean(figures[view.pair[0]][places] - figures[view.pair[1]][places])
    return Shown(
        view, places, at, figures, _means(figures, places, view), _plain_mean(rows.turns[places]),
        _plain_mean(rows.length[places]), gap, problem, hint,
    )  # fmt: skip


KEPT = ("marked", "noted", "judged")
"""Sets of dialogues that a query can name: bookmarked, with a note, with a verdict on any pair."""


def _answers(last: View, view: View) -> bool:
    """Whether what ``last`` found is what ``view`` asks for: nobody said anything that changes it."""
    same = (last.query, last.metric) == (view.query, view.metric)
    return same and "is:" not in view.query.casefold()


def kept(rows: Rows, said: Said) -> dict[str, NDArray[np.bool_]]:
    """Each set of :data:`KEPT`, as truths of all rows."""
    import numpy as np

    found = {}
    for name, keys in zip(KEPT, (said.bookmarks, said.notes, {key for key, _, _ in said.verdicts}), strict=True):
        found[name] = np.zeros(len(rows), dtype=bool)
        for key in keys:
            if (place := rows.find(key)) is not None:
                found[name][place] = True
    return found


_CLAUSE = re.compile(
    r"""(?P<phrase>"(?:\\.|[^"\\])*"?)"""
    r"""|(?P<sort>(?<!\S)sort:(?:"(?:\\.|[^"\\])*"?|\((?:[^()]|\([^()]*\))*\)|[^\s"()])*)""",
    re.IGNORECASE,
)


def sorting(query: str) -> str:
    """The part of ``query`` that says how to sort; empty where none does."""
    return next((match["sort"] for match in _CLAUSE.finditer(query) if match["sort"]), "")


def with_sorting(query: str, clause: str) -> str:
    """``query`` with ``clause`` in place of what it says of sorting."""
    rest = _CLAUSE.sub(lambda match: "" if match["sort"] else match[0], query)
    return " ".join(f"{rest} {clause}".split()) if '"' not in rest else f"{rest.strip()} {clause}".strip()


def _plain_mean(values: Any) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _mean(values: Figures) -> Mean:
    import numpy as np

    known = values[~np.isnan(values)]
    return Mean(_plain_mean(known), len(known))


def _means(figures: Mapping[str, Figures], places: Places, view: View) -> dict[str, Mean]:
    """Of each model shown. Best is counted where two models at least have the figure, and they differ."""
    import numpy as np

    of = metric(view.metric)
    columns = {model: figures[model][places] for model in view.columns}
    means = {model: _mean(values) for model, values in columns.items()}
    if not of.good or len(columns) < 2 or not len(places):
        return means
    good = {model: -np.abs(values - 1) if of.good == "one" else values for model, values in columns.items()}
    top = bottom = next(iter(good.values()))
    known = np.zeros(len(places), dtype=np.int16)
    for values in good.values():
        top, bottom = np.fmax(top, values), np.fmin(bottom, values)
        known += ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        counts = (known > 1) & (top - bottom >= of.tie)
        best = {model: int(np.count_nonzero(counts & (top - values < of.tie))) for model, values in good.items()}
    return {model: replace(mean, best=best[model]) for model, mean in means.items()}
