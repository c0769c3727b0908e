"""Files of rows: what is written comes back, and each damage ends in a sentence that says where."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.formats import read
from engine.errors import DataError

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
CSV_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
JSON_ROW = st.dictionaries(ANY_TEXT, ANY_TEXT | st.integers() | st.none() | st.lists(ANY_TEXT, max_size=3), max_size=4)


def at(write: Callable[[Path], object], name: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return read(path)


@settings(deadline=None)
@given(
    st.lists(JSON_ROW, min_size=1, max_size=5), st.booleans(), st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans()
)
def test_json_lines_come_back(rows: list[dict[str, Any]], ascii_only: bool, end: str, mark: bool) -> None:
    text = "".join(json.dumps(row, ensure_ascii=ascii_only) + end for row in rows)
    assert at(lambda p: p.write_bytes(b"\xef\xbb\xbf" * mark + text.encode()), "train.jsonl") == rows


@settings(deadline=None)
@given(st.lists(JSON_ROW, min_size=1, max_size=5), st.sampled_from([None, 1]))
def test_json_arrays_come_back(rows: list[dict[str, Any]], indent: int | None) -> None:
    text = json.dumps(rows, ensure_ascii=False, indent=indent)
    assert at(lambda p: p.write_bytes(text.encode()), "train.json") == rows


@settings(deadline=None)
@given(st.lists(st.tuples(CSV_TEXT, CSV_TEXT), min_size=1, max_size=5), st.sampled_from([".csv", ".tsv"]))
def test_csv_comes_back(rows: list[tuple[str, str]], suffix: str) -> None:
    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter="\t" if suffix == ".tsv" else ",")
            writer.writerow(["dialogue", "summary"])
            writer.writerows(rows)

    expected = [{"dialogue": dialogue, "summary": summary} for dialogue, summary in rows]
    assert at(write, "train" + suffix) == expected


def test_parquet_comes_back(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [{"dialogue": "A: naïve {x}\nB: \u2028", "summary": ["one", "two"]}, {"dialogue": "b", "summary": []}]
    (tmp_path / "lang=en").mkdir()  # no partition column comes from a folder's name
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "lang=en" / "train.parquet")
    assert read(tmp_path / "lang=en" / "train.parquet") == rows


def test_csv_of_spreadsheets_and_huge_fields(tmp_path: Path) -> None:
    long = "word " * 60_000
    limit = csv.field_size_limit()
    (tmp_path / "a.csv").write_text(f'\ufeffdialogue;summary\r\n"{long}";"eins, zwei"\r\n\r\n', encoding="utf-8")
    assert read(tmp_path / "a.csv") == [{"dialogue": long, "summary": "eins, zwei"}]
    assert csv.field_size_limit() == limit


BAD = {
    "empty.jsonl": (b"", "is empty"),
    "blank.csv": (b" \n\n", "is empty"),
    "empty.parquet": (b"", "is empty"),
    "header.csv": (b"dialogue,summary\n", "has no rows"),
    "array.json": (b"[]", "has no rows"),
    "folder.xlsx": (b"PK\x03\x04", ".xlsx is not a kind of file that holds rows"),
    "broken.jsonl": (b'{"a": 1}\n\n{"a": \n', "line 3 cannot be read"),
    "broken.json": (b'[{"a": 1},\n{"a": }]', "line 2 cannot be read"),
    "text.jsonl": (b'{"a": 1}\n"hi"\n', "Line 2 of"),
    "list.json": (b'[{"a": 1}, [1]]', "Row 2 of"),
    "deep.json": (b"[" * 200_000, "is not valid JSON"),
    "digits.jsonl": (b'{"a": ' + b"9" * 9999 + b"}", "line 1 cannot be read"),
    "utf16.jsonl": ('{"a": "é"}'.encode("utf-16"), "(byte 0 is 0xff). It seems to be UTF-16"),
    "utf16-no-mark.jsonl": ('{"a": 1}'.encode("utf-16-le"), "(byte 1 is NUL). It seems to be UTF-16"),
    "latin.csv": ("dialogue,summary\ncafé,x\n".encode("latin-1"), "byte 20 is 0xe9). It seems to be Latin-1"),
    "marked-latin.csv": (b"\xef\xbb\xbfa,b\n\xe9,x\n", "byte 7 is 0xe9"),
    "zipped.csv": (b"\x1f\x8b\x08\x00\x80\xff", "compressed"),
    "nul.csv": (b"dialogue,summary\n" + b"word " * 20 + b"\0,b\n", "is NUL). It seems to be binary"),
    "ragged.csv": (b'a,b\n"1\n2",3\n1,2,3\n', "Line 4 of"),
    "short.csv": (b"a,b\n1\n", "has 1 fields, but the header has 2"),
    "quote.csv": (b'a,b\n"1,2\n3,4\n', "is not valid CSV near line"),
    "twice.csv": (b"a,b,a\n1,2,3\n", "more than one column called 'a'"),
    "corrupt.parquet": (b"PAR1" + b"\x15\x04" * 40 + b"PAR1", "is not valid Parquet"),
    "text.parquet": (b"dialogue,summary\n", "is not valid Parquet"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_end_in_a_sentence(tmp_path: Path, name: str) -> None:
    data, expected = BAD[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError) as caught:
        read(tmp_path / name)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_one_without_permission(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read(tmp_path / "train.jsonl")
    (tmp_path / "dir.jsonl").mkdir()
    with pytest.raises(DataError, match="Is a directory"):
        read(tmp_path / "dir.jsonl")


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match="pip install pyarrow"):
        read(tmp_path / "train.parquet")


def test_names_of_files_do_not_reach_the_terminal_raw(tmp_path: Path) -> None:
    path = tmp_path / "a\x1b[31m\nb.jsonl"
    path.write_bytes(b"")
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value).isprintable()


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=300), st.sampled_from([".jsonl", ".json", ".csv", ".tsv"]))
def test_no_bytes_at_all_crash_a_reader(data: bytes, suffix: str) -> None:
    try:
        rows = at(lambda p: p.write_bytes(data), "x" + suffix)
    except DataError:
        return
    assert rows and all(isinstance(row, dict) for row in rows)
