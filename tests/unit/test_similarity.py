"""The likest dialogues, and the examples chosen by them."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.sameness import words
from engine.data.similarity import Index

TEXTS = [
    "The train to Boston leaves at nine.",
    "I have lost my suitcase on the train to Boston!",
    "Could I have the bill, please? The soup was cold.",
    "the the the",
]


def cosine(query: str, at: int) -> float:
    """By the formula, for every word on its own."""
    n = len(TEXTS)

    def vector(text: str) -> dict[str, float]:
        found = words(text)
        holding = {w: sum(w in words(t) for t in TEXTS) for w in set(found)}
        return {w: (1 + math.log(found.count(w))) * (math.log((1 + n) / (1 + k)) + 1) for w, k in holding.items() if k}

    one, other = vector(query), vector(TEXTS[at])
    lengths = math.hypot(*one.values()) * math.hypot(*other.values())
    return sum(one[w] * other.get(w, 0.0) for w in one) / lengths if lengths else 0.0


@pytest.mark.parametrize(
    ("query", "likest"),
    [("MY SUITCASE, on the train...", 1), ("cold soup", 2), ("The train to Boston leaves at nine.", 0), ("the", 3)],
)
def test_the_likest_comes_first(query: str, likest: int) -> None:
    assert Index(TEXTS).nearest(query, 2)[0] == likest


@given(st.lists(st.sampled_from(sorted({w for text in TEXTS for w in words(text)} | {"zebra"})), max_size=8))
def test_the_order_is_that_of_the_cosines(query: list[str]) -> None:
    text = " ".join(query)
    found = Index(TEXTS).nearest(text, len(TEXTS))
    assert sorted(found) == list(range(len(TEXTS)))
    scores = [cosine(text, at) for at in found]
    assert all(a >= b - 1e-9 for a, b in pairwise(scores))


def test_nothing_in_common_keeps_the_order_and_little_is_not_more() -> None:
    assert Index(TEXTS).nearest("zebra", 3) == [0, 1, 2]
    assert Index([]).nearest("zebra", 3) == [] and Index(["", "a"]).nearest("", 5) == [0, 1]
