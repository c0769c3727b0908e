"""What a summary scores, in one place: ROUGE as rouge_score computes it, BLEU as sacrebleu does, length and novelty.

ROUGE-1, 2, L and Lsum are F1 with the Porter stemmer, the very figures of ``rouge_score.RougeScorer`` (C.-Y. Lin 2004,
"ROUGE: A Package for Automatic Evaluation of Summaries"), about ten times as fast: stems are remembered, a reference is
prepared once for all summaries, and the longest common subsequence is counted in the bits of whole numbers (H. Hyyrö
2004, "Bit-Parallel LCS-length Computation Revisited") rather than in a table. ROUGE-Lsum of texts of several lines
depends on which of several longest subsequences is taken, so there it is rouge_score's own code that takes it.

rouge_score and sacrebleu are imported when the first summary is scored: they cost the terminal 0.4 s and numpy.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import Any, NamedTuple

ROUGE = ("rouge1", "rouge2", "rougeL", "rougeLsum")
"""F1 of unigrams, bigrams, the longest common subsequence of the text, and of its lines; each 0 to 1."""
BEST = "_best"
"""Ending of the figures that take each summary's best reference."""
BLEU, LENGTH_RATIO, NOVELTY = "bleu", "length_ratio", "novelty"
"""Keys of sentence BLEU (0 to 100), words of the summary for each word of its references, and the share (0 to 1) of its
words that occur nowhere in the dialogue."""
SENTENCE_BLEU = "sentence_bleu"
"""Key of the mean of the summaries' BLEU in an aggregate, whose ``bleu`` is that of the corpus."""

ORDER = 4
"""Longest n-grams that BLEU counts; sacrebleu's default."""

_STEMS_KEPT = 200_000
_TEXTS_KEPT = 4096
_LONGEST_KEPT = 4000
"""Characters: what a longer text was prepared to is not kept."""
_WORD = re.compile(r"[a-z0-9]+")
_EVERY = 200
"""Summaries between two words on the progress."""


class Counts(NamedTuple):
    """What corpus BLEU needs to know of one summary; of several, the sums."""

    summary: int
    """Tokens, as sacrebleu cuts them (13a)."""
    reference: int
    """Tokens of the reference that is nearest in length."""
    matched: tuple[int, ...]
    """N-grams that are in a reference too, for n = 1 to ORDER."""
    total: tuple[int, ...]
    """All n-grams."""


@dataclass(frozen=True)
class Scored:
    """One summary's figures."""

    scores: dict[str, float]
    """ROUGE, mean over references, and with ``_best`` that of the best; ``bleu``; ``length_ratio`` and ``novelty``
    where there are words to count."""
    counts: Counts


# -- ROUGE ----------------------------------------------------------------------------------------


class _Stems(dict[str, str]):
    """Stem of each word, worked out once for each that is met: the stemmer is two thirds of rouge_score's time."""

    def __init__(self) -> None:
        from nltk.stem import porter

        super().__init__()
        self._stem = porter.PorterStemmer().stem

    def __missing__(self, word: str) -> str:
        if len(self) >= _STEMS_KEPT:
            self.clear()
        self[word] = stem = self._stem(word) if len(word) > 3 else word
        return stem


class _Text:
    """A text, prepared to be compared."""

    __slots__ = ("bigrams", "lines", "places", "tokens", "unigrams")

    def __init__(self, tokens: list[str], lines: int) -> None:
        self.tokens = tokens
        self.unigrams = Counter(tokens)
        self.bigrams = Counter(itertools.pairwise(tokens))
        self.lines = lines
        """Lines with tokens."""
        self.places: dict[str, int] | None = None
        """See :func:`bits`; made when first wanted."""


