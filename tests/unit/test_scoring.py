"""Scores are rouge_score's and sacrebleu's own, to the last bit, however fast they are computed."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from functools import lru_cache
from statistics import fmean

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from nltk.stem import porter
from rouge_score import tokenize, tokenizers
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu, sentence_bleu

from engine.errors import RunFailed
from engine.importing import apart
from engine.importing.apart import Pair
from engine.results import scoring
from engine.results.scoring import ROUGE, Rouge, aggregate, score_all

PLAIN = RougeScorer(list(ROUGE), use_stemmer=True)
OURS = Rouge()
WORDS = (
    "the a an of to in is was running runs ran runner meets meeting met meetings happily happy Über naïve don't "
    "İstanbul ΣΊΣΥΦΟΣ 東京 客服 привет 42 3.14 #Person1# #Person2# , . ; … - -- ﬁne K ſhe ß 🚌 zz ing ed s ' & &amp; "
    "generalizations oscillators sky dying relational conditional <skipped> \n \n\n \t \r -\n \u2028 \u00a0"
).split(" ")
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join),
    st.text(max_size=80),
    st.text(alphabet=string.ascii_letters + " \n.,'", max_size=120),
    st.text(alphabet="ab \n", max_size=60),
)


def own(summary: str, reference: str, scorer: RougeScorer = PLAIN) -> tuple[float, ...]:
    score = scorer.score(reference, summary)
    return tuple(score[name].fmeasure for name in ROUGE)


class _Remembering(tokenizers.Tokenizer):  # type: ignore[misc]
    """rouge_score's own tokens, with stems remembered: 10,000 pairs would take half a minute."""

    def __init__(self) -> None:
        self.stem = lru_cache(maxsize=None)(porter.PorterStemmer().stem)

    def tokenize(self, text: str) -> list[str]:
        found: list[str] = tokenize.tokenize(text, self)
        return found


QUICKER = RougeScorer(list(ROUGE), tokenizer=_Remembering())


def agree(ours: tuple[float, ...], theirs: tuple[float, ...]) -> bool:
    return all(abs(left - right) <= 1e-12 for left, right in zip(ours, theirs, strict=True))


@settings(max_examples=400, deadline=None)
@given(TEXTS, TEXTS)
@example("", "")
@example("...", "the end")
@example("\n\n", "a\n\nb")
@example("a b\nb a", "b a\na b")
@example("a\n...", "...\na b")
@example("x\r\ny", "y\r\nx")
def test_a_pair_scores_what_rouge_score_says(summary: str, reference: str) -> None:
    assert OURS(summary, reference) == own(summary, reference)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_words_are_those_of_rouge_score(text: str) -> None:
    assert scoring.words(text) == tokenize.tokenize(text, None)
    assert OURS.tokenize(text) == tokenize.tokenize(text, porter.PorterStemmer())


def adversarial(count: int) -> Iterator[tuple[str, str]]:
    """Random pairs: related and unrelated, empty, punctuation, other scripts, one line and several, short and long."""
    chance = random.Random(20261121)

    def text() -> str:
        kind = chance.random()
        if kind < 0.04:
            return ""
        if kind < 0.08:
            return "".join(chance.choices(string.punctuation + " \n", k=chance.randint(1, 20)))
        if kind < 0.14:
            return "".join(
                chr(chance.choice((0x4E00, 0x0400, 0x0370, 0x1F600, 0x0130)) + chance.randint(0, 60)) for _ in range(30)
            )
        if kind < 0.5:
            return " ".join(
                "".join(chance.choices("abcdeinstgly", k=chance.randint(1, 9))) for _ in range(chance.randint(1, 30))
            )
        return " ".join(chance.choices(WORDS, k=chance.randint(1, 60)))

    for at in range(count):
        summary, reference = text(), text()
        if chance.random() < 0.5:  # the summary is the reference, somewhat spoilt
            words = reference.split(" ")
            summary = " ".join(word for word in words if chance.random() < 0.8)
            if chance.random() < 0.3:
                summary = summary.replace(" ", "\n", chance.randint(1, 4))
        if at % 1000 == 7:
            summary, reference = summary * 12, reference * 12
        yield summary, reference


