"""The table of dialogues: joined, read and searched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.results.rows import open_rows
from engine.results.rows.building import key_of, written
from engine.results.rows.texts import Stopped, fold, packed
from tests.unit.rows_factory import hits, rewrite, run_of, said


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A user's cache folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    yield tmp_path / "xdg" / "dialtune" / "rows"


# -- joining --------------------------------------------------------------------------------------


def test_rows_stand_in_the_order_of_the_first_run_that_has_them(tmp_path: Path) -> None:
    a = run_of(tmp_path, "a", said("1", 0.1), said("2", 0.2), said("3", 0.3))
    b = run_of(tmp_path, "b", said("9", 0.9), said("3", 0.6), said("1", 0.4))
    rows = open_rows([a, b])
    assert rows.models == ("a", "b")
    assert list(rows.ids) == ["1", "2", "3", "9"]
    assert rows.ids[-1] == "9"
    assert rows.ids[1:3] == ["2", "3"]
    assert rows.score("a", "rouge1") == pytest.approx([0.1, 0.2, 0.3, np.nan], nan_ok=True)
    assert rows.score("b", "rouge1") == pytest.approx([0.4, np.nan, 0.6, 0.9], nan_ok=True)
    assert rows.has("b").tolist() == [True, False, True, True]
    assert not rows.even
    assert rows.turns.tolist() == [2, 2, 2, 2]
    assert rows.length.tolist() == [5, 5, 5, 5]
    assert list(open_rows([b, a]).ids) == ["9", "3", "1", "2"]


def test_the_same_id_with_other_words_is_another_dialogue(tmp_path: Path) -> None:
    rows = open_rows([run_of(tmp_path, "a", said("1")), run_of(tmp_path, "b", said("1", dialogue="Ana: else"))])
    assert list(rows.ids) == ["1", "1"]
    assert rows.key(0) != rows.key(1)
    assert [rows.find(rows.key(at)) for at in range(2)] == [0, 1]
    assert rows.find("no key") is None
    assert rows.key(1) == written(key_of("1", "Ana: else"))


def test_a_row_is_read_whole(tmp_path: Path) -> None:
    one = said("1", summary="\u202eHello\x1b[2J\n(all)", references=("Eins.", "Zwei."), topic="")
    rows = open_rows([run_of(tmp_path, "a", one), run_of(tmp_path, "b", said("1", topic="later"))])
    row = rows.detail(0)
    assert row.summaries["a"] == one
    assert row.references == ("Eins.", "Zwei.")
    assert (row.id, row.topic, row.dialogue, row.turns) == ("1", "later", one.dialogue, 2)
    assert rows.topics[0] == "later"
    assert row.key == rows.key(0)
    with pytest.raises(IndexError):
        rows.detail(1)


def test_runs_without_summaries_are_left_out(tmp_path: Path) -> None:
    bare, torn = run_of(tmp_path, "bare"), run_of(tmp_path, "torn")
    torn.predictions_path.write_text('{"id": "1", "summary": "half')
    bare.predictions_path.unlink(missing_ok=True)
    rows = open_rows([bare, torn])
    assert (len(rows), rows.models, rows.metrics) == (0, (), ())
    assert rows.turns.tolist() == []
    assert list(rows.ids) == list(rows.topics) == []
    assert rows.means() == {}
    assert open_rows([bare, run_of(tmp_path, "a", said("1"))]).models == ("a",)


def test_runs_of_two_workspaces_may_be_called_the_same(tmp_path: Path) -> None:
    rows = open_rows([run_of(tmp_path / "x", "a", said("1")), run_of(tmp_path / "y", "a", said("1", 0.7))])
    assert rows.models == ("a", "a (2)")
    assert rows.score("a (2)", "rouge1").tolist() == [0.7]


def test_a_later_line_replaces_an_earlier_one_in_its_place(tmp_path: Path) -> None:
    run = run_of(tmp_path, "a", said("1", 0.1), said("2", 0.2), said("1", 0.9, summary="Anew."))
    rows = open_rows([run])
    assert list(rows.ids) == list(run.predictions())
    assert rows.score("a", "rouge1").tolist() == [0.9, 0.2]
    assert hits(rows, "anew") == ["1"]
    assert rows.detail(0).summaries["a"].summary == "Anew."


def test_damaged_lines_are_no_rows(tmp_path: Path) -> None:
    run = run_of(tmp_path, "a")
    rewrite(run, said("1"), tail='{"id": 7}\n\xff\x00\n[]\n{"id": "x", "summary": "torn')
    assert list(open_rows([run]).ids) == list(run.predictions()) == ["1"]


LINE = {
    "id": "1", "summary": "It.", "dialogue": "A: hi", "topic": "t", "references": ["One.", "Two."],
    "scores": {"rouge1": 0.5}, "truncated": False, "tokens": 3,
}  # fmt: skip
ODD: list[Any] = [
    None, 1, 10**400, -1, 0.5, True, "", "x", [], ["a"], [1], [None], {}, {"rouge1": 1}, {"rouge1": True},
    {"rouge1": None}, {"a": 0.25, "b": 2},
]  # fmt: skip


@pytest.mark.parametrize("field", LINE)
def test_lines_are_read_as_runs_read_them(tmp_path: Path, field: str) -> None:
    """The table's quicker way to read a line takes and refuses what RunFolder does."""
    lines = [{key: value for key, value in LINE.items() if key != field}, LINE]
    lines += [{**LINE, "id": f"odd {at}", field: value} for at, value in enumerate(ODD)]
    texts = [*map(json.dumps, lines), '{"id": "inf", "summary": "", "scores": {"rouge1": 1e999}}']
    run = run_of(tmp_path, "a")
    run.predictions_path.write_text("\n".join(texts) + "\n")
    rows, expected = open_rows([run]), run.predictions()
    assert {row.id: row.summaries["a"] for row in map(rows.detail, range(len(rows)))} == expected


