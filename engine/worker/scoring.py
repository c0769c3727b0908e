"""ROUGE and BLEU as ``evaluate`` metrics that need no hub, over the libraries the field quotes.

``evaluate.load("rouge")`` downloads a script; these are the same computations as local subclasses. Against
several references a summary's score is the **mean over references**; the best of them stands beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from statistics import fmean
from typing import Any

import datasets
import evaluate
from nltk.stem import porter
from rouge_score import rouge_scorer, tokenize, tokenizers
from sacrebleu.metrics.bleu import BLEU

ROUGE = ("rouge1", "rouge2", "rougeL", "rougeLsum")
"""F1 of unigrams, bigrams, the longest common subsequence of the text, and of its lines."""
BEST = "_best"
"""Ending of the figures that take each summary's best reference."""

_FEATURES = datasets.Features(
    {"predictions": datasets.Value("string"), "references": datasets.Sequence(datasets.Value("string"))}
)


class CachedTokenizer(tokenizers.Tokenizer):  # type: ignore[misc]
    """rouge_score's default tokenizer, remembering stems: two thirds of its time is the Porter stemmer."""

    def __init__(self) -> None:
        self._stemmer = _RememberingStemmer()
        self._tokenize = lru_cache(maxsize=4096)(self._fresh)

    def tokenize(self, text: str) -> list[str]:
        """Lower-case alphanumeric tokens; those of more than three letters stemmed."""
        return self._tokenize(text)

    def _fresh(self, text: str) -> list[str]:
        tokens: list[str] = tokenize.tokenize(text, self._stemmer)
        return tokens


class _RememberingStemmer:
    def __init__(self) -> None:
        self.stem = lru_cache(maxsize=200_000)(porter.PorterStemmer().stem)


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
        self._scorer = rouge_scorer.RougeScorer(list(ROUGE), use_stemmer=True, tokenizer=CachedTokenizer())

    def _compute(self, predictions: list[str], references: list[list[str]]) -> dict[str, list[list[float]]]:
        found: dict[str, list[list[float]]] = {name: [] for name in ROUGE}
        for prediction, group in zip(predictions, references, strict=True):
            scores = [self._scorer.score(reference, prediction) for reference in group]
            for name in ROUGE:
                found[name].append([score[name].fmeasure for score in scores])
        return found


class Bleu(evaluate.Metric):  # type: ignore[misc]
    """Corpus BLEU (0 to 100) by sacrebleu, every reference counted; lists of references may differ in length."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="BLEU by sacrebleu.",
            citation="Post 2018, A Call for Clarity in Reporting BLEU Scores",
            features=_FEATURES,
        )

    def _download_and_prepare(self, dl_manager: Any) -> None:
        self._bleu = BLEU()

    def _compute(self, predictions: list[str], references: list[list[str]]) -> dict[str, Any]:
        most = max(map(len, references))
        streams = [[group[i] if i < len(group) else None for group in references] for i in range(most)]
        score = self._bleu.corpus_score(predictions, streams)  # type: ignore[arg-type]  # None: no such reference
        return {"bleu": score.score, "signature": str(self._bleu.get_signature())}


def score(summaries: Sequence[str], references: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    """Scores of each summary against its references: mean over them, and with ``_best`` the best of them.

    Raises ValueError when a summary has no reference.
    """
    if not summaries:
        return []
    if not all(references):
        raise ValueError("every summary needs at least one reference")
    found = _rouge().compute(predictions=list(summaries), references=[list(group) for group in references])
    return [
        {
            **{name: fmean(found[name][at]) for name in ROUGE},
            **{name + BEST: max(found[name][at]) for name in ROUGE},
        }
        for at in range(len(summaries))
    ]


def aggregate(
    summaries: Sequence[str], references: Sequence[Sequence[str]], scores: Sequence[dict[str, float]]
) -> dict[str, Any]:
    """What ``scores.json`` holds: means over dialogues, corpus BLEU, counts, and how it was computed."""
    bleu = _bleu().compute(predictions=list(summaries), references=[list(group) for group in references])
    return {
        "metrics": {**{name: fmean(s[name] for s in scores) for name in scores[0]}, "bleu": bleu["bleu"]},
        "examples": len(summaries),
        "references": sum(map(len, references)),
        "summary_words": fmean(len(summary.split()) for summary in summaries),
        "signature": {
            "rouge": f"rouge_score {version('rouge_score')}, F1, Porter stemmer, lines as given; "
            "mean over references, then over dialogues; _best takes each dialogue's best reference",
            "bleu": bleu["signature"],
        },
    }


@lru_cache(maxsize=1)
def _rouge() -> Rouge:
    return _local(Rouge)


@lru_cache(maxsize=1)
def _bleu() -> Bleu:
    return _local(Bleu)


def _local(kind: type[Any]) -> Any:
    """An instance that keeps its inputs in memory: nothing is written to the metrics cache."""
    metric = kind(keep_in_memory=True)
    metric.download_and_prepare()
    return metric
