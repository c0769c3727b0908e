"""Which rows Explore shows, with which figures; and how they read as text."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from engine import tasks
from engine.results.query import parse
from engine.results.rows import Rows, open_rows
from engine.results.verdicts import Ledger, Said, digest
from engine.runs.folder import Prediction
from tests.unit.run_factory import finished
from tui import queries
from tui.explorer import Shown, View, arrange, sorting, with_sorting
from tui.metrics import KNOWN, extremes, metric, ordered
from tui.passages import BLIND, MARKS, Reading, compared, page, texts, whole
from tui.sheet import Sheet
from tui.widgets.longtable import GAP

COLOURS = dict.fromkeys(("best", "warning", "accent", "label"), "#ffffff")
NAN = float("nan")


@pytest.fixture(autouse=True)
def _caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def said(
    id: str, summary: str, rouge1: float | None, dialogue: str = "Ana: take the bus\nBo: no", **more: float
) -> Prediction:
    scores = {**({} if rouge1 is None else {"rouge1": rouge1}), **more}
    return Prediction(id, summary, f"{dialogue} {id}", "travel", ("Ana takes the bus.", "They walk."), scores, False, 7)


@pytest.fixture
def open_(tmp_path: Path) -> Callable[..., Rows]:
    """Rows of runs given as their predictions by name."""

    def make(**runs: list[Prediction]) -> Rows:
        return open_rows([finished(tmp_path / "runs", name, predictions=found) for name, found in runs.items()])

    return make


@pytest.fixture
def rows(open_: Callable[..., Rows]) -> Rows:
    """Three models of four dialogues; the last is missing in c, and b has no figure of the third."""
    figures = {"a": (0.1, 0.4, 0.3, 0.2), "b": (0.3, 0.4002, None, 0.5), "c": (0.2, 0.4, 0.1)}
    return open_(**{
        name: [said(f"t{at}", f"{name} says {at}", value) for at, value in enumerate(values)]
        for name, values in figures.items()
    })  # fmt: skip


def shown(rows: Rows, **changes: Any) -> Shown:
    found = arrange(rows, View(rows.models, **changes))
    assert found is not None
    return found


# -- views ----------------------------------------------------------------------------------------


def test_the_means_are_of_the_rows_shown(rows: Rows) -> None:
    found = shown(rows, pair=("a", "b"))
    assert found.places.tolist() == [0, 1, 2, 3] == found.at.tolist()
    assert [(m.mean, m.amount, m.best) for m in (found.means[name] for name in "abc")] == [
        (pytest.approx(0.25), 4, 1), (pytest.approx((0.3 + 0.4002 + 0.5) / 3), 3, 2), (pytest.approx(0.7 / 3), 3, 0),
    ]  # fmt: skip
    assert found.difference is not None and found.difference.amount == 3
    assert found.difference.mean == pytest.approx((-0.2 - 0.0002 - 0.3) / 3)
    assert found.gap(0) == pytest.approx(-0.2) and math.isnan(found.gap(2))
    found = shown(rows, query="a.rouge1>0.15 sort:a-", hidden=frozenset("c"))
    assert found.places.tolist() == [1, 2, 3] and found.at.tolist() == [-1, 0, 1, 2]
    assert list(found.means) == ["a", "b"] and found.means["a"].mean == pytest.approx(0.3)
    assert found.difference is None


def test_no_rows_have_no_means(rows: Rows) -> None:
    found = shown(rows, query="nowhere", pair=("a", "b"))
    assert len(found.places) == 0 and found.at.tolist() == [-1] * 4
    assert math.isnan(found.means["a"].mean) and found.means["a"].amount == 0 and math.isnan(found.turns)
    sheet = Sheet(rows, found, Said(), False, 80, COLOURS)
    assert "–" in " ".join(cell.plain for cell in sheet.pinned()[0])


def test_a_bad_query_keeps_the_last_good_rows_in_any_metric(rows: Rows) -> None:
    good = shown(rows, query="a.rouge1<0.25")
    bad = arrange(rows, View(rows.models, query="a.rouge1<"), good)
    assert bad is not None and bad.problem is not None and bad.problem.position == 9
    assert bad.places.tolist() == good.places.tolist() == [0, 3]
    again = arrange(rows, View(rows.models, query="a.rouge1<", metric="tokens"), bad)
    assert again is not None and again.problem is not None and again.places.tolist() == [0, 3]
    assert again.means["a"].mean == 7
    alone = shown(rows, query="a.rouge1<")
    assert alone.problem is not None and len(alone.places) == 4, "all of them where there was no good one"


def test_nobody_waits_for_an_answer_that_was_overtaken(rows: Rows) -> None:
    assert arrange(rows, View(rows.models, query="walk"), None, None, lambda: True) is None


def test_what_is_said_can_be_asked_for(rows: Rows, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs")
    ledger.bookmark(rows.key(2), "t2", True)
    ledger.note(rows.key(1), "t1", "odd")
    ledger.judge(rows.key(3), "t3", {"a": "x", "b": "y"}, "a", True)
    ledger.bookmark("0123456789abcdef", "of other data", True)
    for query, places in (("is:marked", [2]), ("is:noted", [1]), ("is:judged", [3]), ("not is:judged", [0, 1, 2])):
        found = arrange(rows, View(rows.models, query=query), None, ledger.read())
        assert found is not None and found.places.tolist() == places
    ledger.bookmark(rows.key(0), "t0", True)
    later = arrange(rows, View(rows.models, query="is:marked"), shown(rows, query="is:marked"), ledger.read())
    assert later is not None and later.places.tolist() == [0, 2], "what was said since counts"


def test_a_view_fits_other_models() -> None:
    view = View(("a", "b", "c"), frozenset("b"), frozenset("c"), "bleu", ("a", "c"), "x")
    assert view.columns == ("c", "a") and view.compared == ("a", "c")
    other = view.suited(("b", "c", "d"), ("rouge1",))
    assert other == View(("b", "c", "d"), frozenset("b"), frozenset("c"), "rouge1", None, "x")
    assert view.suited(("b",), ("bleu",)).columns == ("b",), "one is always shown"
    assert View(("a",)).compared is None
    assert View(("a", "b", "c"), pair=("c", "a")).compared == ("a", "c"), "judged in the models' order"


def test_metrics_are_gone_through_in_a_circle() -> None:
    view, seen = View(("a",), metric="rouge1"), []
    names = ("bleu", "rouge1", "rouge2", "odd")
    for _ in names:
        view = view.next_metric(names, 1)
        seen.append(view.metric)
    assert seen == ["rouge2", "bleu", "odd", "rouge1"]
    assert view.next_metric(names, -1).metric == "odd"
    assert ordered(names) == ["rouge1", "rouge2", "bleu", "odd"]


# -- sorting in a query ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "clause", "rest"),
    [
        ("", "", ""),
        ("sort:topic", "sort:topic", ""),
        ("bus SORT:turns- walk", "SORT:turns-", "bus walk"),
        ('"a sort:b" sort:(full - "x y")- z', 'sort:(full - "x y")-', '"a sort:b" z'),
        ("resort:topic", "", "resort:topic"),
        ('"open  phrase sort:x', "", '"open  phrase sort:x'),
    ],
)
def test_the_sorting_is_found_and_replaced(query: str, clause: str, rest: str) -> None:
    assert sorting(query) == clause
    assert " ".join(with_sorting(query, "").split()) == " ".join(rest.split())
    assert with_sorting(query, "sort:id").endswith("sort:id")


@given(st.text(st.sampled_from('ab "():-.sort\\<'), max_size=30))
def test_a_sorting_is_put_into_any_query(query: str) -> None:
    put = with_sorting(query, "sort:turns")
    assert sorting(with_sorting(query, "")) == ""
    if query.count('"') % 2 == 0 and "\\" not in query:
        assert sorting(put) == "sort:turns"


def test_what_is_offered_to_sort_by_can_be_read(rows: Rows) -> None:
    for clause in ("sort:topic", "sort:turns", "sort:length-", "sort:disagreement-", "sort:(a - b)", "sort:c"):
        assert parse(rows.schema(), clause).sorts


# -- figures --------------------------------------------------------------------------------------


def test_best_and_worst_of_figures() -> None:
    rouge, ratio, novelty = metric("rouge1"), metric("length_ratio"), metric("novelty")
    assert extremes([0.1, 0.4, 0.4002, 0.2], rouge) == ({1, 2}, {0})
    assert extremes([0.1, NAN, 0.4], rouge) == ({2}, frozenset()), "of two, the other one is the worst"
    assert extremes([0.4, 0.4001, 0.4002], rouge) == (frozenset(), frozenset())
    assert extremes([0.4], rouge) == extremes([], rouge) == extremes([NAN, NAN], rouge) == (frozenset(), frozenset())
    assert extremes([0.5, 1.1, 2.0], ratio) == ({1}, {2}), "nearer to one is better"
    assert extremes([0.5, 0.1, 0.2], novelty) == (frozenset(), frozenset()), "no figure is better than another"


def test_figures_as_people_read_them() -> None:
    written = {key: KNOWN[key].text(0.4567) for key in ("rouge1", "bleu", "length_ratio", "novelty")}
    assert written == {"rouge1": "45.7", "bleu": "0.5", "length_ratio": "0.46", "novelty": "45.7"}
    assert metric("tokens").text(1234.0) == "1,234" and metric("new-one").text(0.5) == "0.500"
    assert metric("rouge1").text(-0.0123, sign=True) == "−1.2" and metric("rouge1").text(0.5, sign=True) == "+50.0"
    assert metric("rouge1").text(NAN) == metric("rouge1").text(None) == "–"


# -- the table ------------------------------------------------------------------------------------


def plain(cells: list[Text]) -> list[str]:
    return [cell.plain.strip() for cell in cells]


def test_cells_say_what_the_row_has(rows: Rows, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs")
    ledger.bookmark(rows.key(0), "t0", True)
    ledger.note(rows.key(0), "t0", "odd")
    ledger.judge(rows.key(0), "t0", {"a": "x", "b": "y"}, "b", False)
    ledger.judge(rows.key(1), "t1", {"a": "x", "b": "y"}, "", True)
    view = shown(rows, pair=("b", "a"), pinned=frozenset("c"))
    sheet = Sheet(rows, view, ledger.read(), False, 120, COLOURS)
    heads, fixed = sheet.heads()
    assert [head.label.strip() for head in heads] == ["", "id", "A c", "C−B", "topic", "turns", "words", "B a", "C b"]
    assert fixed == 3
    assert plain(list(sheet.cells(0))) == ["●¶C", "t0", "20.0", "+20.0", "travel", "2", "7", "10.0 ▼", "30.0 ▲"]
    assert plain(list(sheet.cells(1))) == ["=", "t1", "40.0", "+0.0", "travel", "2", "7", "40.0", "40.0"]
    assert plain(list(sheet.cells(3))) == ["", "t3", "–", "+30.0", "travel", "2", "7", "20.0", "50.0 ▲"]
    assert [plain(line)[1] for line in sheet.pinned()] == ["mean", "best in", "n"]
    assert plain(sheet.pinned()[2])[2:] == ["3", "", "", "", "", "4", "3"]


def test_blind_cells_have_no_figures(rows: Rows, tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs")
    ledger.judge(rows.key(0), "t0", {"a": "x", "b": "y"}, "b", True)
    ledger.judge(rows.key(1), "t1", {"a": "x", "b": "y"}, "b", False)
    sheet = Sheet(rows, shown(rows, pair=("a", "b")), ledger.read(), True, 80, COLOURS)
    assert [head.label for head in sheet.heads()[0]] == ["", "id", "topic", "turns", "words"]
    assert plain(list(sheet.cells(0)))[0] == "✓" and plain(list(sheet.cells(1)))[0] == ""
    assert len(sheet.pinned()) == 1


@given(st.integers(20, 300))
def test_the_columns_use_the_width_and_no_more_than_they_need(width: int) -> None:
    figures = {model: np.array([0.1]) for model in ("one", "two", "three")}
    one = np.array([0])
    view = Shown(View(tuple(figures)), one, one, figures, dict.fromkeys(figures, _MEAN))
    rows: Any = SimpleNamespace(task=tasks.named(), labelled=False)  # heads need no more of the rows
    heads, _ = Sheet(rows, view, Said(), False, width, COLOURS).heads()
    total = sum(head.width + GAP for head in heads)
    assert total <= max(width, 70) and all(head.width >= 3 for head in heads)


_MEAN = type("Mean", (), {"mean": 0.1, "amount": 1, "best": 0})()


# -- a dialogue's page ----------------------------------------------------------------------------

HOSTILE = "\x1b]52;c;ZXZpbA==\x07[b]x[/b] \u202eabc Ana takes the bus"


def read(rows: Rows, **changes: Any) -> tuple[str, list[str]]:
    """The page of the first row as text, and what is underlined."""
    laid = page(rows.detail(0), changes.pop("said", Said()), Reading(rows.models, **changes))
    underlined = [
        line.plain[span.start : span.end] for line in laid.said for span in line.spans if "underline" in str(span.style)
    ]
    return "\n".join(line.plain for line in laid.said), underlined


def test_what_is_underlined(open_: Callable[..., Rows]) -> None:
    found = open_(a=[said("t0", "Ana took the bus home.", 0.3)], b=[said("t0", HOSTILE, 0.3)])
    text, underlined = read(found, marks="rouge1")
    assert underlined == ["Ana", "the", "bus", "Ana", "takes", "the", "bus"]
    assert "3 of 5 words shared with reference 1" in text and "R1 by reference 1:\xa066.7▲  2:\xa00.0" in text
    assert read(found, marks="rouge2")[1] == ["the bus", "Ana takes the bus"]
    assert read(found, marks="novel")[1][:2] == ["took", "home"]
    assert "2 of 5 words are nowhere in the dialogue" in read(found, marks="novel")[0]
    assert read(found)[1] == []
    assert not set("\x1b\x07\u202e") & set(read(found, marks="rougeL")[0]) and "[b]x[/b]" in text
    assert set(MARKS) == {"", "rouge1", "rouge2", "rougeL", "novel"}


def test_a_page_of_a_model_that_is_missing_or_silent(open_: Callable[..., Rows]) -> None:
    found = open_(a=[said("t0", "", 0.0), said("t1", "x", 0.1)], b=[said("t1", "y", 0.1)])
    for name in MARKS:
        text, _ = read(found, marks=name)
        assert "(empty)" in text and "did not decode this dialogue" in text
    assert "There is no B b here." in read(found, difference=True)[0]


def test_pages_of_dialogues_without_references(open_: Callable[..., Rows]) -> None:
    alone = Prediction("t0", "Ana takes it.", "Ana: it", "", (), {}, False, 3)
    found = open_(a=[alone])
    assert "no reference to compare with" in read(found, marks="rouge1")[0]
    assert "by reference" not in read(found)[0]
    assert "There is no reference 1 here." in read(found, difference=True)[0]


def test_differences_name_both_texts(open_: Callable[..., Rows]) -> None:
    found = open_(a=[said("t0", "Ana took the bus.", 0.3)], b=[said("t0", "Ana took a bus.", 0.3)])
    text, _ = read(found, difference=True)
    assert "A a → B b" in text and "Ana took [-the-] {+a+} bus." in text and "[-gone-] 1  {+new+} 1" in text
    text, _ = read(found, difference=True, texts=("reference 1", "b"))
    assert "reference 1 → B b" in text and "[-takes the-] {+took a+}" in text
    row = found.detail(0)
    assert list(texts(row, Reading(found.models))) == ["reference 1", "reference 2", "a", "b"]
    assert compared(row, Reading(("a",))) == ("reference 1", "a")


def test_verdicts_and_notes_stand_on_the_page(open_: Callable[..., Rows], tmp_path: Path) -> None:
    found = open_(a=[said("t0", "one", 0.3)], b=[said("t0", "two", 0.4)])
    ledger, key = Ledger(tmp_path / "runs"), found.key(0)
    ledger.note(key, "t0", "look\nhere")
    ledger.judge(key, "t0", {"a": "one", "b": "two"}, "b", True)
    ledger.judge(key, "t0", {"a": "one", "b": "an older one"}, "", False)
    text, _ = read(found, said=ledger.read(), pair=("a", "b"))
    assert text.startswith("¶ look here")
    assert "judged blind: B b is better than A a\n" in text
    assert "judged: A a and B b are equally good, of summaries that were written anew since" in text
    blind, _ = read(found, said=ledger.read(), pair=("a", "b"), blind=True)
    assert "judged: ▶ second is better than ◀ first" in blind and "blind" not in blind
    assert digest("one") != digest("two")


def test_blind_pages_and_copies_hide_names_and_figures(open_: Callable[..., Rows]) -> None:
    found = open_(alpha=[said("t0", "one", 0.3)], omega=[said("t0", "two", 0.4)])
    row = found.detail(0)
    for reading in (
        Reading(("omega", "alpha"), blind=True, marks=name, difference=d) for name in MARKS for d in (0, 1)
    ):
        seen = "\n".join(line.plain for line in page(row, Said(), reading).said) + whole(row, reading)
        assert not any(word in seen for word in ("alpha", "omega", "30.0", "40.0", "R1", "shared", "▲"))
        assert seen.index(BLIND[0]) < seen.index(BLIND[1])
    assert whole(row, Reading(found.models)).count("R1\xa0") == 2


# -- saved queries --------------------------------------------------------------------------------


def test_queries_are_kept_by_name(tmp_path: Path) -> None:
    assert queries.load(tmp_path) == {}
    for name, text in (("one", "a"), ("two", "b"), ("one", 'c "d"'), ("\x1b[2J", "e")):
        queries.save(tmp_path, name, text)
    assert queries.load(tmp_path) == {"two": "b", "one": 'c "d"', "\x1b[2J": "e"}
    queries.save(tmp_path, "two", "")
    assert list(queries.load(tmp_path)) == ["one", "\x1b[2J"]
    assert queries.load(tmp_path / "other") == {}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"queries": 3}', '{"queries": [[1, 2], "x", ["a"], ["good", "q"]]}', "\\xff"]
)
def test_a_damaged_file_of_queries_is_read_past(tmp_path: Path, text: str) -> None:
    queries.save(tmp_path, "x", "y")
    queries._file(tmp_path).write_text(text)
    assert queries.load(tmp_path) in ({}, {"good": "q"})