def test_figures_that_come_late_are_unknown_before(tmp_path: Path) -> None:
    lines = [said("1", scores={"b": 1.0}), said("2", scores={"a": 2.0, "b": 3.0}), said("3", scores={"c": 4.0})]
    rows = open_rows([run_of(tmp_path, "a", *lines, said("2", scores={"a": 5.0}))])
    for name, values in (("a", [np.nan, 5, np.nan]), ("b", [1, np.nan, np.nan]), ("c", [np.nan, np.nan, 4])):
        assert rows.score("a", name) == pytest.approx(values, nan_ok=True)
    assert rows.score("a", "words").tolist() == [2, 2, 2]


# -- figures --------------------------------------------------------------------------------------


def test_figures_are_exact_and_unknown_ones_are_nan(tmp_path: Path) -> None:
    odd = said("1", scores={"rouge1": 0.1 + 0.2, "novelty": 0.25, "zeal": 3.0, "no name": 1.0}, tokens=0)
    rows = open_rows([run_of(tmp_path, "a", odd, said("2", truncated=True, summary="One two  three."))])
    assert rows.score("a", "rouge1")[0] == 0.1 + 0.2
    assert rows.metrics[0] == "rouge1"
    assert rows.metrics[-3:] == ("novelty", "tokens", "zeal"), "known ones in their order, then others"
    assert np.isnan(rows.score("a", "zeal")).tolist() == [False, True]
    assert rows.score("a", "tokens") == pytest.approx([np.nan, 5], nan_ok=True)
    assert rows.score("a", "words").tolist() == [2, 3]
    assert rows.score("a", "truncated").tolist() == [0, 1]
    assert np.isnan(rows.score("a", "no such")).all()
    with pytest.raises(KeyError):
        rows.score("b", "rouge1")


def test_means_are_over_the_rows_shown_that_have_the_figure(tmp_path: Path) -> None:
    a = run_of(tmp_path, "a", said("1", 0.1), said("2", 0.3), said("3", scores={}))
    b = run_of(tmp_path, "b", said("2", 0.5))
    rows = open_rows([a, b])
    means = rows.means()
    assert means["a"]["rouge1"] == pytest.approx(0.2)
    assert means["b"]["rouge1"] == 0.5
    assert means.n == {"a": 3, "b": 1}
    few = rows.means(np.array([2, 0]), ["rouge1"])
    assert few["a"] == {"rouge1": 0.1}
    assert few["b"] == {}
    assert few.n == {"a": 2, "b": 0}


