"""Duplicates: planted ones are found however they are written, unrelated texts never; what follows for the splits."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import duplicates, kept, sameness
from engine.data.audit import audit, from_dict, measure, spread
from engine.data.duplicates import Duplicates, find, leaked, similarity
from engine.data.examples import Example, Splits
from engine.data.leakage import ORDER, Leakage, Place, texts
from engine.data.sources import Loaded, load
from engine.errors import DataError
from engine.spec import DataSpec
from tests.ui import fake_data

DIALOGSUM = Path(__file__).resolve().parents[3] / "shared" / "data" / "dialogsum"
ROOT = Path(__file__).parents[2]

WORDS = st.lists(st.sampled_from(["a", "be", "cat", "dog", "éa", "中", "x1", "ﬁn"]), max_size=40).map(" ".join)


def splits(train: list[str], validation: list[str] = (), test: list[str] = ()) -> Splits:  # type: ignore[assignment]
    parts = {"train": train, "validation": validation, "test": test}
    return Splits(*(tuple(Example(f"{s}_{n}", t, ("x",)) for n, t in enumerate(given)) for s, given in parts.items()))


# -- sameness -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A: Well, OK.", "a well ok"),
        ("caf\u00e9", "cafe\u0301"),
        ("\ufb01ne \uff21\uff22", "FINE ab"),
        ("Stra\u00dfe", "STRASSE"),
        ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
        ("one_two\tthree\r\nfour", "one two three\nfour"),
        ("\u2014?!", " \u2014 ?!"),
    ],
)
def test_the_same_but_for_case_punctuation_and_encoding(one: str, other: str) -> None:
    assert sameness.key(one) == sameness.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("\u0915\u093f", "\u0915\u0940"), ("!", "?"), ("1", "2"), ("a", "\u00e4"), ("\U0001f600", "\U0001f622")],
)
def test_not_the_same(one: str, other: str) -> None:
    assert sameness.key(one) != sameness.key(other)


@given(st.lists(st.sampled_from(["Ana", "bo", "É", "中文", "42", "ß", "Ω"]), min_size=1), st.data())
def test_however_the_words_are_written(words: list[str], data: st.DataObject) -> None:
    gaps = st.sampled_from([" ", "\n", ", ", "...", " - ", "\u3000", "\u00a0", "_"])
    text = "".join(data.draw(st.sampled_from([w, w.upper(), w.casefold()])) + data.draw(gaps) for w in words)
    assert sameness.key(text) == sameness.key(" ".join(words))
    assert [w for word in sameness.words(text) for w in word] == list(sameness.key(text))


# -- finding --------------------------------------------------------------------------------------


def jaccard(left: str, right: str) -> float:
    def grams(text: str) -> set[tuple[str, ...]]:
        words = sameness.words(text)
        return {tuple(words[n : n + 5]) for n in range(max(len(words) - 4, 1))} if words else set()

    one, two = grams(left), grams(right)
    return len(one & two) / len(one | two) if one and two else 0.0


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=14))
def test_every_pair_that_reaches_the_threshold_is_found_and_no_other(given_texts: list[str]) -> None:
    found = find(given_texts)
    keys = [sameness.key(text) for text in given_texts]
    groups = {tuple(n for n, other in enumerate(keys) if other == key) for key in keys}
    assert set(found.exact) == {group for group in groups if len(group) > 1}
    firsts = sorted(group[0] for group in groups)
    expected = {
        (a, b): jaccard(given_texts[a], given_texts[b])
        for a, b in itertools.combinations(firsts, 2)
        if 100 * jaccard(given_texts[a], given_texts[b]) >= duplicates.NEAR_PERCENT - 1e-9
    }
    assert {(a, b): value for a, b, value in found.near} == pytest.approx(expected)


@settings(max_examples=100, deadline=None)
@given(WORDS, WORDS)
def test_similarity_is_symmetric_and_of_itself_one(left: str, right: str) -> None:
    assert similarity(left, right) == similarity(right, left) == pytest.approx(jaccard(left, right))
    assert similarity(left, left) == (1.0 if sameness.words(left) else 0.0)
    assert [len(g) for g in find([left, right]).exact] == [len(g) for g in find([right, left]).exact]
    assert [v for *_, v in find([left, right]).near] == [v for *_, v in find([right, left]).near]


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=10), st.lists(WORDS, max_size=6))
def test_leaked_is_what_comparing_all_would_give(train: list[str], others: list[str]) -> None:
    keys = {sameness.key(text) for text in others}
    exact = {n for n, text in enumerate(train) if sameness.key(text) in keys}
    near = {n for n, text in enumerate(train) if any(100 * jaccard(text, o) >= duplicates.NEAR_PERCENT for o in others)}
    assert leaked(train, others, near=False) == exact
    assert leaked(train, others, near=True) == exact | near


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_planted_duplicates_are_found_and_unrelated_texts_are_not(seed: int) -> None:
    plain = [fake_data.dialogue(seed + n) for n in range(6)]
    found = find([*plain, fake_data.shouted(plain[1]), fake_data.changed(plain[4])])
    assert found.exact == ((1, 6),)
    assert [(a, b) for a, b, _ in found.near] == [(4, 7)]
    assert found.near[0][2] == pytest.approx(jaccard(plain[4], fake_data.changed(plain[4])))


def test_a_hash_that_is_always_the_same_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(1)
    some = [" ".join(chance.choices("a b c".split(), k=chance.randint(0, 30))) for _ in range(40)]
    before = find(some)
    monkeypatch.setattr(duplicates, "hash", lambda gram: sum(map(int, gram)) % 7, raising=False)
    after = find(some)
    assert after.exact == before.exact
    assert set(after.near) <= set(before.near), "candidates may be lost to such a hash, but nothing false is found"


def test_many_near_pairs_end_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "MOST_NEAR", 5)
    words = [f"w{n}" for n in range(200)]
    found = find([" ".join([*words[:at], "x", *words[at:]]) for at in range(10)])
    assert len(found.near) == 5 and not found.complete


def test_progress_is_told_and_may_end_the_work() -> None:
    told: list[tuple[int, int]] = []
    some = [fake_data.dialogue(n) for n in range(600)]
    find(some, lambda done, total: told.append((done, total)))
    assert len(told) > 5 and told == sorted(told) and all(done <= total for done, total in told)

    class EnoughError(Exception):
        pass

    def stop(done: int, total: int) -> None:
        raise EnoughError

    with pytest.raises(EnoughError):
        find(some, stop)


# -- by split -------------------------------------------------------------------------------------

A, B, C = (fake_data.dialogue(n) for n in (1, 2, 3))


def leakage(given_splits: Splits) -> Leakage:
    return Leakage(given_splits, find(texts(given_splits)))


def overlaps(found: Leakage) -> dict[tuple[str, str], tuple[int, int]]:
    return {(o.split, o.other): (o.exact, o.near) for o in found.overlaps if o.exact or o.near}


def test_what_is_in_which_split() -> None:
    found = leakage(
        splits([A, A, B, fake_data.changed(B), C], [fake_data.shouted(A), "nothing alike here at all"], [B, A])
    )
    assert overlaps(found) == {
        ("test", "train"): (2, 0), ("validation", "train"): (1, 0), ("test", "validation"): (1, 0),
        ("train", "train"): (1, 1),
    }  # fmt: skip
    assert found.excluded(near=False) == 3 and found.excluded(near=True) == 4
    marks = {place: (twin.other, twin.exact, twin.leak) for place, twin in found.twins.items()}
    assert marks[Place("train", 0)] == ("test", True, True)
    assert marks[Place("train", 3)] == ("test", False, True)
    assert marks[Place("validation", 0)] == ("train", True, True)
    assert Place("train", 4) not in marks and Place("validation", 1) not in marks


def test_pairs_to_look_at_leaks_first_each_once() -> None:
    found = leakage(splits([A, A, fake_data.changed(B)], [fake_data.shouted(A)], [B]))
    pairs = [((p.left.split, p.left.at), (p.right.split, p.right.at), p.exact) for p in found.pairs]
    assert pairs == [
        (("test", 0), ("train", 2), False),
        (("validation", 0), ("train", 0), True),
        (("train", 0), ("train", 1), True),
    ]


@settings(max_examples=60, deadline=None)
@given(*[st.lists(st.sampled_from([A, B, C, fake_data.changed(B), fake_data.shouted(C)]), max_size=5)] * 3)
def test_marks_counts_and_exclusion_agree(train: list[str], validation: list[str], test: list[str]) -> None:
    found = leakage(splits(train, validation, test))
    for near in (False, True):
        assert found.excluded(near) == len(leaked(train, [*validation, *test], near))
    for split, other in ORDER[:2]:
        mine = {"train": train, "validation": validation, "test": test}[split]
        exact, nearly = overlaps(found).get((split, other), (0, 0))
        assert exact == len(leaked(mine, train, near=False))
        assert exact + nearly == len(leaked(mine, train, near=True))
    for pair in found.pairs:
        assert (pair.left.split, pair.right.split) in ORDER and pair.left != pair.right
        assert pair.left in found.twins and pair.right in found.twins
    assert len({(p.left, p.right) for p in found.pairs}) == len(found.pairs)


# -- figures --------------------------------------------------------------------------------------


def test_figures_of_an_example() -> None:
    text = "#Person1#: Hello there.\n\n#Person2#: Hi: how are you?\r\n#Person1#: Fine\nno speaker in this one"
    figures = measure(Example("x", text, ("One two three.", "Four")))
    assert (figures.turns, figures.speakers, figures.words, figures.summary_words) == (4, 2, 15, (3, 1))
    assert measure(Example("x", "", ())).turns == 0


@given(st.lists(st.integers(0, 1000), min_size=1))
def test_percentiles_are_figures_that_occur(figures: list[int]) -> None:
    found = spread(figures)
    assert found.count == len(figures) and found.least == min(figures) and found.most == max(figures)
    assert found.least <= found.quarter <= found.median <= found.three_quarters <= found.most
    for value, percent in ((found.quarter, 25), (found.median, 50), (found.three_quarters, 75)):
        assert value in figures
        assert sum(f <= value for f in figures) >= percent * len(figures) / 100
    assert spread([]).count == 0


def test_the_builtin_dialogues() -> None:
    found = audit(load(DataSpec()).splits)
    assert [(f.split, f.dialogues, f.references) for f in found.splits] == [
        ("train", 2000, 2000), ("validation", 200, 200), ("test", 150, 450),
    ]  # fmt: skip
    assert sum(amount for _, amount in found.splits[0].topics) <= 2000


@pytest.mark.skipif(not DIALOGSUM.is_dir(), reason="DialogSum is in ../shared/data, which is not here")
def test_dialogsum_has_the_duplicates_that_were_counted_otherwise() -> None:
    found = audit(load(DataSpec(source=str(DIALOGSUM))).splits)
    assert [f.dialogues for f in found.splits] == [12460, 500, 500]
    exact = {(o.split, o.other): o.exact for o in found.leakage.overlaps}
    assert exact["validation", "train"] == 52  # 51 where spaces count: "campus5", "campus 5"
    assert exact["test", "train"] == 1
    assert exact["train", "train"] == 1129
    assert found.leakage.complete


# -- another process ------------------------------------------------------------------------------


def run(given_text: str) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "engine.data.audit"], input=given_text, capture_output=True, text=True, cwd=ROOT,
        timeout=60, check=True,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_process_finds_the_same() -> None:
    given_splits = splits([A, B, "\ud800 lone", fake_data.HOSTILE], [fake_data.shouted(B)])
    *progress, last = run("".join(kept.lines(Loaded(given_splits))))
    assert from_dict(last["duplicates"]) == find(texts(given_splits))  # type: ignore[arg-type]
    assert progress and all(list(line) == ["progress"] for line in progress)


@given(st.text(), st.lists(st.text()), st.text(), st.text(), st.integers(0, 9))
def test_kept_examples_come_back(dialogue: str, references: list[str], name: str, topic: str, excluded: int) -> None:
    example = Example(name, dialogue, tuple(references), topic)
    loaded = Loaded(Splits((example, example), (), (example,)), ("a notice",), "abc", excluded)
    lines = list(kept.lines(loaded))
    assert all(line.endswith("\n") and line.isascii() and "\n" not in line[:-1] for line in lines)
    assert kept.read(lines) == loaded


@pytest.mark.parametrize("damage", ["", "{}\n", "[]\n", "x", '{"notices": [], "revision": "", "excluded": 0}\n{"a":'])
def test_a_damaged_copy_is_a_sentence(damage: str) -> None:
    with pytest.raises(DataError, match="damaged"):
        kept.read(damage.splitlines(keepends=True))


@pytest.mark.parametrize("values", [{}, {"exact": 1, "near": [], "complete": True}, {"exact": [], "near": [[1]]}])
def test_an_answer_that_is_none(values: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_dict(values)


def test_nothing_has_no_duplicates() -> None:
    assert find([]) == Duplicates() and leaked([], [], near=True) == set() and leaked([], ["a"], near=True) == set()
