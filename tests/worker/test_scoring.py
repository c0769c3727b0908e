"""Scores are the libraries' own."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu, sentence_bleu

from engine.results.scoring import score_all
from engine.worker.scoring import ROUGE, aggregate, score

WORDS = st.sampled_from(
    [
        "the",
        "a",
        "running",
        "runs",
        "ran",
        "#Person1#",
        "cats",
        "cat",
        "Über",
        "東京",
        "naïve",
        "don't",
        "42",
        ".",
        ",",
        "\n",
        "-",
    ]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=30).map(" ".join), st.text(max_size=60))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.lists(TEXTS, min_size=1, max_size=4)), min_size=1, max_size=4))
def test_rouge_is_rouge_scores_own(pairs: list[tuple[str, list[str]]]) -> None:
    plain = RougeScorer(list(ROUGE), use_stemmer=True)
    found = score([p for p, _ in pairs], [r for _, r in pairs])
    for (prediction, references), figures in zip(pairs, found, strict=True):
        each = [plain.score(reference, prediction) for reference in references]
        for name in ROUGE:
            assert figures[name] == fmean(e[name].fmeasure for e in each)
            assert figures[name + "_best"] == max(e[name].fmeasure for e in each)


def test_bleu_is_sacrebleus_own_with_several_references() -> None:
    summaries = ["the cat sat on the mat", "a dog barks loudly at night"]
    references = [["the cat sat on a mat", "a cat is on the mat"], ["the dog barks at night", "a dog barks loudly"]]
    totals = aggregate(summaries, references, score(summaries, references))
    expected = corpus_bleu(summaries, [list(stream) for stream in zip(*references, strict=True)])
    assert totals["metrics"]["bleu"] == expected.score
    assert totals["references"] == 4 and "nrefs:2" in totals["signature"]["bleu"]
    assert "mean over references" in totals["signature"]["rouge"]


def test_references_may_differ_in_number() -> None:
    summaries, references = ["a b c d e", "f g h i"], [["a b c d e"], ["f g", "f g h i"]]
    totals = aggregate(summaries, references, score(summaries, references))
    assert totals["references"] == 3 and totals["metrics"]["bleu"] == pytest.approx(100)
    assert score(summaries, references)[1]["rouge1"] == pytest.approx((1 + 2 / 3) / 2)


def test_a_summary_without_a_reference_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="at least one reference"):
        score(["a"], [[]])


def test_a_summary_has_bleu_length_and_novelty_beside_rouge() -> None:
    summaries, references = ["Ana meets Bo twice.", "…"], [["Ana meets Bo."], ["a b", "c"]]
    first, second = score(summaries, references, ["Ana: Hi, Bo!", ""])
    assert first["bleu"] == sentence_bleu(summaries[0], references[0]).score
    assert first["length_ratio"] == pytest.approx(4 / 3) and first["novelty"] == pytest.approx(2 / 4)
    assert second["bleu"] == 0 and "novelty" not in second
    assert "novelty" not in score(summaries, references)[0], "without its dialogue"
    assert score([], []) == []
    totals = aggregate(summaries, references, [first, second])
    assert totals["metrics"]["bleu"] != totals["metrics"]["sentence_bleu"] == first["bleu"] / 2
    assert totals["metrics"]["novelty"] == first["novelty"]
    assert "eff:yes" in totals["signature"]["sentence_bleu"]
    assert scored_apart(summaries, references) == [first, second], "one computation, in the worker and outside"


def scored_apart(summaries: list[str], references: list[list[str]]) -> list[dict[str, float]]:
    return [one.scores for one in score_all(summaries, references, ["Ana: Hi, Bo!", ""])]