def test_few_columns_of_runs_in_another_order_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.results.rows import store

    monkeypatch.setattr(store, "MOST_SPREAD", 2)
    rows = open_rows([run_of(tmp_path, "a", said("1"), said("2")), run_of(tmp_path, "b", said("2", 0.7))])
    for _ in range(2):
        for metric in rows.metrics:
            assert rows.score("b", metric)[1] == said("2", 0.7).scores.get(metric, 5)


# -- search ---------------------------------------------------------------------------------------


def test_words_are_found_in_every_field(tmp_path: Path) -> None:
    a = run_of(tmp_path, "a", said("t1", summary="Alpha"), said("t2", topic="Garden"))
    b = run_of(tmp_path, "b", said("t1", summary="Beta"), said("t2", references=("Only\n here", "Second")), said("t3"))
    rows = open_rows([a, b])
    assert hits(rows, "T1") == ["t1"]
    assert hits(rows, "garden") == ["t2"]
    assert hits(rows, "STRASSE") == ["t1", "t2", "t3"]
    assert hits(rows, "beta") == ["t1"]
    assert hits(rows, "beta", "summary", "a") == []
    assert hits(rows, "alpha", "dialogue") == []
    assert hits(rows, "hello t3") == ["t3"]
    assert hits(rows, "only here") == ["t2"], "white space does not count, and b's references do"
    assert hits(rows, "they greet", "reference") == ["t1", "t2", "t3"]
    assert hits(rows, "here second") == [], "no phrase reaches over two references"
    assert hits(rows, "  ") == ["t1", "t2", "t3"]


def test_a_narrower_question_gives_what_asking_afresh_gives(tmp_path: Path) -> None:
    predictions = [said(str(n), summary=" ".join(["par", "parcel", "park", "cel"][: n % 5])) for n in range(200)]
    run = run_of(tmp_path, "a", *predictions)
    rows = open_rows([run])
    for words in ("p", "pa", "parc", "parce", "park cel", "hello 1", "hello 19"):
        assert hits(rows, words) == hits(open_rows([run]), words)


def test_a_search_can_be_given_up(tmp_path: Path) -> None:
    rows = open_rows([run_of(tmp_path, "a", said("1"))])
    with pytest.raises(Stopped):
        rows.search.having("hello", stop=lambda: True)


WORDS = st.text(st.sampled_from("aAbß İ\n\té\u0301\x1fσς"), max_size=12)


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=30), WORDS)
def test_packed_texts_are_searched_as_strings_are(texts: list[str], words: str) -> None:
    folded, needle = [fold(text) for text in texts], fold(words)
    found = packed(folded)
    assert list(found) == folded
    assert [found[place] for place in range(len(found))] == folded
    assert found.having(needle).tolist() == [needle in text for text in folded]
    within = np.arange(len(texts)) % 3 == 0
    assert found.having(needle, within).tolist() == [needle in text and n % 3 == 0 for n, text in enumerate(folded)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_joining_is_what_dictionaries_do(tmp_path: Path, data: st.DataObject) -> None:
    from engine.results.rows.joining import join

    runs = data.draw(st.lists(st.lists(st.integers(0, 9), unique=True, max_size=8), max_size=4))
    joined = join([np.array(keys, np.uint64) for keys in runs])
    expected = list(dict.fromkeys(key for keys in runs for key in keys))
    assert joined.keys.tolist() == expected
    for number, (keys, places) in enumerate(zip(runs, joined.places, strict=True)):
        own = list(range(len(keys))) if places is None else places.tolist()
        assert own == [keys.index(key) if key in keys else -1 for key in expected]
        assert all(joined.first[place] <= number for place, at in enumerate(own) if at >= 0)
    assert joined.even == all(set(keys) == set(expected) for keys in runs)