class Rouge:
    """Compares summaries with references. Not for two threads at once."""

    def __init__(self) -> None:
        from rouge_score import rouge_scorer

        self._stems = _Stems()
        self._kept = lru_cache(maxsize=_TEXTS_KEPT)(self._fresh)
        # It asks its tokenizer for nothing but tokenize(text).
        self._own = rouge_scorer.RougeScorer(["rougeLsum"], tokenizer=self)

    def tokenize(self, text: str) -> list[str]:
        """Lower-case ASCII letters and digits; words of more than three stemmed."""
        stems = self._stems
        return [stem for word in _WORD.findall(text.lower()) if (stem := stems[word])]

    def __call__(self, summary: str, reference: str) -> tuple[float, float, float, float]:
        """The figures of :data:`ROUGE`, in that order."""
        said, asked = self._prepared(summary), self._prepared(reference)
        some, all_of = len(said.tokens), len(asked.tokens)
        if not some or not all_of:
            return 0.0, 0.0, 0.0, 0.0
        one = f1(_shared(said.unigrams, asked.unigrams), some, all_of)
        two = f1(_shared(said.bigrams, asked.bigrams), some - 1, all_of - 1)
        longest = f1(_common(said, asked), some, all_of)
        if said.lines > 1 or asked.lines > 1:
            by_lines: float = self._own.score(reference, summary)["rougeLsum"].fmeasure
        else:
            by_lines = longest  # one line against one: the same words in the same order
        return one, two, longest, by_lines

    def _prepared(self, text: str) -> _Text:
        return self._kept(text) if len(text) <= _LONGEST_KEPT else self._fresh(text)

    def _fresh(self, text: str) -> _Text:
        lines = sum(1 for line in text.split("\n") if _WORD.search(line.lower())) if "\n" in text else 1
        return _Text(self.tokenize(text), lines)


def _shared(left: Counter[Any], right: Counter[Any]) -> int:
    if len(left) > len(right):
        left, right = right, left
    return sum(min(count, right[gram]) for gram, count in left.items() if gram in right)


def _common(summary: _Text, reference: _Text) -> int:
    """Length of the longest common subsequence."""
    if (places := reference.places) is None:
        places = reference.places = bits(reference.tokens)
    whole = (1 << len(reference.tokens)) - 1
    row = whole
    for token in summary.tokens:
        if (here := places.get(token)) is not None:
            step = row & here
            row = (row + step | row - step) & whole
    return len(reference.tokens) - row.bit_count()


def bits(tokens: Sequence[str]) -> dict[str, int]:
    """Of each token, a number whose n-th bit says whether it is the n-th of ``tokens``."""
    found: dict[str, int] = {}
    for at, token in enumerate(tokens):
        found[token] = found.get(token, 0) | 1 << at
    return found


def f1(hits: int, summary: int, reference: int) -> float:
    """F1 (0 to 1) of ``hits`` of so many n-grams each, in rouge_score's order of operations: not even the last bit
    differs."""
    precision, recall = hits / max(summary, 1), hits / max(reference, 1)
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


# -- BLEU -----------------------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _sacrebleu(sentence: bool) -> Any:
    from sacrebleu.metrics import bleu

    return bleu.BLEU(effective_order=sentence, force=True)  # force: no advice about detokenising on standard error


def corpus_bleu(counts: Iterable[Counts]) -> float:
    """BLEU (0 to 100) of all summaries together, of what each of them counted; 0 for none."""
    summary = reference = 0
    matched, total = [0] * ORDER, [0] * ORDER
    for one in counts:
        summary, reference = summary + one.summary, reference + one.reference
        matched = [was + more for was, more in zip(matched, one.matched, strict=True)]
        total = [was + more for was, more in zip(total, one.total, strict=True)]
    score: float = _sacrebleu(False).compute_bleu(matched, total, summary, reference, smooth_method="exp").score
    return score


def bleu_signature(numbers: Iterable[int], sentence: bool = False) -> str:
    """sacrebleu's signature for summaries with these ``numbers`` of references."""
    different = set(numbers)
    metric = _sacrebleu(sentence)
    metric.num_refs = different.pop() if len(different) == 1 else -1  # -1: it says "var"
    return str(metric.get_signature())


def sentence_bleu(summary: str, references: Sequence[str]) -> tuple[float, Counts]:
    """BLEU (0 to 100) of one summary, over the n-grams that it is long enough for; and what it counted."""
    found = _sacrebleu(True).sentence_score(summary, list(references))
    return found.score, Counts(found.sys_len, found.ref_len, tuple(found.counts), tuple(found.totals))


# -- one summary, and many ------------------------------------------------------------------------


class Novelty:
    """Tells how many of a summary's words are new. Not for two threads at once."""

    def __init__(self) -> None:
        self._dialogue = ""
        self._words: frozenset[str] = frozenset()

    def __call__(self, summary: str, dialogue: str) -> float | None:
        """Share (0 to 1) of the summary's words that the dialogue does not have; None where it has no words.

        Words are ROUGE's, not stemmed.
        """
        if dialogue != self._dialogue:
            self._dialogue, self._words = dialogue, frozenset(words(dialogue))
        found = words(summary)
        return sum(word not in self._words for word in found) / len(found) if found else None