def test_ten_thousand_pairs_score_what_rouge_score_says() -> None:
    wrong = [pair for pair in adversarial(10_000) if not agree(OURS(*pair), own(*pair, QUICKER))]
    assert wrong == []


def test_very_long_texts_score_what_rouge_score_says() -> None:
    chance = random.Random(5)
    summary, reference = (" ".join(chance.choices("a b c d e f running runs".split(), k=1500)) for _ in range(2))
    assert OURS(summary, reference) == own(summary, reference)
    assert OURS._kept.cache_info().currsize <= scoring._TEXTS_KEPT


def test_bleu_is_sacrebleus() -> None:
    chance = random.Random(11)
    pairs = list(adversarial(1500))
    groups = [
        [reference, *(pairs[chance.randrange(1500)][1] for _ in range(chance.randint(0, 2)))] for _, reference in pairs
    ]
    found = score_all([summary for summary, _ in pairs], groups)
    for (summary, _), group, scored in zip(pairs, groups, found, strict=True):
        assert abs(scored.scores["bleu"] - sentence_bleu(summary, group).score) <= 1e-12
    streams = [[group[at] if at < len(group) else None for group in groups] for at in range(3)]
    expected = corpus_bleu([summary for summary, _ in pairs], streams, force=True)  # type: ignore[arg-type]
    assert abs(scoring.corpus_bleu(scored.counts for scored in found) - expected.score) <= 1e-12
    assert scoring.corpus_bleu([]) == 0.0


def test_signatures_say_how_many_references_there_were() -> None:
    assert scoring.bleu_signature([3, 3]).startswith("nrefs:3|case:mixed|eff:no|tok:13a|smooth:exp|")
    assert scoring.bleu_signature([1, 3], sentence=True).startswith("nrefs:var|case:mixed|eff:yes|")


def test_processes_give_the_very_same_figures() -> None:
    pairs = [Pair(summary, (reference, "the meeting"), f"{summary} hello") for summary, reference in adversarial(300)]
    told: list[tuple[int, int]] = []
    found = apart.score(pairs, lambda done, total: told.append((done, total)), processes=3)
    here = score_all(*(list(part) for part in zip(*pairs, strict=True)))
    assert found == here
    assert told == [] or told[-1][1] == 300


def test_nothing_is_scored_without_pairs_and_a_broken_process_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert apart.score([]) == []
    monkeypatch.setattr(apart, "_line", lambda pair: "no json\n")
    with pytest.raises(RunFailed, match="broke off"):
        apart.score([Pair("a", ("b",), "c")])


def test_length_and_novelty() -> None:
    (found,) = score_all(
        ["Ana meets Bo twice."], [["Ana meets Bo.", "They meet each other now"]], ["Ana: Hi, BO!\nBo: hi"]
    )
    assert found.scores["length_ratio"] == pytest.approx(4 / 4)
    assert found.scores["novelty"] == pytest.approx(2 / 4), "meets and twice are nowhere in the dialogue"
    (empty,) = score_all(["…"], [["a"]], ["a"])
    assert "novelty" not in empty.scores, "no words, no share of them"
    (apart_,) = score_all(["a"], [["a"]])
    assert "novelty" not in apart_.scores, "without its dialogue nobody can tell"
    (blank,) = score_all(["a"], [[" "]], ["a"])
    assert "length_ratio" not in blank.scores


def test_an_aggregate_keeps_the_bleu_of_the_corpus_apart_from_the_mean_of_the_summaries() -> None:
    summaries, references = ["the cat sat on the mat", ""], [["the cat sat on a mat"], ["a dog"]]
    found = score_all(summaries, references, ["cat", "dog"])
    bleu = scoring.corpus_bleu(one.counts for one in found)
    totals = aggregate(summaries, references, [one.scores for one in found], bleu)
    assert totals["metrics"]["bleu"] == bleu
    assert totals["metrics"]["sentence_bleu"] == fmean(one.scores["bleu"] for one in found)
    assert totals["metrics"]["novelty"] == found[0].scores["novelty"], "of those that have one"
    assert "eff:yes" in totals["signature"]["sentence_bleu"] and "eff:no" in totals["signature"]["bleu"]


def test_a_summary_needs_a_reference() -> None:
    with pytest.raises(ValueError, match="at least one reference"):
        score_all(["a"], [[]])
