"""ROUGE and BLEU as ``evaluate`` metrics that need no hub, over :mod:`engine.results.scoring`.

``evaluate.load("rouge")`` downloads a script; these are the same computations as local subclasses. Against
several references a summary's score is the **mean over references**; the best of them stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import datasets
import evaluate

from engine.results import scoring
from engine.results.scoring import BEST, ROUGE

__all__ = ["BEST", "ROUGE", "Bleu", "Rouge", "aggregate", "score"]

_FEATURES = datasets.Features(
    {"predictions": datasets.Value("string"), "references": datasets.Sequence(datasets.Value("string"))}
)


class Rouge(evaluate.Metric):  # type: ignore[misc]
    """ROUGE-1/2/L/Lsum F1 with stemming, per summary and against each reference.

    ``compute(predictions=[text], references=[[text, ...]])`` gives, for every figure in ROUGE, a list over
    predictions of lists over references, each 0 to 1.
    """

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="ROUGE by rouge_score, with the Porter stemmer.",
            citation="Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries",
            features=_FEATURES,
        )

    def _download_and_prepare(self, dl_manager: Any) -> None:
        self._scorer = scoring.Rouge()

    def _compute(self, predictions: list[str], references: list[list[str]]) -> dict[str, list[list[float]]]:
        each = [
            [self._scorer(prediction, reference) for reference in group]
            for prediction, group in zip(predictions, references, strict=True)
        ]
        return {name: [[figures[at] for figures in group] for group in each] for at, name in enumerate(ROUGE)}


class Bleu(evaluate.Metric):  # type: ignore[misc]
    """BLEU (0 to 100) by sacrebleu, every reference counted; lists of references may differ in length.

    ``bleu`` is that of the corpus, with its ``signature``; ``each`` has the sentence BLEU of every prediction.
    """

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="BLEU by sacrebleu.",
            citation="Post 2018, A Call for Clarity in Reporting BLEU Scores",
            features=_FEATURES,
        )

    def _compute(self, predictions: list[str], references: list[list[str]]) -> dict[str, Any]:
        pairs = zip(predictions, references, strict=True)
        each, counts = zip(*(scoring.sentence_bleu(*pair) for pair in pairs), strict=True)
        return {
            "bleu": scoring.corpus_bleu(counts),
            "signature": scoring.bleu_signature(map(len, references)),
            "each": list(each),
        }


def score(
    summaries: Sequence[str], references: Sequence[Sequence[str]], dialogues: Sequence[str] | None = None
) -> list[dict[str, float]]:
    """Scores of each summary against its references, and how new its words are to its dialogue where that is given.

    The keys are those of :class:`engine.results.scoring.Scored`. Raises ValueError when a summary has no reference.
    """
    if not summaries:
        return []
    if not all(references):
        raise ValueError("every summary needs at least one reference")
    given = {"predictions": list(summaries), "references": [list(group) for group in references]}
    rouge, bleu = _metric(Rouge).compute(**given), _metric(Bleu).compute(**given)
    novelty = scoring.Novelty()
    return [
        scoring.joined(
            list(zip(*(rouge[name][at] for name in ROUGE), strict=True)),
            bleu["each"][at],
            scoring.length_ratio(summary, references[at]),
            None if dialogues is None else novelty(summary, dialogues[at]),
        )
        for at, summary in enumerate(summaries)
    ]


def aggregate(
    summaries: Sequence[str], references: Sequence[Sequence[str]], scores: Sequence[dict[str, float]]
) -> dict[str, Any]:
    """What ``scores.json`` holds: means over dialogues, corpus BLEU, counts, and how it was computed."""
    bleu = _metric(Bleu).compute(predictions=list(summaries), references=[list(group) for group in references])
    return scoring.aggregate(summaries, references, scores, bleu["bleu"])


@lru_cache(maxsize=2)
def _metric(kind: type[Any]) -> Any:
    """An instance that keeps its inputs in memory: nothing is written to the metrics cache."""
    metric = kind(keep_in_memory=True)
    metric.download_and_prepare()
    return metric
