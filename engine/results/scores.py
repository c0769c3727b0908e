"""Every model's scores of every test dialogue as arrays, joined by dialogue. Imports numpy; holds no texts."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import WorkspaceError
from engine.results.rows import Progress, open_rows
from engine.results.rows.store import Lazy, Rows
from engine.results.scoring import BEST
from engine.results.statistics import Floats, Ints
from engine.runs.folder import RunFolder


@dataclass(frozen=True)
class Metric:
    """A figure of one summary."""

    key: str
    """In ``scores`` of predictions.jsonl, there as the mean over references."""
    label: str
    factor: float = 1.0
    """What people read is so many times what is kept: ROUGE is kept from 0 to 1 and read from 0 to 100."""
    readings: bool = False
    """Whether there is a best over references beside the mean."""
    digits: int = 2
    more: bool = True
    """Whether more is better; of a length ratio or new words, neither is."""


METRICS = (
    Metric("rouge1", "ROUGE-1", 100, True),
    Metric("rouge2", "ROUGE-2", 100, True),
    Metric("rougeL", "ROUGE-L", 100, True),
    Metric("rougeLsum", "ROUGE-Lsum", 100, True),
    Metric("bleu", "sentence BLEU"),
    Metric("length_ratio", "length ratio", more=False),
    Metric("novelty", "new words %", 100, digits=1, more=False),
)
"""length ratio: words of the summary for each of the references (their mean); new words: those of the summary that
occur nowhere in the dialogue."""
KEYS = (*(m.key for m in METRICS), *(m.key + BEST for m in METRICS if m.readings))


@dataclass(frozen=True)
class Scores:
    """Dialogues in the order of the first model that has them; models in the order given."""

    models: tuple[str, ...]
    ids: Sequence[str]
    topics: Sequence[str]
    keys: Sequence[str]
    """What each dialogue is known by, see :meth:`engine.results.rows.store.Rows.key`; read when asked for."""
    words: Ints
    """Words of each dialogue."""
    clusters: Ints
    """Dialogues of equal number are the same text, but for case and spaces."""
    columns: Mapping[str, Floats]
    """By key of a metric (``rouge1``, ``rouge1_best``, ...): dialogues × models, NaN where unknown."""
    place: Callable[[str], int | None] = lambda key: None
    """The row of the dialogue with that key."""

    def __len__(self) -> int:
        return len(self.ids)

    def of(self, key: str) -> Floats:
        """The scores under ``key``: dialogues × models."""
        found = self.columns.get(key)
        return np.full((len(self), len(self.models)), math.nan) if found is None else found

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that at least one model has."""
        return tuple(metric for metric in METRICS if metric.key in self.columns)


def read(runs: Sequence[RunFolder], progress: Progress | None = None) -> Scores:
    """The scores of ``runs``; a run without predictions has none. Blocks.

    They come from the store of :mod:`engine.results.rows`, which reads each run's predictions once and keeps them as
    columns. Of two lines on the same dialogue the later one counts; damaged lines are skipped. Raises WorkspaceError.
    """
    try:
        rows = open_rows(runs, progress)
    except OSError as error:
        raise WorkspaceError("The predictions cannot be read", error.strerror or str(error)) from None
    columns = {}
    for key in KEYS:
        values = np.column_stack([_column(rows, run.name, key) for run in runs]) if runs else np.empty((0, 0))
        if values.size and not np.isnan(values).all():
            columns[key] = values
    return Scores(
        tuple(run.name for run in runs), rows.ids, rows.topics, Lazy(len(rows), rows.key),
        rows.length.astype(np.int64), _clusters(rows), columns, rows.find,
    )  # fmt: skip


def _column(rows: Rows, model: str, key: str) -> Floats:
    """One model's scores; those that are no numbers of theirs are unknown."""
    if model not in rows.models:
        return np.full(len(rows), math.nan)
    values: Floats = np.array(rows.score(model, key), dtype=np.float64)
    values[~np.isfinite(values)] = math.nan
    if key == "length_ratio":  # predictions from before it was kept have the lengths
        unknown = np.isnan(values) & (rows.reference_words > 0)
        values[unknown] = rows.score(model, "words")[unknown] / rows.reference_words[unknown]
    return values


def _clusters(rows: Rows) -> Ints:
    """A number for each text that a dialogue has; one of its own for a dialogue without a text."""
    numbers = np.arange(len(rows), dtype=np.int64)
    known = np.zeros(len(rows), bool)
    first: dict[bytes, int] = {}
    for part in rows.parts:
        if part.words is None:
            continue
        texts = part.words.texts["dialogue"]
        here = np.flatnonzero(rows.has(part.name) & ~known)
        for place in here.tolist():
            text = texts[place if part.places is None else int(part.places[place])]
            if text:
                numbers[place] = first.setdefault(hashlib.sha256(text.encode("utf-8", "replace")).digest(), place)
        known[here] = True
    return numbers
