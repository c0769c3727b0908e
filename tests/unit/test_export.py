"""Tables in files: every form, hostile text, and nothing ever lost that was there before."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from engine.errors import SpecError, WorkspaceError
from engine.results import export
from engine.results.rows import open_rows
from engine.results.table import Column, Table
from engine.runs.workspace import Workspace
from tests.unit.run_factory import finished, prediction, queued
from tui.exports import rows_table, runs_table
from tui.listing import WorkspaceFeed
from tui.tables import markdown

HOSTILE = '\x1b]52;c;ZXZpbA==\x07[b]x[/b] \u202eabc|<i>, "q"\r\nnext\ud800'
ROWS: tuple[dict[str, Any], ...] = (
    {"name": "=HYPERLINK(1)", "score": 0.123456789012345, "count": 3, "yes": True},
    {"name": HOSTILE, "score": None, "count": 2**60, "yes": False},
    {"name": "", "score": -1.5},
)
TABLE = Table(
    (
        Column("name", "name"),
        Column("score", "score", "score"),
        Column("count", "n", "count"),
        Column("yes", "", "text"),
    ),
    ROWS,
    "What it means.",
)


def write(path: Path, table: Table = TABLE, replace: bool = False) -> Path:
    export.write(table, path, markdown, replace)
    assert [entry for entry in path.parent.iterdir() if entry.name.startswith(".")] == [], "no draft is left"
    return path


def read_csv(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


def test_csv_is_exact_but_for_formulas(tmp_path: Path) -> None:
    head, first, second, third = read_csv(write(tmp_path / "x.csv"))
    assert head == ["name", "score", "count", "yes"]
    assert first == ["'=HYPERLINK(1)", "0.123456789012345", "3", "True"]
    assert second == [HOSTILE.replace("\ud800", "?"), "", str(2**60), "False"]
    assert third == ["", "-1.5", "", ""], "a negative figure is no formula"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(max_size=12) | st.sampled_from(["=1", "+1", "-1", "@x", "\t=1", "\r=1", "-", "'=1"]), max_size=6)
)
def test_no_text_reaches_a_spreadsheet_as_a_formula(tmp_path: Path, texts: list[str]) -> None:
    table = Table((Column("text", "text"),), tuple({"text": text} for text in texts))
    cells = [row[0] if row else "" for row in read_csv(write(tmp_path / "x.csv", table, replace=True))[1:]]
    assert not any(cell.startswith(export.FORMULA) for cell in cells)
    safe = [text.encode("utf-8", "replace").decode() for text in texts]
    assert cells == [f"'{text}" if text.startswith(export.FORMULA) else text for text in safe]


def test_json_lines_are_exact_and_safe_to_show(tmp_path: Path) -> None:
    text = write(tmp_path / "x.jsonl").read_text(encoding="utf-8")
    assert not any(character in text for character in "\x1b\x07\u202e\r")
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines == [{"name": "", "score": None, "count": None, "yes": None, **row} for row in ROWS]


def test_parquet_has_types(tmp_path: Path) -> None:
    found = parquet.read_table(write(tmp_path / "x.parquet"))
    assert {field.name: str(field.type) for field in found.schema} == {
        "name": "string", "score": "double", "count": "int64", "yes": "bool",
    }  # fmt: skip
    rows = found.to_pylist()
    assert rows[0] == ROWS[0]
    assert rows[1]["name"] == HOSTILE.replace("\ud800", "?")
    assert rows[2] == {"name": "", "score": -1.5, "count": None, "yes": None}


def test_markdown_is_for_reading(tmp_path: Path) -> None:
    text = write(tmp_path / "x.md").read_text(encoding="utf-8")
    assert "| =HYPERLINK(1) | 12.35 | 3 | True |" in text
    assert "What it means." in text
    assert "\x1b" not in text and "\\[b\\]" in text


@pytest.mark.parametrize("suffix", export.SUFFIXES)
def test_what_is_there_is_not_replaced_unasked(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_text("mine")
    with pytest.raises(export.AlreadyThereError):
        write(path)
    assert path.read_text() == "mine"
    write(path, replace=True)
    assert path.read_bytes() != b"mine"
    link = tmp_path / f"link{suffix}"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(export.AlreadyThereError):
        write(link)


def test_what_comes_there_meanwhile_is_not_replaced_either(tmp_path: Path) -> None:
    path = tmp_path / "x.md"

    def slow(table: Table) -> str:
        path.write_text("mine")
        return markdown(table)

    with pytest.raises(export.AlreadyThereError):
        export.write(TABLE, path, slow)
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.md"]
    assert path.read_text() == "mine"


def test_a_file_system_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", none)
    assert len(read_csv(write(tmp_path / "x.csv"))) == 4


@pytest.mark.parametrize(
    ("name", "error", "word"),
    [
        ("x.txt", SpecError, "Let the name end in .csv"),
        ("x", SpecError, "does not say in which form"),
        ("none/x.csv", WorkspaceError, "No such file or directory"),
        ("file/x.csv", WorkspaceError, "Not a directory"),
        ("folder.csv", WorkspaceError, "is a folder"),
        ("x" * 300 + ".csv", WorkspaceError, "File name too long"),
    ],
)
def test_what_cannot_be_written_says_why(tmp_path: Path, name: str, error: type[Exception], word: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    for replace in (False, True):
        with pytest.raises(error, match=word):
            write(tmp_path / name, replace=replace)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder.csv"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    path.write_text("mine")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        write(path, replace=True)
    assert path.read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(WorkspaceError, match="pyarrow is not installed"):
        write(tmp_path / "x.parquet")


def test_the_runs_as_a_table(tmp_path: Path) -> None:
    finished(tmp_path / "runs", "done", 0.4)
    queued(tmp_path / "runs", "next")
    feed = WorkspaceFeed(Workspace(tmp_path / "runs"), patience=10)
    while (listed := feed.poll()).catching_up:
        pass
    rows = listed.rows
    path = write(tmp_path / "runs.jsonl", runs_table(rows))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["run"] for line in lines] == ["next", "done"]
    assert lines[1]["rouge1"] == 0.4
    assert lines[1]["state"] == "finished" and lines[1]["train_loss"] == 1.5 and lines[1]["peak_memory"] == 3 << 30
    assert lines[0]["rouge1"] is None and lines[0]["place"] is None and lines[0]["archived"] is False
    for suffix in export.SUFFIXES:
        write(tmp_path / f"again{suffix}", runs_table(rows))


def test_dialogues_as_a_table(tmp_path: Path) -> None:
    finished(tmp_path, "a", predictions=[prediction("t1", 0.25, "=cmd"), prediction("t2", 0.5, HOSTILE)])
    finished(tmp_path, "b", predictions=[prediction("t2", 0.75, "B says")])
    found = open_rows([Workspace(tmp_path).open(name) for name in "ab"])
    table = rows_table(found, [1, 0], found.models)
    out = tmp_path / "out"
    out.mkdir()
    lines = [json.loads(line) for line in write(out / "x.jsonl", table).read_text().splitlines()]
    assert [line["id"] for line in lines] == ["t2", "t1"], "in the order shown"
    assert (lines[0]["a.rouge1"], lines[0]["b.rouge1_best"], lines[1]["b.rouge1"]) == (0.5, 0.8, None)
    assert lines[0]["reference_2"] == "A meeting." and lines[0]["b.summary"] == "B says"
    assert lines[0]["a.truncated"] is False and lines[1]["dialogue"] == "#Person1#: Hi"
    rows = read_csv(write(out / "x.csv", table))
    assert rows[2][rows[0].index("a.summary")] == "'=cmd"
    text = write(out / "x.md", table).read_text()
    assert "| id | topic | reference 1 | reference 2 | a | a ROUGE-1 | b | b ROUGE-1 |" in text
    assert parquet.read_table(write(out / "x.parquet", table)).num_rows == 2