class Scorer:
    """Scores summaries one after another and remembers what comes again. Not for two threads at once."""

    def __init__(self) -> None:
        self._rouge, self._novelty = Rouge(), Novelty()

    def __call__(self, summary: str, references: Sequence[str], dialogue: str | None = None) -> Scored:
        """All figures of one summary. Raises ValueError without a reference."""
        if not references:
            raise ValueError("every summary needs at least one reference")
        rouge = [self._rouge(summary, reference) for reference in references]
        bleu, counts = sentence_bleu(summary, references)
        novel = None if dialogue is None else self._novelty(summary, dialogue)
        return Scored(joined(rouge, bleu, length_ratio(summary, references), novel), counts)


def joined(rouge: Sequence[Sequence[float]], bleu: float, ratio: float | None, novel: float | None) -> dict[str, float]:
    """The scores of one summary; ``rouge`` has the figures of :data:`ROUGE` against each reference."""
    found = {name: fmean(figures[at] for figures in rouge) for at, name in enumerate(ROUGE)}
    found |= {name + BEST: max(figures[at] for figures in rouge) for at, name in enumerate(ROUGE)}
    found[BLEU] = bleu
    found |= {name: value for name, value in ((LENGTH_RATIO, ratio), (NOVELTY, novel)) if value is not None}
    return found


def words(text: str) -> list[str]:
    """The words that ROUGE sees in ``text``, not stemmed: runs of ASCII letters and digits in lower case."""
    return _WORD.findall(text.lower())


def length_ratio(summary: str, references: Sequence[str]) -> float | None:
    """Words of the summary for each word of a reference, in the mean; what stands between spaces is a word.

    None where the references have none.
    """
    wanted = fmean(len(reference.split()) for reference in references)
    return len(summary.split()) / wanted if wanted else None


def score_all(
    summaries: Sequence[str],
    references: Sequence[Sequence[str]],
    dialogues: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Scored]:
    """Each summary's figures, one after another in this process (:mod:`engine.importing.apart` has several).

    Raises ValueError when a summary has no reference.
    """
    if not all(references):
        raise ValueError("every summary needs at least one reference")
    if not summaries:
        return []
    scorer = Scorer()
    found = []
    for at, (summary, group) in enumerate(zip(summaries, references, strict=True)):
        found.append(scorer(summary, group, None if dialogues is None else dialogues[at]))
        if progress is not None and (at + 1) % _EVERY == 0:
            progress(at + 1, len(summaries))
    return found


# -- what scores.json holds -----------------------------------------------------------------------


def aggregate(
    summaries: Sequence[str],
    references: Sequence[Sequence[str]],
    scores: Sequence[Mapping[str, float]],
    bleu: float,
) -> dict[str, Any]:
    """Means over dialogues, corpus BLEU, counts, and how each was computed; of at least one summary.

    A mean is over the summaries that have the figure. ``bleu`` is that of the corpus (:func:`corpus_bleu`).
    """
    from importlib.metadata import version  # a tenth of a second, which marking words does without

    names = dict.fromkeys(name for figures in scores for name in figures)
    means = {name: fmean(figures[name] for figures in scores if name in figures) for name in names}
    if BLEU in means:
        means[SENTENCE_BLEU] = means.pop(BLEU)
    numbers = list(map(len, references))
    return {
        "metrics": {**means, BLEU: bleu},
        "examples": len(summaries),
        "references": sum(numbers),
        "summary_words": fmean(len(summary.split()) for summary in summaries),
        "signature": {
            "rouge": f"rouge_score {version('rouge_score')}, F1, Porter stemmer, lines as given; "
            "mean over references, then over dialogues; _best takes each dialogue's best reference",
            "bleu": bleu_signature(numbers),
            "sentence_bleu": f"{bleu_signature(numbers, sentence=True)}; of each summary, mean over dialogues",
            "length_ratio": "words of the summary / mean words of its references, between spaces",
            "novelty": "share of the summary's words (ROUGE's, not stemmed) that are nowhere in the dialogue",
        },
    }
