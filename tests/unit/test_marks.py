"""What a summary shares with other texts: as ROUGE counts it, and as it stands in the text."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer, tokenize
from rouge_score.tokenizers import DefaultTokenizer

from engine.results import marks
from engine.results.marks import difference, novel, shared, tokens, words

SCORER = rouge_scorer.RougeScorer(list(marks.KINDS), use_stemmer=True)

few_words = st.lists(
    st.sampled_from("the cat cats running Runs ran, a-b I'm 12% 学校 Straße İzmir \u212aelvin".split())
)
texts = st.one_of(st.text(max_size=60), few_words.map(" ".join))


@given(texts, st.booleans())
@settings(deadline=None)
def test_words_are_those_of_rouge_score(text: str, stemmed: bool) -> None:
    found = tokens(text, stemmed)
    assert [token.word for token in found] == DefaultTokenizer(stemmed).tokenize(text)
    places = [(token.start, token.end) for token in found]
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert places == sorted(places)


@given(texts, st.lists(texts, min_size=1, max_size=4), st.sampled_from(marks.KINDS))
@settings(deadline=None, max_examples=400)
def test_scores_are_those_of_rouge_score(summary: str, references: list[str], kind: marks.Kind) -> None:
    found = shared(summary, references, kind)
    assert found is not None
    expected = [SCORER.score(reference, summary)[kind].fmeasure for reference in references]
    assert found.scores == pytest.approx(expected, abs=1e-12)
    assert found.scores[found.reference] == max(found.scores)
    ends = [end for _, end in found.spans]
    assert all(start >= end for (start, _), end in zip(found.spans[1:], ends, strict=False)), "in order, apart"
    if found.counted == 0:
        assert not found.spans


@given(few_words, few_words)
@settings(deadline=None, max_examples=300)
def test_what_is_marked_is_a_common_subsequence(left: list[str], right: list[str]) -> None:
    pairs = marks._pairs(left, right)
    assert [left[at] for at, _ in pairs] == [right[there] for _, there in pairs]
    assert pairs == sorted(pairs) and len({at for at, _ in pairs}) == len({there for _, there in pairs}) == len(pairs)
    assert len(pairs) == rouge_scorer._lcs_table(left, right)[-1][-1], "and the longest"


def test_counted_as_often_as_both_have_it() -> None:
    found = shared("the cat and the cat and the cat", ["The cat, the cat."], "rouge1")
    assert found is not None and (found.counted, found.possible) == (4, 8)
    assert [("the cat and the cat and the cat")[start:end] for start, end in found.spans] == ["the", "cat"] * 2
    found = shared("A big red dog!", ["one big red dog sat"], "rouge2")
    assert found is not None and found.spans == ((2, 13),), "bigrams that share a word are one stretch"
    found = shared("He booked flights", ["She books a flight"], "rougeL")
    assert found is not None and found.counted == 2, "stems count"


def test_the_best_of_several_references_is_marked() -> None:
    found = shared("Ana takes the bus", ["Nothing of it.", "Ana takes the bus.", "The bus"], "rouge1")
    assert found is not None and found.reference == 1 and found.scores[1] == 1.0 and found.scores[0] == 0.0
    assert shared("x", [], "rouge1") is None
    empty = shared("", ["Ana", "Bo"], "rouge2")
    assert empty is not None and (empty.scores, empty.spans, empty.possible) == ((0.0, 0.0), (), 0)


def test_words_found_nowhere_in_the_dialogue() -> None:
    text = "Ana booked a table at Luigi's."
    spans, amount = novel(text, "Ana: book a TABLE!\nBo: at s?")
    assert [text[start:end] for start, end in spans] == ["booked", "Luigi"]
    assert amount == 7
    assert novel("学校", "x") == ((), 0)


def test_long_texts_take_a_moment() -> None:
    long, other = "the cat sat on a mat " * 2000, "on a mat the dog sat " * 2000
    began = time.process_time()
    found = shared(long, [other], "rougeL")
    assert found is not None and found.counted > 6000
    assert difference(long, other)
    assert time.process_time() - began < 60, "quadratic work in Python would take many minutes"


@given(texts, texts)
@settings(deadline=None, max_examples=300)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    def of(*changes: str) -> list[str]:
        return [word for piece in pieces if piece.change in changes for word, _ in words(piece.text)]

    pieces = difference(before, after)
    assert of("same", "gone") == [word for word, _ in words(before)]
    assert of("same", "new") == [word for word, _ in words(after)]
    assert all(left.change != right.change for left, right in itertools.pairwise(pieces))
    if words(before) == words(after):
        assert {piece.change for piece in pieces} <= {"same"}


def test_a_difference_as_one_reads_it() -> None:
    found = difference("Ana takes the bus.", "Ana took a bus, late.")
    assert [(piece.change, piece.text.strip()) for piece in found] == [
        ("same", "Ana"), ("gone", "takes the"), ("new", "took a"), ("same", "bus"), ("new", ", late"), ("same", "."),
    ]  # fmt: skip
    assert [piece.text for piece in difference("他们去学校", "他们回学校")] == ["他们", "去", "回", "学校"]


@given(st.text(max_size=40), st.text(max_size=40))
@settings(deadline=None)
def test_the_way_for_long_texts_gives_whole_differences_too(before: str, after: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "MOST_COMPARED", -1)
        test_a_difference_holds_both_texts.hypothesis.inner_test(before, after)  # type: ignore[attr-defined]


def test_a_stem_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(marks, "_stem", marks.lru_cache(lambda word: made.append(word) or word))  # type: ignore[attr-defined]
    tokens("running running running")
    assert made == ["running"]
    assert tokenize.tokenize("", None) == []


def test_the_stemmer_is_nltks_without_what_nltk_brings() -> None:
    code = (
        "import sys\nfrom engine.results import marks\n"
        "print(*(token.word for token in marks.tokens('generously dying relational sky happier')))\n"
        "sys.exit(bool({'nltk', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr or "nltk was imported"
    assert done.stdout.split() == DefaultTokenizer(True).tokenize("generously dying relational sky happier")
    assert marks.tokens("generously")[0].word == "gener", "and where nltk is loaded already"
