"""Every model's scores of every test dialogue as arrays, joined by dialogue. Imports numpy; keeps no texts."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.results.statistics import Floats, Ints
from engine.runs.files import LineCursor, parse_json
from engine.runs.folder import RunFolder

BEST = "_best"
"""Ending of the keys of figures that take each summary's best reference."""


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
KEYS = frozenset((*(m.key for m in METRICS), *(m.key + BEST for m in METRICS if m.readings)))


@dataclass(frozen=True)
class Scores:
    """Dialogues in the order of the first model that has them; models in the order given."""

    models: tuple[str, ...]
    ids: tuple[str, ...]
    topics: tuple[str, ...]
    keys: tuple[str, ...]
    """What a dialogue is known by: :func:`dialogue_key`."""
    words: Ints
    """Words of each dialogue."""
    clusters: Ints
    """Dialogues of equal number are the same text."""
    columns: Mapping[str, Floats]
    """By key of a metric (``rouge1``, ``rouge1_best``, ...): dialogues × models, NaN where unknown."""

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

    @property
    def even(self) -> bool:
        """Whether all models have the same dialogues, so that their means can be compared."""
        known = ~np.isnan(self.of("rouge1"))
        return bool((known == known[:, :1]).all()) if len(self.models) else True

    def only(self, models: Sequence[str]) -> Scores:
        """The same dialogues with these ``models``, in this order."""
        places = [self.models.index(model) for model in models]
        columns = {key: values[:, places] for key, values in self.columns.items()}
        return Scores(tuple(models), self.ids, self.topics, self.keys, self.words, self.clusters, columns)


def dialogue_key(id: str, dialogue: str) -> str:
    """16 hexadecimal digits of the SHA-256 of id and text: two data sets may use the same ids."""
    return hashlib.sha256(f"{id}\0{dialogue}".encode("utf-8", "replace")).hexdigest()[:16]


def read(runs: Sequence[RunFolder]) -> Scores:
    """The scores of ``runs``; a run without predictions has none. Damaged lines are skipped; blocks.

    Of two lines on the same dialogue the later one counts.
    """
    places: dict[str, int] = {}
    texts: dict[bytes, int] = {}
    ids: list[str] = []
    topics: list[str] = []
    words: list[int] = []
    clusters: list[int] = []
    found: list[dict[int, dict[str, float]]] = []
    for run in runs:
        mine: dict[int, dict[str, float]] = {}
        for id_, dialogue, topic, scores in _lines(run):
            key = dialogue_key(id_, dialogue)
            place = places.setdefault(key, len(places))
            if place == len(ids):
                ids.append(id_)
                topics.append(topic)
                words.append(len(dialogue.split()))
                text = hashlib.sha256(dialogue.encode("utf-8", "replace")).digest()
                # Without a text nothing is known to be the same.
                clusters.append(texts.setdefault(text if dialogue else key.encode(), len(texts)))
            mine[place] = scores
        found.append(mine)
    columns: dict[str, Floats] = {}
    for at, mine in enumerate(found):
        for place, scores in mine.items():
            for key, value in scores.items():
                if key not in columns:
                    columns[key] = np.full((len(ids), len(runs)), math.nan)
                columns[key][place, at] = value
    return Scores(
        tuple(run.name for run in runs), tuple(ids), tuple(topics), tuple(places),
        np.array(words, dtype=np.int64), np.array(clusters, dtype=np.int64), columns,
    )  # fmt: skip


def _lines(run: RunFolder) -> Any:
    """Id, dialogue, topic and known scores of every prediction that is whole."""
    for line in LineCursor(run.predictions_path).read():
        try:
            values = parse_json(line)
        except ValueError:
            continue
        if not isinstance(values, dict):
            continue
        id_, dialogue, topic = values.get("id"), values.get("dialogue", ""), values.get("topic", "")
        if not (isinstance(id_, str) and isinstance(dialogue, str) and isinstance(topic, str)):
            continue
        given = values.get("scores")
        scores = {}
        for key, value in given.items() if isinstance(given, dict) else ():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if key in KEYS and number and math.isfinite(value):
                scores[key] = float(value)
        if "length_ratio" not in scores and (ratio := _length_ratio(values)) is not None:
            scores["length_ratio"] = ratio
        yield id_, dialogue, topic, scores


def _length_ratio(values: Mapping[str, Any]) -> float | None:
    """Words of the summary by mean words of the references; None without references."""
    summary, references = values.get("summary"), values.get("references")
    if not isinstance(summary, str) or not isinstance(references, list):
        return None
    lengths = [len(text.split()) for text in references if isinstance(text, str)]
    return len(summary.split()) * len(lengths) / sum(lengths) if sum(lengths) else None
