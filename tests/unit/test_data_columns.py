"""Columns: recognised by name, told by hand, and their values made text."""

from __future__ import annotations

from typing import Any

import pytest

from engine.data.columns import Columns, SplitName, check, find
from engine.errors import DataError
from engine.spec import ColumnsSpec

PLAIN = Columns("dialogue", "summary", "id", "topic")


def one(**row: Any) -> Any:
    rows, _ = check([(1, row)], PLAIN, "test.jsonl", "test")
    return rows[0]


@pytest.mark.parametrize(
    ("names", "expected", "guessed"),
    [
        (["id", "dialogue", "summary", "topic"], ("dialogue", "summary", "id", "topic"), ()),
        (["Dialogue", "SUMMARY"], ("Dialogue", "SUMMARY", None, None), ()),
        (["article", "highlights", "id"], ("article", "highlights", "id", None), ("dialogue", "summary")),
        (["text", "label"], ("text", "label", None, None), ("dialogue", "summary")),
        (["text", "dialogue", "target"], ("dialogue", "target", None, None), ("summary",)),
        (["input", "output", "dialogue_id"], ("input", "output", "dialogue_id", None), ("dialogue", "summary", "id")),
        (["Transcript ", "Reference"], ("Transcript ", "Reference", None, None), ("dialogue", "summary")),
    ],
)
def test_guesses(names: list[str], expected: tuple[str | None, ...], guessed: tuple[str, ...]) -> None:
    assert find(names, ColumnsSpec(), "x.csv") == (Columns(*expected), guessed)  # type: ignore[arg-type]


def test_what_is_asked_overrides_guesses_and_is_not_guessed_again() -> None:
    columns, guessed = find(["text", "dialogue", "b"], ColumnsSpec(dialogue="B", summary="dialogue"), "x.csv")
    assert (columns.dialogue, columns.summary, guessed) == ("b", "dialogue", ())


@pytest.mark.parametrize(
    ("names", "asked", "parts"),
    [
        (["a", "summary"], {}, ["x.csv", "hold the dialogue", "'a', 'summary'", "--set data.columns.dialogue=NAME"]),
        (["text", "b"], {}, ["hold the summary", "--set data.columns.summary=NAME"]),
        (["text", "summary"], {"topic": "t\x1b[0m"}, ["no column 't\\x1b[0m'", "--set data.columns.topic=NAME"]),
        ([f"c{n}" for n in range(40)], {}, ["'c11' and 28 more"]),
    ],
)
def test_missing_columns(names: list[str], asked: dict[str, str], parts: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        find(names, ColumnsSpec(**asked), "x.csv")
    assert all(part in str(caught.value) for part in parts), str(caught.value)


def test_turns_become_lines() -> None:
    turns = ["A: hi", {"speaker": "B", "text": "ok"}, {"Role": "user", "content": "{}"}, {"value": "no name"}]
    assert one(dialogue=turns, summary="s").dialogue == "A: hi\nB: ok\nuser: {}\nno name"


def test_several_references_and_labels() -> None:
    row = one(dialogue="d", summary=["one", "", None, "two"], id=7.0, topic=["a", "b"])
    assert (row.references, row.id, row.topic) == (("one", "two"), "7", "a, b")
    assert one(dialogue="d", summary="s", id=None, topic=True)[1::3] == ("", "")


def test_lone_surrogates_are_replaced() -> None:
    row = one(dialogue="a\ud800b", summary="\udfff", id="\ud8001", topic="t")
    assert (row.dialogue, row.references, row.id) == ("a\ufffdb", ("\ufffd",), "\ufffd1")


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ({"dialogue": 3, "summary": "s"}, "The dialogue there is a number, not text"),
        ({"dialogue": {"a": 1}, "summary": "s"}, "an object"),
        ({"dialogue": b"bytes", "summary": "s"}, "type bytes"),
        ({"dialogue": ["a", 3], "summary": "s"}, "turn 2 is a number"),
        ({"dialogue": [{"speaker": "A"}], "summary": "s"}, "turn 1 has no text"),
        ({"dialogue": "d", "summary": True}, "The summary there is true or false"),
        ({"dialogue": "d", "summary": ["s", 2]}, "a list that has a number in it"),
    ],
)
def test_values_that_are_no_text(row: dict[str, Any], part: str) -> None:
    with pytest.raises(DataError, match=r"Row 1 of test\.jsonl") as caught:
        one(**row)
    assert part in str(caught.value)


@pytest.mark.parametrize("blank", ["", " \n\t", None, [], [""], float("nan")])
def test_blanks(blank: Any) -> None:
    rows = [(n, {"dialogue": blank if n % 2 else "d", "summary": "s"}) for n in range(1, 21)]
    with pytest.raises(DataError) as caught:
        check(rows, PLAIN, "t.csv", "test")
    assert "10 of 20 rows of t.csv have an empty dialogue: rows 1, 3, 5, 7, 9, ..." in str(caught.value)
    without = [(1, {"dialogue": "d", "summary": blank}), (2, {"dialogue": "d", "summary": "s"})]
    splits: tuple[SplitName | None, ...] = ("train", None)
    for split in splits:
        with pytest.raises(DataError, match=r"1 of 2 rows of t\.csv has an empty summary: row 1"):
            check(without, PLAIN, "t.csv", split)
    kept, left_out = check(without, PLAIN, "t.csv", "test")
    assert ([row.references for row in kept], left_out) == ([(), ("s",)], 1)
