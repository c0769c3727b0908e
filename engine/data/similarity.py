"""Which dialogues have the most words in common with another: TF-IDF vectors, compared by their cosine.

Weights are (1 + ln count) x (ln((1 + N) / (1 + n)) + 1) for a word that n of N dialogues have, as in Manning, Raghavan
and Schuetze 2008, chapter 6, smoothed so that a word of every dialogue still counts a little.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

from engine.data.sameness import words


class Index:
    """Texts by their words."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(words(text)) for text in texts]
        holding = Counter(word for count in counts for word in count)
        self._weight = {word: math.log((1 + len(texts)) / (1 + n)) + 1 for word, n in holding.items()}
        found: dict[str, tuple[list[int], list[float]]] = {word: ([], []) for word in holding}
        for at, count in enumerate(counts):
            vector = self._vector(count)
            for word, weight in vector.items():
                found[word][0].append(at)
                found[word][1].append(weight)
        self._found = {word: (np.array(where), np.array(weights)) for word, (where, weights) in found.items()}
        self._size = len(texts)

    def nearest(self, text: str, most: int) -> list[int]:
        """Places of the ``most`` likest texts, likest first, ties in their order; texts without a shared word too."""
        scores = np.zeros(self._size)
        for word, weight in self._vector(Counter(words(text))).items():
            where, weights = self._found[word]
            scores[where] += weight * weights
        return [int(at) for at in np.argsort(-scores, kind="stable")[:most]]

    def _vector(self, count: Counter[str]) -> dict[str, float]:
        """Weights of the known words of a text, of length 1."""
        raw = {word: (1 + math.log(n)) * self._weight[word] for word, n in count.items() if word in self._weight}
        length = math.sqrt(sum(weight * weight for weight in raw.values())) or 1.0
        return {word: weight / length for word, weight in raw.items()}
