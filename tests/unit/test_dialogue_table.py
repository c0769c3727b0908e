"""The table of dialogues as a file or a pipe gets it: which columns, which values, which means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SpecError
from engine.results import comparison
from engine.results.query import QueryError, Schema, parse
from engine.results.rows import open_rows
from engine.results.rows.store import Rows
from tests.unit.run_factory import finished, prediction

SCHEMA = Schema(("full", "lora-r8", "my model"), ("rouge1", "rouge2", "bleu", "novelty", "tokens"))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    place = tmp_path_factory.mktemp("runs")
    both = [prediction("1", 0.2, "Short."), prediction("2", 0.4, "A longer summary.")]
    one = replace(prediction("3", 0.9, "Alone."), references=("Only one.",))
    unscored = replace(prediction("2", 0.0, "Other."), scores={})
    runs = [
        finished(place, "full", predictions=[*both, one]),
        finished(place, "lora", predictions=[replace(both[0], summary="L."), unscored]),
    ]
    yield open_rows(runs)


def keys(text: str, metric: str = "rouge1") -> list[str]:
    return [column.key for column in comparison.columns(SCHEMA, text, metric)]


def test_columns_are_named_as_in_queries() -> None:
    assert keys("id, Topic ,dialogue,references") == ["id", "topic", "dialogue", "reference"]
    assert keys("rouge1") == ["full.rouge1", "lora-r8.rouge1", "my model.rouge1"]
    assert keys("summary") == ["full.summary", "lora-r8.summary", "my model.summary"]
    assert keys('lora.summary,"my model".summary') == ["lora-r8.summary", "my model.summary"]
    assert keys('max(full, "my model"),full - lora, turns') == ['max(full, "my model")', "full - lora", "turns"]
    assert keys("id,id,rouge1,full.rouge1") == ["id", "full.rouge1", "lora-r8.rouge1", "my model.rouge1"]


@pytest.mark.parametrize(
    "text", ["", ",,", "nothing", "full.nothing", "full<1", "(full", "a or b", "full full", "sort:id"]
)
def test_columns_that_cannot_be_are_told(text: str) -> None:
    with pytest.raises(SpecError):
        comparison.columns(SCHEMA, text, "rouge1")


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('id,topic "().-+*/<full.rouge1summary \x00é'), max_size=30))
def test_no_list_of_columns_breaks_it(text: str) -> None:
    try:
        assert comparison.columns(SCHEMA, text, "rouge1")
    except SpecError as error:
        assert str(error)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("id,turns full- +()"), max_size=20))
def test_sort_keys_with_spaces_sort_and_look_for_nothing(text: str) -> None:
    try:
        query = parse(SCHEMA, comparison.sort_words(text))
    except QueryError as error:
        assert error.problem.message
    else:
        assert query.condition is None
        assert query.sorts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("full", "score"), ("full.bleu", "bleu"), ("full.novelty", "score"), ("full.tokens", "count"),
        ("len(full)", "count"), ("turns", "count"), ("full-lora", "delta"), ("abs(full-lora)", "delta"),
        ("full/lora", "bleu"), ("turns+1", "bleu"), ("rank(full)", "count"), ("disagreement", "score"),
        ("distance(full.bleu)", "bleu"), ("turns*references", "count"), ("id", "text"),
    ],
)  # fmt: skip
def test_figures_are_shown_as_what_they_are(text: str, kind: str) -> None:
    (one,) = comparison.columns(SCHEMA, text, "rouge1")
    assert comparison.kind(one.value) == kind


def test_values_are_exact_and_unknown_ones_absent(rows: Rows) -> None:
    shown = comparison.columns(rows.schema(), "id,rouge1,full-lora,len(lora),dialogue,reference,summary", "rouge1")
    table = comparison.table(rows, [2, 0, 1], shown)
    assert [row["id"] for row in table.rows] == ["3", "1", "2"]
    last, first, second = table.rows
    assert (last["full.rouge1"], last["lora.rouge1"], last["full-lora"]) == (0.9, None, None)
    assert (last["reference_1"], last.get("reference_2"), last["lora.summary"]) == ("Only one.", None, None)
    assert (first["full-lora"], first["len(lora)"], first["reference_2"]) == (0.0, 1, "A meeting.")
    assert (second["lora.rouge1"], second["lora.summary"], second["full.summary"]) == (
        None, "Other.", "A longer summary.",
    )  # fmt: skip
    header = table.csv().splitlines()[0]
    assert header == (
        "id,full.rouge1,lora.rouge1,full-lora,len(lora),dialogue,reference_1,reference_2,full.summary,lora.summary"
    )
    assert isinstance(first["len(lora)"], int)


def test_means_are_over_the_rows_with_all_figures(rows: Rows) -> None:
    shown = comparison.columns(rows.schema(), "id,rouge1,turns", "rouge1")
    table = comparison.table(rows, range(3), shown, mean=True)
    assert table.rows[-1] == {"id": "mean", "full.rouge1": 0.2, "lora.rouge1": 0.2, "turns": 1.0}
    none = comparison.table(rows, [2], shown, mean=True)
    assert none.rows[-1] == {"id": "mean"}
    assert comparison.table(rows, [], shown, mean=True).rows == ({"id": "mean"},)
