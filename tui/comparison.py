"""Several models' summaries of the same dialogues, side by side. Knows no Textual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from engine.runs.folder import Prediction, RunFolder

METRICS = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L"}
"""Figures shown of each summary: the key in its scores and the name the field uses."""
TIE = 5e-4
"""ROUGE figures that differ by less look the same with one decimal, so neither is best."""


@dataclass(frozen=True)
class Row:
    """One test dialogue and what each run says about it."""

    key: str
    """Unique among the rows of a comparison."""
    id: str
    topic: str
    dialogue: str
    references: tuple[str, ...]
    turns: int
    predictions: dict[str, Prediction]
    """By run; a run that did not decode this dialogue is missing."""

    def rouge1(self, run: str) -> float | None:
        """ROUGE-1 (0 to 1) of the run's summary, mean over references."""
        prediction = self.predictions.get(run)
        return prediction.scores.get("rouge1") if prediction else None

    def best(self) -> frozenset[str]:
        """The runs with the highest ROUGE-1 of this dialogue; none with fewer than two to compare, or all equal."""
        scores = {run: value for run in self.predictions if (value := self.rouge1(run)) is not None}
        if len(scores) < 2:
            return frozenset()
        top = max(scores.values())
        winners = frozenset(run for run, value in scores.items() if top - value < TIE)
        return winners if len(winners) < len(scores) else frozenset()


@dataclass(frozen=True)
class Mean:
    """A run's means over the dialogues that it decoded."""

    run: str
    dialogues: int
    figures: dict[str, float]


@dataclass(frozen=True)
class Comparison:
    """Every dialogue that at least one of ``runs`` decoded, in the order of the first run that has it."""

    runs: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    means: tuple[Mean, ...] = ()

    @property
    def even(self) -> bool:
        """Whether all runs decoded the same dialogues, so that their means can be compared."""
        return all(len(row.predictions) == len(self.runs) for row in self.rows)


def compare(runs: Sequence[RunFolder]) -> Comparison:
    """Read the predictions of ``runs`` (those without any are left out) and join them by dialogue.

    Dialogues are the same when id and text are: two data sets may use the same ids.
    """
    joined: dict[tuple[str, str], dict[str, Prediction]] = {}
    names, means = [], []
    for run in runs:
        predictions = list(run.predictions().values())
        if not predictions:
            continue
        names.append(run.name)
        for prediction in predictions:
            found = joined.setdefault((prediction.id, prediction.dialogue), {})
            if found:  # one copy of a text that every run has: 10,000 dialogues are many megabytes
                first = next(iter(found.values()))
                same = first.references if first.references == prediction.references else prediction.references
                prediction = replace(prediction, id=first.id, dialogue=first.dialogue, references=same)
            found[run.name] = prediction
        means.append(Mean(run.name, len(predictions), _means(predictions)))
    rows = tuple(_row(str(place), found) for place, found in enumerate(joined.values()))
    return Comparison(tuple(names), rows, tuple(means))


def matches(row: Row, words: Sequence[str]) -> bool:
    """Whether the row's text contains every one of ``words`` (case folded)."""
    if not words:
        return True
    text = "\n".join((row.id, row.topic, row.dialogue, *row.references, *(p.summary for p in row.predictions.values())))
    text = text.casefold()
    return all(word in text for word in words)


def _means(predictions: Sequence[Prediction]) -> dict[str, float]:
    found = {name: [p.scores[name] for p in predictions if name in p.scores] for name in METRICS}
    return {name: fmean(values) for name, values in found.items() if values}


def _row(key: str, found: dict[str, Prediction]) -> Row:
    first = next(iter(found.values()))
    topic = next((p.topic for p in found.values() if p.topic), "")
    references = next((p.references for p in found.values() if p.references), ())
    return Row(
        key=key, id=first.id, topic=topic, dialogue=first.dialogue, references=references,
        turns=sum(1 for line in first.dialogue.splitlines() if line.strip()),
        predictions=found,
    )  # fmt: skip
