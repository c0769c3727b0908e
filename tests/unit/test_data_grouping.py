"""Grouping: references of one dialogue come together, none is lost or repeated; a heap divides cleanly."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.columns import Row
from engine.data.examples import Example
from engine.data.grouping import divide, group


def rows(*given: tuple[str, str]) -> list[Row]:
    """Rows of (id, dialogue); the reference is the row's place."""
    return [Row(place, name, dialogue, (f"r{place}",), "") for place, (name, dialogue) in enumerate(given)]


def grouped(*given: tuple[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    return [(example.id, example.references) for example in group(rows(*given), "test")[0]]


def test_dialogsum_test_rows_become_one_example() -> None:
    made = grouped(("test_7_1", "d"), ("test_7_2", "d"), ("test_7_3", "d"), ("test_8_1", "e"), ("test_8_2", "e"))
    assert made == [("test_7", ("r0", "r1", "r2")), ("test_8", ("r3", "r4"))]


def test_references_are_in_the_order_of_their_numbers_and_first_rows_rule_the_order() -> None:
    made = grouped(("a_10", "d"), ("b_1", "e"), ("a_2", "d"), ("b_2", "e"))
    assert made == [("a", ("r2", "r0")), ("b", ("r1", "r3"))]


def test_rows_that_only_look_alike_stay_apart() -> None:
    alike = (("train_0", "d"), ("train_1", "e"), ("train_2", "d"), ("x_1", "d"), ("x_2", "D"), ("x_3", "d"))
    assert [name for name, _ in grouped(*alike)] == [name for name, _ in alike]
    assert grouped(("train_0", "d"), ("train_1", "d")) == [("train_0", ("r0",)), ("train_1", ("r1",))]


def test_a_single_numbered_row_keeps_its_id() -> None:
    assert grouped(("test_33_2", "d"), ("test_66_3", "e")) == [("test_33_2", ("r0",)), ("test_66_3", ("r1",))]


def test_the_same_id() -> None:
    assert grouped(("a", "d"), ("a", "d")) == [("a", ("r0", "r1"))]
    examples, notices = group(rows(("a", "d"), ("a", "e"), ("a-2", "f"), ("a", "g")), "test")
    assert [example.id for example in examples] == ["a", "a-3", "a-2", "a-4"]
    assert "2 test dialogues had the id of another one" in " ".join(notices)


def test_a_group_does_not_take_another_ones_id() -> None:
    made = grouped(("test_7", "x"), ("test_7_1", "d"), ("test_7_2", "d"))
    assert made == [("test_7", ("r0",)), ("test_7-2", ("r1", "r2"))]


def test_missing_ids_are_made_from_the_place_and_do_not_group() -> None:
    assert [name for name, _ in grouped(("", "d"), ("", "d"), ("test_0", "e"))] == ["test_0", "test_1", "test_0-2"]


def test_rows_without_references_make_no_example() -> None:
    examples, _ = group([Row(0, "a", "d", (), ""), Row(1, "b", "e", ("s",), "t")], "test")
    assert examples == [Example("b", "e", ("s",), "t")]


NAMES = st.sampled_from(["", "a", "a-2", "a_0", "a_1", "a_2", "a_3", "a_1_1", "a_1_2", "test_0", "test_1", "b_1", "_1"])


@given(st.lists(st.tuples(NAMES, st.sampled_from("de"), st.integers(0, 3)), max_size=12))
def test_no_reference_is_lost_or_repeated_and_ids_are_unique(drawn: list[tuple[str, str, int]]) -> None:
    given_rows = [
        Row(place, name, dialogue, tuple(f"{place}.{n}" for n in range(many)), "")
        for place, (name, dialogue, many) in enumerate(drawn)
    ]
    examples, _ = group(given_rows, "test")
    before = Counter((reference, row.dialogue) for row in given_rows for reference in row.references)
    after = Counter((reference, example.dialogue) for example in examples for reference in example.references)
    assert after == before
    assert len({example.id for example in examples}) == len(examples)
    assert all(example.references for example in examples)


@given(st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), max_size=60))
def test_divided_splits_share_no_dialogue_and_lose_none(letters: list[str]) -> None:
    examples = [Example(str(n), f"A: {c.upper()}!" if n % 2 else f"a, {c}", ("s",)) for n, c in enumerate(letters)]
    splits = divide(examples)
    parts = (splits.train, splits.validation, splits.test)
    assert sorted((e.id for part in parts for e in part), key=int) == [e.id for e in examples]
    spoken = [{e.dialogue.casefold().strip("!")[-1] for e in part} for part in parts]
    assert not (spoken[0] & spoken[1] or spoken[0] & spoken[2] or spoken[1] & spoken[2])
    for part in parts:
        assert [int(e.id) for e in part] == sorted(int(e.id) for e in part)
    if len(set(letters)) >= 3:
        assert all(parts)


@pytest.mark.parametrize(("many", "sizes"), [(10, (8, 1, 1)), (100, (80, 10, 10)), (3, (1, 1, 1)), (2, (2, 0, 0))])
def test_sizes_of_divided_splits(many: int, sizes: tuple[int, int, int]) -> None:
    splits = divide([Example(str(n), f"dialogue {n}", ("s",)) for n in range(many)])
    assert (len(splits.train), len(splits.validation), len(splits.test)) == sizes


def test_division_does_not_depend_on_the_order_of_rows() -> None:
    examples = [Example(str(n), f"dialogue {n}", ("s",)) for n in range(50)]
    forth, back = divide(examples), divide(examples[::-1])
    assert set(forth.test) == set(back.test) and set(forth.validation) == set(back.validation)
