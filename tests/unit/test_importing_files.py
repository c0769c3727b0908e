"""Whatever stands in a file of predictions, reading it ends in columns or in a sentence."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.examples import Example
from engine.errors import DataError
from engine.importing import files
from engine.importing.matching import chosen, look
from engine.importing.plan import apart, slug
from engine.runs.workspace import check_name

SUFFIXES = st.sampled_from([".csv", ".tsv", ".jsonl", ".json", ".txt", ".parquet", "", ".out", ".CSV"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "utf-32", "cp1252"])
TEXTS = st.text(max_size=40) | st.sampled_from(
    ['"', '"",', "a,b", "\n", "\r", "\r\n", "=1+1", "\x1b[2J", "\u202e", "\ud800", "NaN"]
)
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
EXAMPLES = (
    Example("test_1", "Ana: Hi", ("They greet.", "A greeting."), "greeting"),
    Example("test_2", "Bo: Bye", ("They part.",), ""),
)


def tried(content: bytes, suffix: str) -> files.Sheet | None:
    """The sheet, where there is one; every other end must be a sentence."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"predictions{suffix}"
        path.write_bytes(content)
        try:
            sheet = files.read(path)
        except DataError as error:
            assert str(error).isprintable() and str(error).endswith((".", "!", "?"))
            return None
    assert sheet.rows > 0 and sheet.columns
    assert all(len(values) == sheet.rows for values in sheet.columns.values())
    for column in sheet.of_text():
        assert len(sheet.texts(column)) == sheet.rows
        for text in sheet.texts(column):
            assert text is None or text.encode() is not None
    try:
        match = chosen(look(sheet, EXAMPLES), None, sheet, EXAMPLES)
    except DataError as error:
        assert str(error).isprintable()
    else:
        assert len(match.places) == sheet.rows
        assert all(place in (None, 0, 1) for place in match.places)
    return sheet


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), SUFFIXES)
def test_any_bytes(content: bytes, suffix: str) -> None:
    tried(content, suffix)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=6),
    ENCODINGS,
    st.sampled_from([".csv", ".tsv", ".txt"]),
    st.integers(0, 40),
)
def test_tables_in_any_encoding_whole_or_torn(rows: list[list[str]], encoding: str, suffix: str, torn: int) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter="\t" if suffix == ".tsv" else ",").writerows(rows)
    content = file.getvalue().encode(encoding, "replace")
    tried(content, suffix)
    tried(content[: len(content) - torn], suffix)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=4), max_size=5), st.booleans(), st.integers(0, 30))
def test_objects_of_any_values_whole_or_torn(rows: list[dict[str, Any]], array: bool, torn: int) -> None:
    text = json.dumps(rows) if array else "\n".join(map(json.dumps, rows))
    for content in (text.encode(), text.encode()[: len(text) - torn]):
        tried(content, ".json" if array else ".jsonl")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=30),
        min_size=1,
        max_size=8,
    )
)
def test_a_texts_lines_come_back_as_they_are(lines: list[str]) -> None:
    sheet = tried(("\n".join(lines) + "\n").encode(), ".txt")
    if any(line.strip() for line in lines):
        assert sheet is not None
        found = sheet.texts(files.LINES)
        assert found == (lines if not lines[0].startswith("\ufeff") else [lines[0][1:], *lines[1:]])


@settings(max_examples=200, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_any_column_gives_a_name_that_a_folder_can_have(columns: list[str]) -> None:
    for name in (*apart(columns), slug(columns[0])):
        check_name(name)
