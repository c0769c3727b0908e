"""How a query goes on, and what its help says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.results.query import HELP, Schema, complete, parse, syntax
from engine.results.query.names import COLUMNS, FUNCTIONS, MODEL_FIELDS, TEXT_FIELDS
from engine.results.query.syntax import Compare, Number, Score
from tests.unit.test_query import QUERIES, SCHEMA


@settings(max_examples=300, deadline=None)
@given(QUERIES, st.integers(0, 100))
def test_every_completion_fits_where_it_is_offered(text: str, cursor: int) -> None:
    for one in complete(SCHEMA, text, cursor):
        assert 0 <= one.start <= min(cursor, len(text)) <= one.end <= len(text)


def offered(text: str, cursor: int | None = None, schema: Schema = SCHEMA) -> list[str]:
    """The query as each completion would make it."""
    cursor = len(text) if cursor is None else cursor
    return [text[: one.start] + one.text + text[one.end :] for one in complete(schema, text, cursor)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("to", "topic:"),
        ("ful", "full"),
        ("zero.rou", "zero.rouge1"),
        ("full.", "full.rouge1"),
        ('"my model 2".b', '"my model 2".bleu'),
        ('"my', '"my model 2"'),
        ("full.rouge1-ze", "full.rouge1-zero-shot"),
        ("full - ze", "full - zero-shot"),
        ("rouge1<0.2 s", "rouge1<0.2 summary:"),
        ("best:lo", "best:lora-r8"),
        ("is:b", "is:bookmarked"),
        ("sort:dis", "sort:disagreement"),
        ("sort:top", "sort:topic"),
        ("sort:id,tu", "sort:id,turns"),
        ("len(", "len(zero-shot"),
        ("disagreement(bl", "disagreement(bleu"),
        ("rank(full, b", "rank(full, bleu"),
        ("0.1 < rou", "0.1 < rouge1"),
        ("a an", "a and"),
        ("(no", "(not"),
    ],
)
def test_the_first_completion(text: str, first: str) -> None:
    if first == "(not":
        assert first in offered(text)
    else:
        assert offered(text)[0] == first


def test_completion_replaces_the_rest_of_the_word() -> None:
    assert offered("fuxx > 1", 2)[0] == "full > 1"


def test_nothing_is_offered_inside_of_text() -> None:
    assert offered("topic:sho") == []
    assert offered('"good mor') == []


@pytest.mark.parametrize(
    "name", ["and", "turns", "a.rouge1", 'say "hi"', "back\\slash", "two words", "sort", "12", "é-1"]
)
def test_any_model_can_be_named(name: str) -> None:
    schema = replace(SCHEMA, models=(name,))
    written = schema.written(name)
    assert parse(schema, f"{written}.rouge1>0").condition == Compare(">", Score(name, "rouge1"), Number(0))
    assert parse(schema, f"best:{written}").condition == syntax.Among("best", name, "rouge1")


def test_the_help_names_everything_and_all_its_examples_can_be_asked() -> None:
    for name in (*COLUMNS, *FUNCTIONS, *MODEL_FIELDS, *(field for field in set(TEXT_FIELDS.values()) if field)):
        assert name in HELP
    schema = Schema(("lora", "full", "zero", "any name"), SCHEMA.metrics)
    examples = [
        part for line in HELP.splitlines() if line.startswith("  ") and not line.startswith("   ")
        for part in re.split(r" {3,}", line.strip())[0].split("  ")
    ]  # fmt: skip
    assert len(examples) > 40
    for text in examples:
        parse(schema, text)
    assert max(map(len, HELP.splitlines())) <= 76
