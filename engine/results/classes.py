"""What labels score: a confusion matrix and what follows from it, beside the majority class. Intervals use numpy.

Per label, precision = hits / predicted, recall = hits / gold, F1 = 2 hits / (predicted + gold), each 0 where nothing is
counted; accuracy = all hits / all texts; macro F1 = mean F1 of the labels that occur, as gold or as predicted label.
These are scikit-learn's definitions (``f1_score(average="macro", zero_division=0)``). The majority class is the answer
that always gives the commonest gold label of the scored texts: what a model must beat to have learnt anything.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from engine.results.facts import at, figure

if TYPE_CHECKING:
    from engine.results.statistics import Estimate
    from engine.runs.folder import Prediction

CORRECT, CONFIDENCE, GOLD = "correct", "confidence", "gold_probability"
"""Keys of a prediction's scores: 1 where the label is right, the probability of the label chosen, that of the gold."""


@dataclass(frozen=True)
class OfLabel:
    """Figures of one label, 0 to 1."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    """Texts whose gold label it is."""
    predicted: int
    """Texts that were given it."""


@dataclass(frozen=True)
class Confusion:
    """How often a text of one label was given another."""

    labels: tuple[str, ...]
    """Those of the model in its order, then gold labels that it does not know."""
    counts: tuple[tuple[int, ...], ...]
    """``counts[gold][predicted]``."""

    @property
    def total(self) -> int:
        """Texts with a gold label."""
        return sum(map(sum, self.counts))

    @property
    def accuracy(self) -> float:
        """Share of texts whose label is right; 0 without any."""
        hits = sum(row[place] for place, row in enumerate(self.counts))
        return hits / self.total if self.total else 0.0

    @property
    def of_labels(self) -> tuple[OfLabel, ...]:
        """The table of labels."""
        found = []
        for place, label in enumerate(self.labels):
            hits, support = self.counts[place][place], sum(self.counts[place])
            predicted = sum(row[place] for row in self.counts)
            found.append(
                OfLabel(
                    label, hits / predicted if predicted else 0.0, hits / support if support else 0.0,
                    2 * hits / (predicted + support) if predicted + support else 0.0, support, predicted,
                )
            )  # fmt: skip
        return tuple(found)

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the labels that occur; 0 without any."""
        f1s = [one.f1 for one in self.of_labels if one.support + one.predicted]
        return fmean(f1s) if f1s else 0.0

    @property
    def majority(self) -> Confusion:
        """The same texts, all given the commonest gold label (the first of several)."""
        sums = [sum(row) for row in self.counts]
        best = max(range(len(sums)), key=sums.__getitem__, default=0)
        width = len(self.labels)
        return Confusion(self.labels, tuple(tuple(n * (place == best) for place in range(width)) for n in sums))

    @property
    def commonest(self) -> str:
        """The commonest gold label; empty without any."""
        sums = [sum(row) for row in self.counts]
        return self.labels[max(range(len(sums)), key=sums.__getitem__)] if self.total else ""


def confusion(gold: Iterable[str | None], said: Iterable[str], names: Sequence[str] = ()) -> Confusion:
    """The matrix of ``said`` against ``gold``; texts without a gold label (None) do not count."""
    pairs = Counter((g, s) for g, s in zip(gold, said, strict=True) if g is not None)
    others = sorted({label for pair in pairs for label in pair} - set(names))
    labels = (*names, *others)
    return Confusion(labels, tuple(tuple(pairs[g, s] for s in labels) for g in labels))


def scores(gold: str, said: str, probabilities: Mapping[str, float]) -> dict[str, float]:
    """The figures of one prediction."""
    return {
        CORRECT: float(gold == said),
        CONFIDENCE: float(probabilities.get(said, 0.0)),
        GOLD: float(probabilities.get(gold, 0.0)),
    }


def aggregate(
    gold: Sequence[str], said: Sequence[str], names: Sequence[str], figures: Sequence[Mapping[str, float]]
) -> dict[str, Any]:
    """What scores.json holds of a task with labels."""
    table = confusion(gold, said, names)
    baseline = table.majority
    return {
        "metrics": {
            "accuracy": table.accuracy, "macro_f1": table.macro_f1,
            CONFIDENCE: fmean(one[CONFIDENCE] for one in figures), GOLD: fmean(one[GOLD] for one in figures),
        },
        "examples": table.total,
        "references": table.total,
        "labels": list(table.labels),
        "confusion": [list(row) for row in table.counts],
        "majority": {"label": table.commonest, "accuracy": baseline.accuracy, "macro_f1": baseline.macro_f1},
        "signature": {
            "classes": "macro F1: mean F1 of the labels that occur as gold or predicted label; 0 where nothing is "
            "counted; majority: always the commonest gold label of the scored texts"
        },
    }  # fmt: skip


def kept(scores_file: Mapping[str, Any]) -> Confusion | None:
    """The matrix in a run's scores.json; None where there is none, or a damaged one."""
    labels, rows = at(scores_file, "labels"), at(scores_file, "confusion")
    if not isinstance(labels, list) or not isinstance(rows, list) or len(rows) != len(labels) or not labels:
        return None
    if not all(isinstance(row, list) and len(row) == len(labels) for row in rows):
        return None
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for row in rows for n in row):
        return None
    return Confusion(tuple(map(str, labels)), tuple(map(tuple, rows)))


def majority(scores_file: Mapping[str, Any]) -> tuple[str, float | None, float | None]:
    """Label, accuracy and macro F1 of the majority class; empty and None where they are not known."""
    label = at(scores_file, "majority", "label")
    of = (figure(scores_file, "majority", key) for key in ("accuracy", "macro_f1"))
    accuracy, f1 = of
    return (label if isinstance(label, str) else ""), accuracy, f1


def intervals(predictions: Sequence[Prediction]) -> tuple[Estimate, Estimate]:
    """Accuracy and macro F1 with their intervals; texts that are the same are drawn together. Imports numpy."""
    import numpy as np

    from engine.results.statistics import estimate_of, estimates

    labelled = [p for p in predictions if p.references]
    labels = sorted({label for p in labelled for label in (p.summary, p.references[0])})
    place = {label: number for number, label in enumerate(labels)}
    amount, width = len(labelled), len(labels)
    gold = np.array([place[p.references[0]] for p in labelled], dtype=np.intp)
    said = np.array([place[p.summary] for p in labelled], dtype=np.intp)
    seen: dict[str, int] = {}
    texts = [seen.setdefault(" ".join(p.dialogue.casefold().split()), len(seen)) for p in labelled]
    clusters = np.array(texts, dtype=np.int64)
    rows = np.arange(amount)
    parts = np.zeros((amount, 3 * width))
    hit = gold == said
    parts[rows[hit], gold[hit]] = 1.0
    parts[rows, width + gold] = 1.0
    parts[rows, 2 * width + said] = 1.0

    def macro_f1(means: Any) -> Any:
        hits, of_gold, of_said = means[:, :width], means[:, width : 2 * width], means[:, 2 * width :]
        both = of_gold + of_said
        there = both > 1e-12
        f1 = np.where(there, 2 * hits / np.where(there, both, 1.0), 0.0)
        return f1.sum(axis=1) / np.maximum(there.sum(axis=1), 1)

    return estimates(hit.astype(np.float64)[:, None], clusters)[0], estimate_of(macro_f1, parts, clusters)


def figure_of(label: str) -> str:
    """The name under which a query finds the probability of ``label``: ``p_`` and its letters and digits."""
    return "p_" + re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")[:36]
